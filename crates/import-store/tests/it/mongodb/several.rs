//! Several servers on one database.

use std::time::Duration;

use bson::{Document, doc};
use futures_util::TryStreamExt;
use import_proto::{DataType, ProgressStep, RecordError};
use import_sample::workspace::ADMIN;
use import_store::{
    Batch, Claim, Committed, MongoStore, StagedFilter, Store, UserKeys,
    documents::{Subscription, UserPatch},
    operation::{Position, StoredOperation},
    staging::{Outcome, RecordStatus, StagedRecord},
};
use serde_json::json;

use super::Mongo;
use crate::fixture::*;

/// A lease that is over as soon as it is given: whoever has it is taken for hung.
const NONE: Duration = Duration::ZERO;

/// A workspace, an operation that is at work, and a server that has claimed it and hangs.
async fn hung() -> (Mongo, MongoStore, StoredOperation) {
    let backend = Mongo::fresh().await;
    let hung = backend.another(NONE).await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingMessages;
    let stored = hung.create_operation(new).await.unwrap();
    (backend, hung, stored)
}

async fn held(store: &MongoStore, id: &str) -> (StoredOperation, bool) {
    match store.claim(id).await.unwrap() {
        Claim::Held { operation, abandoned } => (*operation, abandoned),
        other => panic!("it is not to be had: {other:?}"),
    }
}

async fn listed(store: &MongoStore) -> Vec<StagedRecord> {
    store.list_staged("a", StagedFilter::default(), 0, 100).await.unwrap().0
}

/// The raw documents of a collection.
async fn raw(store: &MongoStore, collection: &str) -> Vec<Document> {
    store.database().collection(collection).find(doc! {}).await.unwrap().try_collect().await.unwrap()
}

#[tokio::test]
async fn an_operation_is_worked_on_by_one_server() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    begin(backend.store(), "a").await;
    held(backend.store(), "a").await;
    assert!(matches!(other.claim("a").await.unwrap(), Claim::Elsewhere));
    assert!(backend.store().keep("a", None).await.unwrap());
    assert!(!other.keep("a", None).await.unwrap());

    backend.store().release("a", None).await.unwrap();
    let (_, abandoned) = held(&other, "a").await;
    assert!(!abandoned, "it was let go of");
    assert!(matches!(backend.store().claim("a").await.unwrap(), Claim::Elsewhere));
    assert!(matches!(other.claim("nowhere").await.unwrap(), Claim::Nothing));
}

#[tokio::test]
async fn whoever_makes_an_operation_that_is_at_work_has_claimed_it() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::Uploading;
    backend.store().create_operation(new).await.unwrap();
    assert!(matches!(other.claim("a").await.unwrap(), Claim::Elsewhere));
}

#[tokio::test]
async fn a_commit_that_puts_an_operation_to_rest_lets_go_of_it() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::PreparingUsers;
    let stored = backend.store().create_operation(new).await.unwrap();
    let mut batch = Batch::new(stored);
    batch.operation.operation.status = ProgressStep::UserSelection;
    let stored = commit(backend.store(), batch).await;
    // Whichever server is asked next may go on.
    let mut batch = Batch::new(stored);
    batch.operation.operation.status = ProgressStep::ImportingStarted;
    commit(&other, batch).await;
    assert!(matches!(backend.store().claim("a").await.unwrap(), Claim::Elsewhere));
}

