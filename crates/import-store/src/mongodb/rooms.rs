//! Rooms and who is in them: added, changed, looked up by their keys.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry};

use bson::{Bson, Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};
use import_proto::{DataType, RoomType, Timestamp};
use serde_json::{Map, Value};

use super::{
    MongoStore, activity, bulk,
    change::change,
    codec,
    failure::Failure,
    lenient, operations,
    state::{self, Kind},
    users::{CHANGES, by_id, not_there, noted},
};
use crate::{
    Resolved, RoomKeys, RoomRef,
    documents::{Room, RoomPatch, Subscription, role_priority},
    patch,
};

/// Refuses rooms and patches whose slug belongs to another room, before anything is written.
pub(super) async fn check(store: &MongoStore, new: &[Room], patches: &[RoomPatch]) -> Result<(), Failure> {
    let ids: Vec<String> =
        new.iter().map(|room| &room.id).chain(patches.iter().map(|patch| &patch.id)).cloned().collect();
    let there = by_id(store.by_ids(&store.rooms(), &ids, Some(doc! { "_id": 1 })).await?);
    let new = new.iter().filter(|room| !there.contains_key(&room.id));
    let new = new.filter_map(|room| Some((&room.id, room.name.as_ref()?)));
    let renamed = patches.iter().filter(|patch| there.contains_key(&patch.id));
    let renamed = renamed.filter_map(|patch| Some((&patch.id, &patch.names.as_ref()?.0)));
    let wanted: Vec<(&String, &String)> = new.chain(renamed).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let slugs: Vec<&String> = wanted.iter().map(|(_, slug)| *slug).collect();
    let mut owners: HashMap<String, String> = HashMap::new();
    for room in bulk::all(&store.rooms(), doc! { "name": { "$in": slugs } }, Some(doc! { "name": 1 })).await? {
        if let (Ok(id), Ok(slug)) = (room.get_str("_id"), room.get_str("name")) {
            owners.insert(slug.to_owned(), id.to_owned());
        }
    }
    for (id, slug) in wanted {
        match owners.entry(slug.clone()) {
            Entry::Occupied(owner) if owner.get() != id => return Err(slug_taken(id)),
            Entry::Occupied(_) => {}
            Entry::Vacant(entry) => {
                entry.insert(id.clone());
            }
        }
    }
    Ok(())
}

fn slug_taken(id: &str) -> Failure {
    Failure::Refused(format!("the name of the room {id} belongs to another room already"))
}

