//! What rooms say of their messages and members: `msgs`, `usersCount`, `lm`, `lastMessage`.
//!
//! They are worked out from what is there once an import is about to be done, for the rooms that it has written to, which
//! are noted before anything is written to them. Counters are changed by the difference, and a last message that is newer is
//! left alone: people may write meanwhile.

use std::collections::{HashMap, HashSet};

use bson::{Bson, Document, doc};

use super::{
    MongoStore, bulk, codec,
    failure::Failure,
    keys,
    state::{self, Kind},
};

/// How often a room is looked at again that somebody writes to all the time.
const TRIES: usize = 20;

/// Notes that messages or members are written to these rooms, before they are.
pub(super) async fn note(
    store: &MongoStore,
    operation: &str,
    rooms: impl IntoIterator<Item = &str> + Send,
) -> Result<(), Failure> {
    let new: HashSet<String> = {
        let mut noted = noted(store);
        if noted.0 != operation {
            *noted = (operation.to_owned(), HashSet::new());
        }
        rooms.into_iter().filter(|room| !noted.1.contains(*room)).map(str::to_owned).collect()
    };
    if new.is_empty() {
        return Ok(());
    }
    state::put(store, operation, Kind::Touched, new.iter().map(|room| (room.clone(), Document::new()))).await?;
    let mut noted = noted(store);
    if noted.0 == operation {
        noted.1.extend(new);
    }
    Ok(())
}

fn noted(store: &MongoStore) -> std::sync::MutexGuard<'_, (String, HashSet<String>)> {
    store.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What is in a room.
#[derive(Debug, Default)]
struct Activity {
    messages: i64,
    members: i64,
    last: Option<Document>,
}

/// Brings the rooms up to date that an operation has written to.
pub(super) async fn refresh(store: &MongoStore, operation: &str) -> Result<(), Failure> {
    let notes = state::all(store, operation, Kind::Touched).await?;
    let rooms: Vec<String> = notes.iter().filter_map(|note| note.get_str("key").ok().map(str::to_owned)).collect();
    if rooms.is_empty() {
        return Ok(());
    }
    let fields = doc! { "_id": 1, "msgs": 1, "usersCount": 1 };
    for chunk in rooms.chunks(bulk::AT_ONCE) {
        let before = store.by_ids(&store.rooms(), chunk, Some(fields.clone())).await?;
        // Read before what is counted: what others write in between is counted by them, and at most once more by us.
        let mut activities = if store.dialect.many_ids_scan { Some(in_one_pass(store, chunk).await?) } else { None };
        for room in before {
            let Some(id) = keys::id(&room) else { continue };
            let activity = match &mut activities {
                Some(activities) => activities.remove(&id).unwrap_or_default(),
                None => of_room(store, &id).await?,
            };
            let counters = [("msgs", activity.messages), ("usersCount", activity.members)];
            let mut increments = Document::new();
            for (field, counted) in counters {
                let difference = counted - number(&room, field);
                if difference != 0 || !room.contains_key(field) {
                    increments.insert(field, i32::try_from(difference).map_or(Bson::Int64(difference), Bson::Int32));
                }
            }
            if !increments.is_empty() {
                store.rooms().update_one(doc! { "_id": &id }, doc! { "$inc": increments }).await?;
            }
            show_last(store, &id, activity.last).await?;
        }
    }
    Ok(())
}

