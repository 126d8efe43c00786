//! Users: who is new, who exists, who must not be touched.

use import_proto::{ImportInput, Importer, NewUser, OperationState, UserType};
use serde_json::{Value, json};

use crate::{
    bench_data::users,
    slack::example,
    support::{Workspace, new_user},
};

impl Workspace {
    async fn run_users(&self, users: Vec<NewUser>) -> import_engine::Pulse {
        self.engine.new_operation(&self.admin).await.unwrap();
        self.engine.add_users(users).await.unwrap();
        self.engine.run().await.unwrap();
        self.settled().await
    }
}

#[tokio::test]
async fn added_users_are_created_with_all_they_bring() {
    let workspace = Workspace::fresh().await;
    let robot = NewUser {
        username: Some("robo".into()),
        emails: vec!["Robo@Example.com".into(), "robo2@example.com".into()],
        import_ids: vec!["r1".into(), "r2".into()],
        name: Some("Robo".into()),
        password: Some("P@ssw0rd".into()),
        utc_offset: Some(-5.5),
        roles: Some(vec!["bot".into()]),
        user_type: Some(UserType::Bot),
        status_text: Some("busy".into()),
        bio: Some("a robot".into()),
        deleted: Some(true),
        avatar_url: Some("https://example.com/r.png".into()),
    };
    let done = workspace.run_users(vec![robot]).await;
    assert_eq!((done.state, done.counts.completed), (OperationState::Done, 1));
    let user = workspace.documents("users").await.into_values().next().unwrap();
    for (field, value) in [
        ("username", json!("robo")),
        (
            "emails",
            json!([{"address": "Robo@Example.com", "verified": false}, {"address": "robo2@example.com", "verified": false}]),
        ),
        ("importIds", json!(["r1", "r2"])),
        ("roles", json!(["user", "bot"])),
        ("type", json!("bot")),
        ("active", json!(false)),
        ("utcOffset", json!(-5.5)),
        ("statusText", json!("busy")),
        ("bio", json!("a robot")),
        ("_pendingAvatarUrl", json!("https://example.com/r.png")),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
    let hash = user["services"]["password"]["bcrypt"].as_str().unwrap();
    let since = &user["createdAt"];
    assert_eq!(user["services"]["email2fa"], json!({"enabled": true, "changedAt": since}));
    let digest = import_store::credentials::password_digest("P@ssw0rd");
    assert!(import_store::credentials::verify_password(&digest, hash));
}

#[tokio::test]
async fn a_run_skips_users_who_exist_and_they_stay_staged() {
    let workspace = Workspace::fresh().await;
    workspace.run_users(vec![new_user(1)]).await;
    let mut by_email = new_user(2);
    by_email.emails = vec!["USER1@example.com".into()];
    let done = workspace.run_users(vec![by_email, new_user(3), new_user(1)]).await;
    assert_eq!((done.counts.completed, done.counts.error, done.counts.skipped), (1, 0, 2));
    assert_eq!(workspace.column("users", "username").await, ["user1", "user3"]);
    let query = import_proto::RecordsQuery { status: Some(import_proto::StatusFilter::Skipped), ..Default::default() };
    assert_eq!(workspace.engine.records(query).await.unwrap().total, 2);
}

#[tokio::test]
async fn of_two_records_of_one_user_the_first_wins_and_the_later_fails() {
    let workspace = Workspace::fresh().await;
    let mut twin = new_user(2);
    twin.emails = vec!["user1@EXAMPLE.com".into()];
    let done = workspace.run_users(vec![new_user(1), twin]).await;
    assert_eq!((done.counts.completed, done.counts.error), (1, 1));
    assert_eq!(
        workspace.failures().await,
        ["importer-user-duplicate: another record of this import is the same user (user2)"]
    );
    // A file import, which updates, fails the later one as well, and again when it is repeated.
    let folder = workspace.folder("export", &[("users.csv", "ann,same@x.y,Ann\nannie,same@x.y,Annie\n")]);
    for _ in 0..2 {
        let done = workspace.import(&folder).await;
        assert_eq!((done.counts.completed, done.counts.error), (1, 1));
    }
    assert_eq!(workspace.column("users", "name").await, ["Ann", "User1"]);
}

#[tokio::test]
async fn an_export_cannot_take_over_an_administrator() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder("export", &[("users.csv", "import-admin,evil@x.y,Evil\nrocket.cat,cat@x.y,Dog\n")]);
    let done = workspace.import(&folder).await;
    assert_eq!((done.counts.completed, done.counts.error), (2, 0));
    let keys =
        import_store::UserKeys { usernames: vec!["import-admin".into(), "rocket.cat".into()], ..Default::default() };
    let found = import_store::Store::find_users(&**workspace.engine.store(), keys).await.unwrap();
    assert_eq!(found.len(), 2);
    for user in found {
        assert!(user.emails.iter().all(|email| !email.address.ends_with("x.y")), "{user:?}");
        assert!(user.name != "Evil" && user.name != "Dog");
        assert_eq!(user.import_ids, [user.username]);
    }
}

