//! Connecting to a workspace's database.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bson::{Document, doc};
use import_proto::Timestamp;
use mongodb::{
    Client, Database,
    error::{Error, ErrorKind},
    options::{ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, ServerAddress, Tls, WriteConcern},
};

use super::{MongoStore, indexes};
use crate::credentials::random_id;

/// How long to look for a server that answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// How to connect to a workspace's database.
#[derive(Debug, Clone)]
pub struct MongoOptions {
    /// `mongodb://…` or `mongodb+srv://…`, with the name of the database as its path.
    pub url: String,
    /// How long a claim on an operation holds once its server has ceased to answer.
    pub lease: Duration,
    /// The directory for files on their way in. Created where it is not there.
    pub incoming: PathBuf,
}

impl MongoOptions {
    /// A claim holds for so long, unless said otherwise.
    pub const LEASE: Duration = Duration::from_secs(10);
}

/// Why a workspace's database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is not one of MongoDB.
    #[error("this is not an address of a MongoDB database: {0}")]
    Address(
        /// What is wrong with it.
        String,
    ),
    /// It does not say which database.
    #[error(
        "the address does not say which database: add its name behind the servers, as in mongodb://localhost:27017/rocketchat"
    )]
    NoDatabase,
    /// No server answers, or it refuses.
    #[error("cannot connect to the database: {0}")]
    Connect(
        /// What the driver says.
        #[source]
        Error,
    ),
    /// It holds no workspace.
    #[error(
        "the database {0} holds no Rocket.Chat workspace (there is no user rocket.cat in it): check the name, and start \
         Rocket.Chat on it once before anything is imported"
    )]
    NoWorkspace(
        /// Its name.
        String,
    ),
    /// An index could not be made.
    #[error("cannot create the index {index} on {collection}: {source}")]
    Index {
        /// Its name.
        index: String,
        /// Of which collection.
        collection: String,
        /// What the database says.
        #[source]
        source: Error,
    },
    /// The directory for files could not be made.
    #[error("cannot create the directory {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// What a database server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Whether it compares texts without regard to case. FerretDB does not; then all of them are read.
    pub collation: bool,
    /// Whether it has indexes that hold some documents only.
    pub partial_indexes: bool,
    /// Whether looking for several ids at once reads the whole collection.
    pub many_ids_scan: bool,
    /// How many updates may go in one command. FerretDB keeps a connection open for each, and waits for ever for the 101st.
    pub updates_at_once: usize,
}

/// The way to a database, as far as its address says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) encrypted: bool,
    /// Whether it does not leave this machine.
    pub(super) local: bool,
}

impl Wire {
    fn of(options: &ClientOptions) -> Self {
        let is_local = |server: &ServerAddress| match server {
            ServerAddress::Tcp { host, .. } => {
                let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
                address.map_or_else(|_| host == "localhost", |address| address.is_loopback())
            }
            // A socket in the file system.
            _ => true,
        };
        Self { encrypted: matches!(options.tls, Some(Tls::Enabled(_))), local: options.hosts.iter().all(is_local) }
    }
}

impl Dialect {
    const MONGODB: Self = Self { collation: true, partial_indexes: true, many_ids_scan: false, updates_at_once: 1_000 };
    const FERRETDB: Self = Self { collation: false, partial_indexes: false, many_ids_scan: true, updates_at_once: 50 };
}

impl MongoStore {
    /// Connects to a workspace's database and creates the indexes that an import needs and that are not there.
    ///
    /// # Errors
    /// Where it cannot be reached, or holds no workspace.
    pub async fn open(options: MongoOptions) -> Result<Self, OpenError> {
        let store = Self::connect(options).await?;
        let cat = store.users().find_one(doc! { "_id": crate::documents::ROCKET_CAT }).await;
        if cat.map_err(OpenError::Connect)?.is_none() {
            return Err(OpenError::NoWorkspace(store.database.name().to_owned()));
        }
        indexes::create(&store).await?;
        Ok(store)
    }

    /// Connects, and looks at nothing but the server.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub async fn connect(options: MongoOptions) -> Result<Self, OpenError> {
        let (database, wire) = connect(&options.url).await?;
        let answer = database.run_command(doc! { "buildInfo": 1 }).await.map_err(OpenError::Connect)?;
        let dialect = if is_ferretdb(&answer) { Dialect::FERRETDB } else { Dialect::MONGODB };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&options.incoming)
            .map_err(|source| OpenError::Directory { path: options.incoming.clone(), source })?;
        let store = Self {
            database,
            dialect,
            wire,
            server: random_id(),
            lease: options.lease,
            incoming: options.incoming,
            held: Mutex::default(),
            clock: Mutex::default(),
            noted: Mutex::default(),
        };
        store.read_clock().await.map_err(OpenError::Connect)?;
        Ok(store)
    }

    /// Compares the database's clock with this machine's.
    pub(super) async fn read_clock(&self) -> Result<(), Error> {
        let asked = Instant::now();
        let hello = self.database.run_command(doc! { "hello": 1 }).await?;
        let took = asked.elapsed();
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        // It was then, somewhere in between: an answer that took long says little, which is better than nothing.
        if (took < self.lease / 5 || clock.is_none())
            && let Ok(there) = hello.get_datetime("localTime")
        {
            *clock = Some((asked + took / 2, there.timestamp_millis()));
        }
        Ok(())
    }

    /// Now, by the database's clock: what every server agrees on.
    pub(super) fn now(&self) -> i64 {
        match *self.clock.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((then, millis)) => millis + i64::try_from(then.elapsed().as_millis()).unwrap_or_default(),
            None => Timestamp::now().as_millis(),
        }
    }
}

/// FerretDB names itself in its build.
fn is_ferretdb(build_info: &Document) -> bool {
    build_info.contains_key("ferretdb") || build_info.contains_key("ferretdbVersion")
}

async fn connect(url: &str) -> Result<(Database, Wire), OpenError> {
    let mut options = ClientOptions::parse(url).await.map_err(|error| match &*error.kind {
        ErrorKind::InvalidArgument { message, .. } => OpenError::Address(message.clone()),
        _ => OpenError::Connect(error),
    })?;
    let name = options.default_database.clone().ok_or(OpenError::NoDatabase)?;
    options.app_name.get_or_insert_with(|| "import-server".into());
    options.server_selection_timeout.get_or_insert(PATIENCE);
    // What was answered must not be lost when the primary changes.
    options.write_concern.get_or_insert_with(WriteConcern::majority);
    // Whatever the address says: what a secondary does not know yet would be taken for something that is not there.
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    let wire = Wire::of(&options);
    let client = Client::with_options(options).map_err(OpenError::Connect)?;
    Ok((client.database(&name), wire))
}
