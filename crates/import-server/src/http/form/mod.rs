//! Requests as models: JSON bodies, form bodies and queries, or what is wrong with them.

mod describe;
mod json;
mod objects;
mod pairs;

use http::{HeaderMap, header};
use import_proto::{
    AddUsers, DownloadPublicImportFile, Login, Nothing, RecordsQuery, Refusal, StartImport, UploadImportFile,
    UploadQuery, endpoint::Input,
};

/// The content types that bodies are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentType {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl ContentType {
    /// The content type that the headers name, parameters and case disregarded; `None` where it is another.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = value.split(';').next()?.trim();
        if essence.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Some(Self::Form)
        } else {
            None
        }
    }
}

/// A model that a request is read into. What cannot be read is `invalid-params`, and says where and why.
pub(crate) trait Form: Input {
    /// From a JSON body.
    fn from_json(body: &[u8]) -> Result<Self, Refusal>;
    /// From a form body.
    fn from_form(body: &[u8]) -> Result<Self, Refusal>;
    /// From a query. A parameter without a value is one that is not there, unless it has to be.
    fn from_query(query: &[u8]) -> Result<Self, Refusal>;
}

impl Form for Nothing {
    fn from_json(_: &[u8]) -> Result<Self, Refusal> {
        Ok(Self)
    }
    fn from_form(_: &[u8]) -> Result<Self, Refusal> {
        Ok(Self)
    }
    fn from_query(_: &[u8]) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

macro_rules! form {
    ($($model:ty),* $(,)?) => {
        $(impl Form for $model {
            fn from_json(body: &[u8]) -> Result<Self, Refusal> {
                json::read(body).map_err(Refusal::InvalidParams)
            }
            fn from_form(body: &[u8]) -> Result<Self, Refusal> {
                pairs::form(body).map_err(Refusal::InvalidParams)
            }
            fn from_query(query: &[u8]) -> Result<Self, Refusal> {
                pairs::query(query).map_err(Refusal::InvalidParams)
            }
        })*
    };
}

form!(AddUsers, UploadImportFile, DownloadPublicImportFile, StartImport, Login, UploadQuery, RecordsQuery);

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn content_types_are_told_whatever_their_case_and_parameters() {
        let of = |value: &'static str| {
            ContentType::of(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]))
        };
        assert_eq!(of("application/json"), Some(ContentType::Json));
        assert_eq!(of("Application/JSON ; charset=UTF-8"), Some(ContentType::Json));
        assert_eq!(of("application/x-www-form-urlencoded;charset=utf-8"), Some(ContentType::Form));
        for other in ["", "text/plain", "application/jsonp", "application/json-patch+json", ";application/json"] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(ContentType::of(&HeaderMap::new()), None);
    }
}
