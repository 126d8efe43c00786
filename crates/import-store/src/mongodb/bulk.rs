//! Writing many documents at once, and what each of them met.

use std::collections::HashSet;

use bson::{Bson, Document};
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::{
    Collection,
    error::{Error, ErrorKind, InsertManyError},
};
use serde::Serialize;

use super::{MongoStore, failure::Failure};

/// How many documents go in one command.
pub(super) const AT_ONCE: usize = 1_000;
/// How many questions for one document are under way at once, where one for several reads the whole collection.
const QUESTIONS: usize = 8;

/// MongoDB's number for a key that is there already.
const DUPLICATE_KEY: i32 = 11000;

/// Inserts documents, in any order; answers the indexes of those that met a key which is there already.
pub(super) async fn insert<T: Serialize + Send + Sync>(
    collection: &Collection<T>,
    documents: &[T],
) -> Result<Vec<usize>, Failure> {
    let mut there = Vec::new();
    for (at, chunk) in documents.chunks(AT_ONCE).enumerate() {
        match collection.insert_many(chunk).ordered(false).await {
            Ok(_) => {}
            Err(error) => there.extend(duplicates(error)?.into_iter().map(|index| at * AT_ONCE + index)),
        }
    }
    Ok(there)
}

/// The indexes of the documents of one command that met a key which is there already; any other error is one.
fn duplicates(error: Error) -> Result<Vec<usize>, Failure> {
    let ErrorKind::InsertMany(InsertManyError { write_errors: Some(errors), write_concern_error: None, .. }) =
        &*error.kind
    else {
        return Err(error.into());
    };
    if errors.iter().any(|error| error.code != DUPLICATE_KEY) {
        return Err(error.into());
    }
    Ok(errors.iter().map(|error| error.index).collect())
}

/// Whether a command met a key that is there already.
pub(super) fn is_duplicate(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        _ => false,
    }
}

/// Everything that a question finds.
pub(super) async fn all(
    collection: &Collection<Document>,
    filter: Document,
    projection: Option<Document>,
) -> Result<Vec<Document>, Failure> {
    let mut find = collection.find(filter);
    if let Some(projection) = projection {
        find = find.projection(projection);
    }
    Ok(find.await?.try_collect().await?)
}

impl MongoStore {
    /// The documents with these ids, in any order.
    pub(super) async fn by_ids(
        &self,
        collection: &Collection<Document>,
        ids: &[String],
        projection: Option<Document>,
    ) -> Result<Vec<Document>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if self.dialect.many_ids_scan {
            // Of what they own alone: a stream that borrows is not known to be fit for other threads.
            let questions: Vec<_> = ids
                .iter()
                .collect::<HashSet<_>>()
                .into_iter()
                .map(|id| {
                    let (collection, filter) = (collection.clone(), bson::doc! { "_id": id });
                    let projection = projection.clone().unwrap_or_default();
                    async move { Ok::<_, Failure>(collection.find_one(filter).projection(projection).await?) }
                })
                .collect();
            let found: Vec<Option<Document>> =
                stream::iter(questions).buffer_unordered(QUESTIONS).try_collect().await?;
            return Ok(found.into_iter().flatten().collect());
        }
        let mut found = Vec::new();
        for chunk in ids.chunks(AT_ONCE) {
            let ids = Bson::Array(chunk.iter().map(|id| Bson::String(id.clone())).collect());
            found.extend(all(collection, bson::doc! { "_id": { "$in": ids } }, projection.clone()).await?);
        }
        Ok(found)
    }
}