#[tokio::test]
async fn a_user_without_a_username_gets_one() {
    let workspace = Workspace::fresh().await;
    let nameless = |number: usize, name: Option<&str>| NewUser {
        username: None,
        name: name.map(str::to_owned),
        ..new_user(number)
    };
    workspace
        .run_users(vec![
            nameless(1, Some("Billy Bob")),
            nameless(2, Some("Billy Bob")),
            nameless(3, Some("Billy Bob")),
            nameless(4, Some("Billy Bob")),
            nameless(5, None),
        ])
        .await;
    let names = workspace.column("users", "username").await;
    assert_eq!(names, ["bbob", "billy.bob", "billyb", "user4", "user5"]);
}

#[tokio::test]
async fn import_ids_of_two_operations_are_two_people() {
    let workspace = Workspace::fresh().await;
    workspace.run_users(vec![new_user(1)]).await;
    let mut other = new_user(2);
    other.import_ids = vec!["1".into()];
    workspace.run_users(vec![other]).await;
    assert_eq!(workspace.column("users", "importIds").await, ["[\"1\"]", "[\"1\"]"]);
}

#[tokio::test]
async fn an_update_adds_to_a_user_and_takes_nothing_away() {
    let workspace = Workspace::fresh().await;
    let mut first = new_user(1);
    first.roles = Some(vec!["moderator".into()]);
    first.bio = Some("keeps this".into());
    workspace.run_users(vec![first]).await;
    workspace.import(&workspace.folder("export", &[("users.csv", "user1,second@example.com,New Name\n")])).await;
    let user = workspace.documents("users").await.into_values().next().unwrap();
    assert_eq!(user["emails"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&user["roles"], &user["bio"], &user["name"]),
        (&json!(["user", "moderator"]), &json!("keeps this"), &json!("New Name"))
    );
    assert_eq!(user["importIds"], json!(["1", "user1"]));
}

/// The only user of this username, as exported.
async fn user(workspace: &Workspace, username: &str) -> Value {
    workspace.documents("users").await.into_values().find(|user| user["username"] == username).unwrap()
}

#[tokio::test]
async fn a_slack_user_with_neither_address_nor_username_is_called_after_the_name_or_the_id() {
    let workspace = Workspace::fresh().await;
    let users = r#"[{"id": "U1", "profile": {"real_name": "Ann Lee"}}, {"id": "U2", "name": "bob"}, {"id": "U3"}]"#;
    let folder = workspace.folder("export", &[("users.json", users)]);
    let done = workspace.import_as(Importer::Slack, &folder).await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 3, 0));
    assert_eq!(workspace.column("users", "username").await, ["ann.lee", "bob", "u3"]);
}

#[tokio::test]
async fn somebody_is_found_by_any_of_their_addresses_before_the_username_and_keeps_the_username() {
    let workspace = Workspace::fresh().await;
    let mut ann = new_user(1);
    ann.emails.push("second@example.com".into());
    workspace.run_users(vec![ann, new_user(2)]).await;
    let list = "user2,SECOND@example.com,By Address\nUSER2,,By Username\n";
    let done = workspace.import(&workspace.folder("export", &[("users.csv", list)])).await;
    assert_eq!((done.counts.created.users, done.counts.updated.users, done.counts.error), (0, 2, 0));
    assert_eq!(user(&workspace, "user1").await["name"], "By Address");
    assert_eq!(user(&workspace, "user2").await["name"], "By Username");
}

