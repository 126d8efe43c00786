//! Users: added, changed, looked up by their keys.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use bson::{Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};
use import_proto::Timestamp;

use super::{
    MongoStore, bulk,
    change::change,
    codec,
    failure::Failure,
    insensitive::{self, Field},
    lenient, operations,
    state::{self, Kind},
};
use crate::{
    UserKeys,
    documents::{Date, User, UserPatch, UserRef},
    merge::stands_for_nobody,
    patch,
    rename::{Rename, Renames},
};

/// How many documents are changed at once.
pub(super) const CHANGES: usize = 16;

/// Refuses users and patches whose username or address belongs to somebody else, before anything is written.
pub(super) async fn check(store: &MongoStore, new: &[User], patches: &[UserPatch]) -> Result<(), Failure> {
    let ids: Vec<String> =
        new.iter().map(|user| &user.id).chain(patches.iter().map(|patch| &patch.id)).cloned().collect();
    let known = store.by_ids(&store.users(), &ids, Some(doc! { "emails.address": 1 })).await?;
    let known: HashMap<&str, &Document> =
        known.iter().filter_map(|user| Some((user.get_str("_id").ok()?, user))).collect();
    let new: Vec<&User> = new.iter().filter(|user| !known.contains_key(user.id.as_str())).collect();

    // Addresses that patches bring and their users do not have yet.
    let mut added: Vec<(&str, &String)> = Vec::new();
    for patch in patches {
        let Some(user) = known.get(patch.id.as_str()) else { continue };
        let there = Field::Address.values(user);
        let brought = patch.add_emails.iter().filter(|address| !there.contains(&address.to_lowercase()));
        added.extend(brought.map(|address| (patch.id.as_str(), address)));
    }

    let renamed: Vec<(&str, &String)> = patches
        .iter()
        .filter(|patch| known.contains_key(patch.id.as_str()))
        .filter_map(|patch| Some((patch.id.as_str(), patch.username.as_ref()?)))
        .collect();
    let usernames = new.iter().map(|user| &user.username).chain(renamed.iter().map(|(_, username)| *username));
    let mut usernames = owners(Field::Username, insensitive::users(store, Field::Username, usernames).await?);
    let addresses = new.iter().flat_map(|user| &user.emails).map(|email| &email.address);
    let addresses = addresses.chain(added.iter().map(|(_, address)| *address));
    let mut addresses = owners(Field::Address, insensitive::users(store, Field::Address, addresses).await?);

    for user in new {
        if !user.username.is_empty() && !claim(&mut usernames, &user.username, &user.id) {
            return Err(username_taken(&user.id));
        }
        for email in &user.emails {
            if !claim(&mut addresses, &email.address, &user.id) {
                return Err(address_taken(&user.id));
            }
        }
    }
    for (id, username) in renamed {
        if !claim(&mut usernames, username, id) {
            return Err(username_taken(id));
        }
    }
    for (id, address) in added {
        if !claim(&mut addresses, address, id) {
            return Err(address_taken(id));
        }
    }
    Ok(())
}

/// Who has what, in lower case.
fn owners(field: Field, users: Vec<Document>) -> HashMap<String, String> {
    let mut owners = HashMap::new();
    for user in users {
        let Ok(id) = user.get_str("_id") else { continue };
        for value in field.values(&user) {
            owners.insert(value, id.to_owned());
        }
    }
    owners
}

/// Whether a key is this user's, or was nobody's and is from now on.
fn claim(owners: &mut HashMap<String, String>, key: &str, id: &str) -> bool {
    match owners.entry(key.to_lowercase()) {
        Entry::Occupied(owner) => owner.get() == id,
        Entry::Vacant(entry) => {
            entry.insert(id.to_owned());
            true
        }
    }
}

fn username_taken(id: &str) -> Failure {
    Failure::Refused(format!("the username of the user {id} belongs to another user already"))
}

fn address_taken(id: &str) -> Failure {
    Failure::Refused(format!("an address of the user {id} belongs to another user already"))
}

/// A user as it is stored. A workspace's index knows of one user without a name at most, unless the field is missing.
fn stored(user: &User) -> Result<Document, Failure> {
    let mut document = codec::document(user)?;
    if user.username.is_empty() {
        document.remove("username");
    }
    document.insert("__rooms", Vec::<bson::Bson>::new());
    Ok(document)
}

