//! No text of a private room lands in a public one, whatever says that the room is private and whatever the workspace has.

use std::collections::BTreeMap;

use import_proto::{Importer, OperationState};
use serde_json::{Map, Value, json};

use crate::support::Workspace;

const LISTS: [&str; 5] = ["channels.json", "groups.json", "mpims.json", "dms.json", "file_conversations.json"];

/// An export with a room and a folder for every combination, and which of them are private.
struct Combinations {
    lists: BTreeMap<&'static str, Vec<Value>>,
    folders: Vec<(String, bool)>,
}

impl Combinations {
    fn all() -> Self {
        let flags = [
            json!({}),
            json!({"is_channel": true, "is_private": false}),
            json!({"is_private": true}),
            json!({"is_channel": true, "is_group": "true"}),
            json!({"is_mpim": 1}),
            json!({"is_im": true}),
        ];
        let mut all = Self { lists: BTreeMap::new(), folders: Vec::new() };
        for (one, a) in LISTS.iter().flat_map(|one| flags.iter().map(move |flags| (*one, flags))) {
            all.add(&[(one, a, "C")]);
            // The same room, or another of its name, stands in another list.
            for (other, id) in
                LISTS.iter().flat_map(|other| [(*other, "C"), (*other, "X")]).filter(|(other, _)| one != *other)
            {
                all.add(&[(one, a, "C"), (other, &flags[1], id)]);
            }
        }
        all.add(&[]);
        all
    }

    fn add(&mut self, entries: &[(&'static str, &Value, &str)]) {
        let number = self.folders.len();
        let name = format!("plans-{number}");
        let mut private = entries.is_empty();
        for (list, flags, id) in entries {
            let says = |flag: &str| !matches!(flags[flag], Value::Null | Value::Bool(false));
            private |= *list != "channels.json" || ["is_private", "is_group", "is_mpim", "is_im"].into_iter().any(says);
            let mut entry = Map::from_iter([
                ("id".to_owned(), json!(format!("{id}0PLAN{number:04}"))),
                ("name".to_owned(), json!(name)),
                // Nobody else has a direct room with the same people.
                ("members".to_owned(), json!(["U0ANN0001", format!("U0STR{number:04}")])),
            ]);
            entry.extend(flags.as_object().unwrap().clone());
            self.lists.entry(list).or_default().push(Value::Object(entry));
        }
        self.folders.push((name, private));
    }

    fn files(&self) -> Vec<(String, String)> {
        let users = json!([{"id": "U0ANN0001", "name": "ann", "profile": {"email": "ann@example.com"}}]);
        let mut files = vec![("users.json".to_owned(), users.to_string())];
        files.extend(self.lists.iter().map(|(list, rooms)| ((*list).to_owned(), json!(rooms).to_string())));
        for (name, private) in &self.folders {
            let text = if *private { format!("secret of {name}") } else { format!("told in {name}") };
            let message = json!([{"type": "message", "user": "U0ANN0001", "text": text, "ts": "1700000000.000100"}]);
            files.push((format!("{name}/2023-11-14.json"), message.to_string()));
        }
        files
    }

    /// An export of earlier times: its rooms have these names, and every third has the id of today.
    fn earlier(&self, list: &str, archived: bool) -> Vec<(String, String)> {
        let rooms: Vec<Value> = (0..self.folders.len())
            .map(|number| {
                let id = if number % 3 == 0 { format!("C0PLAN{number:04}") } else { format!("E0PLAN{number:04}") };
                let name = &self.folders[number].0;
                json!({"id": id, "name": name, "members": ["U0ANN0001"], "is_archived": archived})
            })
            .collect();
        let users = json!([{"id": "U0ANN0001", "name": "ann", "profile": {"email": "ann@example.com"}}]);
        vec![("users.json".to_owned(), users.to_string()), (list.to_owned(), json!(rooms).to_string())]
    }

    async fn stay_private_in(&self, workspace: &Workspace) {
        import(workspace, Importer::Slack, "export", &self.files()).await;
        let rooms = workspace.documents("rocketchat_room").await;
        let messages = workspace.documents("rocketchat_message").await;
        let mut found = 0;
        for message in messages.values() {
            let text = message["msg"].as_str().unwrap();
            let room = &rooms[message["rid"].as_str().unwrap()];
            if text.starts_with("secret of") {
                assert_ne!(room["t"], "c", "{text} is in {room}");
            }
            found += usize::from(text.starts_with("secret of") || text.starts_with("told in"));
        }
        assert_eq!(found, self.folders.len());
    }
}

async fn import(workspace: &Workspace, importer: Importer, name: &str, files: &[(String, String)]) {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let done = workspace.import_as(importer, &workspace.folder(name, &files)).await;
    assert_eq!((done.state, workspace.failures().await), (OperationState::Done, vec![]), "{name}");
}

#[tokio::test]
async fn no_private_text_is_in_a_public_room_of_a_fresh_workspace() {
    Combinations::all().stay_private_in(&Workspace::fresh().await).await;
}

#[tokio::test]
async fn no_private_text_is_in_a_public_room_that_was_there() {
    for (list, archived) in [("channels.json", false), ("channels.json", true), ("groups.json", false)] {
        let combinations = Combinations::all();
        let workspace = Workspace::fresh().await;
        import(&workspace, Importer::Slack, "earlier", &combinations.earlier(list, archived)).await;
        combinations.stay_private_in(&workspace).await;
    }
}

#[tokio::test]
async fn no_private_text_is_in_a_public_room_that_came_from_tables() {
    let combinations = Combinations::all();
    let workspace = Workspace::fresh().await;
    // Rooms of tables have their names as import ids, as rooms that no list has.
    let rooms: String = combinations.folders.iter().map(|(name, _)| format!("{name},ann,public,ann\n")).collect();
    let files = [("users.csv".to_owned(), "ann,ann@example.com,Ann\n".to_owned()), ("channels.csv".to_owned(), rooms)];
    import(&workspace, Importer::Csv, "tables", &files).await;
    combinations.stay_private_in(&workspace).await;
}
