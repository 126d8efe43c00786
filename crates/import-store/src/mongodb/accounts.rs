//! Who may log in, and with what: passwords, tokens, roles and what they permit, all of them the workspace's own.

use bson::{Bson, DateTime, Document, doc};
use import_proto::Timestamp;

use super::{MongoStore, bulk, codec, failure::Failure, keys};
use crate::{Caller, Credentials, NewToken, documents::UserRef};

/// How many days a login token is good for unless the workspace says otherwise.
const LOGIN_DAYS: f64 = 90.0;
const DAY_MILLIS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
const PERSONAL: &str = "personalAccessToken";
const TOKENS: &str = "services.resume.loginTokens";

/// The ids of all roles.
pub(super) async fn roles(store: &MongoStore) -> Result<Vec<String>, Failure> {
    let roles = bulk::all(&store.collection("rocketchat_roles"), doc! {}, Some(doc! { "_id": 1 })).await?;
    let mut roles: Vec<String> = roles.iter().filter_map(keys::id).collect();
    roles.sort_unstable();
    Ok(roles)
}

/// Milliseconds that a login token is good for, as the workspace is set.
async fn login_millis(store: &MongoStore) -> Result<i64, Failure> {
    let setting = store.collection("rocketchat_settings").find_one(doc! { "_id": "Accounts_LoginExpiration" }).await?;
    let days = match setting.as_ref().and_then(|setting| setting.get("value")) {
        Some(Bson::Int32(days)) => f64::from(*days),
        Some(Bson::Double(days)) => *days,
        Some(Bson::Int64(days)) => *days as f64,
        Some(Bson::String(days)) => days.trim().parse().unwrap_or(LOGIN_DAYS),
        _ => LOGIN_DAYS,
    };
    let days = if days.is_finite() && days > 0.0 { days } else { LOGIN_DAYS };
    Ok(codec::whole(days * DAY_MILLIS))
}

fn tokens(user: &Document) -> Vec<&Document> {
    let tokens = user.get_document("services").and_then(|services| services.get_document("resume"));
    let tokens = tokens.and_then(|resume| resume.get_array("loginTokens")).map(Vec::as_slice).unwrap_or_default();
    tokens.iter().filter_map(Bson::as_document).collect()
}

/// Whether a token is good: a personal access token always, a login token for as long as the workspace lets it be.
fn is_good(token: &Document, now: Timestamp, login_millis: i64) -> bool {
    if token.get_str("type").is_ok_and(|kind| kind == PERSONAL) {
        return true;
    }
    let when = token.get_datetime("when").map(|when| when.timestamp_millis());
    when.is_ok_and(|when| when > now.as_millis().saturating_sub(login_millis))
}

/// Only who is active may do anything.
fn is_active(user: &Document) -> bool {
    user.get_bool("active").unwrap_or_default()
}

/// Who has this token: see [`crate::Store::authenticate`].
pub(super) async fn authenticate(
    store: &MongoStore,
    user_id: &str,
    hashed_token: &str,
    now: Timestamp,
) -> Result<Option<Caller>, Failure> {
    let fields = doc! { "_id": 1, "username": 1, "name": 1, "emails": 1, "roles": 1, "active": 1, TOKENS: 1 };
    let found = store.users().find_one(doc! { "_id": user_id }).projection(fields).await?;
    let Some(user) = found.filter(is_active) else { return Ok(None) };
    let token =
        tokens(&user).into_iter().find(|token| token.get_str("hashedToken").is_ok_and(|hash| hash == hashed_token));
    let Some(token) = token else { return Ok(None) };
    if !is_good(token, now, login_millis(store).await?) {
        return Ok(None);
    }
    let texts = |field: &str| -> Vec<String> {
        let list = user.get_array(field).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Bson::as_str).map(str::to_owned).collect()
    };
    let roles = texts("roles");
    let granted = doc! { "roles": { "$in": roles.clone() } };
    let permissions = bulk::all(&store.collection("rocketchat_permissions"), granted, Some(doc! { "_id": 1 })).await?;
    let mut permissions: Vec<String> = permissions.iter().filter_map(keys::id).collect();
    permissions.sort_unstable();
    let text = |field: &str| user.get_str(field).unwrap_or_default().to_owned();
    let emails = user.get_array("emails").cloned().unwrap_or_default();
    let emails = emails.into_iter().filter_map(|email| match email {
        Bson::Document(email) => codec::read(email, "an address").ok(),
        _ => None,
    });
    Ok(Some(Caller {
        user: UserRef { id: text("_id"), username: text("username"), name: text("name") },
        emails: emails.collect(),
        roles,
        permissions,
    }))
}

