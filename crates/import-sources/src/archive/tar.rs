//! Tars, compressed by gzip or not: one pass over the headers when the archive is opened, contents read by position.
//!
//! A tar has no list of its entries, and a gzip stream cannot be entered in its middle, so an archive that is compressed
//! is expanded once, into a file without a name that is gone with the archive. One that is not is read where it lies.

use std::fs::File;
use std::io;
use std::path::Path;

use rawzip::{FileReader, RangeReader};
use tar::{Header, PaxExtensions};

use super::refusal::Refusal;
use super::table::EntryTable;
use super::tar_input::{BLOCK, Input, Kept, Stop};
use super::verified::Verified;
use super::{EntryReader, names};
use crate::{Limits, SourceError};

/// Bytes that an extended header may have: it holds a name, and little else.
const EXTENDED: u64 = 64 << 10;
/// Extended headers that one entry may have.
const MOST_EXTENDED: usize = 8;

pub(super) struct Tar {
    data: FileReader,
    /// Where the contents of each entry of the table begin.
    places: Vec<u64>,
}

/// A tar that was read through.
pub(super) struct Opened {
    pub(super) tar: Tar,
    pub(super) table: EntryTable,
    /// Why entries may be missing at its end.
    pub(super) cut: Option<String>,
}

/// What extended headers say of the entry behind them.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    unreadable: bool,
    headers: usize,
}

