//! An export file as a set of named entries: a zip, a tar, a folder on disk, or a single plain file.
//!
//! The list of entries is read once, when the archive is opened; contents are streamed from positioned reads, so any
//! number of threads can read at the same time from one open file.

mod folder;
mod names;
mod refusal;
mod table;
mod tar;
mod tar_input;
mod verified;
mod zip;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use import_proto::NamesEncoding;
use rawzip::{FileReader, RangeReader};

use self::folder::Folder;
use self::names::Undecided;
pub(crate) use self::names::composed;
pub(crate) use self::refusal::Refusal;
use self::table::EntryTable;
use self::tar::Tar;
use self::verified::Verified;
use self::zip::Zip;
use crate::{Limits, SourceError};

/// An entry's number in its archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryId(u32);

impl EntryId {
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// The contents of one entry, expanded and checked as they are read.
pub(crate) type EntryReader<'a> = Box<dyn Read + Send + 'a>;

pub(crate) struct Archive {
    container: Container,
    table: EntryTable,
    /// Bytes of every safe name that are the top folder, its slash included.
    top: usize,
    /// Why entries may be missing at its end, and what it is called.
    cut: Option<(String, String)>,
    /// Folders whose names nothing tells the encoding of.
    undecided: Undecided,
}

enum Container {
    Zip(Zip),
    Tar(Tar),
    Folder(Folder),
    Plain(FileReader),
}

impl Archive {
    /// Opens what lies at `path`: a folder, a zip (told by its first bytes, or by `file_name`), or a plain file.
    ///
    /// Names of a zip may be in an encoding that nothing tells. If the caller does not name it, it is the one in which the
    /// most folders are `known`: `known` is asked once, for the test that a folder's name has to pass, and may read the
    /// archive for it. So the names are the same at every open.
    pub(crate) fn open_decoded<K: Fn(&str) -> bool>(
        path: &Path,
        file_name: &str,
        limits: &Limits,
        encoding: Option<NamesEncoding>,
        known: impl FnOnce(&mut Self) -> K,
    ) -> Result<Self, SourceError> {
        let mut archive = Self::open(path, file_name, limits, encoding)?;
        let undecided = std::mem::take(&mut archive.undecided);
        if undecided.is_empty() {
            return Ok(archive);
        }
        let best = undecided.best(known(&mut archive));
        archive.top = 0;
        if best == NamesEncoding::Cp437 { Ok(archive) } else { Self::open(path, file_name, limits, Some(best)) }
    }

    /// The same, with names in `encoding` or else in code page 437.
    pub(crate) fn open(
        path: &Path,
        file_name: &str,
        limits: &Limits,
        encoding: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Io { file: file_name.to_owned(), source };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            let (folder, table) = Folder::open(path, file_name, limits)?;
            return Ok(Self::new(Container::Folder(folder), table));
        }
        if !metadata.is_file() {
            return Err(failed(io::Error::other("it is neither a file nor a folder")));
        }
        if metadata.len() == 0 {
            return Err(SourceError::Empty { file: file_name.to_owned() });
        }

        let mut file = File::open(path).map_err(failed)?;
        let starts_as_zip = zip::has_signature(&mut file).map_err(failed)?;
        if starts_as_zip || file_name.to_ascii_lowercase().ends_with(".zip") {
            let (zip, table, undecided) = Zip::open(file, file_name, limits, encoding)?;
            return Ok(Self { undecided, ..Self::new(Container::Zip(zip), table) });
        }

        let mut table = EntryTable::default();
        let base_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown = if base_name.is_empty() { "file" } else { base_name };
        table.push(shown, metadata.len(), false, None).map_err(|full| full.of(file_name))?;
        table.sort();
        Ok(Self::new(Container::Plain(FileReader::from(file)), table))
    }

    fn new(container: Container, table: EntryTable) -> Self {
        Self { container, table, top: 0, cut: None, undecided: Undecided::default() }
    }

