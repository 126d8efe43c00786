//! The bytes of a tar, in order: read where they lie, or expanded into a file of their own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::Limits;

/// Everything in a tar begins at a multiple of this.
pub(super) const BLOCK: usize = 512;
/// Bytes that are read at a time.
const READ_BYTES: usize = 128 << 10;

/// Why a tar is not read on.
pub(super) enum Stop {
    /// The operating system refuses.
    Os(io::Error),
    /// What comes next makes no sense.
    Damaged(String),
    /// It expands to more than is allowed: so many bytes.
    TooLarge(u64),
}

/// What became of an entry's contents.
#[derive(PartialEq, Eq)]
pub(super) enum Kept {
    Whole,
    /// They expand to more times their compressed size than is allowed.
    Refused,
}

/// A tar that is being read.
pub(super) struct Input {
    bytes: Bytes,
    /// Bytes of the tar so far.
    passed: u64,
    limits: Limits,
    buffer: Vec<u8>,
}

enum Bytes {
    Plain {
        file: File,
        len: u64,
    },
    Gzip {
        members: Box<Members>,
        /// The contents of entries, one behind the other.
        spool: File,
        spooled: u64,
    },
}

impl Input {
    pub(super) fn plain(file: File, limits: &Limits) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { bytes: Bytes::Plain { file, len }, passed: 0, limits: *limits, buffer: vec![0; READ_BYTES] })
    }

    /// A compressed tar, whose contents go into a file beside it, or where temporary files go if there is no place.
    pub(super) fn gzip(file: File, path: &Path, limits: &Limits) -> io::Result<Self> {
        let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let beside = beside.unwrap_or_else(|| Path::new("."));
        let spool = tempfile::tempfile_in(beside).or_else(|_| tempfile::tempfile())?;
        let members = Box::new(Members::new(BufReader::with_capacity(READ_BYTES, file)));
        let bytes = Bytes::Gzip { members, spool, spooled: 0 };
        Ok(Self { bytes, passed: 0, limits: *limits, buffer: vec![0; READ_BYTES] })
    }

    /// The file that holds the contents of entries.
    pub(super) fn into_contents(self) -> io::Result<File> {
        match self.bytes {
            Bytes::Plain { file, .. } => Ok(file),
            Bytes::Gzip { spool, .. } => Ok(spool),
        }
    }

    /// Where in that file the contents stand that come next.
    pub(super) fn place(&self) -> u64 {
        match &self.bytes {
            Bytes::Plain { .. } => self.passed,
            Bytes::Gzip { spooled, .. } => *spooled,
        }
    }

    /// Reads one block: how many bytes of it were there.
    pub(super) fn read_block(&mut self, block: &mut [u8; BLOCK]) -> Result<usize, Stop> {
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.bytes.read(rest)? {
                0 => break,
                count => filled += count,
            }
        }
        self.pass(filled as u64)?;
        Ok(filled)
    }

    /// The next contents, which are few.
    pub(super) fn contents(&mut self, size: usize) -> Result<Vec<u8>, Stop> {
        let mut contents = Vec::with_capacity(size.next_multiple_of(BLOCK));
        let mut block = [0; BLOCK];
        while contents.len() < size {
            if self.read_block(&mut block)? < BLOCK {
                return Err(cut_off());
            }
            contents.extend_from_slice(&block);
        }
        contents.truncate(size);
        Ok(contents)
    }

    /// Goes past contents, and on to the next block.
    pub(super) fn skip(&mut self, size: u64) -> Result<(), Stop> {
        self.go_past(padded(size))
    }

    /// Goes past contents and keeps them.
    pub(super) fn keep(&mut self, size: u64) -> Result<Kept, Stop> {
        let Bytes::Gzip { members, spool, spooled } = &mut self.bytes else {
            self.skip(size)?;
            return Ok(Kept::Whole);
        };
        let (start, compressed) = (*spooled, members.consumed());
        let mut left = size;
        let mut kept = Kept::Whole;
        while left > 0 {
            let most = left.min(READ_BYTES as u64) as usize;
            let count = match members.read(self.buffer.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return Err(cut_off()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(stop(error)),
            };
            spool.write_all(self.buffer.get(..count).unwrap_or_default()).map_err(no_room)?;
            left -= count as u64;
            *spooled += count as u64;
            let expanded = *spooled - start;
            // What the decoder has taken in may be ahead of what it gave out by as much as it reads at a time.
            let taken = members.consumed() - compressed;
            if expanded > self.limits.ratio_floor && expanded > taken.saturating_mul(self.limits.ratio) {
                spool.set_len(start).map_err(Stop::Os)?;
                spool.seek(SeekFrom::Start(start)).map_err(Stop::Os)?;
                *spooled = start;
                kept = Kept::Refused;
                break;
            }
        }
        self.pass(size - left)?;
        self.go_past(padded(size) - (size - left))?;
        Ok(kept)
    }

    /// Reads to the end.
    pub(super) fn drain(&mut self) -> Result<(), Stop> {
        match self.go_past(u64::MAX) {
            Err(Stop::Damaged(reason)) if reason == CUT_OFF => Ok(()),
            drained => drained,
        }
    }

    fn go_past(&mut self, bytes: u64) -> Result<(), Stop> {
        if let Bytes::Plain { file, len } = &mut self.bytes {
            let to = self.passed.saturating_add(bytes);
            if to > *len {
                self.passed = *len;
                return Err(cut_off());
            }
            file.seek(SeekFrom::Start(to)).map_err(Stop::Os)?;
            self.passed = to;
            return Ok(());
        }
        let mut left = bytes;
        while left > 0 {
            let most = left.min(READ_BYTES as u64) as usize;
            let count = self.bytes.read(self.buffer.get_mut(..most).unwrap_or_default())?;
            if count == 0 {
                return Err(cut_off());
            }
            left -= count as u64;
            self.pass(count as u64)?;
        }
        Ok(())
    }

    fn pass(&mut self, bytes: u64) -> Result<(), Stop> {
        self.passed = self.passed.saturating_add(bytes);
        // Headers and what is passed over expand too, and a file that is no larger than it is takes no more.
        let over = matches!(self.bytes, Bytes::Gzip { .. }) && self.passed > self.limits.expanded_bytes;
        if over { Err(Stop::TooLarge(self.passed)) } else { Ok(()) }
    }
}

