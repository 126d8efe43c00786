//! What an export is packed in: tars as they come, damaged and hostile ones.

use std::path::Path;
use std::thread;

use import_proto::Importer;
use import_sources::Limits;

use super::packed;
use crate::support::{Export, all};
use crate::tars::{END, entry, file, gzip, tar, tar_gz};
use crate::zips::{Entry, zip};

const GOOD: &str =
    r#"[{"UserMessage": {"id": "g", "sender": {"id": 1}, "message": "good", "timestamp": "2016-05-10T14:27:22Z 1"}}]"#;
const READ: [&str; 2] = ["7> 1: good", "\"\": 1 kept, 0 left out"];
const NAME: &str = "rooms/7/history.json";

fn shown(pieces: &[Vec<u8>]) -> Vec<String> {
    packed(gzip(tar(pieces))).shown()
}

/// What comes out besides the good history.
fn besides(mut pieces: Vec<Vec<u8>>) -> Vec<String> {
    pieces.push(file(NAME, GOOD));
    let mut shown = shown(&pieces);
    assert_eq!(shown.split_off(shown.len() - 2), READ);
    shown
}

fn failed(entry: &str, reason: &str) -> String {
    format!("failed entry in {entry}: the entry cannot be read: {reason}")
}

#[test]
fn an_export_is_a_tar_gz_a_tar_a_zip_or_a_folder() {
    let in_top = [file("export/users.json", "[]"), file("export/rooms/7/history.json", GOOD)];
    let plain = tar(&[file(NAME, GOOD)]);
    for (name, bytes) in [
        ("a.tar.gz", gzip(&plain)),
        ("a.tgz", gzip(&plain)),
        ("a.tar", plain.clone()),
        ("upload", gzip(&plain)),
        ("upload", plain),
        ("a.tar.gz", gzip(tar(&in_top))),
        ("a.zip", zip([Entry::deflated(NAME, GOOD)])),
    ] {
        assert_eq!(Export::file(name, bytes).of(Importer::HipchatEnterprise).shown(), READ, "{name}");
    }
    assert_eq!(Export::folder(&[(NAME, GOOD)]).of(Importer::HipchatEnterprise).shown(), READ);
}

#[test]
fn a_folder_of_private_messages_alone_is_no_top_folder() {
    let message = r#"[{"PrivateUserMessage": {"id": "g", "sender": {"id": 1}, "receiver": {"id": 2}, "message": "hi", "timestamp": "2016-05-10T14:27:22Z 1"}}]"#;
    assert_eq!(shown(&[file("users/1/history.json", message)])[..2], ["room d 12 1;2", "12> 1: hi"]);
}

#[test]
fn what_is_no_export_does_not_open() {
    let refusal = |name: &str, bytes: &[u8]| Export::file(name, bytes).of(Importer::HipchatEnterprise).refusal();
    assert_eq!(refusal("a.tar.gz", b""), "a.tar.gz is empty");
    assert_eq!(
        refusal("a.tar.gz", b"hello"),
        "a.tar.gz is not a readable tar file: it is not compressed by gzip, and does not begin with the header of an entry; export or upload it again"
    );
    assert_eq!(
        refusal("a.tar.gz", b"Salted__0123"),
        "a.tar.gz is not a readable tar file: it is encrypted; decrypt it first; export or upload it again"
    );
    assert_eq!(
        refusal("a.tar.gz", &gzip("[]".repeat(400))),
        "a.tar.gz is not a readable tar file: it does not begin with the header of an entry; export or upload it again"
    );
    assert_eq!(
        refusal("a.tar.gz", &gzip("")),
        "a.tar.gz is not a readable tar file: it is cut off: it ends without the mark that ends a tar; export or upload it again"
    );
    assert_eq!(
        refusal("a.tar.gz", &tar_gz(&[("readme.txt", "x")])),
        "a.tar.gz holds nothing to import: expected users.json, rooms.json, or messages in rooms/<id>/history.json and users/<id>/history.json"
    );
    assert_eq!(
        refusal("users.json", b"[]"),
        "cannot tell what users.json holds: expected the tar.gz of a HipChat export, or the folder that it was unpacked to"
    );
}