/// Adds users; one whose `_id` is there already is left as it is.
pub(super) async fn insert(store: &MongoStore, users: &[User]) -> Result<(), Failure> {
    let documents = users.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
    let met: Vec<String> =
        bulk::insert(&store.users(), &documents).await?.into_iter().map(|index| users[index].id.clone()).collect();
    match not_there(store, &store.users(), &met).await? {
        Some(id) => Err(username_taken(&id)),
        None => Ok(()),
    }
}

/// The first of these ids that no document has.
pub(super) async fn not_there(
    store: &MongoStore,
    collection: &mongodb::Collection<Document>,
    ids: &[String],
) -> Result<Option<String>, Failure> {
    let there = store.by_ids(collection, ids, Some(doc! { "_id": 1 })).await?;
    let there: HashSet<&str> = there.iter().filter_map(|document| document.get_str("_id").ok()).collect();
    Ok(ids.iter().find(|id| !there.contains(id.as_str())).cloned())
}

/// The users that the patches rename.
pub(super) async fn renames(store: &MongoStore, patches: &[UserPatch]) -> Result<Renames, Failure> {
    let renaming: HashMap<&str, &UserPatch> =
        patches.iter().filter(|patch| patch.username.is_some()).map(|patch| (patch.id.as_str(), patch)).collect();
    let ids: Vec<String> = renaming.keys().map(|id| (*id).to_owned()).collect();
    if ids.is_empty() {
        return Ok(Renames::default());
    }
    let users = store.by_ids(&store.users(), &ids, Some(doc! { "username": 1, "name": 1 })).await?;
    let renames = users.iter().filter_map(|user| {
        let patch = renaming.get(user.get_str("_id").ok()?)?;
        let text = |field: &str| user.get_str(field).unwrap_or_default().to_owned();
        let (before, username) = (text("username"), patch.username.clone()?);
        let name = patch.name.clone().unwrap_or_else(|| text("name"));
        (before != username).then(|| Rename { id: patch.id.clone(), before, username, name })
    });
    Ok(renames.collect())
}

/// Which of these usernames are those of placeholder users who stand for nobody any more.
pub(super) async fn standing_for_nobody(
    store: &MongoStore,
    usernames: HashSet<&str>,
) -> Result<HashSet<String>, Failure> {
    let usernames: Vec<&str> = usernames.into_iter().collect();
    let mut found = HashSet::new();
    for usernames in usernames.chunks(bulk::AT_ONCE) {
        let filter = doc! { "username": { "$in": usernames }, "importServer.placeholder": true };
        let fields = doc! { "username": 1, "importServer": 1, "importIds": 1 };
        for user in bulk::all(&store.users(), filter, Some(fields)).await? {
            let username = user.get_str("username").map(str::to_owned);
            if stands_for_nobody(&codec::to_fields(user)) {
                found.extend(username);
            }
        }
    }
    Ok(found)
}

/// Carries out patches; one of a user who is not there is no matter.
pub(super) async fn patch(store: &MongoStore, patches: &[UserPatch], now: Timestamp) -> Result<(), Failure> {
    let mut of: BTreeMap<&str, Vec<&UserPatch>> = BTreeMap::new();
    for patch in patches {
        of.entry(&patch.id).or_default().push(patch);
    }
    let users = store.users();
    let ids: Vec<String> = of.keys().map(|id| (*id).to_owned()).collect();
    let mut read = by_id(store.by_ids(&users, &ids, None).await?);
    let changes: Vec<_> = of
        .iter()
        .filter_map(|(id, patches)| {
            let user = read.remove(*id)?;
            let edit = move |user: &mut serde_json::Map<String, serde_json::Value>| {
                patches.iter().fold(false, |changed, patch| patch::patch_user(user, patch, now) | changed)
            };
            Some(change(store, &users, id, Some(user), edit))
        })
        .collect();
    stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await
}

/// Documents by their `_id`.
pub(super) fn by_id(documents: Vec<Document>) -> HashMap<String, Document> {
    documents.into_iter().filter_map(|document| Some((document.get_str("_id").ok()?.to_owned(), document))).collect()
}

