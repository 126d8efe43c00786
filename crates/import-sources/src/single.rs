//! The importers whose export is one CSV file: `slack-users` and `omnichannel_contact`.

use std::path::Path;

use import_proto::DataType;

use crate::archive::{Archive, EntryId};
use crate::contacts::Contacts;
use crate::items::items;
use crate::slack_users::Members;
use crate::{Items, Limits, Part, Source, SourceError};

/// What the file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Members,
    Contacts,
}

/// One CSV file.
pub(crate) struct SingleFile {
    archive: Archive,
    file: EntryId,
    table: Table,
    row_bytes: usize,
}

impl SingleFile {
    pub(crate) fn open(path: &Path, file_name: &str, limits: Limits, table: Table) -> Result<Self, SourceError> {
        let archive = Archive::open(path, file_name, &limits, None)?;
        let expected = match table {
            Table::Members => "the CSV file of its members that a Slack workspace gives out, in no archive",
            Table::Contacts => {
                "a CSV file of contacts in no archive, with a first line that names its columns: \
                                name, emails, phones, manager, id"
            }
        };
        let file = archive.nth(0).filter(|_| archive.is_plain());
        let file = file.ok_or(SourceError::UnknownKind { file: file_name.to_owned(), expected })?;
        Ok(Self { archive, file, table, row_bytes: limits.row_bytes })
    }
}

impl Source for SingleFile {
    fn part_count(&self) -> usize {
        1
    }

    fn part(&self, index: usize) -> Option<Part<'_>> {
        let data_type = match self.table {
            Table::Members => DataType::User,
            Table::Contacts => DataType::Contact,
        };
        let (entry, bytes) = (self.archive.name(self.file), self.archive.size(self.file));
        (index == 0).then_some(Part { data_type, entry, room: None, direct: false, bytes })
    }

    fn read(&self, index: usize) -> Items<'_> {
        if index > 0 {
            return Box::new(std::iter::empty());
        }
        let (entry, contents) = (self.archive.name(self.file), self.archive.read(self.file));
        match self.table {
            Table::Members => items(entry, contents, self.row_bytes, Members::default()),
            Table::Contacts => items(entry, contents, self.row_bytes, Contacts::default()),
        }
    }
}
