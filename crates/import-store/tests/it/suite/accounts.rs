//! Who may log in, with what, and what they may do.

use import_store::{
    Caller, NewToken, Store, UserKeys, WorkspaceSettings,
    credentials::hash_token,
    documents::{PasswordService, Services, User, UserPatch},
};

use crate::fixture::*;

async fn add(store: &impl Store, user: User) {
    assert!(store.add_user(user).await.unwrap());
}

fn access(name: &str) -> NewToken {
    NewToken::PersonalAccess { name: name.into(), last_token_part: "abcdef".into() }
}

/// Who somebody is at a time, with a token.
async fn who(store: &impl Store, user: &str, token: &str, time: &str) -> Option<Caller> {
    store.authenticate(user, &hash_token(token), at(time)).await.unwrap()
}

async fn is_in(store: &impl Store, user: &str, token: &str) -> bool {
    who(store, user, token, "2024-05-01T12:00:00.000Z").await.is_some()
}

pub(crate) async fn a_login_token_is_good_for_90_days(backend: &impl Backend) {
    let store = backend.store();
    add(store, user("u1", "ann")).await;
    store.add_token("u1", &hash_token("t"), NewToken::Login, noon()).await.unwrap();
    assert!(who(store, "u1", "t", "2024-05-01T12:00:00.000Z").await.is_some());
    assert!(who(store, "u1", "t", "2024-07-30T11:59:59.999Z").await.is_some());
    assert_eq!(who(store, "u1", "t", "2024-07-30T12:00:00.000Z").await, None);
    assert_eq!(who(store, "u1", "t", "2034-05-01T12:00:00.000Z").await, None);

    store.add_token("u1", &hash_token("t2"), NewToken::Login, at("2024-08-01T12:00:00.000Z")).await.unwrap();
    assert!(who(store, "u1", "t2", "2024-08-01T12:00:00.000Z").await.is_some());
}

pub(crate) async fn a_personal_access_token_never_expires(backend: &impl Backend) {
    let store = backend.store();
    add(store, user("u1", "ann")).await;
    store.add_token("u1", &hash_token("t"), access("mine"), noon()).await.unwrap();
    assert!(who(store, "u1", "t", "2124-05-01T12:00:00.000Z").await.is_some());
    assert!(store.add_token("u1", &hash_token("t2"), access("mine"), noon()).await.is_err());
    assert!(!is_in(store, "u1", "t2").await);
    store.add_token("u1", &hash_token("t2"), access("other"), noon()).await.unwrap();
    assert!(is_in(store, "u1", "t").await && is_in(store, "u1", "t2").await);
}

pub(crate) async fn a_token_is_one_user_s(backend: &impl Backend) {
    let store = backend.store();
    add(store, user("u1", "ann")).await;
    add(store, user("u2", "bob")).await;
    store.add_token("u1", &hash_token("t"), NewToken::Login, noon()).await.unwrap();
    assert!(is_in(store, "u1", "t").await);
    assert!(!is_in(store, "u2", "t").await);
    assert!(!is_in(store, "u1", "T").await);
    assert!(!is_in(store, "nobody", "t").await);
    assert!(!is_in(store, "", "").await);
    let unhashed = store.authenticate("u1", "t", noon()).await.unwrap();
    assert_eq!(unhashed, None, "only the hash counts");
}

pub(crate) async fn a_token_that_was_taken_away_is_worth_nothing(backend: &impl Backend) {
    let store = backend.store();
    add(store, user("u1", "ann")).await;
    add(store, user("u2", "bob")).await;
    for token in ["t1", "t2"] {
        store.add_token("u1", &hash_token(token), NewToken::Login, noon()).await.unwrap();
    }
    store.remove_token("u2", &hash_token("t1")).await.unwrap();
    assert!(is_in(store, "u1", "t1").await);
    store.remove_token("u1", &hash_token("t1")).await.unwrap();
    store.remove_token("u1", &hash_token("t1")).await.unwrap();
    assert!(!is_in(store, "u1", "t1").await);
    assert!(is_in(store, "u1", "t2").await);
}

pub(crate) async fn a_deactivated_user_cannot_log_in(backend: &impl Backend) {
    let store = backend.store();
    add(store, user("u1", "ann")).await;
    store.add_token("u1", &hash_token("t"), access("mine"), noon()).await.unwrap();
    let patch = |active| UserPatch { id: "u1".into(), active: Some(active), ..UserPatch::default() };
    write(store, |workspace| workspace.user_patches = vec![patch(false)]).await;
    assert!(!is_in(store, "u1", "t").await);
    assert!(store.credentials("ann").await.unwrap().is_none());
    write(store, |workspace| workspace.user_patches = vec![patch(true)]).await;
    assert!(is_in(store, "u1", "t").await);
    assert!(store.credentials("ann").await.unwrap().is_some());
}

