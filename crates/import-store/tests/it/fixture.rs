//! Operations, records and documents to try a store with.

use import_proto::{DataType, IsoTime, Operation, ProgressStep, RecordError, RoomType, Timestamp, UserType};
use import_store::{
    Batch, Committed, Store,
    credentials::random_id,
    documents::{Contact, ContactEmail, Date, Message, Room, Services, Subscription, User, UserEmail, UserRef},
    operation::{StoredOperation, Work},
    staging::{RecordStatus, StagedKey, StagedRecord},
};
use serde_json::{Value, json};

/// A store to try, and a look at what it has stored.
pub(crate) trait Backend {
    type Store: Store;

    /// An empty workspace.
    async fn fresh() -> Self;

    fn store(&self) -> &Self::Store;

    /// The documents of a collection, in any order, without those that a fresh workspace has.
    async fn documents(&self, collection: &str) -> Vec<Value>;

    /// The document with this `_id`.
    async fn document(&self, collection: &str, id: &str) -> Value {
        self.documents(collection).await.into_iter().find(|document| document["_id"] == id).expect("the document")
    }
}

pub(crate) fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).expect("a time")
}

/// When everything happens that is not said to happen at another time.
pub(crate) fn noon() -> Timestamp {
    at("2024-05-01T12:00:00.000Z")
}

pub(crate) fn operation(id: &str) -> StoredOperation {
    StoredOperation {
        operation: Operation {
            id: id.into(),
            operation_type: "CSV".into(),
            importer_key: "csv".into(),
            ts: IsoTime(noon()),
            status: ProgressStep::New,
            valid: true,
            user: "admin".into(),
            updated_at: IsoTime(noon()),
            content_type: None,
            file: None,
            count: None,
        },
        ended_by_administrator: false,
        work: Work::default(),
        revision: 0,
        share: None,
    }
}

/// Creates an operation.
pub(crate) async fn begin(store: &impl Store, id: &str) -> StoredOperation {
    store.create_operation(operation(id)).await.expect("an operation")
}

/// Creates an operation of whatever id.
pub(crate) async fn begin_any(store: &impl Store) -> StoredOperation {
    begin(store, &random_id()).await
}

/// Commits a batch that must not be stale.
pub(crate) async fn commit(store: &impl Store, batch: Batch) -> StoredOperation {
    match store.commit(batch).await.expect("a commit") {
        Committed::Done(operation) => *operation,
        Committed::Stale => panic!("the batch is stale"),
    }
}

/// Commits changes to the workspace in an operation of their own.
pub(crate) async fn write(store: &impl Store, fill: impl FnOnce(&mut import_store::WorkspaceBatch)) {
    let mut batch = Batch::new(begin_any(store).await);
    fill(&mut batch.workspace);
    commit(store, batch).await;
}

/// Commits records to the staging area.
pub(crate) async fn stage(
    store: &impl Store,
    operation: StoredOperation,
    records: impl IntoIterator<Item = StagedRecord>,
) -> StoredOperation {
    let mut batch = Batch::new(operation);
    batch.stage = records.into_iter().collect();
    commit(store, batch).await
}

pub(crate) fn key(data_type: DataType, seq: u64) -> StagedKey {
    StagedKey { data_type, seq }
}

/// A record that waits for a run, of the import id `<seq>`.
pub(crate) fn staged(data_type: DataType, seq: u64) -> StagedRecord {
    let import_id = seq.to_string();
    StagedRecord {
        key: key(data_type, seq),
        data: json!({"importIds": [import_id]}),
        import_id: Some(import_id),
        unnamed: false,
        readable: true,
        status: RecordStatus::Staged,
        errors: Vec::new(),
    }
}

/// A record that failed.
pub(crate) fn failed(data_type: DataType, seq: u64, readable: bool) -> StagedRecord {
    StagedRecord {
        status: RecordStatus::Failed,
        readable,
        errors: vec![RecordError { line: Some(3), ..RecordError::new("it is broken") }],
        ..staged(data_type, seq)
    }
}

