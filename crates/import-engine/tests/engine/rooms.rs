//! Rooms: which are new, which are there already, and who joins.

use std::collections::BTreeMap;

use import_engine::Pulse;
use import_proto::{ImportInput, Importer};
use import_store::{RoomKeys, Store as _, UserKeys, documents::Room};
use serde_json::{Value, json};

use crate::support::Workspace;

const USERS: &str = r#"[{"id": "U1", "name": "ann"}, {"id": "U2", "name": "bob"}, {"id": "U3", "name": "cat"}]"#;

impl Workspace {
    /// Imports a Slack export with three users and these files.
    async fn import_rooms(&self, name: &str, files: &[(&str, Value)]) -> Pulse {
        let files: Vec<(&str, String)> = files.iter().map(|(file, value)| (*file, value.to_string())).collect();
        let users = [("users.json", USERS)].into_iter();
        let files: Vec<_> = users.chain(files.iter().map(|(file, text)| (*file, text.as_str()))).collect();
        self.import_as(Importer::Slack, &self.folder(name, &files)).await
    }

    /// The usernames of each room's members, by its first import id.
    async fn members(&self) -> BTreeMap<String, Vec<String>> {
        let subscriptions = self.documents("rocketchat_subscription").await;
        let members = |room: &Value| {
            let of_room = subscriptions.values().filter(|one| one["rid"] == room["_id"]);
            let mut members: Vec<_> = of_room.map(|one| one["u"]["username"].as_str().unwrap().to_owned()).collect();
            members.sort_unstable();
            members
        };
        let rooms = self.documents("rocketchat_room").await;
        rooms.values().map(|room| (room["importIds"][0].as_str().unwrap().to_owned(), members(room))).collect()
    }

    async fn general(&self) -> Room {
        let keys = RoomKeys { ids: vec!["GENERAL".into()], ..RoomKeys::default() };
        self.engine.store().find_rooms(keys).await.unwrap().remove(0)
    }
}

#[tokio::test]
async fn a_room_without_a_name_is_called_after_its_import_id() {
    let workspace = Workspace::fresh().await;
    let channels = json!([{"id": "C1"}, {"id": "C2", "name": " "}, {"id": "C3", "name": "docks"}]);
    let done = workspace.import_rooms("export", &[("channels.json", channels)]).await;
    assert_eq!((done.counts.created.channels, done.counts.error), (3, 0));
    for field in ["name", "fname"] {
        assert_eq!(workspace.column("rocketchat_room", field).await, ["C1", "C2", "docks"]);
    }
}

#[tokio::test]
async fn a_direct_room_with_somebody_unknown_fails_and_so_do_its_messages() {
    let workspace = Workspace::fresh().await;
    let files = [
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U99"]}])),
        ("D1/2024-01-01.json", json!([{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "psst"}])),
    ];
    let files = files.map(|(file, value)| (file, value.to_string()));
    let users = ("users.json", USERS);
    let folder = workspace.folder("export", &[users, (files[0].0, &files[0].1), (files[1].0, &files[1].1)]);
    workspace.import_strictly(&folder).await;
    assert_eq!(
        workspace.failures().await,
        ["importer-channel-missing-users: U99", "importer-message-unknown-room: D1"]
    );
    assert!(workspace.documents("rocketchat_room").await.is_empty());
}

#[tokio::test]
async fn a_room_is_found_by_its_import_id_whatever_it_is_called_now() {
    let workspace = Workspace::fresh().await;
    let older = json!([{"id": "C1", "name": "docks", "members": ["U1"], "topic": {"value": "old"}}]);
    workspace.import_rooms("older", &[("channels.json", older)]).await;
    let newer = json!([{
        "id": "C1", "name": "harbour", "members": ["U2"], "topic": {"value": "new"}, "purpose": {"value": "ships"},
        "created": 1355517523,
    }]);
    let done = workspace.import_rooms("newer", &[("channels.json", newer)]).await;
    assert_eq!((done.counts.created.channels, done.counts.updated.channels), (0, 1));
    let room = workspace.documents("rocketchat_room").await.into_values().next().unwrap();
    assert_eq!(
        (&room["name"], &room["topic"], &room["description"]),
        (&json!("docks"), &json!("new"), &json!("ships"))
    );
    assert_eq!((&room["importIds"], &room["ts"]["$date"]), (&json!(["C1"]), &json!("2012-12-14T20:38:43.000Z")));
    assert_eq!(workspace.members().await["C1"], ["ann", "bob", "rocket.cat"]);
}

