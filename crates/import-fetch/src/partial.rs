//! The file that a download is written to: there once it is whole, gone otherwise.

use std::fs::OpenOptions;
use std::io::SeekFrom;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt, AsyncWriteExt, BufWriter};

use crate::error::FetchError;

/// Each write is a round trip to another thread; the pieces that come from the network are small.
const BUFFER: usize = 256 * 1024;

/// A file that is being written. Dropping it removes the file, unless it was finished.
#[derive(Debug)]
pub(crate) struct Partial {
    file: BufWriter<File>,
    path: PathBuf,
    finished: bool,
}

impl Partial {
    /// Replaces what is at `path` with a new file that only its owner may read and write.
    pub(crate) async fn create(path: &Path) -> Result<Self, FetchError> {
        let failed = |error| FetchError::disk("create", path, error);
        // A file left by an earlier run keeps its mode when it is only emptied, and a link would
        // be followed.
        match fs::remove_file(path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        // Not on another thread: were this future dropped meanwhile, the file would stay.
        let file = options.open(path).map_err(failed)?;
        let file = BufWriter::with_capacity(BUFFER, File::from_std(file));
        Ok(Self { file, path: path.to_owned(), finished: false })
    }

    /// Appends `bytes`.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).await.map_err(|error| FetchError::disk("write", &self.path, error))
    }

    /// Forgets what was written.
    pub(crate) async fn restart(&mut self) -> Result<(), FetchError> {
        let emptied = async {
            self.file.seek(SeekFrom::Start(0)).await?;
            self.file.get_ref().set_len(0).await
        };
        emptied.await.map_err(|error| FetchError::disk("empty", &self.path, error))
    }

    /// Returns once the file and its name are on the disk to stay.
    pub(crate) async fn finish(mut self) -> Result<(), FetchError> {
        let synced = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await?;
            sync_directory(&self.path).await
        };
        synced.await.map_err(|error| FetchError::disk("write", &self.path, error))?;
        self.finished = true;
        Ok(())
    }
}

#[cfg(unix)]
async fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory).await?.sync_all().await
}

#[cfg(not(unix))]
async fn sync_directory(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove a partial download");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_restart_forgets_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut partial = Partial::create(&path).await.unwrap();
        // More than the buffer holds, so that some of it is in the file already.
        partial.write(&vec![b'x'; BUFFER]).await.unwrap();
        partial.write(b"xyz").await.unwrap();
        partial.restart().await.unwrap();
        partial.write(b"abc").await.unwrap();
        partial.finish().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }

    #[tokio::test]
    async fn an_unfinished_file_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut partial = Partial::create(&path).await.unwrap();
        partial.write(b"abc").await.unwrap();
        drop(partial);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_is_replaced_and_its_target_left_alone() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        let path = dir.path().join("file");
        std::fs::write(&target, "theirs").unwrap();
        symlink(&target, &path).unwrap();

        let mut partial = Partial::create(&path).await.unwrap();
        partial.write(b"ours").await.unwrap();
        partial.finish().await.unwrap();

        assert_eq!(std::fs::read(&target).unwrap(), b"theirs");
        assert_eq!(std::fs::read(&path).unwrap(), b"ours");
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        assert!(metadata.is_file());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_directory_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("missing/file");
        let error = Partial::create(&path).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot create {}: ", path.display())));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "").unwrap();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut partial = Partial { file: BufWriter::new(File::from_std(full)), path, finished: false };
        partial.write(b"abc").await.unwrap();
        let error = partial.finish().await.unwrap_err();
        assert!(matches!(error, FetchError::DiskFull { .. }), "{error}");
    }
}
