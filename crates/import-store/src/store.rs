//! What an import asks of a database: the one trait that every store implements.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use import_proto::{DataType, ImportInput, RoomType, Timestamp};

use crate::{
    documents::{Contact, Date, Message, Room, RoomPatch, Subscription, User, UserPatch, UserRef},
    operation::StoredOperation,
    staging::{MessagePart, Outcome, RecordStatus, StagedKey, StagedRecord},
    uploads::{
        AttachedFile, Bucket, Content, KeptUpload, NewAvatar, PendingCounts, PendingKey, PendingMessage, Upload,
    },
};

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("{doing}: {source}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database does not answer: it is restarted, or cannot be reached just now.
    #[error("{doing}: the database does not answer: {source}")]
    Unreachable {
        /// What was being done.
        doing: &'static str,
        /// What was met on the way to it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something stored is not what it should be.
    #[error("{doing}: what is stored is damaged: {reason}")]
    Damaged {
        /// What was being done.
        doing: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The store is shut down.
    #[error("the store is closed")]
    Closed,
    /// There is no room for a file.
    #[error("cannot write {}: the disk or the quota is full; free some space and try again", path.display())]
    DiskFull {
        /// The file that was written.
        path: PathBuf,
    },
    /// A file could not be stored.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was being done to it.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// What became of a file that the operating system would not handle.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::File { doing, path, source },
        }
    }
}

/// The result of asking a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// One commit: counts, position and what became of staged records move together, or not at all.
///
/// A store with transactions stores all of it or nothing. One without writes the workspace's documents first and the
/// operation last: where it is cut short between the two, documents are there although the batch is not, and whoever goes on
/// makes the batch again. Writing it twice is writing it once, since documents have ids that follow from what they stand for;
/// a record whose document of that very id is there already is one that is being made again.
#[derive(Debug)]
pub struct Batch {
    /// The operation as it is after this batch, at the revision at which it was read.
    pub operation: StoredOperation,
    /// Records to stage. One whose key is there already is left as it is.
    pub stage: Vec<StagedRecord>,
    /// Parts of the file that hold messages. One that is there already is left as it is.
    pub parts: Vec<MessagePart>,
    /// What became of staged records.
    pub outcomes: Vec<(StagedKey, Outcome)>,
    /// Puts every failed or incomplete record that is readable back to staged, before anything else. Its errors stay until
    /// its next outcome.
    pub restage: bool,
    /// Marks what this input does not select as skipped, with a reason.
    pub select: Option<ImportInput>,
    /// What the batch changes in the workspace.
    pub workspace: WorkspaceBatch,
}

impl Batch {
    /// A batch that only changes the operation.
    pub fn new(operation: StoredOperation) -> Self {
        Self {
            operation,
            stage: Vec::new(),
            parts: Vec::new(),
            outcomes: Vec::new(),
            restage: false,
            select: None,
            workspace: WorkspaceBatch::default(),
        }
    }
}

/// What a batch changes in the workspace.
///
/// A username, an address or a slug that belongs to another document already is an error, and nothing of the batch is stored:
/// whoever makes a batch looks for them first, in the workspace and among the batch's own.
#[derive(Debug, Default)]
pub struct WorkspaceBatch {
    /// New users. One whose `_id` is there already is left as it is.
    pub new_users: Vec<User>,
    /// Changes to users. A new username is told to every document that copies it: messages (author, mentions, editor, who
    /// pinned it, reactions), rooms, memberships and avatars. All new usernames of a batch take one pass over the messages.
    pub user_patches: Vec<UserPatch>,
    /// New rooms. One whose `_id` is there already is left as it is.
    pub new_rooms: Vec<Room>,
    /// Changes to rooms.
    pub room_patches: Vec<RoomPatch>,
    /// Memberships. One for a user and room that have one already is left as it is.
    pub subscriptions: Vec<Subscription>,
    /// Messages: inserted, or merged into the one that is there as [`crate::merge::merge_message`] says.
    pub messages: Vec<Message>,
    /// Messages that become replies in threads. One that is not there is passed over.
    pub thread_replies: Vec<ThreadReply>,
    /// First messages of threads whose replies this batch writes, as [`crate::patch::update_thread`] says. One that is not
    /// there is passed over.
    pub threads: Vec<ThreadUpdate>,
    /// Files whose bytes are kept already. One whose `_id` is there already is left as it is.
    pub uploads: Vec<KeptUpload>,
    /// Files that messages are to show, as [`crate::patch::attach_file`] says.
    pub attached: Vec<AttachedFile>,
    /// Avatars whose bytes are kept already: each in the place of the one that its user has, as
    /// [`crate::patch::take_avatar`] says.
    pub avatars: Vec<NewAvatar>,
    /// Contacts: inserted, or put in place of the one with this `_id`, unknown fields and `createdAt` kept.
    pub contacts: Vec<Contact>,
    /// What import ids of this operation stand for. The first entry for an id stays.
    pub resolved: Vec<Resolved>,
    /// Users that the operation wrote, and the staged record that did it. The first entry for a user stays.
    pub users_written: Vec<(String, u64)>,
}

