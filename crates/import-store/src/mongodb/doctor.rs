//! Whether it is safe to import into a workspace's database now: one question after the other, each with what was found and
//! what to do. A question that fails is an answer too, and keeps none of the others from being asked.

use std::{fmt::Display, time::Instant};

use bson::{Bson, DateTime, Document, doc};
use import_proto::Timestamp;
use mongodb::{error::Error, options::Acknowledgment};
use serde::Serialize;

use super::{
    MongoStore,
    claims::{Claims, Lease},
    failure::Failure,
    indexes, operations,
};
use crate::{credentials::random_id, documents::ROCKET_CAT};

/// An answer takes so long where an import becomes slow, in milliseconds.
const SLOW_MILLIS: f64 = 20.0;
/// Clocks differ by so much where it shows in what is imported, in milliseconds.
const CLOCK_MILLIS: i64 = 2_000;
/// How often the answer is timed: the quickest counts.
const PINGS: usize = 3;
/// Less room than this is little, in bytes, and less than this share of the disk.
const LITTLE_ROOM: f64 = 5.0 * GIB;
const LITTLE_SHARE: f64 = 0.1;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// The lines of Rocket.Chat whose documents an import knows.
const KNOWN_LINES: [&str; 2] = ["7.", "8."];

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// An import works; something is to be known before.
    Warning,
    /// An import is not safe now.
    Problem,
}

impl Level {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, level: Level::Ok, found: found.into(), advice: None }
    }

    /// Something to know.
    pub fn warning(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, level: Level::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    /// Something that makes an import unsafe.
    pub fn problem(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, level: Level::Problem, found: found.into(), advice: Some(advice.into()) }
    }

    /// Something could not be found out, which an import needs to work.
    fn unreadable(name: &'static str, what: &str, error: impl Display) -> Self {
        Self::problem(
            name,
            format!("cannot read {what}: {error}"),
            format!("give this login the right to read {what}, and look at the database's log"),
        )
    }
}

impl MongoStore {
    /// Looks at everything that an import relies on. It writes one document into a collection of its own, and removes it.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(connection(self).await);
        findings.push(encryption(self));
        findings.push(write_concern(self));
        findings.push(workspace(self).await);
        findings.push(version(self).await);
        findings.push(roles(self).await);
        for permission in ["run-import", "view-import-operations"] {
            findings.push(may(self, permission).await);
        }
        findings.push(writing(self).await);
        findings.push(wanted_indexes(self).await);
        findings.push(file_storage(self).await);
        findings.push(room(self).await);
        findings.push(operation(self).await);
        findings
    }
}

fn text<'a>(document: &'a Document, field: &str) -> Option<&'a str> {
    document.get_str(field).ok().filter(|text| !text.is_empty())
}

