//! Files that messages share: each becomes a message that brings the file once it is fetched.

use import_proto::{Importer, PendingFile};
use serde_json::{Value, json};

use super::text::unescaped;

/// A file that a message shares.
pub(super) struct SharedFile {
    pub(super) pending: PendingFile,
    /// Where people see it.
    pub(super) page: Option<String>,
    /// What is shown at once: of a file that is never fetched, and the words of one that is more than its name.
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
    let title = text("title").or(text("name")).map(unescaped);
    let name = text("name").or(text("title")).map_or_else(|| unnamed(text("filetype")), unescaped);
    let external = is_set(&file, "is_external") || text("mode") == Some("external");
    let gone = gone(text("mode"), text("file_access")).filter(|_| entry.is_none());
    // Of a file that lies elsewhere the private URL is that of a page.
    let download_url = text("url_private_download").or(text("url_private")).filter(|_| !external && gone.is_none());
    let size = file.get("size").and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
    let words = words(&file);
    let attachment = if download_url.is_some() || entry.is_some() {
        words.map(|words| json!({ "title": title.unwrap_or_else(|| name.clone()), "text": words }))
    } else {
        let link = if external { text("external_url").or(text("url_private")) } else { None };
        let link = link.or(text("permalink").filter(|_| gone.is_none()));
        let gone = gone.or((link.is_none() && words.is_none()).then_some("The export does not hold this file."));
        let title = title.or_else(|| link.map(|_| name.clone()));
        let said: Vec<_> = gone.map(str::to_owned).into_iter().chain(words).collect();
        let said = Some(said.join("\n")).filter(|said| !said.is_empty());
        let members = [("title", title), ("title_link", link.map(str::to_owned)), ("text", said)];
        let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
        Some(Value::Object(members.collect()))
    };
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

/// What a file without a name is called.
fn unnamed(kind: Option<&str>) -> String {
    let kind = kind.filter(|kind| kind.len() <= 8 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    kind.map_or_else(|| "file".to_owned(), |kind| format!("file.{kind}"))
}

/// What became of a file that cannot be fetched.
fn gone(mode: Option<&str>, access: Option<&str>) -> Option<&'static str> {
    match (mode, access) {
        (Some("tombstone"), _) => Some("This file was deleted in Slack."),
        (Some("hidden_by_limit"), _) => Some("Slack's plan hides this file."),
        (_, Some("access_denied")) => Some("The person who made the export has no access to this file."),
        (_, Some("file_not_found")) => Some("Slack did not find this file."),
        (_, Some("check_file_info")) => Some("The export does not show this file."),
        _ => None,
    }
}

/// Words that people read in Slack without opening the file: of snippets, mails and voice messages. They are shown whether
/// or not the file is fetched.
fn words(file: &Value) -> Option<String> {
    let text = |member: &str| file.get(member).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let words = match text("mode") {
        Some("email") => {
            let subject = text("subject").filter(|subject| text("title") != Some(*subject)).map(unescaped);
            let mail = text("plain_text").or(text("preview_plain_text")).map(unescaped);
            subject.into_iter().chain(mail).collect::<Vec<_>>().join("\n")
        }
        // Three backticks would end the block of code.
        Some("snippet") => {
            let code = unescaped(text("preview")?).replace("```", "` ` `");
            format!("```\n{}\n```", code.trim_end_matches('\n'))
        }
        Some("post" | "space") => unescaped(text("preview")?),
        _ => file.get("transcription")?.get("preview")?.get("content")?.as_str()?.to_owned(),
    };
    Some(words).filter(|words| !words.is_empty())
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
    fn of_a_file_that_is_gone_it_is_said_why() {
        for (file, said) in [
            (json!({"mode": "tombstone"}), "This file was deleted in Slack."),
            (json!({"mode": "hidden_by_limit"}), "Slack's plan hides this file."),
            (json!({"file_access": "access_denied"}), "The person who made the export has no access to this file."),
            (json!({"file_access": "file_not_found"}), "Slack did not find this file."),
            (json!({"file_access": "check_file_info"}), "The export does not show this file."),
            (json!({"file_access": "something new"}), "The export does not hold this file."),
        ] {
            let mut gone = json!({"id": "F1", "url_private": "", "name": ""});
            gone.as_object_mut().unwrap().extend(file.as_object().unwrap().clone());
            let gone = one(gone);
            assert_eq!((gone.pending.external, gone.pending.download_url), (false, None));
            assert_eq!(gone.attachment, Some(json!({"text": said})));
        }
        let named =
            one(json!({"id": "F1", "name": "map.png", "mode": "tombstone", "url_private": "https://a.example"}));
        assert_eq!(named.attachment, Some(json!({"title": "map.png", "text": "This file was deleted in Slack."})));
        assert_eq!(named.pending.download_url, None);
    }

    #[test]
    fn the_words_of_snippets_and_mails_are_shown_at_once() {
        let snippet = one(json!({"id": "F1", "name": "a.py", "mode": "snippet", "preview": "print(1 &lt; 2)",
            "url_private": "https://files.example/F1"}));
        assert_eq!(snippet.attachment, Some(json!({"title": "a.py", "text": "```\nprint(1 < 2)\n```"})));
        assert!(snippet.pending.download_url.is_some());
        let mail = one(json!({"id": "F1", "name": "mail", "title": "Order 7", "mode": "email", "subject": "Order 7",
            "plain_text": "please ship"}));
        assert_eq!(mail.attachment, Some(json!({"title": "Order 7", "text": "please ship"})));
    }
}
