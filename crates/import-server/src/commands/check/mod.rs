//! `check`: reads an export without a workspace and reports what is in it and what is wrong with it.

mod text;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use import_engine::{
    Limits, Pulse,
    check::{CheckProgress, Findings, Verdict, check},
};
use import_proto::{ImportOptions, Importer, OperationState, ProgressStep};
use import_sources::SourceError;
use serde::Serialize;

use super::{
    Ended, import::importer, import_options::ImportOptionArgs, limits::LimitOptions, log::LogOptions, output,
    progress::Progress,
};

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

const LONG_ABOUT: &str = "\
Read an export and report what is in it and what is wrong with it, before anything is imported: an archive, a folder that \
one was unpacked to, or a single CSV file. All of it is read; no workspace and no data directory is needed, and nothing is \
written.

Records that will fail are those that fail in a workspace that has none of the users and rooms that the export lacks.

With --json the report is one object with these keys: `verdict` (`whole`, `partly`, `nothing`, or `unreadable` with `error` \
where the export cannot be read at all, and nothing but `file` and `importer` beside), `file`, `importer`, `users`, \
`channels`, `messages`, `contacts`, `files`, `willFail`, `unreadable`, `notices`.";

const EXAMPLES: &str = "\
Examples:
  import-server check export.zip --importer slack
  import-server check export.zip --importer csv --json | jq .willFail.byReason

Exit codes: 0 nothing is wrong with it; 2 it can be imported, but something of it will be lost or fail; 1 it cannot be read \
at all, or holds nothing that can be imported.";

/// Report what is in an export and what is wrong with it, before it is imported
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
pub(crate) struct Check {
    /// The file or folder to check
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The importer that reads such files, by its key, such as `csv`
    #[arg(long, value_name = "KEY", env = "IMPORT_SERVER_IMPORTER")]
    importer: String,

    /// Print the report as one line of JSON
    #[arg(long, env = "IMPORT_SERVER_JSON")]
    json: bool,

    /// Show no progress
    #[arg(long, short, env = "IMPORT_SERVER_QUIET")]
    quiet: bool,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    options: ImportOptionArgs,
}

/// The report as `--json` prints it.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a str,
    importer: &'a str,
    #[serde(flatten)]
    findings: &'a Findings,
}

/// What `--json` prints of an export that cannot be read at all.
#[derive(Serialize)]
struct Unreadable<'a> {
    file: &'a str,
    importer: &'a str,
    verdict: &'a str,
    error: String,
}

impl Check {
    pub(crate) async fn run(self, log: &LogOptions) -> anyhow::Result<Ended> {
        let progress = Progress::new(self.quiet);
        log.start_on("warn", progress.log_writer())?;
        let importer = importer(&self.importer)?;
        self.options.check(importer)?;
        let path = self.file.canonicalize().with_context(|| format!("cannot read {}", self.file.display()))?;
        let checked = checked(importer, &path, self.limits.limits(), self.options.options(), &progress).await;
        progress.clear();
        let file = self.file.to_string_lossy();
        let findings = match checked? {
            Ok(findings) => findings,
            Err(unreadable) if self.json => {
                let error = unreadable.to_string();
                output::json_line(&Unreadable { file: &file, importer: importer.key(), verdict: "unreadable", error })?;
                return Ok(Ended::NotDone);
            }
            Err(unreadable) => bail!("{unreadable}. Nothing of it can be imported"),
        };
        match self.json {
            true => output::json_line(&Report { file: &file, importer: importer.key(), findings: &findings })?,
            false => output::lines(text::report(&file, importer, &findings).lines())?,
        }
        Ok(match findings.verdict {
            Verdict::Whole => Ended::Done,
            Verdict::Partly => Ended::SomeFailed,
            Verdict::Nothing => Ended::NotDone,
        })
    }
}

/// Reads the export on threads of its own, and shows how far it is.
async fn checked(
    importer: Importer,
    path: &Path,
    limits: Limits,
    options: ImportOptions,
    shown: &Progress,
) -> anyhow::Result<Result<Findings, SourceError>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = Arc::new(CheckProgress::default());
    let (path, watched) = (path.to_owned(), Arc::clone(&progress));
    let read = move || match import_sources::open(importer, &path, &name, limits, options.names_encoding) {
        Ok(source) => check(&*source, importer, options, &watched).map(Ok),
        Err(unreadable) => Ok(Err(unreadable)),
    };
    let mut reading = tokio::task::spawn_blocking(read);
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            checked = &mut reading => return Ok(checked.context("the export could not be read on")??),
            _ = tick.tick() => shown.show(&pulse(&progress)),
        }
    }
}

/// How far a check is, as an import would show it.
fn pulse(progress: &CheckProgress) -> Pulse {
    Pulse {
        state: OperationState::Loading,
        step: Some(ProgressStep::PreparingStarted),
        bytes_read: progress.bytes_read.load(Ordering::Relaxed),
        bytes_total: progress.bytes_total.load(Ordering::Relaxed),
        ..Pulse::default()
    }
}
