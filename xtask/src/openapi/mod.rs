//! `cargo xtask openapi`: the OpenAPI document, and whether it keeps to the published contract.

mod check;
mod diff;
mod generate;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use openapi_diff::display::Colour;
use openapi_diff::{Report, Source, deviations};

use crate::print;

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
    /// Print what differs between two documents, or between the published contract and this server's
    ///
    /// Exits with 0 if nothing differs that matters or is not declared, 1 if something does, 2 if
    /// the documents could not be compared.
    Diff(diff::Arguments),
}

/// Carries out `command` in the workspace at `root`.
///
/// # Errors
/// If a file cannot be read, written or understood.
pub(crate) fn run(command: &Command, root: &Path) -> Result<ExitCode> {
    match command {
        Command::Generate => {
            print(&generate::generate(root)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check => {
            let checked = check(root, diff::paint(Colour::Auto))?;
            print(&checked.output)?;
            Ok(ExitCode::from(u8::from(!checked.conforms)))
        }
        Command::Diff(arguments) => {
            let (output, conforms) = diff::diff(arguments, root)?;
            print(&output)?;
            Ok(ExitCode::from(u8::from(!conforms)))
        }
    }
}

/// Compares a document with the published contract, and sets the result against the declared
/// deviations.
fn declared<'s>(documented: &'s Source, generated: &'s Source, declared: &str) -> Result<Report<'s>> {
    let declared = deviations::parse(DEVIATIONS, declared)?;
    let mut report = Report::of(documented, generated)?;
    report.declare(DEVIATIONS, &declared);
    Ok(report)
}

/// Reads a file of the workspace.
fn read(root: &Path, path: &str) -> Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| match path {
        GENERATED => format!("reading {path}; `cargo xtask openapi generate` writes it"),
        _ => format!("reading {path}"),
    })
}

/// Reads a document of the workspace.
fn source(root: &Path, path: &str) -> Result<Source> {
    Ok(Source::parse(path, &read(root, path)?)?)
}

/// A count with its noun: `1 difference`, `2 differences`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
