//! What an endpoint is: a type that carries method, path, access, request, response and documentation.
//!
//! Server, client and OpenAPI document take all of these from the type, so none of them can differ between the three.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    /// The method as a request line has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A permission that a user's roles grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Permission {
    RunImport,
    ViewImportOperations,
}

impl Permission {
    /// The permission's id.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunImport => "run-import",
            Self::ViewImportOperations => "view-import-operations",
        }
    }
}

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is logged in.
    LoggedIn,
    /// Whoever has the permission.
    Permitted(Permission),
}

/// What an endpoint takes as a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// None; whatever is sent is disregarded.
    Ignored,
    /// JSON, with the content type `application/json`.
    Json,
    /// JSON, or a form.
    JsonOrForm,
    /// The bytes of a file, streamed.
    Raw,
}

/// What an endpoint takes as a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    /// None; whatever is sent is disregarded.
    Ignored,
    /// None; parameters are refused.
    Refused,
    /// [`Endpoint::Query`].
    Typed,
}

/// The group that an endpoint is documented in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Operations on a file.
    Import,
    /// Bulk import of users.
    BulkUserImport,
    /// Logging in and out.
    Authentication,
    /// What this server adds of its own.
    Extension,
    /// The server itself.
    Server,
}

impl Tag {
    /// Every tag.
    pub const ALL: [Self; 5] =
        [Self::Import, Self::BulkUserImport, Self::Authentication, Self::Extension, Self::Server];

    /// The tag's name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "Import",
            Self::BulkUserImport => "Bulk User Import",
            Self::Authentication => "Authentication",
            Self::Extension => "Import Server",
            Self::Server => "Server",
        }
    }

    /// One sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Import => "Imports from export files.",
            Self::BulkUserImport => "Users added by the request, staged and imported together.",
            Self::Authentication => "Tokens: what every other request is authenticated with.",
            Self::Extension => "What this server adds to the published API.",
            Self::Server => "The server itself.",
        }
    }
}

/// Everything about an endpoint but its types.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What it takes as a body.
    pub body: BodyKind,
    /// What it takes as a query.
    pub query: QueryKind,
    /// Its group.
    pub tag: Tag,
    /// A few words.
    pub summary: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Codes and sentences of the rules that may refuse it with 400; empty where none does.
    pub refusals: &'static [&'static str],
}

impl Spec {
    /// The last part of the path: what `details` of an error names.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The operation's id in the document, formed as the published ones are.
    pub fn operation_id(&self) -> String {
        format!("{}{}", self.method.as_str().to_lowercase(), self.path.replace('/', "-"))
    }

    /// Whether its body or query has a form that a request can fail to have.
    pub fn has_form(&self) -> bool {
        self.query != QueryKind::Ignored || matches!(self.body, BodyKind::Json | BodyKind::JsonOrForm)
    }

    /// Every status that it may answer with, 200 first.
    pub fn statuses(&self) -> Vec<u16> {
        let mut statuses = vec![200];
        if !self.refusals.is_empty() || self.has_form() {
            statuses.push(400);
        }
        if self.access != Access::Public || self.body == BodyKind::JsonOrForm {
            statuses.push(401);
        }
        if matches!(self.access, Access::Permitted(_)) {
            statuses.push(403);
        }
        match self.body {
            BodyKind::Json | BodyKind::JsonOrForm => statuses.extend([408, 413, 415]),
            BodyKind::Raw => statuses.push(408),
            BodyKind::Ignored => {}
        }
        statuses.extend([500, 503]);
        statuses
    }
}

/// Stands for a query or body that an endpoint does not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Nothing;

/// A request body or query as a type: [`Nothing`], or a model.
pub trait Input: Serialize + Sized + Send + Sync + 'static {
    /// The schema; none for [`Nothing`].
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema>;
}

impl Input for Nothing {
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

macro_rules! input {
    ($($model:ty),* $(,)?) => {
        $(impl Input for $model {
            fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
                Some(generator.subschema_for::<$model>())
            }
        })*
    };
}

input!(
    crate::requests::AddUsers,
    crate::requests::UploadImportFile,
    crate::requests::DownloadPublicImportFile,
    crate::requests::StartImport,
    crate::requests::Login,
    crate::requests::UploadQuery,
    crate::requests::RecordsQuery,
);

/// An endpoint of the API.
pub trait Endpoint: Send + Sync + 'static {
    /// Method, path, access, documentation.
    const SPEC: Spec;
    /// The query: [`Nothing`], or a model.
    type Query: Input;
    /// The body: [`Nothing`], or a model.
    type Request: Input;
    /// The body of a 200 answer.
    type Response: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// An example of the request body; none where there is no body.
    fn example_request() -> Option<Value>;
    /// An example of the 200 answer,
    fn example_response() -> Value;
    /// and what it is called where there are more.
    const EXAMPLE_NAME: &'static str = "answer";
    /// Other forms that the answer has, by their names.
    fn more_example_responses() -> Vec<(&'static str, Value)> {
        Vec::new()
    }
}
