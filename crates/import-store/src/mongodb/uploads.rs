//! Files and avatars: what is pending, the documents of those that are there, and their bytes in GridFS.

use std::{collections::HashMap, path::Path};

use bson::{Document, doc};
use futures_util::TryStreamExt;
use import_proto::Timestamp;

use super::{MongoStore, bulk, change::change, codec, failure::Failure, gridfs::Files, indexes, lenient};
use crate::{
    StoreError,
    documents::UserRef,
    patch::take_avatar,
    uploads::{Bucket, Content, KeptUpload, NewAvatar, PendingCounts, PendingKey, PendingMessage, Upload},
};

/// Messages whose file is pending, as [`crate::uploads::is_pending`] says.
fn pending_file() -> Document {
    doc! {
        "_importFile.downloadUrl": { "$exists": true, "$ne": null }, "_importFile.external": { "$ne": true },
        "_importFile.downloaded": { "$ne": true }, "_importFile.rocketChatUrl": null,
    }
}

fn pending_avatar() -> Document {
    doc! { "_pendingAvatarUrl": { "$exists": true, "$ne": null } }
}

/// How many messages and users wait for a file or an avatar.
pub(super) async fn counts(store: &MongoStore) -> Result<PendingCounts, Failure> {
    indexes::create_for_pending_files(store).await?;
    Ok(PendingCounts {
        files: store.messages().count_documents(pending_file()).await?,
        avatars: store.users().count_documents(pending_avatar()).await?,
    })
}

/// The next messages whose file is pending.
pub(super) async fn pending_files(
    store: &MongoStore,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<PendingMessage>, Failure> {
    let mut filter = pending_file();
    match after {
        None => indexes::create_for_pending_files(store).await?,
        Some(PendingKey { file, id }) => {
            let beyond =
                [doc! { "_importFile.id": { "$gt": &file } }, doc! { "_importFile.id": &file, "_id": { "$gt": id } }];
            filter.insert("$or", beyond.to_vec());
        }
    }
    let messages = store.messages();
    let find = messages.find(filter).sort(doc! { "_importFile.id": 1, "_id": 1 }).limit(limit_of(limit));
    let found: Vec<Document> = find.await?.try_collect().await?;
    found.into_iter().map(|message| codec::read(message, "a message")).collect()
}

/// The next users whose avatar is pending.
pub(super) async fn pending_avatars(
    store: &MongoStore,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<UserRef>, Failure> {
    let mut filter = pending_avatar();
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.id });
    }
    let users = store.users();
    let found: Vec<Document> =
        users.find(filter).sort(doc! { "_id": 1 }).limit(limit_of(limit)).await?.try_collect().await?;
    let reference = |user| {
        let user = lenient::user(user)?;
        Ok(UserRef { id: user.id, username: user.username, name: user.name })
    };
    found.into_iter().map(reference).collect()
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The files with these ids.
pub(super) async fn find(store: &MongoStore, ids: Vec<String>) -> Result<HashMap<String, Upload>, Failure> {
    let found = store.by_ids(&store.collection(Bucket::Uploads.collection()), &ids, None).await?;
    let uploads = found.into_iter().map(|upload| {
        let upload: Upload = codec::read(upload, "a file")?;
        Ok((upload.id.clone(), upload))
    });
    uploads.collect()
}

/// Takes over the bytes of a file for a document.
pub(super) async fn keep(store: &MongoStore, bucket: Bucket, id: &str, path: &Path) -> Result<Content, Failure> {
    let content = Files::new(store, bucket.collection()).put(id, path).await?;
    tokio::fs::remove_file(path).await.map_err(StoreError::file("remove", path))?;
    Ok(content)
}

/// Adds files; one whose `_id` is there already is left as it is.
pub(super) async fn write(store: &MongoStore, uploads: &[KeptUpload]) -> Result<(), Failure> {
    let documents = uploads.iter().map(|upload| codec::document(&upload.document)).collect::<Result<Vec<_>, _>>()?;
    bulk::insert(&store.collection(Bucket::Uploads.collection()), &documents).await?;
    Ok(())
}

/// Puts avatars in the place of those that their users have, and takes the addresses off that they were fetched from.
pub(super) async fn write_avatars(store: &MongoStore, avatars: &[NewAvatar], now: Timestamp) -> Result<(), Failure> {
    for avatar in avatars {
        let (document, from) = (&avatar.upload.document, &avatar.from);
        let user = store.users().find_one(doc! { "_id": &document.user_id }).await?;
        let Some(user) = user.filter(|user| user.get_str("_pendingAvatarUrl").is_ok_and(|pending| pending == from))
        else {
            continue;
        };
        // The address goes last: until then the batch can be made again.
        put_avatar(store, document).await?;
        change(store, &store.users(), &document.user_id, Some(user), |user| take_avatar(user, avatar, now)).await?;
    }
    Ok(())
}

/// Stores the document of an avatar, and removes those of its user that were there, with their bytes.
async fn put_avatar(store: &MongoStore, avatar: &Upload) -> Result<(), Failure> {
    let collection = store.collection(Bucket::Avatars.collection());
    collection.replace_one(doc! { "_id": &avatar.id }, codec::document(avatar)?).upsert(true).await?;
    let mut whose = vec![doc! { "userId": &avatar.user_id }];
    if !avatar.name.is_empty() {
        // Older versions know the user by name alone.
        whose.push(doc! { "name": &avatar.name });
    }
    let others = bulk::all(&collection, doc! { "$or": whose }, Some(doc! { "_id": 1 })).await?;
    let files = Files::new(store, Bucket::Avatars.collection());
    for other in others.iter().filter_map(|other| other.get_str("_id").ok()).filter(|id| *id != avatar.id) {
        collection.delete_one(doc! { "_id": other }).await?;
        files.remove(other).await?;
    }
    Ok(())
}
