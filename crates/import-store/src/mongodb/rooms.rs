//! Rooms and who is in them: added, changed, looked up by their keys.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Bson, DateTime, Document, doc};
use import_proto::{DataType, RoomType, Timestamp};

use super::{
    MongoStore, activity, bulk, change, codec,
    failure::Failure,
    keys,
    state::{self, Kind},
    users::{resolved_ids, without},
};
use crate::{
    Resolved, RoomKeys, RoomRef,
    documents::{Room, RoomPatch, Subscription},
    patch,
};

/// Refuses rooms and patches whose slug belongs to another room, before anything is written.
pub(super) async fn check(store: &MongoStore, new: &[Room], patches: &[RoomPatch]) -> Result<(), Failure> {
    let of_new = new.iter().filter_map(|room| Some((room.name.clone()?, &room.id)));
    let of_patches = patches.iter().filter_map(|patch| Some((patch.names.as_ref()?.0.clone(), &patch.id)));
    let named: Vec<(String, &String)> = of_new.chain(of_patches).collect();
    let names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
    let found = store.by_texts(&store.rooms(), "name", &names, Some(doc! { "_id": 1, "name": 1 })).await?;
    let mut owners: HashMap<String, String> =
        found.iter().filter_map(|room| Some((room.get_str("name").ok()?.to_owned(), keys::id(room)?))).collect();
    for (name, id) in named {
        if owners.entry(name).or_insert_with(|| id.clone()) != id {
            return Err(slug_taken(id));
        }
    }
    Ok(())
}

fn slug_taken(id: &str) -> Failure {
    Failure::Refused(format!("the name of the room {id} belongs to another room already"))
}

/// Adds rooms; one whose `_id` is there already is left as it is.
pub(super) async fn insert(store: &MongoStore, rooms: &[Room]) -> Result<(), Failure> {
    let mut documents = Vec::with_capacity(rooms.len());
    for room in rooms {
        let mut document = codec::document(room)?;
        document.extend(doc! { "msgs": 0, "usersCount": 0 });
        documents.push(document);
    }
    let there = bulk::insert(&store.rooms(), &documents).await?;
    let ids: Vec<String> = there.iter().filter_map(|at| Some(rooms.get(*at)?.id.clone())).collect();
    let found = store.by_ids(&store.rooms(), &ids, Some(doc! { "_id": 1 })).await?;
    let found: Vec<String> = found.iter().filter_map(keys::id).collect();
    match ids.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(slug_taken(id)),
        None => Ok(()),
    }
}

/// Carries out patches; one of a room that is not there is no matter. A new name is told to the members' subscriptions.
pub(super) async fn patch(store: &MongoStore, patches: &[RoomPatch], now: Timestamp) -> Result<(), Failure> {
    for patch in patches {
        let there = change::change(&store.rooms(), &patch.id, |room| patch::patch_room(room, patch, now)).await?;
        let Some((slug, name)) = patch.names.as_ref().filter(|_| there) else { continue };
        let others = doc! { "rid": &patch.id, "$or": [{ "name": { "$ne": slug } }, { "fname": { "$ne": name } }] };
        let set = doc! { "name": slug, "fname": name, "_updatedAt": DateTime::from_millis(now.as_millis()) };
        store.subscriptions().update_many(others, doc! { "$set": set }).await?;
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
    activity::note(store, operation, subscriptions.iter().map(|subscription| subscription.rid.as_str())).await?;
    let documents =
        missing(store, subscriptions).await?.into_iter().map(codec::document).collect::<Result<Vec<_>, _>>()?;
    bulk::insert(&store.subscriptions(), &documents).await?;
    let mut rooms_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for subscription in subscriptions {
        rooms_of.entry(subscription.user.id.clone()).or_default().push(subscription.rid.clone());
    }
    change::add_to_lists(&store.users(), &store.database, "__rooms", rooms_of).await
}

/// Memberships that are not there, each once: one that Rocket.Chat made has another id, and is the same.
async fn missing<'a>(store: &MongoStore, subscriptions: &'a [Subscription]) -> Result<Vec<&'a Subscription>, Failure> {
    let mut there = HashSet::new();
    for chunk in subscriptions.chunks(bulk::AT_ONCE) {
        let rooms: HashSet<&str> = chunk.iter().map(|subscription| subscription.rid.as_str()).collect();
        let users: HashSet<&str> = chunk.iter().map(|subscription| subscription.user.id.as_str()).collect();
        let (rooms, users): (Vec<&str>, Vec<&str>) = (rooms.into_iter().collect(), users.into_iter().collect());
        let filter = doc! { "rid": { "$in": rooms }, "u._id": { "$in": users } };
        let fields = doc! { "rid": 1, "u._id": 1 };
        for member in bulk::all(&store.subscriptions(), filter, Some(fields)).await? {
            let user = member.get_document("u").ok().and_then(|user| user.get_str("_id").ok()).unwrap_or_default();
            there.insert((member.get_str("rid").unwrap_or_default().to_owned(), user.to_owned()));
        }
    }
    Ok(subscriptions.iter().filter(|new| there.insert((new.rid.clone(), new.user.id.clone()))).collect())
}

/// Notes what import ids stand for; the first entry for an id stays.
pub(super) async fn note_resolved(store: &MongoStore, operation: &str, resolved: &[Resolved]) -> Result<(), Failure> {
    for (data_type, kind) in [(DataType::User, Kind::User), (DataType::Channel, Kind::Channel)] {
        let of_kind = resolved.iter().filter(|entry| entry.data_type == data_type);
        let notes: Vec<_> = of_kind.map(|entry| (entry.import_id.clone(), doc! { "id": &entry.id })).collect();
        state::put(store, operation, kind, notes).await?;
    }
    Ok(())
}

