//! The import-client command.
fn main() {}
