//! Attachments: with their texts in Markdown, as documents hold them.

use serde_json::{Map, Value, json};

use super::blocks::{anything, is_placeholder, lines, list, text, text_with_blocks};
use super::text::{Mentioned, link, message_text, unescaped};
use super::timestamps::SlackTime;
use super::words::Words;
use crate::json::value;

/// Members that hold text with markup, beside `text` itself.
const TEXTS: [&str; 4] = ["pretext", "title", "fallback", "footer"];
/// Members that hold text without markup.
const PLAIN: [&str; 3] = ["author_name", "author_subname", "service_name"];
/// Members that hold an address.
const ADDRESSES: [&str; 12] = [
    "title_link",
    "author_link",
    "author_icon",
    "footer_icon",
    "service_icon",
    "service_url",
    "image_url",
    "thumb_url",
    "audio_url",
    "video_url",
    "from_url",
    "original_url",
];
/// Members that only Slack's own clients can show. Their words are in the text.
const SLACK_ONLY: [&str; 4] = ["blocks", "mrkdwn_in", "callback_id", "type"];
/// Levels of attachments within attachments.
const DEEPEST: usize = 4;

/// The attachments of a message, and the files that they share. What is no object, and what shows nothing, is none.
pub(super) fn attachments(attachments: &str, mentioned: &mut Mentioned) -> (Vec<Value>, Vec<Value>) {
    let mut files = Vec::new();
    let Value::Array(list) = value(attachments) else { return (Vec::new(), files) };
    let objects = list.into_iter().filter_map(|attachment| match attachment {
        Value::Object(attachment) => Some(attachment),
        _ => None,
    });
    let shown = objects.filter_map(|attachment| converted(attachment, 0, &mut files, mentioned)).map(Value::Object);
    (shown.collect(), files)
}

fn converted(
    mut attachment: Map<String, Value>,
    depth: usize,
    files: &mut Vec<Value>,
    mentioned: &mut Mentioned,
) -> Option<Map<String, Value>> {
    let [quoted, nested, actions] =
        ["message_blocks", "attachments", "actions"].map(|member| take_list(&mut attachment, member));
    for member in ["files", "file"] {
        files.extend(take_list(&mut attachment, member));
    }
    let blocks = attachment.get("blocks").filter(|blocks| blocks.is_array()).map(Value::to_string);
    for member in SLACK_ONLY {
        attachment.shift_remove(member);
    }
    for member in TEXTS.iter().chain(&PLAIN).chain(&["text"]) {
        set_text(&mut attachment, member, |value| plain_text(&value));
    }
    for member in ADDRESSES {
        set_text(&mut attachment, member, |value| value.as_str().map(str::to_owned));
    }

    let own = member_text(&attachment, "text").unwrap_or_default();
    let own = if is_placeholder(&own) && !quoted.is_empty() { String::new() } else { own };
    let mut text = text_with_blocks(&own, blocks.as_deref(), mentioned);
    for quoted in &quoted {
        add_quoted(&mut text, quoted.get("message").unwrap_or(quoted), depth, files, mentioned);
    }
    for nested in nested {
        add_nested(&mut text, nested, depth, files, mentioned);
    }
    for member in TEXTS {
        set_text(&mut attachment, member, |value| value.as_str().map(|text| message_text(text, mentioned)));
    }
    for member in PLAIN {
        set_text(&mut attachment, member, |value| value.as_str().map(unescaped));
    }
    convert_fields(&mut attachment, mentioned);
    convert_values(&mut attachment);
    if !is_set(&attachment, "author_name")
        && let Some(name) = ["author_subname", "service_name"].iter().find_map(|name| member_text(&attachment, name))
    {
        attachment.insert("author_name".to_owned(), Value::from(name));
    }
    if text.is_empty() && !shows_something(&attachment) {
        let instead = ["fallback", "footer", "from_url", "original_url"];
        text = instead.iter().find_map(|member| member_text(&attachment, member)).unwrap_or_default();
    }
    let actions: Vec<_> = actions.iter().map(|action| action_text(action, mentioned)).collect();
    let text = lines(std::iter::once(text).chain(actions));
    if text.is_empty() {
        attachment.shift_remove("text");
    } else {
        attachment.insert("text".to_owned(), Value::from(text));
    }
    let shown = is_set(&attachment, "text") || is_set(&attachment, "author_name") || shows_something(&attachment);
    shown.then_some(attachment)
}

