//! Messages into a workspace's own database: through a server, and bare.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bson::{RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use import_sample::{SlackSample, workspace::ADMIN};
use mongodb::IndexModel;
use serde_json::json;

use super::{PATIENCE, Report, process};
use crate::{
    http::Connection,
    mongodb::{Server as Database, Workspace},
    sample,
    server::Server,
};

/// Documents of one command.
const AT_ONCE: usize = 1_000;
/// How often the server is asked how far it is: each answer costs the database several questions.
const PACE: Duration = Duration::from_millis(200);

/// Imports a Slack export into a database, then writes the very same documents once more without anything around it.
pub(super) fn measure(root: &Path, binary: &Path, scratch: &Path, messages: u64, report: &mut Report) -> Result<()> {
    let database = Database::start(root)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a runtime")?;
    let workspace = runtime.block_on(Workspace::create(database.url()))?;
    let export = scratch.join("mongodb.zip");
    sample::write(&SlackSample { messages, users: 1_000, channels: 100, seed: 1 }, &export)?;

    let data = scratch.join("mongodb");
    fs::create_dir_all(&data).context("creating a directory for the server")?;
    let server = Server::start(binary, &data, &["--store", workspace.url()], Stdio::null())?;
    let mut connection = Connection::open(server.address(), ADMIN.user_id.into(), ADMIN.token.into())?;
    connection.upload("/api/ext/import.upload?importerKey=slack&fileName=export.zip", &export)?;
    until(&mut connection, &["importer_user_selection"])?;
    let everything = json!({"input": {"users": {"all": true}, "channels": {"all": true}, "contacts": {"all": true}}});
    connection.post("/api/v1/startImport", everything.to_string().as_bytes())?;
    until(&mut connection, &["importer_importing_messages"])?;
    let (begun, before) = (Instant::now(), process::processor_time(server.id())?);
    until(&mut connection, &["importer_finishing", "importer_done"])?;
    let (imported, worked) = (begun.elapsed(), process::processor_time(server.id())? - before);
    until(&mut connection, &["importer_done"])?;
    let finished = begun.elapsed() - imported;
    let memory = process::most_memory(server.id())?;
    server.stop()?;

    let (count, bytes, bare) = runtime.block_on(bare(&workspace))?;
    report.rate("messages into MongoDB's protocol, through a server", count, imported);
    report.rate("the same documents, bare insert_many of 1,000", count, bare);
    report.add("  through a server, of that", &format!("{:.0} %", 100.0 * bare.as_secs_f64() / imported.as_secs_f64()));
    report.add("  time of a core that the server took for each", &micros(worked, count));
    report.add("  the last step after them, for each", &micros(finished, count));
    report.add("  most memory", &memory);
    report.add("  a document in BSON", &format!("{} bytes", bytes / count.max(1)));
    runtime.block_on(workspace.remove())
}

/// The time that each of so many took.
fn micros(time: Duration, count: usize) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6 / count.max(1) as f64)
}

fn until(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    let begun = Instant::now();
    loop {
        let status = connection.get("/api/v1/import.status")?;
        let step = status["operation"]["status"].as_str().unwrap_or_default();
        if steps.contains(&step) {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "the import is at {step} after {PATIENCE:?}");
        if ["importer_import_failed", "importer_import_cancelled"].contains(&step) {
            bail!("the import ended: {status}");
        }
        std::thread::sleep(PACE);
    }
}

/// How many messages there are, how many bytes they have, and how long it takes to write them into another collection with the
/// same indexes.
async fn bare(workspace: &Workspace) -> Result<(usize, usize, Duration)> {
    let messages = workspace.database().collection::<RawDocumentBuf>("rocketchat_message");
    let documents: Vec<RawDocumentBuf> = messages.find(doc! {}).await?.try_collect().await?;
    let bare = workspace.database().collection::<RawDocumentBuf>("bare");
    let indexes: Vec<IndexModel> = messages.list_indexes().await?.try_collect().await?;
    let own = indexes.into_iter().filter(|index| !index.keys.contains_key("_id")).map(|mut index| {
        // The server's own number for how it stores an index: not every server takes it back.
        index.options.get_or_insert_default().version = None;
        index
    });
    bare.create_indexes(own).await.context("making the same indexes")?;
    let begun = Instant::now();
    for chunk in documents.chunks(AT_ONCE) {
        bare.insert_many(chunk).ordered(false).await?;
    }
    let took = begun.elapsed();
    Ok((documents.len(), documents.iter().map(|document| document.as_bytes().len()).sum(), took))
}
