//! Shares of an operation's messages, each worked on by one server.

use std::collections::HashMap;

use bson::{Bson, Document, doc};
use import_proto::ProgressStep;

use super::{
    MongoStore, bulk,
    claims::{self, Claims, Held},
    codec, commit,
    failure::Failure,
    operations::{self, Stored},
    staging,
    state::{self, Kind},
};
use crate::{
    Batch, Claim, Committed,
    operation::{Position, Share, StoredOperation, Work},
};

/// The `_id` of a share.
pub(super) fn id_of(operation: &str, share: u32) -> String {
    format!("{operation}/{share}")
}

/// Shares messages out: see [`crate::Store::share_out`].
pub(super) async fn share_out(
    store: &MongoStore,
    mut operation: StoredOperation,
    shares: Vec<Vec<u64>>,
) -> Result<Committed, Failure> {
    operation.work.shares = Some(u32::try_from(shares.len()).unwrap_or(u32::MAX));
    let id = operation.operation.id.clone();
    // Apart from the share itself, which each batch writes anew.
    let (mut notes, mut parts_of) = (Vec::with_capacity(shares.len()), Vec::with_capacity(shares.len()));
    for (number, parts) in shares.into_iter().enumerate() {
        let first = parts.first().copied().unwrap_or_default();
        let work = Work {
            position: Position { part: first, item: 0 },
            file: operation.work.file.clone(),
            limits: operation.work.limits,
            parts: operation.work.parts.clone(),
            skip_existing: operation.work.skip_existing,
            ..Work::default()
        };
        let parts: Vec<i64> = parts.into_iter().map(claims::number).collect::<Result<_, _>>()?;
        let share = u32::try_from(number).unwrap_or(u32::MAX);
        let note = doc! {
            "_id": id_of(&id, share), "operation": &id, "number": i64::from(share), "work": operations::work_text(&work)?,
            "status": ProgressStep::ImportingMessages.as_str(), "revision": 1_i64, "claim": 0_i64, "epochs": [],
        };
        notes.push(note);
        parts_of.push((share.to_string(), doc! { "parts": parts }));
    }
    state::put(store, &id, Kind::Share, parts_of).await?;
    bulk::insert(&store.shares_collection(), &notes).await?;
    commit::commit(store, Batch::new(operation)).await
}

/// A share as it is stored.
struct StoredShare {
    operation: StoredOperation,
    claims: Claims,
}

fn stored(whole: &StoredOperation, share: &Document) -> Result<StoredShare, Failure> {
    let mut operation = whole.clone();
    let status = share.get_str("status").unwrap_or_default();
    operation.operation.status = ProgressStep::ALL
        .into_iter()
        .find(|step| step.as_str() == status)
        .ok_or_else(|| Failure::Damaged(format!("no step is called {status:?}")))?;
    operation.operation.count = match share.get_document("count") {
        Ok(count) => Some(codec::read(count.clone(), "the counts of a share")?),
        Err(_) => None,
    };
    operation.work = operations::work(share)?;
    operation.revision = claims::revision(share)?;
    operation.share = Some(Share { number: number_of(share)?, parts: Vec::new() });
    Ok(StoredShare { operation, claims: Claims::of(share) })
}

fn number_of(share: &Document) -> Result<u32, Failure> {
    let number = share.get_i64("number").ok().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| Failure::Damaged("a share has no number".into()))
}

/// What is noted of a share.
fn parts_of(note: &Document) -> Vec<u64> {
    let parts = note.get_array("parts").map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter_map(Bson::as_i64).map(i64::cast_unsigned).collect()
}

/// The shares of an operation, in order, without their parts.
pub(super) async fn all(store: &MongoStore, id: &str) -> Result<Vec<StoredOperation>, Failure> {
    let shares = all_stored(store, id, doc! { "operation": id }).await?;
    Ok(shares.into_iter().map(|share| share.operation).collect())
}

/// Those of an operation that fit `filter`, in order: none where its messages are not shared out.
async fn all_stored(store: &MongoStore, id: &str, filter: Document) -> Result<Vec<StoredShare>, Failure> {
    let Some(Stored { operation, .. }) = operations::stored_by_id(store, id).await? else { return Ok(Vec::new()) };
    if operation.work.shares.is_none() {
        return Ok(Vec::new());
    }
    let mut shares = Vec::new();
    for share in bulk::all(&store.shares_collection(), filter, None).await? {
        shares.push(stored(&operation, &share)?);
    }
    shares.sort_unstable_by_key(|share| share.operation.share.as_ref().map(|share| share.number));
    Ok(shares)
}