/// The `seq` of each record.
pub(crate) fn seqs(records: &[StagedRecord]) -> Vec<u64> {
    records.iter().map(|record| record.key.seq).collect()
}

pub(crate) fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(String::from).to_vec()
}

pub(crate) fn user(id: &str, username: &str) -> User {
    User {
        id: id.into(),
        created_at: Date(noon()),
        username: username.into(),
        name: username.to_uppercase(),
        emails: Vec::new(),
        user_type: UserType::User,
        roles: vec!["user".into()],
        active: true,
        status: "offline".into(),
        status_text: None,
        bio: None,
        utc_offset: None,
        services: Services::default(),
        import_ids: Vec::new(),
        pending_avatar_url: None,
        custom_fields: None,
        marks: Default::default(),
        updated_at: Date(noon()),
    }
}

pub(crate) fn email(address: &str) -> UserEmail {
    UserEmail { address: address.into(), verified: false }
}

/// How others name the user made by [`user`].
pub(crate) fn user_ref(id: &str, username: &str) -> UserRef {
    UserRef { id: id.into(), username: username.into(), name: username.to_uppercase() }
}

pub(crate) fn room(id: &str, slug: &str) -> Room {
    Room {
        id: id.into(),
        name: Some(slug.into()),
        fname: Some(slug.to_uppercase()),
        room_type: RoomType::Channel,
        owner: Some(user_ref("ann", "ann")),
        ts: Date(noon()),
        ro: false,
        topic: None,
        description: None,
        archived: false,
        import_ids: Vec::new(),
        uids: Vec::new(),
        usernames: Vec::new(),
        team_main: false,
        federated: false,
        encrypted: false,
        default: false,
        updated_at: Date(noon()),
    }
}

pub(crate) fn direct_room<const N: usize>(id: &str, members: [&str; N]) -> Room {
    Room {
        name: None,
        fname: None,
        room_type: RoomType::Direct,
        uids: strings(members),
        usernames: strings(members),
        ..room(id, "")
    }
}

pub(crate) fn subscription(room: &str, user: &str) -> Subscription {
    Subscription {
        id: format!("{room}-{user}"),
        rid: room.into(),
        user: user_ref(user, user),
        name: room.to_lowercase(),
        fname: room.into(),
        room_type: RoomType::Channel,
        open: true,
        alert: false,
        unread: 0,
        user_mentions: 0,
        group_mentions: 0,
        ts: Date(noon()),
        ls: None,
        roles: Vec::new(),
        archived: false,
        updated_at: Date(noon()),
    }
}

/// A message of `ann` in a room, `minute` minutes after noon.
pub(crate) fn message(id: &str, room: &str, minute: i64) -> Message {
    Message {
        id: id.into(),
        rid: room.into(),
        msg: format!("text of {id}"),
        ts: Date(Timestamp::from_millis(noon().as_millis() + minute * 60_000).expect("a time")),
        user: user_ref("ann", "ann"),
        system_type: None,
        groupable: None,
        tshow: false,
        pinned: false,
        pinned_at: None,
        pinned_by: None,
        tmid: None,
        tlm: None,
        tcount: None,
        replies: Vec::new(),
        edited_at: None,
        edited_by: None,
        mentions: Vec::new(),
        channels: Vec::new(),
        reactions: Default::default(),
        attachments: Vec::new(),
        import_file: None,
        urls: Vec::new(),
        alias: None,
        emoji: None,
        bot: false,
        hidden: false,
        updated_at: Date(noon()),
    }
}

pub(crate) fn contact(id: &str, import_id: &str) -> Contact {
    Contact {
        id: id.into(),
        name: format!("Contact {id}"),
        emails: vec![ContactEmail { address: format!("{id}@example.org") }],
        phones: Vec::new(),
        contact_manager: None,
        custom_fields: serde_json::Map::new(),
        channels: Vec::new(),
        unknown: false,
        import_ids: vec![import_id.into()],
        created_at: Date(noon()),
        updated_at: Date(noon()),
    }
}
