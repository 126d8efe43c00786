//! `room add`: a room for messages whose room is unknown.

use std::{fs, path::Path};

use serde_json::json;

use crate::process::{Finished, Server, run};

fn path(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

fn refused(finished: &Finished, sentence: &str) {
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert_eq!(finished.stderr, format!("error: {sentence}\n"));
}

#[test]
fn messages_of_an_unknown_room_are_imported_once_it_is_added() {
    let parent = tempfile::tempdir().unwrap();
    let (export, data) = (parent.path().join("export"), parent.path().join("data"));
    for (name, text) in [("users.csv", "ann,,Ann\n"), ("old plans/1.csv", "ann,1600000000000,hi\n")] {
        fs::create_dir_all(export.join(name).parent().unwrap()).unwrap();
        fs::write(export.join(name), text).unwrap();
    }
    let imported = run(["import", path(&export), "--importer", "csv", "--data-dir", path(&data)]);
    assert_eq!(imported.code, Some(2), "{imported:?}");
    let add =
        ["room", "add", "Old plans", "--import-id", "old plans", "--private", "--as", "ANN", "--data-dir", path(&data)];
    let added = run(add);
    assert_eq!((added.code, added.stderr.as_str()), (Some(0), ""));
    let added = added.json();
    assert_eq!((&added["name"], &added["type"]), (&json!("Old-plans"), &json!("private")));
    let again = run(["retry", "--data-dir", path(&data)]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("1 imported, 0 failed"), "{}", again.stdout);
    let out = parent.path().join("out");
    assert_eq!(run(["export", "--out", path(&out), "--data-dir", path(&data)]).code, Some(0));
    let rooms = fs::read_to_string(out.join("rocketchat_room.ndjson")).unwrap();
    let room = rooms.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let room = room.into_iter().find(|room| room["_id"] == added["roomId"]).unwrap();
    for (field, value) in [
        ("fname", json!("Old plans")),
        ("t", json!("p")),
        ("importIds", json!(["old plans"])),
        ("usersCount", json!(1)),
        ("msgs", json!(1)),
    ] {
        assert_eq!(room[field], value, "{field}");
    }
    assert_eq!(room["u"]["username"], "ann");
}

#[test]
fn a_room_that_is_there_gets_the_import_id_or_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = path(dir.path());
    let _server = Server::start(dir.path());
    let added = run(["room", "add", "news", "--import-id", "C1", "--data-dir", data]).json();
    assert_eq!((&added["name"], &added["type"], added.get("outcome")), (&json!("news"), &json!("public"), None));
    let again = run(["room", "add", "news", "--import-id", "C2", "--data-dir", data]);
    assert_eq!(
        again.json(),
        json!({"roomId": added["roomId"], "name": "news", "type": "public", "outcome": "importIdsAdded"})
    );
    assert_eq!(again.stderr, "Room news exists. Import ids added: C2. Nothing else changed.\n");
    refused(
        &run(["room", "add", "news", "--import-id", "C3", "--private", "--data-dir", data]),
        "cannot add news: there is a public room of that name already",
    );
    refused(
        &run(["room", "add", "olds", "--import-id", "C2", "--data-dir", data]),
        "cannot add olds: the import id C2 stands for the room news already",
    );
    refused(
        &run(["room", "add", "!", "--import-id", "C4", "--data-dir", data]),
        "`!` is no name of a room: it has no letter or digit",
    );
    refused(
        &run(["room", "add", "olds", "--import-id", "C4", "--as", "nobody", "--data-dir", data]),
        &format!("there is no user nobody in {data}"),
    );
}
