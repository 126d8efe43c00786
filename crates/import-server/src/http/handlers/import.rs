//! Operations on an export file.

use import_proto::{
    Accepted, CurrentOperation, ImportFileData, ImportProgress, Importer, ImporterInfo, ImporterList, OperationList,
    PendingCount, Success,
    endpoints::{
        CurrentImport, DownloadPendingAvatars, DownloadPendingFiles, DownloadPublicFile, FileData, ImportersList,
        LatestImports, Progress, Start, UploadFile,
    },
};
use import_store::Store;

use super::check_not_empty;
use crate::http::{
    app::App,
    base64,
    failure::Failure,
    handle::{Call, Handle, caller},
};

/// How much of a file is written at a time, in bytes.
const PIECE: usize = 256 * 1024;

impl<S: Store> Handle<ImportersList> for App<S> {
    async fn handle(&self, _: Call<ImportersList>) -> Result<ImporterList, Failure> {
        let info = |importer: Importer| ImporterInfo { key: importer.key().into(), name: importer.name().into() };
        Ok(ImporterList(self.engine.importers().into_iter().map(info).collect()))
    }
}

impl<S: Store> Handle<UploadFile> for App<S> {
    async fn handle(&self, call: Call<UploadFile>) -> Result<Accepted, Failure> {
        let user_id = caller(&call.session)?.user_id();
        let upload = call.body;
        let file = tokio::task::spawn_blocking(move || base64::decode(upload.binary_content))
            .await
            .map_err(Failure::internal)?
            .map_err(|reason| Failure::invalid(format!("binaryContent: {reason}")))?;
        let importer = self.engine.check_importer(&upload.importer_key)?;
        check_not_empty(importer, Some(file.len() as u64), "binaryContent")?;
        let mut sink = self
            .engine
            .begin_upload(user_id, &upload.importer_key, &upload.file_name, Some(&upload.content_type))
            .await?;
        for piece in file.chunks(PIECE) {
            sink.write(piece).await?;
        }
        sink.finish().await?;
        Ok(Accepted::default())
    }
}

impl<S: Store> Handle<DownloadPublicFile> for App<S> {
    async fn handle(&self, call: Call<DownloadPublicFile>) -> Result<Accepted, Failure> {
        let user_id = caller(&call.session)?.user_id();
        self.engine.download(user_id, &call.body.file_url, &call.body.importer_key).await?;
        Ok(Accepted::default())
    }
}

impl<S: Store> Handle<FileData> for App<S> {
    async fn handle(&self, _: Call<FileData>) -> Result<ImportFileData, Failure> {
        Ok(self.engine.file_data().await?)
    }
}

impl<S: Store> Handle<Start> for App<S> {
    async fn handle(&self, call: Call<Start>) -> Result<Accepted, Failure> {
        self.engine.start_import(call.body.input).await?;
        Ok(Accepted::default())
    }
}

impl<S: Store> Handle<Progress> for App<S> {
    async fn handle(&self, _: Call<Progress>) -> Result<ImportProgress, Failure> {
        Ok(self.engine.progress().await?)
    }
}

impl<S: Store> Handle<CurrentImport> for App<S> {
    async fn handle(&self, _: Call<CurrentImport>) -> Result<CurrentOperation, Failure> {
        Ok(CurrentOperation { operation: self.engine.current_operation().await?, success: Success })
    }
}

impl<S: Store> Handle<LatestImports> for App<S> {
    async fn handle(&self, _: Call<LatestImports>) -> Result<OperationList, Failure> {
        Ok(OperationList(self.engine.latest_operations().await?))
    }
}

impl<S: Store> Handle<DownloadPendingFiles> for App<S> {
    async fn handle(&self, call: Call<DownloadPendingFiles>) -> Result<PendingCount, Failure> {
        let user_id = caller(&call.session)?.user_id();
        let (_, count) = self.engine.download_pending(user_id, Importer::PendingFiles).await?;
        Ok(PendingCount { count, success: Success })
    }
}

impl<S: Store> Handle<DownloadPendingAvatars> for App<S> {
    async fn handle(&self, call: Call<DownloadPendingAvatars>) -> Result<PendingCount, Failure> {
        let user_id = caller(&call.session)?.user_id();
        let (_, count) = self.engine.download_pending(user_id, Importer::PendingAvatars).await?;
        Ok(PendingCount { count, success: Success })
    }
}
