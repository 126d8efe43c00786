//! What this server adds to the published API.

use axum::response::Response;
use http::{StatusCode, header};
use import_proto::{
    Importer, NewOperation, RecordPage, RetryAccepted, Success,
    endpoints::{ListRecords, RetryFailed, UploadRaw},
};
use import_store::Store;

use super::check_not_empty;
use crate::http::{
    app::App,
    failure::{Failure, json},
    handle::{Call, Handle, HandleStreamed, StreamedCall, caller},
};

impl<S: Store> HandleStreamed<UploadRaw> for App<S> {
    async fn handle_streamed(&self, call: StreamedCall<'_, UploadRaw>) -> Result<Response, Failure> {
        let user_id = caller(&call.session)?.user_id();
        let importer = self.engine.check_importer(&call.query.importer_key)?;
        check_not_empty(importer, call.body.known_length(), "the body")?;
        let file_name = call.query.file_name.as_deref().unwrap_or_else(|| usual_file_name(importer));
        let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let options = call.query.options();
        if let Some(reason) = options.contradiction(importer) {
            return Err(Failure::invalid(format!("unknownUsers: {reason}")));
        }
        // Dropped where the body breaks off, which ends the operation.
        let mut upload =
            self.engine.begin_upload_with(user_id, importer.key(), file_name, content_type, options).await?;
        while let Some(piece) = call.body.next().await? {
            upload.write(&piece).await?;
        }
        let operation = upload.finish().await?;
        Ok(json(StatusCode::OK, &NewOperation { operation, success: Success }))
    }
}

/// The name of a file that comes without one: importers tell a file's form by the ending.
fn usual_file_name(importer: Importer) -> &'static str {
    match importer {
        Importer::Csv | Importer::Slack => "export.zip",
        Importer::SlackUsers | Importer::OmnichannelContact => "export.csv",
        Importer::HipchatEnterprise => "export.tar.gz",
        Importer::PendingFiles | Importer::PendingAvatars | Importer::Api => "export",
    }
}

impl<S: Store> Handle<ListRecords> for App<S> {
    async fn handle(&self, call: Call<ListRecords>) -> Result<RecordPage, Failure> {
        Ok(self.engine.records(call.query).await?)
    }
}

impl<S: Store> Handle<RetryFailed> for App<S> {
    async fn handle(&self, _: Call<RetryFailed>) -> Result<RetryAccepted, Failure> {
        Ok(RetryAccepted { count: self.engine.retry().await?, success: Success })
    }
}
