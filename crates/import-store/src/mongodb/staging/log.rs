//! What a commit decides of records that are staged already.

use std::collections::HashSet;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use import_proto::{DIRECT_MESSAGES, DataType, ImportInput, RecordChoice, RecordError};

use super::{
    super::{
        MongoStore, OURS, bulk, claims, codec,
        failure::Failure,
        operations::{Own, ours},
        state::{self, Kind},
    },
    Stamp, id_of, shown, type_code,
};
use crate::staging::{NOT_SELECTED, Outcome, RecordStatus, StagedKey};

/// How many ids of a selection are kept in one document.
const IDS: usize = 10_000;
/// How many staged records are looked at at once.
const PAGE: i64 = 10_000;
/// How many reasons are told apart when records are put together that have the same.
const REASONS: usize = 20;
/// How many records one command changes.
const UPDATES: usize = 1_000;

/// What a commit decides.
#[derive(Debug)]
pub(in crate::mongodb) struct Log {
    pub(in crate::mongodb) restage: bool,
    pub(in crate::mongodb) select: Option<ImportInput>,
    pub(in crate::mongodb) outcomes: Vec<(StagedKey, Outcome)>,
}

impl Log {
    /// The log as it is stored with the operation; none where it decides nothing. A selection may be longer than what a
    /// document holds: its ids are noted beside, now.
    pub(in crate::mongodb) async fn put(
        self,
        store: &MongoStore,
        operation: &str,
        stamp: &Stamp,
    ) -> Result<Option<Document>, Failure> {
        if !self.restage && self.select.is_none() && self.outcomes.is_empty() {
            return Ok(None);
        }
        let mut log = doc! { "revision": claims::number(stamp.revision)?, "restageFailed": self.restage };
        if let Some(input) = &self.select {
            let mut select = Document::new();
            for (kind, choice) in
                [("users", &input.users), ("contacts", &input.contacts), ("channels", &input.channels)]
            {
                match choice {
                    Some(RecordChoice { all: Some(true), .. }) => select.insert(kind, "all"),
                    Some(RecordChoice { list: Some(list), .. }) => {
                        let name = format!("{}.{}.{kind}", stamp.claim, stamp.revision);
                        let notes =
                            list.chunks(IDS).enumerate().map(|(at, ids)| (format!("{name}.{at}"), doc! { "ids": ids }));
                        state::put(store, operation, Kind::Selected, notes).await?;
                        select.insert(
                            kind,
                            doc! { "name": name, "chunks": i64::try_from(list.chunks(IDS).len()).unwrap_or(0) },
                        )
                    }
                    _ => select.insert(kind, "none"),
                };
            }
            log.insert("select", select);
        }
        let (mut imported, mut others) = (Vec::new(), Vec::new());
        for (key, outcome) in self.outcomes {
            let id = id_of(operation, key);
            let (status, error) = match outcome {
                Outcome::Imported => {
                    imported.push(Bson::String(id));
                    continue;
                }
                Outcome::Failed(error) => (RecordStatus::Failed, error),
                Outcome::Skipped(error) => (RecordStatus::Skipped, error),
                Outcome::Incomplete(error) => (RecordStatus::Incomplete, error),
            };
            let error = serde_json::to_value(&error).map_err(|error| Failure::Damaged(error.to_string()))?;
            others
                .push(Bson::Document(doc! { "id": id, "status": status.as_str(), "error": codec::from_value(error) }));
        }
        log.insert("imported", imported);
        log.insert("others", others);
        Ok(Some(log))
    }
}

/// Carries out what the last commit of an operation decided, where that may not have been done.
pub(in crate::mongodb) async fn carry_out(store: &MongoStore, operation: &str, own: &Own) -> Result<(), Failure> {
    let Some(log) = &own.log else { return Ok(()) };
    // Whoever has the claim did so before anything else.
    let held = store.held(&(operation.to_owned(), None));
    if held.is_some_and(|held| {
        held.claim == own.claims.number
            && log.get_i64("revision").is_ok_and(|revision| revision == held.revision.cast_signed())
    }) {
        return Ok(());
    }
    carry_out_log(store, operation, log).await
}

