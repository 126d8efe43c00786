//! Files that messages share: each becomes a message that brings the file once it is fetched.

use import_proto::{Importer, PendingFile};
use serde_json::{Value, json};

use super::text::unescaped;

/// A file that a message shares.
pub(super) struct SharedFile {
    pub(super) pending: PendingFile,
    /// Where people see it.
    pub(super) page: Option<String>,
    /// What is shown of a file that is never fetched, because it lies elsewhere or is gone.
    pub(super) attachment: Option<Value>,
}

/// Reads the objects that stand for files; what is no object is none.
///
/// `entry_of` finds the entry of the export that holds the file with an id and a name.
pub(super) fn shared_files(
    files: impl IntoIterator<Item = Value>,
    message: &str,
    entry_of: impl Fn(&str, Option<&str>) -> Option<String>,
) -> Vec<SharedFile> {
    let objects = files.into_iter().filter(Value::is_object);
    (1..).zip(objects).map(|(number, file)| shared_file(file, format!("{message}-{number}"), &entry_of)).collect()
}

fn shared_file(
    file: Value,
    fallback_id: String,
    entry_of: impl Fn(&str, Option<&str>) -> Option<String>,
) -> SharedFile {
    let text = |member: &str| file.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let entry = text("id").and_then(|id| entry_of(id, text("name")));
    let id = text("id").map_or(fallback_id, str::to_owned);
    let name = text("name").or(text("title")).map_or_else(|| id.clone(), unescaped);
    let external = is_set(&file, "is_external") || text("mode") == Some("external");
    // Of a file that lies elsewhere the private URL is that of a page.
    let download_url = if external { None } else { text("url_private_download").or(text("url_private")) };
    let size = file.get("size").and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
    let attachment = (download_url.is_none() && entry.is_none()).then(|| {
        let link = if external { text("external_url").or(text("url_private")) } else { None };
        match link.or(text("permalink")) {
            Some(link) => json!({ "title": text("title").map_or_else(|| name.clone(), unescaped), "title_link": link }),
            None => json!({ "title": name }),
        }
    });
    SharedFile {
        page: text("permalink").map(str::to_owned),
        attachment,
        pending: PendingFile {
            download_url: download_url.map(str::to_owned),
            entry,
            id,
            size,
            name,
            external,
            source: Importer::Slack.key().to_owned(),
            original: file,
        },
    }
}

fn is_set(file: &Value, member: &str) -> bool {
    match file.get(member) {
        Some(Value::Bool(set)) => *set,
        Some(Value::Number(number)) => number.as_u64() != Some(0),
        Some(Value::String(text)) => text == "true" || text == "1",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(file: Value) -> SharedFile {
        shared_files([file], "m", |id, _| (id == "F9").then(|| "__uploads/F9/a.png".to_owned())).remove(0)
    }

    #[test]
    fn a_file_is_to_be_fetched_from_its_download_url() {
        let original = json!({
            "id": "F1", "name": "R&amp;D.pdf", "title": "R&D", "size": 1234,
            "url_private": "https://files.example/F1", "url_private_download": "https://files.example/F1/download?t=x",
            "permalink": "https://team.example/F1",
        });
        let file = one(original.clone());
        assert_eq!(
            file.pending,
            PendingFile {
                download_url: Some("https://files.example/F1/download?t=x".into()),
                entry: None,
                id: "F1".into(),
                size: Some(1234),
                name: "R&D.pdf".into(),
                external: false,
                source: "slack".into(),
                original,
            }
        );
        assert_eq!((file.page.as_deref(), file.attachment), (Some("https://team.example/F1"), None));
    }

    #[test]
    fn exports_of_other_years_write_files_in_other_ways() {
        let file = one(json!({"title": "notes", "size": "12", "url_private": "https://files.example/F1"}));
        assert_eq!(
            (file.pending.id.as_str(), file.pending.name.as_str(), file.pending.size),
            ("m-1", "notes", Some(12))
        );
        assert_eq!(file.pending.download_url.as_deref(), Some("https://files.example/F1"));
        assert_eq!(shared_files([json!(null), json!("x"), json!([])], "m", |_, _| None).len(), 0);
    }

    #[test]
    fn a_file_that_the_export_holds_is_taken_from_there() {
        let file = one(json!({"id": "F9", "name": "a.png"}));
        assert_eq!(file.pending.entry.as_deref(), Some("__uploads/F9/a.png"));
        assert_eq!((file.pending.download_url, file.attachment), (None, None));
    }

    #[test]
    fn a_file_that_lies_elsewhere_is_shown_as_a_link() {
        for external in [json!({"is_external": true}), json!({"is_external": "1"}), json!({"mode": "external"})] {
            let mut file =
                json!({"id": "F1", "name": "Plan", "title": "The plan", "url_private": "https://docs.example/1"});
            file.as_object_mut().unwrap().extend(external.as_object().unwrap().clone());
            let file = one(file);
            assert!(file.pending.external);
            assert_eq!(file.pending.download_url, None);
            assert_eq!(file.attachment, Some(json!({"title": "The plan", "title_link": "https://docs.example/1"})));
        }
    }

    #[test]
    fn a_file_that_is_gone_is_shown_by_its_name() {
        let file = one(json!({"id": "F1", "mode": "tombstone"}));
        assert_eq!((file.pending.external, file.pending.download_url), (false, None));
        assert_eq!(file.attachment, Some(json!({"title": "F1"})));
    }
}