/// The credentials of the active user with this username, else of the one with this address.
pub(super) async fn credentials(store: &MongoStore, username_or_email: &str) -> Result<Option<Credentials>, Failure> {
    let key = [username_or_email.to_owned()];
    let fields = doc! { "_id": 1, "username": 1, "active": 1, "createdAt": 1, "_updatedAt": 1, "services.password": 1 };
    for field in ["username", "emails.address"] {
        let found = store.by_folded(&store.users(), field, &key, Some(fields.clone())).await?;
        // Two names that differ by case alone may be there from before: the very one comes first.
        let exact = found.iter().position(|user| keys::texts(user, field).contains(&username_or_email));
        let Some(user) = exact.or((!found.is_empty()).then_some(0)).and_then(|at| found.get(at)) else { continue };
        if is_active(user) {
            let password = user.get_document("services").and_then(|services| services.get_document("password"));
            let bcrypt = password.and_then(|password| password.get_str("bcrypt")).ok().map(str::to_owned);
            return Ok(keys::id(user).map(|user_id| Credentials { user_id, bcrypt }));
        }
    }
    Ok(None)
}

/// Gives a user a token, and forgets the user's login tokens that have expired.
pub(super) async fn add_token(
    store: &MongoStore,
    user_id: &str,
    hashed_token: &str,
    token: &NewToken,
    now: Timestamp,
) -> Result<(), Failure> {
    let found = store.users().find_one(doc! { "_id": user_id }).projection(doc! { "_id": 1, TOKENS: 1 }).await?;
    let user = found.ok_or_else(|| Failure::Refused(format!("there is no user {user_id}")))?;
    let time = DateTime::from_millis(now.as_millis());
    let new = match token {
        NewToken::Login => doc! { "when": time, "hashedToken": hashed_token },
        NewToken::PersonalAccess { name, last_token_part } => {
            let is_taken = |token: &&Document| token.get_str("name").is_ok_and(|taken| taken == name);
            if tokens(&user).iter().any(is_taken) {
                return Err(Failure::Refused("the user has a personal access token of this name already".into()));
            }
            doc! {
                "hashedToken": hashed_token, "type": PERSONAL, "createdAt": time, "lastTokenPart": last_token_part,
                "name": name,
            }
        }
    };
    let login_millis = login_millis(store).await?;
    for expired in tokens(&user).into_iter().filter(|token| !is_good(token, now, login_millis)) {
        // One of a form that nobody knows is somebody else's to remove.
        if expired.contains_key("when") {
            pull(store, user_id, expired).await?;
        }
    }
    let is_there =
        tokens(&user).iter().any(|token| token.get_str("hashedToken").is_ok_and(|hash| hash == hashed_token));
    if !is_there {
        store.users().update_one(doc! { "_id": user_id }, doc! { "$push": { TOKENS: new } }).await?;
    }
    Ok(())
}

/// Takes a token away; one that is not there is no matter.
pub(super) async fn remove_token(store: &MongoStore, user_id: &str, hashed_token: &str) -> Result<(), Failure> {
    let found = store.users().find_one(doc! { "_id": user_id }).projection(doc! { "_id": 1, TOKENS: 1 }).await?;
    let Some(user) = found else { return Ok(()) };
    for token in tokens(&user) {
        if token.get_str("hashedToken").is_ok_and(|hash| hash == hashed_token) {
            pull(store, user_id, token).await?;
        }
    }
    Ok(())
}

/// Takes this very token off a user.
async fn pull(store: &MongoStore, user_id: &str, token: &Document) -> Result<(), Failure> {
    let pull = doc! { "$pull": { TOKENS: token.clone() } };
    store.users().update_one(doc! { "_id": user_id }, pull).await?;
    Ok(())
}
