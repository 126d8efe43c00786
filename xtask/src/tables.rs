//! `cargo xtask tables`: the tables of `crates/import-names`, made of npm packages, and what they give for a name.

use std::{
    io,
    path::Path,
    process::{Command as Process, ExitCode},
};

use anyhow::{Context, Result, ensure};
use clap::Subcommand;

use crate::{conformance, print};

/// What to do with the tables.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the tables again, from the packages that conformance/node/package.json names
    Generate,
    /// Print the slugs of room names: a JSON array of texts on standard input, one on standard output
    Slugs,
    /// Print Rocket.Chat's names of Slack's emoji, without and with each skin tone, as `slugs` does
    Emoji,
}

/// Does what the command says.
///
/// # Errors
/// If a package cannot be installed, or what is read is no JSON array of texts.
pub(crate) fn run(command: &Command, root: &Path) -> Result<ExitCode> {
    match command {
        Command::Generate => generate(root)?,
        Command::Slugs => answer(import_names::room_slug)?,
        Command::Emoji => answer(|name| {
            let emoji = import_names::emoji::find(name)?;
            let toned: Vec<Option<String>> = (2..=6).map(|tone| emoji.toned(tone)).collect();
            Some((emoji.name(), toned, emoji.character()))
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(root: &Path) -> Result<()> {
    let script = conformance::node_script(root, "tables.generate.mjs")?;
    let status = Process::new("node").arg(&script).env("IMPORT_ROOT", root).status().context("running node")?;
    ensure!(status.success(), "the tables could not be made ({status})");
    Ok(())
}

fn answer<T: serde::Serialize>(look_up: impl Fn(&str) -> T) -> Result<()> {
    let names: Vec<String> =
        serde_json::from_reader(io::stdin().lock()).context("reading names from standard input")?;
    let answers: Vec<T> = names.iter().map(|name| look_up(name)).collect();
    print(&serde_json::to_string(&answers).context("writing the answers")?)
}
