//! Opening a data directory: whose it is, whether it holds a workspace, and who else is working on it.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, TransactionBehavior};

use super::{
    EmbeddedStore, connection,
    connection::DATABASE,
    contents::Contents,
    create::{self, CREDENTIALS, UNCOMMITTED_CREDENTIALS},
    failure::Failure,
    files,
    readers::Readers,
    schema,
    writer::Writer,
};
use crate::StoreError;

/// Names in a data directory that are this project's own, beside the database's companions.
const OURS: [&str; 7] = [LOCK, DATABASE, CREDENTIALS, UNCOMMITTED_CREDENTIALS, "files", "uploads", "lost+found"];

/// The file that whoever works on the directory holds a lock on.
const LOCK: &str = "lock";

/// How a data directory is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// By the one who runs imports. A missing or empty directory becomes a fresh workspace. There is one at a time: a lock
    /// of the operating system, gone with the process, keeps others out.
    Exclusive,
    /// Beside whoever runs imports, or alone: to look, and to add users and tokens.
    Beside,
}

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else runs imports on it.
    #[error(
        "the data directory {} is in use by another server or import: wait for it or stop it, or name another directory",
        directory.display()
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// There is something else in it.
    #[error(
        "the directory {} holds no workspace, but other things ({entry:?}): name an empty directory, or one that does not exist",
        directory.display()
    )]
    Foreign {
        /// The directory.
        directory: PathBuf,
        /// One of the things that are there.
        entry: String,
    },
    /// Nothing was imported there yet.
    #[error("there is no workspace in {}: name the data directory of a server or an import", directory.display())]
    NoWorkspace {
        /// The directory.
        directory: PathBuf,
    },
    /// A later version wrote it.
    #[error(
        "the workspace {} is of version {found}, which this program does not know (it knows up to {known}): use a newer program",
        database.display()
    )]
    TooNew {
        /// The database.
        database: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that can be used.
        known: u32,
    },
    /// An earlier version wrote it, and only whoever runs imports may bring it up to date.
    #[error(
        "the workspace {} is of the older version {found}: start the server on it once, which brings it to version {known}",
        database.display()
    )]
    TooOld {
        /// The database.
        database: PathBuf,
        /// Its version.
        found: u32,
        /// The version that is needed.
        known: u32,
    },
    /// The database is not one, or not this project's.
    #[error("the workspace {} is damaged ({reason}): put a backup in its place, or move it away to begin anew", database.display())]
    Damaged {
        /// The database.
        database: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database could not be read or written.
    #[error(transparent)]
    Workspace(StoreError),
    /// A file or the directory could not be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was being done to it.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl OpenError {
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }

    pub(super) fn database(database: &Path) -> impl Fn(rusqlite::Error) -> Self {
        let database = database.to_owned();
        move |error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { database: database.clone(), reason: error.to_string() }
            }
            _ => Self::Workspace(Failure::from(error).doing("opening the workspace")),
        }
    }
}

/// A data directory that is ready for use.
#[derive(Debug)]
pub struct Opened {
    /// The store in it.
    pub store: EmbeddedStore,
    /// The file with the first administrator's credentials, where the workspace was made just now.
    pub created: Option<PathBuf>,
}

impl EmbeddedStore {
    /// Opens the workspace in `directory`. Blocks: a fresh workspace takes a tenth of a second.
    pub fn open(directory: &Path, access: Access) -> Result<Opened, OpenError> {
        match access {
            Access::Exclusive => open_exclusive(directory),
            Access::Beside => open_beside(directory),
        }
    }
}

fn open_exclusive(directory: &Path) -> Result<Opened, OpenError> {
    make_directory(directory)?;
    let database = directory.join(DATABASE);
    if let Some(entry) = foreign_entry(directory)?.filter(|_| !database.exists()) {
        return Err(OpenError::Foreign { directory: directory.to_owned(), entry });
    }
    let lock = lock(directory)?;
    files::open_or_create(&database).map_err(OpenError::file("create", &database))?;
    files::sync_directory(directory).map_err(OpenError::file("make durable", directory))?;

    let mut connection = connection::open_writer(&database).map_err(OpenError::database(&database))?;
    let version = version(&connection, &database)?;
    let created = version == 0;
    if created {
        create::create(&mut connection, directory)?;
    } else if version < schema::VERSION {
        migrate(&mut connection).map_err(OpenError::database(&database))?;
    }
    create::finish(directory)?;
    Contents::new(directory).tidy(&connection).map_err(OpenError::Workspace)?;
    let store = start(connection, directory, database, Some(lock))?;
    Ok(Opened { store, created: created.then(|| directory.join(CREDENTIALS)) })
}

fn open_beside(directory: &Path) -> Result<Opened, OpenError> {
    let database = directory.join(DATABASE);
    let nothing = || OpenError::NoWorkspace { directory: directory.to_owned() };
    match database.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(nothing()),
        found => found.map_err(OpenError::file("read", &database))?,
    };
    let connection = connection::open_writer(&database).map_err(OpenError::database(&database))?;
    match version(&connection, &database)? {
        0 => Err(nothing()),
        found if found < schema::VERSION => Err(OpenError::TooOld { database, found, known: schema::VERSION }),
        _ => Ok(Opened { store: start(connection, directory, database, None)?, created: None }),
    }
}

fn start(
    connection: Connection,
    directory: &Path,
    database: PathBuf,
    lock: Option<File>,
) -> Result<EmbeddedStore, OpenError> {
    let first_administrator = create::first_administrator(&connection).map_err(OpenError::database(&database))?;
    let writer = Writer::start(connection, lock).map_err(OpenError::file("start a thread that writes", &database))?;
    let contents = Contents::new(directory);
    Ok(EmbeddedStore { readers: Readers::new(database.clone()), writer, database, contents, first_administrator })
}

/// The version of the database, 0 for a blank one.
pub(super) fn version(connection: &Connection, database: &Path) -> Result<u32, OpenError> {
    let wrong = OpenError::database(database);
    let version = schema::version(connection).map_err(&wrong)?;
    if version == 0 && !schema::is_blank(connection).map_err(&wrong)? {
        return Err(OpenError::Damaged {
            database: database.to_owned(),
            reason: "it is a database of something else".into(),
        });
    }
    if version > schema::VERSION {
        return Err(OpenError::TooNew { database: database.to_owned(), found: version, known: schema::VERSION });
    }
    Ok(version)
}

pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::migrate(&transaction)?;
    transaction.commit()
}

fn make_directory(directory: &Path) -> Result<(), OpenError> {
    if directory.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> =
        directory.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    let make = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        for path in missing {
            // The name of each new directory stands in the one above it.
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            files::sync_directory(parent.unwrap_or(Path::new(".")))?;
        }
        Ok(())
    };
    make().map_err(OpenError::file("create the directory", directory))
}

/// Something in the directory that is not this project's.
pub(super) fn foreign_entry(directory: &Path) -> Result<Option<String>, OpenError> {
    for entry in fs::read_dir(directory).map_err(OpenError::file("read the directory", directory))? {
        let entry = entry.map_err(OpenError::file("read the directory", directory))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !OURS.contains(&name.as_str()) && !name.starts_with(DATABASE) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

pub(super) fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(LOCK);
    let file = files::open_or_create(&path).map_err(OpenError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(error)) => Err(OpenError::file("lock", &path)(error)),
    }
}
