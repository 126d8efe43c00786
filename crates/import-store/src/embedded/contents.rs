//! The bytes of files and avatars: in `files/` of the data directory, each under the SHA-256 of what it holds.
//!
//! Bytes are stored before the document that makes them known. Until that is committed a mark of the same name stands in
//! `files/incoming`: whoever opens the directory after a crash looks at the marks and removes what no document names.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::{failure::Failure, files};
use crate::{Result, StoreError, uploads::Content};

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;

/// The letters of a digest.
const DIGEST_LENGTH: usize = 64;

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    directory: PathBuf,
    incoming: PathBuf,
    /// Whether bytes are only counted, and then dropped: nobody will ask for those of a copy.
    discards: bool,
}

impl Contents {
    pub(super) fn new(data_directory: &Path) -> Self {
        let directory = data_directory.join("files");
        Self { incoming: directory.join("incoming"), directory, discards: false }
    }

    /// The same, but that no bytes are kept.
    pub(super) fn discarding(self) -> Self {
        Self { discards: true, ..self }
    }

    pub(super) fn incoming(&self) -> &Path {
        &self.incoming
    }

    /// Makes the directories where they are missing, and removes what a crash left behind.
    pub(super) fn tidy(&self, database: &Connection) -> Result<()> {
        for directory in [&self.directory, &self.incoming] {
            make_directory(directory).map_err(StoreError::file("create the directory", directory))?;
        }
        let unreadable = || StoreError::file("read the directory", &self.incoming);
        for entry in fs::read_dir(&self.incoming).map_err(unreadable())? {
            let path = entry.map_err(unreadable())?.path();
            if let Some(digest) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_digest(name))
                && !is_named(database, digest)
                    .map_err(|failure| failure.doing("looking for files that nobody names"))?
            {
                remove(&self.path(digest))?;
            }
            remove(&path)?;
        }
        Ok(())
    }

    /// Where the bytes with this digest lie.
    pub(super) fn path(&self, digest: &str) -> PathBuf {
        self.directory.join(digest.get(..2).unwrap_or_default()).join(digest)
    }

    /// Takes the file at `path` over. Blocks for as long as reading it takes.
    pub(super) fn keep(&self, path: &Path) -> Result<Content> {
        let (content, file) = measure(path).map_err(StoreError::file("read", path))?;
        if self.discards {
            remove(path)?;
            return Ok(content);
        }
        file.sync_all().map_err(StoreError::file("write", path))?;
        let kept = self.path(&content.digest);
        let store = || -> io::Result<()> {
            self.mark(&content.digest)?;
            let directory = kept.parent().unwrap_or(&self.directory);
            make_directory(directory)?;
            fs::rename(path, &kept)?;
            files::sync_directory(directory)
        };
        store().map_err(StoreError::file("write", &kept))?;
        Ok(content)
    }

    /// Notes that nobody may name these bytes.
    pub(super) fn mark(&self, digest: &str) -> io::Result<()> {
        files::open_or_create(&self.incoming.join(digest))?;
        files::sync_directory(&self.incoming)
    }

    /// Notes that a document names these bytes. A mark that stays is found out about later.
    pub(super) fn unmark(&self, digest: &str) {
        // Where it cannot be removed it stays, which does no harm.
        let _ = fs::remove_file(self.incoming.join(digest));
    }
}

fn is_digest(name: &str) -> bool {
    name.len() == DIGEST_LENGTH && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a document names these bytes.
fn is_named(database: &Connection, digest: &str) -> Result<bool, Failure> {
    Ok(database
        .prepare("SELECT 1 FROM upload WHERE digest = ?1 UNION ALL SELECT 1 FROM avatar WHERE digest = ?1")?
        .exists([digest])?)
}

/// Reads a file from beginning to end.
fn measure(path: &Path) -> io::Result<(Content, File)> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let count = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            break;
        }
        hash.update(&piece[..count]);
        size += count as u64;
    }
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((Content { digest, size }, file))
}

/// Makes a directory, for its owner alone, and its name durable.
fn make_directory(directory: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => files::sync_directory(directory.parent().unwrap_or(directory)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that is not there is no matter.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::file("remove", path)(error)),
        _ => Ok(()),
    }
}
