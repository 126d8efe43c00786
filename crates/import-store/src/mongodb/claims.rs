//! Who works on what.
//!
//! An operation, and each share of one, is claimed by one server at a time. Each claim has a number (the fencing number),
//! greater than the one before, and a lease: the server's name and when it expires, by the database's clock. A commit names
//! claim and revision in its filter: once another server has claimed, none of an earlier one succeeds.
//!
//! Where a claim ended is kept: up to which revision it made commits (an epoch). A staged record says under which claim and
//! for which revision it was staged, and is seen only if that commit came to be: so what a server stages that was cut off in
//! between, or wakes up long after another has gone on, is as if it was never there.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bson::{Bson, DateTime, Document, doc};
use import_proto::Timestamp;

use super::{MongoStore, OURS, activity, failure::Failure, operations, shares, staging};
use crate::{Claim, operation::StoredOperation};

/// How often to try to claim what somebody else is just changing.
const TRIES: usize = 10;

/// How many documents a batch writes at most, about. After a crash they are made again in several smaller ones.
const MOST_AGAIN: usize = 5_000;

/// What is claimed: an operation, or a share of one.
pub(super) type Key = (String, Option<u32>);

/// A claim of this server.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Its number.
    pub(super) claim: i64,
    /// The revision that was committed last.
    pub(super) revision: u64,
    /// How many documents may still be there that a batch has written which was cut short, and is made again.
    again: usize,
    /// Set once it is known to be lost.
    lost: Arc<AtomicBool>,
    /// When it was renewed last, and for how long.
    kept: Arc<Mutex<(Instant, Duration)>>,
}

impl Held {
    /// `asked`: when the database was asked for it, for so long.
    pub(super) fn new(claim: i64, revision: u64, again: bool, asked: Instant, lease: Duration) -> Self {
        let again = if again { MOST_AGAIN } else { 0 };
        Self { claim, revision, again, lost: Arc::default(), kept: Arc::new(Mutex::new((asked, lease))) }
    }

    /// Notes that it was renewed.
    fn keep(&self, asked: Instant, lease: Duration) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = (asked, lease);
    }

    /// The same claim, once a commit has come to be that wrote so many documents.
    pub(super) fn after(self, revision: u64, written: usize) -> Self {
        Self { revision, again: self.again.saturating_sub(written), ..self }
    }

    /// Whether a batch may be made again that was cut short.
    pub(super) fn is_again(&self) -> bool {
        self.again > 0
    }

    /// Whether it is lost for certain, or may be: a process that was stopped for longer than its lease finds out so before it
    /// has asked anybody. A lease of no time says nothing about time.
    pub(super) fn is_lost(&self) -> bool {
        let (kept, lease) = *self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.lost.load(Ordering::Relaxed) || (!lease.is_zero() && kept.elapsed() >= lease)
    }
}

/// The claims on an operation or a share, as they are stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims {
    /// The number of the current one, or of the last one.
    pub(super) number: i64,
    lease: Option<Lease>,
    /// Earlier ones, and the last revision that each committed.
    epochs: Vec<(i64, i64)>,
}

#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) server: String,
    /// By the database's clock, in milliseconds.
    pub(super) expires: i64,
}

impl Claims {
    pub(super) fn of(document: &Document) -> Self {
        let lease = document.get_document("lease").ok().map(|lease| Lease {
            server: lease.get_str("server").unwrap_or_default().to_owned(),
            expires: lease.get_datetime("expires").map(|date| date.timestamp_millis()).unwrap_or_default(),
        });
        let epochs = document.get_array("epochs").map(Vec::as_slice).unwrap_or_default();
        let epochs = epochs.iter().filter_map(Bson::as_document);
        let epochs = epochs.map(|epoch| (integer(epoch, "claim"), integer(epoch, "revision")));
        Self { number: integer(document, "claim"), lease, epochs: epochs.collect() }
    }

    /// What tells this state of the claims at a revision, in the object at `path`, or at the top where that is empty.
    pub(super) fn filter(&self, path: &str, revision: u64) -> Document {
        let field = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        doc! { field("claim"): self.number, field("revision"): revision.cast_signed() }
    }

    /// What is kept of the current claim once it is over.
    pub(super) fn epoch(&self, revision: u64) -> Document {
        doc! { "claim": self.number, "revision": revision.cast_signed() }
    }

