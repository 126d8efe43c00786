//! What the settings of a workspace change in an import.

use import_proto::{Importer, NewUser, OperationState};
use import_store::AnyStore;
use serde_json::{Value, json};

use crate::support::{Workspace, new_user};

impl Workspace {
    async fn set(&self, setting: &str, value: impl Into<bson::Bson>) {
        let AnyStore::Mongo(store) = &**self.engine.store() else { panic!("the store is no workspace's") };
        let settings = store.database().collection::<bson::Document>("rocketchat_settings");
        let value = bson::doc! { "$set": { "value": value.into() } };
        settings.update_one(bson::doc! { "_id": setting }, value).upsert(true).await.unwrap();
    }

    async fn import_people(&self) {
        let users = r#"[
            {"id": "U1", "name": "ann", "profile": {"email": "ann@example.com"}},
            {"id": "U2", "name": "gus", "is_restricted": true, "profile": {"email": "gus@example.com"}}
        ]"#;
        let channels = r#"[{"id": "C1", "name": "red", "members": ["U1"], "creator": "U1"}]"#;
        let day = r#"[{"type": "message", "user": "U9STRANGER", "ts": "1704100000.000100", "text": "hello"}]"#;
        let files = [("users.json", users), ("channels.json", channels), ("red/2024-01-01.json", day)];
        let done = self.import_as(Importer::Slack, &self.folder("people", &files)).await;
        assert_eq!((done.state, self.failures().await), (OperationState::Done, vec![]));
    }

    async fn run_added(&self, users: Vec<NewUser>) {
        self.engine.new_operation(&self.admin).await.unwrap();
        self.engine.add_users(users).await.unwrap();
        self.engine.run().await.unwrap();
        assert_eq!(self.settled().await.state, OperationState::Done);
    }

    /// One field of every user, by username.
    async fn of_users(&self, pointer: &str) -> Value {
        let users = self.documents("users").await;
        let field = |user: &Value| (user["username"].as_str().unwrap().to_owned(), user.pointer(pointer).cloned());
        json!(users.values().map(field).collect::<std::collections::BTreeMap<_, _>>())
    }
}

#[tokio::test]
async fn new_users_get_the_default_roles_of_the_workspace() {
    let workspace = Workspace::fresh().await;
    workspace.set("Accounts_Registration_Users_Default_Roles", "user, livechat-agent").await;
    workspace.import_people().await;
    workspace.run_added(vec![NewUser { roles: Some(vec!["auditor".into()]), ..new_user(1) }]).await;
    assert_eq!(
        workspace.of_users("/roles").await,
        json!({
            "ann": ["user", "livechat-agent"], "gus": ["guest"], "u9stranger": ["user", "livechat-agent"],
            "user1": ["user", "livechat-agent", "auditor"]
        })
    );
}
