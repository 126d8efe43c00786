//! What rooms say of their messages and members: `msgs`, `usersCount`, `lm`, `lastMessage`.

use std::collections::{HashMap, HashSet};

use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt;

use super::{
    MongoStore,
    change::as_read,
    failure::Failure,
    state::{self, Kind},
};

/// How often a room is read again that somebody else changed between reading and writing.
const ATTEMPTS: usize = 10;

/// How many rooms are brought up to date before that is noted.
const ROOMS: usize = 100;

/// Notes that messages or members are written to these rooms, before they are.
pub(super) async fn note(
    store: &MongoStore,
    operation: &str,
    rooms: impl IntoIterator<Item = &str> + Send,
) -> Result<(), Failure> {
    let new: Vec<String> = {
        let noted = store.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_noted = |room: &str| noted.0 == operation && noted.1.contains(room);
        rooms.into_iter().filter(|room| !is_noted(room)).map(str::to_owned).collect()
    };
    if new.is_empty() {
        return Ok(());
    }
    state::put(
        store,
        operation,
        Kind::Touched,
        new.iter().map(|room| (room.clone(), Document::new())).collect::<Vec<_>>(),
    )
    .await?;
    let mut noted = store.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if noted.0 != operation {
        *noted = (operation.to_owned(), HashSet::new());
    }
    noted.1.extend(new);
    Ok(())
}

/// Forgets which rooms are noted: whoever claims anew may find them brought up to date, and their notes gone.
pub(super) fn forget(store: &MongoStore) {
    *store.noted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Default::default();
}

/// What a room is to say.
#[derive(Debug, Clone, Default, PartialEq)]
struct Activity {
    messages: i64,
    members: i64,
    /// The newest message that is shown.
    last: Option<Document>,
}