#[tokio::test]
async fn a_server_that_hangs_is_taken_over_and_changes_nothing_when_it_wakes_up() {
    let (backend, hung, stored) = hung().await;
    let mut batch = Batch::new(stored.clone());
    batch.operation.work.position = Position { part: 1, item: 7 };
    let before = commit(&hung, batch).await;

    let (taken, abandoned) = held(backend.store(), "a").await;
    assert!(abandoned);
    assert_eq!(taken, before, "it goes on where the other was");

    let mut late = Batch::new(before.clone());
    late.operation.work.position = Position { part: 9, item: 9 };
    late.operation.operation.status = ProgressStep::Done;
    late.stage = vec![failed(DataType::Message, 1, true), staged(DataType::User, 2)];
    late.outcomes = vec![(key(DataType::User, 3), Outcome::Imported)];
    late.workspace.messages = vec![message("m1", "GENERAL", 1)];
    assert!(matches!(hung.commit(late).await.unwrap(), Committed::Stale));
    assert!(!hung.keep("a", None).await.unwrap());

    assert_eq!(backend.store().operation("a").await.unwrap(), Some(before.clone()));
    assert_eq!(listed(backend.store()).await, []);
    let counts = backend.store().staged_counts("a", RecordStatus::Failed, false).await.unwrap();
    assert_eq!(counts.total(), 0);

    // That the work is taken up again is counted first.
    let mut batch = Batch::new(taken);
    batch.operation.work.resumes = 1;
    let taken = commit(backend.store(), batch).await;

    // The same records of whoever goes on are what counts, also where they came out otherwise.
    let mut batch = Batch::new(taken);
    batch.stage = vec![staged(DataType::Message, 1)];
    batch.workspace.messages = vec![message("m1", "GENERAL", 1)];
    let after = commit(backend.store(), batch).await;
    assert_eq!(listed(backend.store()).await, [staged(DataType::Message, 1)]);
    assert_eq!(backend.documents("rocketchat_message").await.len(), 1);
    assert_eq!(after.work.counts.created.messages, 1, "it is the message of the batch that was cut short");
    assert_eq!(after.work.counts.updated.messages, 0);
}

#[tokio::test]
async fn a_hung_server_leaves_alone_what_another_is_about_to_commit() {
    let (backend, hung, stored) = hung().await;
    let (taken, _) = held(backend.store(), "a").await;
    stage(backend.store(), taken.clone(), [staged(DataType::User, 1)]).await;
    // As it is between staging and the commit: the record is there, and the revision is the one before.
    let operations = backend.store().database().collection::<Document>("rocketchat_import");
    let revision = |revision: u64| doc! { "$set": { "importServer.revision": revision.cast_signed() } };
    operations.update_one(doc! { "_id": "a" }, revision(taken.revision)).await.unwrap();
    let before = raw(backend.store(), "rocketchat_import_data").await;

    let mut late = Batch::new(stored);
    late.stage = vec![failed(DataType::User, 1, true)];
    assert!(matches!(hung.commit(late).await.unwrap(), Committed::Stale));
    assert_eq!(raw(backend.store(), "rocketchat_import_data").await, before);
    operations.update_one(doc! { "_id": "a" }, revision(taken.revision + 1)).await.unwrap();
    assert_eq!(listed(backend.store()).await, [staged(DataType::User, 1)]);
}

#[tokio::test]
async fn claims_that_were_let_go_of_are_not_kept() {
    let backend = Mongo::fresh().await;
    let mut stored = begin(backend.store(), "a").await;
    for seq in 1..=20 {
        // At rest: each commit claims, and lets go.
        stored = stage(backend.store(), stored, [staged(DataType::User, seq)]).await;
    }
    let operation = raw(backend.store(), "rocketchat_import").await.remove(0);
    let own = operation.get_document("importServer").unwrap();
    assert_eq!(own.get_array("epochs").unwrap().len(), 0);
    assert_eq!(listed(backend.store()).await.len(), 20);
}

#[tokio::test]
async fn one_that_was_left_unended_when_its_successor_was_made_is_ended_with_it() {
    let backend = Mongo::fresh().await;
    begin(backend.store(), "a").await;
    begin(backend.store(), "b").await;
    // As whoever made the second leaves it that crashes in between.
    let operations = backend.store().database().collection::<Document>("rocketchat_import");
    let unended = doc! { "$set": { "importServer.ended": false, "importServer.emptied": 0, "valid": true } };
    operations.update_one(doc! { "_id": "a" }, unended).await.unwrap();
    backend.store().end_operation(noon()).await.unwrap();
    for operation in raw(backend.store(), "rocketchat_import").await {
        assert!(operation.get_document("importServer").unwrap().get_bool("ended").unwrap(), "{operation}");
    }
}

