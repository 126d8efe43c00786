//! What an export says is shown, and does nothing to the terminal or the spreadsheet that shows it.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::process::{Finished, run};

/// Clears the screen, colours, rings, and goes on in a line of its own.
const EVIL: &str = "\u{1b}[2J\u{1b}[31mEVIL\u{7}\r\n99 created\u{9b}m";
/// The same as it is shown.
const SHOWN: &str = " [2J [31mEVIL   99 created m";

/// A Slack export with that in the ids of a user and a room, in names, in a subtype and in a time.
fn export(parent: &Path) -> String {
    let folder = parent.join("export");
    let message = |user: String, ts: String, subtype: String| json!({"type": "message", "user": user, "ts": ts, "text": "x", "subtype": subtype});
    let messages = json!([
        message(format!("=U404{EVIL}"), "1704100000.000100".into(), String::new()),
        message("U1".into(), format!("zz{EVIL}"), String::new()),
        message("U1".into(), "1704100001.000100".into(), format!("sub{EVIL}")),
    ]);
    for (name, content) in [
        ("users.json", json!([{"id": "U1", "name": "ann", "profile": {"email": "ann@x.example"}}])),
        ("channels.json", json!([{"id": "C1", "name": "dev", "members": ["U1"], "creator": format!("U88{EVIL}")}])),
        ("dev/2024-01-01.json", messages),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content.to_string()).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

/// Nothing but letters, and no line that the export began.
fn is_harmless(finished: &Finished) {
    for text in [&finished.stdout, &finished.stderr] {
        assert_eq!(text.chars().find(|letter| letter.is_control() && *letter != '\n'), None, "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("99 created")), "{text:?}");
    }
}

#[test]
fn no_command_lets_an_export_write_to_the_terminal() {
    let parent = tempfile::tempdir().unwrap();
    let (export, data) = (export(parent.path()), parent.path().join("data"));
    let data = data.to_str().unwrap();
    is_harmless(&run(["check", &export, "--importer", "slack"]));
    // What is made up and what fails both name what the export says.
    let made_up = parent.path().join("made-up");
    is_harmless(&run(["import", &export, "--importer", "slack", "--data-dir", made_up.to_str().unwrap()]));
    let imported = run(["import", &export, "--importer", "slack", "--data-dir", data, "--unknown-users", "fail"]);
    is_harmless(&imported);
    for shown in [
        format!("  Room dev: creator U88{SHOWN} not found; import-admin owns it.\n"),
        format!("  1  sub{SHOWN}: kept as plain messages\n"),
        format!("importer-message-unknown-user: =U404{SHOWN}\n"),
    ] {
        assert!(imported.stdout.contains(&shown), "{}", imported.stdout);
    }
    let failed = run(["failed", "--data-dir", data]);
    is_harmless(&failed);
    assert_eq!(failed.stdout.lines().count(), 2, "{}", failed.stdout);
    let csv = run(["failed", "--csv", "--data-dir", data]);
    is_harmless(&csv);
    assert_eq!(csv.stdout.lines().count(), 3, "{}", csv.stdout);

    // A name that is wanted comes back in an error.
    let wanted = format!("dev{EVIL}");
    is_harmless(&run(["import", &export, "--importer", "slack", "--data-dir", data, "--channels", &wanted]));
}

#[test]
fn json_says_what_the_export_says() {
    let parent = tempfile::tempdir().unwrap();
    let (export, data) = (export(parent.path()), parent.path().join("data"));
    let data = data.to_str().unwrap();
    run(["import", &export, "--importer", "slack", "--data-dir", data, "-q", "--unknown-users", "fail"]);
    let failed = run(["failed", "--json", "--data-dir", data]);
    let lines: Vec<Value> = failed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let authors: Vec<_> = lines.iter().filter_map(|line| line["data"]["u"]["_id"].as_str()).collect();
    assert!(authors.contains(&format!("=U404{EVIL}").as_str()), "{authors:?}");
}
