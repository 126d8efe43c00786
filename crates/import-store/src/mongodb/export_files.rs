//! Export files that were uploaded, in a GridFS bucket of this project's own, so that every server can read them.

use std::path::Path;

use super::{MongoStore, failure::Failure, gridfs};
use crate::StoreError;

const BUCKET: &str = "import_server_files";

pub(super) async fn put(store: &MongoStore, operation: &str, path: &Path) -> Result<(), Failure> {
    gridfs::put(&gridfs::bucket(store, BUCKET), operation, path).await?;
    Ok(())
}

/// Beside its place first: what stands there is whole.
pub(super) async fn get(store: &MongoStore, operation: &str, path: &Path) -> Result<bool, Failure> {
    let part = path.with_extension("part");
    let there = gridfs::get(&gridfs::bucket(store, BUCKET), operation, &part).await?;
    if there {
        tokio::fs::rename(&part, path).await.map_err(StoreError::file("write", path))?;
    }
    Ok(there)
}

pub(super) async fn remove(store: &MongoStore, operation: &str) -> Result<(), Failure> {
    gridfs::remove(&gridfs::bucket(store, BUCKET), operation).await
}
