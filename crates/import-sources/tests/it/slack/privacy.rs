//! Whatever says that a room is private wins, in every combination of lists and flags.

use import_proto::{Importer, Record, RoomType};
use import_sources::Item;
use serde_json::{Map, Value, json};

use super::items;
use crate::support::Export;
use crate::zips::{Entry, zip};

const LISTS: [&str; 5] = ["channels.json", "groups.json", "mpims.json", "dms.json", "file_conversations.json"];

/// Flags of an entry, and whether one of them says that the room is private.
fn flags() -> Vec<(Value, bool)> {
    let mut flags = vec![
        (json!({}), false),
        (json!({"is_channel": true, "is_private": false, "is_group": false, "is_mpim": false, "is_im": false}), false),
        (json!({"is_private": null, "is_group": "no", "is_mpim": []}), false),
        (json!({"is_channel": true, "is_private": true}), true),
        (json!({"is_private": false, "is_group": true}), true),
        (json!({"is_im": true}), true),
    ];
    for name in ["is_private", "is_group", "is_mpim"] {
        for value in [json!(true), json!("true"), json!("True"), json!(1), json!("1")] {
            flags.push((json!({name: value}), true));
        }
        for value in [json!(false), json!("false"), json!(0), json!("0"), json!(null)] {
            flags.push((json!({name: value}), false));
        }
    }
    flags
}

/// An export with an entry in each of these lists, and a folder with one message.
fn export(entries: &[(&str, Value)], folder: &str) -> Export {
    let message = json!([{"type": "message", "user": "U1", "text": "secret", "ts": "1554112800.000100"}]);
    let mut files: Vec<(String, String)> = vec![(format!("{folder}/2019-04-01.json"), message.to_string())];
    for list in LISTS {
        let of_list: Vec<&Value> = entries.iter().filter(|(name, _)| *name == list).map(|(_, entry)| entry).collect();
        if !of_list.is_empty() {
            files.push((list.to_owned(), json!(of_list).to_string()));
        }
    }
    let files = files.iter().map(|(name, text)| Entry::deflated(name, text));
    Export::file("slack.zip", zip(files)).of(Importer::Slack)
}

fn entry(id: &str, name: &str, flags: &Value) -> Value {
    let mut entry = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("name".to_owned(), json!(name)),
        ("members".to_owned(), json!(["U1", "U2"])),
    ]);
    entry.extend(flags.as_object().unwrap().clone());
    Value::Object(entry)
}

/// The type of the room that the message is in.
fn room_of_message(export: &Export) -> RoomType {
    let mut rooms = Vec::new();
    let mut rid = None;
    for item in items(export) {
        match item {
            Item::Record(Record::Channel(room)) => rooms.push((room.import_ids[0].clone(), room.room_type)),
            Item::Record(Record::Message(message)) => assert_eq!(rid.replace(message.rid), None),
            _ => {}
        }
    }
    let rid = rid.unwrap();
    let found: Vec<_> = rooms.into_iter().filter(|(id, _)| *id == rid).collect();
    assert_eq!(found.len(), 1, "{rid}");
    found[0].1
}

#[test]
fn private_wins_in_every_combination_of_lists_and_flags() {
    let flags = flags();
    for list in LISTS {
        for (set, private) in &flags {
            let entries = [(list, entry("C1", "plans", set))];
            for folder in ["plans", "Plans", "C1", "c1"] {
                // A direct room lies under its id, and whatever its name is, it is not public.
                let public = room_of_message(&export(&entries, folder)) == RoomType::Channel;
                assert_eq!(public, list == "channels.json" && !private, "{folder} {entries:?}");
            }
        }
    }
}

#[test]
fn private_wins_over_another_entry_of_the_same_room_or_of_the_same_name() {
    let flags = flags();
    let some = [&flags[0], &flags[1], &flags[3], &flags[8], &flags[5]];
    for (one, other) in LISTS.iter().flat_map(|one| LISTS.map(|other| (*one, other))) {
        for (a, b) in some.iter().flat_map(|a| some.map(|b| (*a, b))) {
            for id in ["C1", "C2"] {
                let entries = [(one, entry("C1", "plans", &a.0)), (other, entry(id, "plans", &b.0))];
                let export = export(&entries, "plans");
                let says_private = |list: &str, private: bool| list != "channels.json" || private;
                let private = says_private(one, a.1) || says_private(other, b.1);
                assert_eq!(room_of_message(&export) != RoomType::Channel, private, "{entries:?}");
            }
        }
    }
}

#[test]
fn a_private_entry_without_an_id_keeps_its_folder_private() {
    for list in ["groups.json", "mpims.json", "file_conversations.json"] {
        let mut private = entry("", "plans", &json!({}));
        private.as_object_mut().unwrap().remove("id");
        let entries = [("channels.json", entry("C1", "plans", &json!({}))), (list, private)];
        assert_eq!(room_of_message(&export(&entries, "plans")), RoomType::Private, "{list}");
    }
}

#[test]
fn a_folder_of_no_list_is_private() {
    for folder in ["plans", "D024BE91L", "mpdm-ann--bob-1", "C024BE91L", "general"] {
        let entries = [("channels.json", entry("C1", "other", &json!({})))];
        assert_eq!(room_of_message(&export(&entries, folder)), RoomType::Private, "{folder}");
    }
}

#[test]
fn the_general_room_of_an_export_is_not_the_workspaces_if_it_is_private() {
    for (flags, general) in
        [(json!({"is_general": true}), true), (json!({"is_general": true, "is_private": true}), false)]
    {
        let export = export(&[("channels.json", entry("C1", "general", &flags))], "general");
        let rooms: Vec<_> = items(&export)
            .into_iter()
            .filter_map(|item| match item {
                Item::Record(Record::Channel(room)) => Some(room.id.is_some()),
                _ => None,
            })
            .collect();
        assert_eq!(rooms, [general]);
    }
}

#[test]
fn a_room_that_one_list_of_an_organization_calls_private_is_private() {
    let message =
        |text: &str| json!([{"type": "message", "user": "U1", "text": text, "ts": "1554112800.000100"}]).to_string();
    let public = json!([entry("C1", "plans", &json!({"members": ["U1", "U2", "U3"]}))]).to_string();
    for id in ["C1", "G1"] {
        let private = json!([entry(id, "plans", &json!({"members": ["U1"]}))]).to_string();
        for (org, team) in [("channels.json", "groups.json"), ("groups.json", "channels.json")] {
            let lists = if org == "channels.json" { [&public, &private] } else { [&private, &public] };
            let files = [
                (org.to_owned(), lists[0].clone()),
                (format!("teams/Berlin/{team}"), lists[1].clone()),
                ("teams/Berlin/plans/2019-04-01.json".to_owned(), message("secret")),
            ];
            let export = Export::file("slack.zip", zip(files.iter().map(|(name, text)| Entry::deflated(name, text))));
            assert_eq!(room_of_message(&export.of(Importer::Slack)), RoomType::Private, "{id} {org}");
        }
    }
}