/// Adds rooms; one whose `_id` is there already is left as it is.
pub(super) async fn insert(store: &MongoStore, rooms: &[Room]) -> Result<(), Failure> {
    let documents = rooms
        .iter()
        .map(|room| {
            let mut document = codec::document(room)?;
            document.insert("msgs", 0);
            document.insert("usersCount", 0);
            Ok(document)
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let met: Vec<String> =
        bulk::insert(&store.rooms(), &documents).await?.into_iter().map(|index| rooms[index].id.clone()).collect();
    match not_there(store, &store.rooms(), &met).await? {
        Some(id) => Err(slug_taken(&id)),
        None => Ok(()),
    }
}

/// Carries out patches; one of a room that is not there is no matter. A new name is told to the members' subscriptions.
pub(super) async fn patch(store: &MongoStore, patches: &[RoomPatch], now: Timestamp) -> Result<(), Failure> {
    let mut of: BTreeMap<&str, Vec<&RoomPatch>> = BTreeMap::new();
    for patch in patches {
        of.entry(&patch.id).or_default().push(patch);
    }
    let rooms = store.rooms();
    let ids: Vec<String> = of.keys().map(|id| (*id).to_owned()).collect();
    let mut read = by_id(store.by_ids(&rooms, &ids, None).await?);
    let there: HashSet<String> = read.keys().cloned().collect();
    let changes: Vec<_> = of
        .iter()
        .filter_map(|(id, patches)| {
            let room = read.remove(*id)?;
            let edit = move |room: &mut Map<String, Value>| {
                patches.iter().fold(false, |changed, patch| patch::patch_room(room, patch, now) | changed)
            };
            Some(change(store, &rooms, id, Some(room), edit))
        })
        .collect();
    stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await?;
    for patch in patches.iter().filter(|patch| there.contains(&patch.id)) {
        if let Some((slug, name)) = &patch.names {
            let other = doc! { "rid": &patch.id, "$or": [{ "name": { "$ne": slug } }, { "fname": { "$ne": name } }] };
            let names =
                doc! { "name": slug, "fname": name, "_updatedAt": bson::DateTime::from_millis(now.as_millis()) };
            store.subscriptions().update_many(other, doc! { "$set": names }).await?;
        }
    }
    Ok(())
}

/// Adds memberships; one for a user and room that have one already is left as it is.
pub(super) async fn subscribe(
    store: &MongoStore,
    operation: &str,
    subscriptions: &[Subscription],
) -> Result<(), Failure> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let rooms: BTreeSet<&str> = subscriptions.iter().map(|subscription| subscription.rid.as_str()).collect();
    activity::note(store, operation, rooms.iter().copied()).await?;
    let mut roles = members(store, subscriptions).await?;
    let mut documents = Vec::new();
    for subscription in subscriptions {
        let membership = (subscription.rid.clone(), subscription.user.id.clone());
        if let Entry::Vacant(new) = roles.entry(membership) {
            new.insert(subscription.roles.clone());
            documents.push(codec::raw(subscription)?);
        }
    }
    // One that is met now was added by somebody else since, and stays.
    bulk::insert(&store.subscriptions().clone_with_type(), &documents).await?;
    tell_users(store, subscriptions, &roles).await
}

/// The roles of memberships, by room and user.
type MemberRoles = HashMap<(String, String), Vec<String>>;

/// Who of those concerned is in which room already, and in which roles.
async fn members(store: &MongoStore, subscriptions: &[Subscription]) -> Result<MemberRoles, Failure> {
    let mut there = HashMap::new();
    for chunk in subscriptions.chunks(bulk::AT_ONCE) {
        let rooms: BTreeSet<&str> = chunk.iter().map(|subscription| subscription.rid.as_str()).collect();
        let users: BTreeSet<&str> = chunk.iter().map(|subscription| subscription.user.id.as_str()).collect();
        let list = |texts: BTreeSet<&str>| Bson::Array(texts.into_iter().map(Bson::from).collect());
        let filter = doc! { "rid": { "$in": list(rooms) }, "u._id": { "$in": list(users) } };
        let fields = doc! { "rid": 1, "u._id": 1, "roles": 1 };
        for member in bulk::all(&store.subscriptions(), filter, Some(fields)).await? {
            let user = member.get_document("u").and_then(|user| user.get_str("_id"));
            let (Ok(room), Ok(user)) = (member.get_str("rid"), user) else { continue };
            let roles = member.get_array("roles").map(Vec::as_slice).unwrap_or_default();
            let membership = (room.to_owned(), user.to_owned());
            there.insert(membership, roles.iter().filter_map(Bson::as_str).map(str::to_owned).collect());
        }
    }
    Ok(there)
}

/// Notes with each member what a live workspace notes there: the rooms, without direct ones, and the user's rank in them.
async fn tell_users(store: &MongoStore, subscriptions: &[Subscription], roles: &MemberRoles) -> Result<(), Failure> {
    let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for subscription in subscriptions.iter().filter(|subscription| subscription.room_type != RoomType::Direct) {
        rooms.entry(&subscription.user.id).or_default().insert(&subscription.rid);
    }
    let updates: Vec<Bson> = rooms
        .into_iter()
        .map(|(user, rooms)| {
            let mut priorities = Document::new();
            for room in &rooms {
                if let Some(priority) =
                    roles.get(&((*room).to_owned(), user.to_owned())).and_then(|roles| role_priority(roles))
                {
                    priorities.insert(format!("roomRolePriorities.{room}"), priority);
                }
            }
            let rooms: Vec<&str> = rooms.into_iter().collect();
            let mut update = doc! { "$addToSet": { "__rooms": { "$each": rooms } } };
            if !priorities.is_empty() {
                update.insert("$set", priorities);
            }
            doc! { "q": { "_id": user }, "u": update }.into()
        })
        .collect();
    for chunk in updates.chunks(store.dialect.updates_at_once) {
        let command = doc! {
            "update": store.users().name(), "updates": chunk.to_vec(), "ordered": false, "writeConcern": { "w": "majority" },
        };
        let refused = |answer: &Document| answer.get_array("writeErrors").is_ok_and(|errors| !errors.is_empty());
        let mut answer = store.database.run_command(command.clone()).await?;
        if refused(&answer) {
            // What is no list, or no object, is made again.
            let users: Vec<&str> = subscriptions.iter().map(|subscription| subscription.user.id.as_str()).collect();
            let no_list =
                doc! { "_id": { "$in": &users }, "__rooms": { "$exists": true, "$not": { "$type": "array" } } };
            store.users().update_many(no_list, doc! { "$unset": { "__rooms": "" } }).await?;
            let no_map = doc! {
                "_id": { "$in": &users }, "roomRolePriorities": { "$exists": true, "$not": { "$type": "object" } },
            };
            store.users().update_many(no_map, doc! { "$unset": { "roomRolePriorities": "" } }).await?;
            answer = store.database.run_command(command).await?;
        }
        if refused(&answer) {
            return Err(Failure::Damaged(format!("the rooms of users could not be noted: {answer}")));
        }
    }
    Ok(())
}

/// Notes what import ids stand for; the first entry for an id stays.
pub(super) async fn note_resolved(store: &MongoStore, operation: &str, resolved: &[Resolved]) -> Result<(), Failure> {
    for (data_type, kind) in [(DataType::User, Kind::User), (DataType::Channel, Kind::Channel)] {
        let notes = resolved.iter().filter(|entry| entry.data_type == data_type);
        let notes = notes.map(|entry| (entry.import_id.clone(), doc! { "id": &entry.id }));
        state::put(store, operation, kind, notes.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Rooms that match any of the keys, each once, those that were made first in front.
pub(super) async fn find(store: &MongoStore, keys: &RoomKeys) -> Result<Vec<Room>, Failure> {
    let mut found = by_id(store.by_ids(&store.rooms(), &keys.ids, None).await?);
    let member_sets: HashSet<Vec<&str>> = keys.member_sets.iter().map(|members| as_set(members)).collect();
    let mut any = Vec::new();
    if !keys.names.is_empty() {
        any.push(doc! { "name": { "$in": &keys.names } });
    }
    if !keys.import_ids.is_empty() {
        any.push(doc! { "importIds": { "$in": &keys.import_ids } });
    }
    if !member_sets.is_empty() {
        let one_of_each: BTreeSet<&str> = member_sets.iter().filter_map(|members| members.first().copied()).collect();
        let one_of_each: Vec<&str> = one_of_each.into_iter().collect();
        any.push(doc! { "t": RoomType::Direct.as_str(), "uids": { "$in": one_of_each } });
    }
    if !any.is_empty() {
        found.extend(by_id(bulk::all(&store.rooms(), doc! { "$or": any }, None).await?));
    }
    let is_in = |key: Option<&String>, keys: &[String]| key.is_some_and(|key| keys.contains(key));
    let mut rooms = sorted(found.into_values())?;
    rooms.retain(|room| {
        is_in(Some(&room.id), &keys.ids)
            || is_in(room.name.as_ref(), &keys.names)
            || room.import_ids.iter().any(|id| keys.import_ids.contains(id))
            || room.room_type == RoomType::Direct && member_sets.contains(&as_set(&room.uids))
    });
    Ok(rooms)
}

fn as_set(members: &[String]) -> Vec<&str> {
    let mut members: Vec<&str> = members.iter().map(String::as_str).collect();
    members.sort_unstable();
    members.dedup();
    members
}

/// Rooms, those that were made first in front.
fn sorted(documents: impl IntoIterator<Item = Document>) -> Result<Vec<Room>, Failure> {
    let rooms = lenient::all(documents, lenient::room)?;
    let mut rooms: Vec<Room> = rooms.into_iter().flatten().collect();
    rooms.sort_by(|a, b| (a.ts, &a.id).cmp(&(b.ts, &b.id)));
    Ok(rooms)
}

/// Which rooms import ids stand for: see [`crate::Store::resolve_rooms`].
pub(super) async fn resolve(
    store: &MongoStore,
    operation: &str,
    import_ids: Vec<String>,
    by_name: bool,
) -> Result<HashMap<String, RoomRef>, Failure> {
    let mut resolved = HashMap::with_capacity(import_ids.len());
    let noted = noted(store, operation, Kind::Channel, &import_ids).await?;
    let ids: Vec<String> = noted.values().cloned().collect();
    let rooms = sorted(store.by_ids(&store.rooms(), &ids, None).await?)?;
    let rooms: HashMap<&str, &Room> = rooms.iter().map(|room| (room.id.as_str(), room)).collect();
    for (import_id, id) in noted {
        if let Some(room) = rooms.get(id.as_str()) {
            resolved.insert(import_id, reference(room));
        }
    }

    let unknown: Vec<String> = import_ids.into_iter().filter(|id| !resolved.contains_key(id)).collect();
    for chunk in unknown.chunks(bulk::AT_ONCE) {
        let mut any = vec![doc! { "importIds": { "$in": chunk } }];
        if by_name {
            any.push(doc! { "name": { "$in": chunk } });
            any.push(doc! { "fname": { "$in": chunk } });
        }
        let rooms = sorted(bulk::all(&store.rooms(), doc! { "$or": any }, None).await?)?;
        let (mut imported, mut slugs, mut names) = (HashMap::new(), HashMap::new(), HashMap::new());
        for room in &rooms {
            for import_id in &room.import_ids {
                imported.entry(import_id.as_str()).or_insert(room);
            }
            if by_name && room.room_type != RoomType::Direct {
                room.name.as_deref().map(|slug| slugs.entry(slug).or_insert(room));
                room.fname.as_deref().map(|name| names.entry(name).or_insert(room));
            }
        }
        for id in chunk {
            if let Some(room) = [&imported, &slugs, &names].into_iter().find_map(|rooms| rooms.get(id.as_str())) {
                resolved.insert(id.clone(), reference(room));
            }
        }
    }
    Ok(resolved)
}

fn reference(room: &Room) -> RoomRef {
    RoomRef { id: room.id.clone(), name: room.name.clone().unwrap_or_default(), room_type: room.room_type }
}

/// Which of these rooms records of the operation have become: see [`crate::Store::rooms_written`].
pub(super) async fn written(store: &MongoStore, operation: &str, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    if ids.is_empty() || !operations::in_use(store, operation).await? {
        return Ok(HashSet::new());
    }
    // A room has the import ids of every record that it is.
    let mut rooms: HashMap<String, String> = HashMap::new();
    for room in store.by_ids(&store.rooms(), &ids, Some(doc! { "importIds": 1 })).await? {
        let (Ok(id), Ok(import_ids)) = (room.get_str("_id"), room.get_array("importIds")) else { continue };
        // An import id stands for one room only; which of several rooms has it is decided by the note.
        for import_id in import_ids.iter().filter_map(Bson::as_str) {
            rooms.insert(format!("{id}\n{import_id}"), import_id.to_owned());
        }
    }
    let import_ids: BTreeSet<String> = rooms.values().cloned().collect();
    let import_ids: Vec<String> = import_ids.into_iter().collect();
    let noted = state::get(store, operation, Kind::Channel, &import_ids).await?;
    let became = noted.iter().filter_map(|(import_id, note)| {
        let id = note.get_str("id").ok()?;
        rooms.contains_key(&format!("{id}\n{import_id}")).then(|| id.to_owned())
    });
    Ok(became.collect())
}
