//! A writer of tars that can write wrong ones too.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::Header;

/// Both blocks that end a tar.
pub(crate) const END: [u8; 1024] = [0; 1024];

/// A header that may say anything, with the right checksum, and contents behind it.
pub(crate) fn entry(kind: u8, name: &str, size: u64, contents: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    let bytes = header.as_mut_bytes();
    bytes[..name.len().min(100)].copy_from_slice(&name.as_bytes()[..name.len().min(100)]);
    bytes[156] = kind;
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend_from_slice(contents);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

/// A plain file.
pub(crate) fn file(name: &str, contents: impl AsRef<[u8]>) -> Vec<u8> {
    let contents = contents.as_ref();
    entry(b'0', name, contents.len() as u64, contents)
}

/// A tar of these pieces.
pub(crate) fn tar(pieces: &[Vec<u8>]) -> Vec<u8> {
    [pieces.concat(), END.to_vec()].concat()
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// A tar.gz with these files.
pub(crate) fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    gzip(tar(&files.iter().map(|(name, contents)| file(name, contents)).collect::<Vec<_>>()))
}
