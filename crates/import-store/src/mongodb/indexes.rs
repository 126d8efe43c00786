//! The indexes that an import needs. One that is there already, whatever it is called, is enough; none is changed.

use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::{
    IndexModel,
    error::{Error, ErrorKind},
    options::IndexOptions,
};

use super::{MongoStore, OpenError, failure::Failure, keys::ignoring_case};

/// MongoDB's numbers for an index that is there already under another name or with other options,
const CONFLICTS: [i32; 2] = [85, 86];
/// and for a collection that is not there.
const NO_COLLECTION: i32 = 26;

/// An index that is looked for, and made where it is not there.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) collection: &'static str,
    pub(super) keys: Document,
    /// What it is called where this project makes it.
    pub(super) name: &'static str,
    unique: bool,
    sparse: bool,
    /// Whether texts are compared without regard to case.
    pub(super) ignores_case: bool,
    only: Option<Document>,
}

impl Wanted {
    fn new(collection: &'static str, name: &'static str, keys: Document) -> Self {
        Self { collection, keys, name, unique: false, sparse: false, ignores_case: false, only: None }
    }

    fn sparse(self) -> Self {
        Self { sparse: true, ..self }
    }
}

/// The indexes that every import needs.
pub(super) fn wanted() -> Vec<Wanted> {
    vec![
        Wanted::new("users", "importServer_importIds", doc! { "importIds": 1 }).sparse(),
        Wanted { ignores_case: true, ..Wanted::new("users", "importServer_username", doc! { "username": 1 }).sparse() },
        Wanted {
            ignores_case: true,
            ..Wanted::new("users", "importServer_address", doc! { "emails.address": 1 }).sparse()
        },
        Wanted::new("rocketchat_room", "importServer_importIds", doc! { "importIds": 1 }).sparse(),
        Wanted::new("rocketchat_room", "importServer_name", doc! { "name": 1 }).sparse(),
        Wanted::new("rocketchat_room", "importServer_fname", doc! { "fname": 1 }).sparse(),
        Wanted::new("rocketchat_room", "importServer_uids", doc! { "uids": 1 }).sparse(),
        Wanted::new("rocketchat_subscription", "importServer_member", doc! { "rid": 1, "u._id": 1 }),
        Wanted::new("rocketchat_message", "importServer_room", doc! { "rid": 1, "ts": 1 }),
        Wanted::new("rocketchat_livechat_contact", "importServer_importIds", doc! { "importIds": 1 }).sparse(),
        Wanted {
            unique: true,
            ..Wanted::new("rocketchat_import", "importServer_number", doc! { "importServer.number": 1 }).sparse()
        },
        Wanted::new(
            "rocketchat_import_data",
            "importServer_records",
            doc! { "importServer.operation": 1, "importServer.status": 1, "importServer.type": 1, "importServer.seq": 1 },
        ),
        Wanted::new("import_server_state", "importServer_operation", doc! { "operation": 1, "kind": 1 }),
    ]
}

/// The index that pending files are found by. Made only once it is needed: messages are many.
pub(super) fn wanted_for_pending() -> Wanted {
    Wanted {
        only: Some(doc! { "_importFile.downloadUrl": { "$exists": true } }),
        ..Wanted::new("rocketchat_message", "importServer_pending", doc! { "_importFile.id": 1, "_id": 1 })
    }
}

/// Creates those that are not there. None that Rocket.Chat has made is changed.
pub(super) async fn create(store: &MongoStore) -> Result<(), OpenError> {
    for wanted in wanted() {
        ensure(store, &wanted).await.map_err(|source| OpenError::Index {
            index: wanted.name.to_owned(),
            collection: wanted.collection.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// Creates the index that pending files are found by, where the database has such indexes.
pub(super) async fn create_pending(store: &MongoStore) -> Result<(), Failure> {
    if store.dialect.partial_indexes {
        ensure(store, &wanted_for_pending()).await?;
    }
    Ok(())
}

async fn ensure(store: &MongoStore, wanted: &Wanted) -> Result<(), Error> {
    if is_there(store, wanted).await? || (wanted.ignores_case && !store.dialect.collation) {
        return Ok(());
    }
    let mut options = IndexOptions::builder().name(wanted.name.to_owned()).build();
    options.unique = wanted.unique.then_some(true);
    options.sparse = wanted.sparse.then_some(true);
    options.collation = wanted.ignores_case.then(ignoring_case);
    options.partial_filter_expression = wanted.only.clone();
    let index = IndexModel::builder().keys(wanted.keys.clone()).options(options).build();
    match store.collection(wanted.collection).create_index(index).await {
        // Another server was quicker.
        Err(error) if code(&error).is_some_and(|code| CONFLICTS.contains(&code)) => Ok(()),
        created => created.map(drop),
    }
}

/// Whether there is an index that does what this one would.
pub(super) async fn is_there(store: &MongoStore, wanted: &Wanted) -> Result<bool, Error> {
    let indexes: Vec<IndexModel> = match store.collection(wanted.collection).list_indexes().await {
        Ok(indexes) => indexes.try_collect().await?,
        Err(error) if code(&error) == Some(NO_COLLECTION) => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(indexes.iter().any(|index| {
        let options = index.options.clone().unwrap_or_default();
        let collation = options.collation.map(|collation| collation.strength);
        let begins = wanted.keys.keys().zip(index.keys.keys()).filter(|(wanted, there)| wanted == there).count();
        let fits = begins == wanted.keys.len();
        let serves = if wanted.unique { options.unique == Some(true) } else { true };
        // One with a condition of its own holds not all that is looked for.
        let whole = options.partial_filter_expression.is_none() || wanted.only.is_some();
        fits && serves && whole && collation.is_some() == wanted.ignores_case
    }))
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(error) => Some(error.code),
        _ => None,
    }
}
