#![doc = include_str!("../README.md")]

pub mod importer;
pub mod lenient;
pub mod operation;
pub mod records;
pub mod selection;
pub mod step;
pub mod time;

pub use importer::Importer;
pub use operation::{Operation, OperationCount};
pub use records::*;
pub use selection::*;
pub use step::{OperationState, ProgressStep};
pub use time::{EpochTime, IsoTime, Timestamp};
