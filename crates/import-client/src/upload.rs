//! Export files on their way to the server, read from disk as they are sent.

use std::path::Path;

use bytes::Bytes;
use import_proto::{
    Endpoint, ImportOptions, Nothing, Operation, Spec, UploadImportFile, UploadQuery,
    endpoints::{UploadFile, UploadRaw},
};
use reqwest::{
    Body, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use tokio::sync::watch;

use crate::{
    answer::{self, Answer},
    client::{Client, written},
    error::{Error, TransportKind},
    export_file::ExportFile,
    retry::{Failure, Tries},
};

/// How much of a file was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes of the file handed to the connection.
    pub sent: u64,
    /// Bytes of the file.
    pub total: u64,
}

/// How the file stands in the request.
enum Form {
    /// As it is.
    Raw,
    /// As base64 between the two parts of a JSON body.
    Json { before: Bytes, after: Bytes },
}

impl Form {
    /// The JSON body of `uploadImportFile`, open where the base64 goes.
    fn json(importer_key: String, export: &ExportFile) -> Result<Self, Error> {
        let body = UploadImportFile {
            binary_content: String::new(),
            content_type: export.content_type.to_owned(),
            file_name: export.name.clone(),
            importer_key,
        };
        let json = written(&UploadFile::SPEC, serde_json::to_string(&body))?;
        // The content is the first field. A quote in any text would stand behind a backslash.
        let Some((before, after)) = json.split_once("\"\"") else {
            return Err(Error::Setup { reason: "the body of uploadImportFile has no place for the file".into() });
        };
        Ok(Self::Json { before: format!("{before}\"").into(), after: format!("\"{after}").into() })
    }
}

impl Client {
    /// Uploads an export file; the server reads it with the importer of that key and prepares it. The file is never in
    /// memory as a whole. `on_progress` is called as it is sent.
    ///
    /// An import server takes the file as it is, and answers the operation that it created. A Rocket.Chat takes it as
    /// base64 in a JSON body, holds all of it in memory, and answers nothing.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, or changes its size meanwhile; [`Error::Refused`] where the server has
    /// no such importer; and those of [`Client::call`].
    pub async fn upload(
        &self,
        file: &Path,
        importer_key: &str,
        on_progress: impl FnMut(UploadProgress) + Send,
    ) -> Result<Answer<Option<Operation>>, Error> {
        self.upload_with(file, importer_key, ImportOptions::default(), on_progress).await
    }

    /// The same, with options of the import. Only an import server takes options.
    ///
    /// # Errors
    /// As [`Client::upload`]; [`Error::Unsupported`] where options are given and the server is a Rocket.Chat. Nothing is sent
    /// then.
    pub async fn upload_with(
        &self,
        file: &Path,
        importer_key: &str,
        options: ImportOptions,
        mut on_progress: impl FnMut(UploadProgress) + Send,
    ) -> Result<Answer<Option<Operation>>, Error> {
        let export = ExportFile::open(file).await?;
        let server = self.server_kind().await?;
        if options != ImportOptions::default() && !server.is_import_server() {
            return Err(Error::Unsupported { endpoint: UploadRaw::SPEC.name(), server: server.clone() });
        }
        // A server that refuses closes the connection while the file is being sent, and its reason may get lost on the way.
        if let Err(error @ (Error::Unauthorized { .. } | Error::Forbidden { .. })) = self.status().await {
            return Err(error);
        }
        let importer_key = importer_key.to_owned();
        if server.is_import_server() {
            let ImportOptions { unknown_users, unknown_rooms, names_encoding } = options;
            let file_name = Some(export.name.clone());
            let query = UploadQuery { importer_key, file_name, unknown_users, unknown_rooms, names_encoding };
            let url = self.endpoint_url(&UploadRaw::SPEC, &query)?;
            let body = self.send_file(&UploadRaw::SPEC, url, &export, &Form::Raw, &mut on_progress).await?;
            let Answer { value, body } = answer::read::<UploadRaw>(body)?;
            Ok(Answer { value: Some(value.operation), body })
        } else {
            let url = self.endpoint_url(&UploadFile::SPEC, &Nothing)?;
            let form = Form::json(importer_key, &export)?;
            let body = self.send_file(&UploadFile::SPEC, url, &export, &form, &mut on_progress).await?;
            let Answer { body, .. } = answer::read::<UploadFile>(body)?;
            Ok(Answer { value: None, body })
        }
    }

    async fn send_file(
        &self,
        spec: &Spec,
        url: Url,
        export: &ExportFile,
        form: &Form,
        on_progress: &mut (impl FnMut(UploadProgress) + Send),
    ) -> Result<Bytes, Error> {
        let mut tries = Tries::new(self.shared.retry);
        loop {
            match self.send_file_once(spec, url.clone(), export, form, on_progress).await {
                Ok(body) => return Ok(body),
                Err(failure) => tries.wait(failure).await?,
            }
        }
    }

    async fn send_file_once(
        &self,
        spec: &Spec,
        url: Url,
        export: &ExportFile,
        form: &Form,
        on_progress: &mut (impl FnMut(UploadProgress) + Send),
    ) -> Result<Bytes, Failure> {
        let (sent, mut moved) = watch::channel(0);
        let (content_type, length, body) = match form {
            Form::Raw => {
                let pieces = export.pieces(sent).await.map_err(Failure::last)?;
                (export.content_type, export.length, Body::wrap_stream(pieces))
            }
            Form::Json { before, after } => {
                let length = (before.len() + after.len()) as u64 + export.base64_length();
                let pieces = export.base64(sent, before.clone(), after.clone()).await.map_err(Failure::last)?;
                ("application/json", length, Body::wrap_stream(pieces))
            }
        };
        let request =
            self.request(spec, url).header(CONTENT_TYPE, content_type).header(CONTENT_LENGTH, length).body(body);
        let mut answer = std::pin::pin!(self.attempt(spec, request));
        let mut idle = std::pin::pin!(tokio::time::sleep(self.shared.timeout));
        loop {
            tokio::select! {
                answer = &mut answer => {
                    on_progress(UploadProgress { sent: *moved.borrow(), total: export.length });
                    return answer.map_err(|failure| export.blame(failure));
                }
                Ok(()) = moved.changed() => {
                    on_progress(UploadProgress { sent: *moved.borrow_and_update(), total: export.length });
                    idle.as_mut().reset(tokio::time::Instant::now() + self.shared.timeout);
                }
                () = &mut idle => return Err(Failure::last(self.stalled(spec))),
            }
        }
    }

    fn stalled(&self, spec: &Spec) -> Error {
        Error::Transport {
            endpoint: spec.name(),
            url: self.url().to_owned(),
            kind: TransportKind::Timeout,
            reason: format!("it neither took more of the file nor answered for {:?}", self.shared.timeout),
        }
    }
}
