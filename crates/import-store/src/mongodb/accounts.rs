//! Who may log in, and with what: passwords, tokens, roles and what they permit.

use bson::{Bson, Document, doc};
use import_proto::Timestamp;

use super::{
    MongoStore, bulk,
    failure::Failure,
    insensitive::{self, Field},
    lenient,
};
use crate::{Caller, Credentials, NewToken, WorkspaceSettings, documents::UserRef};

/// Where a user's tokens are.
const TOKENS: &str = "services.resume.loginTokens";
/// The type of a token that never expires.
const PERSONAL_ACCESS: &str = "personalAccessToken";
/// How many days a login token is good for, unless the workspace says otherwise.
const LOGIN_DAYS: f64 = 90.0;
const DAY_MILLIS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
/// How often tokens are taken away that somebody else changed between reading and writing.
const ATTEMPTS: usize = 10;

const DEFAULT_ROLES: &str = "Accounts_Registration_Users_Default_Roles";
const TWO_FACTOR: &str = "Accounts_TwoFactorAuthentication_Enabled";
const TWO_FACTOR_BY_EMAIL: &str = "Accounts_TwoFactorAuthentication_By_Email_Enabled";
const TWO_FACTOR_BY_EMAIL_OPT_IN: &str = "Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In";

/// The ids of all roles.
pub(super) async fn roles(store: &MongoStore) -> Result<Vec<String>, Failure> {
    ids(store, "rocketchat_roles", doc! {}).await
}

/// The workspace's settings for new users.
pub(super) async fn settings(store: &MongoStore) -> Result<WorkspaceSettings, Failure> {
    let ids = [DEFAULT_ROLES, TWO_FACTOR, TWO_FACTOR_BY_EMAIL, TWO_FACTOR_BY_EMAIL_OPT_IN].map(str::to_owned);
    let found = store.by_ids(&store.collection("rocketchat_settings"), &ids, Some(doc! { "value": 1 })).await?;
    let mut settings = WorkspaceSettings::default();
    for setting in &found {
        let flag = match setting.get_str("_id") {
            Ok(DEFAULT_ROLES) => {
                if let Ok(list) = setting.get_str("value") {
                    settings.default_roles = WorkspaceSettings::parse_default_roles(list);
                }
                continue;
            }
            Ok(TWO_FACTOR) => &mut settings.two_factor,
            Ok(TWO_FACTOR_BY_EMAIL) => &mut settings.two_factor_by_email,
            Ok(TWO_FACTOR_BY_EMAIL_OPT_IN) => &mut settings.two_factor_by_email_opt_in,
            _ => continue,
        };
        if let Ok(value) = setting.get_bool("value") {
            *flag = value;
        }
    }
    Ok(settings)
}