impl Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Stop> {
        loop {
            let read = match self {
                Self::Plain { file, .. } => file.read(buffer),
                Self::Gzip { members, .. } => members.read(buffer),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read.map_err(stop),
            }
        }
    }
}

const CUT_OFF: &str = "it is cut off: it ends within an entry";

fn cut_off() -> Stop {
    Stop::Damaged(CUT_OFF.to_owned())
}

fn no_room(error: io::Error) -> Stop {
    Stop::Os(io::Error::new(error.kind(), format!("what is in it cannot be kept on disk while it is read: {error}")))
}

/// What a failure to read means.
fn stop(error: io::Error) -> Stop {
    if error.raw_os_error().is_some() {
        return Stop::Os(error);
    }
    Stop::Damaged(match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off: its compressed data does not end".to_owned(),
        _ => "its compressed data is damaged".to_owned(),
    })
}

fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK as u64).unwrap_or(u64::MAX)
}

/// The members of a gzip file, one behind the other. What stands behind the last and is no member is passed over.
struct Members {
    /// `None` at the end.
    member: Option<GzDecoder<Counted>>,
    /// Bytes of the members before.
    before: u64,
    first: bool,
}

impl Members {
    fn new(file: BufReader<File>) -> Self {
        Self { member: Some(GzDecoder::new(Counted { file, count: 0 })), before: 0, first: true }
    }

    /// Compressed bytes that were taken so far.
    fn consumed(&self) -> u64 {
        self.member.as_ref().map_or(self.before, |member| member.get_ref().count)
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const MAGIC: u8 = 0x1f;
        while let Some(member) = &mut self.member {
            match member.read(buffer) {
                Ok(0) if !buffer.is_empty() => {}
                Err(error)
                    if !self.first && member.header().is_none() && error.kind() != io::ErrorKind::Interrupted =>
                {
                    self.before = self.consumed();
                    self.member = None;
                    break;
                }
                read => return read,
            }
            self.before = self.consumed();
            let Some(member) = self.member.take() else { break };
            let mut file = member.into_inner();
            if file.fill_buf()?.first() == Some(&MAGIC) {
                self.member = Some(GzDecoder::new(file));
                self.first = false;
            }
        }
        Ok(0)
    }
}

/// Counts what is taken of a file.
struct Counted {
    file: BufReader<File>,
    count: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.count += count as u64;
        self.file.consume(count);
    }
}
