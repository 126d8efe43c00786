//! Files that messages share.

use std::io::Read;

use serde_json::{Value, json};

use super::{export, messages, records, said};

fn file(path: &str) -> Value {
    json!({"name": "a.png", "path": path, "size": 3, "url": format!("https://files.example/{path}")})
}

#[test]
fn a_file_is_a_message_of_its_own_behind_the_text() {
    let list = json!([said("UserMessage", "x", json!({"message": "look @bob", "attachment": file("7/k/a.png")}))]);
    assert_eq!(
        messages(list),
        [
            json!({
                "_id": "hipchatenterprise-7-user-x", "rid": "7", "u": {"_id": "1"}, "msg": "look @2",
                "ts": "2016-05-10T14:27:22.123Z", "mentions": ["2"],
            }),
            json!({
                "_id": "hipchatenterprise-7-user-x-attachment", "rid": "7", "u": {"_id": "1"}, "msg": "",
                "ts": "2016-05-10T14:27:22.124Z", "_hidden": true,
                "_importFile": {
                    "downloadUrl": "https://files.example/7/k/a.png", "id": "7/k/a.png", "size": 3, "name": "a.png",
                    "external": false, "source": "hipchatenterprise", "original": file("7/k/a.png"),
                },
            }),
        ]
    );
}

#[test]
fn a_file_without_text_is_a_message_alone() {
    for text in [json!(null), json!(""), json!(" \n")] {
        let list = json!([said("UserMessage", "x", json!({"message": text, "attachment": file("k/a.png")}))]);
        let ids: Vec<Value> = messages(list).into_iter().map(|message| message["_id"].clone()).collect();
        assert_eq!(ids, ["hipchatenterprise-7-user-x-attachment"]);
    }
}

#[test]
fn a_file_that_nobody_says_where_it_is_is_not_hidden() {
    let list = json!([said("UserMessage", "x", json!({"message": "", "attachment": {"name": "gone.pdf"}}))]);
    let message = messages(list).remove(0);
    assert_eq!((message.get("_hidden"), &message["attachments"]), (None, &json!([{"title": "gone.pdf"}])));
}

#[test]
fn what_is_no_file_adds_no_message() {
    for nothing in [json!(null), json!({}), json!("x"), json!([])] {
        assert_eq!(messages(json!([said("UserMessage", "x", json!({"attachment": nothing}))])).len(), 1);
    }
}

#[test]
fn a_file_that_the_export_holds_is_taken_from_there() {
    let shares = |id: &str, more: Value| {
        said(
            "UserMessage",
            id,
            json!({"message": "", "attachment": {"name": "n", "path": "k/a.png"}})
                .as_object()
                .map(|all| {
                    let mut all = all.clone();
                    all.extend(more.as_object().unwrap().clone());
                    Value::Object(all)
                })
                .unwrap(),
        )
    };
    let history = json!([
        shares("a", json!({"attachment_path": "elsewhere/b.png"})),
        shares("b", json!({"attachment_path": "not/there.png"})),
        shares("c", json!({"sender": {"id": 2}, "attachment": {"path": "/q/d.txt"}})),
        shares("d", json!({"attachment": {"path": "users.json", "url": "https://files.example/d"}})),
        shares("e", json!({"attachment": {"path": "../../etc/passwd", "url": "https://files.example/e"}})),
    ]);
    let export = export(&[
        ("top/users.json", json!([])),
        ("top/rooms/7/history.json", history),
        ("top/elsewhere/b.png", json!("whole path")),
        ("top/rooms/7/files/k/a.png", json!("of the room")),
        ("top/users/2/files/q/d.txt", json!("of the author")),
    ]);
    let entries: Vec<_> =
        records(&export).into_iter().map(|message| message["_importFile"].get("entry").cloned()).collect();
    assert_eq!(
        entries,
        [
            Some(json!("elsewhere/b.png")),
            Some(json!("rooms/7/files/k/a.png")),
            Some(json!("users/2/files/q/d.txt")),
            None,
            None
        ]
    );
    let source = export.open().unwrap();
    let mut contents = String::new();
    source.open_file("users/2/files/q/d.txt").unwrap().read_to_string(&mut contents).unwrap();
    assert_eq!(contents, "\"of the author\"");
    let refused = source.open_file("users/2/files/q").err().unwrap();
    assert_eq!(refused.to_string(), "the export holds no entry users/2/files/q");
}