#[tokio::test]
async fn rooms_of_a_run_that_was_ended_say_what_they_hold() {
    let backend = Mongo::fresh().await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingMessages;
    let stored = backend.store().create_operation(new).await.unwrap();
    let mut batch = Batch::new(stored);
    batch.workspace.messages = vec![message("m1", "GENERAL", 1), message("m2", "GENERAL", 2)];
    commit(backend.store(), batch).await;
    backend.store().end_operation(noon()).await.unwrap();
    while backend.store().sweep().await.unwrap() {}
    let rooms = raw(backend.store(), "rocketchat_room").await;
    let general = rooms.into_iter().find(|room| room.get_str("_id").unwrap() == "GENERAL").unwrap();
    let general = bson::Bson::Document(general).into_relaxed_extjson();
    assert_eq!((&general["msgs"], &general["lastMessage"]["_id"]), (&json!(2), &json!("m2")));
    assert_eq!(raw(backend.store(), "import_server_state").await, []);
}

#[tokio::test]
async fn what_a_hung_server_stages_after_another_has_gone_on_is_never_seen() {
    let (backend, hung, stored) = hung().await;
    // Several commits of the new one lie beyond the revision of the late one.
    let (mut taken, _) = held(backend.store(), "a").await;
    for seq in 10..15 {
        taken = stage(backend.store(), taken, [staged(DataType::User, seq)]).await;
    }
    let mut late = Batch::new(stored);
    late.stage = vec![failed(DataType::User, 1, true), failed(DataType::User, 12, true)];
    assert!(matches!(hung.commit(late).await.unwrap(), Committed::Stale));
    assert_eq!(seqs(&listed(backend.store()).await), [10, 11, 12, 13, 14]);
    let waiting = backend.store().staged("a", DataType::User, RecordStatus::Staged, 0, 10, 1 << 20).await.unwrap();
    assert_eq!(seqs(&waiting), [10, 11, 12, 13, 14]);

    // And it does not come to light once the area is swept.
    backend.store().end_operation(noon()).await.unwrap();
    while backend.store().sweep().await.unwrap() {}
    assert_eq!(listed(backend.store()).await, []);
    assert_eq!(raw(backend.store(), "rocketchat_import_data").await, []);
}

#[tokio::test]
async fn whoever_works_on_an_operation_that_another_server_ends_learns_of_it() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingMessages;
    let stored = backend.store().create_operation(new).await.unwrap();
    let ended = other.end_operation(noon()).await.unwrap().unwrap();
    assert_eq!((ended.step(), ended.operation.valid), (ProgressStep::ImportCancelled, false));
    assert!(!backend.store().keep("a", None).await.unwrap());
    let mut late = Batch::new(stored);
    late.stage = vec![failed(DataType::User, 1, true)];
    late.workspace.messages = vec![message("m1", "GENERAL", 1)];
    assert!(matches!(backend.store().commit(late).await.unwrap(), Committed::Stale));
    assert_eq!(listed(&other).await, []);
    assert_eq!(raw(&other, "rocketchat_message").await, [], "nothing is written any more");
    assert_eq!(other.operation("a").await.unwrap(), Some(ended));
}

#[tokio::test]
async fn what_rocket_chat_writes_when_it_starts_ends_nothing() {
    let backend = Mongo::fresh().await;
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingMessages;
    let stored = backend.store().create_operation(new).await.unwrap();
    let operations = backend.store().database().collection::<Document>("rocketchat_import");
    operations.update_many(doc! {}, doc! { "$set": { "valid": false } }).await.unwrap();
    assert!(backend.store().keep("a", None).await.unwrap());
    assert!(backend.store().operation("a").await.unwrap().unwrap().operation.valid);
    let after = commit(backend.store(), Batch::new(stored)).await;
    assert!(after.operation.valid && !after.is_ended());
    assert!(raw(backend.store(), "rocketchat_import").await[0].get_bool("valid").unwrap());
}

