//! The indexes that an import needs.

use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::{
    IndexModel,
    error::{Error, ErrorKind},
    options::{CollationStrength, IndexOptions},
};

use super::{MongoStore, OpenError, failure::Failure, insensitive::collation};
use crate::uploads::Bucket;

/// There is no such collection yet.
const NAMESPACE_NOT_FOUND: i32 = 26;
/// What a server says where another one was faster: the index is there, perhaps with other options or another name.
const IS_THERE: [i32; 3] = [68, 85, 86];

/// How an index differs from a plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Plain,
    Sparse,
    /// One document a key, of those that have one.
    UniqueSparse,
    /// Case is disregarded: where the database can do that.
    Insensitive,
    /// The one that every driver makes for a bucket of GridFS, under its name.
    Chunks,
}

struct Index {
    collection: String,
    name: String,
    keys: Document,
    sort: Sort,
}

fn index(collection: &str, name: &str, keys: Document, sort: Sort) -> Index {
    let name = if sort == Sort::Chunks { name.to_owned() } else { format!("importServer_{name}") };
    Index { collection: collection.to_owned(), name, keys, sort }
}

fn all() -> Vec<Index> {
    let mut all = vec![
        index("users", "importIds", doc! { "importIds": 1 }, Sort::Sparse),
        index("users", "username_insensitive", doc! { "username": 1 }, Sort::Insensitive),
        index("users", "emails.address_insensitive", doc! { "emails.address": 1 }, Sort::Insensitive),
        index("rocketchat_room", "importIds", doc! { "importIds": 1 }, Sort::Sparse),
        index("rocketchat_room", "name", doc! { "name": 1 }, Sort::Sparse),
        index("rocketchat_room", "fname", doc! { "fname": 1 }, Sort::Sparse),
        index("rocketchat_room", "uids", doc! { "uids": 1 }, Sort::Sparse),
        index("rocketchat_subscription", "rid_user", doc! { "rid": 1, "u._id": 1 }, Sort::Plain),
        index("rocketchat_livechat_contact", "importIds", doc! { "importIds": 1 }, Sort::Sparse),
        index("rocketchat_message", "rid_ts", doc! { "rid": 1, "ts": 1 }, Sort::Plain),
        index("rocketchat_import", "number", doc! { "importServer.number": 1 }, Sort::UniqueSparse),
        index(
            "rocketchat_import_data",
            "records",
            doc! {
                "importServer.operation": 1, "importServer.status": 1, "importServer.type": 1, "importServer.seq": 1,
            },
            Sort::Plain,
        ),
        index("import_server_shares", "operation", doc! { "operation": 1 }, Sort::Plain),
        index("import_server_state", "operation_kind", doc! { "operation": 1, "kind": 1 }, Sort::Plain),
    ];
    let buckets = [Bucket::Uploads.collection(), Bucket::Avatars.collection(), "import_server_files"];
    all.extend(buckets.map(|bucket| {
        index(&format!("{bucket}.chunks"), "files_id_1_n_1", doc! { "files_id": 1, "n": 1 }, Sort::Chunks)
    }));
    all
}

/// Those that this database can have.
fn wanted(store: &MongoStore) -> impl Iterator<Item = Index> {
    let insensitive = store.dialect.collation;
    all().into_iter().filter(move |index| index.sort != Sort::Insensitive || insensitive)
}

/// How many are wanted, and which of them are not there: `collection.name`.
pub(super) async fn missing(store: &MongoStore) -> Result<(usize, Vec<String>), Error> {
    let (mut count, mut missing) = (0, Vec::new());
    for index in wanted(store) {
        count += 1;
        if !is_there(store, &index).await? {
            missing.push(format!("{}.{}", index.collection, index.name));
        }
    }
    Ok((count, missing))
}

/// Creates those that are not there. None that Rocket.Chat has made is changed.
pub(super) async fn create(store: &MongoStore) -> Result<(), OpenError> {
    for index in wanted(store) {
        ensure(store, &index).await.map_err(|source| OpenError::Index {
            index: index.name.clone(),
            collection: index.collection.clone(),
            source,
        })?;
    }
    Ok(())
}

