//! Archives that are damaged, hostile or over a limit: what is good in them is read, the rest is named.

use import_sources::Limits;

use crate::support::Export;
use crate::zips::{Entry, zip};

const HI: &str = "ann,1,hi\n";

/// What comes out of a zip of these entries and a good one.
fn shown(entries: Vec<Entry>) -> Vec<String> {
    shown_with(entries, Limits::default())
}

fn shown_with(entries: Vec<Entry>, limits: Limits) -> Vec<String> {
    let entries = entries.into_iter().chain([Entry::stored("zz/a.csv", HI)]);
    let mut shown = Export::file("a.zip", zip(entries)).shown_with(limits);
    assert_eq!(shown.pop().unwrap(), "zz> ann: hi");
    shown
}

fn unreadable(name: &str, reason: &str) -> String {
    format!("failed entry in {name}: the entry cannot be read: {reason}")
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let reason = "the name is absolute, leads out of the archive or has control characters in it";
    assert_eq!(
        shown(vec![
            Entry::stored("./", ""),
            Entry::stored("../", ""),
            Entry::stored("../users.csv", HI),
            Entry::stored("/etc/passwd", HI),
            Entry::stored("C:\\users.csv", HI),
            Entry::stored("bad/a\0.csv", HI),
        ]),
        [
            unreadable("../users.csv", reason),
            unreadable("/etc/passwd", reason),
            unreadable("C:/users.csv", reason),
            unreadable("bad/a\u{fffd}.csv", reason),
        ]
    );
}

#[test]
fn names_that_lead_out_do_not_keep_a_top_folder_on() {
    let entries = [Entry::stored("../x.csv", HI), Entry::stored("top/users.csv", "ann,,Ann\n")];
    assert_eq!(Export::file("a.zip", zip(entries)).shown().pop().unwrap(), "user ann");
}

#[test]
fn names_in_old_encodings_and_with_backslashes_are_read() {
    let entries = [Entry::stored(b"top\\users.csv", "ann,,\n"), Entry::stored(b"top\\B\x81ro\\a.csv", HI)];
    assert_eq!(Export::file("a.zip", zip(entries)).shown(), ["user ann", "Büro> ann: hi"]);
}

#[test]
fn links_encrypted_and_otherwise_compressed_entries_are_refused() {
    assert_eq!(
        shown(vec![
            Entry { unix_mode: Some(0o120_777), ..Entry::stored("link", "/etc/passwd") },
            Entry { flags: 1, ..Entry::stored("secret/a.csv", HI) },
            Entry { method: 12, ..Entry::stored("bzip/a.csv", HI) },
            // Not ours, so it does not matter.
            Entry { flags: 1, ..Entry::stored("secret.txt", HI) },
        ]),
        [
            unreadable("bzip/a.csv", "it is compressed by another method than deflate; make an archive with deflate"),
            unreadable("link", "it is a symbolic link, and links are not followed"),
            unreadable("secret/a.csv", "it is encrypted; make an archive without a password"),
        ]
    );
}

#[test]
fn files_without_a_place_and_archives_within_are_named() {
    assert_eq!(
        shown(vec![
            Entry::stored("general.csv", HI),
            Entry::stored("good/2020/a.csv", HI),
            Entry::stored("inner.zip", HI),
        ]),
        [
            unreadable(
                "general.csv",
                "only users.csv, channels.csv and contacts.csv may stand at the top; messages lie in a folder with the \
                 name of their room"
            ),
            unreadable(
                "good/2020/a.csv",
                "messages lie right in a folder with the name of their room, not in a folder within it"
            ),
            unreadable("inner.zip", "it is an archive within the archive; unpack it first"),
        ]
    );
}