#[tokio::test]
async fn an_operation_that_rocket_chat_made_is_shown_and_can_be_ended_but_not_worked_on() {
    let backend = Mongo::fresh().await;
    begin(backend.store(), "a").await;
    let later = bson::DateTime::from_millis(noon().as_millis() + 60_000);
    let foreign = doc! {
        "_id": "foreign", "type": "Slack", "importerKey": "slack", "ts": later, "status": "importer_importing_users",
        "valid": true, "user": ADMIN.user_id, "_updatedAt": later, "fileData": {"users": []},
    };
    backend.store().database().collection("rocketchat_import").insert_one(foreign).await.unwrap();
    let current = backend.store().current_operation().await.unwrap().unwrap();
    assert_eq!((current.operation.id.as_str(), current.step()), ("foreign", ProgressStep::ImportingUsers));
    assert!(matches!(backend.store().claim("foreign").await.unwrap(), Claim::Nothing));
    assert!(matches!(backend.store().commit(Batch::new(current)).await.unwrap(), Committed::Stale));
    let ended = backend.store().end_operation(noon()).await.unwrap().unwrap();
    assert_eq!((ended.operation.valid, ended.step()), (false, ProgressStep::ImportCancelled));
    let stored = raw(backend.store(), "rocketchat_import").await;
    let stored = stored.iter().find(|stored| stored.get_str("_id").unwrap() == "foreign").unwrap();
    assert_eq!(stored.get_str("status").unwrap(), "importer_import_cancelled");
    assert!(stored.contains_key("fileData"), "what is not known survives");
}

#[tokio::test]
async fn what_a_commit_decided_of_staged_records_is_carried_out_by_whoever_comes_next() {
    let (backend, hung, stored) = hung().await;
    let stored = stage(&hung, stored, (1..=3).map(|seq| staged(DataType::User, seq))).await;
    let rows = raw(&hung, "rocketchat_import_data").await;
    let mut batch = Batch::new(stored);
    batch.outcomes = vec![
        (key(DataType::User, 1), Outcome::Imported),
        (key(DataType::User, 2), Outcome::Failed(RecordError::new("taken"))),
    ];
    commit(&hung, batch).await;
    // As if it had been cut off right behind the commit.
    let records = hung.database().collection::<Document>("rocketchat_import_data");
    records.delete_many(doc! {}).await.unwrap();
    records.insert_many(rows).await.unwrap();

    let taken = StagedRecord {
        status: RecordStatus::Failed,
        errors: vec![RecordError::new("taken")],
        ..staged(DataType::User, 2)
    };
    assert_eq!(listed(backend.store()).await, [taken.clone(), staged(DataType::User, 3)]);

    // Whoever goes on may put it back; the log of before does not fail it once more.
    let (operation, _) = held(backend.store(), "a").await;
    let mut batch = Batch::new(operation);
    batch.restage = true;
    commit(backend.store(), batch).await;
    assert_eq!(
        listed(backend.store()).await,
        [StagedRecord { status: RecordStatus::Staged, ..taken }, staged(DataType::User, 3)]
    );
}

