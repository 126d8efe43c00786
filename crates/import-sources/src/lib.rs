#![doc = include_str!("../README.md")]

mod archive;
mod clock;
mod contacts;
mod csv;
mod error;
mod hipchat;
mod html;
mod items;
mod json;
mod limits;
mod pair;
mod recent;
mod rows;
mod single;
mod slack;
mod slack_users;
mod source;
mod spread;
mod stable_id;
mod tallies;
mod unread;
mod windows;
mod years;

use std::path::Path;

use import_proto::{Importer, NamesEncoding, PendingFile};

use self::single::{SingleFile, Table};

pub use error::SourceError;
pub use limits::Limits;
pub use slack::FILE_MESSAGE_ENDINGS;
pub use source::{FailedRecord, Item, Items, Part, Source, Tally};

/// Whether files of this importer can be read.
pub fn supports(importer: Importer) -> bool {
    importer.reads_a_file()
}

/// The title that the source's own object gives a file.
pub fn title_of(file: &PendingFile) -> Option<String> {
    let title = file.original.get("title")?.as_str().filter(|title| !title.trim().is_empty())?;
    Some(if file.source == Importer::Slack.key() { slack::unescaped(title) } else { title.to_owned() })
}

/// Opens an export file, or the folder that it was unpacked to.
///
/// `file_name` is what the upload called it: messages name it, and it can tell what a file that is no archive holds.
/// `names_encoding` is that of names in a zip which nothing else tells; `None`: it is guessed.
///
/// # Errors
/// Where nothing of it can be read; see [`SourceError`].
pub fn open(
    importer: Importer,
    path: &Path,
    file_name: &str,
    limits: Limits,
    names_encoding: Option<NamesEncoding>,
) -> Result<Box<dyn Source>, SourceError> {
    match importer {
        Importer::Csv => Ok(Box::new(csv::CsvSource::open(path, file_name, limits, names_encoding)?)),
        Importer::Slack => Ok(Box::new(slack::SlackSource::open(path, file_name, limits, names_encoding)?)),
        Importer::HipchatEnterprise => {
            Ok(Box::new(hipchat::HipchatSource::open(path, file_name, limits, names_encoding)?))
        }
        Importer::SlackUsers => Ok(Box::new(SingleFile::open(path, file_name, limits, Table::Members)?)),
        Importer::OmnichannelContact => Ok(Box::new(SingleFile::open(path, file_name, limits, Table::Contacts)?)),
        other => Err(SourceError::Unsupported { key: other.key() }),
    }
}
