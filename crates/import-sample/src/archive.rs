//! The zip that an export is written to.

use std::io::{self, Write};

use flate2::{Compression, write::DeflateEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

/// A zip that is written entry by entry, and how much is in it.
pub(crate) struct Archive<W> {
    zip: ZipArchiveWriter<W>,
    pub(crate) entries: u64,
    /// Bytes of the entries, expanded.
    pub(crate) bytes: u64,
}

impl<W: Write> Archive<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { zip: ZipArchiveWriter::new(out), entries: 0, bytes: 0 }
    }

    /// Writes an entry, piece by piece.
    pub(crate) fn add(&mut self, name: &str, pieces: impl IntoIterator<Item: AsRef<[u8]>>) -> io::Result<()> {
        let started = self.zip.new_file(name).compression_method(CompressionMethod::DEFLATE).start();
        let (mut entry, config) = started.map_err(io::Error::other)?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        for piece in pieces {
            writer.write_all(piece.as_ref())?;
            self.bytes += piece.as_ref().len() as u64;
        }
        let (encoder, descriptor) = writer.finish().map_err(io::Error::other)?;
        encoder.finish()?;
        entry.finish(descriptor).map_err(io::Error::other)?;
        self.entries += 1;
        Ok(())
    }

    /// Writes the directory of the zip.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.zip.finish().map_err(io::Error::other)
    }
}