#[allow(clippy::cast_precision_loss)]
fn number(document: &Document, field: &str) -> Option<f64> {
    match document.get(field) {
        Some(Bson::Int32(number)) => Some((*number).into()),
        Some(Bson::Int64(number)) => Some(*number as f64),
        Some(Bson::Double(number)) => Some(*number),
        _ => None,
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Which server it is, how far away, and what time it has.
async fn connection(store: &MongoStore) -> Vec<Finding> {
    const NAME: &str = "connection";
    let build = match store.database.run_command(doc! { "buildInfo": 1 }).await {
        Ok(build) => build,
        Err(error) => {
            let advice = "check that the database runs and can be reached from here";
            return vec![Finding::problem(NAME, format!("the database does not answer: {error}"), advice)];
        }
    };
    let version = text(&build, "version").unwrap_or("of an unknown version");
    let hello = store.database.run_command(doc! { "hello": 1 }).await;
    let topology = hello.as_ref().map_or_else(|error| format!("`hello` fails: {error}"), topology);
    let sharded = hello.as_ref().is_ok_and(is_sharded);
    let mut findings = vec![timed(store, &format!("{version}, {topology}")).await];

    const SERVER: &str = "database server";
    let ferretdb = build.get_str("ferretdbVersion").ok().or_else(|| {
        let own = build.get_document("ferretdb").ok()?;
        own.get_str("version").ok()
    });
    findings.push(if !store.dialect.collation {
        Finding::warning(
            SERVER,
            format!("FerretDB {}", ferretdb.unwrap_or("of an unknown version")),
            "use it for trying things out, not for production: its updates are not atomic, it has no indexes without regard \
             to case, and it reads whole collections to find a few documents",
        )
    } else if sharded {
        Finding::warning(
            SERVER,
            format!("MongoDB {version}, a sharded cluster"),
            "no import into a sharded cluster was ever tried: try it on a copy first",
        )
    } else {
        Finding::ok(SERVER, format!("MongoDB {version}"))
    });
    findings.push(clock(store).await);
    findings
}

fn is_sharded(hello: &Document) -> bool {
    text(hello, "msg") == Some("isdbgrid")
}

fn topology(hello: &Document) -> String {
    match text(hello, "setName") {
        Some(name) => format!("replica set {name}"),
        None if is_sharded(hello) => "sharded cluster".into(),
        None => "one server without a replica set".into(),
    }
}

async fn timed(store: &MongoStore, server: &str) -> Finding {
    const NAME: &str = "connection";
    let mut quickest = f64::INFINITY;
    for _ in 0..PINGS {
        let began = Instant::now();
        if let Err(error) = store.database.run_command(doc! { "ping": 1 }).await {
            let advice = "check that the database runs and can be reached from here";
            return Finding::problem(NAME, format!("{server}; it does not answer a ping: {error}"), advice);
        }
        quickest = quickest.min(began.elapsed().as_secs_f64() * 1000.0);
    }
    let found = format!("{server}; answers within {quickest:.1} ms");
    if quickest < SLOW_MILLIS {
        return Finding::ok(NAME, found);
    }
    Finding::warning(NAME, found, "run this server nearer to the database: an import asks it many small questions")
}

async fn clock(store: &MongoStore) -> Finding {
    const NAME: &str = "clock";
    if let Err(error) = store.read_clock().await {
        let advice = "check that this login may run the command `hello`";
        return Finding::warning(NAME, format!("the database's clock cannot be read: {error}"), advice);
    }
    let ahead = store.now() - Timestamp::now().as_millis();
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    let found = format!("the database's clock is {} ms {side} this machine's", ahead.abs());
    if ahead.abs() < CLOCK_MILLIS {
        return Finding::ok(NAME, found);
    }
    Finding::warning(
        NAME,
        found,
        "let both keep time by NTP: claims go by the database's clock, but dates in what is imported by this machine's",
    )
}

fn encryption(store: &MongoStore) -> Finding {
    const NAME: &str = "encryption";
    match (store.wire.encrypted, store.wire.local) {
        (true, _) => Finding::ok(NAME, "TLS"),
        (false, true) => Finding::ok(NAME, "none, and none needed: the database is on this machine"),
        (false, false) => Finding::warning(
            NAME,
            "none: the password's proof and everything imported cross the network in the open",
            "unless that network is yours alone, add tls=true to the address",
        ),
    }
}

fn write_concern(store: &MongoStore) -> Finding {
    const NAME: &str = "write concern";
    match store.database.write_concern().and_then(|concern| concern.w.clone()) {
        None | Some(Acknowledgment::Majority) => Finding::ok(NAME, "majority"),
        Some(other) => {
            let other = match other {
                Acknowledgment::Nodes(nodes) => nodes.to_string(),
                Acknowledgment::Custom(name) => name,
                _ => "another one".into(),
            };
            Finding::warning(
                NAME,
                format!("w={other}, as the address says"),
                "leave w out of the address: with less than majority, what counts as imported can be lost when the primary \
                 changes",
            )
        }
    }
}

async fn workspace(store: &MongoStore) -> Finding {
    const NAME: &str = "workspace";
    let name = store.database.name();
    match store.users().find_one(doc! { "_id": ROCKET_CAT }).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            return Finding::problem(
                NAME,
                format!("the database {name} holds no Rocket.Chat workspace: there is no user rocket.cat in it"),
                "check the name of the database, and start Rocket.Chat on it once",
            );
        }
        Err(error) => return Finding::unreadable(NAME, "users", error),
    }
    match store.rooms().find_one(doc! { "_id": "GENERAL" }).await {
        Ok(Some(_)) => Finding::ok(NAME, format!("the database {name} has the user rocket.cat and the room GENERAL")),
        Ok(None) => Finding::warning(
            NAME,
            format!("the database {name} has the user rocket.cat, but no room GENERAL"),
            "start Rocket.Chat on it once, unless the room was removed on purpose",
        ),
        Err(error) => Finding::unreadable(NAME, "rocketchat_room", error),
    }
}

async fn version(store: &MongoStore) -> Finding {
    const NAME: &str = "Rocket.Chat";
    const ADVICE: &str = "try the import on a copy of the database first: the documents of 7.x and 8.x are known";
    let statistics = store.collection("rocketchat_statistics");
    match statistics.find_one(doc! {}).sort(doc! { "createdAt": -1 }).await {
        Err(error) => Finding::warning(
            NAME,
            format!("which version wrote it cannot be read: {error}"),
            "let this login read rocketchat_statistics",
        ),
        Ok(newest) => match newest.as_ref().and_then(|newest| text(newest, "version")) {
            None => Finding::warning(NAME, "nothing says which version wrote it", ADVICE),
            Some(version) if KNOWN_LINES.iter().any(|line| version.starts_with(line)) => {
                Finding::ok(NAME, format!("written by {version}"))
            }
            Some(version) => Finding::warning(NAME, format!("written by {version}"), ADVICE),
        },
    }
}

