//! The `import-server` command: serves the import API, and does on one machine what needs no server.

mod commands;

use std::process::ExitCode;

/// Records are made in one thread, converted in another and freed in a third, which the system's allocator does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::main()
}
