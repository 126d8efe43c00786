//! An export file on its way in.

use std::{path::PathBuf, time::Duration};

use import_proto::{ImportOptions, Operation, ProgressStep};
use import_store::{
    Batch, Store,
    operation::{StoredFile, StoredOperation},
};
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, error::Halt, file, keeper::Keeper};

/// The pause before the store is asked again to note that an upload broke off.
const PAUSE: Duration = Duration::from_secs(1);

/// An upload whose operation exists and whose bytes are still to come.
///
/// Dropped before [`Upload::finish`], it ends the operation in `importer_import_failed`.
pub struct Upload<S: Store> {
    engine: Engine<S>,
    stored: StoredOperation,
    /// None for importers that need no file: what comes is disregarded.
    target: Option<(PathBuf, tokio::fs::File)>,
    /// Tells other processes that bytes still come.
    keeper: Option<Keeper>,
    finished: bool,
}

impl<S: Store> Engine<S> {
    /// Creates the operation of an upload, with the engine's own options. Ends the operation that was current.
    ///
    /// # Errors
    /// [`import_proto::Refusal::ImporterNotDefined`] where there is no such importer; nothing is changed then.
    pub async fn begin_upload(
        &self,
        user_id: &str,
        importer_key: &str,
        file_name: &str,
        content_type: Option<&str>,
    ) -> Result<Upload<S>, EngineError> {
        self.begin_upload_with(user_id, importer_key, file_name, content_type, ImportOptions::default()).await
    }

    /// The same, with options of its own. What they leave open, the engine's options decide.
    ///
    /// # Errors
    /// As [`Engine::begin_upload`].
    pub async fn begin_upload_with(
        &self,
        user_id: &str,
        importer_key: &str,
        file_name: &str,
        content_type: Option<&str>,
        options: ImportOptions,
    ) -> Result<Upload<S>, EngineError> {
        let importer = self.check_importer(importer_key)?;
        if !importer.reads_a_file() {
            let stored = self.create_without_file(user_id, importer).await?;
            return Ok(Upload { engine: self.clone(), stored, target: None, keeper: None, finished: false });
        }
        let mut new = self.0.blank_operation(user_id, importer, ProgressStep::Uploading);
        new.work.options = options.or(self.0.options.import);
        new.operation.file = Some(file_name.to_owned());
        new.operation.content_type = content_type.map(str::to_owned);
        // The file is made first: where that fails, nothing has been changed.
        let path = file::path_of(&self.0.options.files_dir, &new.operation.id);
        let target = file::create(&path)?;
        new.work.file = Some(StoredFile { path: path.clone(), owned: true });
        let stored = match self.create(new.clone()).await {
            Ok(stored) => stored,
            Err(error) => {
                file::remove(new.work.file.as_ref());
                return Err(error);
            }
        };
        // Where it was ended meanwhile, the end of the upload finds out.
        let keeper = Keeper::start(&self.0.store, &stored.operation.id, None, &CancellationToken::new());
        Ok(Upload {
            engine: self.clone(),
            stored,
            target: Some((path, tokio::fs::File::from_std(target))),
            keeper: Some(keeper),
            finished: false,
        })
    }
}

impl<S: Store> Upload<S> {
    /// The operation that the upload created.
    pub fn operation(&self) -> &Operation {
        &self.stored.operation
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let Some((path, target)) = &mut self.target else { return Ok(()) };
        target.write_all(bytes).await.map_err(|source| EngineError::File { doing: "write", path: path.clone(), source })
    }

    /// Makes the file durable; preparing begins by itself.
    ///
    /// # Errors
    /// Where it cannot be made durable. An operation that was ended meanwhile is none: it is answered as it is.
    pub async fn finish(mut self) -> Result<Operation, EngineError> {
        if let Some((path, mut target)) = self.target.take() {
            let failed = |source| EngineError::File { doing: "write", path: path.clone(), source };
            target.flush().await.map_err(failed)?;
            target.sync_all().await.map_err(failed)?;
            file::sync_dir(&self.engine.0.options.files_dir)?;
            if self.engine.0.options.share_files {
                let id = &self.stored.operation.id;
                if let Err(error) = self.engine.0.store.put_export_file(id, &path).await
                    && self.engine.0.store.operation(id).await?.is_some_and(|stored| !stored.is_ended())
                {
                    return Err(error.into());
                }
            }
            self.keeper = None;
            let _lifecycle = self.engine.0.lifecycle.lock().await;
            match self.engine.0.commit_step(Batch::new(self.stored.clone()), ProgressStep::FileLoaded).await {
                Ok(stored) => self.stored = stored,
                Err(Halt::Error(error)) => return Err(error),
                Err(Halt::Stopped | Halt::Failed(_)) => {
                    // Ended by an administrator while it came in.
                    self.engine.0.remove_file(&self.stored);
                    if let Some(stored) = self.engine.0.store.operation(&self.stored.operation.id).await? {
                        self.stored = stored;
                    }
                }
            }
            self.engine.0.wake.notify_one();
        }
        self.finished = true;
        Ok(self.stored.operation.clone())
    }
}

impl<S: Store> Drop for Upload<S> {
    fn drop(&mut self) {
        if self.finished || self.stored.work.file.is_none() {
            return;
        }
        // Closed and removed before the end is noted: it may be this very file that leaves no room for the note.
        self.target = None;
        self.keeper = None;
        self.engine.0.remove_file(&self.stored);
        let (engine, id) = (self.engine.clone(), self.stored.operation.id.clone());
        // Without a runtime the process is ending, and the next start finds the upload broken off.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            while let Err(error) = engine.0.fail(&id, "The upload broke off.".into()).await {
                tracing::error!(%error, operation = id, "could not note that an upload broke off");
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = engine.0.closing.cancelled() => return,
                }
            }
        });
    }
}
