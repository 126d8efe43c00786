//! A file on its way into the workspace: from a server, from the export, or out of an address that holds it.

use std::path::{Path, PathBuf};

use import_store::{
    Store, StoreError,
    credentials::random_id,
    uploads::{Bucket, Content},
};

use super::media_type;
use crate::error::{EngineError, Halt};

/// A place for bytes that the store is to take over. Dropped before that, they are removed.
pub(crate) struct Incoming(PathBuf);

impl Incoming {
    /// A place that nobody else uses.
    pub(crate) fn new(store: &impl Store) -> Self {
        Self(store.incoming().join(random_id()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// As many of its bytes as tell what it is.
    pub(crate) async fn first_bytes(&self) -> Result<Vec<u8>, Halt> {
        use tokio::io::AsyncReadExt;

        let cannot_read = || StoreError::file("read", &self.0);
        let file = tokio::fs::File::open(&self.0).await.map_err(cannot_read()).map_err(full_disk)?;
        let mut bytes = Vec::new();
        let mut first = file.take(media_type::FIRST_BYTES as u64);
        first.read_to_end(&mut bytes).await.map_err(cannot_read()).map_err(full_disk)?;
        Ok(bytes)
    }

    /// Hands the bytes to the store.
    pub(crate) async fn keep(self, store: &impl Store, bucket: Bucket, id: &str) -> Result<Content, Halt> {
        store.keep_file(bucket, id, &self.0).await.map_err(full_disk)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // The store took it over, or it never came to be.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A full disk ends the operation: no other file would fit either. Whatever else the store says may pass.
pub(crate) fn full_disk(error: StoreError) -> Halt {
    match error {
        StoreError::DiskFull { .. } => Halt::Failed(error.to_string()),
        error => Halt::Error(EngineError::Store(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_full_disk_ends_the_operation_and_says_what_to_do() {
        let path = Path::new("/data/files/incoming/x");
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            match full_disk(StoreError::file("write", path)(Error::from(kind))) {
                Halt::Failed(reason) => assert_eq!(
                    reason,
                    "cannot write /data/files/incoming/x: the disk or the quota is full; free some space and try again"
                ),
                other => panic!("{other:?}"),
            }
        }
        let passing = full_disk(StoreError::file("write", path)(Error::from(ErrorKind::PermissionDenied)));
        assert!(matches!(passing, Halt::Error(_)), "{passing:?}");
    }
}