/// Reads a tar through: `gzip` tells that it is compressed. Where it cannot be read on, what came before is kept.
pub(super) fn open(path: &Path, file_name: &str, gzip: bool, limits: &Limits) -> Result<Opened, SourceError> {
    let failed = |source| SourceError::Io { file: file_name.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let input = if gzip { Input::gzip(file, path, limits) } else { Input::plain(file, limits) };
    let mut scan = Scan {
        input: input.map_err(failed)?,
        limits,
        file_name,
        table: EntryTable::default(),
        places: Vec::new(),
        seen: 0,
        declared: 0,
    };
    let cut = match scan.run() {
        Ok(()) => None,
        Err(Halt::Refused(error)) => return Err(error),
        Err(Halt::Stopped(Stop::Os(source))) => return Err(failed(source)),
        Err(Halt::Stopped(Stop::TooLarge(bytes))) => {
            return Err(SourceError::TooLarge { file: file_name.to_owned(), bytes, limit: limits.expanded_bytes });
        }
        Err(Halt::Stopped(Stop::Damaged(reason))) if scan.seen == 0 => {
            return Err(SourceError::BrokenArchive { file: file_name.to_owned(), format: "tar", reason });
        }
        Err(Halt::Stopped(Stop::Damaged(reason))) => Some(reason),
    };
    let Scan { input, mut table, places, .. } = scan;
    table.sort();
    let tar = Tar { data: FileReader::from(input.into_contents().map_err(failed)?), places };
    Ok(Opened { tar, table, cut })
}

/// Whether this is the beginning of a tar.
pub(super) fn is_tar(beginning: &[u8]) -> bool {
    beginning.get(..BLOCK).is_some_and(|block| header(block).is_some())
}

/// The header that a block holds, if its checksum is right.
fn header(block: &[u8]) -> Option<&Header> {
    if block.len() != BLOCK {
        return None;
    }
    let header = Header::from_byte_slice(block);
    let sum = |of: &dyn Fn(u8) -> i64| {
        let bytes = block.iter().enumerate();
        bytes.map(|(at, &byte)| if (148..156).contains(&at) { i64::from(b' ') } else { of(byte) }).sum::<i64>()
    };
    let written = i64::from(header.cksum().ok()?);
    // Old tools added bytes up as signed ones.
    let right = written == sum(&|byte| i64::from(byte)) || written == sum(&|byte| i64::from(byte as i8));
    right.then_some(header)
}

enum Halt {
    Stopped(Stop),
    Refused(SourceError),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

struct Scan<'a> {
    input: Input,
    limits: &'a Limits,
    file_name: &'a str,
    table: EntryTable,
    places: Vec<u64>,
    /// Entries so far.
    seen: u64,
    /// Bytes that they declare together.
    declared: u64,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), Halt> {
        let mut extended = Extended::default();
        let mut ended = false;
        let mut block = [0; BLOCK];
        loop {
            let count = self.input.read_block(&mut block)?;
            if count < BLOCK && ended {
                return Ok(());
            }
            if count < BLOCK {
                let reason = "it is cut off: it ends without the mark that ends a tar".to_owned();
                return Err(Stop::Damaged(reason).into());
            }
            if block.iter().all(|byte| *byte == 0) {
                ended = true;
                continue;
            }
            let Some(header) = header(&block) else {
                if ended {
                    // Whatever stands behind the end of the archive is none of it. What is compressed has a checksum.
                    return Ok(self.input.drain()?);
                }
                let reason = match self.seen {
                    0 => "it does not begin with the header of an entry".to_owned(),
                    seen => format!("the header behind entry {seen} is damaged"),
                };
                return Err(Stop::Damaged(reason).into());
            };
            // Tars can be put one behind the other.
            ended = false;
            self.entry(header, &mut extended)?;
        }
    }

    fn entry(&mut self, header: &Header, extended: &mut Extended) -> Result<(), Halt> {
        let kind = header.as_bytes().get(156).copied().unwrap_or_default();
        let size = header.entry_size().map_err(|_| {
            Stop::Damaged(format!("the header behind entry {} declares a size that is no number", self.seen))
        })?;
        match kind {
            b'x' | b'X' | b'L' => return self.extend(kind, size, extended),
            // Names of links, of volumes and what holds for all entries tell nothing that is needed.
            b'K' | b'g' | b'V' => return Ok(self.input.skip(size)?),
            _ => {}
        }
        let extended = std::mem::take(extended);
        let size = extended.size.unwrap_or(size);
        self.seen += 1;
        if self.seen > self.limits.entries {
            let limit = format!("{} are allowed", self.limits.entries);
            return Err(Halt::Refused(SourceError::TooManyEntries { file: self.file_name.to_owned(), limit }));
        }
        if kind == b'S' {
            self.skip_sparse_map(header)?;
        }
        let raw_name = extended.name.as_deref().map_or_else(|| header.path_bytes(), Into::into);
        let decoded = names::decode_utf8(&raw_name);
        let tidied = names::tidy(&decoded);
        if kind == b'5' || names::is_ignored(&decoded) || tidied.folder {
            return Ok(self.input.skip(size)?);
        }
        let refusal = match kind {
            _ if !tidied.safe => Some(Refusal::UnsafeName),
            _ if extended.unreadable => Some(Refusal::ExtendedHeader),
            b'1' => Some(Refusal::HardLink),
            b'2' => Some(Refusal::Symlink),
            b'S' => Some(Refusal::Sparse),
            b'0' | 0 | b'7' if extended.sparse => Some(Refusal::Sparse),
            b'0' | 0 | b'7' if size > self.limits.entry_bytes => Some(Refusal::TooLarge),
            b'0' | 0 | b'7' => None,
            _ => Some(Refusal::NotAFile),
        };
        let index = self.table.push(&tidied.name, size, false, refusal);
        let index = index.map_err(|full| Halt::Refused(full.of(self.file_name)))?;
        if refusal.is_some() {
            self.places.push(0);
            return Ok(self.input.skip(size)?);
        }
        self.declared = self.declared.saturating_add(size);
        if self.declared > self.limits.expanded_bytes {
            return Err(Stop::TooLarge(self.declared).into());
        }
        self.places.push(self.input.place());
        if self.input.keep(size)? == Kept::Refused {
            self.table.refuse(index, Refusal::Ratio);
        }
        Ok(())
    }

    /// Takes in what an extended header says of the entry behind it.
    fn extend(&mut self, kind: u8, size: u64, extended: &mut Extended) -> Result<(), Halt> {
        extended.headers += 1;
        if extended.headers > MOST_EXTENDED {
            let reason = format!("behind entry {} stand more extended headers than an entry can have", self.seen);
            return Err(Stop::Damaged(reason).into());
        }
        if size > EXTENDED {
            extended.unreadable = true;
            return Ok(self.input.skip(size)?);
        }
        let mut contents = self.input.contents(size as usize)?;
        if kind == b'L' {
            contents.truncate(contents.iter().position(|byte| *byte == 0).unwrap_or(contents.len()));
            extended.name = Some(contents);
            return Ok(());
        }
        for said in PaxExtensions::new(&contents) {
            let Ok(said) = said else {
                extended.unreadable = true;
                break;
            };
            match said.key_bytes() {
                b"path" => extended.name = Some(said.value_bytes().to_vec()),
                b"size" => match said.value().ok().and_then(|size| size.parse().ok()) {
                    Some(size) => extended.size = Some(size),
                    None => extended.unreadable = true,
                },
                key => extended.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        Ok(())
    }

    /// Goes past the further blocks of a sparse file's map, which no size counts.
    fn skip_sparse_map(&mut self, header: &Header) -> Result<(), Halt> {
        let mut goes_on = header.as_bytes().get(482).is_some_and(|byte| *byte != 0);
        let mut block = [0; BLOCK];
        while goes_on {
            goes_on = self.input.read_block(&mut block)? == BLOCK && block.get(504).is_some_and(|byte| *byte != 0);
        }
        Ok(())
    }
}

impl Tar {
    pub(super) fn read(&self, index: u32, size: u64) -> EntryReader<'_> {
        let start = self.places.get(index as usize).copied().unwrap_or_default();
        let contents = RangeReader::new(&self.data, start..start.saturating_add(size));
        Box::new(Verified::by_size(io::BufReader::new(contents), size))
    }
}