async fn is_there(store: &MongoStore, index: &Index) -> Result<bool, Error> {
    let there: Vec<IndexModel> = match store.collection(&index.collection).list_indexes().await {
        Ok(there) => there.try_collect().await?,
        Err(error) if code(&error) == Some(NAMESPACE_NOT_FOUND) => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(there.iter().any(|there| is_enough(there, index)))
}

async fn ensure(store: &MongoStore, index: &Index) -> Result<(), Error> {
    if is_there(store, index).await? {
        return Ok(());
    }
    let collation = (index.sort == Sort::Insensitive).then(collation);
    let options = IndexOptions::builder()
        .name(index.name.clone())
        .sparse(matches!(index.sort, Sort::Sparse | Sort::UniqueSparse).then_some(true))
        .unique(matches!(index.sort, Sort::UniqueSparse | Sort::Chunks).then_some(true))
        .collation(collation)
        .build();
    let collection = store.collection(&index.collection);
    made(collection.create_index(IndexModel::builder().keys(index.keys.clone()).options(options).build()).await)
}

/// Whether an index does what another is wanted for: the same keys in the same order, compared the same way, and of all
/// documents that are meant. Further keys behind them do no harm, unless they are to be unique.
fn is_enough(there: &IndexModel, wanted: &Index) -> bool {
    let is = |flag: fn(&IndexOptions) -> Option<bool>| there.options.as_ref().and_then(flag).unwrap_or_default();
    let is_unique = matches!(wanted.sort, Sort::UniqueSparse | Sort::Chunks);
    let takes_all = wanted.sort != Sort::Plain || !is(|options| options.sparse);
    let is_as_unique = !is_unique || (there.keys.len() == wanted.keys.len() && is(|options| options.unique));
    let same_keys = there.keys.len() >= wanted.keys.len()
        && there.keys.iter().zip(&wanted.keys).all(|((a, direction), (b, _))| a == b && is_ascending(direction));
    let options = there.options.as_ref();
    let collation = options.and_then(|options| options.collation.as_ref());
    let same_collation = match wanted.sort {
        Sort::Insensitive => collation.is_some_and(|there| {
            there.locale == self::collation().locale
                && matches!(there.strength, Some(CollationStrength::Secondary))
                && !there.case_level.unwrap_or_default()
        }),
        _ => collation.is_none(),
    };
    let same_documents = options.is_none_or(|options| options.partial_filter_expression.is_none());
    same_keys && same_collation && same_documents && takes_all && is_as_unique
}

fn is_ascending(direction: &bson::Bson) -> bool {
    match direction {
        bson::Bson::Int32(direction) => *direction > 0,
        bson::Bson::Int64(direction) => *direction > 0,
        bson::Bson::Double(direction) => *direction > 0.0,
        _ => false,
    }
}

fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(error) => Some(error.code),
        _ => None,
    }
}

fn made<T>(result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Err(error) if code(&error).is_some_and(|code| IS_THERE.contains(&code)) => Ok(()),
        result => result.map(drop),
    }
}

/// Creates the index that pending files are found by, in their order. Only who asks for them needs it.
pub(super) async fn create_for_pending_files(store: &MongoStore) -> Result<(), Failure> {
    if !store.dialect.partial_indexes {
        return Ok(());
    }
    let options = IndexOptions::builder()
        .name("importServer_pending_files".to_owned())
        .partial_filter_expression(doc! { "_importFile.downloadUrl": { "$exists": true } })
        .build();
    let index = IndexModel::builder().keys(doc! { "_importFile.id": 1, "_id": 1 }).options(options).build();
    Ok(made(store.messages().create_index(index).await)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(keys: Document, options: IndexOptions) -> IndexModel {
        IndexModel::builder().keys(keys).options(options).build()
    }

    #[test]
    fn an_index_of_another_name_is_enough() {
        let wanted = index("rocketchat_message", "rid_ts", doc! { "rid": 1, "ts": 1 }, Sort::Plain);
        let plain = IndexOptions::default;
        assert!(is_enough(&there(doc! { "rid": 1.0, "ts": 1 }, plain()), &wanted));
        assert!(!is_enough(&there(doc! { "ts": 1, "rid": 1 }, plain()), &wanted));
        assert!(is_enough(&there(doc! { "rid": 1, "ts": 1, "_updatedAt": 1 }, plain()), &wanted), "Rocket.Chat's own");
        assert!(!is_enough(&there(doc! { "rid": 1 }, plain()), &wanted));
        let sparse = IndexOptions::builder().sparse(true).build();
        assert!(!is_enough(&there(doc! { "rid": 1, "ts": 1 }, sparse.clone()), &wanted), "it leaves documents out");
        let partial = IndexOptions::builder().partial_filter_expression(doc! { "t": "x" }).build();
        assert!(!is_enough(&there(doc! { "rid": 1, "ts": 1 }, partial), &wanted));

        let wanted = index("rocketchat_import", "number", doc! { "importServer.number": 1 }, Sort::UniqueSparse);
        assert!(!is_enough(&there(doc! { "importServer.number": 1 }, sparse), &wanted), "it is not unique");
        let unique = IndexOptions::builder().sparse(true).unique(true).build();
        assert!(is_enough(&there(doc! { "importServer.number": 1 }, unique.clone()), &wanted));
        assert!(!is_enough(&there(doc! { "importServer.number": 1, "ts": 1 }, unique), &wanted));

        let wanted = index("users", "username_insensitive", doc! { "username": 1 }, Sort::Insensitive);
        assert!(!is_enough(&there(doc! { "username": 1 }, plain()), &wanted));
        let insensitive = IndexOptions::builder().collation(collation()).build();
        assert!(is_enough(&there(doc! { "username": 1 }, insensitive), &wanted));
    }
}
