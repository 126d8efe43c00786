//! Bytes in GridFS: streamed in and out, a piece at a time.

use std::path::Path;

use bson::Bson;
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use mongodb::{
    error::{Error, ErrorKind, GridFsErrorKind},
    gridfs::GridFsBucket,
    options::GridFsBucketOptions,
};
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncWriteExt as _},
};

use super::{MongoStore, failure::Failure};
use crate::{StoreError, uploads::Content};

/// Bytes that are read or written at a time.
const PIECE: usize = 1 << 20;

/// A bucket: the collections `….files` and `….chunks`.
pub(super) fn bucket(store: &MongoStore, name: &str) -> GridFsBucket {
    store.database.gridfs_bucket(GridFsBucketOptions::builder().bucket_name(name.to_owned()).build())
}

/// Stores the bytes of the file at `path` under an id, in place of those that are there; they are durable then.
pub(super) async fn put(bucket: &GridFsBucket, id: &str, path: &Path) -> Result<Content, Failure> {
    remove(bucket, id).await?;
    let mut from = File::open(path).await.map_err(StoreError::file("read", path))?;
    let mut to = bucket.open_upload_stream(id).id(Bson::String(id.to_owned())).await?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let count = from.read(&mut piece).await.map_err(StoreError::file("read", path))?;
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        size += bytes.len() as u64;
        to.write_all(bytes).await.map_err(unwritten)?;
    }
    to.close().await.map_err(unwritten)?;
    Ok(Content { digest: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), size })
}

/// The driver hands its own errors on as those of reading and writing.
fn unwritten(error: std::io::Error) -> Failure {
    match error.downcast::<Error>() {
        Ok(error) => Failure::Database(error),
        Err(error) => Failure::Refused(error.to_string()),
    }
}

/// Writes bytes to a file, and makes them durable; false where there are none under this id.
pub(super) async fn get(bucket: &GridFsBucket, id: &str, path: &Path) -> Result<bool, Failure> {
    let mut from = match bucket.open_download_stream(Bson::String(id.to_owned())).await {
        Ok(from) => from,
        Err(error) if is_missing(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let mut to = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .await
        .map_err(StoreError::file("create", path))?;
    let mut piece = vec![0; PIECE];
    loop {
        let count = from.read(&mut piece).await.map_err(unwritten)?;
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        to.write_all(bytes).await.map_err(StoreError::file("write", path))?;
    }
    to.flush().await.map_err(StoreError::file("write", path))?;
    to.sync_all().await.map_err(StoreError::file("write", path))?;
    Ok(true)
}

/// Removes the bytes under an id; where there are none, or not all of them, is no matter.
pub(super) async fn remove(bucket: &GridFsBucket, id: &str) -> Result<(), Failure> {
    match bucket.delete(Bson::String(id.to_owned())).await {
        Err(error) if !is_missing(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::GridFs(GridFsErrorKind::FileNotFound { .. }))
}
