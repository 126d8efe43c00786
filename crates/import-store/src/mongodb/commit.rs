//! A batch, carried out in the order in which its parts depend on each other: documents, then staged records, then the
//! operation.

use bson::{Bson, doc};
use import_proto::{ProgressStep, Timestamp};

use super::{
    MongoStore, activity,
    claims::{self, Held},
    contacts,
    failure::Failure,
    messages, operations, renames, rooms, shares, staging, uploads, users,
};
use crate::{Batch, Committed, WorkspaceBatch, operation::StoredOperation};

/// Carries out `batch`, unless the operation has been changed, ended or claimed by somebody else.
pub(super) async fn commit(store: &MongoStore, batch: Batch) -> Result<Committed, Failure> {
    let key = (batch.operation.operation.id.clone(), batch.operation.share.as_ref().map(|share| share.number));
    let held = store.held(&key).filter(|held| held.revision == batch.operation.revision && !held.is_lost());
    let held = match (held, &batch.operation.share) {
        (Some(held), _) => held,
        (None, Some(_)) => return Ok(Committed::Stale),
        (None, None) => match claims::claim_at(store, &batch.operation).await? {
            Some(held) => held,
            None => return Ok(Committed::Stale),
        },
    };
    let written = batch.workspace.messages.len() + batch.outcomes.len();
    let committed = match batch.operation.share {
        None => carry_out(store, batch, &held).await,
        Some(_) => shares::carry_out(store, batch, &held).await,
    };
    match committed {
        Ok(Some(operation)) => {
            let at_rest = match &operation.share {
                None => operations::is_at_rest(operation.step()),
                Some(_) => operation.step() != ProgressStep::ImportingMessages,
            };
            if at_rest {
                store.lose(&key);
            } else if let Some(held) = store.held(&key).filter(|now| now.claim == held.claim) {
                store.hold(key, held.after(operation.revision, written));
            }
            Ok(Committed::Done(Box::new(operation)))
        }
        Ok(None) => {
            store.lose(&key);
            Ok(Committed::Stale)
        }
        Err(failure) => {
            // How far it came is not known: whatever was staged counts only if the operation says so, and what is staged
            // under this claim from now on must not be taken for it.
            store.lose(&key);
            Err(failure)
        }
    }
}

async fn carry_out(store: &MongoStore, batch: Batch, held: &Held) -> Result<Option<StoredOperation>, Failure> {
    let mut operation = batch.operation;
    let id = operation.operation.id.clone();
    let revision = operation.revision + 1;
    let stamp = staging::Stamp { claim: claims::name(held.claim, None), revision, changed: revision };
    let again = held.is_again().then_some(operation.operation.ts.0);
    let now = operation.operation.updated_at.0;
    let Some(written) = write_workspace(store, &id, &batch.workspace, now, again, &|| held.is_lost()).await? else {
        return Ok(None);
    };
    staging::stage(store, &id, &batch.stage, &stamp).await?;
    staging::add_parts(store, &id, &batch.parts).await?;
    let log = staging::Log { restage: batch.restage, select: batch.select, outcomes: batch.outcomes };
    let log = log.put(store, &id, &stamp).await?;

    operation.work.counts.created.messages += written.created;
    operation.work.counts.updated.messages += written.updated;
    operation.revision = revision;
    let filter = doc! {
        "_id": &id, operations::ours("claim"): held.claim, operations::ours("revision"): claims::number(revision - 1)?,
        operations::ours("ended"): false, operations::ours("lease.server"): &store.server,
    };
    let mut set = operations::update_fields(&operation)?;
    set.insert(operations::ours("log"), log.clone().map_or(Bson::Null, Bson::Document));
    let lease = if operations::is_at_rest(operation.step()) { Bson::Null } else { store.new_lease().into() };
    set.insert(operations::ours("lease"), lease);
    if store.operations().update_one(filter, doc! { "$set": set }).await?.matched_count == 0 {
        return Ok(None);
    }
    if let Some(log) = log {
        staging::carry_out_log(store, &id, &log).await?;
    }
    Ok(Some(operation))
}

/// What stands for an operation if no operation is there.
const NO_OPERATION: &str = "by-hand";

/// Changes users, rooms and memberships outside of any operation.
pub(super) async fn change_workspace(store: &MongoStore, batch: WorkspaceBatch, now: Timestamp) -> Result<(), Failure> {
    let batch = WorkspaceBatch {
        new_users: batch.new_users,
        user_patches: batch.user_patches,
        new_rooms: batch.new_rooms,
        room_patches: batch.room_patches,
        subscriptions: batch.subscriptions,
        ..WorkspaceBatch::default()
    };
    write_workspace(store, NO_OPERATION, &batch, now, None, &|| false).await?;
    activity::refresh(store, NO_OPERATION, &|| false).await?;
    activity::forget(store);
    Ok(())
}

/// Writes what a batch changes in the workspace; none where `stop` says that nothing more may be written.
pub(super) async fn write_workspace(
    store: &MongoStore,
    operation: &str,
    batch: &WorkspaceBatch,
    now: Timestamp,
    again: Option<Timestamp>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Option<messages::Written>, Failure> {
    users::check(store, &batch.new_users, &batch.user_patches).await?;
    rooms::check(store, &batch.new_rooms, &batch.room_patches).await?;
    if stop() {
        return Ok(None);
    }
    // Before what they stand for: whoever makes this batch again knows whose it is.
    rooms::note_resolved(store, operation, &batch.resolved).await?;
    users::note_written(store, operation, &batch.users_written).await?;
    users::insert(store, &batch.new_users).await?;
    let renamed = users::renames(store, &batch.user_patches).await?;
    renames::carry_out(store, &renamed, now).await?;
    users::patch(store, &batch.user_patches, now).await?;
    rooms::insert(store, &batch.new_rooms).await?;
    rooms::patch(store, &batch.room_patches, now).await?;
    rooms::subscribe(store, operation, &batch.subscriptions).await?;
    contacts::write(store, &batch.contacts).await?;
    uploads::write(store, &batch.uploads).await?;
    if stop() {
        return Ok(None);
    }
    let Some(written) = messages::write(store, operation, &batch.messages, again, stop).await? else { return Ok(None) };
    messages::join_threads(store, &batch.thread_replies, now).await?;
    messages::update_threads(store, &batch.threads, now).await?;
    messages::attach(store, operation, &batch.attached, now).await?;
    uploads::write_avatars(store, &batch.avatars, now).await?;
    Ok(Some(written))
}