pub(crate) async fn roles_grant_permissions(backend: &impl Backend) {
    let store = backend.store();
    let roles = strings(["user", "admin"]);
    add(store, User { roles: roles.clone(), emails: vec![email("ann@example.org")], ..user("u1", "ann") }).await;
    add(store, user("u2", "bob")).await;
    for id in ["u1", "u2"] {
        store.add_token(id, &hash_token(id), NewToken::Login, noon()).await.unwrap();
    }
    // A workspace has other permissions too.
    let of_imports = |mut caller: Caller| {
        caller.permissions.retain(|id| ["run-import", "view-import-operations"].contains(&id.as_str()));
        caller
    };
    let ann = of_imports(who(store, "u1", "u1", "2024-05-01T12:00:00.000Z").await.unwrap());
    assert_eq!(
        ann,
        Caller {
            user: user_ref("u1", "ann"),
            emails: vec![email("ann@example.org")],
            roles,
            permissions: strings(["run-import", "view-import-operations"]),
        }
    );
    let bob = of_imports(who(store, "u2", "u2", "2024-05-01T12:00:00.000Z").await.unwrap());
    assert_eq!(bob.permissions, strings([]));
}

pub(crate) async fn credentials_are_found_by_username_or_address(backend: &impl Backend) {
    let store = backend.store();
    let services = Services { password: Some(PasswordService { bcrypt: "a hash".into() }), email2fa: None };
    add(store, User { services, emails: vec![email("Ann@Example.org")], ..user("u1", "Ann") }).await;
    // Somebody whose username is another's address is found by it first.
    add(store, User { emails: vec![email("bob@example.org")], ..user("u2", "bob") }).await;
    add(store, user("u3", "bob@example.org")).await;

    let find = async |name: &str| store.credentials(name).await.unwrap().map(|found| (found.user_id, found.bcrypt));
    for name in ["Ann", "ANN", "ann@example.ORG"] {
        assert_eq!(find(name).await, Some(("u1".into(), Some("a hash".into()))), "{name}");
    }
    assert_eq!(find("bob").await, Some(("u2".into(), None)));
    assert_eq!(find("bob@example.org").await, Some(("u3".into(), None)));
    assert_eq!(find("nobody").await, None);
    assert_eq!(find("").await, None);
}

pub(crate) async fn a_user_is_added_unless_a_name_is_taken(backend: &impl Backend) {
    let store = backend.store();
    let ann = User { emails: vec![email("ann@example.org")], ..user("u1", "ann") };
    add(store, ann.clone()).await;
    assert!(!store.add_user(user("u2", "ANN")).await.unwrap());
    let same_address = User { emails: vec![email("zoe@example.org"), email("ANN@example.org")], ..user("u2", "zoe") };
    assert!(!store.add_user(same_address).await.unwrap());
    assert!(!store.add_user(user("u2", "Rocket.Cat")).await.unwrap());
    assert!(!store.add_user(user("u1", "other")).await.unwrap());

    let keys = UserKeys { ids: strings(["u1", "u2"]), usernames: strings(["zoe"]), ..UserKeys::default() };
    assert_eq!(store.find_users(keys).await.unwrap(), [ann]);
    add(store, User { emails: vec![email("zoe@example.org")], ..user("u2", "zoe") }).await;
}

pub(crate) async fn tokens_are_given_to_users_alone(backend: &impl Backend) {
    let store = backend.store();
    assert!(store.add_token("nobody", &hash_token("t"), NewToken::Login, noon()).await.is_err());
    store.remove_token("nobody", &hash_token("t")).await.unwrap();
}

pub(crate) async fn the_usual_roles_are_there(backend: &impl Backend) {
    assert_eq!(
        backend.store().roles().await.unwrap(),
        [
            "admin",
            "anonymous",
            "app",
            "auditor",
            "auditor-log",
            "bot",
            "guest",
            "leader",
            "livechat-agent",
            "livechat-manager",
            "livechat-monitor",
            "moderator",
            "owner",
            "user"
        ]
    );
}

pub(crate) async fn settings_that_nobody_set_have_their_defaults(backend: &impl Backend) {
    assert_eq!(
        backend.store().workspace_settings().await.unwrap(),
        WorkspaceSettings {
            default_roles: strings(["user"]),
            two_factor: true,
            two_factor_by_email: true,
            two_factor_by_email_opt_in: true,
        }
    );
}