/// A message that is there already, and becomes a reply in a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadReply {
    /// The reply's `_id`.
    pub id: String,
    /// The `_id` of the thread's first message.
    pub root: String,
    /// Whether the room shows the reply too.
    pub tshow: bool,
}

/// What a thread's first message learns of replies. The number of replies is counted by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadUpdate {
    /// The `_id` of the first message.
    pub root: String,
    /// Ids of those who replied.
    pub replies: Vec<String>,
    /// When the last of these replies came.
    pub last: Date,
}

/// An import id of an operation and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// User or channel.
    pub data_type: DataType,
    /// The import id.
    pub import_id: String,
    /// The `_id` in the workspace.
    pub id: String,
}

/// The answer to a batch.
#[derive(Debug)]
pub enum Committed {
    /// It is stored; the operation at its new revision, the created and updated messages added to its counts.
    Done(Box<StoredOperation>),
    /// Nothing was stored: the operation was changed or ended by somebody else.
    Stale,
}

/// Which users to look for; those that match any key are found.
#[derive(Debug, Clone, Default)]
pub struct UserKeys {
    /// By `_id`.
    pub ids: Vec<String>,
    /// By any address, case disregarded.
    pub emails: Vec<String>,
    /// By username, case disregarded.
    pub usernames: Vec<String>,
    /// By import id.
    pub import_ids: Vec<String>,
}

/// Which rooms to look for; those that match any key are found.
#[derive(Debug, Clone, Default)]
pub struct RoomKeys {
    /// By `_id`.
    pub ids: Vec<String>,
    /// By slug.
    pub names: Vec<String>,
    /// By import id.
    pub import_ids: Vec<String>,
    /// Direct rooms by their exact members, each set sorted.
    pub member_sets: Vec<Vec<String>>,
}

/// What an import id stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRef {
    /// The room's `_id`.
    pub id: String,
    /// The slug; empty for a direct room.
    pub name: String,
    /// Public, private or direct.
    pub room_type: RoomType,
}

/// Which staged records to list.
#[derive(Debug, Clone, Default)]
pub struct StagedFilter {
    /// Only those that stand so.
    pub status: Option<RecordStatus>,
    /// Only those of this kind.
    pub data_type: Option<DataType>,
}

/// How much of something is staged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StagedCounts {
    /// Users.
    pub users: u64,
    /// Rooms.
    pub channels: u64,
    /// Contacts.
    pub contacts: u64,
    /// Messages, copied or referenced.
    pub messages: u64,
    /// Entries that could not be read.
    pub entries: u64,
}

impl StagedCounts {
    /// All of them together.
    pub fn total(&self) -> u64 {
        self.users + self.channels + self.contacts + self.messages + self.entries
    }
}

/// The workspace's settings that say what new users get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceSettings {
    /// `Accounts_Registration_Users_Default_Roles`: ids of the roles that new users get; never empty.
    pub default_roles: Vec<String>,
    /// `Accounts_TwoFactorAuthentication_Enabled`
    pub two_factor: bool,
    /// `Accounts_TwoFactorAuthentication_By_Email_Enabled`
    pub two_factor_by_email: bool,
    /// `Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In`
    pub two_factor_by_email_opt_in: bool,
}

impl Default for WorkspaceSettings {
    fn default() -> Self {
        Self {
            default_roles: vec![DEFAULT_ROLE.to_owned()],
            two_factor: true,
            two_factor_by_email: true,
            two_factor_by_email_opt_in: true,
        }
    }
}