/// Brings the rooms up to date that an operation has written to. Their notes go with it: whoever goes on after a crash goes on
/// with the others. It ends early once `stop` says that nothing more may be written.
pub(super) async fn refresh(
    store: &MongoStore,
    operation: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Failure> {
    let touched = state::all(store, operation, Kind::Touched).await?;
    let rooms: Vec<String> = touched.iter().filter_map(|note| note.get_str("key").ok().map(str::to_owned)).collect();
    if store.dialect.many_ids_scan {
        if !refresh_by_scan(store, &rooms, stop).await? {
            return Ok(());
        }
        return state::remove(store, operation, Kind::Touched, &rooms).await;
    }
    for rooms in rooms.chunks(ROOMS) {
        for room in rooms {
            if stop() {
                return Ok(());
            }
            refresh_room(store, room).await?;
        }
        state::remove(store, operation, Kind::Touched, rooms).await?;
    }
    Ok(())
}

/// One question for each thing to know: where the database finds a room's messages by an index.
async fn refresh_room(store: &MongoStore, id: &str) -> Result<(), Failure> {
    for attempt in 1..=ATTEMPTS {
        let Some(room) = store.rooms().find_one(doc! { "_id": id }).await? else { return Ok(()) };
        let messages = store.messages();
        let activity = Activity {
            last: last_shown(store, id).await?,
            messages: signed(messages.count_documents(doc! { "rid": id }).await?),
            members: signed(store.subscriptions().count_documents(doc! { "rid": id }).await?),
        };
        let Some(update) = update(&room, &activity) else { return Ok(()) };
        if attempt == ATTEMPTS {
            // People write in it all the time: what is the last message the workspace says itself.
            if let Some(counts) = update.get("$inc") {
                store.rooms().update_one(doc! { "_id": id }, doc! { "$inc": counts.clone() }).await?;
            }
            return Ok(());
        }
        let mut filter = doc! { "_id": id };
        for field in ["msgs", "usersCount", "lm"] {
            filter.insert(field, as_read(room.get(field)));
        }
        if store.rooms().update_one(filter, update).await?.matched_count > 0 {
            return Ok(());
        }
        tracing::debug!(room = id, attempt, "somebody else changed the room meanwhile");
    }
    Ok(())
}

/// The newest message of a room that is shown, the last `_id` of those of one time.
async fn last_shown(store: &MongoStore, room: &str) -> Result<Option<Document>, Failure> {
    let (messages, shown) = (store.messages(), doc! { "rid": room, "_hidden": { "$ne": true } });
    // By time alone: that order an index has. With `_id` in it the database would sort all messages of the room.
    let Some(newest) = messages.find_one(shown.clone()).sort(doc! { "ts": -1 }).await? else { return Ok(None) };
    let mut of_that_time = shown;
    of_that_time.insert("ts", newest.get("ts"));
    Ok(messages.find_one(of_that_time).sort(doc! { "_id": -1 }).await?.or(Some(newest)))
}

/// One pass over everything: where each question would be one. False where it was stopped.
async fn refresh_by_scan(
    store: &MongoStore,
    rooms: &[String],
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<bool, Failure> {
    let mut folds: HashMap<String, Fold> = rooms.iter().map(|room| (room.clone(), Fold::default())).collect();
    if folds.is_empty() {
        return Ok(true);
    }
    let mut messages = store.messages().find(doc! {}).projection(doc! { "rid": 1, "ts": 1, "_hidden": 1 }).await?;
    while let Some(message) = messages.try_next().await? {
        if stop() {
            return Ok(false);
        }
        if let Some(fold) = message.get_str("rid").ok().and_then(|room| folds.get_mut(room)) {
            fold.take(&message);
        }
    }
    let mut members = store.subscriptions().find(doc! {}).projection(doc! { "rid": 1 }).await?;
    while let Some(member) = members.try_next().await? {
        if let Some(fold) = member.get_str("rid").ok().and_then(|room| folds.get_mut(room)) {
            fold.members += 1;
        }
    }
    let last: Vec<String> = folds.values().filter_map(|fold| Some(fold.last.as_ref()?.1.clone())).collect();
    let last = super::users::by_id(store.by_ids(&store.messages(), &last, None).await?);
    for room in store.by_ids(&store.rooms(), rooms, None).await? {
        let Some((id, fold)) = room.get_str("_id").ok().and_then(|id| folds.get_key_value(id)) else { continue };
        let last = fold.last.as_ref().and_then(|(_, id)| last.get(id).cloned());
        let activity = Activity { messages: fold.messages, members: fold.members, last };
        if stop() {
            return Ok(false);
        }
        if let Some(update) = update(&room, &activity) {
            store.rooms().update_one(doc! { "_id": id }, update).await?;
        }
    }
    Ok(true)
}

/// What is found out about a room, message by message.
#[derive(Debug, Default, PartialEq)]
struct Fold {
    messages: i64,
    members: i64,
    /// When the newest message that is shown was written, and its `_id`.
    last: Option<(DateTime, String)>,
}

impl Fold {
    fn take(&mut self, message: &Document) {
        self.messages += 1;
        if message.get_bool("_hidden").unwrap_or_default() {
            return;
        }
        if let (Ok(ts), Ok(id)) = (message.get_datetime("ts"), message.get_str("_id")) {
            let newer = self.last.as_ref().is_none_or(|(last, last_id)| (last, last_id.as_str()) < (ts, id));
            if newer {
                self.last = Some((*ts, id.to_owned()));
            }
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What changes of a room; none where it says all of it already. Counts are changed by how far they are off, so that what
/// others count meanwhile stays counted.
fn update(room: &Document, activity: &Activity) -> Option<Document> {
    let (mut add, mut set, mut unset) = (Document::new(), Document::new(), Document::new());
    for (field, counted) in [("msgs", activity.messages), ("usersCount", activity.members)] {
        let difference = counted - count(room.get(field));
        let is_count = |stored: &Bson| matches!(stored, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_));
        if room.get(field).is_some_and(|stored| !is_count(stored)) {
            set.insert(field, i32::try_from(counted).map_or(Bson::Int64(counted), Bson::Int32));
        } else if difference != 0 || !room.contains_key(field) {
            add.insert(field, i32::try_from(difference).map_or(Bson::Int64(difference), Bson::Int32));
        }
    }
    match &activity.last {
        Some(last) => {
            if let Some(ts) = last.get("ts").filter(|ts| room.get("lm") != Some(ts)) {
                set.insert("lm", ts.clone());
            }
            if room.get("lastMessage") != Some(&Bson::Document(last.clone())) {
                set.insert("lastMessage", last.clone());
            }
        }
        None => {
            for field in ["lm", "lastMessage"] {
                if room.contains_key(field) {
                    unset.insert(field, "");
                }
            }
        }
    }
    let parts = [("$inc", add), ("$set", set), ("$unset", unset)];
    let update: Document = parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(operator, part)| (operator.to_owned(), Bson::Document(part)))
        .collect();
    (!update.is_empty()).then_some(update)
}

/// A count as it is stored: 0 where there is none.
fn count(stored: Option<&Bson>) -> i64 {
    match stored {
        Some(Bson::Int32(count)) => i64::from(*count),
        Some(Bson::Int64(count)) => *count,
        #[allow(clippy::cast_possible_truncation)]
        Some(Bson::Double(count)) => *count as i64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> DateTime {
        DateTime::from_millis(minute * 60_000)
    }

    #[test]
    fn counts_are_changed_by_how_far_they_are_off() {
        let last = doc! { "_id": "m", "ts": minute(2) };
        let room = doc! { "_id": "r", "msgs": 5, "usersCount": 3.0, "lm": minute(1) };
        let activity = Activity { messages: 7, members: 3, last: Some(last.clone()) };
        assert_eq!(
            update(&room, &activity),
            Some(doc! { "$inc": { "msgs": 2 }, "$set": { "lm": minute(2), "lastMessage": last.clone() } })
        );
        let room = doc! { "_id": "r", "msgs": 7_i64, "usersCount": 3, "lm": minute(2), "lastMessage": last };
        assert_eq!(update(&room, &activity), None);
    }

    #[test]
    fn a_room_without_messages_has_no_last_one() {
        let room = doc! { "_id": "r", "msgs": 1, "lm": minute(1), "lastMessage": {} };
        assert_eq!(
            update(&room, &Activity::default()),
            Some(doc! { "$inc": { "msgs": -1, "usersCount": 0 }, "$unset": { "lm": "", "lastMessage": "" } })
        );
    }

    #[test]
    fn the_newest_message_that_is_shown_is_the_last() {
        let mut fold = Fold::default();
        for message in [
            doc! { "_id": "a", "ts": minute(2) },
            doc! { "_id": "b", "ts": minute(2), "_hidden": false },
            doc! { "_id": "c", "ts": minute(1) },
            doc! { "_id": "d", "ts": minute(3), "_hidden": true },
        ] {
            fold.take(&message);
        }
        assert_eq!(fold, Fold { messages: 4, members: 0, last: Some((minute(2), "b".into())) });
    }
}
