//! Replaces an old username in every document that repeats it.

use bson::{Document, doc};
use futures_util::{StreamExt, TryStreamExt, stream};
use import_proto::Timestamp;
use mongodb::Collection;
use serde_json::{Map, Value};

use super::{MongoStore, bulk, change::change, codec, failure::Failure, users::CHANGES};
use crate::{rename::Renames, uploads::Bucket};

/// How many documents are found before they are changed.
const PAGE: usize = 1_000;

/// Carries out renames. Runs before the users are renamed, so that a repeated batch still finds the old names.
///
/// Authors are renamed by one command for each user, which a workspace's own index serves. What else a message copies is
/// found with one pass for all users.
pub(super) async fn carry_out(store: &MongoStore, renames: &Renames, now: Timestamp) -> Result<(), Failure> {
    if renames.is_empty() {
        return Ok(());
    }
    let (ids, usernames) = (renames.ids(), renames.usernames());
    let in_message = |message: &mut Map<String, Value>| renames.in_message(message, now);
    let messages = doc! { "$or": [
        { "reactions": { "$exists": true } },
        { "mentions._id": { "$in": &ids } },
        { "editedBy._id": { "$in": &ids } },
        { "pinnedBy._id": { "$in": &ids } },
        { "u._id": { "$in": &ids }, "msg": { "$in": &usernames } },
    ] };
    edit_all(store, &store.messages(), messages, &in_message).await?;
    for rename in renames.iter() {
        let filter = doc! {
            "u._id": &rename.id, "$or": [{ "u.username": { "$ne": &rename.username } }, { "u.name": { "$ne": &rename.name } }],
        };
        let set = doc! {
            "u.username": &rename.username, "u.name": &rename.name,
            "_updatedAt": bson::DateTime::from_millis(now.as_millis()),
        };
        store.messages().update_many(filter, doc! { "$set": set }).await?;
    }

    let of_direct = doc! { "t": "d", "uids": { "$in": &ids } };
    let direct = bulk::all(&store.rooms(), of_direct, Some(doc! { "_id": 1 })).await?;
    let direct: Vec<String> = direct.iter().filter_map(|room| room.get_str("_id").ok().map(str::to_owned)).collect();
    let in_subscription = |subscription: &mut Map<String, Value>| renames.in_subscription(subscription, now);
    for rooms in direct.chunks(bulk::AT_ONCE) {
        edit_all(store, &store.subscriptions(), doc! { "rid": { "$in": rooms } }, &in_subscription).await?;
    }
    edit_all(store, &store.subscriptions(), doc! { "u._id": { "$in": &ids } }, &in_subscription).await?;

    let in_avatar = |avatar: &mut Map<String, Value>| renames.in_avatar(avatar, now);
    let avatars = store.collection(Bucket::Avatars.collection());
    edit_all(store, &avatars, doc! { "userId": { "$in": &ids } }, &in_avatar).await?;

    let in_room = |room: &mut Map<String, Value>| renames.in_room(room, now);
    let rooms = doc! { "$or": [
        { "u._id": { "$in": &ids } },
        { "uids": { "$in": &ids } },
        { "muted": { "$in": &usernames } },
        { "unmuted": { "$in": &usernames } },
        { "lastMessage.u._id": { "$in": &ids } },
        { "lastMessage.mentions._id": { "$in": &ids } },
        { "lastMessage.editedBy._id": { "$in": &ids } },
        { "lastMessage.pinnedBy._id": { "$in": &ids } },
        { "lastMessage.reactions": { "$exists": true } },
    ] };
    edit_all(store, &store.rooms(), rooms, &in_room).await
}

/// Changes the documents that match, those that `edit` changes.
async fn edit_all(
    store: &MongoStore,
    collection: &Collection<Document>,
    filter: Document,
    edit: &(dyn Fn(&mut Map<String, Value>) -> bool + Send + Sync),
) -> Result<(), Failure> {
    let mut found = collection.find(filter).await?;
    let mut more = true;
    while more {
        let mut page = Vec::new();
        while page.len() < PAGE {
            more = found.advance().await?;
            if !more {
                break;
            }
            let document = found.deserialize_current()?;
            let Ok(id) = document.get_str("_id").map(str::to_owned) else { continue };
            if edit(&mut codec::to_fields(document.clone())) {
                page.push((id, document));
            }
        }
        let changes: Vec<_> =
            page.iter().map(|(id, document)| change(store, collection, id, Some(document.clone()), edit)).collect();
        stream::iter(changes).buffer_unordered(CHANGES).try_for_each(|_| async { Ok(()) }).await?;
    }
    Ok(())
}