/// Takes a list out of an attachment. An object where a list is due counts as one of one.
fn take_list(attachment: &mut Map<String, Value>, member: &str) -> Vec<Value> {
    match attachment.shift_remove(member) {
        Some(Value::Array(list)) => list,
        Some(object @ Value::Object(_)) => vec![object],
        _ => Vec::new(),
    }
}

/// Adds what a quoted message says, unless the attachment says it already.
fn add_quoted(said: &mut String, message: &Value, depth: usize, files: &mut Vec<Value>, mentioned: &mut Mentioned) {
    files.extend(list(message, "files").iter().cloned());
    let blocks = message.get("blocks").filter(|blocks| blocks.is_array()).map(Value::to_string);
    add_lines(said, &text_with_blocks(text(message, "text"), blocks.as_deref(), mentioned));
    for nested in list(message, "attachments") {
        add_nested(said, nested.clone(), depth, files, mentioned);
    }
}

/// Adds the words of an attachment within an attachment.
fn add_nested(said: &mut String, nested: Value, depth: usize, files: &mut Vec<Value>, mentioned: &mut Mentioned) {
    let Value::Object(nested) = nested else { return };
    if depth >= DEEPEST {
        add_lines(said, &anything(&Value::Object(nested), mentioned));
        return;
    }
    let Some(nested) = converted(nested, depth + 1, files, mentioned) else { return };
    let title = match (member_text(&nested, "title"), member_text(&nested, "title_link")) {
        (Some(title), Some(address)) if !title.contains("](") => Some(link(&address, &title)),
        (title, address) => title.or(address),
    };
    let fields = nested.get("fields").and_then(Value::as_array).into_iter().flatten();
    let fields = fields.flat_map(|field| ["title", "value"].map(|member| field.get(member).and_then(Value::as_str)));
    let before = ["pretext", "author_name"].iter().filter_map(|member| member_text(&nested, member));
    let behind = ["text", "image_url"].iter().filter_map(|member| member_text(&nested, member));
    let all = before.chain(title).chain(behind).chain(fields.flatten().map(str::to_owned));
    add_lines(said, &lines(all));
}

/// Adds lines to a text that does not have them yet.
fn add_lines(said: &mut String, more: &str) {
    if more.is_empty() || !said.is_empty() && Words::of(said).contain(more) {
        return;
    }
    if !said.is_empty() {
        said.push('\n');
    }
    said.push_str(more);
}

/// Whether people see anything but the author and the text.
fn shows_something(attachment: &Map<String, Value>) -> bool {
    ["pretext", "title", "fields", "image_url", "thumb_url", "audio_url", "video_url"]
        .iter()
        .any(|member| is_set(attachment, member))
}

fn is_set(attachment: &Map<String, Value>, member: &str) -> bool {
    match attachment.get(member) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        _ => false,
    }
}

fn member_text(attachment: &Map<String, Value>, member: &str) -> Option<String> {
    let text = attachment.get(member).and_then(Value::as_str).filter(|text| !text.trim().is_empty())?;
    Some(text.to_owned())
}

/// Sets a member that is there to a text, or removes it if there is no text.
fn set_text(object: &mut Map<String, Value>, member: &str, text: impl FnOnce(Value) -> Option<String>) {
    let Some(value) = object.get_mut(member) else { return };
    match text(std::mem::take(value)) {
        Some(text) => *value = Value::String(text),
        None => drop(object.shift_remove(member)),
    }
}