#[tokio::test]
async fn an_address_stays_with_whoever_has_it() {
    let workspace = Workspace::fresh().await;
    workspace.run_users(vec![new_user(1), new_user(2)]).await;
    let mut taker = new_user(3);
    taker.emails.push("USER1@example.com".into());
    let done = workspace.run_users(vec![taker]).await;
    assert_eq!((done.counts.completed, done.counts.error), (0, 1));
    assert_eq!(workspace.failures().await, ["importer-user-email-taken: USER1@example.com is another user's address"]);
    // Slack knows user2 by the import id, and says that the address is now theirs.
    workspace.give_import_id("user2", "U2").await;
    let list = r#"[{"id": "U2", "name": "user2", "profile": {"email": "user1@example.com", "title": "Two"}}]"#;
    let done = workspace.import_as(Importer::Slack, &workspace.folder("slack", &[("users.json", list)])).await;
    assert_eq!((done.counts.updated.users, done.counts.error), (1, 0));
    let two = user(&workspace, "user2").await;
    assert_eq!((&two["bio"], &two["emails"][0]["address"]), (&json!("Two"), &json!("user2@example.com")));
    assert_eq!(two["emails"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_username_gets_a_number_where_every_suggestion_is_taken() {
    let workspace = Workspace::fresh().await;
    let nameless = |number: usize| NewUser {
        username: None,
        emails: vec![format!("ann@{number}.example.com")],
        ..new_user(number)
    };
    workspace.run_users((1..=3).map(nameless).collect()).await;
    workspace.run_users(vec![nameless(4)]).await;
    assert_eq!(workspace.column("users", "username").await, ["ann", "ann-1", "ann-2", "ann-3"]);
}

#[tokio::test]
async fn a_newer_export_brings_what_changed_of_a_user() {
    let workspace = Workspace::fresh().await;
    let older = r#"[{"id": "U1", "name": "ann", "profile": {"email": "ann@example.com"}}]"#;
    workspace.import_as(Importer::Slack, &workspace.folder("older", &[("users.json", older)])).await;
    let newer = r#"[{
        "id": "U1", "name": "annie", "deleted": true, "is_bot": true, "tz_offset": 19800,
        "profile": {"real_name": "Ann B. Lee", "email": "lee@example.com", "title": "Harbour master",
            "status_text": "away", "image_512": "https://example.com/a.png"}
    }]"#;
    workspace.import_as(Importer::Slack, &workspace.folder("newer", &[("users.json", newer)])).await;
    let ann = user(&workspace, "ann").await;
    for (field, value) in [
        ("name", json!("Ann B. Lee")),
        ("type", json!("bot")),
        ("roles", json!(["user", "bot"])),
        ("active", json!(false)),
        ("utcOffset", json!(5.5)),
        ("bio", json!("Harbour master")),
        ("statusText", json!("away")),
        ("_pendingAvatarUrl", json!("https://example.com/a.png")),
        ("importIds", json!(["U1"])),
    ] {
        assert_eq!(ann[field], value, "{field}");
    }
    let back = r#"[{"id": "U1", "name": "ann", "deleted": false}]"#;
    workspace.import_as(Importer::Slack, &workspace.folder("back", &[("users.json", back)])).await;
    let ann = user(&workspace, "ann").await;
    assert_eq!((&ann["active"], &ann["type"], &ann["bio"]), (&json!(true), &json!("bot"), &json!("Harbour master")));
}

#[tokio::test]
async fn of_any_administrator_and_of_whoever_runs_the_import_only_the_import_ids_change() {
    let workspace = Workspace::fresh().await;
    let admin = NewUser { roles: Some(vec!["admin".into()]), ..new_user(1) };
    workspace.run_users(vec![admin, new_user(2), new_user(3)]).await;
    let runner = user(&workspace, "user2").await["_id"].as_str().unwrap().to_owned();
    let evil = |number: usize| {
        json!({"id": format!("U{number}"), "name": "evil", "deleted": true, "is_bot": true,
               "profile": {"email": format!("USER{number}@example.com"), "real_name": "Evil", "title": "evil"}})
    };
    let list = json!([evil(1), evil(2), evil(3)]).to_string();
    let folder = workspace.folder("slack", &[("users.json", &list)]);
    workspace.engine.import_file(&runner, Importer::Slack, &folder).await.unwrap();
    workspace.settled().await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    assert_eq!(workspace.settled().await.counts.updated.users, 3);
    for (number, name, roles, active) in [
        (1, "User1", json!(["user", "admin"]), true),
        (2, "User2", json!(["user"]), true),
        (3, "Evil", json!(["user", "bot"]), false),
    ] {
        let user = user(&workspace, &format!("user{number}")).await;
        assert_eq!((&user["name"], &user["roles"], &user["active"]), (&json!(name), &roles, &json!(active)));
        assert_eq!(user["importIds"], json!([number.to_string(), format!("U{number}")]));
        assert_eq!(user["emails"].as_array().unwrap().len(), 1);
        assert_eq!(user.get("bio").is_some(), number == 3);
    }
}

#[tokio::test]
async fn whom_an_operation_has_written_is_known_in_later_batches_and_after_a_stop() {
    let mut workspace = Workspace::fresh().await;
    let list = format!("first,same@x.y,First\n{}later,same@x.y,Later\n", users(4_000));
    workspace.prepare(&workspace.folder("export", &[("users.csv", &list)])).await;
    workspace.engine.start_import(ImportInput::everything()).await.unwrap();
    workspace.pulse(|pulse| pulse.counts.processed > 0).await;
    workspace.restart().await;
    let done = workspace.settled().await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 4_001, 1));
    assert_eq!(
        workspace.failures().await,
        ["importer-user-duplicate: another record of this import is the same user (later)"]
    );
    assert_eq!(user(&workspace, "first").await["name"], "First");
}