#[tokio::test]
async fn operations_are_numbered_in_the_order_of_their_creation_whoever_creates_them() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    // The clocks of servers differ: the later one is older by its own.
    let mut early = operation("late");
    early.operation.ts.0 = at("2024-04-01T00:00:00.000Z");
    begin(backend.store(), "early").await;
    other.create_operation(early).await.unwrap();
    assert_eq!(backend.store().current_operation().await.unwrap().unwrap().operation.id, "late");
    assert!(backend.store().operation("early").await.unwrap().unwrap().is_ended());

    let created = futures_util::future::join_all((0..8).map(|number| {
        let store = if number % 2 == 0 { backend.store() } else { &other };
        async move { store.create_operation(operation(&format!("o{number}"))).await.unwrap() }
    }))
    .await;
    assert_eq!(created.len(), 8);
    let operations = raw(backend.store(), "rocketchat_import").await;
    let valid = operations.iter().filter(|operation| operation.get_bool("valid").unwrap());
    let current = backend.store().current_operation().await.unwrap().unwrap().operation.id;
    assert_eq!(valid.map(|operation| operation.get_str("_id").unwrap()).collect::<Vec<_>>(), [current]);
}

/// An operation whose messages are shared out in two.
async fn shared_out(store: &MongoStore) -> StoredOperation {
    let mut new = operation("a");
    new.operation.status = ProgressStep::ImportingMessages;
    let stored = store.create_operation(new).await.unwrap();
    match store.share_out(stored, vec![vec![1, 4], vec![2, 3]]).await.unwrap() {
        Committed::Done(stored) => *stored,
        Committed::Stale => panic!("the operation is somebody else's"),
    }
}

async fn share(store: &MongoStore) -> StoredOperation {
    match store.claim_share("a").await.unwrap() {
        Claim::Held { operation, .. } => *operation,
        other => panic!("no share is to be had: {other:?}"),
    }
}

#[tokio::test]
async fn shares_are_worked_on_by_one_server_each_with_a_position_of_their_own() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let whole = shared_out(backend.store()).await;
    assert_eq!(whole.work.shares, Some(2));

    let (first, second) = (share(backend.store()).await, share(&other).await);
    let parts = |share: &StoredOperation| share.share.as_ref().map(|share| (share.number, share.parts.clone()));
    assert_eq!(parts(&first), Some((0, vec![1, 4])));
    assert_eq!(parts(&second), Some((1, vec![2, 3])));
    assert_eq!(second.work.position, Position { part: 2, item: 0 });
    let third = backend.another(Duration::from_secs(60)).await;
    assert!(matches!(third.claim_share("a").await.unwrap(), Claim::Elsewhere));

    let mut batch = Batch::new(second);
    batch.operation.work.position = Position { part: 3, item: 5 };
    batch.operation.work.counts.completed = 2;
    batch.stage = vec![failed(DataType::Message, 9, true)];
    batch.workspace.messages = vec![message("m1", "GENERAL", 1), message("m2", "GENERAL", 2)];
    let second = commit(&other, batch).await;
    assert_eq!((second.work.counts.created.messages, second.work.position.item), (2, 5));
    assert_eq!(backend.store().operation("a").await.unwrap(), Some(whole.clone()), "the operation is not touched");
    assert_eq!(seqs(&listed(&third).await), [9]);

    let mut batch = Batch::new(second);
    batch.operation.operation.status = ProgressStep::Finishing;
    commit(&other, batch).await;
    assert!(matches!(other.claim_share("a").await.unwrap(), Claim::Elsewhere), "the first goes on");
    let mut batch = Batch::new(first);
    batch.operation.operation.status = ProgressStep::Finishing;
    commit(backend.store(), batch).await;
    assert!(matches!(other.claim_share("a").await.unwrap(), Claim::Nothing));
    let steps: Vec<_> = third.shares("a").await.unwrap().iter().map(StoredOperation::step).collect();
    assert_eq!(steps, [ProgressStep::Finishing, ProgressStep::Finishing]);
}

#[tokio::test]
async fn a_share_of_which_nothing_says_what_it_has_is_not_taken_for_imported() {
    let backend = Mongo::fresh().await;
    shared_out(backend.store()).await;
    let notes = backend.store().database().collection::<Document>("import_server_state");
    notes.delete_many(doc! { "kind": "share" }).await.unwrap();
    let refused = backend.store().claim_share("a").await.unwrap_err().to_string();
    assert!(refused.contains("nothing says what share 0 has"), "{refused}");
}

