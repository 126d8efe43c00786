//! What of a staging area is seen: what was staged by commits that came to be.

use bson::{Document, doc};

use super::super::{
    MongoStore,
    failure::Failure,
    operations::{self, ours},
    shares,
};

/// What is seen of the staging area of one operation.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Whether only failed records count any more.
    pub(super) emptied: bool,
    /// Whether there is such an operation.
    pub(super) exists: bool,
    /// Claims, and the last revision that each committed.
    limits: Vec<(String, i64)>,
}

impl View {
    /// The view of an operation as it is now: what its last commit decided is carried out.
    pub(super) async fn of(store: &MongoStore, operation: &str) -> Result<Self, Failure> {
        let Some(stored) = operations::stored_by_id(store, operation).await? else { return Ok(Self::default()) };
        let Some(own) = stored.own else { return Ok(Self::default()) };
        super::carry_out(store, operation, &own).await?;
        let mut limits: Vec<(String, i64)> = own.claims.limits(None, stored.operation.revision).collect();
        limits.extend(shares::limits(store, operation).await?);
        Ok(Self { emptied: own.emptied, exists: true, limits })
    }

    /// Whether something with this stamp is seen. A claim that is not known here let go once it had committed all.
    pub(super) fn sees(&self, claim: &str, revision: i64) -> bool {
        self.limits.iter().all(|(known, limit)| known != claim || revision <= *limit)
    }

    /// Filters of what is not seen.
    pub(super) fn unseen(&self) -> impl Iterator<Item = Document> {
        self.limits.iter().map(|(claim, limit)| doc! { ours("claim"): claim, ours("revision"): { "$gt": *limit } })
    }

    /// Lets a filter match what is seen alone.
    pub(super) fn limit(&self, mut filter: Document) -> Document {
        let unseen: Vec<Document> = self.unseen().collect();
        if !unseen.is_empty() {
            filter.insert("$nor", unseen);
        }
        filter
    }
}
