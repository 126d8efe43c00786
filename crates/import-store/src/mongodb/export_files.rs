//! Export files that were uploaded, in a GridFS bucket of this project's own, so that every server can read them.

use std::path::Path;

use super::{MongoStore, failure::Failure, gridfs::Files};

const BUCKET: &str = "import_server_files";

/// Keeps the file at `path`. One that is there already stays: an operation has one file.
pub(super) async fn put(store: &MongoStore, operation: &str, path: &Path) -> Result<(), Failure> {
    let files = Files::new(store, BUCKET);
    if !files.is_there(operation).await? {
        files.put(operation, path).await?;
    }
    Ok(())
}

/// Writes the file of an operation to `path`; false where it is not there.
pub(super) async fn get(store: &MongoStore, operation: &str, path: &Path) -> Result<bool, Failure> {
    Files::new(store, BUCKET).get(operation, path).await
}

/// Removes the file of an operation.
pub(super) async fn remove(store: &MongoStore, operation: &str) -> Result<(), Failure> {
    Files::new(store, BUCKET).remove(operation).await
}