#[tokio::test]
async fn a_share_whose_server_hangs_is_taken_over() {
    let backend = Mongo::fresh().await;
    shared_out(backend.store()).await;
    let hung = backend.another(NONE).await;
    let stolen = share(&hung).await;
    let mut taken = None;
    while let Claim::Held { operation, abandoned } = backend.store().claim_share("a").await.unwrap() {
        if operation.share == stolen.share {
            assert!(abandoned);
            taken = Some(*operation);
            break;
        }
    }
    let taken = taken.expect("the share of the server that hangs");
    let mut late = Batch::new(stolen);
    late.operation.work.position = Position { part: 4, item: 99 };
    late.stage = vec![failed(DataType::Message, 9, true)];
    assert!(matches!(hung.commit(late).await.unwrap(), Committed::Stale));
    assert!(!hung.keep("a", taken.share.as_ref().map(|share| share.number)).await.unwrap());
    assert_eq!(listed(backend.store()).await, []);
    let shares = backend.store().shares("a").await.unwrap();
    assert_eq!(shares[0].work.position, Position { part: 1, item: 0 });
    assert!(backend.store().keep("a", Some(0)).await.unwrap());
}

#[tokio::test]
async fn a_share_of_an_operation_that_was_ended_is_worked_on_by_nobody() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    shared_out(backend.store()).await;
    let share = share(&other).await;
    backend.store().end_operation(noon()).await.unwrap();
    assert!(!other.keep("a", Some(0)).await.unwrap());
    let mut late = Batch::new(share);
    late.workspace.messages = vec![message("m1", "GENERAL", 1)];
    assert!(matches!(other.commit(late).await.unwrap(), Committed::Stale));
    assert_eq!(raw(&other, "rocketchat_message").await, []);
    assert!(!matches!(other.claim_share("a").await.unwrap(), Claim::Held { .. }));
    for share in raw(&other, "import_server_shares").await {
        assert_eq!(share.get("lease"), Some(&bson::Bson::Null), "a commit that is under way does not come to be");
    }
}