async fn roles(store: &MongoStore) -> Finding {
    const NAME: &str = "roles";
    match super::accounts::roles(store).await {
        Err(failure) => Finding::unreadable(NAME, "rocketchat_roles", said(&failure)),
        Ok(roles) if roles.iter().any(|role| role == "user") => {
            Finding::ok(NAME, format!("{}, `user` among them", counted(roles.len() as u64, "role", "roles")))
        }
        Ok(roles) => Finding::problem(
            NAME,
            format!(
                "{}, but no `user`, which everybody has who is imported",
                counted(roles.len() as u64, "role", "roles")
            ),
            "start Rocket.Chat on the database once: it makes the roles that it needs",
        ),
    }
}

/// Who has a permission.
async fn may(store: &MongoStore, permission: &'static str) -> Finding {
    const MAKE: &str = "give it to a role in Rocket.Chat, under Administration, Permissions";
    let found = match store.collection("rocketchat_permissions").find_one(doc! { "_id": permission }).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let advice = "start Rocket.Chat on the database once: it makes the permissions that it needs";
            return Finding::problem(permission, "there is no such permission", advice);
        }
        Err(error) => return Finding::unreadable(permission, "rocketchat_permissions", error),
    };
    let roles: Vec<&str> =
        found.get_array("roles").map(|roles| roles.iter().filter_map(Bson::as_str).collect()).unwrap_or_default();
    if roles.is_empty() {
        return Finding::problem(permission, "no role has it", MAKE);
    }
    let filter = doc! { "roles": { "$in": &roles }, "active": true, "type": { "$ne": "bot" } };
    match store.users().count_documents(filter).await {
        Ok(0) => Finding::problem(
            permission,
            format!("no active user has it; its roles are {}", roles.join(", ")),
            "give one of these roles to whoever is to run imports",
        ),
        Ok(users) => Finding::ok(
            permission,
            format!("{} by {}", counted(users, "active user has it", "active users have it"), roles.join(", ")),
        ),
        Err(error) => Finding::unreadable(permission, "users", error),
    }
}

/// Whether this login may write at all.
async fn writing(store: &MongoStore) -> Finding {
    const NAME: &str = "writing";
    const ADVICE: &str =
        "give this login the rights that docs/mongodb.md lists, and check that the server is no secondary";
    let id = format!("doctor/{}", random_id());
    if let Err(error) = store.state().insert_one(doc! { "_id": &id, "kind": "doctor" }).await {
        return Finding::problem(NAME, format!("this login cannot write into import_server_state: {error}"), ADVICE);
    }
    match store.state().delete_one(doc! { "_id": &id }).await {
        Ok(_) => Finding::ok(NAME, "this login can add to import_server_state and remove from it"),
        Err(error) => Finding::problem(
            NAME,
            format!("this login cannot remove from import_server_state, where {id} is left behind: {error}"),
            ADVICE,
        ),
    }
}

async fn wanted_indexes(store: &MongoStore) -> Finding {
    const NAME: &str = "indexes";
    match indexes::missing(store).await {
        Err(error) => Finding::unreadable(NAME, "the indexes", error),
        Ok((wanted, missing)) if missing.is_empty() => Finding::ok(NAME, format!("all {wanted} are there")),
        Ok((wanted, missing)) => Finding::warning(
            NAME,
            format!("{} of {wanted} are missing: {}", missing.len(), missing.join(", ")),
            "`serve` and `import` make them when they start; those on large collections take their time, and load the \
             database meanwhile",
        ),
    }
}

async fn file_storage(store: &MongoStore) -> Finding {
    const NAME: &str = "file storage";
    const GRIDFS: &str = "GridFS";
    let setting = store.collection("rocketchat_settings").find_one(doc! { "_id": "FileUpload_Storage_Type" }).await;
    match setting {
        Err(error) => Finding::unreadable(NAME, "rocketchat_settings", error),
        Ok(setting) => match setting.as_ref().and_then(|setting| text(setting, "value")) {
            Some(GRIDFS) => Finding::ok(NAME, "GridFS, as imported files are stored"),
            other => Finding::warning(
                NAME,
                format!("FileUpload_Storage_Type is {}", other.unwrap_or("not set")),
                "imported files and avatars go into the database (GridFS) all the same, so see that it has room for them",
            ),
        },
    }
}

async fn room(store: &MongoStore) -> Finding {
    match store.database.run_command(doc! { "dbStats": 1 }).await {
        Err(error) => Finding::warning(
            SPACE,
            format!("how full it is cannot be read: {error}"),
            "let this login run dbStats, or look at the database's disk yourself",
        ),
        Ok(stats) => match (number(&stats, "fsTotalSize"), number(&stats, "fsUsedSize")) {
            (Some(total), Some(used)) if total > 0.0 => space(SPACE, total, total - used, "the database's disk"),
            _ => Finding::ok(SPACE, "this server does not say how full its disk is"),
        },
    }
}

