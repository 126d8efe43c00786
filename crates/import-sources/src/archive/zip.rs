//! Zip archives: the central directory is walked once into the table, contents are read by position.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read};

use flate2::bufread::DeflateDecoder;
use import_proto::NamesEncoding;
use rawzip::{
    CompressionMethod, ErrorKind, FileReader, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
    ZipFileHeaderRecord,
};

use super::names::Undecided;
use super::refusal::Refusal;
use super::table::EntryTable;
use super::verified::Verified;
use super::{EntryReader, names};
use crate::{Limits, SourceError};

/// Bytes of the smallest header that stands before an entry's data.
const LOCAL_HEADER: u64 = 30;
/// The extra field with the name in UTF-8.
const UNICODE_PATH: rawzip::extra_fields::ExtraFieldId = rawzip::extra_fields::ExtraFieldId::INFO_ZIP_UNICODE_PATH;
/// Compressed bytes that are read at a time.
const READ_BYTES: usize = 64 << 10;

pub(super) struct Zip {
    archive: ZipArchive<FileReader>,
    /// Where the data of each entry of the table lies.
    places: Vec<ZipArchiveEntryWayfinder>,
}

/// Whether the file starts as a zip does.
pub(super) fn has_signature(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::with_capacity(4);
    file.take(4).read_to_end(&mut start)?;
    Ok(matches!(start.as_slice(), b"PK\x03\x04" | b"PK\x05\x06" | b"PK\x07\x08"))
}

impl Zip {
    /// Names whose encoding nothing tells are in `encoding`; else they are read as code page 437, and remembered.
    pub(super) fn open(
        file: File,
        file_name: &str,
        limits: &Limits,
        encoding: Option<NamesEncoding>,
    ) -> Result<(Self, EntryTable, Undecided), SourceError> {
        let broken = |error: rawzip::Error| match error.into_kind() {
            ErrorKind::IO(source) => SourceError::Io { file: file_name.to_owned(), source },
            ErrorKind::MissingEndOfCentralDirectory => SourceError::BrokenArchive {
                file: file_name.to_owned(),
                format: "zip",
                reason: "there is no list of entries at its end, as if it was cut off".to_owned(),
            },
            kind => SourceError::BrokenArchive {
                file: file_name.to_owned(),
                format: "zip",
                reason: format!("its list of entries is damaged ({kind})"),
            },
        };
        let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(broken)?;

        let mut table = EntryTable::default();
        let mut places = Vec::new();
        let mut spans = Vec::new();
        let mut undecided = Undecided::default();
        let mut seen = 0u64;
        let mut expanded = 0u64;
        let mut entries = archive.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(broken)? {
            seen += 1;
            if seen > limits.entries {
                let limit = format!("{} are allowed", limits.entries);
                return Err(SourceError::TooManyEntries { file: file_name.to_owned(), limit });
            }
            let name = entry.file_path();
            let decoded = decoded(name.as_bytes(), &entry, encoding, &mut undecided);
            if names::is_ignored(&decoded) {
                continue;
            }
            let tidied = names::tidy(&decoded);
            if tidied.folder {
                continue;
            }
            let refusal = if tidied.safe {
                refusal(&entry, archive.directory_offset(), limits)
            } else {
                Some(Refusal::UnsafeName)
            };
            let size = entry.uncompressed_size_hint();
            let deflated = entry.compression_method() == CompressionMethod::DEFLATE;
            let index = table.push(&tidied.name, size, deflated, refusal).map_err(|full| full.of(file_name))?;
            places.push(entry.wayfinder());
            if refusal.is_none() {
                spans.push((entry.local_header_offset(), index));
                expanded = expanded.saturating_add(size);
            }
        }
        // Zips of more than 65,535 entries without the 64-bit extension hold the count's lower 16 bits.
        let declared = archive.entries_hint();
        if declared != seen && declared != seen % 0x1_0000 {
            return Err(SourceError::BrokenArchive {
                file: file_name.to_owned(),
                format: "zip",
                reason: format!("its list of entries is to hold {declared} and holds {seen}"),
            });
        }
        if expanded > limits.expanded_bytes {
            let (bytes, limit) = (expanded, limits.expanded_bytes);
            return Err(SourceError::TooLarge { file: file_name.to_owned(), bytes, limit });
        }
        refuse_overlapping(&mut table, &places, spans);
        table.sort();
        Ok((Self { archive, places }, table, undecided))
    }

