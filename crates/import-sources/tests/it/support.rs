//! Opening exports, and showing what came out of them in a line each.

use import_proto::{Importer, NamesEncoding, Record};
use import_sources::{FailedRecord, Item, Limits, Source, SourceError};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An export on disk, gone with the value.
pub(crate) struct Export {
    folder: TempDir,
    name: String,
    importer: Importer,
    names_encoding: Option<NamesEncoding>,
}

impl Export {
    pub(crate) fn file(name: &str, contents: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("upload"), contents).unwrap();
        Self { folder, name: name.to_owned(), importer: Importer::Csv, names_encoding: None }
    }

    /// An unpacked export with these files, by their paths.
    pub(crate) fn folder(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, contents) in files {
            let path = folder.path().join("upload").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, contents).unwrap();
        }
        Self { folder, name: "export".to_owned(), importer: Importer::Csv, names_encoding: None }
    }

    /// The same, for another importer than `csv`.
    pub(crate) fn of(self, importer: Importer) -> Self {
        Self { importer, ..self }
    }

    /// The same, with names in this encoding.
    pub(crate) fn with_names_in(self, encoding: NamesEncoding) -> Self {
        Self { names_encoding: Some(encoding), ..self }
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("upload")
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Source>, SourceError> {
        self.open_with(Limits::default())
    }

    pub(crate) fn open_with(&self, limits: Limits) -> Result<Box<dyn Source>, SourceError> {
        import_sources::open(self.importer, &self.path(), &self.name, limits, self.names_encoding)
    }

    /// The error that opening ends in.
    pub(crate) fn refusal(&self) -> String {
        self.refusal_with(Limits::default())
    }

    pub(crate) fn refusal_with(&self, limits: Limits) -> String {
        self.open_with(limits).err().expect("the export opens").to_string()
    }

    /// Everything in it but placeholders, a line an item: most exports of these tests list no users.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.shown_with(Limits::default())
    }

    pub(crate) fn shown_with(&self, limits: Limits) -> Vec<String> {
        all(&*self.open_with(limits).unwrap()).iter().filter(|item| !is_placeholder(item)).map(show).collect()
    }
}

/// All items of all parts.
pub(crate) fn all(source: &dyn Source) -> Vec<Item> {
    (0..source.part_count()).flat_map(|part| source.read(part)).collect()
}

pub(crate) fn is_placeholder(item: &Item) -> bool {
    matches!(item, Item::Record(Record::User(user)) if user.placeholder)
}

pub(crate) fn show(item: &Item) -> String {
    match item {
        Item::Record(Record::User(user)) => {
            format!("user {}", user.import_ids.iter().chain(&user.emails).cloned().collect::<Vec<_>>().join(" "))
        }
        Item::Record(Record::Channel(room)) => {
            format!("room {} {} {}", room.room_type.as_str(), room.import_ids[0], room.users.join(";"))
        }
        Item::Record(Record::Message(message)) => format!("{}> {}: {}", message.rid, message.author.id, message.msg),
        Item::Record(Record::Contact(contact)) => format!("contact {}", contact.name.as_deref().unwrap_or("?")),
        Item::Failed(failed) => show_failed(failed),
        Item::Tally(tally) => format!("{:?}: {} kept, {} left out", tally.subtype, tally.kept, tally.left_out),
        Item::Notice(notice) => format!("notice {} {:?}: {}", notice.kind, notice.name, notice.count),
    }
}

fn show_failed(failed: &FailedRecord) -> String {
    let error = &failed.error;
    let place: Vec<_> = [error.line, error.column].into_iter().flatten().map(|at| at.to_string()).collect();
    let place = if place.is_empty() { String::new() } else { format!(" at {}", place.join(":")) };
    let entry = error.entry.as_deref().unwrap_or("?");
    format!("failed {} in {entry}{place}: {}", failed.data_type.as_str(), error.message)
}

pub(crate) fn to_json(record: &Record) -> Value {
    let value = match record {
        Record::User(user) => serde_json::to_value(user),
        Record::Channel(room) => serde_json::to_value(room),
        Record::Message(message) => serde_json::to_value(message),
        Record::Contact(contact) => serde_json::to_value(contact),
    };
    value.unwrap()
}

/// Every part, and a line for each of its items.
pub(crate) fn shown_parts(source: &dyn Source) -> String {
    let mut shown = String::new();
    for index in 0..source.part_count() {
        let part = source.part(index).unwrap();
        let whose = part.room.map_or_else(String::new, |room| format!(" of {room}"));
        let direct = if part.direct { ", direct" } else { "" };
        shown.push_str(&format!("\n## {} ({}{whose}{direct})\n", part.entry, part.data_type.as_str()));
        for item in source.read(index) {
            shown.push_str(&match item {
                Item::Record(record) => format!("{}\n", to_json(&record)),
                Item::Failed(failed) => format!("FAILED {} {} {}\n", failed.key, json!(failed.error), failed.data),
                Item::Tally(tally) => format!(
                    "TALLY {:?}{}: {} kept, {} left out\n",
                    tally.subtype,
                    if tally.known { "" } else { " (unknown)" },
                    tally.kept,
                    tally.left_out
                ),
                Item::Notice(notice) => format!("NOTICE {} {:?}: {}\n", notice.kind, notice.name, notice.count),
            });
        }
    }
    shown
}
