//! What import ids stand for, and what an operation remembers of what it wrote.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, RoomType};
use import_store::{
    Batch, Resolved, RoomRef, Store,
    documents::{Date, Room, User},
};

use crate::fixture::*;

fn resolved(data_type: DataType, import_id: &str, id: &str) -> Resolved {
    Resolved { data_type, import_id: import_id.into(), id: id.into() }
}

fn room_ref(id: &str, name: &str, room_type: RoomType) -> RoomRef {
    RoomRef { id: id.into(), name: name.into(), room_type }
}

pub(crate) async fn an_operation_s_own_users_come_first(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.workspace.new_users =
        vec![User { import_ids: strings(["1", "2"]), ..user("u1", "ann") }, user("u2", "bob"), user("u3", "1")];
    batch.workspace.resolved = vec![
        resolved(DataType::User, "1", "u2"),
        resolved(DataType::Channel, "2", "u2"),
        resolved(DataType::User, "3", "gone"),
    ];
    commit(store, batch).await;

    let (ann, bob) = (user_ref("u1", "ann"), user_ref("u2", "bob"));
    let expected = HashMap::from([("1".into(), bob), ("2".into(), ann.clone())]);
    assert_eq!(store.resolve_users("a", strings(["1", "2", "3", "4"]), true).await.unwrap(), expected);
    let of_another = store.resolve_users("b", strings(["1"]), true).await.unwrap();
    assert_eq!(of_another, HashMap::from([("1".into(), ann)]));
}

pub(crate) async fn users_are_resolved_by_import_id_then_by_username(backend: &impl Backend) {
    let store = backend.store();
    let younger =
        User { created_at: Date(at("2023-01-01T00:00:00.000Z")), import_ids: strings(["1"]), ..user("u1", "younger") };
    let older =
        User { created_at: Date(at("2020-01-01T00:00:00.000Z")), import_ids: strings(["1"]), ..user("u2", "Older") };
    write(store, |workspace| workspace.new_users = vec![younger, older]).await;

    let ids = || strings(["1", "OLDER", "younger", "nobody", ""]);
    let older = user_ref("u2", "Older");
    assert_eq!(store.resolve_users("a", ids(), false).await.unwrap(), HashMap::from([("1".into(), older.clone())]));
    assert_eq!(
        store.resolve_users("a", ids(), true).await.unwrap(),
        HashMap::from([
            ("1".into(), older.clone()),
            ("OLDER".into(), older),
            ("younger".into(), user_ref("u1", "younger"))
        ])
    );
}

pub(crate) async fn rooms_are_resolved_by_import_id_then_by_name(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    let private = Room { room_type: RoomType::Private, fname: Some("Salle Rouge".into()), ..room("r2", "Salle-Rouge") };
    let slug_is_another_s_name = Room { fname: Some("red".into()), ..room("r3", "blue") };
    let direct = Room { import_ids: strings(["D1"]), name: Some("d".into()), ..direct_room("ab", ["a", "b"]) };
    batch.workspace.new_rooms =
        vec![slug_is_another_s_name, Room { import_ids: strings(["C1"]), ..room("r1", "red") }, private, direct];
    batch.workspace.resolved = vec![resolved(DataType::Channel, "C1", "r2"), resolved(DataType::User, "C2", "r2")];
    commit(store, batch).await;

    let ids = || strings(["C1", "C2", "D1", "red", "Salle Rouge", "Salle-Rouge", "RED", "d", "nowhere"]);
    let rouge = room_ref("r2", "Salle-Rouge", RoomType::Private);
    let direct = RoomRef { name: "d".into(), ..room_ref("ab", "", RoomType::Direct) };
    let by_id = HashMap::from([("C1".into(), rouge.clone()), ("D1".into(), direct.clone())]);
    assert_eq!(store.resolve_rooms("a", ids(), false).await.unwrap(), by_id);
    let red = room_ref("r1", "red", RoomType::Channel);
    let by_name = HashMap::from([
        ("C1".into(), rouge.clone()),
        ("D1".into(), direct),
        ("red".into(), red.clone()),
        ("RED".into(), red.clone()),
        ("Salle Rouge".into(), rouge.clone()),
        ("Salle-Rouge".into(), rouge),
    ]);
    assert_eq!(store.resolve_rooms("a", ids(), true).await.unwrap(), by_name);
    let of_another = store.resolve_rooms("b", strings(["C1"]), false).await.unwrap();
    assert_eq!(of_another, HashMap::from([("C1".into(), red)]));
}

pub(crate) async fn rooms_that_an_operation_has_written_are_known(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    let with_ids = |id: &str, name: &str, ids: &[&str]| Room {
        import_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..room(id, name)
    };
    batch.workspace.new_rooms =
        vec![with_ids("r1", "one", &["C0", "C1"]), with_ids("r2", "two", &["C2"]), with_ids("r3", "three", &["C1"])];
    batch.workspace.resolved = vec![resolved(DataType::Channel, "C1", "r1"), resolved(DataType::User, "C2", "r2")];
    commit(store, batch).await;
    let ids = || strings(["r1", "r2", "r3", "nowhere"]);
    assert_eq!(store.rooms_written("a", ids()).await.unwrap(), HashSet::from(["r1".to_owned()]));
    assert_eq!(store.rooms_written("b", ids()).await.unwrap(), HashSet::new());
}

pub(crate) async fn the_first_entry_for_an_import_id_stays(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.workspace.new_users = vec![user("u1", "ann"), user("u2", "bob")];
    batch.workspace.resolved = vec![resolved(DataType::User, "1", "u1"), resolved(DataType::User, "1", "u2")];
    let mut batch = Batch::new(commit(store, batch).await);
    batch.workspace.resolved = vec![resolved(DataType::User, "1", "u2")];
    commit(store, batch).await;
    let users = store.resolve_users("a", strings(["1"]), false).await.unwrap();
    assert_eq!(users, HashMap::from([("1".into(), user_ref("u1", "ann"))]));
}

pub(crate) async fn what_was_resolved_ends_with_the_operation(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.workspace.new_users = vec![user("u1", "ann")];
    batch.workspace.resolved = vec![resolved(DataType::User, "1", "u1")];
    batch.workspace.users_written = vec![("u1".into(), 7)];
    commit(store, batch).await;
    store.end_operation(noon()).await.unwrap();
    assert_eq!(store.resolve_users("a", strings(["1"]), false).await.unwrap(), HashMap::new());
    assert_eq!(store.users_written("a", strings(["u1"])).await.unwrap(), HashMap::new());
}

pub(crate) async fn the_first_record_to_write_a_user_is_remembered(backend: &impl Backend) {
    let store = backend.store();
    let mut batch = Batch::new(begin(store, "a").await);
    batch.workspace.new_users = vec![user("u1", "ann"), user("u2", "bob")];
    batch.workspace.users_written = vec![("u1".into(), 7), ("u1".into(), 8)];
    let mut batch = Batch::new(commit(store, batch).await);
    batch.workspace.users_written = vec![("u1".into(), 9), ("rocket.cat".into(), 10)];
    commit(store, batch).await;

    let ids = || strings(["u1", "u2", "rocket.cat", "nobody"]);
    let expected = HashMap::from([("u1".into(), 7), ("rocket.cat".into(), 10)]);
    assert_eq!(store.users_written("a", ids()).await.unwrap(), expected);
    assert_eq!(store.users_written("b", ids()).await.unwrap(), HashMap::new());
}
