//! A single CSV file, and what is no export at all.

use import_sources::Limits;

use crate::support::Export;
use crate::zips::{Entry, zip};

#[test]
fn a_file_is_told_by_its_name() {
    assert_eq!(Export::file("users.csv", "ann,a@x.org,Ann\n").shown(), ["user ann a@x.org"]);
    assert_eq!(Export::file("C:\\exports\\Users.csv", "ann,a@x.org,Ann\n").shown(), ["user ann a@x.org"]);
    assert_eq!(Export::file("channels.csv", "hr,ann,private,\n").shown(), ["room p hr "]);
    assert_eq!(Export::file("contacts.csv", "name\nCarl\n").shown(), ["contact Carl"]);
    assert_eq!(
        Export::file("in/users.csv", "ann,a@x.org\n").shown(),
        [
            "failed user in users.csv at 1:3: the line has 2 of 3 columns: username, email, name are due, separated by commas"
        ]
    );
}

#[test]
fn a_file_is_told_by_its_first_line() {
    assert_eq!(
        Export::file("staff.csv", "\n username , Email,NAME\r\nann,a@x.org,Ann\r\n").shown(),
        ["user ann a@x.org"]
    );
    assert_eq!(Export::file("staff.csv", "email,username\na@x.org,ann\n").shown(), ["user ann a@x.org"]);
    assert_eq!(Export::file("", "name,creator,type,members\nhr,ann,private,bob\n").shown(), ["room p hr bob"]);
    assert_eq!(Export::file("people", "city,phones,name\nBern,1,Carl\n").shown(), ["contact Carl"]);
}

#[test]
fn a_spreadsheet_in_utf_16_is_read() {
    let text: Vec<u8> =
        "\u{feff}username,email,name\r\nzoë,z@x.org,Zoë\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Export::file("staff.csv", text).shown(), ["user zoë z@x.org"]);
}

#[test]
fn a_file_that_cannot_be_told_is_refused_with_what_would_be_read() {
    let expected = "expected a zip of CSV files, or one CSV file that is named users.csv, channels.csv or contacts.csv, \
                    or has a first line that names its columns (username,email,name for users; \
                    name,creator,type,members for channels; name,emails,phones for contacts)";
    for (name, contents) in [
        ("general.csv", "ann,1,hi\n".as_bytes()),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0"),
        ("export.tar.gz", b"\x1f\x8b\x08\0\0"),
        ("lines.csv", b"\n\n"),
        ("open.csv", b"\"username"),
    ] {
        assert_eq!(Export::file(name, contents).refusal(), format!("cannot tell what {name} holds: {expected}"));
    }
}

#[test]
fn what_is_no_zip_is_refused() {
    assert_eq!(Export::file("a.zip", "").refusal(), "a.zip is empty");
    assert_eq!(
        Export::file("a.zip", "ann,a@x.org,Ann\n").refusal(),
        "a.zip is not a readable zip file: there is no list of entries at its end, as if it was cut off; \
         export or upload it again"
    );
    let nothing = "holds nothing to import: expected users.csv, channels.csv, contacts.csv, \
                   messages in <room>/<any>.csv or direct messages in directmessages/<any>.csv";
    assert_eq!(Export::file("a.zip", zip([])).refusal(), format!("a.zip {nothing}"));
    let other = zip([Entry::stored("readme.txt", "hi"), Entry::stored("__MACOSX/users.csv", "")]);
    assert_eq!(Export::file("a.zip", other).refusal(), format!("a.zip {nothing}"));
    assert_eq!(Export::folder(&[("readme.txt", "hi")]).refusal(), format!("export {nothing}"));
    let gone = import_sources::open(
        import_proto::Importer::Csv,
        std::path::Path::new("/nowhere/at/all"),
        "a.zip",
        Limits::default(),
        None,
    );
    assert_eq!(gone.err().unwrap().to_string(), "cannot read a.zip: No such file or directory (os error 2)");
}

#[test]
fn a_cut_off_zip_is_refused() {
    let whole = zip((0..20).map(|n| Entry::deflated(format!("general/{n}.csv"), "ann,1,hi\n")));
    for len in [4, 100, whole.len() / 2, whole.len() - 30, whole.len() - 1] {
        let refusal = Export::file("a.zip", &whole[..len]).refusal();
        assert!(refusal.starts_with("a.zip is not a readable zip file: "), "{len}: {refusal}");
    }
    // The list of entries itself is damaged.
    let mut damaged = whole.clone();
    let list = damaged.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    damaged[list] = 0;
    let refusal = Export::file("a.zip", damaged).refusal();
    assert!(refusal.starts_with("a.zip is not a readable zip file: its list of entries is damaged"), "{refusal}");
}
