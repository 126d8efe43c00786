//! Files of operations on the server's own disk: made, found again, removed.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use import_store::operation::StoredFile;

use crate::error::EngineError;

/// Where the file of an operation lies.
pub(crate) fn path_of(files_dir: &Path, operation: &str) -> PathBuf {
    files_dir.join(operation)
}

/// Makes the directory, for the owner alone, where it is not there.
pub(crate) fn create_dir(dir: &Path) -> Result<(), EngineError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| EngineError::File {
        doing: "create",
        path: dir.to_owned(),
        source,
    })
}

/// Makes an empty file that only the owner can read.
pub(crate) fn create(path: &Path) -> Result<fs::File, EngineError> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| EngineError::File { doing: "create", path: path.to_owned(), source })
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), EngineError> {
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| EngineError::File {
        doing: "sync",
        path: dir.to_owned(),
        source,
    })
}

/// Removes the file of an operation, if it is the server's own copy.
pub(crate) fn remove(file: Option<&StoredFile>) {
    let Some(file) = file.filter(|file| file.owned) else { return };
    match fs::remove_file(&file.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %file.path.display(), "could not remove an export file that is not needed any more");
        }
        _ => {}
    }
}

/// Removes files that no operation needs, and that were not written for so long: what a crash left behind.
pub(crate) fn remove_strays(files_dir: &Path, needed: Option<&StoredFile>, idle: Duration) {
    let Ok(entries) = fs::read_dir(files_dir) else { return };
    let is_idle = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        idle.is_zero() || written.and_then(|at| at.elapsed().ok()).is_some_and(|age| age >= idle)
    };
    for path in entries.filter_map(Result::ok).filter(is_idle).map(|entry| entry.path()) {
        if needed.is_none_or(|file| file.path != path) && path.is_file() {
            remove(Some(&StoredFile { path, owned: true }));
        }
    }
}
