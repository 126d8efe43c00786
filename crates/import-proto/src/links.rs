//! What a caller does next: the links of the OpenAPI document, from a 200 answer to the endpoint that takes it up.
//!
//! Tools that make up requests follow them, so that endpoints are called in an order that makes sense.

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Endpoint, Spec},
    endpoints::*,
};

/// A step from one endpoint to another.
struct Link {
    from: Spec,
    to: Spec,
    /// What it is followed for.
    description: &'static str,
    /// The body to send: the example of the endpoint that it leads to.
    body: fn() -> Option<Value>,
    /// Parameters that the answer gives, as runtime expressions of OpenAPI.
    parameters: &'static [(&'static str, &'static str)],
}

const fn link<From: Endpoint, To: Endpoint>(description: &'static str) -> Link {
    Link { from: From::SPEC, to: To::SPEC, description, body: To::example_request, parameters: &[] }
}

impl Link {
    const fn with(self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        Self { parameters, ..self }
    }
}

const OPERATION: &[(&str, &str)] = &[("operation", "$response.body#/operation/_id")];

// A link is only for what every 200 answer leads to: `getCurrentImportOperation` may have no operation to name.
const LINKS: &[Link] = &[
    link::<ImportNew, ImportAddUsers>("Adds users to the operation."),
    link::<ImportNew, ListRecords>("Lists what the operation has staged.").with(OPERATION),
    link::<ImportAddUsers, ImportRun>("Imports the users."),
    link::<ImportRun, ImportStatusNow>("Tells how far the run is."),
    link::<UploadFile, FileData>("Tells what the file holds, once it is prepared."),
    link::<DownloadPublicFile, FileData>("Tells what the file holds, once it is prepared."),
    link::<UploadRaw, FileData>("Tells what the file holds, once it is prepared."),
    link::<UploadRaw, ListRecords>("Lists what the operation has staged.").with(OPERATION),
    link::<FileData, Start>("Imports what is chosen."),
    link::<Start, Progress>("Tells how far the import is."),
    link::<DownloadPendingFiles, Progress>("Tells how many are fetched."),
    link::<DownloadPendingAvatars, Progress>("Tells how many are fetched."),
    link::<ListRecords, RetryFailed>("Runs the failed ones again."),
];

/// The links of an endpoint's 200 answer, by the name of the endpoint that they lead to.
pub(crate) fn of(spec: &Spec) -> Map<String, Value> {
    let links = LINKS.iter().filter(|link| link.from.path == spec.path);
    links
        .map(|link| {
            let mut value = Map::new();
            value.insert("operationId".into(), link.to.operation_id().into());
            value.insert("description".into(), link.description.into());
            if let Some(body) = (link.body)() {
                value.insert("requestBody".into(), body);
            }
            if !link.parameters.is_empty() {
                let parameters = link.parameters.iter().map(|(name, from)| ((*name).to_owned(), json!(from)));
                value.insert("parameters".into(), Value::Object(parameters.collect()));
            }
            (link.to.name().to_owned(), value.into())
        })
        .collect()
}
