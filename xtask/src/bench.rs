//! `cargo xtask bench`: how fast the release build is, and how much memory it takes.
//!
//! A server is started on a fresh directory below `target/bench`, on a free port of 127.0.0.1, and asked as a client would.

mod mongodb;
mod process;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use import_sample::SlackSample;
use serde_json::{Value, json};

use crate::{
    grouped,
    http::Connection,
    print, sample,
    server::{Credentials, Server},
};

/// What to measure with.
#[derive(Debug, Args)]
pub(crate) struct Sizes {
    /// Measure this part alone
    part: Option<Part>,
    /// Users to add and to import
    #[arg(long, default_value_t = 100_000)]
    users: usize,
    /// Users in one request of import.addUsers
    #[arg(long, default_value_t = 1_000)]
    users_per_request: usize,
    /// Messages of the CSV export that is imported from the command line
    #[arg(long, default_value_t = 1_000_000)]
    messages: usize,
    /// Messages of the Slack export that is checked and imported from the command line
    #[arg(long, default_value_t = 1_000_000)]
    slack_messages: u64,
    /// Messages that are imported into a database that speaks MongoDB's protocol
    #[arg(long, default_value_t = 200_000)]
    mongodb_messages: u64,
}

/// A part of what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Users over HTTP
    Users,
    /// A CSV export from the command line
    Csv,
    /// A Slack export from the command line
    Slack,
    /// A Slack export into a database that speaks MongoDB's protocol
    Mongodb,
}

/// How long a run may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(600);
/// Rooms of the CSV export.
const ROOMS: usize = 50;
/// Authors of the CSV export.
const AUTHORS: usize = 1_000;

/// Builds the release binaries and measures.
///
/// # Errors
/// Where something could not be built, started or asked, or gave another answer than it must.
pub(crate) fn run(root: &Path, sizes: &Sizes) -> Result<ExitCode> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--locked", "--package", "import-server"])
        .current_dir(root)
        .status()
        .context("running cargo build")?;
    ensure!(built.success(), "the release build failed");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let binary = target.join("release/import-server");
    let scratch = target.join("bench");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("removing what the last benchmark left")?;
    }
    fs::create_dir_all(&scratch).context("creating a directory to work in")?;

    let mut report = Report::default();
    for part in Part::value_variants().iter().filter(|part| sizes.part.is_none_or(|only| only == **part)) {
        match part {
            Part::Users => bulk_users(&binary, &scratch.join("users"), sizes, &mut report)?,
            Part::Csv => csv_messages(&binary, &scratch, sizes, &mut report)?,
            Part::Slack => slack_messages(&binary, &scratch, sizes, &mut report)?,
            Part::Mongodb => mongodb::measure(root, &binary, &scratch, sizes.mongodb_messages, &mut report)?,
        }
    }
    fs::remove_dir_all(&scratch).context("removing the benchmark's directory")?;
    print(&report.0)?;
    Ok(ExitCode::SUCCESS)
}

/// The table, a line a figure.
#[derive(Default)]
struct Report(String);

impl Report {
    fn add(&mut self, what: &str, figure: &str) {
        eprintln!("{what}: {figure}");
        let _ = writeln!(self.0, "{what:<58} {figure:>16}");
    }

