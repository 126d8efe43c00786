//! The data directory, as an option, and the workspace in it.

use std::path::PathBuf;

use clap::Args;
use import_store::{
    EmbeddedStore, Store, UserKeys,
    documents::User,
    embedded::{Access, OpenError, Opened},
};

#[derive(Debug, Clone, Args)]
pub(crate) struct DataDir {
    /// The directory that holds the workspace and its imports
    #[arg(long = "data-dir", value_name = "DIR", env = "IMPORT_SERVER_DATA_DIR", default_value = "./import-data")]
    pub(crate) path: PathBuf,
}

impl DataDir {
    /// Opens the workspace for working on it: nobody else may. A directory that is missing or empty becomes a fresh
    /// workspace.
    pub(crate) fn open(&self) -> Result<Opened, OpenError> {
        EmbeddedStore::open(&self.path, Access::Exclusive)
    }

    /// Opens the workspace beside whoever works on it.
    pub(crate) fn open_beside(&self) -> Result<EmbeddedStore, OpenError> {
        Ok(EmbeddedStore::open(&self.path, Access::Beside)?.store)
    }

    /// Where the credentials of the workspace's first administrator were written when it was made.
    pub(crate) fn credentials(&self) -> PathBuf {
        self.path.join("admin-credentials.json")
    }

    /// Where files that are uploaded to this workspace are kept.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.path.join("uploads")
    }
}

/// The user of this username, case disregarded.
pub(crate) async fn user_named(store: &impl Store, username: &str) -> anyhow::Result<Option<User>> {
    let keys = UserKeys { usernames: vec![username.to_owned()], ..UserKeys::default() };
    Ok(store.find_users(keys).await?.into_iter().next())
}