/// Lets a room show its last message, unless it shows one that came later.
async fn show_last(store: &MongoStore, id: &str, mut last: Option<Document>) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let shown = doc! { "_id": 1, "lm": 1, "lastMessage": 1 };
        let Some(room) = store.rooms().find_one(doc! { "_id": id }).projection(shown).await? else { return Ok(()) };
        let shown_id = room.get_document("lastMessage").ok().and_then(keys::id);
        let time = |message: &Document| message.get_datetime("ts").ok().copied();
        let newer =
            room.get_document("lastMessage").ok().is_some_and(|shown| time(shown) > last.as_ref().and_then(time));
        if newer {
            // It was written since the messages were counted, or is not there any more: what is there now decides.
            let there = store.messages().find_one(doc! { "_id": shown_id.as_deref().unwrap_or_default() }).await?;
            let still = there.is_some_and(|message| {
                message.get_str("rid").is_ok_and(|rid| rid == id)
                    && !is_hidden(&message)
                    && time(&message) == room.get_document("lastMessage").ok().and_then(time)
            });
            if still {
                return Ok(());
            }
        }
        let (update, same) = match &last {
            Some(message) => {
                let same = room.get_document("lastMessage").is_ok_and(|shown| shown == message)
                    && room.get_datetime("lm").ok().copied() == time(message);
                (doc! { "$set": { "lastMessage": message.clone(), "lm": message.get("ts").cloned() } }, same)
            }
            None => {
                let same = !room.contains_key("lastMessage") && !room.contains_key("lm");
                (doc! { "$unset": { "lastMessage": "", "lm": "" } }, same)
            }
        };
        if same {
            return Ok(());
        }
        let mut filter = doc! { "_id": id };
        match room.get("lm") {
            Some(lm) => filter.insert("lm", lm.clone()),
            None => filter.insert("lm", doc! { "$exists": false }),
        };
        if store.rooms().update_one(filter, update).await?.matched_count > 0 {
            return Ok(());
        }
        last = last_of(store, id).await?;
    }
    // Whoever writes to it all the time brings it up to date.
    Ok(())
}

async fn of_room(store: &MongoStore, id: &str) -> Result<Activity, Failure> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Activity {
        messages: count(store.messages().count_documents(doc! { "rid": id }).await?),
        members: count(store.subscriptions().count_documents(doc! { "rid": id }).await?),
        last: last_of(store, id).await?,
    })
}

async fn last_of(store: &MongoStore, id: &str) -> Result<Option<Document>, Failure> {
    let shown = doc! { "rid": id, "_hidden": { "$ne": true } };
    Ok(store.messages().find_one(shown).sort(doc! { "ts": -1, "_id": -1 }).await?)
}

/// The same for many rooms where each question reads everything.
async fn in_one_pass(store: &MongoStore, rooms: &[String]) -> Result<HashMap<String, Activity>, Failure> {
    let mut activities: HashMap<String, (Activity, Option<(i64, String)>)> =
        rooms.iter().map(|room| (room.clone(), Default::default())).collect();
    let fields = doc! { "_id": 1, "rid": 1, "ts": 1, "_hidden": 1 };
    let mut messages = store.messages().find(doc! {}).projection(fields).await?;
    while messages.advance().await? {
        let message = messages.deserialize_current()?;
        let Some((activity, last)) = message.get_str("rid").ok().and_then(|rid| activities.get_mut(rid)) else {
            continue;
        };
        activity.messages += 1;
        let time = message.get_datetime("ts").map(|ts| ts.timestamp_millis()).unwrap_or_default();
        let key = (time, keys::id(&message).unwrap_or_default());
        if !is_hidden(&message) && last.as_ref().is_none_or(|last| *last < key) {
            *last = Some(key);
        }
    }
    let mut members = store.subscriptions().find(doc! {}).projection(doc! { "rid": 1 }).await?;
    while members.advance().await? {
        let member = members.deserialize_current()?;
        if let Some((activity, _)) = member.get_str("rid").ok().and_then(|rid| activities.get_mut(rid)) {
            activity.members += 1;
        }
    }
    let ids: Vec<String> = activities.values().filter_map(|(_, last)| Some(last.as_ref()?.1.clone())).collect();
    let last = store.by_ids(&store.messages(), &ids, None).await?;
    let mut last: HashMap<String, Document> =
        last.into_iter().filter_map(|last| Some((keys::id(&last)?, last))).collect();
    Ok(activities
        .into_iter()
        .map(|(room, (activity, key))| (room, Activity { last: key.and_then(|(_, id)| last.remove(&id)), ..activity }))
        .collect())
}

fn is_hidden(message: &Document) -> bool {
    message.get_bool("_hidden").unwrap_or_default()
}

fn number(document: &Document, field: &str) -> i64 {
    match document.get(field) {
        Some(Bson::Int32(number)) => (*number).into(),
        Some(Bson::Int64(number)) => *number,
        // JavaScript writes whole numbers so, too.
        Some(Bson::Double(number)) => codec::whole(*number),
        _ => 0,
    }
}
