//! The store in a directory of its own.

mod beside;
mod contents;
mod damage;
mod export;
mod opening;

use std::path::Path;

use import_store::{
    EmbeddedStore,
    embedded::{Access, OpenError, Opened},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{fixture::Backend, suite::every_test};

struct Embedded {
    store: EmbeddedStore,
    directory: TempDir,
}

impl Backend for Embedded {
    type Store = EmbeddedStore;

    async fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { store: open(directory.path()).store, directory }
    }

    fn store(&self) -> &EmbeddedStore {
        &self.store
    }

    async fn documents(&self, collection: &str) -> Vec<Value> {
        let out = tempfile::tempdir_in(self.directory.path()).unwrap();
        self.store.export(out.path(), |_, _| ()).await.unwrap();
        let text = std::fs::read_to_string(out.path().join(format!("{collection}.ndjson"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

every_test!(crate::embedded::Embedded);

fn open(directory: &Path) -> Opened {
    EmbeddedStore::open(directory, Access::Exclusive).unwrap()
}

fn refused(directory: &Path, access: Access) -> OpenError {
    EmbeddedStore::open(directory, access).expect_err("it must be refused")
}

/// The names in a directory, sorted.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Permissions of a file or directory.
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
