//! Users: who is new, who exists, who must not be touched.

use import_proto::{NewUser, OperationState, UserType};
use serde_json::json;

use crate::support::{Workspace, new_user};

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
