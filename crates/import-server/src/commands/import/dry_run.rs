//! A workspace to try an import on: a copy of the real one, removed when it is dropped.

use anyhow::Context as _;
use import_store::{EmbeddedStore, embedded::Opened};
use tempfile::TempDir;

use super::DataDir;

/// The directory of the copy.
pub(super) struct DryRun {
    /// The copy, as a data directory.
    pub(super) data_dir: DataDir,
    /// Removes the directory when it is dropped.
    _directory: TempDir,
}

impl DryRun {
    /// Copies the workspace and opens the copy. A workspace that does not exist yet is a fresh one in the copy, and goes on
    /// not existing.
    pub(super) fn prepare(real: &DataDir) -> anyhow::Result<(Self, Opened)> {
        let directory = tempfile::Builder::new()
            .prefix("import-server-dry-run-")
            .tempdir()
            .context("cannot create a directory for temporary files")?;
        let opened = EmbeddedStore::open_copy(&real.path, directory.path()).context("cannot prepare the dry run")?;
        Ok((Self { data_dir: DataDir { path: directory.path().to_owned() }, _directory: directory }, opened))
    }
}
