//! Entries that come out as failed records: those that are refused, and those that look like data and have no place in the
//! export.

use import_proto::DataType;

use crate::archive::{Archive, EntryId};
use crate::items::failed_entry;
use crate::{Item, Part};

/// Where an entry stands in the export.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<T> {
    /// It is a file of the export: which one.
    File(T),
    /// It looks like data, and cannot be told what of: why.
    Misplaced(&'static str),
    /// No business of the importer's.
    Elsewhere,
}

/// The entries of an archive that come out as failed records.
#[derive(Default)]
pub(crate) struct Unread(Vec<EntryId>);

impl Unread {
    /// Finds them in an archive, and gives `each` the files that can be read. `place` tells from its name where an entry
    /// stands.
    pub(crate) fn find<'a, T>(
        archive: &'a Archive,
        place: impl Fn(&'a str) -> Place<T>,
        mut each: impl FnMut(T, EntryId),
    ) -> Self {
        let mut unread = Vec::new();
        for id in archive.entries() {
            match (place(archive.name(id)), archive.refusal(id)) {
                (Place::File(file), None) => each(file, id),
                (Place::File(_), Some(_)) | (Place::Misplaced(_), _) => unread.push(id),
                (Place::Elsewhere, Some(refusal)) if refusal.is_suspicious() => unread.push(id),
                (Place::Elsewhere, _) => {}
            }
        }
        Self(unread)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The part that stands for them.
    pub(crate) fn part() -> Part<'static> {
        Part { data_type: DataType::Entry, entry: "", room: None, direct: false, bytes: 0 }
    }

    /// The failed records.
    pub(crate) fn items<'a, T>(
        &'a self,
        archive: &'a Archive,
        place: impl Fn(&'a str) -> Place<T> + Send + 'a,
    ) -> impl Iterator<Item = Item> + Send + 'a {
        self.0.iter().map(move |&id| {
            let name = archive.name(id);
            let key = format!("{name}#{}", id.number());
            match (archive.refusal(id), place(name)) {
                (Some(refusal), _) => failed_entry(name, key, refusal),
                (None, Place::Misplaced(reason)) => failed_entry(name, key, reason),
                (None, _) => failed_entry(name, key, "it has no place in the export"),
            }
        })
    }
}
