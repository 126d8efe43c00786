//! The import-server command.
fn main() {}
