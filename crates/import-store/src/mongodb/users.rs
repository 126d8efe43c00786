//! Users: added, changed, looked up by their keys.

use std::collections::HashMap;

use bson::{Bson, Document, doc};
use import_proto::Timestamp;
use serde::Deserialize;

use super::{
    MongoStore, bulk, change, claims, codec,
    failure::Failure,
    keys::{self, folded},
    operations,
    state::{self, Kind},
};
use crate::{
    UserKeys,
    documents::{Date, User, UserPatch, UserRef},
    patch,
};

const USERNAME: &str = "username";
const ADDRESS: &str = "emails.address";

/// Refuses users and patches whose username or address belongs to somebody else, before anything is written.
pub(super) async fn check(store: &MongoStore, new: &[User], patches: &[UserPatch]) -> Result<(), Failure> {
    let usernames: Vec<String> = new.iter().map(|user| user.username.clone()).collect();
    let of_new = new.iter().flat_map(|user| user.emails.iter().map(|email| email.address.clone()));
    let addresses: Vec<String> = of_new.chain(patches.iter().flat_map(|patch| patch.add_emails.clone())).collect();
    if usernames.is_empty() && addresses.is_empty() {
        return Ok(());
    }
    let fields = doc! { "_id": 1, USERNAME: 1, ADDRESS: 1 };
    let mut owners: HashMap<(&str, String), String> = HashMap::new();
    for (field, keys) in [(USERNAME, &usernames), (ADDRESS, &addresses)] {
        for user in store.by_folded(&store.users(), field, keys, Some(fields.clone())).await? {
            let Some(id) = keys::id(&user) else { continue };
            for text in keys::texts(&user, field) {
                owners.insert((field, folded(text)), id.clone());
            }
        }
    }
    let mut own = |field: &'static str, text: &str, id: &str, what: &str| {
        let owner = owners.entry((field, folded(text))).or_insert_with(|| id.to_owned());
        if owner == id {
            return Ok(());
        }
        Err(Failure::Refused(format!("{what} of the user {id} belongs to another user already")))
    };
    for user in new {
        if !user.username.is_empty() {
            own(USERNAME, &user.username, &user.id, "the username")?;
        }
        for email in &user.emails {
            own(ADDRESS, &email.address, &user.id, "an address")?;
        }
    }
    for patch in patches {
        for address in &patch.add_emails {
            own(ADDRESS, address, &patch.id, "an address")?;
        }
    }
    Ok(())
}

/// Adds users; one whose `_id` is there already is left as it is.
pub(super) async fn insert(store: &MongoStore, users: &[User]) -> Result<(), Failure> {
    let mut documents = Vec::with_capacity(users.len());
    for user in users {
        let mut document = codec::document(user)?;
        document.insert("__rooms", Vec::<Bson>::new());
        if user.username.is_empty() {
            // Nobody has the empty name; two who have none are not called alike.
            document.remove("username");
        }
        documents.push(document);
    }
    let there = bulk::insert(&store.users(), &documents).await?;
    let ids: Vec<String> = there.iter().filter_map(|at| Some(users.get(*at)?.id.clone())).collect();
    let found = store.by_ids(&store.users(), &ids, Some(doc! { "_id": 1 })).await?;
    let found: Vec<String> = found.iter().filter_map(keys::id).collect();
    match ids.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(Failure::Refused(format!("the username of the user {id} belongs to another user already"))),
        None => Ok(()),
    }
}

/// Carries out patches; one of a user who is not there is no matter.
pub(super) async fn patch(store: &MongoStore, patches: &[UserPatch], now: Timestamp) -> Result<(), Failure> {
    for patch in patches {
        change::change(&store.users(), &patch.id, |user| patch::patch_user(user, patch, now)).await?;
    }
    Ok(())
}

/// Adds a user unless the username or an address is taken; false then.
pub(super) async fn add(store: &MongoStore, user: &User) -> Result<bool, Failure> {
    match check(store, std::slice::from_ref(user), &[]).await {
        Err(Failure::Refused(_)) => return Ok(false),
        checked => checked?,
    }
    if !store.by_ids(&store.users(), std::slice::from_ref(&user.id), Some(doc! { "_id": 1 })).await?.is_empty() {
        return Ok(false);
    }
    match insert(store, std::slice::from_ref(user)).await {
        Err(Failure::Refused(_)) => Ok(false),
        inserted => inserted.map(|()| true),
    }
}