/// Carries out a log; what was changed since stays as it is.
pub(in crate::mongodb) async fn carry_out_log(
    store: &MongoStore,
    operation: &str,
    log: &Document,
) -> Result<(), Failure> {
    let revision = log.get_i64("revision").unwrap_or_default();
    if log.get_bool("restageFailed").unwrap_or_default() {
        let again = [RecordStatus::Failed, RecordStatus::Incomplete].map(RecordStatus::as_str).to_vec();
        let filter = doc! {
            ours("operation"): operation, ours("status"): { "$in": again }, ours("readable"): true,
            ours("changed"): { "$lt": revision },
        };
        let set = doc! { ours("status"): RecordStatus::Staged.as_str(), ours("changed"): revision };
        store.staging().update_many(filter, doc! { "$set": set }).await?;
    }
    if let Ok(select) = log.get_document("select") {
        carry_out_selection(store, operation, select, revision).await?;
    }
    let imported = log.get_array("imported").map(Vec::as_slice).unwrap_or_default();
    for ids in imported.chunks(UPDATES) {
        let filter = doc! { "_id": { "$in": ids }, ours("changed"): { "$lte": revision } };
        store.staging().delete_many(filter).await?;
    }
    let others = log.get_array("others").map(Vec::as_slice).unwrap_or_default();
    // Many fail or are skipped for one reason.
    let mut updates: Vec<(Document, Vec<String>)> = Vec::new();
    for other in others.iter().filter_map(Bson::as_document) {
        let status = other.get_str("status").ok().and_then(RecordStatus::from_name);
        let (Ok(id), Some(status)) = (other.get_str("id"), status) else { continue };
        let error: RecordError = match other.get_document("error") {
            Ok(error) => codec::read(error.clone(), "the error of a staged record")?,
            Err(_) => continue,
        };
        let set = mark(status, &[error], revision)?;
        match updates.iter_mut().rev().take(REASONS).find(|(before, _)| *before == set) {
            Some((_, ids)) => ids.push(id.to_owned()),
            None => updates.push((set, vec![id.to_owned()])),
        }
    }
    for (set, ids) in updates {
        update(store, ids, set, revision).await?;
    }
    Ok(())
}

fn mark(status: RecordStatus, errors: &[RecordError], revision: i64) -> Result<Document, Failure> {
    let mut set = shown(status, errors)?;
    set.extend(doc! { ours("status"): status.as_str(), ours("changed"): revision });
    Ok(set)
}

/// Sets fields of staged records, by their `_id`, that were not changed after the revision.
async fn update(store: &MongoStore, ids: Vec<String>, set: Document, revision: i64) -> Result<(), Failure> {
    for ids in ids.chunks(UPDATES) {
        let filter = doc! { "_id": { "$in": ids }, ours("changed"): { "$lte": revision } };
        store.staging().update_many(filter, doc! { "$set": set.clone() }).await?;
    }
    Ok(())
}

/// What is chosen of a kind.
enum Chosen {
    All,
    Listed(HashSet<String>),
}

async fn chosen(store: &MongoStore, operation: &str, select: &Document, kind: &str) -> Result<Chosen, Failure> {
    let Ok(listed) = select.get_document(kind) else {
        return Ok(if select.get_str(kind).is_ok_and(|all| all == "all") {
            Chosen::All
        } else {
            Chosen::Listed(HashSet::new())
        });
    };
    let (name, chunks) = (listed.get_str("name").unwrap_or_default(), listed.get_i64("chunks").unwrap_or_default());
    let keys: Vec<String> = (0..chunks).map(|at| format!("{name}.{at}")).collect();
    let notes = state::get(store, operation, Kind::Selected, &keys).await?;
    let ids = notes.values().filter_map(|note| note.get_array("ids").ok()).flatten();
    Ok(Chosen::Listed(ids.filter_map(Bson::as_str).map(str::to_owned).collect()))
}