#[test]
fn names_may_be_long_and_in_any_form() {
    let long = format!("{}/rooms/7/history.json", "d".repeat(200));
    let record = |key: &str, value: &str| {
        // The length counts its own digits.
        let rest = format!(" {key}={value}\n");
        let len = (1..).find(|len: &usize| len.to_string().len() + rest.len() == *len).unwrap();
        format!("{len}{rest}")
    };
    let gnu =
        [entry(b'L', "././@LongLink", long.len() as u64 + 1, format!("{long}\0").as_bytes()), file("short", GOOD)];
    let said = record("mtime", "1.5") + &record("path", &long) + &record("size", &GOOD.len().to_string());
    let pax = [
        entry(b'g', "global", 4, b"junk"),
        entry(b'x', "extended", said.len() as u64, said.as_bytes()),
        entry(b'0', "short", 0, GOOD.as_bytes()),
    ];
    let mut ustar = tar::Header::new_ustar();
    ustar.set_path(&long).unwrap_err();
    let prefixed = format!("{}/rooms/7/history.json", "d".repeat(100));
    ustar.set_path(&prefixed).unwrap();
    ustar.set_size(GOOD.len() as u64);
    ustar.set_mode(0o644);
    ustar.set_cksum();
    let ustar = [ustar.as_bytes().to_vec(), file("", GOOD)[512..].to_vec()];
    for pieces in
        [&gnu[..], &pax, &ustar, &[file("./rooms//7/history.json", GOOD)], &[file("rooms\\7\\history.json", GOOD)]]
    {
        assert_eq!(shown(pieces), READ);
    }
}

#[test]
fn entries_that_are_no_files_are_named_or_passed_over() {
    assert_eq!(
        besides(vec![
            entry(b'5', "rooms/8/", 0, b""),
            file("__MACOSX/rooms/8/history.json", "x"),
            entry(b'V', "volume", 0, b"")
        ]),
        Vec::<String>::new()
    );
    let link = "it is a symbolic link, and links are not followed";
    let hard = "it is a hard link, and links are not followed";
    let unsafe_name = "the name is absolute, leads out of the archive or has control characters in it";
    for (kind, name, reason) in [
        (b'2', "rooms/8/history.json", link),
        (b'1', "rooms/8/history.json", hard),
        (b'1', "readme", hard),
        (b'3', "null", "it is neither a file nor a folder"),
        (b'4', "disk", "it is neither a file nor a folder"),
        (b'6', "pipe", "it is neither a file nor a folder"),
        (b'0', "/etc/passwd", unsafe_name),
        (b'0', "../../etc/passwd", unsafe_name),
        (b'0', "rooms/../../x", unsafe_name),
        (b'0', "C:\\x", unsafe_name),
        (b'S', "rooms/8/history.json", "it is a file with holes; make an archive without --sparse"),
        (b'0', "inner.tar.gz", "it is an archive within the archive; unpack it first"),
    ] {
        let name_shown = name.replace('\\', "/");
        assert_eq!(besides(vec![entry(kind, name, 0, b"")]), [failed(&name_shown, reason)], "{name}");
    }
}

