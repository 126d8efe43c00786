//! Files that messages share: each becomes a message that brings the file once it is fetched.

use import_proto::{Importer, PendingFile};
use serde_json::{Value, json};

/// A file that a message shares.
pub(super) struct SharedFile {
    pub(super) pending: PendingFile,
    /// What is shown of a file that is never fetched, because nobody says where it is.
    pub(super) attachment: Option<Value>,
}

/// Reads the object that stands for a file; what is no object, or says nothing, is none.
///
/// `path` is where the message says that the export holds it. `entry_of` finds the first of several entries that is there.
pub(super) fn shared_file(
    file: &str,
    path: Option<&str>,
    message: &str,
    entry_of: impl Fn(&[&str]) -> Option<String>,
) -> Option<SharedFile> {
    let file: Value =
        serde_json::from_str(file).ok().filter(|file: &Value| file.as_object().is_some_and(|o| !o.is_empty()))?;
    let text = |member: &str| file.get(member).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let paths: Vec<&str> = path.into_iter().chain(text("path")).collect();
    let entry = entry_of(&paths);
    let id = text("path").or(path).map_or_else(|| message.to_owned(), str::to_owned);
    let last_step = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let name = text("name").map(str::to_owned).or_else(|| last_step(paths.first()?)).unwrap_or_else(|| id.clone());
    let download_url = text("url").map(str::to_owned);
    let attachment = (download_url.is_none() && entry.is_none()).then(|| json!({ "title": name }));
    let size = file.get("size").and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
    let source = Importer::HipchatEnterprise.key().to_owned();
    let pending = PendingFile { download_url, entry, id, size, name, external: false, source, original: file };
    Some(SharedFile { pending, attachment })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(file: Value, path: Option<&str>) -> SharedFile {
        let held = |paths: &[&str]| paths.iter().find(|path| path.starts_with("held/")).map(|path| (*path).to_owned());
        shared_file(&file.to_string(), path, "m", held).unwrap()
    }

    #[test]
    fn a_file_is_to_be_fetched_from_its_url() {
        let original = json!({"name": "a.png", "path": "1/x/a.png", "size": 12, "url": "https://files.example/a.png"});
        let file = one(original.clone(), None);
        assert_eq!(
            file.pending,
            PendingFile {
                download_url: Some("https://files.example/a.png".into()),
                entry: None,
                id: "1/x/a.png".into(),
                size: Some(12),
                name: "a.png".into(),
                external: false,
                source: "hipchatenterprise".into(),
                original,
            }
        );
        assert_eq!(file.attachment, None);
    }

    #[test]
    fn a_file_that_the_export_holds_is_taken_from_there() {
        let file = one(json!({"path": "x/b.png", "size": "7"}), Some("held/b.png"));
        assert_eq!(file.pending.entry.as_deref(), Some("held/b.png"));
        assert_eq!((file.pending.name.as_str(), file.pending.size, file.attachment), ("b.png", Some(7), None));
        assert_eq!(one(json!({"path": "held/c"}), None).pending.entry.as_deref(), Some("held/c"));
    }

    #[test]
    fn a_file_that_is_nowhere_is_shown_by_its_name() {
        let file = one(json!({"name": "gone.pdf"}), None);
        assert_eq!((file.pending.id.as_str(), file.attachment), ("m", Some(json!({"title": "gone.pdf"}))));
    }

    #[test]
    fn what_is_no_file_is_none() {
        for file in ["null", "{}", "[]", "\"a.png\"", "7"] {
            assert!(shared_file(file, None, "m", |_| None).is_none(), "{file}");
        }
    }
}
