//! A method for each endpoint.

use import_proto::{
    Accepted, AddUsers, CurrentOperation, DownloadPublicImportFile, Health, ImportFileData, ImportInput,
    ImportProgress, ImportStatus, ImporterList, Info, LoggedIn, LoggedOut, Login, LoginPassword, LoginUser, Me,
    NewOperation, NewUser, Nothing, OperationList, PendingCount, RecordChoice, RecordPage, RecordsQuery, RetryAccepted,
    StartImport, endpoints::*,
};

use crate::{client::Client, error::Error};

/// Each method fails as [`Client::call`] does; what is said there of [`Error::Refused`] is when a rule refuses the request.
impl Client {
    /// The importers that the server has. Servers may have more than they list.
    pub async fn importers(&self) -> Result<ImporterList, Error> {
        self.call::<ImportersList>(&Nothing, &Nothing).await
    }

    /// Creates an operation that users can be added to. The operation that was current ends.
    pub async fn import_new(&self) -> Result<NewOperation, Error> {
        self.call::<ImportNew>(&Nothing, &Nothing).await
    }

    /// Stages users in the current operation: all of them, or none.
    ///
    /// [`Error::Refused`]: there is no operation that can take users, a user lacks an address or import id, or a role does
    /// not exist.
    pub async fn add_users(&self, users: Vec<NewUser>) -> Result<Accepted, Error> {
        self.call::<ImportAddUsers>(&Nothing, &AddUsers { users }).await
    }

    /// Imports everything that is staged; returns as soon as the run is accepted.
    ///
    /// [`Error::Refused`]: the operation is not ready.
    pub async fn run(&self) -> Result<Accepted, Error> {
        self.call::<ImportRun>(&Nothing, &Nothing).await
    }

    /// The state of the current operation, and the operation.
    pub async fn status(&self) -> Result<ImportStatus, Error> {
        self.call::<ImportStatusNow>(&Nothing, &Nothing).await
    }

    /// Ends the current operation and empties the staging area.
    pub async fn clear(&self) -> Result<Accepted, Error> {
        self.call::<ImportClear>(&Nothing, &Nothing).await
    }

    /// Has the server fetch an export file from a public address.
    ///
    /// [`Error::Refused`]: the server has no such importer, or the address is not `http` or `https`.
    pub async fn download_public_import_file(&self, file_url: &str, importer_key: &str) -> Result<Accepted, Error> {
        let request = DownloadPublicImportFile { file_url: file_url.into(), importer_key: importer_key.into() };
        self.call::<DownloadPublicFile>(&Nothing, &request).await
    }

    /// What the current operation has staged, to choose from. A Rocket.Chat prepares the file during this call.
    ///
    /// [`Error::Refused`]: there is no operation, or its file could not be read.
    pub async fn import_file_data(&self) -> Result<ImportFileData, Error> {
        self.call::<FileData>(&Nothing, &Nothing).await
    }

    /// Starts the import of what is chosen. A kind left out imports none of it.
    ///
    /// [`Error::Refused`]: the operation is not ready.
    pub async fn start(&self, input: ImportInput) -> Result<Accepted, Error> {
        self.call::<Start>(&Nothing, &start_request(input)).await
    }

    /// The step and the counts of the current operation.
    ///
    /// [`Error::Refused`]: there is no operation.
    pub async fn progress(&self) -> Result<ImportProgress, Error> {
        self.call::<Progress>(&Nothing, &Nothing).await
    }

    /// The current operation.
    pub async fn current_operation(&self) -> Result<CurrentOperation, Error> {
        self.call::<CurrentImport>(&Nothing, &Nothing).await
    }

    /// The last twenty operations, newest first.
    pub async fn latest_operations(&self) -> Result<OperationList, Error> {
        self.call::<LatestImports>(&Nothing, &Nothing).await
    }

    /// Creates an operation that fetches the files of messages already imported.
    pub async fn download_pending_files(&self) -> Result<PendingCount, Error> {
        self.call::<DownloadPendingFiles>(&Nothing, &Nothing).await
    }

    /// Creates an operation that fetches the avatars of users already imported.
    pub async fn download_pending_avatars(&self) -> Result<PendingCount, Error> {
        self.call::<DownloadPendingAvatars>(&Nothing, &Nothing).await
    }

    /// Exchanges a username or address and a password for a token; see
    /// [`ClientBuilder::log_in`](crate::ClientBuilder::log_in) for a client that uses it.
    ///
    /// [`Error::Unauthorized`]: there is no such user, or the password is another.
    pub async fn log_in(&self, user: &str, password: &str) -> Result<LoggedIn, Error> {
        self.call::<LogIn>(&Nothing, &login_request(user, password)).await
    }

    /// Makes the token of this client invalid.
    pub async fn log_out(&self) -> Result<LoggedOut, Error> {
        self.call::<LogOut>(&Nothing, &Nothing).await
    }

    /// Who is logged in.
    pub async fn me(&self) -> Result<Me, Error> {
        self.call::<WhoAmI>(&Nothing, &Nothing).await
    }

    /// The server's version; [`server_kind`](Self::server_kind) keeps what follows from it.
    pub async fn info(&self) -> Result<Info, Error> {
        self.call::<ServerInfo>(&Nothing, &Nothing).await
    }

    /// Whether the server is up. Import servers only.
    pub async fn health(&self) -> Result<Health, Error> {
        self.call::<HealthCheck>(&Nothing, &Nothing).await
    }

    /// A page of an operation's records, with why they failed or were skipped. Import servers only:
    /// [`Error::Unsupported`] from others.
    pub async fn records(&self, query: &RecordsQuery) -> Result<RecordPage, Error> {
        self.on_import_server::<ListRecords>().await?;
        self.call::<ListRecords>(query, &Nothing).await
    }

    /// Runs the failed records of the current operation again. Import servers only: [`Error::Unsupported`] from others.
    ///
    /// [`Error::Refused`]: the operation is not done.
    pub async fn retry_failed(&self) -> Result<RetryAccepted, Error> {
        self.on_import_server::<RetryFailed>().await?;
        self.call::<RetryFailed>(&Nothing, &Nothing).await
    }

    /// Fails unless the server has the endpoints that are the import server's own.
    async fn on_import_server<E: import_proto::Endpoint>(&self) -> Result<(), Error> {
        match self.server_kind().await? {
            kind if kind.is_import_server() => Ok(()),
            kind => Err(Error::Unsupported { endpoint: E::SPEC.name(), server: kind.clone() }),
        }
    }
}

/// The body of `login` that says who wants to log in the way all servers read it.
pub fn login_request(user: &str, password: &str) -> Login {
    Login {
        user: Some(LoginUser::Name(user.into())),
        password: Some(LoginPassword::Plain(password.into())),
        ..Login::default()
    }
}

/// The body of `startImport` for a choice. Users and channels are always named, as the published form asks: where none are
/// chosen, by an empty list.
pub fn start_request(mut input: ImportInput) -> StartImport {
    input.users.get_or_insert_with(|| RecordChoice::list([]));
    input.channels.get_or_insert_with(|| RecordChoice::list([]));
    StartImport { input }
}
