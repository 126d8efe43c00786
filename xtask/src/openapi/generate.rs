//! `cargo xtask openapi generate`: writes the OpenAPI document of the protocol crate.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::GENERATED;

/// Writes the document into the workspace at `root`, and returns what to tell about it.
///
/// The file is replaced at once: who reads it meanwhile sees the old one or the new one whole.
///
/// # Errors
/// If it cannot be written.
pub(super) fn generate(root: &Path) -> Result<String> {
    let text = text(&import_proto::openapi::document())?;
    let path = root.join(GENERATED);
    if fs::read_to_string(&path).is_ok_and(|before| before == text) {
        return Ok(format!("{GENERATED} is up to date\n"));
    }
    let new = path.with_extension("json.new");
    fs::write(&new, text)
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(format!("wrote {GENERATED}\n"))
}

/// The document as the file holds it: indented, with a line feed at the end.
pub(super) fn text(document: &Value) -> Result<String> {
    let mut text = serde_json::to_string_pretty(document).context("writing the document as JSON")?;
    text.push('\n');
    Ok(text)
}
