//! `users.json`.

use import_proto::Record;
use import_sources::Item;
use serde_json::{Value, json};

use super::{export, reasons, records};
use crate::support::all;

fn user(user: Value) -> Value {
    records(&export(&[("users.json", json!([{"User": user}]))])).remove(0)
}

#[test]
fn a_user_keeps_name_address_title_and_avatar() {
    assert_eq!(
        user(json!({
            "id": 12, "mention_name": "ann", "name": "Ann Lee", "email": "ann@x.example", "title": "Sales",
            "avatar": "iVBORw0KGgo=", "is_deleted": false, "timezone": "UTC", "roles": ["admin"],
        })),
        json!({
            "importIds": ["12"], "emails": ["ann@x.example"], "username": "ann", "name": "Ann Lee", "type": "user",
            "avatarUrl": "data:image/png;base64,iVBORw0KGgo=", "deleted": false, "bio": "Sales",
        })
    );
}

#[test]
fn ids_are_numbers_or_texts_and_all_else_may_be_missing() {
    for id in [json!(12), json!("12")] {
        assert_eq!(user(json!({"id": id})), json!({"importIds": ["12"], "emails": [], "type": "user"}));
    }
    let nothing = json!({"id": 1, "mention_name": " ", "name": null, "email": "", "title": [], "avatar": false, "is_deleted": null});
    assert_eq!(user(nothing), json!({"importIds": ["1"], "emails": [], "type": "user"}));
}

#[test]
fn who_was_deleted_is_deleted() {
    for deleted in [json!(true), json!(1), json!("true")] {
        assert_eq!(user(json!({"id": 1, "is_deleted": deleted}))["deleted"], json!(true));
    }
}

#[test]
fn nobody_becomes_an_administrator() {
    let user = user(json!({"id": 1, "roles": ["owner", "admin"], "is_admin": true}));
    assert!(user.get("roles").is_none());
}

#[test]
fn users_without_an_id_and_twins_fail() {
    let list = json!([{"User": {"mention_name": "ann", "email": "a@x.example"}}, {"User": {"id": 1}}, {"User": {"id": "1"}}, {"Room": {"id": 1}}, {}]);
    let export = export(&[("users.json", list)]);
    assert_eq!(
        reasons(&export),
        [
            "users.json:1: the user has no id",
            "users.json:1: another user of the list has the id 1 too",
            "users.json:1: the record holds no user: { \"User\": { … } } is due",
            "users.json:1: the record holds no user: { \"User\": { … } } is due",
        ]
    );
    assert_eq!(
        super::failures(&export)[0].data,
        json!({"importIds": [], "emails": ["a@x.example"], "username": "ann"})
    );
}

#[test]
fn a_person_whom_no_list_has_comes_out_as_a_placeholder() {
    let message = |id: &str, kind: &str, sender: Value, receiver: Value| {
        json!({kind: {"id": id, "sender": sender, "receiver": receiver, "message": "hi",
                      "timestamp": "2016-05-10T14:27:22Z 123456"}})
    };
    let export = export(&[
        ("users.json", json!([{"User": {"id": 1, "mention_name": "ann", "name": "Ann"}}])),
        ("rooms.json", json!([{"Room": {"id": 5, "name": "pier", "members": [1]}}])),
        (
            "rooms/5/history.json",
            json!([
                message("a", "UserMessage", json!({"id": 7, "name": "Eve Stone"}), json!(null)),
                message("b", "UserMessage", json!({"id": 7, "name": "Eve Stone"}), json!(null)),
                message("c", "NotificationMessage", json!("GitHub"), json!(null)),
            ]),
        ),
        ("users/1/history.json", json!([message("d", "PrivateUserMessage", json!({"id": 1}), json!({"id": 8}))])),
    ]);
    let placeholders: Vec<_> = all(&*export.open().unwrap())
        .into_iter()
        .filter_map(|item| match item {
            Item::Record(Record::User(user)) if user.placeholder => Some((user.import_ids, user.name)),
            _ => None,
        })
        .collect();
    assert_eq!(placeholders, [(vec!["7".to_owned()], Some("Eve Stone".to_owned())), (vec!["8".to_owned()], None)]);
}
