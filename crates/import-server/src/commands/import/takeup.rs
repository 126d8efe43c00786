//! Whether what is asked for is something that was interrupted, to be gone on with, and what becomes of something else that
//! is not finished: nobody loses it without having said so.

use std::{fs, path::Path, time::SystemTime};

use anyhow::bail;
use clap::Args;
use import_proto::{Importer, OperationState, ProgressStep};
use import_store::{AnyStore, Store as _, operation::StoredOperation};

use super::output;

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct DiscardOption {
    /// Give another operation up that is not finished
    #[arg(long, env = "IMPORT_SERVER_DISCARD")]
    pub(super) discard: bool,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The import of a file, by its whole path.
    Import(Importer, &'a Path),
    /// To fetch what is pending.
    Fetch(Importer),
}

/// Whether the workspace's current operation is the very thing that is wanted, unfinished, and to be gone on with. Says what
/// becomes of an unfinished operation.
///
/// # Errors
/// Where another operation is not finished and may not be given up. `workspace` (its options) is named in what goes on with it.
pub(super) async fn look(store: &AnyStore, wanted: Wanted<'_>, discard: bool, workspace: &str) -> anyhow::Result<bool> {
    let Some(stored) = store.current_operation().await? else { return Ok(false) };
    // One that nothing was ever put into is no loss, and an upload that broke off cannot be gone on with.
    let is_nothing = matches!(stored.step(), ProgressStep::New | ProgressStep::Uploading);
    if stored.is_ended() || stored.step().is_final() || is_nothing {
        return Ok(false);
    }
    let (id, state) = (&stored.operation.id, stored.state());
    let (goes_on, said) = match wanted {
        Wanted::Import(_, path) if is_wanted(&stored, wanted) && changed_since(path, &stored) => (
            false,
            format!("The operation {id}, an interrupted import of this file, is given up: the file has changed since."),
        ),
        Wanted::Import(..) if is_wanted(&stored, wanted) => {
            (true, format!("Going on with the operation {id}, an import of this file that was interrupted."))
        }
        Wanted::Fetch(_) if is_wanted(&stored, wanted) => {
            (true, format!("Going on with the operation {id}, which is not finished."))
        }
        _ if discard => {
            (false, format!("The operation {id}, which is not finished ({state}), is given up for this one."))
        }
        _ => bail!(
            "the operation {id} is not finished ({state}). {}; --discard gives it up for this one",
            what_goes_on(&stored, workspace)
        ),
    };
    output::note(said);
    Ok(goes_on)
}

fn is_wanted(stored: &StoredOperation, wanted: Wanted<'_>) -> bool {
    let is_of = |importer: Importer| stored.operation.importer_key == importer.key();
    match wanted {
        Wanted::Fetch(importer) => is_of(importer),
        Wanted::Import(importer, path) => {
            let file = stored.work.file.as_ref();
            is_of(importer) && file.is_some_and(|file| !file.owned && file.path == path)
        }
    }
}

/// Which command goes on with an operation, as a sentence without its end.
pub(super) fn what_goes_on(stored: &StoredOperation, workspace: &str) -> String {
    let key = &stored.operation.importer_key;
    let command = match (Importer::from_key(key), &stored.work.file) {
        (Some(Importer::PendingFiles), _) => "fetch files".to_owned(),
        (Some(Importer::PendingAvatars), _) => "fetch avatars".to_owned(),
        (_, Some(file)) if !file.owned => {
            format!("import {} --importer {key}", output::shell_word(&file.path.to_string_lossy()))
        }
        _ if stored.state() == OperationState::Importing => "retry".to_owned(),
        // It came over the API, and what becomes of it is decided there.
        _ => "serve".to_owned(),
    };
    format!("`import-server {command} {workspace}` goes on with it")
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
