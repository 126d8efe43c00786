//! The `import-server` command: serves the import API, and does on one machine what needs no server.

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
