//! Tasks of this workspace, as `cargo xtask COMMAND`.

mod bench;
mod cargo;
mod conformance;
mod failover;
mod http;
mod mongodb;
mod openapi;
mod sample;
mod server;
mod tables;
mod test;
mod tools;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Tasks of this workspace
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Generate the OpenAPI document, or compare it with the published contract
    #[command(subcommand)]
    Openapi(openapi::Command),
    /// Run everything that CI runs, or a part of it
    Test {
        /// Only the tests over MongoDB
        #[arg(value_enum)]
        part: Option<test::Part>,
    },
    /// Kill servers of one database while they import, and look for what is lost or doubled
    Failover(failover::Extent),
    /// Run the database server that tests use, until it is interrupted
    Mongodb,
    /// Check a running server with clients and tools that others wrote
    Conformance(conformance::Extent),
    /// Generate the tables of names, or look names up in them
    #[command(subcommand)]
    Tables(tables::Command),
    /// Write an export of any size, made by rule
    #[command(subcommand)]
    Sample(sample::Command),
    /// Measure the release build: a server on loopback, then an import from the command line
    Bench(bench::Sizes),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(task: &Task) -> Result<ExitCode> {
    let root = root();
    match task {
        Task::Openapi(command) => openapi::run(command, &root),
        Task::Test { part } => test::run(&root, *part),
        Task::Failover(extent) => failover::run(&root, extent),
        Task::Mongodb => mongodb::serve(&root),
        Task::Conformance(extent) => conformance::run(&root, extent),
        Task::Tables(command) => tables::run(command, &root),
        Task::Sample(command) => sample::run(command),
        Task::Bench(sizes) => bench::run(&root, sizes),
    }
}

/// Prints a report. Whoever stops reading it has read enough.
///
/// # Errors
/// If it cannot be written for any other reason.
fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("writing to standard output"),
        _ => Ok(()),
    }
}

/// The directory of the workspace.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// A number with its digits in groups of three: `1,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