impl WorkspaceSettings {
    /// The roles of a comma-separated list, each once; the usual one where the list has none.
    pub fn parse_default_roles(list: &str) -> Vec<String> {
        let mut roles: Vec<String> = Vec::new();
        for role in list.split(',').map(str::trim).filter(|role| !role.is_empty()) {
            if !roles.iter().any(|known| known == role) {
                roles.push(role.to_owned());
            }
        }
        if roles.is_empty() { Self::default().default_roles } else { roles }
    }

    /// The default roles and a user's own, each once. A guest gets none of the default roles.
    pub fn roles_with(&self, own: &[String]) -> Vec<String> {
        let is_guest = own.iter().any(|role| role == GUEST_ROLE);
        let mut roles = if is_guest { Vec::new() } else { self.default_roles.clone() };
        for role in own {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        roles
    }
}

/// The role of new users where the workspace does not say otherwise.
const DEFAULT_ROLE: &str = "user";
/// The role that takes the place of the default ones.
const GUEST_ROLE: &str = "guest";

/// Who calls, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserRef,
    /// Addresses.
    pub emails: Vec<crate::documents::UserEmail>,
    /// Ids of the user's roles.
    pub roles: Vec<String>,
    /// Ids of the permissions that those roles grant.
    pub permissions: Vec<String>,
}

/// A user's id and password hash.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user's `_id`.
    pub user_id: String,
    /// bcrypt of the hex SHA-256 of the password; none where the user cannot log in with one.
    pub bcrypt: Option<String>,
}

/// A kind of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewToken {
    /// It expires 90 days after the login.
    Login,
    /// It never expires, and has a name and the last characters of the token.
    PersonalAccess {
        /// Unique for the user.
        name: String,
        /// The last six characters.
        last_token_part: String,
    },
}

/// What came of asking for an operation, or a share of one, to work on.
#[derive(Debug)]
pub enum Claim {
    /// It is this process's own until [`Store::keep`] says otherwise.
    Held {
        /// As it is now: what is committed next has to be made from this.
        operation: Box<StoredOperation>,
        /// Whoever worked on it before did not let go of it, but ceased to answer.
        abandoned: bool,
    },
    /// Another process works on it.
    Elsewhere,
    /// There is nothing to work on: it is not there, or was ended.
    Nothing,
}

