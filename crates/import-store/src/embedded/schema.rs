//! The database's form, version by version.

use rusqlite::{Connection, Transaction};

/// Each brings the database from the version before it to its own, the first one from nothing to version 1.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001.sql")];

/// The version that this program works with.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// The version that the database is in: 0 where it holds nothing yet.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// True where the database holds nothing at all.
pub(super) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// Brings the database up to [`VERSION`].
pub(super) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    for step in MIGRATIONS.iter().skip(version(transaction)? as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_database_is_brought_to_the_present_version_once() {
        let mut database = Connection::open_in_memory().unwrap();
        assert_eq!(version(&database).unwrap(), 0);
        assert!(is_blank(&database).unwrap());
        for _ in 0..2 {
            let transaction = database.transaction().unwrap();
            migrate(&transaction).unwrap();
            transaction.commit().unwrap();
            assert_eq!(version(&database).unwrap(), 1);
        }
        assert!(!is_blank(&database).unwrap());
    }
}