#[test]
fn of_entries_with_one_name_the_first_is_read() {
    let entries = [
        Entry::stored("a/a.csv", HI),
        Entry::stored("a/a.csv", "ann,1,other\n"),
        Entry::stored("a//a.csv", "ann,1,third\n"),
    ];
    let export = Export::file("a.zip", zip(entries));
    let reason = "another entry has the same name, and the first of them is read";
    assert_eq!(export.shown(), [unreadable("a/a.csv", reason), unreadable("a/a.csv", reason), "a> ann: hi".to_owned()]);
    let source = export.open().unwrap();
    let keys: Vec<_> = source
        .read(0)
        .map(|item| match item {
            import_sources::Item::Failed(failed) => failed.key,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(keys, ["a/a.csv#1", "a/a.csv#2"]);
}

#[test]
fn damaged_entries_are_read_as_far_as_they_go_and_named() {
    let mut flipped = Entry::deflated("flipped/a.csv", HI.repeat(50_000));
    let middle = flipped.data.len() / 2;
    flipped.data[middle..].fill(0xff);
    let mut cut = Entry::deflated("cut/a.csv", HI);
    cut.data.truncate(3);
    let shown = shown(vec![
        Entry { checksum: 1, ..Entry::stored("altered/a.csv", HI) },
        Entry { size: 1_000, ..Entry::stored("short/a.csv", HI) },
        Entry { size: 5, ..Entry::deflated("long/a.csv", HI) },
        cut,
        flipped,
    ]);
    let (flipped, rest): (Vec<_>, Vec<_>) = shown.into_iter().partition(|line| line.contains("flipped"));
    assert_eq!(
        rest,
        [
            "altered> ann: hi".to_owned(),
            unreadable("altered/a.csv", "its checksum is wrong, so what was read of it may be wrong too"),
            unreadable("cut/a.csv", "its compressed data is damaged"),
            unreadable("long/a.csv", "it holds more than the 5 bytes that it declares"),
            "short> ann: hi".to_owned(),
            unreadable("short/a.csv", "it ends after 9 of the 1000 bytes that it declares"),
        ]
    );
    assert!(flipped.len() > 1_000);
    assert_eq!(flipped.last().unwrap(), &unreadable("flipped/a.csv", "its compressed data is damaged"));
}

#[test]
fn entries_that_are_not_where_the_archive_says_are_named() {
    assert_eq!(
        shown(vec![
            Entry::stored("a/a.csv", HI),
            Entry { at: Some(1), ..Entry::stored("inside/a.csv", HI) },
            Entry { at: Some(70), ..Entry::stored("nowhere/a.csv", HI) },
            Entry { at: Some(1 << 60), zip64: true, ..Entry::stored("outside/a.csv", HI) },
        ]),
        [
            unreadable("inside/a.csv", "its data overlaps that of another entry; the archive is damaged"),
            unreadable("outside/a.csv", "its data would lie outside of the archive's; the archive is damaged"),
            "a> ann: hi".to_owned(),
            unreadable("nowhere/a.csv", "its header is not where the archive says"),
        ]
    );
}

#[test]
fn an_entry_over_the_limit_is_refused_and_one_at_it_is_read() {
    let limits = Limits { entry_bytes: 18, ..Limits::default() };
    assert_eq!(
        shown_with(vec![Entry::stored("a/a.csv", HI.repeat(2)), Entry::stored("b/a.csv", HI.repeat(3))], limits),
        [
            unreadable("b/a.csv", "it is larger than one entry may be; split it, or raise the limit"),
            "a> ann: hi".to_owned(),
            "a> ann: hi".to_owned(),
        ]
    );
}

#[test]
fn an_entry_that_expands_too_much_is_refused_above_the_floor_only() {
    let limits = Limits { ratio: 200, ratio_floor: 1 << 20, ..Limits::default() };
    let bomb = Entry::deflated("bomb/a.csv", vec![b'x'; (1 << 20) + 1]);
    let small = Entry::deflated("small/a.csv", vec![b'\n'; 1 << 20]);
    let reason = "it expands to more times its compressed size than is allowed";
    assert_eq!(shown_with(vec![bomb, small], limits), [unreadable("bomb/a.csv", reason)]);
}

#[test]
fn a_bomb_that_declares_a_small_size_is_cut_off_there() {
    let bomb = Entry { size: 100, ..Entry::deflated("bomb/a.csv", vec![b'\n'; 50 << 20]) };
    assert_eq!(shown(vec![bomb]), [unreadable("bomb/a.csv", "it holds more than the 100 bytes that it declares")]);
}

#[test]
fn archives_with_too_much_in_them_are_refused() {
    let three = || zip((0..3).map(|n| Entry::stored(format!("general/{n}.csv"), HI)));
    let limits = Limits { entries: 2, ..Limits::default() };
    assert_eq!(
        Export::file("a.zip", three()).refusal_with(limits),
        "a.zip has too many entries: 2 are allowed; split it, or raise the limit"
    );
    let files = [("general/0.csv", HI), ("general/1.csv", HI)];
    assert_eq!(
        Export::folder(&files).refusal_with(limits),
        "export has too many entries: 2 are allowed; split it, or raise the limit"
    );
    let limits = Limits { expanded_bytes: 26, ..Limits::default() };
    assert_eq!(
        Export::file("a.zip", three()).refusal_with(limits),
        "a.zip would expand to 27 bytes, and 26 are allowed; split it, or raise the limit"
    );
    let mut miscounted = three();
    let count = miscounted.len() - 12;
    miscounted[count] = 9;
    assert_eq!(
        Export::file("a.zip", miscounted).refusal(),
        "a.zip is not a readable zip file: its list of entries is to hold 9 and holds 3; export or upload it again"
    );
}

#[test]
fn an_archive_of_more_than_65_535_entries_is_read() {
    let entries = (0..70_000).map(|n| Entry::stored(format!("general/{n:05}.csv"), HI));
    let source = Export::file("a.zip", zip(entries)).open().unwrap();
    assert_eq!(source.part_count(), 70_000);
    assert_eq!(source.part(69_999).unwrap().entry, "general/69999.csv");
    assert_eq!(source.read(69_999).count(), 1);
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let export = Export::folder(&[("general/a.csv", HI)]);
    std::os::unix::fs::symlink("/etc/passwd", export.path().join("users.csv")).unwrap();
    std::os::unix::fs::symlink("/", export.path().join("root")).unwrap();
    let reason = "it is a symbolic link, and links are not followed";
    assert_eq!(
        export.shown(),
        [unreadable("root", reason), unreadable("users.csv", reason), "general> ann: hi".to_owned()]
    );
}