/// A database that keeps operations, the staging area, the workspace and credentials.
///
/// # Several processes
/// A store that is [shared](Store::is_shared) may be worked on by several processes at once. Whoever works on an operation
/// claims it and keeps the claim; a batch of somebody who has lost it is [stale](Committed::Stale). The messages of an
/// operation can be shared out: each share has a claim, counts and a position of its own, and is handed around as a
/// [`StoredOperation`] whose `share` says which. A store of one process needs none of this, and the methods for it do what
/// is right then without being written.
///
/// Methods that read see every batch that was committed before they were called. Dropping a future does not undo what was
/// begun: a commit that was sent is carried out.
pub trait Store: Send + Sync + 'static {
    /// Stores a new operation as the current one: ends the one that was current and empties the staging area, in one
    /// commit. The failed records of the ended one remain, with it.
    fn create_operation(&self, operation: StoredOperation) -> impl Future<Output = Result<StoredOperation>> + Send;

    /// Ends the current operation and empties the staging area, in one commit. Answers the operation as it is then; none
    /// where there was never one. One that is done or failed keeps its step.
    fn end_operation(&self, now: Timestamp) -> impl Future<Output = Result<Option<StoredOperation>>> + Send;

    /// The operation that was created last, ended or not.
    fn current_operation(&self) -> impl Future<Output = Result<Option<StoredOperation>>> + Send;

    /// One operation.
    fn operation(&self, id: &str) -> impl Future<Output = Result<Option<StoredOperation>>> + Send;

    /// The last `limit` operations by `_updatedAt`, newest first.
    fn latest_operations(&self, limit: u32) -> impl Future<Output = Result<Vec<StoredOperation>>> + Send;

    /// Carries out a batch, or nothing of it where the operation has been changed or ended by somebody else.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<Committed>> + Send;

    /// Whether several processes may work on this store at once.
    fn is_shared(&self) -> bool {
        false
    }

    /// Claims an operation for this process.
    fn claim(&self, operation: &str) -> impl Future<Output = Result<Claim>> + Send {
        async move {
            Ok(match self.operation(operation).await? {
                Some(operation) if !operation.is_ended() => {
                    Claim::Held { operation: Box::new(operation), abandoned: false }
                }
                _ => Claim::Nothing,
            })
        }
    }

    /// Says that this process still works on an operation, or a share of it. False where it may not any more: the
    /// operation was ended, or somebody else has claimed it. Has to be called several times within [`Store::lease`].
    fn keep(&self, _operation: &str, _share: Option<u32>) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(true) }
    }

    /// Lets go of an operation, or a share of it, so that others need not wait.
    fn release(&self, _operation: &str, _share: Option<u32>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// How long a claim holds that is not kept.
    fn lease(&self) -> Duration {
        Duration::MAX
    }

    /// Shares the messages of an operation out: a share for each list of parts. Those that are there already stay as they
    /// are. `operation` is committed with it.
    fn share_out(
        &self,
        operation: StoredOperation,
        _shares: Vec<Vec<u64>>,
    ) -> impl Future<Output = Result<Committed>> + Send {
        self.commit(Batch::new(operation))
    }

    /// The shares of an operation, in order, without their parts: of a large export there are very many.
    fn shares(&self, _operation: &str) -> impl Future<Output = Result<Vec<StoredOperation>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The parts of each share of an operation, by its number.
    fn share_parts(&self, _operation: &str) -> impl Future<Output = Result<HashMap<u32, Vec<u64>>>> + Send {
        async { Ok(HashMap::new()) }
    }

    /// Claims a share that nobody works on and that is not done, for this process.
    fn claim_share(&self, _operation: &str) -> impl Future<Output = Result<Claim>> + Send {
        async { Ok(Claim::Nothing) }
    }

    /// Brings what rooms say of their messages and members up to date, those that an operation has written to. A store that
    /// works it out when it is asked has nothing to do.
    fn refresh_rooms(&self, _operation: &str) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Keeps the export file at `path` where every process can get it.
    fn put_export_file(&self, _operation: &str, _path: &Path) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Writes the export file of an operation to `path`, where a process had put it; false where none has.
    fn get_export_file(&self, _operation: &str, _path: &Path) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(false) }
    }

    /// Removes the export file of an operation.
    fn remove_export_file(&self, _operation: &str) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Lets go of some of what ended operations have staged; true where there is more. Whoever ends an operation calls it
    /// until it answers false: emptying millions of records takes longer than ending an operation may.
    fn sweep(&self) -> impl Future<Output = Result<bool>> + Send;

    /// The next staged records of a kind that stand so, in order of `seq`, from `from_seq` on: at most `limit`, and not many more than
    /// `max_bytes` of data, but at least one where there is one.
    fn staged(
        &self,
        operation: &str,
        data_type: DataType,
        status: RecordStatus,
        from_seq: u64,
        limit: usize,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<StagedRecord>>> + Send;

    /// A page of staged records, by kind and `seq`, and how many there are in all. Of an operation whose staging area was
    /// emptied only failed ones are left. Referenced messages are not among them: see [`Store::message_parts`].
    fn list_staged(
        &self,
        operation: &str,
        filter: StagedFilter,
        offset: u64,
        limit: u32,
    ) -> impl Future<Output = Result<(Vec<StagedRecord>, u64)>> + Send;

    /// How many records stand so, by kind; messages include those of parts. Failed ones: only the readable are counted
    /// where `readable_only`.
    fn staged_counts(
        &self,
        operation: &str,
        status: RecordStatus,
        readable_only: bool,
    ) -> impl Future<Output = Result<StagedCounts>> + Send;

    /// What the file holds of messages, in order of `part`.
    fn message_parts(&self, operation: &str) -> impl Future<Output = Result<Vec<MessagePart>>> + Send;

    /// Users that match any of the keys.
    fn find_users(&self, keys: UserKeys) -> impl Future<Output = Result<Vec<User>>> + Send;

    /// Rooms that match any of the keys.
    fn find_rooms(&self, keys: RoomKeys) -> impl Future<Output = Result<Vec<Room>>> + Send;

    /// Whom import ids stand for: what the operation resolved, else the workspace's user with this import id (the one
    /// created first), else, where `by_username`, the workspace's user of this username. Unknown ones are left out.
    fn resolve_users(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_username: bool,
    ) -> impl Future<Output = Result<HashMap<String, UserRef>>> + Send;

    /// Which rooms import ids stand for: what the operation resolved, else the workspace's room with this import id, else,
    /// where `by_name`, the public or private room whose slug or given name this is. Unknown ones are left out.
    fn resolve_rooms(
        &self,
        operation: &str,
        import_ids: Vec<String>,
        by_name: bool,
    ) -> impl Future<Output = Result<HashMap<String, RoomRef>>> + Send;

    /// Which of these users the operation has written, and by which staged record.
    fn users_written(
        &self,
        operation: &str,
        ids: Vec<String>,
    ) -> impl Future<Output = Result<HashMap<String, u64>>> + Send;

    /// Which of these rooms records of the operation have become.
    fn rooms_written(&self, operation: &str, ids: Vec<String>) -> impl Future<Output = Result<HashSet<String>>> + Send;

    /// The contacts with these import ids: import id to document.
    fn find_contacts(&self, import_ids: Vec<String>) -> impl Future<Output = Result<HashMap<String, Contact>>> + Send;

    /// Which of these messages are there, by `_id`.
    fn existing_messages(&self, ids: Vec<String>) -> impl Future<Output = Result<HashSet<String>>> + Send;

    /// How many messages have a pending file, and how many users a pending avatar.
    fn pending_counts(&self) -> impl Future<Output = Result<PendingCounts>> + Send;

    /// The next messages whose file is pending, in the order of [`PendingKey`], beyond `after`: at most `limit`.
    fn pending_files(
        &self,
        after: Option<PendingKey>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<PendingMessage>>> + Send;

    /// The next users whose avatar is pending, in the order of their `_id`, beyond `after`: at most `limit`.
    fn pending_avatars(
        &self,
        after: Option<PendingKey>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserRef>>> + Send;

    /// The files of messages with these `_id`s that are there: `_id` to document.
    fn find_uploads(&self, ids: Vec<String>) -> impl Future<Output = Result<HashMap<String, Upload>>> + Send;

    /// The directory for files on their way in, from where [`Store::keep_file`] takes them. What is in it does not count,
    /// and is gone after a crash.
    fn incoming(&self) -> &Path;

    /// Takes over the bytes of the file at `path`, which lies in [`Store::incoming`], for the document `id` that a batch is
    /// to make known. They are durable when this returns, and `path` is gone. Bytes for which no batch is committed do not
    /// count, and the store lets go of them by itself; keeping others for the same document replaces them.
    fn keep_file(&self, bucket: Bucket, id: &str, path: &Path) -> impl Future<Output = Result<Content>> + Send;

    /// The ids of all roles.
    fn roles(&self) -> impl Future<Output = Result<Vec<String>>> + Send;

    /// The workspace's settings for new users. A setting that is missing or of another type has its default value.
    fn workspace_settings(&self) -> impl Future<Output = Result<WorkspaceSettings>> + Send;

    /// Who has this id and this token (the base64 of its SHA-256); none where the token is wrong or expired, or the user
    /// deactivated.
    fn authenticate(
        &self,
        user_id: &str,
        hashed_token: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Caller>>> + Send;

    /// The id of the user who has this token (the base64 of its SHA-256), whether or not the token is still good.
    fn token_owner(&self, hashed_token: &str) -> impl Future<Output = Result<Option<String>>> + Send;

    /// The credentials of the active user with this username or address, case disregarded.
    fn credentials(&self, username_or_email: &str) -> impl Future<Output = Result<Option<Credentials>>> + Send;

    /// Gives a user a token.
    fn add_token(
        &self,
        user_id: &str,
        hashed_token: &str,
        token: NewToken,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes a token away.
    fn remove_token(&self, user_id: &str, hashed_token: &str) -> impl Future<Output = Result<()>> + Send;

    /// Changes the workspace outside of any operation: what an administrator makes by hand. Of the batch only users, rooms
    /// and memberships count.
    fn change_workspace(&self, batch: WorkspaceBatch) -> impl Future<Output = Result<()>> + Send;

    /// Adds a user who was not imported; false where the username or an address is taken.
    fn add_user(&self, user: User) -> impl Future<Output = Result<bool>> + Send;
}