#[tokio::test]
async fn what_is_not_known_of_a_user_survives_and_nobody_else_is_touched() {
    let backend = Mongo::fresh().await;
    let users = async || -> Vec<serde_json::Value> {
        let users = raw(backend.store(), "users").await;
        users.into_iter().map(|user| bson::Bson::Document(user).into_canonical_extjson()).collect()
    };
    let before = users().await;
    write(backend.store(), |workspace| {
        workspace.user_patches =
            vec![UserPatch { id: ADMIN.user_id.into(), add_import_ids: strings(["U1"]), ..UserPatch::default() }];
    })
    .await;
    let after = users().await;
    for (mut before, after) in before.into_iter().zip(after) {
        if before["_id"] == ADMIN.user_id {
            before["importIds"] = json!(["U1"]);
            before["_updatedAt"] = after["_updatedAt"].clone();
        }
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn documents_with_fields_of_another_type_are_imported_into() {
    let backend = Mongo::fresh().await;
    let database = backend.store().database();
    let odd = doc! { "_id": "ann", "username": "ann", "type": "user", "bio": 5, "roles": "user", "__rooms": null,
    "roomRolePriorities": null };
    database.collection::<Document>("users").insert_one(odd).await.unwrap();
    let nulls = doc! { "$set": { "msgs": null, "usersCount": "many" } };
    database.collection::<Document>("rocketchat_room").update_one(doc! { "_id": "GENERAL" }, nulls).await.unwrap();
    write(backend.store(), |workspace| {
        let owner = Subscription { roles: strings(["owner"]), ..subscription("GENERAL", "ann") };
        workspace.subscriptions = vec![owner];
        workspace.messages = vec![message("m1", "GENERAL", 1)];
    })
    .await;
    let id = backend.store().current_operation().await.unwrap().unwrap().operation.id;
    backend.store().refresh_rooms(&id).await.unwrap();
    let keys = UserKeys { usernames: strings(["ann"]), ..UserKeys::default() };
    let found = backend.store().find_users(keys).await.unwrap();
    assert_eq!((found[0].id.as_str(), found[0].bio.as_deref(), found[0].roles.len()), ("ann", None, 0));
    let of = async |collection: &str, id: &str| -> serde_json::Value {
        let all = raw(backend.store(), collection).await;
        let one = all.into_iter().find(|one| one.get_str("_id").unwrap() == id).unwrap();
        bson::Bson::Document(one).into_relaxed_extjson()
    };
    assert_eq!(of("users", "ann").await["__rooms"], json!(["GENERAL"]));
    assert_eq!(of("users", "ann").await["roomRolePriorities"], json!({"GENERAL": 0}));
    assert_eq!(of("users", "ann").await["bio"], json!(5), "it is not for an import to mend");
    let general = of("rocketchat_room", "GENERAL").await;
    assert_eq!((&general["msgs"], &general["usersCount"]), (&json!(1), &json!(2)), "the administrator is in it");
}

#[tokio::test]
async fn export_files_can_be_read_by_every_server() {
    let backend = Mongo::fresh().await;
    let other = backend.another(Duration::from_secs(60)).await;
    let (from, to) = (backend.directory.path().join("export.zip"), backend.directory.path().join("copy.zip"));
    let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&from, &bytes).unwrap();
    assert!(!other.get_export_file("a", &to).await.unwrap());
    assert!(!to.exists());
    backend.store().put_export_file("a", &from).await.unwrap();
    // Once more: whoever was cut off does it again.
    backend.store().put_export_file("a", &from).await.unwrap();
    assert!(other.get_export_file("a", &to).await.unwrap());
    assert_eq!(std::fs::read(&to).unwrap(), bytes);
    other.remove_export_file("a").await.unwrap();
    other.remove_export_file("a").await.unwrap();
    assert!(!backend.store().get_export_file("a", &to).await.unwrap());
    assert_eq!(raw(&other, "import_server_files.chunks").await, []);
}

#[tokio::test]
async fn the_workspace_says_what_new_users_get() {
    let backend = Mongo::fresh().await;
    let settings = backend.store().database().collection::<Document>("rocketchat_settings");
    let set = async |id: &str, value: bson::Bson| {
        let value = doc! { "$set": { "value": value } };
        settings.update_one(doc! { "_id": id }, value).upsert(true).await.unwrap();
    };
    const ROLES: &str = "Accounts_Registration_Users_Default_Roles";
    const ENABLED: &str = "Accounts_TwoFactorAuthentication_Enabled";
    const BY_EMAIL: &str = "Accounts_TwoFactorAuthentication_By_Email_Enabled";
    const OPT_IN: &str = "Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In";
    set(ROLES, " member, user ,,member".into()).await;
    set(ENABLED, false.into()).await;
    set(BY_EMAIL, "false".into()).await;
    set(OPT_IN, bson::Bson::Null).await;
    let read = backend.store().workspace_settings().await.unwrap();
    assert_eq!(read.default_roles, ["member", "user"]);
    let flags = (read.two_factor, read.two_factor_by_email, read.two_factor_by_email_opt_in);
    assert_eq!(flags, (false, true, true), "a value of another type is as if it were not there");

    set(ENABLED, true.into()).await;
    set(BY_EMAIL, false.into()).await;
    set(OPT_IN, false.into()).await;
    for empty in ["", " , "] {
        set(ROLES, empty.into()).await;
        let read = backend.store().workspace_settings().await.unwrap();
        assert_eq!(read.default_roles, ["user"], "{empty:?}");
        let flags = (read.two_factor, read.two_factor_by_email, read.two_factor_by_email_opt_in);
        assert_eq!(flags, (true, false, false));
    }
    set(ROLES, 5.into()).await;
    assert_eq!(backend.store().workspace_settings().await.unwrap().default_roles, ["user"]);
}
