//! Archives for tests.

use std::io::Write;

/// A zip of these entries.
pub(crate) fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = rawzip::ZipArchiveWriter::new(Vec::new());
    for (name, text) in entries {
        let (mut entry, config) = archive.new_file(name).start().unwrap();
        let mut data = config.wrap(&mut entry);
        data.write_all(text.as_bytes()).unwrap();
        let (_, descriptor) = data.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap()
}

/// An export of two users, one room and three messages, of which one fails: its author is unknown.
pub(crate) fn small_export() -> Vec<u8> {
    zip(&[
        ("users.csv", "ann,ann@example.com,Ann\nbob,bob@example.com,Bob\n"),
        ("channels.csv", "lobby,ann,public,ann;bob\n"),
        ("lobby/2021.csv", "ann,1635337234169,hello\nzoe,1635337235000,who am I\nbob,1635337236000,bye\n"),
    ])
}