    /// Opens what lies at `path` as [`Archive::open_decoded`] does, without a guess, or a tar, compressed by gzip or not.
    pub(crate) fn open_tar(
        path: &Path,
        file_name: &str,
        limits: &Limits,
        encoding: Option<NamesEncoding>,
    ) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Io { file: file_name.to_owned(), source };
        let mut beginning = Vec::new();
        if std::fs::metadata(path).map_err(failed)?.is_file() {
            let file = File::open(path).map_err(failed)?;
            file.take(512).read_to_end(&mut beginning).map_err(failed)?;
        }
        let gzip = beginning.starts_with(b"\x1f\x8b");
        if !gzip && !tar::is_tar(&beginning) {
            let lower = file_name.to_ascii_lowercase();
            let reason = match () {
                () if beginning.is_empty() || beginning.starts_with(b"PK") => None,
                () if beginning.starts_with(b"Salted__") => Some("it is encrypted; decrypt it first"),
                () if [".tar.gz", ".tgz"].iter().any(|ending| lower.ends_with(ending)) => {
                    Some("it is not compressed by gzip, and does not begin with the header of an entry")
                }
                () if lower.ends_with(".tar") => Some("it does not begin with the header of an entry"),
                () => None,
            };
            return match reason {
                Some(reason) => {
                    let (file, reason) = (file_name.to_owned(), reason.to_owned());
                    Err(SourceError::BrokenArchive { file, format: "tar", reason })
                }
                None => Self::open(path, file_name, limits, encoding),
            };
        }
        let opened = tar::open(path, file_name, gzip, limits)?;
        let cut = opened.cut.map(|reason| (file_name.to_owned(), reason));
        Ok(Self { cut, ..Self::new(Container::Tar(opened.tar), opened.table) })
    }

    /// Where entries may be missing at its end: what the archive is called, and why.
    pub(crate) fn cut(&self) -> Option<(&str, &str)> {
        self.cut.as_ref().map(|(file, reason)| (file.as_str(), reason.as_str()))
    }

    /// Whether it is a single file rather than an archive or folder.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.container, Container::Plain(_))
    }

    /// Takes the folder off that all entries lie in, where below it is one of the `known` files or another folder.
    pub(crate) fn take_off_top_folder(&mut self, known: &[&str]) {
        let safe_names =
            self.entries().filter(|&id| self.refusal(id) != Some(Refusal::UnsafeName)).map(|id| self.name(id));
        self.top = names::top_folder(safe_names, known).map_or(0, |folder| folder.len() + 1);
    }

    /// All entries but the ignored ones, in the order of their names.
    pub(crate) fn entries(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.table.in_order().map(EntryId)
    }

    /// The entry at this place in the order of names.
    pub(crate) fn nth(&self, place: usize) -> Option<EntryId> {
        self.table.nth(place).map(EntryId)
    }

    /// The first entry to be read whose name below the top folder begins so.
    pub(crate) fn first_below(&self, beginning: &str) -> Option<EntryId> {
        let whole = format!("{}{beginning}", self.top_folder());
        (self.table.place(&whole)..)
            .map_while(|place| self.nth(place).filter(|id| self.table.name(id.0).starts_with(&whole)))
            .find(|&id| self.refusal(id).is_none())
    }

    /// The entry to be read with this name below the top folder.
    pub(crate) fn find(&self, name: &str) -> Option<EntryId> {
        self.first_below(name).filter(|&id| self.name(id) == name)
    }

    /// The contents of the entry with this name below the top folder; an error where there is none.
    pub(crate) fn read_named(&self, name: &str) -> io::Result<EntryReader<'_>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("the export holds no entry {name}"));
        self.find(name).ok_or_else(missing).and_then(|id| self.read(id))
    }

    /// The name of the top folder that was taken off, its slash included.
    fn top_folder(&self) -> &str {
        let safe = self.entries().find(|&id| self.refusal(id) != Some(Refusal::UnsafeName));
        safe.and_then(|id| self.table.name(id.0).get(..self.top)).unwrap_or_default()
    }

    /// The name below the top folder.
    pub(crate) fn name(&self, id: EntryId) -> &str {
        let name = self.table.name(id.0);
        if self.refusal(id) == Some(Refusal::UnsafeName) { name } else { name.get(self.top..).unwrap_or(name) }
    }

    /// The expanded size that the archive declares, in bytes.
    pub(crate) fn size(&self, id: EntryId) -> u64 {
        self.table.size(id.0)
    }

    /// Why the entry is not to be read.
    pub(crate) fn refusal(&self, id: EntryId) -> Option<Refusal> {
        self.table.refusal(id.0)
    }

    /// The contents of an entry. The reader fails where they turn out damaged or larger than declared.
    pub(crate) fn read(&self, id: EntryId) -> io::Result<EntryReader<'_>> {
        if let Some(refusal) = self.refusal(id) {
            return Err(io::Error::other(refusal.to_string()));
        }
        let size = self.size(id);
        match &self.container {
            Container::Zip(zip) => zip.read(id.0, self.table.is_deflated(id.0)),
            Container::Tar(tar) => Ok(tar.read(id.0, size)),
            Container::Folder(folder) => {
                let file = folder.file(id.0, self.table.name(id.0))?;
                Ok(Box::new(Verified::by_size(file, size)))
            }
            Container::Plain(file) => Ok(Box::new(Verified::by_size(RangeReader::new(file, 0..size), size))),
        }
    }
}