    /// Who works on it, or did and has not let go of it.
    pub(super) fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// Whether a server other than this one works on it.
    pub(super) fn is_elsewhere(&self, store: &MongoStore) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.server != store.server && lease.expires > store.now())
    }

    /// Whether somebody else did and has not let go of it.
    fn is_abandoned(&self, store: &MongoStore) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.server != store.server)
    }

    /// Whether this server did, and lost track of what it did.
    fn is_own(&self, store: &MongoStore) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.server == store.server)
    }

    /// Up to which revision what each claim staged came to be: by the names that staged records give claims.
    pub(super) fn limits(&self, share: Option<u32>, revision: u64) -> impl Iterator<Item = (String, i64)> {
        let all = self.epochs.iter().copied().chain([(self.number, revision.cast_signed())]);
        all.map(move |(claim, revision)| (name(claim, share), revision))
    }
}

/// What staged records call a claim.
pub(super) fn name(claim: i64, share: Option<u32>) -> String {
    match share {
        Some(share) => format!("{share}/{claim}"),
        None => claim.to_string(),
    }
}

/// Whether of two claims, by the names that staged records give them, one was made after the other on the same thing.
pub(super) fn is_later(one: &str, other: &str) -> bool {
    fn parts(name: &str) -> (Option<&str>, Option<i64>) {
        match name.rsplit_once('/') {
            Some((share, number)) => (Some(share), number.parse().ok()),
            None => (None, name.parse().ok()),
        }
    }
    let ((share, number), (of, than)) = (parts(one), parts(other));
    share == of && number > than
}

fn integer(document: &Document, field: &str) -> i64 {
    match document.get(field) {
        Some(Bson::Int32(number)) => (*number).into(),
        Some(Bson::Int64(number)) => *number,
        _ => 0,
    }
}

pub(super) fn revision(document: &Document) -> Result<u64, Failure> {
    u64::try_from(integer(document, "revision")).map_err(|_| Failure::Damaged("a revision is negative".into()))
}

/// A number as BSON has them.
pub(super) fn number(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Damaged(format!("the number {number} is too great to be stored")))
}

impl MongoStore {
    /// The lease of this server from now on.
    pub(super) fn new_lease(&self) -> Document {
        let millis = i64::try_from(self.lease.min(Duration::from_secs(86_400)).as_millis()).unwrap_or_default();
        doc! { "server": &self.server, "expires": DateTime::from_millis(self.now() + millis) }
    }

