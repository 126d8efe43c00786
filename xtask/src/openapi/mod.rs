//! `cargo xtask openapi`: the OpenAPI document, and whether it keeps to the published contract.

mod check;
mod diff;
mod generate;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::Value;

use crate::compare::{self, Document, deviations};

pub(crate) use check::check;

/// The published contract: structure and examples, no prose.
pub(crate) const DOCUMENTED: &str = "openapi/documented.json";
/// The document of this server, as its protocol crate describes it.
pub(crate) const GENERATED: &str = "openapi/generated.json";
/// The differences between the two that are meant.
pub(crate) const DEVIATIONS: &str = "openapi/deviations.toml";

/// What to do with the OpenAPI document.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write openapi/generated.json from the protocol crate
    Generate,
    /// Check that openapi/generated.json is up to date and keeps to the published contract
    ///
    /// Exits with 0 if it does, 1 if it does not, 2 if that could not be found out.
    Check,
    /// Print every difference between the published contract and openapi/generated.json
    Diff,
}

/// Carries out `command` in the workspace at `root`.
///
/// # Errors
/// If a file cannot be read, written or understood.
pub(crate) fn run(command: &Command, root: &Path) -> Result<ExitCode> {
    match command {
        Command::Generate => {
            print!("{}", generate::generate(root)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Check => {
            let checked = check(root)?;
            print!("{}", checked.output);
            Ok(ExitCode::from(u8::from(!checked.conforms)))
        }
        Command::Diff => {
            print!("{}", diff::diff(&compared(root)?));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Compares the two documents of the workspace at `root` and sets the result against its declared
/// deviations.
fn compared(root: &Path) -> Result<deviations::Report> {
    judged(&read_json(root, DOCUMENTED)?, &read_json(root, GENERATED)?, &read(root, DEVIATIONS)?)
}

/// Compares two documents and sets the result against declared deviations.
fn judged(documented: &Value, generated: &Value, declared: &str) -> Result<deviations::Report> {
    let base = Document::new(DOCUMENTED, documented)?;
    let revision = Document::new(GENERATED, generated)?;
    let declared = deviations::parse(declared).context(DEVIATIONS)?;
    let findings =
        compare::compare(&base, &revision).with_context(|| format!("comparing {GENERATED} with {DOCUMENTED}"))?;
    Ok(deviations::judge(findings, &declared))
}

/// Reads a file of the workspace.
fn read(root: &Path, path: &str) -> Result<String> {
    let full: PathBuf = root.join(path);
    std::fs::read_to_string(&full).with_context(|| match path {
        GENERATED => format!("reading {path}; `cargo xtask openapi generate` writes it"),
        _ => format!("reading {path}"),
    })
}

fn read_json(root: &Path, path: &str) -> Result<Value> {
    serde_json::from_str(&read(root, path)?).with_context(|| format!("{path} is no JSON"))
}

/// A count with its noun: `1 difference`, `2 differences`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
