//! The importer `csv`: a zip or folder of CSV files without header lines, or one such file.

mod channels;
mod direct;
mod header;
mod layout;
mod mentions;
mod messages;
mod users;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use std::path::Path;

use import_proto::NamesEncoding;

use self::channels::Channels;
use self::direct::DirectMessages;
use self::layout::Kind;
use self::messages::RoomMessages;
use self::users::Users;
use crate::archive::{Archive, EntryId, composed};
use crate::contacts::{self, Contacts};
use crate::items::items;
use crate::rows::{RowFailure, RowReader, as_utf8};
use crate::unread::{Place, Unread};
use crate::{Items, Limits, Part, Source, SourceError};

const EXPECTED: &str = "users.csv, channels.csv, contacts.csv, messages in <room>/<any>.csv \
                        or direct messages in directmessages/<any>.csv";
const EXPECTED_ALONE: &str = "a zip of CSV files, or one CSV file that is named users.csv, channels.csv or contacts.csv, \
                              or has a first line that names its columns (username,email,name for users; \
                              name,creator,type,members for channels; name,emails,phones for contacts)";

/// An export in CSV files.
pub(crate) struct CsvSource {
    archive: Archive,
    unread: Unread,
    files: Vec<(Kind, EntryId)>,
    row_bytes: usize,
}

impl CsvSource {
    pub(crate) fn open(
        path: &Path,
        file_name: &str,
        limits: Limits,
        names_encoding: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let mut archive = Archive::open_decoded(path, file_name, &limits, names_encoding, |archive| {
            known_folders(archive, limits.row_bytes)
        })?;
        let row_bytes = limits.row_bytes;
        if archive.is_plain() {
            let files = archive
                .entries()
                .map(|id| Ok((plain_kind(&archive, id, file_name, row_bytes)?, id)))
                .collect::<Result<_, SourceError>>()?;
            return Ok(Self { archive, unread: Unread::default(), files, row_bytes });
        }

        archive.take_off_top_folder(&layout::TOP_LEVEL);
        let mut files = Vec::new();
        let unread = Unread::find(&archive, layout::place, |kind, id| files.push((kind, id)));
        if files.is_empty() && unread.is_empty() {
            return Err(SourceError::NothingToRead { file: file_name.to_owned(), expected: EXPECTED });
        }
        // Stable, so that files of one kind stay in the order of their names, those of one room together.
        files.sort_by_key(|(kind, _)| *kind);
        Ok(Self { archive, unread, files, row_bytes })
    }

    /// The file that a part is; `None` for the part of unread entries.
    fn file(&self, index: usize) -> Option<(Kind, EntryId)> {
        self.files.get(index.checked_sub(self.first_file())?).copied()
    }

    fn first_file(&self) -> usize {
        usize::from(!self.unread.is_empty())
    }
}

/// Whether a folder has the name of a room of the list, whose own name is plain.
fn known_folders(archive: &mut Archive, row_bytes: usize) -> impl Fn(&str) -> bool + use<> {
    archive.take_off_top_folder(&layout::TOP_LEVEL);
    let mut names = HashSet::new();
    let lists = archive.entries().filter(|&id| layout::place(archive.name(id)) == Place::File(Kind::Channels));
    for contents in lists.filter_map(|id| archive.read(id).and_then(as_utf8).ok()) {
        let mut rows = RowReader::new(contents, row_bytes);
        while let Some(row) = rows.next_row() {
            match row {
                Ok(row) => {
                    names.insert(composed(&row.trimmed(0)).into_owned());
                }
                Err(RowFailure::Malformed(_)) => {}
                Err(RowFailure::Broken(_)) => break,
            }
        }
    }
    move |folder| names.contains(&*composed(folder.trim()))
}

/// What a file that is no archive holds, by its name or its first line.
fn plain_kind(archive: &Archive, id: EntryId, file_name: &str, row_bytes: usize) -> Result<Kind, SourceError> {
    if let Place::File(kind) = layout::place(archive.name(id)) {
        return Ok(kind);
    }
    let failed = |source| SourceError::Io { file: file_name.to_owned(), source };
    let contents = archive.read(id).and_then(as_utf8).map_err(failed)?;
    let mut rows = RowReader::new(contents, row_bytes);
    let kind = loop {
        break match rows.next_row() {
            Some(Ok(row)) if row.is_blank() => continue,
            Some(Ok(row)) if users::is_header(&row) => Some(Kind::Users),
            Some(Ok(row)) if channels::is_header(&row) => Some(Kind::Channels),
            Some(Ok(row)) if contacts::is_header(&row) => Some(Kind::Contacts),
            Some(Err(RowFailure::Broken(error))) => return Err(failed(error)),
            Some(Ok(_) | Err(RowFailure::Malformed(_))) | None => None,
        };
    };
    kind.ok_or(SourceError::UnknownKind { file: file_name.to_owned(), expected: EXPECTED_ALONE })
}

impl Source for CsvSource {
    fn part_count(&self) -> usize {
        self.first_file() + self.files.len()
    }

    fn part(&self, index: usize) -> Option<Part<'_>> {
        if index < self.first_file() {
            return Some(Unread::part());
        }
        let (kind, id) = self.file(index)?;
        let entry = self.archive.name(id);
        Some(Part {
            data_type: kind.data_type(),
            entry,
            room: (kind == Kind::Messages).then(|| layout::room(entry)),
            direct: kind == Kind::DirectMessages,
            bytes: self.archive.size(id),
        })
    }

    fn read(&self, index: usize) -> Items<'_> {
        if index < self.first_file() {
            return Box::new(self.unread.items(&self.archive, layout::place));
        }
        let Some((kind, id)) = self.file(index) else { return Box::new(std::iter::empty()) };
        let entry = self.archive.name(id);
        let (contents, limit) = (self.archive.read(id), self.row_bytes);
        match kind {
            Kind::Users => items(entry, contents, limit, Users::default()),
            Kind::Channels => items(entry, contents, limit, Channels::default()),
            Kind::Messages => items(entry, contents, limit, RoomMessages::new(entry, layout::room(entry).into_owned())),
            Kind::DirectMessages => items(entry, contents, limit, DirectMessages::new(entry)),
            Kind::Contacts => items(entry, contents, limit, Contacts::default()),
        }
    }
}
