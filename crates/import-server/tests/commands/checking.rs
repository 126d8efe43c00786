//! `check`: what is in a file and what is wrong with it, said before anything is imported.

use std::{fs, path::Path};

use serde_json::Value;

use crate::process::{Finished, examples, run};

const EXAMPLES: [(&str, &str, i32); 7] = [
    ("csv-export.zip", "csv", 2),
    ("slack-export.zip", "slack", 2),
    ("slack-old", "slack", 2),
    ("slack-grid", "slack", 0),
    ("hipchat-export.tar.gz", "hipchatenterprise", 0),
    ("slack-users.csv", "slack-users", 0),
    ("contacts.csv", "omnichannel_contact", 0),
];

fn check(path: &Path, importer: &str) -> Finished {
    run(["check", path.to_str().unwrap(), "--importer", importer])
}

fn check_json(path: &Path, importer: &str) -> (Option<i32>, Value) {
    let finished = run(["check", path.to_str().unwrap(), "--importer", importer, "--json"]);
    assert_eq!(finished.stderr, "");
    (finished.code, finished.json())
}

#[test]
fn an_export_is_reported_on_as_text() {
    let directory = examples();
    for (example, importer, code) in EXAMPLES {
        let checked = check(&directory.join(example), importer);
        assert_eq!((checked.code, checked.stderr.as_str()), (Some(code), ""), "{example}");
        let text = checked.stdout.replace(directory.to_str().unwrap(), "examples");
        insta::assert_snapshot!(format!("check {example}"), text);
    }
}

#[test]
fn an_export_is_reported_on_as_json() {
    let directory = examples();
    for (example, importer, code) in EXAMPLES {
        let (ended, mut report) = check_json(&directory.join(example), importer);
        assert_eq!(ended, Some(code), "{example}");
        report["file"] = report["file"].as_str().unwrap().replace(directory.to_str().unwrap(), "examples").into();
        insta::assert_snapshot!(format!("check {example} as JSON"), serde_json::to_string_pretty(&report).unwrap());
    }
}

#[test]
fn a_folder_is_reported_on_as_the_archive_of_it() {
    let report = |name: &str| {
        let (_, mut report) = check_json(&examples().join(name), "slack");
        report["file"] = Value::Null;
        report
    };
    assert_eq!(report("slack"), report("slack-export.zip"));
}

#[test]
fn what_is_no_export_is_refused_with_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(examples().join("csv-export.zip")).unwrap();
    let cut = dir.path().join("cut.zip");
    fs::write(&cut, &whole[..3000]).unwrap();
    let checked = check(&cut, "csv");
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(1), ""));
    insta::assert_snapshot!(checked.stderr.trim_end(), @r#"error: cut.zip is not a readable zip file: there is no list of entries at its end, as if it was cut off; export or upload it again. Nothing of it can be imported"#);

    let (code, report) = check_json(&cut, "csv");
    assert_eq!((code, &report["verdict"], &report["importer"]), (Some(1), &"unreadable".into(), &"csv".into()));
    let error = "cut.zip is not a readable zip file: there is no list of entries at its end, as if it was cut off; export or upload it again";
    assert_eq!(report["error"], error);

    let missing = run(["check", "no/such.zip", "--importer", "csv", "--json"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(1), ""));
    assert_eq!(missing.stderr, "error: cannot read no/such.zip: No such file or directory (os error 2)\n");
    let unknown = check(&cut, "png");
    assert!(unknown.stderr.starts_with("error: there is no importer `png` that reads files; there are: csv (CSV)"));
    assert_eq!(unknown.code, Some(1));
}

#[test]
fn an_export_of_which_no_record_can_be_read_is_not_done() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("users.csv"), "ann\nbob\n").unwrap();
    let checked = check(dir.path(), "csv");
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stdout.ends_with("\nVerdict: nothing of it can be imported: none of 2 records can be read.\n"),
        "{}",
        checked.stdout
    );
    assert_eq!(check_json(dir.path(), "csv").1["verdict"], "nothing");
}

#[test]
fn an_entry_over_a_limit_is_named_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let folder = examples().join("csv");
    let arguments = ["check", folder.to_str().unwrap(), "--importer", "csv", "--json", "--max-row", "60"];
    let checked =
        crate::process::spawn(arguments, &[("IMPORT_SERVER_DATA_DIR", dir.path().to_str().unwrap())]).finish();
    assert_eq!(checked.code, Some(2), "{checked:?}");
    let report = checked.json();
    let reasons = report["unreadable"]["byReason"].as_array().unwrap();
    assert!(reasons.iter().any(|entry| entry["reason"] == "the row is longer than 60 bytes"), "{reasons:?}");
    assert_eq!(report["unreadable"]["listed"].as_array().unwrap().len(), 100);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn records_of_json_files_are_held_to_the_limits_too() {
    let dir = tempfile::tempdir().unwrap();
    let folder = examples().join("slack");
    for (limit, value, expected) in
        [("--max-row", "60", "it is longer than 60 bytes"), ("--max-depth", "2", "it is nested deeper than is allowed")]
    {
        let arguments = ["check", folder.to_str().unwrap(), "--importer", "slack", "--json", limit, value];
        let checked =
            crate::process::spawn(arguments, &[("IMPORT_SERVER_DATA_DIR", dir.path().to_str().unwrap())]).finish();
        let first = &checked.json()["unreadable"]["listed"][0];
        assert_eq!(
            (&first["entry"], &first["line"], &first["message"]),
            (&"users.json".into(), &2.into(), &format!("the record cannot be read: {expected}").into())
        );
    }
}
