//! `export`: what an import brought, as files for `mongoimport`.

use std::{fs, path::Path};

use import_proto::Timestamp;
use serde_json::Value;

use crate::process::{examples, run};

fn documents(out: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(out.join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn find<'a>(documents: &'a [Value], key: &str, value: &str) -> &'a Value {
    documents.iter().find(|document| document[key] == value).unwrap_or_else(|| panic!("{key} {value}"))
}

/// A document without what differs from one import to the next: what is random, and what happened after `start`.
fn steady(document: &Value, start: &str) -> String {
    let mut document = document.clone();
    if let Some(hash) = document.pointer_mut("/services/password/bcrypt") {
        assert!(hash.as_str().unwrap().starts_with("$2b$10$"));
        *hash = "[hash]".into();
    }
    if let Some(rooms) = document.get_mut("__rooms") {
        *rooms = format!("[{} ids]", rooms.as_array().unwrap().len()).into();
    }
    hide(&mut document, start);
    serde_json::to_string_pretty(&document).unwrap()
}

fn hide(value: &mut Value, start: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let text = value.as_str();
                if key == "$date" && text.is_some_and(|date| date >= start) {
                    *value = "[now]".into();
                } else if matches!(key.as_str(), "_id" | "rid" | "contactManager")
                    && text.is_some_and(|id| id.len() == 17 && id.is_ascii())
                {
                    *value = "[id]".into();
                } else {
                    hide(value, start);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| hide(value, start)),
        _ => {}
    }
}

#[test]
fn the_example_is_written_out_ready_for_a_live_workspace() {
    let start = Timestamp::now().to_string();
    let steady = |document: &Value| steady(document, &start);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let out = dir.path().join("deep/out");
    let zip = examples().join("csv-export.zip");
    let (data, out_path) = (data.to_str().unwrap(), out.to_str().unwrap());
    assert_eq!(run(["import", zip.to_str().unwrap(), "--importer", "csv", "--data-dir", data]).code, Some(2));

    let exported = run(["export", "--out", out_path, "--data-dir", data, "--json"]);
    assert_eq!((exported.code, exported.stderr.as_str()), (Some(0), ""));
    let mut counts = exported.json();
    counts["seconds"] = "…".into();
    insta::assert_snapshot!(counts.to_string(), @r#"{"users":60,"rooms":26,"subscriptions":289,"messages":3033,"contacts":20,"uploads":0,"avatars":0,"seconds":"…"}"#);

    let users = documents(&out, "users.ndjson");
    let rooms = documents(&out, "rocketchat_room.ndjson");
    let messages = documents(&out, "rocketchat_message.ndjson");
    let contacts = documents(&out, "rocketchat_livechat_contact.ndjson");
    let subscriptions = documents(&out, "rocketchat_subscription.ndjson");
    assert!(users.iter().all(|user| user["username"] != "import-admin" && user["username"] != "rocket.cat"));
    assert!(rooms.iter().all(|room| room["_id"] != "GENERAL"));

    insta::assert_snapshot!("user", steady(find(&users, "username", "mei.tanaka")));
    insta::assert_snapshot!("room", steady(find(&rooms, "name", "leadership")));
    insta::assert_snapshot!("contact", steady(find(&contacts, "name", "宮本 健")));
    let manager = find(&users, "username", "yuki.sato");
    assert_eq!(find(&contacts, "name", "宮本 健")["contactManager"], manager["_id"]);
    let leadership = &find(&rooms, "name", "leadership")["_id"];
    let owner =
        subscriptions.iter().find(|one| &one["rid"] == leadership && one["u"]["username"] == "ines.marchetti").unwrap();
    insta::assert_snapshot!("subscription", steady(owner));
    let mention = messages.iter().find(|message| message["mentions"].is_array()).unwrap();
    insta::assert_snapshot!("message", steady(mention));
    // Line breaks within quotes, and words of any script, arrive as they were.
    assert!(
        messages
            .iter()
            .any(|message| message["msg"] == "What do you call a barometer that tells jokes?\n\nHigh-pressure comedy.")
    );
    assert!(messages.iter().any(|message| message["msg"].as_str().unwrap().contains("お疲れ様です")));

    // Files of an earlier export are replaced, whatever else is there stays.
    fs::write(out.join("notes.txt"), "mine").unwrap();
    fs::write(out.join("users.ndjson"), "old").unwrap();
    let again = run(["export", "--out", out_path, "--data-dir", data]);
    assert_eq!(again.code, Some(0));
    assert_eq!(documents(&out, "users.ndjson"), users);
    assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
    let (table, rest) = again.stdout.split_once("\n\n").unwrap();
    insta::assert_snapshot!(table, @r#"
    file                                documents
    users.ndjson                               60
    rocketchat_room.ndjson                     26
    rocketchat_subscription.ndjson            289
    rocketchat_message.ndjson               3,033
    rocketchat_livechat_contact.ndjson         20
    rocketchat_uploads.ndjson                   0
    rocketchat_avatars.ndjson                   0
    "#);
    assert!(rest.starts_with(&format!("Written to {out_path} in ")), "{rest}");
}

#[test]
fn there_is_nothing_to_write_out_where_there_is_no_workspace() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("data"), dir.path().join("out"));
    let finished = run(["export", "--out", out.to_str().unwrap(), "--data-dir", data.to_str().unwrap()]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(finished.stderr.starts_with("error: there is no workspace in "), "{}", finished.stderr);
    assert!(!data.exists() && !out.exists());
}
