//! Files that the export itself holds: they are taken over while their messages are imported.

use std::{
    collections::HashMap,
    fs, io,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
};

use import_proto::{ImportMessage, PendingFile};
use import_sources::Source;
use import_store::{
    Store, StoreError,
    documents::Message,
    uploads::{Bucket, KeptUpload, Upload},
};
use tokio_util::sync::CancellationToken;

use super::{Processed, Run};
use crate::{
    error::{EngineError, Halt},
    files::{self, Incoming, full_disk, media_type},
};

/// Bytes that are copied at a time: a stop is noticed between two pieces.
const PIECE: usize = 256 * 1024;

/// The files of a batch of messages that the export holds, by their ids: the document, or why it cannot be had.
#[derive(Default)]
pub(super) struct HeldFiles(HashMap<String, Result<Upload, String>>);

/// Why a file was not copied.
enum CopyError {
    /// The export does not give it.
    Unreadable(io::Error),
    /// The own disk does not take it.
    Unwritable(io::Error),
    Stopped,
}

/// The file of a record that the export holds.
pub(super) fn held(record: &ImportMessage) -> Option<(&PendingFile, &str)> {
    let file = record.import_file.as_ref().filter(|file| !file.external)?;
    Some((file, file.entry.as_deref()?))
}

impl<S: Store> Run<'_, S> {
    /// Takes the files over that these records bring and the workspace does not have yet; `batch` is to make them known.
    /// Without a source, what is not there cannot be had.
    pub(super) async fn take_held_files<'r>(
        &self,
        records: impl Iterator<Item = &'r ImportMessage>,
        source: Option<&Arc<dyn Source>>,
        processed: &mut Processed,
    ) -> Result<HeldFiles, Halt> {
        // Of messages that can be imported.
        let wanted: Vec<_> = records
            .filter_map(|record| {
                let (file, entry) = held(record)?;
                let (user, room) = (self.users.get(&record.author.id)?, self.rooms.get(&record.rid)?);
                Some((files::upload_id(file), file, entry, &room.id, &user.id))
            })
            .collect();
        if wanted.is_empty() {
            return Ok(HeldFiles::default());
        }
        let ids = wanted.iter().map(|(id, ..)| id.clone()).collect();
        let there = self.inner.store.find_uploads(ids).await?;
        let mut held: HashMap<_, _> = there.into_iter().map(|(id, upload)| (id, Ok(upload))).collect();
        for (id, file, entry, rid, user_id) in wanted {
            if held.contains_key(&id) {
                continue;
            }
            self.check_stop()?;
            let taken = match source {
                Some(source) => self.take_held_file(&id, file, entry, source, (rid, user_id)).await?,
                None => Err("the export file is not there any more; import it again".into()),
            };
            let taken = taken.map(|upload| {
                processed.batch.workspace.uploads.push(upload.clone());
                upload.document
            });
            held.insert(id, taken);
        }
        Ok(HeldFiles(held))
    }

    async fn take_held_file(
        &self,
        id: &str,
        file: &PendingFile,
        entry: &str,
        source: &Arc<dyn Source>,
        (rid, user_id): (&str, &str),
    ) -> Result<Result<KeptUpload, String>, Halt> {
        let store = &*self.inner.store;
        let incoming = Incoming::new(store);
        let (source, stop) = (Arc::clone(source), self.stop.clone());
        let (entry_name, path) = (entry.to_owned(), incoming.path().to_owned());
        let copied = tokio::task::spawn_blocking(move || copy(&*source, &entry_name, &path, &stop)).await;
        match copied.map_err(|panic| EngineError::Internal(panic.to_string()))? {
            Ok(()) => {}
            Err(CopyError::Unreadable(error)) => return Ok(Err(format!("{entry}: {error}"))),
            Err(CopyError::Unwritable(error)) => {
                return Err(full_disk(StoreError::file("write", incoming.path())(error)));
            }
            Err(CopyError::Stopped) => return Err(Halt::Stopped),
        }
        let first_bytes = incoming.first_bytes().await?;
        let content = incoming.keep(store, Bucket::Uploads, id).await?;
        let media_type = media_type::of(None, files::declared_type(file), &file.name);
        let media_type = media_type::as_it_begins(media_type, &first_bytes);
        let document = files::document(file, media_type, &content, rid, user_id);
        Ok(Ok(KeptUpload { document, content }))
    }
}

impl HeldFiles {
    /// Lets a message show the file that the export holds. Where it cannot be had the message waits for the one at its
    /// address, and a note says so; without an address the record fails, with why.
    pub(super) fn show(
        &self,
        record: &ImportMessage,
        message: &mut Message,
        processed: &mut Processed,
    ) -> Result<(), String> {
        let Some((file, _)) = held(record) else { return Ok(()) };
        match self.0.get(&files::upload_id(file)) {
            Some(Ok(upload)) => files::show(message, upload),
            Some(Err(reason)) if file.download_url.is_some() => processed.note(format!(
                "The file {} could not be read from the export and is left to be fetched ({reason}).",
                file.name
            )),
            Some(Err(reason)) => {
                return Err(format!("the file cannot be read from the export: {}: {reason}", file.name));
            }
            None => {}
        }
        Ok(())
    }
}

/// Copies an entry of the export, and makes it durable.
fn copy(source: &dyn Source, entry: &str, to: &Path, stop: &CancellationToken) -> Result<(), CopyError> {
    let mut from = source.open_file(entry).map_err(CopyError::Unreadable)?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(CopyError::Unwritable)?;
    let mut piece = vec![0; PIECE];
    loop {
        if stop.is_cancelled() {
            return Err(CopyError::Stopped);
        }
        let count = match from.read(&mut piece) {
            Ok(0) => return file.sync_all().map_err(CopyError::Unwritable),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Unreadable(error)),
        };
        let bytes = piece.get(..count).unwrap_or_default();
        file.write_all(bytes).map_err(CopyError::Unwritable)?;
    }
}