    fn rate(&mut self, what: &str, count: usize, time: Duration) {
        let rate = (count as f64 / time.as_secs_f64()) as usize;
        self.add(what, &format!("{} /s", grouped(rate as u64)));
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// Start, `import.addUsers`, `import.run` and `import.status` over HTTP.
fn bulk_users(binary: &Path, data_dir: &Path, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let (server, fresh) = start(binary, data_dir)?;
    report.add("start to first answer, fresh directory", &millis(fresh));
    server.stop()?;
    let (server, again) = start(binary, data_dir)?;
    report.add("start to first answer", &millis(again));

    let Credentials { user_id, auth_token, .. } = Credentials::read(data_dir)?;
    let mut connection = Connection::open(server.address(), user_id, auth_token)?;
    connection.post("/api/v1/import.new", b"")?;
    let bodies: Vec<Vec<u8>> = (0..sizes.users)
        .collect::<Vec<_>>()
        .chunks(sizes.users_per_request)
        .map(|numbers| {
            json!({"users": numbers.iter().map(|number| user(*number)).collect::<Vec<_>>()}).to_string().into_bytes()
        })
        .collect();
    let begun = Instant::now();
    for body in &bodies {
        connection.post("/api/v1/import.addUsers", body)?;
    }
    report.rate("import.addUsers, users", sizes.users, begun.elapsed());
    report.add("  most memory so far", &process::most_memory(server.id())?);

    let begun = Instant::now();
    connection.post("/api/v1/import.run", b"")?;
    let mut latencies = Vec::new();
    let completed = loop {
        let asked = Instant::now();
        let status = connection.get("/api/v1/import.status")?;
        latencies.push(asked.elapsed());
        match status["state"].as_str() {
            Some("importing") => ensure!(begun.elapsed() < PATIENCE, "the run takes too long"),
            Some("done") => break status["operation"]["count"]["completed"].as_u64().unwrap_or_default(),
            other => bail!("the run ended in state {other:?}"),
        }
    };
    let time = begun.elapsed();
    ensure!(completed == sizes.users as u64, "only {completed} users were imported");
    report.rate("import.run, users without passwords", sizes.users, time);
    latencies.sort_unstable();
    let quantile = |part: f64| latencies[((latencies.len() - 1) as f64 * part) as usize];
    report.add("import.status meanwhile, median", &millis(quantile(0.5)));
    report.add("import.status meanwhile, p99", &millis(quantile(0.99)));
    report.add("  answers", &grouped(latencies.len() as u64));
    report.add("  most memory so far", &process::most_memory(server.id())?);
    server.stop()
}

/// Starts a server; answers how long it took until `/health` was answered.
fn start(binary: &Path, data_dir: &Path) -> Result<(Server, Duration)> {
    let begun = Instant::now();
    let server = Server::start(binary, data_dir, &[], Stdio::null())?;
    Connection::open(server.address(), String::new(), String::new())?.get("/health")?;
    Ok((server, begun.elapsed()))
}

fn user(number: usize) -> Value {
    json!({
        "username": format!("user.{number}"),
        "emails": [format!("user.{number}@example.com")],
        "importIds": [number.to_string()],
        "name": format!("User Number {number}"),
    })
}

/// `import-server import` of a CSV export.
fn csv_messages(binary: &Path, scratch: &Path, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let export = scratch.join("export");
    write_export(&export, sizes.messages).context("writing a CSV export")?;
    let (imported, time, memory) = import(binary, scratch, "csv", &export)?;
    let expected = (sizes.messages + AUTHORS + ROOMS) as u64;
    ensure!(imported == expected, "{imported} of {expected} records of the CSV export were imported");
    report.rate("import-server import, messages of a CSV export", sizes.messages, time);
    report.add("  most memory", &memory);
    Ok(())
}

/// `import-server check` and `import` of a Slack export.
fn slack_messages(binary: &Path, scratch: &Path, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let export = scratch.join("slack-export.zip");
    let sample = SlackSample { messages: sizes.slack_messages, users: 1_000, channels: 100, seed: 1 };
    let contents = sample::write(&sample, &export)?;
    let megabytes = format!("{} MB", grouped(contents.bytes / 1_000_000));
    let begun = Instant::now();
    let checked = Command::new(binary)
        .args(["check", "--importer", "slack", "--json"])
        .arg(&export)
        .output()
        .context("running import-server check")?;
    let time = begun.elapsed();
    let findings: Value = serde_json::from_slice(&checked.stdout).context("reading what the check found")?;
    ensure!(findings["verdict"] == "whole", "the check of the Slack export found: {findings}");
    let messages = sizes.slack_messages as usize;
    report.rate("import-server check, messages of a Slack export", messages, time);
    let (imported, time, memory) = import(binary, scratch, "slack", &export)?;
    let records = ["users", "channels", "messages"].map(|kind| findings[kind]["total"].as_u64().unwrap_or_default());
    let expected: u64 = records.iter().sum();
    ensure!(imported == expected, "{imported} of {expected} records of the Slack export were imported");
    report.rate("import-server import, messages of a Slack export", messages, time);
    report.add("  most memory", &memory);
    report.add("  its JSON, expanded", &megabytes);
    Ok(())
}

/// Imports an export into a fresh directory: how many records, in what time, with how much memory.
fn import(binary: &Path, scratch: &Path, importer: &str, export: &Path) -> Result<(u64, Duration, String)> {
    let begun = Instant::now();
    let child = Command::new(binary)
        .args(["import", "--importer", importer, "--json", "--data-dir"])
        .arg(scratch.join(importer))
        .arg(export)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("running import-server import")?;
    let memory = process::watch_memory(child.id());
    let output = child.wait_with_output().context("waiting for import-server import")?;
    let time = begun.elapsed();
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let summary: Value = serde_json::from_str(&line).with_context(|| format!("reading the summary {line:?}"))?;
    ensure!(summary["counts"]["error"] == 0, "records failed: {line}");
    Ok((summary["counts"]["completed"].as_u64().unwrap_or_default(), time, memory()?))
}

fn write_export(export: &Path, messages: usize) -> Result<()> {
    fs::create_dir_all(export)?;
    let mut users = String::new();
    for author in 0..AUTHORS {
        writeln!(users, "user.{author},user.{author}@example.com,User Number {author}")?;
    }
    fs::write(export.join("users.csv"), users)?;
    let mut rooms = String::new();
    for room in 0..ROOMS {
        writeln!(rooms, "room-{room},user.{room},,user.{};user.{}", room + 1, room + 2)?;
        let folder = export.join(format!("room-{room}"));
        fs::create_dir_all(&folder)?;
        let mut text = String::new();
        for number in (room..messages).step_by(ROOMS) {
            let author = number * 7 % AUTHORS;
            let time = 1_500_000_000_000 + number as u64 * 1_000;
            writeln!(
                text,
                "user.{author},{time},\"Message number {number}: the quick brown fox, as so often, jumps over the lazy dog.\""
            )?;
        }
        fs::write(folder.join("messages.csv"), text)?;
    }
    fs::write(export.join("channels.csv"), rooms)?;
    Ok(())
}
