//! `cargo xtask sample`: exports of any size, made by rule.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use import_sample::{Contents, SlackSample};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{grouped, print};

/// Which export to make.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A Slack workspace's export; the same numbers give the same file
    Slack(Slack),
}

/// How large it is to be, and where to put it.
#[derive(Debug, Args)]
pub(crate) struct Slack {
    /// Messages in all
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Users, programs among them
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Public and private rooms; direct conversations come on top
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    channels: u32,
    /// Another seed gives another export of the same size
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The zip to write; a file that is there already is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the export and says what is in it.
///
/// # Errors
/// If the file is there already or cannot be written; what was written of it is removed then.
pub(crate) fn run(command: &Command) -> Result<ExitCode> {
    let Command::Slack(slack) = command;
    let sample =
        SlackSample { messages: slack.messages, users: slack.users, channels: slack.channels, seed: slack.seed };
    let contents = write(&sample, &slack.out)?;
    print(&described(&contents))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a sample to a new file.
///
/// # Errors
/// As [`run`].
pub(crate) fn write(sample: &SlackSample, out: &Path) -> Result<Contents> {
    let file = File::create_new(out).with_context(|| format!("creating {}", out.display()))?;
    // Hidden where standard error is no terminal.
    let bar = ProgressBar::new(sample.messages);
    bar.set_style(ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} messages, {eta} left")?);
    let written = sample.write(BufWriter::new(file), |messages| bar.set_position(messages));
    bar.finish_and_clear();
    written
        .inspect_err(|_| {
            // The error that is told is the one of writing.
            let _ = fs::remove_file(out);
        })
        .with_context(|| format!("writing {}", out.display()))
}

/// What an export holds, a line a figure.
fn described(contents: &Contents) -> String {
    let rows = [
        ("users", contents.users),
        ("channels", contents.channels),
        ("direct conversations", contents.direct),
        ("messages", contents.messages),
        ("  in threads, not first", contents.replies),
        ("  with reactions", contents.reacted),
        ("  edited", contents.edited),
        ("  by programs", contents.by_programs),
        ("files", contents.files),
        ("entries", contents.entries),
        ("bytes, expanded", contents.bytes),
    ];
    rows.iter().map(|(what, count)| format!("{what:<24}{:>14}\n", grouped(*count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: SlackSample = SlackSample { messages: 40, users: 5, channels: 2, seed: 1 };

    #[test]
    fn a_file_that_is_there_already_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export.zip");
        fs::write(&file, "the company's own").unwrap();
        let error = write(&SAMPLE, &file).unwrap_err();
        assert_eq!(error.to_string(), format!("creating {}", file.display()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "the company's own");
    }

    #[test]
    fn nothing_is_left_of_an_export_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export.zip");
        write(&SlackSample { users: 0, ..SAMPLE }, &file).unwrap_err();
        assert!(!file.exists());
        assert_eq!(write(&SAMPLE, &file).unwrap().messages, 40);
    }
}
