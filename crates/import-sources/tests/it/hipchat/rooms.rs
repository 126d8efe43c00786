//! `rooms.json`.

use serde_json::{Value, json};

use super::{export, reasons, records};

fn room(room: Value) -> Value {
    records(&export(&[("rooms.json", json!([{"Room": room}]))])).remove(0)
}

#[test]
fn a_room_keeps_owner_members_topic_and_age() {
    assert_eq!(
        room(json!({
            "id": 7, "name": "Firmware team", "owner": 1, "members": [1, "2", 1], "privacy": "public", "topic": "4.2",
            "created": "2014-03-03T08:15:00+00:00", "is_archived": true, "guest_access_url": null,
        })),
        json!({
            "importIds": ["7"], "name": "Firmware team", "u": {"_id": "1"}, "users": ["1", "2"], "t": "c", "topic": "4.2",
            "ts": "2014-03-03T08:15:00.000Z", "archived": true,
        })
    );
}

#[test]
fn private_rooms_are_private() {
    for (privacy, letter) in
        [(json!("private"), "p"), (json!("Private"), "p"), (json!("public"), "c"), (json!(null), "c")]
    {
        assert_eq!(room(json!({"id": 7, "name": "a", "privacy": privacy}))["t"], json!(letter), "{privacy}");
    }
}

#[test]
fn owner_and_members_may_be_objects_or_missing() {
    let objects =
        room(json!({"id": 7, "name": "a", "owner": {"id": 1, "name": "Ann"}, "members": [{"id": 2}, null, {}]}));
    assert_eq!((&objects["u"], &objects["users"]), (&json!({"_id": "1"}), &json!(["2"])));
    let nothing = json!({"id": "7", "name": "a", "owner": null, "members": null, "topic": "", "created": "long ago"});
    assert_eq!(room(nothing), json!({"importIds": ["7"], "name": "a", "users": [], "t": "c"}));
}

#[test]
fn rooms_without_an_id_and_twins_fail() {
    let list = json!([{"Room": {"name": "a"}}, {"Room": {"id": 1}}, {"Room": {"id": "1"}}, {"User": {"id": 1}}]);
    assert_eq!(
        reasons(&export(&[("rooms.json", list)])),
        [
            "rooms.json:1: importer-channel-missing-import-id: the room has no id",
            "rooms.json:1: another room of the list has the id 1 too",
            "rooms.json:1: the record holds no room: { \"Room\": { … } } is due",
        ]
    );
}
