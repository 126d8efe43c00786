//! The database's form, version by version.

use rusqlite::{Connection, Transaction};

/// Each brings the database from the version before it to its own, the first one from nothing to version 1.
const MIGRATIONS: [&str; 3] =
    [include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql"), include_str!("migrations/0003.sql")];

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
            assert_eq!(version(&database).unwrap(), 3);
        }
        assert!(!is_blank(&database).unwrap());
    }

    #[test]
    fn messages_and_users_of_the_first_version_are_found_by_what_is_pending() {
        let mut database = Connection::open_in_memory().unwrap();
        database.execute_batch(MIGRATIONS[0]).unwrap();
        database.pragma_update(None, "user_version", 1).unwrap();
        for (id, file) in [
            ("plain", r#"{}"#),
            ("waits", r#"{"_importFile":{"id":"F1","downloadUrl":"https://x.example/f","external":false}}"#),
            ("elsewhere", r#"{"_importFile":{"id":"F2","downloadUrl":"https://x.example/f","external":true}}"#),
            ("there", r#"{"_importFile":{"id":"F3","downloadUrl":"https://x.example/f","downloaded":true}}"#),
            ("of old", r#"{"_importFile":{"id":"F4","downloadUrl":"https://x.example/f","rocketChatUrl":"/f"}}"#),
            ("in the export", r#"{"_importFile":{"id":"F5","entry":"__uploads/F5/f"}}"#),
        ] {
            database
                .execute("INSERT INTO message (id, room, hidden, ts, document) VALUES (?1, 'r', 1, 0, ?2)", [id, file])
                .unwrap();
        }
        database
            .execute_batch(
                r#"INSERT INTO user (id, document) VALUES ('a', '{}'), ('b', '{"_pendingAvatarUrl":"https://x.example/b"}')"#,
            )
            .unwrap();
        let transaction = database.transaction().unwrap();
        migrate(&transaction).unwrap();
        transaction.commit().unwrap();
        let pending = |sql: &str| -> Vec<String> {
            let mut statement = database.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(
            pending("SELECT id || ' ' || pending_file FROM message WHERE pending_file IS NOT NULL"),
            ["waits F1"]
        );
        assert_eq!(pending("SELECT id FROM user WHERE document ->> '$._pendingAvatarUrl' IS NOT NULL"), ["b"]);
        let plan = "EXPLAIN QUERY PLAN SELECT 1 FROM user WHERE document ->> '$._pendingAvatarUrl' IS NOT NULL AND id > 'a' ORDER BY id";
        let plan: String = database.query_row(plan, [], |row| row.get(3)).unwrap();
        assert!(plan.contains("user_pending_avatar"), "{plan}");
    }
}
