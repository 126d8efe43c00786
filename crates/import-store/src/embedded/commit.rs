//! A batch, carried out in the order in which its parts depend on each other.

use import_proto::Timestamp;
use rusqlite::{Connection, params};

use super::{contacts, failure::Failure, messages, operations, renames, rooms, staging, uploads, users};
use crate::{Batch, Committed, Resolved, WorkspaceBatch};

/// Carries out `batch`, or nothing of it where the operation has been changed or ended by somebody else. Answers also the
/// digests of bytes that this document or that does not name, or names no more.
pub(super) fn commit(database: &Connection, batch: Batch) -> Result<(Committed, Vec<String>), Failure> {
    let mut operation = batch.operation;
    let id = &operation.operation.id;
    let (Some(stored), Some(number)) = (operations::by_id(database, id)?, operations::area_in_use(database, id)?)
    else {
        return Ok((Committed::Stale, Vec::new()));
    };
    if stored.revision != operation.revision || stored.is_ended() {
        return Ok((Committed::Stale, Vec::new()));
    }

    if batch.restage {
        staging::restage(database, number)?;
    }
    staging::stage(database, number, &batch.stage)?;
    staging::add_parts(database, number, &batch.parts)?;
    if let Some(input) = &batch.select {
        staging::select(database, number, input)?;
    }
    staging::settle(database, number, &batch.outcomes)?;
    let now = operation.operation.updated_at.0;
    let messages = write_workspace(database, number, &batch.workspace, now)?;
    let mut unnamed = uploads::write(database, &batch.workspace.uploads)?;
    unnamed.extend(uploads::write_avatars(database, &batch.workspace.avatars, now)?);

    operation.work.counts.created.messages += messages.created;
    operation.work.counts.updated.messages += messages.updated;
    operation.revision += 1;
    operations::store(database, &operation)?;
    Ok((Committed::Done(Box::new(operation)), unnamed))
}

/// Changes users, rooms and memberships outside of any operation.
pub(super) fn change_workspace(database: &Connection, batch: WorkspaceBatch, now: Timestamp) -> Result<(), Failure> {
    let batch = WorkspaceBatch {
        new_users: batch.new_users,
        user_patches: batch.user_patches,
        new_rooms: batch.new_rooms,
        room_patches: batch.room_patches,
        subscriptions: batch.subscriptions,
        ..WorkspaceBatch::default()
    };
    // Nothing that is left of the batch belongs to an operation.
    write_workspace(database, 0, &batch, now).map(drop)
}

fn write_workspace(
    database: &Connection,
    operation: i64,
    batch: &WorkspaceBatch,
    now: Timestamp,
) -> Result<messages::Written, Failure> {
    for user in &batch.new_users {
        users::insert(database, user)?;
    }
    let renamed = users::renames(database, &batch.user_patches)?;
    for patch in &batch.user_patches {
        users::patch(database, patch, now)?;
    }
    renames::carry_out(database, &renamed, now)?;
    for room in &batch.new_rooms {
        rooms::insert(database, room)?;
    }
    for patch in &batch.room_patches {
        rooms::patch(database, patch, now)?;
    }
    rooms::subscribe(database, &batch.subscriptions)?;
    contacts::write(database, &batch.contacts)?;
    note_resolved(database, operation, &batch.resolved)?;
    users::note_written(database, operation, &batch.users_written)?;
    let written = messages::write(database, &batch.messages)?;
    messages::join_threads(database, &batch.thread_replies, now)?;
    messages::update_threads(database, &batch.threads, now)?;
    messages::attach(database, &batch.attached, now)?;
    Ok(written)
}

/// Notes what import ids stand for; the first entry for an id stays.
fn note_resolved(database: &Connection, operation: i64, resolved: &[Resolved]) -> Result<(), Failure> {
    let mut insert = database.prepare_cached(
        "INSERT INTO resolved (operation, data_type, import_id, id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for entry in resolved {
        insert.execute(params![operation, staging::type_code(entry.data_type), entry.import_id, entry.id])?;
    }
    Ok(())
}
