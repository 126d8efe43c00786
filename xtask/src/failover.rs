//! `cargo xtask failover`: several servers on one database import a Slack export while one of them is killed every few
//! seconds; then everything that is in the database is compared with what an import that nobody disturbed makes of it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bson::{Document, doc};
use clap::Args;
use futures_util::TryStreamExt as _;
use import_sample::{SlackSample, workspace::ADMIN};
use serde_json::{Value, json};

use crate::{
    cargo, grouped,
    http::Connection,
    mongodb::{Server as Database, Workspace},
    print, sample,
    server::Server,
};

/// How much to import, and how rudely.
#[derive(Debug, Clone, Args)]
pub(crate) struct Extent {
    /// Messages of the export
    #[arg(long, default_value_t = 200_000)]
    messages: u64,
    /// Servers on the database
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    servers: u32,
    /// Seconds from one kill to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 6)]
    kill_every: u64,
    /// Seconds after which a server that does not answer has lost its claim
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    lease: u64,
    /// Use the debug build
    #[arg(long)]
    debug: bool,
}

/// How long everything may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often the servers are asked how far they are.
const PACE: Duration = Duration::from_millis(200);

/// Imports, kills, and compares.
///
/// # Errors
/// Where something could not be built, started or asked, and where anything is lost, doubled or different.
pub(crate) fn run(root: &Path, extent: &Extent) -> Result<ExitCode> {
    let binary = build(root, extent.debug)?;
    let scratch = cargo::target(root).join("failover");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("removing what the last run left")?;
    }
    fs::create_dir_all(&scratch).context("creating a directory to work in")?;
    let database = Database::start(root)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a runtime")?;
    let workspace = runtime.block_on(Workspace::create(database.url()))?;

    let export = scratch.join("export.zip");
    let sample = SlackSample { messages: extent.messages, users: 500, channels: 60, seed: 7 };
    sample::write(&sample, &export)?;
    let expected = undisturbed(&binary, &scratch, &export)?;
    println!("undisturbed: {} messages", grouped(expected.messages.len() as u64));

    let disturbed = disturb(&binary, &scratch, extent, &workspace, &export)?;
    println!(
        "imported by {} servers in {:.1?}, {} of them killed on the way",
        extent.servers, disturbed.took, disturbed.kills
    );
    let found = runtime.block_on(Contents::of_database(&workspace))?;
    let differences = expected.differences(&found);
    runtime.block_on(workspace.remove())?;
    fs::remove_dir_all(&scratch).context("removing what this run made")?;
    if differences.is_empty() {
        print(&format!(
            "nothing lost, doubled or different: {} messages, {} memberships, {} rooms, {} users\n",
            grouped(found.messages.len() as u64),
            grouped(found.members.len() as u64),
            grouped(found.rooms.len() as u64),
            grouped(found.users.len() as u64),
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &differences {
        eprintln!("error: {difference}");
    }
    Ok(ExitCode::FAILURE)
}

fn build(root: &Path, debug: bool) -> Result<PathBuf> {
    let mut command = cargo::command(root);
    command.args(["build", "--locked", "--package", "import-server"]);
    if !debug {
        command.arg("--release");
    }
    ensure!(command.status().context("running cargo build")?.success(), "the build failed");
    Ok(cargo::target(root).join(if debug { "debug" } else { "release" }).join("import-server"))
}

/// What became of an import with servers that were killed.
struct Disturbed {
    took: Duration,
    kills: u32,
}

/// A server that is started again after it was killed.
struct Victim {
    directory: PathBuf,
    server: Server,
}

fn disturb(binary: &Path, scratch: &Path, extent: &Extent, workspace: &Workspace, export: &Path) -> Result<Disturbed> {
    let start = |directory: &Path| -> Result<Server> {
        fs::create_dir_all(directory)?;
        let log = File::options().create(true).append(true).open(directory.join("log"))?;
        let lease = extent.lease.to_string();
        Server::start(binary, directory, &["--store", workspace.url(), "--lease", &lease], Stdio::from(log))
    };
    let mut victims = Vec::new();
    for number in 0..extent.servers {
        let directory = scratch.join(format!("server-{number}"));
        victims.push(Victim { server: start(&directory)?, directory });
    }
    let connect =
        |victim: &Victim| Connection::open(victim.server.address(), ADMIN.user_id.to_owned(), ADMIN.token.to_owned());
    connect(&victims[0])?.upload("/api/ext/import.upload?importerKey=slack&fileName=export.zip", export)?;

    let begun = Instant::now();
    let (mut kills, mut next, mut started) = (0, 0, false);
    let mut kill_at = Instant::now() + Duration::from_secs(extent.kill_every);
    loop {
        ensure!(begun.elapsed() < PATIENCE, "the import is not done after {PATIENCE:?}");
        // Any server answers any request: another one each time.
        next = (next + 1) % victims.len();
        let status = connect(&victims[next])?.get("/api/v1/import.status")?;
        match status["state"].as_str().unwrap_or_default() {
            "ready" if !started => {
                let everything =
                    json!({"input": {"users": {"all": true}, "channels": {"all": true}, "contacts": {"all": true}}});
                connect(&victims[next])?.post("/api/v1/startImport", everything.to_string().as_bytes())?;
                started = true;
            }
            "loading" | "ready" | "importing" => {}
            "done" => {
                let completed = status["operation"]["count"]["completed"].as_u64();
                println!("completed: {}", completed.map(grouped).unwrap_or_default());
                break;
            }
            _ => bail!("the import ended otherwise: {status}"),
        }
        if Instant::now() >= kill_at {
            // Not the one that is asked next, nor always the one that leads.
            let at = (next + 1 + kills as usize % 2) % victims.len();
            let victim = &mut victims[at];
            let killed = Command::new("kill").args(["-9", &victim.server.id().to_string()]).status();
            ensure!(killed.context("running kill")?.success(), "the server could not be killed");
            kills += 1;
            victim.server = start(&victim.directory)?;
            kill_at = Instant::now() + Duration::from_secs(extent.kill_every);
        }
        thread::sleep(PACE);
    }
    let took = begun.elapsed();
    for victim in victims {
        victim.server.stop()?;
    }
    Ok(Disturbed { took, kills })
}

/// What an import without a database server and without a disturbance makes of the export.
fn undisturbed(binary: &Path, scratch: &Path, export: &Path) -> Result<Contents> {
    let (data, out) = (scratch.join("undisturbed"), scratch.join("out"));
    let run = |arguments: &[&str]| -> Result<()> {
        let output = Command::new(binary).args(arguments).arg("--data-dir").arg(&data).output();
        let output = output.with_context(|| format!("running import-server {}", arguments.join(" ")))?;
        // Records of a sample may fail: here as there.
        ensure!(
            matches!(output.status.code(), Some(0 | 2)),
            "import-server {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    };
    let text = |path: &Path| path.to_string_lossy().into_owned();
    run(&["import", &text(export), "--importer", "slack"])?;
    run(&["export", "--out", &text(&out)])?;
    Contents::of_export(&out)
}

/// The milliseconds of a date, in whatever form of Extended JSON.
fn millis(date: &Value) -> i64 {
    match bson::Bson::try_from(date.clone()) {
        Ok(bson::Bson::DateTime(date)) => date.timestamp_millis(),
        _ => 0,
    }
}

/// What is compared: by names, since the ids of users and rooms follow from the operation.
#[derive(Default)]
struct Contents {
    /// Author, room, time and text of each message, by `_id`.
    messages: BTreeMap<String, String>,
    /// How often somebody is a member of a room.
    members: BTreeMap<String, u32>,
    /// How many messages each room says that it has.
    rooms: BTreeMap<String, i64>,
    /// How often there is a user of each name.
    users: BTreeMap<String, u32>,
}

impl Contents {
    fn of(mut documents: impl FnMut(&str, &mut dyn FnMut(&Value)) -> Result<()>) -> Result<Self> {
        let mut contents = Self::default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        documents("users", &mut |user| *contents.users.entry(text(&user["username"])).or_default() += 1)?;
        let mut names = BTreeMap::new();
        documents("rocketchat_room", &mut |room| {
            let name = match room["name"].as_str() {
                Some(name) => name.to_owned(),
                None => {
                    let usernames = room["usernames"].as_array().map(Vec::as_slice).unwrap_or_default();
                    let mut usernames: Vec<String> = usernames.iter().map(text).collect();
                    usernames.sort_unstable();
                    usernames.join(", ")
                }
            };
            names.insert(text(&room["_id"]), name.clone());
            contents.rooms.insert(name, room["msgs"].as_i64().unwrap_or_default());
        })?;
        let name = |id: &Value| names.get(id.as_str().unwrap_or_default()).cloned().unwrap_or_else(|| "general".into());
        documents("rocketchat_subscription", &mut |member| {
            let key = format!("{} in {}", text(&member["u"]["username"]), name(&member["rid"]));
            *contents.members.entry(key).or_default() += 1;
        })?;
        documents("rocketchat_message", &mut |message| {
            let of = format!(
                "{} in {} at {}: {}",
                text(&message["u"]["username"]),
                name(&message["rid"]),
                millis(&message["ts"]),
                text(&message["msg"])
            );
            contents.messages.insert(text(&message["_id"]), of);
        })?;
        Ok(contents)
    }

    fn of_export(out: &Path) -> Result<Self> {
        Self::of(|collection, each| {
            let path = out.join(format!("{collection}.ndjson"));
            let file = File::open(&path).with_context(|| format!("reading {}", path.display()))?;
            for line in BufReader::new(file).lines() {
                each(&serde_json::from_str(&line?).with_context(|| format!("reading {}", path.display()))?);
            }
            Ok(())
        })
    }

    async fn of_database(workspace: &Workspace) -> Result<Self> {
        let mut collections = BTreeMap::new();
        for name in ["users", "rocketchat_room", "rocketchat_subscription", "rocketchat_message"] {
            let found = workspace.database().collection::<Document>(name).find(doc! {}).await?;
            let documents: Vec<Document> = found.try_collect().await.with_context(|| format!("reading {name}"))?;
            collections.insert(name, documents);
        }
        Self::of(|collection, each| {
            for document in collections.remove(collection).unwrap_or_default() {
                let there = document.get_str("_id").is_ok_and(|id| workspace.holds_from_the_start(collection, id));
                let document = bson::Bson::Document(document).into_relaxed_extjson();
                // Whoever runs the import is left out of an export, and so are their memberships.
                let of_runner = collection == "rocketchat_subscription" && document["u"]["_id"] == ADMIN.user_id;
                if !there && !of_runner {
                    each(&document);
                }
            }
            Ok(())
        })
    }

    /// What is in one and not in the other, at most some of each.
    fn differences(&self, found: &Self) -> Vec<String> {
        fn compare<T: PartialEq + std::fmt::Debug>(
            what: &str,
            expected: &BTreeMap<String, T>,
            found: &BTreeMap<String, T>,
        ) -> Vec<String> {
            let lost =
                expected.keys().filter(|key| !found.contains_key(*key)).map(|key| format!("{what} {key} is lost"));
            let new = found.keys().filter(|key| !expected.contains_key(*key)).map(|key| format!("{what} {key} is new"));
            let other = expected.iter().filter_map(|(key, value)| {
                let other = found.get(key).filter(|other| *other != value)?;
                Some(format!("{what} {key} is {other:?} in place of {value:?}"))
            });
            lost.chain(new).chain(other).take(10).collect()
        }
        [
            compare("the user", &self.users, &found.users),
            compare("the room", &self.rooms, &found.rooms),
            compare("the member", &self.members, &found.members),
            compare("the message", &self.messages, &found.messages),
        ]
        .concat()
    }
}