/// Marks what is not selected as skipped: staged users, contacts and rooms, and the parts of the file whose messages are of
/// such rooms. A part of a room that the operation does not stage stays: the workspace may have that room.
async fn carry_out_selection(
    store: &MongoStore,
    operation: &str,
    select: &Document,
    revision: i64,
) -> Result<(), Failure> {
    for (data_type, kind) in [(DataType::User, "users"), (DataType::Contact, "contacts")] {
        if let Chosen::Listed(list) = chosen(store, operation, select, kind).await? {
            skip(store, operation, data_type, revision, |own| !is_unnamed(own) && !is_listed(own, &list)).await?;
        }
    }
    let Chosen::Listed(list) = chosen(store, operation, select, "channels").await? else { return Ok(()) };
    if list.is_empty() {
        // Placeholder users are of use only to rooms and their messages.
        skip(store, operation, DataType::User, revision, is_unnamed).await?;
    }
    let with_direct = list.contains(DIRECT_MESSAGES);
    skip(store, operation, DataType::Channel, revision, |own| match is_unnamed(own) {
        true => !with_direct,
        false => !is_listed(own, &list),
    })
    .await?;
    if !with_direct {
        let direct = doc! { "operation": operation, "kind": Kind::Part.as_str(), "direct": true };
        store.state().update_many(direct, doc! { "$set": { "skipped": true } }).await?;
    }
    skip_parts(store, operation).await
}

/// Direct rooms and placeholder users are never named one by one: their field `direct` says so.
fn is_unnamed(own: &Document) -> bool {
    own.get_bool("direct").unwrap_or_default()
}

fn is_listed(own: &Document, list: &HashSet<String>) -> bool {
    own.get_str("importId").is_ok_and(|id| list.contains(id))
}

async fn skip(
    store: &MongoStore,
    operation: &str,
    data_type: DataType,
    revision: i64,
    is_skipped: impl Fn(&Document) -> bool,
) -> Result<(), Failure> {
    let mut from = i64::MIN;
    loop {
        let filter = doc! {
            ours("operation"): operation, ours("status"): RecordStatus::Staged.as_str(), ours("type"): type_code(data_type),
            ours("seq"): { "$gte": from },
        };
        let fields = doc! { "_id": 1, OURS: 1 };
        let rows = store.staging().find(filter).sort(doc! { ours("seq"): 1 }).limit(PAGE).projection(fields).await?;
        // All of a page before any is changed: a question must not be open while its answer changes.
        let rows: Vec<Document> = rows.try_collect().await?;
        let mut skipped = Vec::new();
        for row in &rows {
            let (Ok(id), Ok(own)) = (row.get_str("_id"), row.get_document(OURS)) else { continue };
            from = own.get_i64("seq").unwrap_or_default() + 1;
            if is_skipped(own) {
                skipped.push(id.to_owned());
            }
        }
        let set = mark(RecordStatus::Skipped, &[RecordError::new(NOT_SELECTED)], revision)?;
        update(store, skipped, set, revision).await?;
        if rows.is_empty() {
            return Ok(());
        }
    }
}

async fn skip_parts(store: &MongoStore, operation: &str) -> Result<(), Failure> {
    let filter = doc! {
        ours("operation"): operation, ours("status"): RecordStatus::Skipped.as_str(),
        ours("type"): type_code(DataType::Channel),
    };
    let rows = bulk::all(&store.staging(), filter, Some(doc! { OURS: 1 })).await?;
    let seq = |row: &Document| row.get_document(OURS).ok().and_then(|own| own.get_i64("seq").ok());
    let skipped: HashSet<i64> = rows.iter().filter_map(seq).collect();
    if skipped.is_empty() {
        return Ok(());
    }
    let rooms = state::all(store, operation, Kind::Room).await?;
    let of_skipped = rooms.iter().filter(|room| room.get_i64("seq").is_ok_and(|seq| skipped.contains(&seq)));
    let ids: Vec<&str> = of_skipped.filter_map(|room| room.get_str("key").ok()).collect();
    for ids in ids.chunks(UPDATES) {
        let filter = doc! { "operation": operation, "kind": Kind::Part.as_str(), "room": { "$in": ids.to_vec() } };
        store.state().update_many(filter, doc! { "$set": { "skipped": true } }).await?;
    }
    Ok(())
}
