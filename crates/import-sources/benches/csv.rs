//! How fast messages are read: `cargo bench -p import-sources`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use import_proto::Importer;
use import_sources::{Limits, Source};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use tempfile::NamedTempFile;

const MESSAGES: usize = 500_000;

fn main() {
    divan::main();
}

/// Lines of about 90 bytes, each third of them quoted.
fn lines(direct: bool) -> String {
    let mut text = String::new();
    for n in 0..MESSAGES {
        let (user, millis) = (n % 97, 1_479_162_481_336 + n * 250);
        let to = if direct { format!("user{},", n % 13) } else { String::new() };
        let words =
            ["the quick brown fox jumps over the lazy dog", "\"well, \"\"quoted\"\" and\nin two lines, @user5\""];
        let word = words[usize::from(n % 3 == 0)];
        // Writing to a string cannot fail.
        let _ = writeln!(text, "user{user},{to}{millis},{word}");
    }
    text
}

fn archive(name: &str, text: &str, method: CompressionMethod) -> Box<dyn Source> {
    let write = || -> Result<Box<dyn Source>, Box<dyn std::error::Error>> {
        let mut file = NamedTempFile::new()?;
        let mut zip = ZipArchiveWriter::new(&mut file);
        let (mut entry, config) = zip.new_file(name).compression_method(method).start()?;
        let output = if method == CompressionMethod::DEFLATE {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
            writer.write_all(text.as_bytes())?;
            let (encoder, output) = writer.finish()?;
            encoder.finish()?;
            output
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(text.as_bytes())?;
            writer.finish()?.1
        };
        entry.finish(output)?;
        zip.finish()?;
        Ok(import_sources::open(Importer::Csv, file.path(), "bench.zip", Limits::default(), None)?)
    };
    match write() {
        Ok(source) => source,
        Err(error) => panic!("cannot write the archive to read: {error}"),
    }
}

fn read(bencher: Bencher<'_, '_>, name: &str, direct: bool, method: CompressionMethod) {
    let text = lines(direct);
    let source = archive(name, &text, method);
    bencher
        .counter(ItemsCount::new(MESSAGES))
        .counter(BytesCount::new(text.len()))
        .bench_local(|| source.read(0).for_each(|item| drop(black_box(item))));
}

#[divan::bench(sample_count = 10)]
fn room_messages_stored(bencher: Bencher<'_, '_>) {
    read(bencher, "general/a.csv", false, CompressionMethod::STORE);
}

#[divan::bench(sample_count = 10)]
fn room_messages_deflated(bencher: Bencher<'_, '_>) {
    read(bencher, "general/a.csv", false, CompressionMethod::DEFLATE);
}

#[divan::bench(sample_count = 10)]
fn direct_messages_deflated(bencher: Bencher<'_, '_>) {
    read(bencher, "directmessages/a.csv", true, CompressionMethod::DEFLATE);
}
