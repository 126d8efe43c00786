//! `cargo xtask conformance`: what a running server answers, checked by clients and tools that others wrote.
//!
//! Each check gets a server of its own, on a free port of 127.0.0.1, over a fresh directory below `target/conformance`.
//! What is checked by whom stands in `docs/conformance.md`.

mod exports;
mod tools;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};

use crate::{
    cargo,
    server::{Credentials, Server},
};
use exports::Exports;
use tools::Tools;

/// What to check with, and how much.
#[derive(Debug, Args)]
pub(crate) struct Extent {
    /// Run this check alone
    #[arg(long, value_enum)]
    only: Option<Check>,
    /// Requests that schemathesis makes up for each endpoint in each of its phases, at most
    #[arg(long, default_value_t = 250)]
    cases: u32,
    /// Bodies for each endpoint whose reading is compared with Rocket.Chat's validators
    #[arg(long, default_value_t = 2_000)]
    bodies: u32,
    /// Messages of the sample whose documents are checked
    #[arg(long, default_value_t = 4_000)]
    messages: u64,
    /// Which requests are made up: the same number makes the same ones
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

impl Extent {
    /// What fits into a test run: every check, a minute in all.
    pub(crate) fn brief() -> Self {
        Self { only: None, cases: 15, bodies: 300, messages: 500, seed: 1 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// rocketchat-api, a client in Python
    RocketchatApi,
    /// Rocket.Chat's own client and its validators of answers
    ApiClient,
    /// Rocket.Chat's validators of requests, compared with how this server reads them
    RestTypings,
    /// schemathesis: requests made up from the OpenAPI document
    Schemathesis,
    /// The packages that the tables of names are made of, compared with the tables and what is made with them
    Tables,
    /// Rocket.Chat's schemas of documents, and the exports of all examples
    Documents,
}

impl Check {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Builds the server and checks it.
///
/// # Errors
/// If something could not be built, installed or started.
pub(crate) fn run(root: &Path, extent: &Extent) -> Result<ExitCode> {
    let built = cargo::command(root)
        .args(["build", "--locked", "--package", "import-server"])
        .status()
        .context("running cargo build")?;
    ensure!(built.success(), "the build failed");
    Ok(ExitCode::from(u8::from(!check(root, extent)?)))
}

/// Checks the server that is built already, and says whether it passed. The first check that fails is the last.
///
/// # Errors
/// If something could not be installed or started.
pub(crate) fn check(root: &Path, extent: &Extent) -> Result<bool> {
    let place = Place::of(root)?;
    for check in Check::value_variants() {
        if extent.only.is_none_or(|only| only == *check) && !place.passes(*check, extent)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A script of `conformance/node` that can be run with Node, after its packages have been installed.
///
/// # Errors
/// If Node is missing or a package cannot be installed.
pub(crate) fn node_script(root: &Path, name: &str) -> Result<PathBuf> {
    let place = Place::of(root)?;
    Tools { sources: &place.sources, scratch: &place.scratch }.node(name)
}

/// Where everything is.
struct Place {
    root: PathBuf,
    sources: PathBuf,
    binary: PathBuf,
    scratch: PathBuf,
}

impl Place {
    fn of(root: &Path) -> Result<Self> {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let place = Self {
            root: root.to_owned(),
            sources: root.join("conformance"),
            binary: target.join("debug/import-server"),
            scratch: target.join("conformance"),
        };
        fs::create_dir_all(&place.scratch).context("creating a directory to work in")?;
        Ok(place)
    }

    fn passes(&self, check: Check, extent: &Extent) -> Result<bool> {
        let line = format!("cargo xtask conformance --only {}", check.name());
        println!("$ {line}");
        let begun = Instant::now();
        let mut command = self.command(check, extent)?;
        match check {
            Check::Tables => {
                command.env("IMPORT_SEED", extent.seed.to_string());
                return self.tables_pass(command, &line, begun);
            }
            Check::Documents => return self.documents_pass(command, &line, begun, extent),
            _ => {}
        }
        let data_dir = self.scratch.join(format!("data-{}", check.name()));
        if data_dir.exists() {
            fs::remove_dir_all(&data_dir).context("removing what the last run left")?;
        }
        let log = self.scratch.join(format!("{}.log", check.name()));
        let file = fs::File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        // Files are fetched from servers that the checks start.
        let local = ["--allow-address", "127.0.0.0/8"];
        let server = Server::start(&self.binary, &data_dir, &local, Stdio::from(file))
            .with_context(|| format!("starting a server, whose log is {}", log.display()))?;
        if check == Check::Schemathesis {
            command.arg(format!("http://{}/openapi.json", server.address()));
        }
        let status = command
            .envs(Credentials::read(&data_dir)?.variables(&server))
            .env("IMPORT_SEED", extent.seed.to_string())
            .env("IMPORT_BODIES", extent.bodies.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // What is asked is on this machine, whatever stands between it and others.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .current_dir(&self.scratch)
            .status()
            .with_context(|| format!("running {:?}", command.get_program()))?;
        let stopped = server.stop();
        if !status.success() {
            eprintln!("error: `{line}` failed ({status}); the server's log is {}", log.display());
            return Ok(false);
        }
        stopped?;
        fs::remove_dir_all(&data_dir).context("removing the server's directory")?;
        println!("  took {:.1} s\n", begun.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Runs the check that needs no server: it asks this program what the tables give.
    fn tables_pass(&self, mut command: Command, line: &str, begun: Instant) -> Result<bool> {
        let program = env::current_exe().context("looking for this program")?;
        command.env("IMPORT_ROOT", &self.root).env("IMPORT_XTASK", program).current_dir(&self.scratch);
        let status = command.status().with_context(|| format!("running {:?}", command.get_program()))?;
        if !status.success() {
            eprintln!("error: `{line}` failed ({status}); `cargo xtask tables generate` writes the tables anew");
            return Ok(false);
        }
        println!("  took {:.1} s\n", begun.elapsed().as_secs_f64());
        Ok(true)
    }

    /// Runs the check that reads exports. They are left where they are when it fails.
    fn documents_pass(&self, mut command: Command, line: &str, begun: Instant, extent: &Extent) -> Result<bool> {
        let scratch = self.scratch.join("documents");
        if scratch.exists() {
            fs::remove_dir_all(&scratch).context("removing what the last run left")?;
        }
        fs::create_dir(&scratch).context("creating a folder for exports")?;
        let exports = Exports {
            root: &self.root,
            binary: &self.binary,
            scratch: &scratch,
            messages: extent.messages,
            seed: u64::from(extent.seed),
        };
        let exports = exports.make()?;
        command.env("IMPORT_EXPORTS", &exports).current_dir(&self.scratch);
        let status = command.status().with_context(|| format!("running {:?}", command.get_program()))?;
        if !status.success() {
            eprintln!("error: `{line}` failed ({status}); the exports are in {}", exports.display());
            return Ok(false);
        }
        fs::remove_dir_all(&scratch).context("removing the exports")?;
        println!("  took {:.1} s\n", begun.elapsed().as_secs_f64());
        Ok(true)
    }

    /// What checks; the server is told to it by variables of the environment.
    fn command(&self, check: Check, extent: &Extent) -> Result<Command> {
        let tools = Tools { sources: &self.sources, scratch: &self.scratch };
        let node_test = |name: &str| -> Result<Command> {
            let mut command = Command::new("node");
            command
                .args(["--enable-source-maps", "--test", "--test-reporter", "spec"])
                .arg(tools.node(&format!("{name}.test.mjs"))?);
            Ok(command)
        };
        match check {
            Check::RocketchatApi => {
                let mut command = Command::new(tools.python()?);
                command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(self.sources.join("rocketchat_api"));
                Ok(command)
            }
            Check::ApiClient => node_test("endpoints"),
            Check::RestTypings => node_test("requests"),
            Check::Tables => node_test("tables"),
            Check::Documents => node_test("documents"),
            Check::Schemathesis => {
                let folder = self.sources.join("schemathesis");
                let mut command = Command::new(tools.python()?.with_file_name("schemathesis"));
                command
                    .arg("--config-file")
                    .arg(folder.join("schemathesis.toml"))
                    .args(["--no-color", "run", "--max-examples", &extent.cases.to_string()])
                    .args(["--seed", &extent.seed.to_string()])
                    .env("IMPORT_HOOKS", folder.join("hooks.py"));
                Ok(command)
            }
        }
    }
}