/// Rooms that match any of the keys, each once, those that were made first first.
pub(super) async fn find(store: &MongoStore, keys: &RoomKeys) -> Result<Vec<Room>, Failure> {
    let mut found = HashMap::new();
    let rooms = store.rooms();
    let mut add = |documents: Vec<Document>| {
        found.extend(documents.into_iter().filter_map(|document| Some((keys::id(&document)?, document))));
    };
    add(store.by_ids(&rooms, &keys.ids, None).await?);
    add(store.by_texts(&rooms, "name", &keys.names, None).await?);
    add(store.by_texts(&rooms, "importIds", &keys.import_ids, None).await?);
    for chunk in keys.member_sets.chunks(100) {
        let sets = chunk.iter().map(|members| {
            let members: Vec<Bson> =
                members.iter().collect::<HashSet<_>>().into_iter().map(|id| Bson::String(id.clone())).collect();
            let size = i64::try_from(members.len()).unwrap_or(i64::MAX);
            doc! { "uids": { "$all": members, "$size": size } }
        });
        let filter = doc! { "t": "d", "$or": sets.collect::<Vec<_>>() };
        add(bulk::all(&rooms, filter, None).await?);
    }
    let mut found =
        found.into_values().map(|document| codec::read::<Room>(document, "a room")).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| (a.ts, &a.id).cmp(&(b.ts, &b.id)));
    Ok(found)
}

/// Which rooms import ids stand for: see [`crate::Store::resolve_rooms`].
pub(super) async fn resolve(
    store: &MongoStore,
    operation: &str,
    import_ids: Vec<String>,
    by_name: bool,
) -> Result<HashMap<String, RoomRef>, Failure> {
    let fields = doc! { "_id": 1, "name": 1, "fname": 1, "t": 1, "ts": 1, "importIds": 1 };
    let rooms = store.rooms();
    let mut resolved = HashMap::with_capacity(import_ids.len());

    let noted = resolved_ids(store, operation, Kind::Channel, &import_ids).await?;
    let ids: Vec<String> = noted.values().cloned().collect();
    let mut known = HashMap::new();
    for room in store.by_ids(&rooms, &ids, Some(fields.clone())).await? {
        known.extend(reference(&room).map(|room| (room.id.clone(), room)));
    }
    resolved.extend(noted.into_iter().filter_map(|(import_id, id)| Some((import_id, known.get(&id)?.clone()))));

    let missing = without(&import_ids, &resolved);
    for room in in_order(store.by_texts(&rooms, "importIds", &missing, Some(fields.clone())).await?) {
        let Some(reference) = reference(&room) else { continue };
        let ids = room.get_array("importIds").map(Vec::as_slice).unwrap_or_default();
        for import_id in ids.iter().filter_map(Bson::as_str).filter(|id| missing.iter().any(|missing| missing == id)) {
            resolved.entry(import_id.to_owned()).or_insert_with(|| reference.clone());
        }
    }
    for field in if by_name { &["name", "fname"][..] } else { &[] } {
        let missing = without(&import_ids, &resolved);
        for room in in_order(store.by_texts(&rooms, field, &missing, Some(fields.clone())).await?) {
            let Some(reference) = reference(&room).filter(|room| room.room_type != RoomType::Direct) else { continue };
            if let Ok(name) = room.get_str(field) {
                resolved.entry(name.to_owned()).or_insert(reference);
            }
        }
    }
    Ok(resolved)
}

fn in_order(mut rooms: Vec<Document>) -> Vec<Document> {
    let age = |room: &Document| (room.get_datetime("ts").copied().ok(), keys::id(room));
    rooms.sort_by_key(age);
    rooms
}

/// How messages refer to a room; none for one of a type that no import knows.
fn reference(room: &Document) -> Option<RoomRef> {
    let room_type = RoomType::from_letter(room.get_str("t").ok()?)?;
    Some(RoomRef { id: keys::id(room)?, name: room.get_str("name").unwrap_or_default().to_owned(), room_type })
}

/// Which of these rooms records of the operation have become: see [`crate::Store::rooms_written`].
pub(super) async fn written(store: &MongoStore, operation: &str, ids: Vec<String>) -> Result<HashSet<String>, Failure> {
    // A room has the import ids of every record that it is.
    let mut import_ids_of: HashMap<String, Vec<String>> = HashMap::new();
    for room in store.by_ids(&store.rooms(), &ids, Some(doc! { "_id": 1, "importIds": 1 })).await? {
        let import_ids = room.get_array("importIds").map(Vec::as_slice).unwrap_or_default();
        let import_ids = import_ids.iter().filter_map(Bson::as_str).map(str::to_owned).collect();
        import_ids_of.extend(keys::id(&room).map(|id| (id, import_ids)));
    }
    let import_ids: Vec<String> = import_ids_of.values().flatten().cloned().collect();
    let noted = resolved_ids(store, operation, Kind::Channel, &import_ids).await?;
    let is_written = |(id, import_ids): &(String, Vec<String>)| import_ids.iter().any(|own| noted.get(own) == Some(id));
    Ok(import_ids_of.into_iter().filter(is_written).map(|(id, _)| id).collect())
}