/// Notes who wrote which user; the first entry for a user stays.
pub(super) async fn note_written(
    store: &MongoStore,
    operation: &str,
    written: &[(String, u64)],
) -> Result<(), Failure> {
    let notes = written
        .iter()
        .map(|(user, seq)| Ok((user.clone(), doc! { "seq": number(*seq)? })))
        .collect::<Result<Vec<_>, Failure>>()?;
    state::put(store, operation, Kind::Written, notes).await
}

fn number(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Damaged(format!("{number} is too great a number")))
}

/// Users that match any of the keys, each once, those that were made first in front.
pub(super) async fn find(store: &MongoStore, keys: &UserKeys) -> Result<Vec<User>, Failure> {
    let mut found = by_id(store.by_ids(&store.users(), &keys.ids, None).await?);
    found.extend(by_id(insensitive::users(store, Field::Address, &keys.emails).await?));
    found.extend(by_id(insensitive::users(store, Field::Username, &keys.usernames).await?));
    found.extend(by_id(by_import_ids(store, &keys.import_ids).await?));
    let mut users = lenient::all(found.into_values(), lenient::user)?;
    users.sort_by(|a, b| age(a).cmp(&age(b)));
    Ok(users)
}

fn age(user: &User) -> (Date, &str) {
    (user.created_at, &user.id)
}

async fn by_import_ids(store: &MongoStore, import_ids: &[String]) -> Result<Vec<Document>, Failure> {
    let mut found = Vec::new();
    for chunk in import_ids.chunks(bulk::AT_ONCE) {
        found.extend(bulk::all(&store.users(), doc! { "importIds": { "$in": chunk } }, None).await?);
    }
    Ok(found)
}

/// Whom import ids stand for: see [`crate::Store::resolve_users`].
pub(super) async fn resolve(
    store: &MongoStore,
    operation: &str,
    import_ids: Vec<String>,
    by_username: bool,
) -> Result<HashMap<String, UserRef>, Failure> {
    let mut resolved = HashMap::with_capacity(import_ids.len());
    let noted = noted(store, operation, Kind::User, &import_ids).await?;
    let ids: Vec<String> = noted.values().cloned().collect();
    let users = by_id(store.by_ids(&store.users(), &ids, None).await?);
    for (import_id, id) in noted {
        if let Some(user) = users.get(&id) {
            resolved.insert(import_id, reference(&lenient::user(user.clone())?));
        }
    }

    let rest = |resolved: &HashMap<String, UserRef>| -> Vec<String> {
        import_ids.iter().filter(|id| !resolved.contains_key(*id)).cloned().collect()
    };
    let unknown = rest(&resolved);
    for user in sorted(by_import_ids(store, &unknown).await?)? {
        for import_id in unknown.iter().filter(|id| user.import_ids.contains(id)) {
            resolved.entry(import_id.clone()).or_insert_with(|| reference(&user));
        }
    }

    if by_username {
        let unknown = rest(&resolved);
        let users = sorted(insensitive::users(store, Field::Username, &unknown).await?)?;
        let mut named: HashMap<String, &User> = HashMap::new();
        for user in &users {
            named.entry(user.username.to_lowercase()).or_insert(user);
        }
        for import_id in unknown {
            if let Some(user) = named.get(&import_id.to_lowercase()) {
                resolved.insert(import_id, reference(user));
            }
        }
    }
    Ok(resolved)
}

/// Users, those that were made first in front.
fn sorted(users: Vec<Document>) -> Result<Vec<User>, Failure> {
    let mut users = lenient::all(users, lenient::user)?;
    users.sort_by(|a, b| age(a).cmp(&age(b)));
    Ok(users)
}

fn reference(user: &User) -> UserRef {
    UserRef { id: user.id.clone(), username: user.username.clone(), name: user.name.clone() }
}

/// What the operation has noted that these import ids stand for.
pub(super) async fn noted(
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
        .filter_map(|(user, note)| Some((user, u64::try_from(note.get_i64("seq").ok()?).ok()?)))
        .collect())
}

/// Adds a user unless the username, an address or the `_id` is taken; false then.
pub(super) async fn add(store: &MongoStore, user: &User) -> Result<bool, Failure> {
    let taken = !insensitive::users(store, Field::Username, [&user.username]).await?.is_empty()
        || !insensitive::users(store, Field::Address, user.emails.iter().map(|email| &email.address)).await?.is_empty();
    if taken {
        return Ok(false);
    }
    Ok(bulk::insert(&store.users(), &[stored(user)?]).await?.is_empty())
}
