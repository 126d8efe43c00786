//! What each endpoint does, one file for each group of the document.

mod authentication;
mod bulk;
mod extension;
mod import;
mod server;

use import_proto::Importer;

use super::failure::Failure;

/// Refuses a file without a byte, before an operation is created for it. The importers that read no file disregard what
/// is sent.
fn check_not_empty(importer: Importer, length: Option<u64>, place: &str) -> Result<(), Failure> {
    if importer.reads_a_file() && length == Some(0) {
        return Err(Failure::invalid(format!("{place}: the file is empty")));
    }
    Ok(())
}
