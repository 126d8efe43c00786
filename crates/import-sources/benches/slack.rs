//! How fast the messages of a Slack export are read: `cargo bench -p import-sources --bench slack`.

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

const DAYS: usize = 28;
const MESSAGES_A_DAY: usize = 10_000;

fn main() {
    divan::main();
}

/// Messages of about 300 bytes: replies, reactions and mentions among them.
fn day(day: usize) -> String {
    let mut text = String::from("[");
    for n in 0..MESSAGES_A_DAY {
        let (user, seconds) = (n % 97, 1_479_162_481 + day * 86_400 + n * 8);
        let words = match n % 4 {
            0 => "The quick brown fox jumps over the lazy dog, and nobody minds at all",
            1 => "see <https://wiki.example.org/pages/17?tab=plan&amp;view=all|the plan>, <@U00000013> :wave:",
            2 => "R&amp;D says *yes* to `a &lt; b`",
            _ => "line one\\nline two, gr\\u00fc\\u00dfe",
        };
        let more = match n % 5 {
            0 => r#","reactions":[{"name":"+1","users":["U00000001","U00000002"],"count":2}]"#,
            1 => r#","thread_ts":"1479162481.000100","parent_user_id":"U00000005""#,
            2 => r#","edited":{"user":"U00000003","ts":"1479162499.000000"}"#,
            _ => "",
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"{}{{"client_msg_id":"5b0e1c7d-98f2-4a9f-9a4e-3f1d2c{n:06}","type":"message","text":"{words}","user":"U{user:08}","ts":"{seconds}.000100","team":"T00000001"{more}}}"#,
            if n > 0 { "," } else { "" },
        );
    }
    text.push(']');
    text
}

fn archive(days: &[String], method: CompressionMethod) -> Result<Box<dyn Source>, Box<dyn std::error::Error>> {
    let mut file = NamedTempFile::new()?;
    let mut zip = ZipArchiveWriter::new(&mut file);
    for (nth, text) in days.iter().enumerate() {
        let name = format!("general/2016-02-{:02}.json", nth + 1);
        let (mut entry, config) = zip.new_file(&name).compression_method(method).start()?;
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
    }
    zip.finish()?;
    Ok(import_sources::open(Importer::Slack, file.path(), "bench.zip", Limits::default())?)
}

fn read(bencher: Bencher<'_, '_>, method: CompressionMethod) {
    let days: Vec<_> = (0..DAYS).map(day).collect();
    let source = match archive(&days, method) {
        Ok(source) => source,
        Err(error) => panic!("cannot write the archive to read: {error}"),
    };
    bencher
        .counter(ItemsCount::new(DAYS * MESSAGES_A_DAY))
        .counter(BytesCount::new(days.iter().map(String::len).sum::<usize>()))
        .bench_local(|| source.read(0).for_each(|item| drop(black_box(item))));
}

#[divan::bench(sample_count = 10)]
fn messages_stored(bencher: Bencher<'_, '_>) {
    read(bencher, CompressionMethod::STORE);
}

#[divan::bench(sample_count = 10)]
fn messages_deflated(bencher: Bencher<'_, '_>) {
    read(bencher, CompressionMethod::DEFLATE);
}