/// Users that match any of the keys, each once, those that were made first first.
pub(super) async fn find(store: &MongoStore, keys: &UserKeys) -> Result<Vec<User>, Failure> {
    let mut found = HashMap::new();
    let users = store.users();
    let mut add = |documents: Vec<Document>| {
        found.extend(documents.into_iter().filter_map(|document| Some((keys::id(&document)?, document))));
    };
    add(store.by_ids(&users, &keys.ids, None).await?);
    add(store.by_folded(&users, ADDRESS, &keys.emails, None).await?);
    add(store.by_folded(&users, USERNAME, &keys.usernames, None).await?);
    add(store.by_texts(&users, "importIds", &keys.import_ids, None).await?);
    let mut found =
        found.into_values().map(|document| codec::read::<User>(document, "a user")).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(found)
}

/// As much of a user as tells who it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    created_at: Option<Date>,
    #[serde(default)]
    import_ids: Vec<String>,
    #[serde(flatten)]
    user: UserRef,
}

impl Known {
    fn read(document: Document) -> Result<Self, Failure> {
        let mut known: Self = codec::read(document, "a user")?;
        // A user who was never given a name has none that is `null` either.
        known.import_ids.dedup();
        Ok(known)
    }
}

/// Whom import ids stand for: see [`crate::Store::resolve_users`].
pub(super) async fn resolve(
    store: &MongoStore,
    operation: &str,
    import_ids: Vec<String>,
    by_username: bool,
) -> Result<HashMap<String, UserRef>, Failure> {
    let fields = doc! { "_id": 1, "username": 1, "name": 1, "createdAt": 1, "importIds": 1 };
    let users = store.users();
    let mut resolved = HashMap::with_capacity(import_ids.len());

    let noted = resolved_ids(store, operation, Kind::User, &import_ids).await?;
    let ids: Vec<String> = noted.values().cloned().collect();
    let mut known = HashMap::new();
    for document in store.by_ids(&users, &ids, Some(fields.clone())).await? {
        let user = Known::read(document)?.user;
        known.insert(user.id.clone(), user);
    }
    resolved.extend(noted.into_iter().filter_map(|(import_id, id)| Some((import_id, known.get(&id)?.clone()))));

    let mut missing = without(&import_ids, &resolved);
    let mut found = Vec::new();
    for document in store.by_texts(&users, "importIds", &missing, Some(fields.clone())).await? {
        found.push(Known::read(document)?);
    }
    found.sort_by(|a, b| (a.created_at, &a.user.id).cmp(&(b.created_at, &b.user.id)));
    for known in found {
        for import_id in known.import_ids {
            if missing.contains(&import_id) {
                resolved.entry(import_id).or_insert_with(|| known.user.clone());
            }
        }
    }
    if by_username {
        missing = without(&import_ids, &resolved);
        let mut named = HashMap::new();
        for document in store.by_folded(&users, USERNAME, &missing, Some(fields)).await? {
            let user = Known::read(document)?.user;
            named.insert(folded(&user.username), user);
        }
        let found = missing.into_iter().filter_map(|id| Some((id.clone(), named.get(&folded(&id))?.clone())));
        resolved.extend(found.collect::<Vec<_>>());
    }
    Ok(resolved)
}

/// Those of the ids that nothing is known of yet.
pub(super) fn without<T>(import_ids: &[String], resolved: &HashMap<String, T>) -> Vec<String> {
    import_ids.iter().filter(|id| !resolved.contains_key(*id)).cloned().collect()
}

/// What an operation has noted of import ids: the `_id`s that they stand for.
pub(super) async fn resolved_ids(
    store: &MongoStore,
    operation: &str,
    kind: Kind,
    import_ids: &[String],
) -> Result<HashMap<String, String>, Failure> {
    if import_ids.is_empty() || !operations::in_use(store, operation).await? {
        return Ok(HashMap::new());
    }
    let notes = state::get(store, operation, kind, import_ids).await?;
    Ok(notes.into_iter().filter_map(|(key, note)| Some((key, note.get_str("id").ok()?.to_owned()))).collect())
}

/// Notes who wrote which user; the first entry for a user stays.
pub(super) async fn note_written(
    store: &MongoStore,
    operation: &str,
    written: &[(String, u64)],
) -> Result<(), Failure> {
    let mut notes = Vec::with_capacity(written.len());
    for (user, seq) in written {
        notes.push((user.clone(), doc! { "seq": claims::number(*seq)? }));
    }
    state::put(store, operation, Kind::Written, notes).await
}

/// Which of these users the operation has written, and by which record.
pub(super) async fn written(
    store: &MongoStore,
    operation: &str,
    ids: Vec<String>,
) -> Result<HashMap<String, u64>, Failure> {
    if ids.is_empty() || !operations::in_use(store, operation).await? {
        return Ok(HashMap::new());
    }
    let notes = state::get(store, operation, Kind::Written, &ids).await?;
    Ok(notes
        .into_iter()
        .filter_map(|(key, note)| Some((key, u64::try_from(note.get_i64("seq").ok()?).ok()?)))
        .collect())
}
