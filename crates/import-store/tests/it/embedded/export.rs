//! What `export` writes: whole files, as they are given to `mongoimport`.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use import_proto::{PendingFile, RoomType};
use import_store::{
    Batch, EmbeddedStore, Store,
    documents::{
        Contact, Date, EditorRef, Message, PasswordService, Reaction, Room, Services, Subscription, User, UserPatch,
        UserRef,
    },
    embedded::{Access, ExportCounts},
    uploads::{Bucket, KeptUpload, Upload},
};
use serde_json::json;
use tempfile::tempdir;

use super::{Embedded, mode, names};
use crate::fixture::*;

fn text(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join(name)).unwrap()
}

/// Something of every kind, and what is left out.
async fn filled() -> Embedded {
    let backend = Embedded::fresh().await;
    let store = backend.store();
    let admin = store.first_administrator();
    let services = Services { password: Some(PasswordService { bcrypt: "$2b$10$hash".into() }), email2fa: None };
    let path = store.incoming().join("u1");
    fs::write(&path, "abc").unwrap();
    let content = store.keep_file(Bucket::Uploads, "u1", &path).await.unwrap();
    let document = Upload {
        id: "u1".into(),
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        type_group: "text".into(),
        extension: Some("txt".into()),
        size: 3,
        rid: Some("r1".into()),
        user_id: "ann".into(),
        complete: true,
        uploading: false,
        progress: 1,
        store: Bucket::Uploads.store().into(),
        uploaded_at: Date(noon()),
        url: "/ufs/GridFS:Uploads/u1/a.txt".into(),
        path: "/ufs/GridFS:Uploads/u1/a.txt".into(),
        token: "0123456789".into(),
        etag: None,
        updated_at: Date(noon()),
    };
    let ann = User {
        emails: vec![email("ann@example.org")],
        services,
        import_ids: strings(["1"]),
        utc_offset: Some(-3.5),
        custom_fields: json!({"$team": "red", "no.": 1}).as_object().cloned(),
        ..user("ann", "ann")
    };
    write(store, |workspace| {
        workspace.new_users = vec![ann];
        workspace.user_patches =
            vec![UserPatch { id: admin.into(), name: Some("Admin".into()), ..UserPatch::default() }];
        workspace.new_rooms =
            vec![Room { owner: None, ..room("r1", "red") }, direct_room("annrocket.cat", ["ann", "rocket.cat"])];
        workspace.subscriptions = vec![
            subscription("r1", "ann"),
            subscription("r1", admin),
            subscription("GENERAL", "ann"),
            subscription("annrocket.cat", "rocket.cat"),
        ];
        let old = Message { ts: Date(at("1969-12-31T23:59:59.999Z")), ..message("m0", "r1", 0) };
        let file = PendingFile {
            download_url: Some("https://example.org/f".into()),
            entry: None,
            id: "f".into(),
            size: Some(3),
            name: "f.png".into(),
            external: false,
            source: "slack".into(),
            original: json!({"$date": "soon", "size": 18_446_744_073_709_551_615_u64}),
        };
        let hidden =
            Message { hidden: true, import_file: Some(file.into()), msg: String::new(), ..message("m2", "r1", 2) };
        let in_general = Message { user: user_ref("rocket.cat", "rocket.cat"), ..message("m3", "GENERAL", 3) };
        workspace.messages = vec![old, message("m1", "r1", 1), hidden, in_general];
        workspace.contacts = vec![contact("c1", "1")];
        workspace.uploads = vec![KeptUpload { document, content }];
    })
    .await;
    store.add_token("ann", "a hash", import_store::NewToken::Login, noon()).await.unwrap();
    backend
}

