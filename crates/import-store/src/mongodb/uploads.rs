//! Files and avatars: what is pending, the documents of those that are there, and their bytes in GridFS.

use std::{collections::HashMap, path::Path};

use bson::{Document, doc};
use futures_util::TryStreamExt;
use import_proto::Timestamp;

use super::{MongoStore, bulk, change, codec, failure::Failure, gridfs, indexes, keys};
use crate::{
    StoreError,
    documents::UserRef,
    patch,
    uploads::{Bucket, Content, KeptUpload, NewAvatar, PendingCounts, PendingKey, PendingMessage, Upload},
};

/// Messages whose file is pending, as [`crate::uploads::is_pending`] says.
fn pending() -> Document {
    doc! {
        "_importFile.downloadUrl": { "$exists": true, "$ne": null },
        "_importFile.external": { "$ne": true },
        "_importFile.downloaded": { "$ne": true },
        "_importFile.rocketChatUrl": null,
    }
}

/// Users whose avatar is pending.
fn waiting() -> Document {
    doc! { "_pendingAvatarUrl": { "$exists": true, "$ne": null } }
}

/// How many messages and users wait for a file or an avatar.
pub(super) async fn counts(store: &MongoStore) -> Result<PendingCounts, Failure> {
    indexes::create_pending(store).await?;
    Ok(PendingCounts {
        files: store.messages().count_documents(pending()).await?,
        avatars: store.users().count_documents(waiting()).await?,
    })
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The next messages whose file is pending.
pub(super) async fn pending_files(
    store: &MongoStore,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<PendingMessage>, Failure> {
    let mut filter = pending();
    if let Some(after) = after {
        let beyond = [
            doc! { "_importFile.id": { "$gt": &after.file } },
            doc! { "_importFile.id": &after.file, "_id": { "$gt": &after.id } },
        ];
        filter.insert("$or", beyond.to_vec());
    }
    let order = doc! { "_importFile.id": 1, "_id": 1 };
    let found = store.messages().find(filter).sort(order).limit(limit_of(limit)).await?;
    let found: Vec<Document> = found.try_collect().await?;
    found.into_iter().map(|message| codec::read(message, "a message")).collect()
}

/// The next users whose avatar is pending.
pub(super) async fn pending_avatars(
    store: &MongoStore,
    after: Option<PendingKey>,
    limit: usize,
) -> Result<Vec<UserRef>, Failure> {
    let mut filter = waiting();
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.id });
    }
    let fields = doc! { "_id": 1, "username": 1, "name": 1 };
    let found = store.users().find(filter).sort(doc! { "_id": 1 }).projection(fields).limit(limit_of(limit)).await?;
    let found: Vec<Document> = found.try_collect().await?;
    found.into_iter().map(|user| codec::read(user, "a user")).collect()
}

/// The files with these ids.
pub(super) async fn find(store: &MongoStore, ids: Vec<String>) -> Result<HashMap<String, Upload>, Failure> {
    let uploads = store.collection(Bucket::Uploads.collection());
    let mut found = HashMap::new();
    for upload in store.by_ids(&uploads, &ids, None).await? {
        let upload: Upload = codec::read(upload, "a file")?;
        found.insert(upload.id.clone(), upload);
    }
    Ok(found)
}

/// Takes over bytes: see [`crate::Store::keep_file`].
pub(super) async fn keep(store: &MongoStore, bucket: Bucket, id: &str, path: &Path) -> Result<Content, Failure> {
    let content = gridfs::put(&gridfs::bucket(store, bucket.collection()), id, path).await?;
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::file("remove", path)(error).into())
        }
        _ => Ok(content),
    }
}

/// Adds files; one whose `_id` is there already is left as it is.
pub(super) async fn write(store: &MongoStore, uploads: &[KeptUpload]) -> Result<(), Failure> {
    let documents = uploads.iter().map(|upload| codec::document(&upload.document)).collect::<Result<Vec<_>, _>>()?;
    bulk::insert(&store.collection(Bucket::Uploads.collection()), &documents).await?;
    Ok(())
}

/// Puts avatars in the place of those that their users have, and takes the addresses off that they were fetched from.
pub(super) async fn write_avatars(store: &MongoStore, avatars: &[NewAvatar], now: Timestamp) -> Result<(), Failure> {
    let collection = store.collection(Bucket::Avatars.collection());
    let bytes = gridfs::bucket(store, Bucket::Avatars.collection());
    for NewAvatar { upload, from } in avatars {
        let document = &upload.document;
        let user = store.users().find_one(doc! { "_id": &document.user_id }).await?;
        let is_wanted = user.is_some_and(|user| user.get_str("_pendingAvatarUrl").is_ok_and(|url| url == from));
        if !is_wanted {
            // What was kept for it is of no use, unless it is in the place of what the user has.
            if collection.find_one(doc! { "_id": &document.id }).await?.is_none() {
                gridfs::remove(&bytes, &document.id).await?;
            }
            continue;
        }
        // The avatar first: a user whose address is gone and who has none would never get one.
        let others = doc! { "userId": &document.user_id, "_id": { "$ne": &document.id } };
        for other in bulk::all(&collection, others.clone(), Some(doc! { "_id": 1 })).await? {
            if let Some(id) = keys::id(&other) {
                gridfs::remove(&bytes, &id).await?;
            }
        }
        collection.delete_many(others).await?;
        collection.replace_one(doc! { "_id": &document.id }, codec::document(document)?).upsert(true).await?;
        change::change(&store.users(), &document.user_id, |user| patch::take_avatar(user, from, now)).await?;
    }
    Ok(())
}
