//! How the database is opened: the settings of connections that write and of those that read.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// The database's name in the data directory.
pub(super) const DATABASE: &str = "workspace.sqlite3";

/// Larger pages take documents of some hundred bytes several times as fast as SQLite's usual 4096.
const PAGE_SIZE: u32 = 16_384;

/// Other processes (`user add`, `token create`) write beside a running import, whose commits take turns with theirs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);

/// After so many pages (64 MiB) a commit moves what the write-ahead log holds into the database.
const CHECKPOINT_PAGES: u32 = 4096;

/// What the log's file is cut back to after it grew beyond, because somebody was reading for long.
const LOG_SIZE_LIMIT: u32 = PAGE_SIZE * CHECKPOINT_PAGES;

/// KiB of pages that the writer keeps at hand.
const WRITER_CACHE: i32 = 32 * 1024;

/// KiB of pages that a reader keeps at hand.
const READER_CACHE: i32 = 2 * 1024;

/// Opens the database for writing. The file is there already, if only an empty one.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Before anything else is written: it is settled with the first page.
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // What was answered must survive a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_SIZE_LIMIT, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
    Ok(connection)
}

/// Opens the database for reading beside whoever writes.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE)?;
    Ok(connection)
}

fn open(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Otherwise many a statement is prepared anew whenever another value is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
