//! `--users`, `--channels`, `--contacts`: by id or by name.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::process::{Finished, run};

/// A Slack export with two rooms called ops, a public and a private one, and one called dev. It is written once.
fn export(parent: &Path) -> String {
    let folder = parent.join("export");
    if folder.exists() {
        return folder.to_str().unwrap().to_owned();
    }
    let room = |id: &str, name: &str| json!({"id": id, "name": name, "members": ["U1", "U2"], "creator": "U1"});
    let user =
        |id: &str, name: &str| json!({"id": id, "name": name, "profile": {"email": format!("{name}@x.example")}});
    let said = |text: &str| json!([{"type": "message", "user": "U1", "ts": "1704100000.000100", "text": text}]);
    for (name, content) in [
        ("users.json", json!([user("U1", "ann"), user("U2", "bob")])),
        ("channels.json", json!([room("C1", "dev"), room("C2", "ops")])),
        ("groups.json", json!([room("G3", "ops")])),
        ("dev/2024-01-01.json", said("of dev")),
        ("ops/2024-01-01.json", said("of ops")),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content.to_string()).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn import(parent: &Path, data: &str, options: [&str; 4]) -> Finished {
    let [one, two, three, four] = options;
    let data = parent.join(data);
    let (export, data) = (export(parent), data.to_str().unwrap());
    run(["import", &export, "--importer", "slack", "--data-dir", data, "-q", "--json", one, two, three, four])
}

/// How many records were created of each kind.
fn completed(finished: &Finished) -> Value {
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let line = finished.json();
    json!([line["counts"]["completed"], line["counts"]["skipped"]])
}

#[test]
fn rooms_and_users_are_chosen_by_id_or_name() {
    let parent = tempfile::tempdir().unwrap();
    let by_name = import(parent.path(), "one", ["--users", "ann", "--channels", "dev"]);
    let by_id = import(parent.path(), "two", ["--users", "U1", "--channels", "C1"]);
    // A user, a room, its message; another user, two rooms and a message are skipped.
    assert_eq!((completed(&by_name), completed(&by_id)), (json!([3, 4]), json!([3, 4])));
    let twice = import(parent.path(), "three", ["--channels", "dev", "--channels", "G3"]);
    // The folder `ops` is taken for the private room's, which is chosen: two users and a room are skipped.
    assert_eq!(twice.json()["counts"]["skipped"], 3, "{twice:?}");
}

#[test]
fn a_name_that_is_not_there_or_that_several_have_is_refused_before_anything_is_imported() {
    let parent = tempfile::tempdir().unwrap();
    for (channels, why) in [
        ("dve", "there is no room `dve` (did you mean dev (C1)?)"),
        ("sales", "there is no room `sales` (there are dev (C1), ops (C2), ops (G3))"),
        ("dev,ops", "2 rooms have the name `ops`, say which by id: C2, G3"),
    ] {
        let refused = import(parent.path(), "data", ["--users", "all", "--channels", channels]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{channels}");
        let said = format!(": --channels takes ids or names: {why}\n");
        assert!(refused.stderr.ends_with(&said), "{}", refused.stderr);
    }
    // The same command with what is there goes on.
    let mended = import(parent.path(), "data", ["--users", "all", "--channels", "dev"]);
    assert!(mended.stderr.starts_with("Going on with the operation "), "{}", mended.stderr);
    assert_eq!(completed(&mended), json!([4, 3]));
}

#[test]
fn a_contact_whose_name_has_a_comma_is_chosen() {
    let parent = tempfile::tempdir().unwrap();
    let (file, data) = (parent.path().join("contacts.csv"), parent.path().join("data"));
    fs::write(&file, "name,emails,id\n\"Kowalska, Janina\",j@x.example,1\nKowalska,k@x.example,2\n").unwrap();
    let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
    let chosen = ["--contacts", r"Kowalska\, Janina"];
    let finished = run(["import", file, "--importer", "csv", "--data-dir", data, "-q", "--json", chosen[0], chosen[1]]);
    assert_eq!(completed(&finished), json!([1, 1]));
}

#[test]
fn an_empty_choice_is_refused_and_no_workspace_is_made() {
    let parent = tempfile::tempdir().unwrap();
    for empty in ["", " , "] {
        let refused = import(parent.path(), "data", ["--users", empty, "--channels", "all"]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{empty:?}");
        let why = "nothing is chosen: say `all`, or ids or names with commas between them";
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    assert!(!parent.path().join("data").exists());
}