#[tokio::test]
async fn a_private_room_that_is_found_by_its_name_alone_takes_no_members() {
    let workspace = Workspace::fresh().await;
    let older = [("users.csv", "ann,,Ann\n"), ("channels.csv", "Café Docks,ann,public,ann\ncrew,ann,private,ann\n")];
    workspace.import(&workspace.folder("older", &older)).await;
    let other = [
        ("channels.json", json!([{"id": "C9", "name": "Cafe\u{301} Docks", "members": ["U2"]}])),
        ("groups.json", json!([{"id": "G9", "name": "crew", "members": ["U2"]}])),
    ];
    let done = workspace.import_rooms("other", &other).await;
    assert_eq!((done.counts.created.channels, done.counts.updated.channels), (0, 2));
    assert_eq!(workspace.column("rocketchat_room", "importIds").await, [r#"["Café Docks","C9"]"#, r#"["crew","G9"]"#]);
    let members = workspace.members().await;
    assert_eq!(
        (members["Café Docks"].as_slice(), members["crew"].as_slice()),
        (&["ann".into(), "bob".into()][..], &["ann".into()][..])
    );
    // Once the import id is known, it is the same room beyond doubt.
    workspace.import_rooms("other", &other).await;
    assert_eq!(workspace.members().await["crew"], ["ann", "bob"]);
}

#[tokio::test]
async fn a_direct_room_is_the_one_with_exactly_its_members() {
    let workspace = Workspace::fresh().await;
    let older = [
        ("dms.json", json!([{"id": "D1", "members": ["U1", "U2"]}])),
        ("mpims.json", json!([{"id": "G1", "name": "mpdm-1", "members": ["U1", "U2", "U3"]}])),
    ];
    workspace.import_rooms("older", &older).await;
    let other = [
        ("dms.json", json!([{"id": "D9", "members": ["U2", "U1"]}, {"id": "D8", "members": ["U2", "U3"]}])),
        ("mpims.json", json!([{"id": "G9", "name": "mpdm-9", "members": ["U3", "U1", "U2"]}])),
    ];
    let done = workspace.import_rooms("other", &other).await;
    assert_eq!((done.counts.created.channels, done.counts.updated.channels), (1, 2));
    assert_eq!(
        workspace.column("rocketchat_room", "importIds").await,
        [r#"["D1","D9"]"#, r#"["D8"]"#, r#"["G1","G9"]"#]
    );
}

#[tokio::test]
async fn the_general_room_takes_the_imported_name_unless_another_room_has_it() {
    let workspace = Workspace::fresh().await;
    let general = |name: &str| json!([{"id": "C1", "name": name, "is_general": true, "topic": {"value": "all"}}]);
    let message = json!([{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": "hello"}]);
    let files = [("channels.json", general("Town Square")), ("Town Square/2024-01-01.json", message)];
    workspace.import_rooms("renamed", &files).await;
    let room = workspace.general().await;
    assert_eq!((room.name.as_deref(), room.fname.as_deref()), (Some("Town-Square"), Some("Town Square")));
    assert_eq!((room.topic.as_deref(), room.import_ids.as_slice()), (Some("all"), &["C1".to_owned()][..]));
    assert_eq!(workspace.column("rocketchat_message", "rid").await, ["GENERAL"]);

    workspace.import_rooms("plaza", &[("channels.json", json!([{"id": "C2", "name": "plaza"}]))]).await;
    workspace.import_rooms("taken", &[("channels.json", general("plaza"))]).await;
    assert_eq!(workspace.general().await.name.as_deref(), Some("Town-Square"));
}

#[tokio::test]
async fn where_there_is_no_general_room_its_record_fails() {
    let workspace = Workspace::fresh().await;
    workspace.remove_general().await;
    let channels = json!([{"id": "C1", "name": "general", "is_general": true}, {"id": "C2", "name": "docks"}]);
    workspace.import_rooms("export", &[("channels.json", channels)]).await;
    assert_eq!(workspace.failures().await, ["importer-channel-general-not-found"]);
    assert_eq!(workspace.column("rocketchat_room", "name").await, ["docks"]);
}

#[tokio::test]
async fn an_archived_room_is_archived_for_its_members_too() {
    let workspace = Workspace::fresh().await;
    let channels = json!([
        {"id": "C1", "name": "old", "is_archived": true, "members": ["U1"], "creator": "U2"},
        {"id": "C2", "name": "new", "members": ["U1"], "creator": "U2"},
    ]);
    workspace.import_rooms("export", &[("channels.json", channels)]).await;
    let archived = |documents: BTreeMap<String, Value>| -> Vec<(String, bool)> {
        let mut archived: Vec<_> =
            documents.values().map(|one| (one["fname"].as_str().unwrap().into(), one["archived"] == true)).collect();
        archived.sort_unstable();
        archived
    };
    let (new, old) = (("new".to_owned(), false), ("old".to_owned(), true));
    assert_eq!(archived(workspace.documents("rocketchat_room").await), [new.clone(), old.clone()]);
    let subscriptions = archived(workspace.documents("rocketchat_subscription").await);
    assert_eq!(subscriptions, [new.clone(), new, old.clone(), old]);
}

#[tokio::test]
async fn an_archived_room_is_in_nobodys_list_of_rooms() {
    let workspace = Workspace::fresh().await;
    let channels = json!([
        {"id": "C1", "name": "old", "is_archived": true, "members": ["U1"]},
        {"id": "C2", "name": "new", "members": ["U1"]},
    ]);
    workspace.import_rooms("export", &[("channels.json", channels.clone())]).await;
    // Somebody who joins later finds it closed too.
    let mut later = channels;
    later[0]["members"] = json!(["U1", "U2"]);
    workspace.import_rooms("later", &[("channels.json", later)]).await;
    let subscriptions = workspace.documents("rocketchat_subscription").await;
    let of = |name: &str, username: &str| {
        let one = subscriptions.values().find(|one| one["fname"] == name && one["u"]["username"] == username).unwrap();
        (one["open"].as_bool().unwrap(), one.get("archived").cloned())
    };
    assert_eq!(of("new", "ann"), (true, None));
    for member in ["ann", "bob"] {
        assert_eq!(of("old", member), (false, Some(json!(true))), "{member}");
    }
}

#[tokio::test]
async fn a_room_hides_no_system_messages() {
    let workspace = Workspace::fresh().await;
    let channels = json!([{"id": "C1", "name": "new", "members": ["U1"]}]);
    let direct = json!([{"id": "D1", "members": ["U1", "U2"]}]);
    workspace.import_rooms("export", &[("channels.json", channels), ("dms.json", direct)]).await;
    let rooms = workspace.documents("rocketchat_room").await;
    assert_eq!(rooms.len(), 2);
    // Rocket.Chat reads `sysMes: true` as "hide all of them".
    assert!(rooms.values().all(|room| room.get("sysMes").is_none()), "{rooms:?}");
}

#[tokio::test]
async fn a_room_without_a_known_creator_belongs_to_the_person_who_runs_the_import() {
    let workspace = Workspace::fresh().await;
    workspace.import_rooms("users", &[]).await;
    let keys = UserKeys { usernames: vec!["ann".into()], ..UserKeys::default() };
    let ann = workspace.engine.store().find_users(keys).await.unwrap().remove(0).id;
    let channels = json!([
        {"id": "C1", "name": "docks", "members": ["U2"], "creator": "U2"},
        {"id": "C2", "name": "quay", "members": ["U2"], "creator": null},
        {"id": "C3", "name": "pier", "members": ["U2"], "creator": "U99"},
    ])
    .to_string();
    let folder = workspace.folder("rooms", &[("channels.json", &channels)]);
    workspace.engine.import_file(&ann, Importer::Slack, &folder).await.unwrap();
    workspace.settled().await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.settled().await;
    let owners: BTreeMap<String, Value> = workspace
        .documents("rocketchat_room")
        .await
        .into_values()
        .map(|room| (room["name"].as_str().unwrap().to_owned(), room["u"]["username"].clone()))
        .collect();
    let owner = |room: &str, username: &str| (room.to_owned(), json!(username));
    assert_eq!(owners, BTreeMap::from([owner("docks", "bob"), owner("pier", "ann"), owner("quay", "ann")]));
    let members = workspace.members().await;
    assert_eq!((members["C1"].len(), members["C2"].as_slice()), (1, &["ann".to_owned(), "bob".to_owned()][..]));
    let subscriptions = workspace.documents("rocketchat_subscription").await;
    let owns = subscriptions.values().filter(|one| one["roles"] == json!(["owner"]));
    let mut owns: Vec<_> =
        owns.map(|one| (one["name"].as_str().unwrap(), one["u"]["username"].as_str().unwrap())).collect();
    owns.sort_unstable();
    assert_eq!(owns, [("docks", "bob"), ("pier", "ann"), ("quay", "ann")]);
}

#[tokio::test]
async fn two_rooms_of_an_export_whose_names_look_alike_are_two_rooms() {
    let workspace = Workspace::fresh().await;
    let rooms = |names: [&str; 2]| {
        let room =
            |(id, name, user): (&str, &str, &str)| json!({"id": id, "name": name, "creator": user, "members": [user]});
        json!([room(("G1", names[0], "U1")), room(("G2", names[1], "U2"))])
    };
    let secret = |user: &str| json!([{"type": "message", "user": user, "ts": "1704100000.000100", "text": "secret"}]);
    let files = [
        ("groups.json", rooms(["Café", "Cafe"])),
        ("Café/2024-01-01.json", secret("U1")),
        ("Cafe/2024-01-01.json", secret("U2")),
    ];
    let done = workspace.import_rooms("export", &files).await;
    assert_eq!(done.notes, ["The room Cafe is imported as Cafe-1: another room has that name already."]);
    assert_eq!((done.counts.created.channels, done.counts.error), (2, 0));
    let members = workspace.members().await;
    assert_eq!((&members["G1"][..], &members["G2"][..]), (&["ann".to_owned()][..], &["bob".to_owned()][..]));
    let messages = workspace.documents("rocketchat_message").await;
    let room = |message: &str| messages[message]["rid"].clone();
    assert_ne!(room("slack-G1-1704100000-000100"), room("slack-G2-1704100000-000100"));

    // Imported again, each is found by its import id, whatever it is called.
    let again = workspace.import_rooms("again", &files).await;
    assert_eq!((again.counts.created, again.notes), (Default::default(), vec![]));
    assert_eq!(workspace.members().await, members);
}

#[tokio::test]
async fn of_two_rooms_named_like_one_that_is_there_the_first_is_it() {
    let workspace = Workspace::fresh().await;
    workspace
        .import(&workspace.folder("older", &[("users.csv", "ann,,Ann\n"), ("channels.csv", "docks,ann,,ann\n")]))
        .await;
    let rooms = json!([{"id": "C1", "name": "docks"}, {"id": "C2", "name": "dócks"}]);
    let done = workspace.import_rooms("newer", &[("channels.json", rooms)]).await;
    assert_eq!((done.counts.updated.channels, done.counts.created.channels), (1, 1));
    let names = workspace.column("rocketchat_room", "name").await;
    assert_eq!(names, ["docks", "docks-1"]);
}

#[tokio::test]
async fn a_new_room_never_lands_in_one_that_had_its_name_in_an_older_export() {
    let workspace = Workspace::fresh().await;
    let board = |rooms: Value| [("groups.json", rooms)];
    workspace.import_rooms("older", &board(json!([{"id": "G1", "name": "board", "members": ["U1"]}]))).await;
    let newer =
        json!([{"id": "G1", "name": "board-old", "members": ["U1"]}, {"id": "G2", "name": "board", "members": ["U2"]}]);
    let done = workspace.import_rooms("newer", &board(newer)).await;
    assert_eq!(done.notes, ["The room board is imported as board-1: another room has that name already."]);
    let members = workspace.members().await;
    // An export makes rocket.cat the owner where the administrator is.
    let with_owner = |name: &str| vec![name.to_owned(), "rocket.cat".to_owned()];
    assert_eq!((members["G1"].clone(), members["G2"].clone()), (with_owner("ann"), with_owner("bob")));
}

#[tokio::test]
async fn a_private_room_stays_private_when_another_export_lists_it_as_public() {
    let workspace = Workspace::fresh().await;
    let plan = |members: &[&str]| json!([{"id": "C1", "name": "plan", "creator": "U1", "members": members}]);
    let said = |ts: &str, text: &str| json!([{"type": "message", "user": "U1", "ts": ts, "text": text}]);
    let secret = ("plan/2024-01-01.json", said("1704100000.000100", "private words"));
    workspace.import_rooms("older", &[("groups.json", plan(&["U1"])), secret.clone()]).await;

    let public = [
        ("channels.json", plan(&["U1", "U2"])),
        secret,
        ("plan/2024-01-02.json", said("1704200000.000100", "later words")),
    ];
    let done = workspace.import_rooms("newer", &public).await;
    assert_eq!(
        done.notes,
        ["The room plan is private, and the export lists it as public: it stays private, and the import adds no \
          members to it."]
    );
    assert_eq!((done.counts.created.channels, done.counts.updated.channels, done.counts.error), (0, 1, 0));
    assert_eq!(workspace.column("rocketchat_room", "t").await, ["p"]);
    assert_eq!(workspace.members().await["C1"], ["ann"]);
    let messages = workspace.documents("rocketchat_message").await;
    let room = |message: &str| messages[message]["rid"].clone();
    assert_eq!(room("slack-C1-1704100000-000100"), room("slack-C1-1704200000-000100"));
}