#[tokio::test]
async fn a_list_of_members_becomes_users_with_their_roles() {
    let workspace = Workspace::fresh().await;
    let done = workspace.import_as(Importer::SlackUsers, &example("slack-users.csv")).await;
    assert_eq!((done.state, done.counts.completed, done.counts.error), (OperationState::Done, 5, 0));
    for (username, name, roles, kind, active) in [
        ("ines.marchetti", "Inès Marchetti", json!(["user"]), "user", true),
        ("tom.okafor", "Tom Okafor", json!(["user", "admin"]), "user", true),
        ("mei.tanaka", "Tanaka, Mei", json!(["user"]), "user", true),
        ("luisa.ferreira", "luisa", json!(["user"]), "user", false),
        ("build_bot", "build_bot", json!(["user", "bot"]), "bot", true),
    ] {
        let user = user(&workspace, username).await;
        assert_eq!(
            (&user["name"], &user["roles"], &user["type"], &user["active"]),
            (&json!(name), &roles, &json!(kind), &json!(active)),
            "{username}"
        );
        assert_eq!(user["importIds"], json!([user["emails"][0]["address"]]));
    }
}

#[tokio::test]
async fn a_list_of_members_without_an_address_ends_in_error() {
    let workspace = Workspace::fresh().await;
    let folder = workspace.folder("lists", &[("members.csv", "username,email,status\nann,,Admin\n")]);
    let failed = workspace.prepare_as(Importer::SlackUsers, &folder.join("members.csv")).await;
    assert_eq!(
        (failed.state, failed.failure.as_deref()),
        (OperationState::Error, Some("members.csv holds no record."))
    );
}

#[tokio::test]
async fn however_many_are_called_alike_each_gets_a_username() {
    let workspace = Workspace::fresh().await;
    let mut csv = String::from("username,email,status,a,b,c,d,fullname\n");
    for number in 0..1_300 {
        csv.push_str(&format!(",guest@{number}.example.com,Member,,,,,Guest\n"));
    }
    let folder = workspace.folder("list", &[("members.csv", &csv)]);
    let done = workspace.import_as(Importer::SlackUsers, &folder.join("members.csv")).await;
    assert_eq!((done.counts.created.users, done.counts.error), (1_300, 0));
    let names = workspace.column("users", "username").await;
    let numbered = (1..1_300).map(|number| format!("guest-{number}"));
    assert!(["guest".to_owned()].into_iter().chain(numbered).all(|name| names.binary_search(&name).is_ok()));
}
