//! `channels.json`, `groups.json`, `mpims.json` and `dms.json`.

use serde_json::{Value, json};

use super::{export, reasons, records};

fn rooms(file: &str, list: Value) -> Vec<Value> {
    records(&export(&[(file, list)]))
}

#[test]
fn a_channel_is_public_with_creator_members_topic_and_purpose() {
    let list = json!([{
        "id": "C1", "name": "general", "created": 1355517523, "creator": "U1", "is_archived": false, "is_general": true,
        "members": ["U1", "U2", "USLACKBOT", "U2"],
        "topic": {"value": "see <https://a.b|the plan>, <@U1|ann>"}, "purpose": {"value": "all &amp; sundry"},
    }]);
    assert_eq!(
        rooms("channels.json", list),
        [json!({
            "_id": "general", "importIds": ["C1"], "name": "general", "u": {"_id": "U1"}, "users": ["U1", "U2", "rocket.cat"],
            "t": "c", "topic": "see [the plan](https://a.b), @ann", "description": "all & sundry",
            "ts": "2012-12-14T20:38:43.000Z",
        })]
    );
}

#[test]
fn a_group_is_private() {
    assert_eq!(
        rooms(
            "groups.json",
            json!([{"id": "G1", "name": "hr", "is_archived": true, "is_general": true, "creator": "USLACKBOT"}])
        ),
        [
            json!({"importIds": ["G1"], "name": "hr", "u": {"_id": "rocket.cat"}, "users": [], "t": "p", "archived": true})
        ]
    );
}

#[test]
fn a_channel_without_a_creator_is_kept() {
    for channel in [
        json!({"id": "C1", "name": "old", "creator": null, "members": null, "topic": null, "purpose": ""}),
        json!({"id": "C1", "name": "old", "creator": "", "created": "0", "is_archived": "0", "topic": {"value": ""}}),
        json!({"id": "C1", "name": "old", "members": {}}),
    ] {
        assert_eq!(
            rooms("channels.json", json!([channel])),
            [json!({"importIds": ["C1"], "name": "old", "users": [], "t": "c"})]
        );
    }
}

#[test]
fn a_conversation_of_several_is_direct_up_to_eight_members_and_private_beyond() {
    let members = |count: usize| (1..=count).map(|n| format!("U{n}")).collect::<Vec<_>>();
    let list = json!([
        {"id": "G1", "name": "mpdm-a--b-1", "creator": "U1", "members": members(8)},
        {"id": "G2", "name": "mpdm-a--b-2", "creator": "U1", "members": members(9)},
    ]);
    assert_eq!(
        rooms("mpims.json", list),
        [
            json!({"importIds": ["G1"], "users": members(8), "t": "d"}),
            json!({"importIds": ["G2"], "name": "mpdm-a--b-2", "u": {"_id": "U1"}, "users": members(9), "t": "p"}),
        ]
    );
}

#[test]
fn a_conversation_of_two_or_with_oneself_is_direct() {
    let list = json!([
        {"id": "D1", "created": "1355517523", "members": ["U1", "U2"]},
        {"id": "D2", "members": ["U1", "U1"]},
        {"id": "D3", "members": ["U1", "USLACKBOT"]},
    ]);
    assert_eq!(
        rooms("dms.json", list),
        [
            json!({"importIds": ["D1"], "users": ["U1", "U2"], "t": "d", "ts": "2012-12-14T20:38:43.000Z"}),
            json!({"importIds": ["D2"], "users": ["U1"], "t": "d"}),
            json!({"importIds": ["D3"], "users": ["U1", "rocket.cat"], "t": "d"}),
        ]
    );
}

#[test]
fn a_room_without_id_or_with_one_that_is_taken_fails() {
    let list = json!([{"id": "C1", "name": "a"}, {"name": "b"}, {"id": "C1", "name": "c"}]);
    assert_eq!(
        reasons(&export(&[("channels.json", list)])),
        [
            "channels.json:1: importer-channel-missing-import-id: the room has no id",
            "channels.json:1: another room of the list has the same id: C1",
        ]
    );
}

#[test]
fn of_teams_the_rooms_with_one_name_have_the_teams_name_before_it() {
    let channel = |id: &str, name: &str| json!({"id": id, "name": name, "is_general": name == "general"});
    let list = |rooms: &[(&str, &str)]| rooms.iter().map(|(id, name)| channel(id, name)).collect::<Value>();
    let export = export(&[
        ("channels.json", list(&[("C1", "news")])),
        ("teams/Berlin/channels.json", list(&[("C2", "general"), ("C3", "news"), ("C4", "berlin")])),
        ("teams/Oslo/channels.json", list(&[("C5", "general"), ("C4", "berlin")])),
    ]);
    let names: Vec<_> =
        records(&export).into_iter().map(|room| (room["name"].clone(), room.get("_id").cloned())).collect();
    assert_eq!(
        names,
        [
            (json!("news"), None),
            (json!("Berlin-general"), None),
            (json!("Berlin-news"), None),
            (json!("berlin"), None),
            (json!("Oslo-general"), None),
        ]
    );
}

#[test]
fn the_only_general_room_of_an_organization_is_the_workspaces() {
    let general = |id: &str| json!([{"id": id, "name": "general", "is_general": true}]);
    let ids = |files: &[(&str, Value)]| -> Vec<Option<Value>> {
        records(&export(files)).into_iter().map(|room| room.get("_id").cloned()).collect()
    };
    assert_eq!(ids(&[("teams/Berlin/channels.json", general("C1"))]), [Some(json!("general"))]);
    assert_eq!(
        ids(&[("channels.json", general("C1")), ("teams/Berlin/channels.json", general("C2"))]),
        [Some(json!("general")), None]
    );
}
