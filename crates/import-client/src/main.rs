//! The import-client command.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match cli::Args::try_parse() {
        Ok(args) => cli::run(args).await,
        Err(problem) => {
            // Help and version go to stdout and are no failure. 2, which clap would exit with, has another meaning here.
            let code = if problem.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            let _ = problem.print();
            code
        }
    }
}