    fn held_claims(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<Key, Held>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What this server has claimed.
    pub(super) fn held(&self, key: &Key) -> Option<Held> {
        self.held_claims().get(key).cloned()
    }

    pub(super) fn hold(&self, key: Key, held: Held) {
        self.held_claims().insert(key, held);
    }

    /// Notes that a claim is lost, or that this server does not know any more how far it was.
    pub(super) fn lose(&self, key: &Key) {
        if let Some(held) = self.held_claims().remove(key) {
            held.lost.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that nothing of an operation is to be worked on any more.
    pub(super) fn let_go_of(&self, operation: &str) {
        self.held_claims().retain(|(id, _), held| {
            let other = id != operation;
            if !other {
                held.lost.store(true, Ordering::Relaxed);
            }
            other
        });
    }
}

/// Claims an operation: see [`crate::Store::claim`].
pub(super) async fn claim_operation(store: &MongoStore, id: &str) -> Result<Claim, Failure> {
    store.read_clock().await?;
    for _ in 0..TRIES {
        let Some(stored) = operations::stored_by_id(store, id).await? else { return Ok(Claim::Nothing) };
        let Some(own) = stored.own.filter(|_| !stored.operation.is_ended()) else { return Ok(Claim::Nothing) };
        if own.claims.is_elsewhere(store) {
            return Ok(Claim::Elsewhere);
        }
        let key = (id.to_owned(), None);
        if let Some(held) = store.held(&key)
            && held.claim == own.claims.number
            && held.revision == stored.operation.revision
        {
            return Ok(Claim::Held { operation: Box::new(stored.operation), abandoned: false });
        }
        if take(store, &key, &own.claims, stored.operation.revision).await? {
            staging::carry_out(store, id, &own).await?;
            // Whoever created this one may have crashed before the one before was ended.
            operations::end_earlier(store, own.number, Timestamp::now()).await?;
            let abandoned = own.claims.is_abandoned(store);
            return Ok(Claim::Held { operation: Box::new(stored.operation), abandoned });
        }
    }
    Ok(Claim::Elsewhere)
}

/// Claims an operation that is at this revision for one commit; none where it is not, or another server works on it.
pub(super) async fn claim_at(store: &MongoStore, operation: &StoredOperation) -> Result<Option<Held>, Failure> {
    let id = &operation.operation.id;
    let key = (id.clone(), None);
    let Some(stored) = operations::stored_by_id(store, id).await? else { return Ok(None) };
    let Some(own) = stored.own else { return Ok(None) };
    let differs = stored.operation.is_ended() || stored.operation.revision != operation.revision;
    if differs || own.emptied || own.claims.is_elsewhere(store) {
        return Ok(None);
    }
    if !take(store, &key, &own.claims, operation.revision).await? {
        return Ok(None);
    }
    staging::carry_out(store, id, &own).await?;
    Ok(store.held(&key))
}

/// Makes a claim of this server's the next one, unless anything changed meanwhile.
pub(super) async fn take(store: &MongoStore, key: &Key, claims: &Claims, revision: u64) -> Result<bool, Failure> {
    let (number, asked) = (claims.number + 1, Instant::now());
    let (id, share) = key;
    let (collection, document, path) = match share {
        None => (store.operations(), id.clone(), OURS),
        Some(share) => (store.shares_collection(), shares::id_of(id, *share), ""),
    };
    let field = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut filter = doc! { "_id": document };
    filter.extend(claims.filter(path, revision));
    let mut update = doc! { "$set": { field("claim"): number, field("lease"): store.new_lease() } };
    // One that let go has staged nothing beyond what it committed.
    if claims.lease.is_some() {
        update.insert("$push", doc! { field("epochs"): claims.epoch(revision) });
    }
    if collection.update_one(filter, update).await?.matched_count == 0 {
        return Ok(false);
    }
    activity::forget(store);
    let again = claims.is_abandoned(store) || claims.is_own(store);
    store.hold(key.clone(), Held::new(number, revision, again, asked, store.lease));
    Ok(true)
}

/// Renews a claim: see [`crate::Store::keep`].
pub(super) async fn keep(store: &MongoStore, operation: &str, share: Option<u32>) -> Result<bool, Failure> {
    let key = (operation.to_owned(), share);
    let Some(held) = store.held(&key) else { return Ok(false) };
    let asked = Instant::now();
    let kept = match share {
        None => {
            let filter = doc! {
                "_id": operation, operations::ours("claim"): held.claim, operations::ours("ended"): false,
                operations::ours("lease.server"): &store.server,
            };
            let set = doc! { "$set": { operations::ours("lease"): store.new_lease() } };
            store.operations().update_one(filter, set).await?.matched_count > 0
        }
        Some(share) => {
            let filter =
                doc! { "_id": shares::id_of(operation, share), "claim": held.claim, "lease.server": &store.server };
            let set = doc! { "$set": { "lease": store.new_lease() } };
            operations::in_use(store, operation).await?
                && store.shares_collection().update_one(filter, set).await?.matched_count > 0
        }
    };
    if kept {
        held.keep(asked, store.lease);
    }
    // A commit that has just put it to rest has let go of it too.
    if !kept && store.held(&key).is_some_and(|now| now.claim == held.claim) {
        store.lose(&key);
    }
    Ok(kept)
}

/// Ends a claim of this server: see [`crate::Store::release`].
pub(super) async fn release(store: &MongoStore, operation: &str, share: Option<u32>) -> Result<(), Failure> {
    let key = (operation.to_owned(), share);
    let Some(held) = store.held(&key) else { return Ok(()) };
    match share {
        None => {
            let filter = doc! {
                "_id": operation, operations::ours("claim"): held.claim, operations::ours("lease.server"): &store.server,
            };
            let set = doc! { "$set": { operations::ours("lease"): Bson::Null } };
            store.operations().update_one(filter, set).await?;
        }
        Some(share) => {
            let filter =
                doc! { "_id": shares::id_of(operation, share), "claim": held.claim, "lease.server": &store.server };
            store.shares_collection().update_one(filter, doc! { "$set": { "lease": Bson::Null } }).await?;
        }
    }
    store.lose(&key);
    Ok(())
}