#[test]
fn a_sparse_map_of_several_blocks_is_passed_over() {
    let mut sparse = entry(b'S', "rooms/8/history.json", 3, b"");
    sparse[482] = 1;
    let sum: u32 =
        sparse.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum();
    sparse[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut map = vec![0; 1024];
    map[504] = 1;
    let contents = b"abc".iter().copied().chain([0; 509]).collect();
    assert_eq!(
        besides(vec![sparse, map, contents]),
        [failed("rooms/8/history.json", "it is a file with holes; make an archive without --sparse")]
    );
}

#[test]
fn extended_headers_without_end_are_not_held() {
    let refused = "its extended header, which holds its name or size, is damaged or too long";
    let long = vec![b'x'; 70_000];
    for (kind, contents) in [(b'L', &long[..]), (b'x', &long[..]), (b'x', b"99 path=a\n"), (b'x', b"11 size=x\n\n")] {
        let pieces = vec![entry(kind, "x", contents.len() as u64, contents), file("rooms/8/history.json", GOOD)];
        assert_eq!(besides(pieces), [failed("rooms/8/history.json", refused)]);
    }
    let many = vec![entry(b'L', "x", 2, b"a\0"); 9];
    let shown = shown(&[vec![file(NAME, GOOD)], many].concat());
    assert_eq!(
        shown,
        [
            &failed(
                "hipchat.tar.gz",
                "behind entry 1 stand more extended headers than an entry can have; what stands before is read, what is missing behind is not known"
            ),
            READ[0],
            READ[1],
        ]
    );
}

#[test]
fn of_entries_with_one_name_the_first_is_read() {
    assert_eq!(besides(vec![]).len() + shown(&[file(NAME, GOOD), file(NAME, GOOD.replace("good", "second"))]).len(), 3);
    assert_eq!(
        shown(&[file(NAME, GOOD), file(NAME, "[]")])[0],
        failed(NAME, "another entry has the same name, and the first of them is read")
    );
}

#[test]
fn what_could_be_read_before_a_cut_is_read() {
    let second = GOOD.replace("good", &"long ".repeat(4_000));
    let whole = tar(&[file(NAME, GOOD), file("rooms/8/history.json", &second)]);
    let behind = "; what stands before is read, what is missing behind is not known";
    let cut_at = 512 * 3 + 600;
    // Uncompressed, in the middle of the second entry.
    let shown = Export::file("a.tar", &whole[..cut_at]).of(Importer::HipchatEnterprise).shown();
    assert_eq!(
        shown[..3],
        [&failed("a.tar", &format!("it is cut off: it ends within an entry{behind}")), READ[0], READ[1]]
    );
    assert_eq!(
        shown.last().unwrap(),
        &failed("rooms/8/history.json", "it ends after 1112 of the 20110 bytes that it declares")
            .replace("1112", &(cut_at - 512 * 3).to_string())
            .replace("20110", &second.len().to_string())
    );
    // Between two entries.
    let shown = Export::file("a.tar", &whole[..1024]).of(Importer::HipchatEnterprise).shown();
    assert_eq!(
        shown,
        [
            &failed("a.tar", &format!("it is cut off: it ends without the mark that ends a tar{behind}")),
            READ[0],
            READ[1]
        ]
    );
    // Compressed.
    let compressed = gzip(&whole);
    let shown = packed(&compressed[..compressed.len() - 20]).shown();
    assert_eq!(shown[0], failed("hipchat.tar.gz", &format!("it is cut off: its compressed data does not end{behind}")));
    assert_eq!(shown[1..3], READ);
}

#[test]
fn every_cut_and_every_wrong_byte_is_survived() {
    let whole = tar_gz(&[("users.json", "[{\"User\": {\"id\": 1}}]"), (NAME, GOOD)]);
    for cut in 0..whole.len() {
        if let Ok(source) = packed(&whole[..cut]).open() {
            assert!(all(&*source).iter().any(|item| matches!(item, import_sources::Item::Failed(_))), "{cut}");
        }
        let mut wrong = whole.clone();
        wrong[cut] ^= 0x55;
        if let Ok(source) = packed(&wrong).open() {
            all(&*source);
        }
    }
    let plain = tar(&[file(NAME, GOOD)]);
    for at in 0..1024 {
        let mut wrong = plain.clone();
        wrong[at] ^= 0x55;
        if let Ok(source) = Export::file("a.tar", wrong).of(Importer::HipchatEnterprise).open() {
            all(&*source);
        }
    }
}

#[test]
fn a_wrong_checksum_is_told() {
    let mut wrong = gzip(tar(&[file(NAME, GOOD)]));
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    assert_eq!(
        packed(wrong).shown(),
        [
            &failed(
                "hipchat.tar.gz",
                "its compressed data is damaged; what stands before is read, what is missing behind is not known"
            ),
            READ[0],
            READ[1],
        ]
    );
}

#[test]
fn members_of_gzip_and_tars_follow_each_other_and_garbage_behind_is_none() {
    let whole = tar(&[file(NAME, GOOD)]);
    let second = tar(&[file("rooms/8/history.json", GOOD.replace("good", "second"))]);
    let in_members = [gzip(&whole[..700]), gzip(&whole[700..])].concat();
    assert_eq!(packed(&in_members).shown(), READ);
    for both in [gzip([&whole[..], &second].concat()), [gzip(&whole), gzip(&second)].concat()] {
        assert_eq!(packed(both).shown()[..3], [READ[0], READ[1], "8> 1: second"]);
    }
    let garbage = b"garbage".repeat(300);
    for bytes in [
        [gzip(&whole), garbage.clone()].concat(),
        [gzip(&whole), vec![0; 100]].concat(),
        [gzip(&whole), vec![0x1f; 100]].concat(),
        gzip([&whole[..], &garbage].concat()),
        gzip([&whole[..], &END].concat()),
    ] {
        assert_eq!(packed(bytes).shown(), READ);
    }
}

#[test]
fn limits_hold_while_it_is_expanded() {
    let large = " ".repeat(200_000) + GOOD;
    let export = packed(tar_gz(&[(NAME, GOOD), ("rooms/8/history.json", &large)]));
    let limits = Limits { ratio_floor: 1_000, ratio: 2, entry_bytes: 1 << 20, ..Limits::default() };
    let only = |limits: Limits| export.shown_with(limits);
    let with = |reason: &str| vec![failed("rooms/8/history.json", reason), READ[0].to_owned(), READ[1].to_owned()];
    assert_eq!(only(limits), with("it expands to more times its compressed size than is allowed"));
    assert_eq!(
        only(Limits { entry_bytes: 100_000, ..Limits::default() }),
        with("it is larger than one entry may be; split it, or raise the limit")
    );
    assert_eq!(
        export.refusal_with(Limits { expanded_bytes: 100_000, ..Limits::default() }),
        format!(
            "hipchat.tar.gz would expand to {} bytes, and 100000 are allowed; split it, or raise the limit",
            GOOD.len() + large.len()
        )
    );
    assert_eq!(
        export.refusal_with(Limits { entries: 1, ..Limits::default() }),
        "hipchat.tar.gz has too many entries: 1 are allowed; split it, or raise the limit"
    );
    // What is passed over expands too.
    let skipped = packed(gzip(tar(&[file(NAME, GOOD), entry(b'2', "link", 300_000, &[0; 300_000])])));
    let refusal = skipped.refusal_with(Limits { expanded_bytes: 100_000, ..Limits::default() });
    assert!(refusal.contains("and 100000 are allowed"), "{refusal}");
}

#[test]
fn a_size_beyond_all_bounds_is_refused() {
    let mut pieces = vec![file(NAME, GOOD)];
    pieces.push(entry(b'0', "rooms/8/history.json", u64::MAX >> 2, b""));
    assert_eq!(
        shown(&pieces)[..2],
        [
            failed("rooms/8/history.json", "it is larger than one entry may be; split it, or raise the limit"),
            failed(
                "hipchat.tar.gz",
                "it is cut off: it ends within an entry; what stands before is read, what is missing behind is not known"
            ),
        ]
    );
}

#[test]
fn what_is_expanded_leaves_nothing_behind() {
    let export = packed(tar_gz(&[(NAME, GOOD)]));
    let source = export.open().unwrap();
    let path = export.path();
    let folder: &Path = path.parent().unwrap();
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    // The author, the message and the count of messages.
    assert_eq!(all(&*source).len(), 3);
    drop(source);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn parts_can_be_read_by_several_threads_at_once() {
    let texts: Vec<(String, String)> = (0..8)
        .map(|room| (format!("rooms/{room}/history.json"), GOOD.replace("good", &format!("in {room}"))))
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let export = packed(tar_gz(&files));
    let source = export.open().unwrap();
    let expected: Vec<_> = (0..8).map(|part| source.read(part).collect::<Vec<_>>()).collect();
    thread::scope(|scope| {
        for first in 0..4 {
            let (source, expected) = (&source, &expected);
            scope.spawn(move || {
                for part in (0..80).map(|turn| (turn + first) % 8) {
                    assert_eq!(source.read(part).collect::<Vec<_>>(), expected[part]);
                }
            });
        }
    });
}
