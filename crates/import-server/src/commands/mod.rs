//! The commands of `import-server`, and what all of them share: how they are read, logged, and how they end.

mod allow;
mod check;
mod doctor;
mod export;
mod failed;
mod import;
mod import_options;
mod limits;
mod log;
mod output;
mod progress;
mod record_line;
mod room;
mod rooms;
mod serve;
mod signals;
mod size;
mod store;
mod token;
mod user;
mod workspace;

use std::{io, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// What is said where there is more to say than fits in one line of an error.
const ABOUT: &str = "Imports users, rooms, messages and contacts into a Rocket.Chat workspace.

The data directory holds everything: the workspace, the imports and their failed records. `serve` answers the import API \
on it, `import` imports a file without a server. Only one of them works on a data directory at a time; the other commands \
work beside it.";

const EXAMPLES: &str = "\
Examples:
  import-server check export.zip --importer csv      Say what is in a file and what is wrong with it
  import-server import export.zip --importer csv     Import a file into ./import-data
  import-server failed                               List the records that failed, with why
  import-server retry                                Run them again, once the cause is mended
  import-server fetch files                          Fetch the files that it left to be fetched
  import-server export --out ./export                Write the workspace out for mongoimport
  import-server doctor                               Say whether it is safe to import now
  import-server serve                                Serve the import API on http://127.0.0.1:3000

Exit codes: 0 done; 1 not done; 2 `import`, `retry` or `fetch` is done, but some records failed (`check`: will fail).
Options can be given as environment variables too: --data-dir is IMPORT_SERVER_DATA_DIR.";

#[derive(Debug, Parser)]
#[command(name = "import-server", version, about, long_about = ABOUT, after_help = EXAMPLES)]
#[command(max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    log: log::LogOptions,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Doctor(doctor::Doctor),
    Check(check::Check),
    Import(import::Import),
    Failed(failed::Failed),
    Retry(import::Retry),
    Fetch(import::Fetch),
    Export(export::Export),
    User(user::User),
    Room(room::Room),
    Token(token::Token),
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Everything was done.
    Done,
    /// It was done, but some records failed.
    SomeFailed,
    /// It was stopped, or an import failed; what there is to say was said.
    NotDone,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Done => Self::SUCCESS,
            Ended::NotDone => Self::FAILURE,
            Ended::SomeFailed => Self::from(2),
        }
    }
}

/// Reads the command line, carries it out, and says how it ended.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for a wrong command line is 2, which here means that some records failed.
            let code = if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            // Nowhere to write to is no reason to fail otherwise.
            let _ = error.print();
            return code;
        }
    };
    match run(cli) {
        Ok(ended) => ended.into(),
        // Whoever reads the output has seen enough, `head` for example.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let ended = runtime.block_on(async {
        match &cli.command {
            Command::Serve(_) => cli.log.start("info")?,
            // Its log has to get along with its progress bar.
            Command::Check(_) | Command::Import(_) | Command::Retry(_) | Command::Fetch(_) => {}
            _ => cli.log.start("warn")?,
        }
        match cli.command {
            Command::Serve(serve) => serve.run().await,
            Command::Doctor(doctor) => doctor.run().await,
            Command::Check(check) => check.run(&cli.log).await,
            Command::Import(import) => import.run(&cli.log).await,
            Command::Failed(failed) => failed.run().await,
            Command::Retry(retry) => retry.run(&cli.log).await,
            Command::Fetch(fetch) => fetch.run(&cli.log).await,
            Command::Export(export) => export.run().await,
            Command::User(user) => user.run().await,
            Command::Room(room) => room.run().await,
            Command::Token(token) => token.run().await,
        }
    });
    // A read that still goes on in a thread of its own must not hold up the end.
    runtime.shutdown_background();
    ended
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