/// The ids of documents, sorted.
async fn ids(store: &MongoStore, collection: &str, filter: Document) -> Result<Vec<String>, Failure> {
    let found = bulk::all(&store.collection(collection), filter, Some(doc! { "_id": 1 })).await?;
    let mut ids: Vec<String> =
        found.iter().filter_map(|document| document.get_str("_id").ok().map(str::to_owned)).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Who has this token: see [`crate::Store::authenticate`].
pub(super) async fn authenticate(
    store: &MongoStore,
    user_id: &str,
    hashed_token: &str,
    now: Timestamp,
) -> Result<Option<Caller>, Failure> {
    let Some(user) = store.users().find_one(doc! { "_id": user_id }).await? else { return Ok(None) };
    let since = expired_since(store, now).await?;
    if !tokens(&user).any(|token| is(token, "hashedToken", hashed_token) && is_good(token, since)) {
        return Ok(None);
    }
    let user = lenient::user(user)?;
    if !user.active {
        return Ok(None);
    }
    let permissions = ids(store, "rocketchat_permissions", doc! { "roles": { "$in": &user.roles } }).await?;
    Ok(Some(Caller {
        user: UserRef { id: user.id, username: user.username, name: user.name },
        emails: user.emails,
        roles: user.roles,
        permissions,
    }))
}

/// The tokens of a user.
fn tokens(user: &Document) -> impl Iterator<Item = &Document> {
    let resume = user.get_document("services").and_then(|services| services.get_document("resume"));
    let tokens = resume.and_then(|resume| resume.get_array("loginTokens")).map(Vec::as_slice).unwrap_or_default();
    tokens.iter().filter_map(Bson::as_document)
}

fn is(token: &Document, field: &str, text: &str) -> bool {
    token.get_str(field).is_ok_and(|there| there == text)
}

fn is_personal_access(token: &Document) -> bool {
    is(token, "type", PERSONAL_ACCESS)
}

/// Whether a token is good: a personal access token, or one of a login after `since`.
fn is_good(token: &Document, since: i64) -> bool {
    is_personal_access(token) || token.get_datetime("when").is_ok_and(|when| when.timestamp_millis() > since)
}

/// When those logged in, at the latest, whose tokens have expired by now, in milliseconds.
async fn expired_since(store: &MongoStore, now: Timestamp) -> Result<i64, Failure> {
    let setting = store.collection("rocketchat_settings").find_one(doc! { "_id": "Accounts_LoginExpiration" }).await?;
    Ok(now.as_millis().saturating_sub(login_millis(setting.as_ref().and_then(|setting| setting.get("value")))))
}

/// How long a login is good for, by the value of the workspace's setting.
#[allow(clippy::cast_possible_truncation)]
fn login_millis(value: Option<&Bson>) -> i64 {
    let days = match value {
        Some(Bson::Int32(days)) => Some(f64::from(*days)),
        #[allow(clippy::cast_precision_loss)]
        Some(Bson::Int64(days)) => Some(*days as f64),
        Some(Bson::Double(days)) => Some(*days),
        Some(Bson::String(days)) => days.trim().parse().ok(),
        _ => None,
    };
    let days = days.filter(|days| days.is_finite() && *days > 0.0).unwrap_or(LOGIN_DAYS);
    (days * DAY_MILLIS) as i64
}

/// The id of the user who has a token. Rocket.Chat keeps an index for this question.
pub(super) async fn token_owner(store: &MongoStore, hashed_token: &str) -> Result<Option<String>, Failure> {
    let user = store.users().find_one(doc! { "services.resume.loginTokens.hashedToken": hashed_token }).await?;
    Ok(user.and_then(|user| user.get_str("_id").ok().map(str::to_owned)))
}

/// The credentials of the active user with this username, else of the one with this address.
pub(super) async fn credentials(store: &MongoStore, username_or_email: &str) -> Result<Option<Credentials>, Failure> {
    let key = [username_or_email.to_owned()];
    for field in [Field::Username, Field::Address] {
        for user in insensitive::users(store, field, &key).await? {
            let user = lenient::user(user)?;
            if user.active {
                let bcrypt = user.services.password.map(|password| password.bcrypt);
                return Ok(Some(Credentials { user_id: user.id, bcrypt }));
            }
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
    let user = store.users().find_one(doc! { "_id": user_id }).await?;
    let user = user.ok_or_else(|| Failure::Refused(format!("there is no user {user_id}")))?;
    let since = expired_since(store, now).await?;
    let expired = tokens(&user).filter(|token| token.contains_key("when") && !is_good(token, since));
    let expired: Vec<Document> = expired.cloned().collect();
    if !expired.is_empty() {
        pull(store, user_id, expired).await?;
    }

    let at = bson::DateTime::from_millis(now.as_millis());
    let mut filter = doc! { "_id": user_id };
    let document = match token {
        NewToken::Login => doc! { "hashedToken": hashed_token, "when": at },
        NewToken::PersonalAccess { name, last_token_part } => {
            if tokens(&user).any(|token| is_personal_access(token) && is(token, "name", name)) {
                return Err(name_taken());
            }
            let same_name = doc! { "$elemMatch": { "type": PERSONAL_ACCESS, "name": name } };
            if !store.dialect.many_ids_scan {
                filter.insert(TOKENS, doc! { "$not": same_name });
            }
            doc! {
                "hashedToken": hashed_token, "type": PERSONAL_ACCESS, "createdAt": at,
                "lastTokenPart": last_token_part, "name": name,
            }
        }
    };
    if tokens(&user).any(|token| is(token, "hashedToken", hashed_token)) {
        return Ok(());
    }
    if store.users().update_one(filter, doc! { "$push": { TOKENS: document } }).await?.matched_count == 0 {
        return Err(name_taken());
    }
    Ok(())
}

fn name_taken() -> Failure {
    Failure::Refused("the user has a personal access token of this name already".into())
}

async fn pull(store: &MongoStore, user_id: &str, tokens: Vec<Document>) -> Result<(), Failure> {
    store.users().update_one(doc! { "_id": user_id }, doc! { "$pullAll": { TOKENS: tokens } }).await?;
    Ok(())
}

/// Takes a token away; one that is not there is no matter.
pub(super) async fn remove_token(store: &MongoStore, user_id: &str, hashed_token: &str) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS {
        let Some(user) = store.users().find_one(doc! { "_id": user_id }).await? else { return Ok(()) };
        let own = tokens(&user).filter(|token| is(token, "hashedToken", hashed_token));
        let own: Vec<Document> = own.cloned().collect();
        if own.is_empty() {
            return Ok(());
        }
        // Tokens as they were read: where the workspace notes something in one meanwhile, it is read again.
        pull(store, user_id, own).await?;
    }
    Err(Failure::Refused(format!("the tokens of the user {user_id} are changed by others all the time")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_says_how_long_a_login_is_good_for() {
        const DAY: i64 = 86_400_000;
        for (value, expected) in [
            (None, 90 * DAY),
            (Some(Bson::Int32(30)), 30 * DAY),
            (Some(Bson::Double(0.5)), DAY / 2),
            (Some(Bson::from("7")), 7 * DAY),
            (Some(Bson::from("soon")), 90 * DAY),
            (Some(Bson::Int64(0)), 90 * DAY),
            (Some(Bson::Int32(-1)), 90 * DAY),
            (Some(Bson::Double(f64::NAN)), 90 * DAY),
        ] {
            assert_eq!(login_millis(value.as_ref()), expected, "{value:?}");
        }
    }

    #[test]
    fn only_personal_access_tokens_need_no_date() {
        let at = |millis| bson::DateTime::from_millis(millis);
        assert!(is_good(&doc! { "hashedToken": "x", "when": at(2) }, 1));
        assert!(!is_good(&doc! { "hashedToken": "x", "when": at(1) }, 1));
        assert!(!is_good(&doc! { "hashedToken": "x" }, 1));
        assert!(is_good(&doc! { "hashedToken": "x", "type": "personalAccessToken", "createdAt": at(0) }, 1));
    }
}
