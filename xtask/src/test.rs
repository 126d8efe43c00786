//! `cargo xtask test`: everything that CI runs, the tests last.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;
use openapi_diff::display::Paint;

use crate::{cargo, conformance, mongodb, openapi, print};

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Those over MongoDB
    Mongodb,
}

/// The tests that need a server that speaks MongoDB's protocol.
const OVER_MONGODB: [&str; 3] = [
    "test --package import-store --locked --test it mongodb::",
    "test --package import-engine --locked --test engine_mongodb",
    "test --package import-server --locked --test http_mongodb",
];

/// Runs each step until one fails. After success, what the test runner said stands last.
///
/// # Errors
/// If a step could not be run at all.
pub(crate) fn run(root: &Path, part: Option<Part>) -> Result<ExitCode> {
    let database = mongodb::Server::start(root)?;
    let url = Some((mongodb::VARIABLE, database.url()));
    if let Some(Part::Mongodb) = part {
        let mut passed = true;
        for tests in OVER_MONGODB {
            passed &= cargo(root, tests, url)?;
        }
        return Ok(ExitCode::from(u8::from(!passed)));
    }
    let clippy = "clippy --workspace --all-targets --locked -- -D warnings";
    let passed = timed(|| cargo(root, "fmt --all --check", None))?
        && timed(|| cargo(root, clippy, None))?
        && timed(|| {
            let strict = Some(("RUSTDOCFLAGS", "-D warnings"));
            cargo(root, "doc --workspace --no-deps --locked", strict)
        })?
        && timed(|| conforms(root))?
        // Built as for the tests, so that nothing is built twice.
        && timed(|| cargo(root, "test --workspace --locked --no-run", None))?
        && conformance::check(root, &conformance::Extent::brief())?
        && cargo(root, "test --workspace --locked", url)?;
    Ok(ExitCode::from(u8::from(!passed)))
}

/// Says how long a step took, unless it failed: then that stands last.
fn timed(step: impl FnOnce() -> Result<bool>) -> Result<bool> {
    let start = Instant::now();
    let passed = step()?;
    if passed {
        println!("  took {:.1} s\n", start.elapsed().as_secs_f64());
    }
    Ok(passed)
}

/// Runs cargo with `arguments` and a variable of the environment, and says whether it succeeded.
fn cargo(root: &Path, arguments: &str, variable: Option<(&str, &str)>) -> Result<bool> {
    let line = match variable {
        Some((name, value)) => format!("{name}={value:?} cargo {arguments}"),
        None => format!("cargo {arguments}"),
    };
    println!("$ {line}");
    let status = cargo::command(root)
        .args(arguments.split(' '))
        .envs(variable)
        .status()
        .with_context(|| format!("running `{line}`"))?;
    if !status.success() {
        eprintln!("error: `{line}` failed ({status})");
    }
    Ok(status.success())
}

/// Checks the OpenAPI document, as `cargo xtask openapi check` does.
fn conforms(root: &Path) -> Result<bool> {
    let line = "cargo xtask openapi check";
    println!("$ {line}");
    let checked = openapi::check(root, Paint(false))?;
    print(&checked.output)?;
    if !checked.conforms {
        eprintln!("error: `{line}` failed");
    }
    Ok(checked.conforms)
}
