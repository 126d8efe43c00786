//! Whether the import that is asked for is one that was interrupted.

use std::{fs, path::Path, time::SystemTime};

use import_proto::Importer;
use import_store::{EmbeddedStore, Store as _, operation::StoredOperation};

use super::output;

/// Whether the workspace's current operation is an unfinished import of this very file, to be gone on with. Says what
/// becomes of an unfinished operation either way.
pub(super) async fn look(store: &EmbeddedStore, importer: Importer, path: &Path) -> anyhow::Result<bool> {
    let Some(stored) = store.current_operation().await? else { return Ok(false) };
    if stored.is_ended() || stored.step().is_final() {
        return Ok(false);
    }
    let id = &stored.operation.id;
    let (same, changed) = (is_of(&stored, importer, path), changed_since(path, &stored));
    output::note(match (same, changed) {
        (true, false) => format!("Going on with the operation {id}, an import of this file that was interrupted."),
        (true, true) => {
            format!("The operation {id}, an interrupted import of this file, is given up: the file has changed since.")
        }
        (false, _) => {
            format!("The operation {id}, which is not finished ({}), is given up for this one.", stored.state())
        }
    });
    Ok(same && !changed)
}

fn is_of(stored: &StoredOperation, importer: Importer, path: &Path) -> bool {
    let file = stored.work.file.as_ref();
    stored.operation.importer_key == importer.key() && file.is_some_and(|file| !file.owned && file.path == path)
}

/// Whether the file, or anything in the folder, was written after the operation was created. What cannot be looked at is
/// left for the import to complain of.
fn changed_since(path: &Path, stored: &StoredOperation) -> bool {
    let created = u64::try_from(stored.operation.ts.0.as_millis()).unwrap_or_default();
    newest_change(path).is_some_and(|changed| {
        changed.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_millis() > u128::from(created))
    })
}

fn newest_change(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok()?;
    let own = metadata.modified().ok();
    if !metadata.is_dir() {
        return own;
    }
    let inside = fs::read_dir(path).ok()?.filter_map(|entry| newest_change(&entry.ok()?.path())).max();
    own.max(inside)
}
