#![doc = include_str!("../README.md")]

pub mod endpoint;
pub mod endpoints;
pub mod error;
pub mod importer;
pub mod lenient;
mod links;
pub mod notices;
pub mod openapi;
pub mod operation;
pub mod options;
mod prose;
pub mod reasons;
pub mod records;
pub mod requests;
pub mod responses;
pub mod selection;
pub mod step;
pub mod subtypes;
pub mod time;

pub use endpoint::{Access, BodyKind, Endpoint, Method, Nothing, Permission, QueryKind, Spec, Tag};
pub use error::{ErrorBody, LoginFailedBody, PlainErrorBody, Refusal, UnauthorizedBody};
pub use importer::Importer;
pub use notices::{Notice, NoticeKind, Notices};
pub use operation::{Operation, OperationCount};
pub use options::{ImportOptions, NamesEncoding, UnknownRooms, UnknownUsers};
pub use reasons::*;
pub use records::*;
pub use requests::*;
pub use responses::*;
pub use selection::*;
pub use step::{OperationState, ProgressStep};
pub use subtypes::{SubtypeCount, SubtypeCounts};
pub use time::{EpochTime, IsoTime, Timestamp};
