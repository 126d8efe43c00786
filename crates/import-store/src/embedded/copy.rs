//! A copy of a workspace, to try something on.

use std::path::Path;

use super::{
    EmbeddedStore, OpenError, Opened, connection,
    connection::DATABASE,
    failure::Failure,
    open::{Access, foreign_entry, lock, migrate, version},
};

/// What belongs to operations and not to the workspace, and the tokens, which nobody needs to log in to a copy.
const LEFT_OUT: &str = "
    DELETE FROM operation;
    DELETE FROM staging;
    DELETE FROM staged_room;
    DELETE FROM message_part;
    DELETE FROM resolved;
    DELETE FROM user_written;
    DELETE FROM token;
";

impl EmbeddedStore {
    /// Copies the workspace in `directory` to the empty directory `to`, and opens the copy. It has no operations: what is
    /// done with it can never touch a file that belongs to one. Of files that messages bring it has the documents alone,
    /// and it keeps no bytes of those that come to it. Blocks for as long as copying takes.
    ///
    /// Nobody may work on the workspace meanwhile. It is not changed, and a directory that is missing or empty, where a
    /// fresh workspace would be made, stays so: the copy is a fresh workspace then.
    pub fn open_copy(directory: &Path, to: &Path) -> Result<Opened, OpenError> {
        let database = directory.join(DATABASE);
        if database.exists() {
            copy(directory, &database, &to.join(DATABASE))?;
        } else if directory.exists()
            && let Some(entry) = foreign_entry(directory)?
        {
            return Err(OpenError::Foreign { directory: directory.to_owned(), entry });
        }
        let mut opened = Self::open(to, Access::Exclusive)?;
        opened.store.contents = opened.store.contents.discarding();
        Ok(opened)
    }
}

fn copy(directory: &Path, database: &Path, copy: &Path) -> Result<(), OpenError> {
    let lock = lock(directory)?;
    let connection = connection::open_reader(database).map_err(OpenError::database(database))?;
    if version(&connection, database)? == 0 {
        // Nothing was made of it yet: a fresh workspace is what it would become.
        return Ok(());
    }
    let name = copy.to_string_lossy().into_owned();
    let copied = connection.execute("VACUUM INTO ?1", [name]).map_err(failure("copying the workspace"));
    // The other file is on its own from here on.
    drop((connection, lock));
    copied?;
    let mut connection = connection::open_writer(copy).map_err(OpenError::database(copy))?;
    migrate(&mut connection).map_err(OpenError::database(copy))?;
    connection.execute_batch(LEFT_OUT).map_err(failure("taking operations out of the copy of the workspace"))
}

fn failure(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> OpenError {
    move |error| OpenError::Workspace(Failure::from(error).doing(doing))
}

#[cfg(test)]
mod tests {
    use import_proto::{Importer, IsoTime, Operation, ProgressStep, Timestamp};

    use super::*;
    use crate::{
        Store, UserKeys,
        operation::{StoredFile, StoredOperation, Work},
    };

    fn upload(file: &Path) -> StoredOperation {
        let now = IsoTime(Timestamp::now());
        let work = Work { file: Some(StoredFile { path: file.to_owned(), owned: true }), ..Work::default() };
        StoredOperation {
            operation: Operation {
                id: "operation".into(),
                operation_type: "CSV".into(),
                importer_key: Importer::Csv.key().into(),
                ts: now,
                status: ProgressStep::FileLoaded,
                valid: true,
                user: "somebody".into(),
                updated_at: now,
                content_type: None,
                file: None,
                count: None,
            },
            ended_by_administrator: false,
            work,
            revision: 0,
            share: None,
        }
    }

    #[tokio::test]
    async fn a_copy_has_the_workspace_but_no_operation_and_is_apart_from_it() {
        let (real, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = EmbeddedStore::open(real.path(), Access::Exclusive).unwrap().store;
        let id = store.first_administrator().to_owned();
        store.create_operation(upload(&real.path().join("uploads/1"))).await.unwrap();
        drop(store);

        let copied = EmbeddedStore::open_copy(real.path(), copy.path()).unwrap();
        assert_eq!(copied.created, None);
        assert_eq!(copied.store.first_administrator(), id);
        assert_eq!(copied.store.current_operation().await.unwrap(), None);
        let keys = UserKeys { usernames: vec!["import-admin".into()], ..UserKeys::default() };
        let admin = copied.store.find_users(keys.clone()).await.unwrap().remove(0);
        assert_eq!(admin.id, id);
        assert!(
            copied
                .store
                .add_user(crate::documents::User { id: "x".into(), username: "x".into(), ..admin })
                .await
                .unwrap()
        );

        let real = EmbeddedStore::open(real.path(), Access::Exclusive).unwrap().store;
        assert_eq!(real.current_operation().await.unwrap().unwrap().operation.id, "operation");
        let keys = UserKeys { usernames: vec!["x".into()], ..UserKeys::default() };
        assert_eq!(real.find_users(keys).await.unwrap(), []);
    }

    #[test]
    fn the_copy_of_a_workspace_that_does_not_exist_yet_is_a_fresh_one() {
        let (parent, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let missing = parent.path().join("data");
        assert!(EmbeddedStore::open_copy(&missing, copy.path()).unwrap().created.is_some());
        assert!(!missing.exists());
    }

    #[test]
    fn a_workspace_that_somebody_works_on_is_not_copied() {
        let (real, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _store = EmbeddedStore::open(real.path(), Access::Exclusive).unwrap();
        let refused = EmbeddedStore::open_copy(real.path(), copy.path()).unwrap_err();
        assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    }

    #[test]
    fn a_directory_of_something_else_is_refused_as_it_would_be_in_earnest() {
        let (real, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(real.path().join("holiday.jpg"), "").unwrap();
        let refused = EmbeddedStore::open_copy(real.path(), copy.path()).unwrap_err();
        assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    }
}
