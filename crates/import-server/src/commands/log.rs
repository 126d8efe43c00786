//! The log of a command: what goes into it, in which form, and where it is written.

use std::io;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

#[derive(Debug, Args)]
pub(crate) struct LogOptions {
    /// What to log: error, warn, info, debug or trace, or per part, as in `warn,import_engine=debug`
    /// [default: info for serve, warn for the others]
    #[arg(long, global = true, value_name = "LEVEL", env = "IMPORT_SERVER_LOG", help_heading = "Log")]
    log: Option<String>,

    /// In which form to log, on standard error
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        env = "IMPORT_SERVER_LOG_FORMAT",
        default_value = "text",
        help_heading = "Log"
    )]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// One line an event, to be read.
    Text,
    /// One JSON object an event, to be collected.
    Json,
}

impl LogOptions {
    /// Starts the log of the process, on standard error. `level` is used where none was given.
    pub(crate) fn start(&self, level: &str) -> anyhow::Result<()> {
        self.start_on(level, io::stderr)
    }

    /// Starts the log of the process, written by whatever writes to standard error as well.
    pub(crate) fn start_on(
        &self,
        level: &str,
        writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    ) -> anyhow::Result<()> {
        let given = self.log.as_deref().filter(|given| !given.trim().is_empty());
        let filter = EnvFilter::builder()
            .parse(given.unwrap_or(level))
            .with_context(|| format!("--log does not understand `{}`", given.unwrap_or(level)))?;
        // Standard error may be gone, or on a disk that is full. Complaining there about that would be a panic, wherever in
        // the program the line comes from; a line that cannot be written is lost instead.
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
        let started = match self.log_format {
            LogFormat::Text => log.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
            LogFormat::Json => log.json().flatten_event(true).try_init(),
        };
        started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
    }
}