/// The words of a value: of a text, a number or a flag itself, of lists and objects the texts in them.
fn plain_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => return Some(text.clone()),
        Value::Number(number) => return Some(number.to_string()),
        Value::Bool(flag) => return Some(flag.to_string()),
        Value::Null => return None,
        Value::Array(list) => list.iter().filter_map(plain_text).collect::<Vec<_>>().join(" "),
        Value::Object(object) => {
            let texts = object.iter().filter(|(member, _)| *member != "type");
            texts.filter_map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
        }
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Fields with a title and a value, both texts.
fn convert_fields(attachment: &mut Map<String, Value>, mentioned: &mut Mentioned) {
    let Some(Value::Array(fields)) = attachment.shift_remove("fields") else { return };
    let fields = fields.into_iter().filter_map(|field| {
        let Value::Object(mut field) = field else { return None };
        let [title, value] = ["title", "value"].map(|member| {
            let text = field.shift_remove(member).as_ref().and_then(plain_text).unwrap_or_default();
            message_text(&text, mentioned)
        });
        if title.trim().is_empty() && value.trim().is_empty() {
            return None;
        }
        let short = field.shift_remove("short").filter(Value::is_boolean);
        let mut converted = Map::new();
        converted.insert("title".to_owned(), Value::from(title));
        converted.insert("value".to_owned(), Value::from(value));
        converted.extend(short.map(|short| ("short".to_owned(), short)));
        Some(Value::Object(converted))
    });
    let fields: Vec<_> = fields.collect();
    if !fields.is_empty() {
        attachment.insert("fields".to_owned(), Value::Array(fields));
    }
}

