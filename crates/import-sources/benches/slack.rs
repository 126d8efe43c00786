//! How fast a Slack export is read: `cargo bench -p import-sources --bench slack`.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use import_proto::Importer;
use import_sample::SlackSample;
use import_sources::Limits;
use tempfile::NamedTempFile;

const SAMPLE: SlackSample = SlackSample { messages: 200_000, users: 1_000, channels: 50, seed: 1 };

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn everything_by_one_thread(bencher: Bencher<'_, '_>) {
    let opened = NamedTempFile::new().and_then(|file| {
        let contents = SAMPLE.write(file.as_file(), |_| {})?;
        let source = import_sources::open(Importer::Slack, file.path(), "sample.zip", Limits::default(), None);
        Ok((file, contents, source.map_err(std::io::Error::other)?))
    });
    let (_file, contents, source) = match opened {
        Ok(opened) => opened,
        Err(error) => panic!("cannot write the export to read: {error}"),
    };
    bencher.counter(ItemsCount::new(contents.messages)).counter(BytesCount::new(contents.bytes)).bench_local(|| {
        for part in 0..source.part_count() {
            source.read(part).for_each(|item| drop(black_box(item)));
        }
    });
}