#[tokio::test]
async fn the_workspace_is_written_as_mongoimport_reads_it() {
    let backend = filled().await;
    let out = tempdir().unwrap();
    let directory = out.path().join("deep/out");
    let counts = backend.store().export(&directory, |_, _| ()).await.unwrap();
    assert_eq!(
        counts,
        ExportCounts { users: 1, rooms: 2, subscriptions: 3, messages: 4, contacts: 1, uploads: 1, avatars: 0 }
    );
    assert_eq!(
        names(&directory),
        [
            "rocketchat_avatars.chunks.ndjson",
            "rocketchat_avatars.files.ndjson",
            "rocketchat_avatars.ndjson",
            "rocketchat_livechat_contact.ndjson",
            "rocketchat_message.ndjson",
            "rocketchat_room.ndjson",
            "rocketchat_subscription.ndjson",
            "rocketchat_uploads.chunks.ndjson",
            "rocketchat_uploads.files.ndjson",
            "rocketchat_uploads.ndjson",
            "users.ndjson"
        ]
    );
    for name in names(&directory) {
        assert_eq!(mode(&directory.join(&name)), 0o600, "{name}");
    }
    assert_eq!(
        text(&directory, "users.ndjson"),
        concat!(
            r#"{"_id":"ann","createdAt":{"$date":"2024-05-01T12:00:00.000Z"},"username":"ann","name":"ANN","#,
            r#""emails":[{"address":"ann@example.org","verified":false}],"type":"user","roles":["user"],"active":true,"#,
            r#""status":"offline","utcOffset":-3.5,"services":{"password":{"bcrypt":"$2b$10$hash"}},"importIds":["1"],"#,
            r#""customFields":{"＄team":"red","no.":1},"_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"},"#,
            r#""__rooms":["GENERAL","r1"]}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_room.ndjson"),
        concat!(
            r#"{"_id":"r1","name":"red","fname":"RED","t":"c","ts":{"$date":"2024-05-01T12:00:00.000Z"},"ro":false,"#,
            r#""default":false,"_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"},"msgs":3,"usersCount":1,"#,
            r#""lm":{"$date":"2024-05-01T12:01:00.000Z"},"lastMessage":{"_id":"m1","rid":"r1","msg":"text of m1","#,
            r#""ts":{"$date":"2024-05-01T12:01:00.000Z"},"u":{"_id":"ann","username":"ann","name":"ANN"},"#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}}"#,
            "\n",
            r#"{"_id":"annrocket.cat","t":"d","u":{"_id":"ann","username":"ann","name":"ANN"},"#,
            r#""ts":{"$date":"2024-05-01T12:00:00.000Z"},"ro":false,"uids":["ann","rocket.cat"],"#,
            r#""usernames":["ann","rocket.cat"],"default":false,"#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"},"msgs":0,"usersCount":1}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_subscription.ndjson"),
        [("GENERAL", "ann"), ("annrocket.cat", "rocket.cat"), ("r1", "ann")]
            .map(|(room, user)| format!(
                r#"{{"_id":"{room}-{user}","rid":"{room}","u":{{"_id":"{user}","username":"{user}","name":"{}"}},"name":"{}","#,
                user.to_uppercase(),
                room.to_lowercase()
            ) + &format!(
                r#""fname":"{room}","t":"c","open":true,"alert":false,"unread":0,"userMentions":0,"groupMentions":0,"#
            ) + r#""ts":{"$date":"2024-05-01T12:00:00.000Z"},"_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#
                + "\n")
            .concat()
    );
    assert_eq!(
        text(&directory, "rocketchat_message.ndjson"),
        concat!(
            r#"{"_id":"m0","rid":"r1","msg":"text of m0","ts":{"$date":{"$numberLong":"-1"}},"#,
            r#""u":{"_id":"ann","username":"ann","name":"ANN"},"_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n",
            r#"{"_id":"m1","rid":"r1","msg":"text of m1","ts":{"$date":"2024-05-01T12:01:00.000Z"},"#,
            r#""u":{"_id":"ann","username":"ann","name":"ANN"},"_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n",
            r#"{"_id":"m2","rid":"r1","msg":"","ts":{"$date":"2024-05-01T12:02:00.000Z"},"#,
            r#""u":{"_id":"ann","username":"ann","name":"ANN"},"_importFile":{"downloadUrl":"https://example.org/f","#,
            r#""id":"f","size":3,"name":"f.png","external":false,"source":"slack","#,
            r#""original":{"＄date":"soon","size":1.8446744073709552e+19}},"_hidden":true,"#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n",
            r#"{"_id":"m3","rid":"GENERAL","msg":"text of m3","ts":{"$date":"2024-05-01T12:03:00.000Z"},"#,
            r#""u":{"_id":"rocket.cat","username":"rocket.cat","name":"ROCKET.CAT"},"#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_livechat_contact.ndjson"),
        concat!(
            r#"{"_id":"c1","name":"Contact c1","emails":[{"address":"c1@example.org"}],"channels":[],"unknown":false,"#,
            r#""importIds":["1"],"createdAt":{"$date":"2024-05-01T12:00:00.000Z"},"#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_uploads.ndjson"),
        concat!(
            r#"{"_id":"u1","name":"a.txt","type":"text/plain","typeGroup":"text","extension":"txt","size":3,"rid":"r1","#,
            r#""userId":"ann","complete":true,"uploading":false,"progress":1,"store":"GridFS:Uploads","#,
            r#""uploadedAt":{"$date":"2024-05-01T12:00:00.000Z"},"url":"/ufs/GridFS:Uploads/u1/a.txt","#,
            r#""path":"/ufs/GridFS:Uploads/u1/a.txt","token":"0123456789","#,
            r#""_updatedAt":{"$date":"2024-05-01T12:00:00.000Z"}}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_uploads.files.ndjson"),
        concat!(
            r#"{"_id":"u1","length":3,"chunkSize":261120,"uploadDate":{"$date":"2024-05-01T12:00:00.000Z"},"#,
            r#""filename":"u1","contentType":"text/plain"}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&directory, "rocketchat_uploads.chunks.ndjson"),
        concat!(
            r#"{"_id":{"$oid":"1108e04ee487df8aed1e1634"},"files_id":"u1","n":0,"data":{"$binary":{"base64":"YWJj","subType":"00"}}}"#,
            "\n"
        )
    );
}

#[tokio::test]
async fn files_of_an_earlier_export_are_replaced_and_others_left() {
    let backend = Embedded::fresh().await;
    let out = tempdir().unwrap();
    fs::write(out.path().join("users.ndjson"), "old").unwrap();
    fs::write(out.path().join("notes.txt"), "mine").unwrap();
    fs::write(out.path().join(".users.ndjson.part"), "of an export that was cut short").unwrap();
    backend.store().export(out.path(), |_, _| ()).await.unwrap();
    assert_eq!(text(out.path(), "users.ndjson"), "", "a fresh workspace has nobody else");
    assert_eq!(mode(&out.path().join("users.ndjson")), 0o600);
    assert_eq!(text(out.path(), "notes.txt"), "mine");
    assert_eq!(names(out.path()).len(), 12, "{:?}", names(out.path()));
}

#[tokio::test]
async fn an_export_that_fails_leaves_the_earlier_one() {
    let backend = filled().await;
    let out = tempdir().unwrap();
    fs::write(out.path().join("users.ndjson"), "old").unwrap();
    fs::create_dir(out.path().join(".rocketchat_message.ndjson.part")).unwrap();
    let error = backend.store().export(out.path(), |_, _| ()).await.unwrap_err().to_string();
    let part = out.path().join(".rocketchat_message.ndjson.part");
    assert!(error.starts_with(&format!("cannot create {}: ", part.display())), "{error}");
    assert_eq!(names(out.path()), [".rocketchat_message.ndjson.part", "users.ndjson"]);
    assert_eq!(text(out.path(), "users.ndjson"), "old");
}

#[tokio::test]
async fn one_state_is_written_whatever_happens_meanwhile() {
    let backend = filled().await;
    let beside = EmbeddedStore::open(backend.directory.path(), Access::Beside).unwrap().store;
    let server = Arc::new(backend.store);
    let mut batch = Some(Batch::new(begin(&*server, "b").await));
    let (told, runtime, writer) = (Arc::new(Mutex::new(Vec::new())), tokio::runtime::Handle::current(), server.clone());
    let progress = {
        let told = told.clone();
        move |file, written| {
            told.lock().unwrap().push((file, written));
            if let Some(mut batch) = batch.take() {
                batch.workspace.messages = vec![message("late", "r1", 9)];
                runtime.block_on(commit(&*writer, batch));
            }
        }
    };
    let out = tempdir().unwrap();
    let counts = beside.export(out.path(), progress).await.unwrap();
    assert_eq!(counts.messages, 4);
    assert!(!text(out.path(), "rocketchat_message.ndjson").contains("late"));
    assert!(text(out.path(), "rocketchat_room.ndjson").contains(r#""msgs":3"#));
    assert_eq!(
        *told.lock().unwrap(),
        [
            ("users.ndjson", 1),
            ("rocketchat_room.ndjson", 2),
            ("rocketchat_subscription.ndjson", 3),
            ("rocketchat_message.ndjson", 4),
            ("rocketchat_livechat_contact.ndjson", 1),
            ("rocketchat_uploads.ndjson", 1),
            ("rocketchat_uploads.files.ndjson", 1),
            ("rocketchat_uploads.chunks.ndjson", 1),
            ("rocketchat_avatars.ndjson", 0),
            ("rocketchat_avatars.files.ndjson", 0),
            ("rocketchat_avatars.chunks.ndjson", 0)
        ]
    );
    assert_eq!(beside.export(out.path(), |_, _| ()).await.unwrap().messages, 5);
}

fn documents(directory: &Path, collection: &str) -> Vec<serde_json::Value> {
    text(directory, &format!("{collection}.ndjson")).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn rocket_cat_takes_the_place_of_the_first_administrator() {
    let backend = Embedded::fresh().await;
    let store = backend.store();
    let admin = store.first_administrator();
    let admin_ref = UserRef { id: admin.into(), username: "import-admin".into(), name: "Import administrator".into() };
    let editor = EditorRef { id: admin.into(), username: "import-admin".into() };
    let of_admin = |room: &str, roles: &[&str]| Subscription {
        user: admin_ref.clone(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..subscription(room, admin)
    };
    write(store, |workspace| {
        workspace.new_users = vec![user("ann", "ann")];
        let owned = |id: &str, slug: &str| Room { owner: Some(admin_ref.clone()), ..room(id, slug) };
        let direct = Room {
            uids: strings(["ann", admin]),
            usernames: strings(["ann", "import-admin"]),
            owner: Some(admin_ref.clone()),
            ..direct_room("direct", ["ann", admin])
        };
        workspace.new_rooms =
            vec![owned("r1", "red"), owned("r2", "blue"), Room { archived: true, ..owned("r3", "old") }, direct];
        workspace.subscriptions = vec![
            of_admin("r1", &["owner"]),
            subscription("r1", "ann"),
            of_admin("r2", &["owner"]),
            subscription("r2", "rocket.cat"),
            Subscription {
                name: "import-admin".into(),
                fname: "Import administrator".into(),
                room_type: RoomType::Direct,
                ..subscription("direct", "ann")
            },
            of_admin("direct", &[]),
        ];
        let reaction = Reaction { usernames: strings(["ann", "import-admin", "rocket.cat"]) };
        workspace.messages = vec![Message {
            user: admin_ref.clone(),
            msg: "ask @import-admin".into(),
            mentions: vec![admin_ref.clone()],
            edited_by: Some(editor.clone()),
            pinned_by: Some(editor.clone()),
            replies: strings([admin, "ann"]),
            reactions: [(":ok:".to_owned(), reaction)].into_iter().collect(),
            ..message("m1", "r1", 1)
        }];
        workspace.contacts = vec![Contact { contact_manager: Some(admin.into()), ..contact("c1", "1") }];
    })
    .await;
    let out = tempdir().unwrap();
    store.export(out.path(), |_, _| ()).await.unwrap();
    for name in names(out.path()) {
        let text = text(out.path(), &name);
        assert!(!text.contains(admin) && !text.contains("import-admin"), "{name}: {text}");
    }
    let cat = json!({"_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat"});
    let of_cat = json!({"_id": "rocket.cat", "username": "rocket.cat"});
    let rooms = documents(out.path(), "rocketchat_room");
    assert!(rooms.iter().all(|room| room["u"] == cat), "{rooms:?}");
    let counts: Vec<_> = rooms.iter().map(|room| (&room["_id"], &room["usersCount"])).collect();
    assert_eq!(json!(counts), json!([["r1", 2], ["r2", 1], ["r3", 1], ["direct", 1]]));
    assert_eq!(
        (&rooms[3]["uids"], &rooms[3]["usernames"]),
        (&json!(["ann", "rocket.cat"]), &json!(["ann", "rocket.cat"]))
    );

    let members = documents(out.path(), "rocketchat_subscription");
    let roles: Vec<_> =
        members.iter().map(|member| (&member["rid"], &member["u"]["_id"], &member["roles"], &member["open"])).collect();
    assert_eq!(
        json!(roles),
        json!([
            ["direct", "ann", null, true],
            ["r1", "ann", null, true],
            ["r1", "rocket.cat", ["owner"], true],
            ["r2", "rocket.cat", ["owner"], true],
            ["r3", "rocket.cat", ["owner"], false]
        ])
    );
    assert_eq!((&members[0]["name"], &members[0]["fname"]), (&json!("rocket.cat"), &json!("Rocket.Cat")));
    assert_eq!((&members[2]["name"], &members[2]["fname"], &members[2]["u"]), (&json!("red"), &json!("RED"), &cat));

    let message = &documents(out.path(), "rocketchat_message")[0];
    assert_eq!(*message, rooms[0]["lastMessage"]);
    assert_eq!(
        (&message["u"], &message["mentions"], &message["msg"]),
        (&cat, &json!([cat]), &json!("ask @rocket.cat"))
    );
    assert_eq!((&message["editedBy"], &message["pinnedBy"]), (&of_cat, &of_cat));
    assert_eq!(message["replies"], json!(["rocket.cat", "ann"]));
    assert_eq!(message["reactions"], json!({":ok:": {"usernames": ["ann", "rocket.cat"]}}));
    assert_eq!(message["_updatedAt"], json!({"$date": "2024-05-01T12:00:00.000Z"}));
    assert_eq!(documents(out.path(), "rocketchat_livechat_contact")[0].get("contactManager"), None);
}
