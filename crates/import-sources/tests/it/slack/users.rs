//! `users.json` and `org_users.json`.

use serde_json::{Value, json};

use super::{export, failures, reasons, records};

fn users(list: Value) -> Vec<Value> {
    records(&export(&[("users.json", list)]))
}

#[test]
fn a_user_has_name_address_avatar_status_and_hours_from_utc() {
    let list = json!([{
        "id": "U1", "name": "ann", "deleted": false, "tz_offset": -12600,
        "profile": {
            "real_name": "Ann Lee", "email": "ann@x.org", "title": "R&amp;D", "status_text": "away",
            "image_512": "https://a.b/512.png", "image_original": "https://a.b/original.png",
        },
    }]);
    assert_eq!(
        users(list),
        [json!({
            "importIds": ["U1"], "emails": ["ann@x.org"], "username": "ann", "name": "Ann Lee", "type": "user",
            "utcOffset": -3.5, "avatarUrl": "https://a.b/original.png", "deleted": false, "statusText": "away", "bio": "R&D",
        })]
    );
}

#[test]
fn what_an_older_export_lacks_or_writes_otherwise_is_no_obstacle() {
    let list = json!([
        {"id": "U1", "name": "ann", "real_name": "Ann Lee", "deleted": "1", "tz_offset": "3600",
         "profile": {"image_512": "https://a.b/512.png", "email": "", "title": null}},
        {"id": "U2", "name": "bob", "tz_offset": null, "profile": null},
        {"id": "U3", "deleted": 0, "profile": [], "is_bot": []},
    ]);
    assert_eq!(
        users(list),
        [
            json!({"importIds": ["U1"], "emails": [], "username": "ann", "name": "Ann Lee", "type": "user", "utcOffset": 1.0,
                   "avatarUrl": "https://a.b/512.png", "deleted": true}),
            json!({"importIds": ["U2"], "emails": [], "username": "bob", "type": "user"}),
            json!({"importIds": ["U3"], "emails": [], "type": "user", "deleted": false}),
        ]
    );
}

#[test]
fn a_bot_has_the_type_and_the_role() {
    assert_eq!(
        users(json!([{"id": "U1", "name": "hubot", "is_bot": true}])),
        [json!({"importIds": ["U1"], "emails": [], "username": "hubot", "type": "bot", "roles": ["bot"]})]
    );
}

#[test]
fn slackbot_is_no_user_of_its_own() {
    assert_eq!(users(json!([{"id": "USLACKBOT", "name": "slackbot"}])), Vec::<Value>::new());
}

#[test]
fn somebody_in_both_lists_is_one_user() {
    let both = export(&[
        ("users.json", json!([{"id": "U1", "name": "ann", "deleted": true}, {"id": "U2", "name": "bob"}])),
        ("org_users.json", json!([{"id": "U1", "name": "ann"}, {"id": "U3", "name": "cat"}])),
    ]);
    let names: Vec<_> =
        records(&both).into_iter().map(|user| (user["username"].clone(), user.get("deleted").cloned())).collect();
    assert_eq!(names, [(json!("ann"), None), (json!("cat"), None), (json!("bob"), None)]);
}

#[test]
fn a_user_without_id_or_with_one_that_is_taken_fails() {
    let list = json!([{"id": "U1", "name": "ann"}, {"name": "bob", "profile": {"email": "b@x.org"}}, {"id": "U1", "name": "cat"}]);
    let export = export(&[("users.json", list)]);
    assert_eq!(
        reasons(&export),
        ["users.json:1: the user has no id", "users.json:1: another user of the list has the same id: U1"]
    );
    let shown: Vec<_> = failures(&export).into_iter().map(|failed| (failed.key, failed.data)).collect();
    assert_eq!(
        shown,
        [
            ("users.json[2]".to_owned(), json!({"importIds": [], "emails": ["b@x.org"], "username": "bob"})),
            ("users.json[3]".to_owned(), json!({"importIds": ["U1"], "username": "cat"})),
        ]
    );
}