/// The parts of each share of an operation, by its number.
pub(super) async fn parts(store: &MongoStore, id: &str) -> Result<HashMap<u32, Vec<u64>>, Failure> {
    let notes = state::all(store, id, Kind::Share).await?;
    let numbered = notes.iter().filter_map(|note| Some((note.get_str("key").ok()?.parse().ok()?, parts_of(note))));
    Ok(numbered.collect())
}

/// Up to which revision what each claim on a share staged came to be.
pub(super) async fn limits(store: &MongoStore, id: &str) -> Result<Vec<(String, i64)>, Failure> {
    let mut limits = Vec::new();
    let fields = doc! { "number": 1, "claim": 1, "revision": 1, "epochs": 1 };
    for share in bulk::all(&store.shares_collection(), doc! { "operation": id }, Some(fields)).await? {
        limits.extend(Claims::of(&share).limits(Some(number_of(&share)?), claims::revision(&share)?));
    }
    Ok(limits)
}

/// Claims a share: see [`crate::Store::claim_share`].
pub(super) async fn claim(store: &MongoStore, id: &str) -> Result<Claim, Failure> {
    store.read_clock().await?;
    let filter = doc! { "operation": id, "status": ProgressStep::ImportingMessages.as_str() };
    let waiting = all_stored(store, id, filter).await?;
    if waiting.is_empty() || waiting.iter().any(|share| share.operation.is_ended()) {
        return Ok(Claim::Nothing);
    }
    for StoredShare { mut operation, claims } in waiting {
        let Some(share) = &mut operation.share else { continue };
        let key = (id.to_owned(), Some(share.number));
        if claims.is_elsewhere(store) || !claims::take(store, &key, &claims, operation.revision).await? {
            continue;
        }
        let number = [share.number.to_string()];
        let notes = state::get(store, id, Kind::Share, &number).await?;
        // Without them it would be taken for imported, and nothing of it would be.
        let parts = notes.values().next().map(parts_of).filter(|parts| !parts.is_empty());
        share.parts = parts.ok_or_else(|| Failure::Damaged(format!("nothing says what share {} has", share.number)))?;
        let abandoned = store.held(&key).is_some_and(|held| held.is_again());
        return Ok(Claim::Held { operation: Box::new(operation), abandoned });
    }
    Ok(Claim::Elsewhere)
}

/// Carries out a batch of a share; none where it, or the operation, is somebody else's by now.
pub(super) async fn carry_out(
    store: &MongoStore,
    batch: Batch,
    held: &Held,
) -> Result<Option<StoredOperation>, Failure> {
    let mut operation = batch.operation;
    let id = operation.operation.id.clone();
    let Some(number) = operation.share.as_ref().map(|share| share.number) else { return Ok(None) };
    if !operations::in_use(store, &id).await? {
        return Ok(None);
    }
    let revision = operation.revision + 1;
    // What a share stages is changed by nobody before the operation goes on.
    let stamp = staging::Stamp { claim: claims::name(held.claim, Some(number)), revision, changed: 0 };
    let again = held.is_again().then_some(operation.operation.ts.0);
    let now = operation.operation.updated_at.0;
    let stop = || held.is_lost();
    let written = commit::write_workspace(store, &id, &batch.workspace, now, again, &stop).await?;
    let Some(written) = written else { return Ok(None) };
    // It may have been ended meanwhile, and its staging area emptied for the last time.
    if !batch.stage.is_empty() && !operations::in_use(store, &id).await? {
        return Ok(None);
    }
    staging::stage(store, &id, &batch.stage, &stamp).await?;

    operation.work.counts.created.messages += written.created;
    operation.work.counts.updated.messages += written.updated;
    operation.revision = revision;
    let filter = doc! {
        "_id": id_of(&id, number), "claim": held.claim, "revision": claims::number(revision - 1)?,
        "lease.server": &store.server,
    };
    let done = operation.step() != ProgressStep::ImportingMessages;
    let mut set = doc! {
        "status": operation.step().as_str(), "revision": claims::number(revision)?,
        "work": operations::work_text(&operation.work)?,
        "lease": if done { Bson::Null } else { store.new_lease().into() },
    };
    if let Some(count) = &operation.operation.count {
        set.insert("count", codec::document(count)?);
    }
    let stored = store.shares_collection().update_one(filter, doc! { "$set": set }).await?.matched_count > 0;
    Ok(stored.then_some(operation))
}
