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

#[tokio::test]
async fn new_users_get_codes_by_email_where_the_settings_say_so() {
    const ENABLED: &str = "Accounts_TwoFactorAuthentication_Enabled";
    const BY_EMAIL: &str = "Accounts_TwoFactorAuthentication_By_Email_Enabled";
    const OPT_IN: &str = "Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In";
    let on = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), json!(true))).collect::<serde_json::Map<_, _>>();
    for (off, of_file, of_run) in
        [(None, true, true), (Some(ENABLED), false, true), (Some(BY_EMAIL), false, true), (Some(OPT_IN), false, false)]
    {
        let workspace = Workspace::fresh().await;
        if let Some(setting) = off {
            workspace.set(setting, false).await;
        }
        workspace.import_people().await;
        workspace.run_added(vec![new_user(1)]).await;
        let mut enabled = workspace.of_users("/services/email2fa/enabled").await;
        enabled.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut expected = on(if of_file { &["ann", "gus", "u9stranger"] } else { &[] });
        expected.extend(on(if of_run { &["user1"] } else { &[] }));
        assert_eq!(enabled, Value::Object(expected), "{off:?}");
    }
}