const SPACE: &str = "free space";

/// What free room on a disk of this size means, both in bytes.
pub fn space(name: &'static str, total: f64, free: f64, whose: &str) -> Finding {
    let found = format!("{:.1} of {:.1} GiB are free on {whose}", free / GIB, total / GIB);
    if free >= LITTLE_ROOM && free >= total * LITTLE_SHARE {
        return Finding::ok(name, found);
    }
    Finding::warning(
        name,
        found,
        "make room before a large import: while it runs it needs about twice the size of the export file, and the files \
         that it brings along once",
    )
}

/// Whether somebody is at work, whom a new import would interrupt.
async fn operation(store: &MongoStore) -> Finding {
    const NAME: &str = "operation";
    let current = match operations::current_stored(store).await {
        Ok(Some(current)) => current,
        Ok(None) => return Finding::ok(NAME, "nothing was imported yet"),
        Err(failure) => return Finding::unreadable(NAME, "rocketchat_import", said(&failure)),
    };
    let operation = &current.operation;
    let (id, step) = (&operation.operation.id, operation.step());
    let over = step.is_final() || !operation.operation.valid || operation.ended_by_administrator;
    let Some(own) = current.own else {
        return if over {
            Finding::ok(NAME, format!("none at work; the last one, {id}, was Rocket.Chat's own and is at {step}"))
        } else {
            Finding::problem(
                NAME,
                format!("{id} is Rocket.Chat's own, is unfinished and is at {step}"),
                "wait until it is done, or cancel it in Rocket.Chat: a new import ends it",
            )
        };
    };
    if over {
        return Finding::ok(NAME, format!("none at work; the last one, {id}, is at {step}"));
    }
    if operations::is_at_rest(step) {
        let found = format!("{id} is at {step}, and waits for whoever made it");
        return Finding::warning(NAME, found, "go on with it, or begin another one, which ends it");
    }
    let mut leases: Vec<Lease> = own.claims.lease().cloned().into_iter().collect();
    match store.state_of_shares(id).await {
        Ok(shares) => leases.extend(shares),
        Err(error) => return Finding::unreadable(NAME, "import_server_shares", error),
    }
    let now = store.now();
    leases.retain(|lease| lease.expires > now);
    leases.sort_by(|a, b| (&a.server, -a.expires).cmp(&(&b.server, -b.expires)));
    leases.dedup_by(|a, b| a.server == b.server);
    if leases.is_empty() {
        return Finding::warning(
            NAME,
            format!("{id} is at {step}, and no server works on it"),
            "a server that runs takes it up within seconds; a new import ends it",
        );
    }
    let servers: Vec<String> =
        leases.iter().map(|lease| format!("{} until {}", lease.server, when(lease.expires))).collect();
    Finding::warning(
        NAME,
        format!("{id} is at {step}; at work, by claims that they renew: {}", servers.join(", ")),
        "wait until it is done: a new import ends it",
    )
}

impl MongoStore {
    /// Who works on shares of an operation's messages.
    async fn state_of_shares(&self, operation: &str) -> Result<Vec<Lease>, Error> {
        let mut found =
            self.shares_collection().find(doc! { "operation": operation }).projection(doc! { "lease": 1 }).await?;
        let mut leases = Vec::new();
        while found.advance().await? {
            leases.extend(Claims::of(&found.deserialize_current()?).lease().cloned());
        }
        Ok(leases)
    }
}

fn when(millis: i64) -> String {
    DateTime::from_millis(millis).try_to_rfc3339_string().unwrap_or_else(|_| millis.to_string())
}

fn said(failure: &Failure) -> String {
    match failure {
        Failure::Database(error) => error.to_string(),
        Failure::Damaged(reason) | Failure::Refused(reason) => reason.clone(),
        Failure::File(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_it_is_set_up() {
        assert_eq!(topology(&doc! { "setName": "rs0", "isWritablePrimary": true }), "replica set rs0");
        assert_eq!(topology(&doc! { "msg": "isdbgrid" }), "sharded cluster");
        assert_eq!(topology(&doc! { "isWritablePrimary": true }), "one server without a replica set");
    }

    #[test]
    fn a_disk_is_full_by_its_room_and_by_its_share() {
        for (total, free, level) in [
            (100.0, 50.0, Level::Ok),
            (100.0, 9.0, Level::Warning),
            (20.0, 4.0, Level::Warning),
            (100.0, 0.0, Level::Warning),
        ] {
            assert_eq!(space(SPACE, total * GIB, free * GIB, "a disk").level, level, "{free} of {total}");
        }
    }
}