/// The other members as documents hold them: ids are texts, times dates, colours in hexadecimal; none is null.
fn convert_values(attachment: &mut Map<String, Value>) {
    set_text(attachment, "id", |id| match id {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    set_text(attachment, "color", |color| color.as_str().and_then(hexadecimal));
    if let Some(ts) = attachment.get_mut("ts") {
        match date(ts) {
            Some(date) => *ts = date,
            None => drop(attachment.shift_remove("ts")),
        }
    }
    remove_nulls(attachment);
}

fn remove_nulls(object: &mut Map<String, Value>) {
    object.retain(|_, value| !value.is_null());
    object.values_mut().for_each(remove_nulls_within);
}

fn remove_nulls_within(value: &mut Value) {
    match value {
        Value::Object(object) => remove_nulls(object),
        Value::Array(list) => {
            list.retain(|value| !value.is_null());
            list.iter_mut().for_each(remove_nulls_within);
        }
        _ => {}
    }
}

/// A colour as `#rgb` or `#rrggbb`. Slack also writes it without the sign, or by one of three names.
fn hexadecimal(color: &str) -> Option<String> {
    let color = color.trim();
    match color {
        "good" => return Some("#2eb886".to_owned()),
        "warning" => return Some("#daa038".to_owned()),
        "danger" => return Some("#a30200".to_owned()),
        _ => {}
    }
    let digits = color.strip_prefix('#').unwrap_or(color);
    let valid = matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| format!("#{digits}"))
}

/// Seconds since 1970 as a date.
fn date(seconds: &Value) -> Option<Value> {
    let seconds = match seconds {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(json!({ "$date": SlackTime::parse(&seconds)?.iso().0.to_string() }))
}

/// What a button or a menu says, and where it leads to.
fn action_text(action: &Value, mentioned: &mut Mentioned) -> String {
    let own = match (action.get("text").and_then(plain_text), text(action, "url")) {
        (Some(label), "") => unescaped(&label),
        (Some(label), address) => link(address, &label),
        (None, address) => unescaped(address),
    };
    let options = list(action, "options").iter().chain(list(action, "option_groups"));
    let options: Vec<_> = options.map(|option| anything(option, mentioned)).collect();
    lines(std::iter::once(own).chain(options))
}

/// What a message of a pinned message shows of it: its text and who wrote it.
pub(super) fn pinned(list: &str, item: &str, mentioned: &mut Mentioned) -> Option<Value> {
    let (list, item) = (value(list), value(item));
    let pinned = list.as_array().filter(|list| !list.is_empty()).map(|list| list.iter().collect());
    let pinned: Vec<_> = pinned.unwrap_or_else(|| item.get("message").or(item.get("file")).into_iter().collect());
    let message = pinned.first().and_then(|first| first.as_object())?;
    let author = ["author_subname", "author_name", "username"].into_iter().find_map(|name| member_text(message, name));
    let author = author.or_else(|| {
        let id = ["author_id", "user"].into_iter().find_map(|id| member_text(message, id))?;
        Some(message_text(&format!("<@{id}>"), mentioned))
    });
    let mut words = String::new();
    for message in &pinned {
        let mut files = Vec::new();
        let Some(message) = message.as_object() else { continue };
        let message = converted(message.clone(), 0, &mut files, mentioned).unwrap_or_default();
        if let Some(said) = ["text", "title", "fallback"].into_iter().find_map(|words| member_text(&message, words)) {
            add_lines(&mut words, &said);
        }
        for field in message.get("fields").and_then(Value::as_array).into_iter().flatten() {
            let said = ["title", "value"].map(|member| text(field, member)).into_iter().filter(|said| !said.is_empty());
            add_lines(&mut words, &said.collect::<Vec<_>>().join(": "));
        }
        // The file itself is where it was shared: its name says what was pinned.
        for file in &files {
            add_lines(
                &mut words,
                ["title", "name"]
                    .map(|name| text(file, name))
                    .into_iter()
                    .find(|name| !name.is_empty())
                    .unwrap_or_default(),
            );
        }
    }
    let mut shown = json!({ "text": words });
    if let (Some(author), Some(shown)) = (author, shown.as_object_mut()) {
        shown.insert("author_name".to_owned(), Value::from(author));
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_markdown_and_all_else_stays() {
        let list = json!([
            {
                "id": 1, "color": "36a64f", "pretext": "See <https://a.b|this>", "title": "R&amp;D", "title_link": "https://a.b/?x=1&y=2",
                "text": "Hello <@U1>", "fallback": "<https://a.b>", "mrkdwn_in": ["text"], "ts": "1355517523",
                "fields": [{"title": "Who", "value": "<@U2>", "short": true}, 7],
            },
            {"text": "", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "from <#C1|general>"}}], "ts": 1355517523.5},
            "x",
        ]);
        let mut mentioned = Mentioned::default();
        assert_eq!(
            Value::from(attachments(&list.to_string(), &mut mentioned).0),
            json!([
                {
                    "id": "1", "color": "#36a64f", "pretext": "See [this](https://a.b)", "title": "R&D",
                    "title_link": "https://a.b/?x=1&y=2", "text": "Hello @U1", "fallback": "https://a.b",
                    "ts": {"$date": "2012-12-14T20:38:43.000Z"}, "fields": [{"title": "Who", "value": "@U2", "short": true}],
                },
                {"text": "from #C1", "ts": {"$date": "2012-12-14T20:38:43.500Z"}},
            ])
        );
        assert_eq!((mentioned.users, mentioned.rooms), (vec!["U1".into(), "U2".into()], vec!["C1".into()]));
    }

    #[test]
    fn a_pinned_message_is_shown_with_its_author() {
        let pinned = |list: Value, item: Value| pinned(&list.to_string(), &item.to_string(), &mut Mentioned::default());
        assert_eq!(
            pinned(json!([{"text": "a &amp; b", "author_subname": "ann", "author_id": "U1"}]), json!(null)),
            Some(json!({"text": "a & b", "author_name": "ann"}))
        );
        assert_eq!(
            pinned(json!(null), json!({"type": "message", "message": {"text": "hi", "user": "U1"}})),
            Some(json!({"text": "hi", "author_name": "@U1"}))
        );
        let several = json!([
            {"text": "one", "title": "first", "fields": [{"title": "Due", "value": "May"}]},
            {"text": "two", "files": [{"id": "F1", "name": "map.png"}]},
        ]);
        assert_eq!(pinned(several, json!(null)), Some(json!({"text": "one\nDue: May\ntwo\nmap.png"})));
        let file = json!({"type": "file", "file": {"id": "F2", "title": "Doc title"}});
        assert_eq!(pinned(json!(null), file), Some(json!({"text": "Doc title"})));
        assert_eq!(pinned(json!([]), json!("x")), None);
    }
}