    pub(super) fn read(&self, index: u32, deflated: bool) -> io::Result<EntryReader<'_>> {
        let missing = || io::Error::new(io::ErrorKind::InvalidData, "its header is not where the archive says");
        let place = self.places.get(index as usize).ok_or_else(missing)?;
        let entry = self.archive.get_entry(*place).map_err(|error| match error.into_kind() {
            ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => error,
            _ => missing(),
        })?;
        let data = entry.reader();
        let claim = data.claim_verifier();
        let (size, checksum) = (claim.uncompressed_size, claim.crc);
        if deflated {
            let expanded = Deflated(DeflateDecoder::new(BufReader::with_capacity(READ_BYTES, data)));
            Ok(Box::new(Verified::by_size_and_checksum(expanded, size, checksum)))
        } else {
            Ok(Box::new(Verified::by_size_and_checksum(data, size, checksum)))
        }
    }
}

/// The name of an entry: UTF-8 where it is marked or the extra field has it so; else in the encoding that somebody named;
/// else UTF-8 where it is valid as such, or one that has to be guessed.
fn decoded<'e>(
    name: &'e [u8],
    entry: &ZipFileHeaderRecord<'e>,
    encoding: Option<NamesEncoding>,
    undecided: &mut Undecided,
) -> Cow<'e, str> {
    if entry.flags().is_utf8() {
        return names::decode_utf8(name);
    }
    let mut fields = entry.extra_fields().filter(|(id, _)| *id == UNICODE_PATH);
    if let Some(path) = fields.find_map(|(_, field)| names::unicode_path(field, name)) {
        return Cow::Owned(path.to_owned());
    }
    match (encoding, std::str::from_utf8(name)) {
        (Some(encoding), _) => names::decode(name, encoding),
        (None, Ok(text)) => Cow::Borrowed(text),
        (None, Err(_)) => {
            undecided.note(name);
            names::decode(name, NamesEncoding::Cp437)
        }
    }
}

/// What an entry with a safe name is refused for, by what the central directory says of it.
fn refusal(entry: &ZipFileHeaderRecord<'_>, directory_offset: u64, limits: &Limits) -> Option<Refusal> {
    let expanded = entry.uncompressed_size_hint();
    let compressed = entry.compressed_size_hint();
    let end = entry.local_header_offset().saturating_add(LOCAL_HEADER).saturating_add(compressed);
    let method = entry.compression_method();
    if entry.mode().is_symlink() {
        Some(Refusal::Symlink)
    } else if entry.flags().is_encrypted() {
        Some(Refusal::Encrypted)
    } else if method != CompressionMethod::STORE && method != CompressionMethod::DEFLATE {
        Some(Refusal::Compression)
    } else if expanded > limits.entry_bytes {
        Some(Refusal::TooLarge)
    } else if expanded > limits.ratio_floor && expanded > compressed.saturating_mul(limits.ratio) {
        Some(Refusal::Ratio)
    } else if end > directory_offset {
        Some(Refusal::Outside)
    } else {
        None
    }
}

/// Refuses entries whose data lies in that of another: a few bytes would stand for any number of entries.
fn refuse_overlapping(table: &mut EntryTable, places: &[ZipArchiveEntryWayfinder], mut spans: Vec<(u64, u32)>) {
    spans.sort_unstable();
    let mut taken_until = 0;
    for (start, index) in spans {
        if start < taken_until {
            table.refuse(index, Refusal::Overlap);
            continue;
        }
        let compressed = places.get(index as usize).map_or(0, ZipArchiveEntryWayfinder::compressed_size_hint);
        taken_until = start + LOCAL_HEADER + compressed;
    }
}

/// Says of damaged data that it is damaged.
struct Deflated<R>(R);

impl<R: Read> Read for Deflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.raw_os_error() {
            Some(_) => error,
            None => io::Error::new(io::ErrorKind::InvalidData, "its compressed data is damaged"),
        })
    }
}
