//! Attachments: kept as they are, with their texts in Markdown.

use serde_json::{Map, Value, json};

use super::rich_text::blocks_text;
use super::rooms::RoomIndex;
use super::text::{Mentioned, message_text};
use super::timestamps::SlackTime;

/// Members that hold text with markup.
const TEXTS: [&str; 5] = ["text", "pretext", "title", "fallback", "footer"];
/// Members that only Slack's own clients can show.
const SLACK_ONLY: [&str; 4] = ["blocks", "message_blocks", "mrkdwn_in", "actions"];

/// The attachments of a message; what is no object is none.
pub(super) fn attachments(list: &str, rooms: &RoomIndex, mentioned: &mut Mentioned) -> Vec<Value> {
    let Ok(Value::Array(list)) = serde_json::from_str(list) else { return Vec::new() };
    let objects = list.into_iter().filter_map(|attachment| match attachment {
        Value::Object(attachment) => Some(attachment),
        _ => None,
    });
    objects.map(|attachment| Value::Object(converted(attachment, rooms, mentioned))).collect()
}

fn converted(mut attachment: Map<String, Value>, rooms: &RoomIndex, mentioned: &mut Mentioned) -> Map<String, Value> {
    let has_text = attachment.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if let Some(blocks) = attachment.get("blocks").filter(|_| !has_text) {
        let text = blocks_text(&blocks.to_string(), rooms, mentioned);
        if !text.is_empty() {
            attachment.insert("text".to_owned(), Value::from(text));
        }
        convert_texts(&mut attachment, TEXTS.get(1..).unwrap_or_default(), rooms, mentioned);
    } else {
        convert_texts(&mut attachment, &TEXTS, rooms, mentioned);
    }
    for member in SLACK_ONLY {
        attachment.shift_remove(member);
    }
    if let Some(Value::Array(fields)) = attachment.get_mut("fields") {
        for field in fields.iter_mut().filter_map(Value::as_object_mut) {
            convert_texts(field, &["title", "value"], rooms, mentioned);
        }
    }
    if let Some(ts) = attachment.get_mut("ts")
        && let Some(time) = time(ts)
    {
        *ts = time;
    }
    attachment
}

fn convert_texts(object: &mut Map<String, Value>, members: &[&str], rooms: &RoomIndex, mentioned: &mut Mentioned) {
    for member in members {
        if let Some(Value::String(text)) = object.get_mut(*member) {
            *text = message_text(text, rooms, mentioned);
        }
    }
}

/// Seconds since 1970 as the time that they are.
fn time(seconds: &Value) -> Option<Value> {
    let seconds = match seconds {
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    Some(Value::from(SlackTime::parse(&seconds)?.iso().0.to_string()))
}

/// What a message of a pinned message shows of it: its text and who wrote it.
pub(super) fn pinned(list: &str, item: &str, rooms: &RoomIndex, mentioned: &mut Mentioned) -> Option<Value> {
    let list: Value = serde_json::from_str(list).unwrap_or_default();
    let item: Value = serde_json::from_str(item).unwrap_or_default();
    let attachment = list.get(0);
    let message = attachment.or(item.get("message")).filter(|pinned| pinned.is_object())?;
    let text = |member: &str| message.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = ["author_subname", "author_name", "username"].into_iter().find_map(text).map(str::to_owned);
    let author = name.or_else(|| {
        let id = ["author_id", "user"].into_iter().find_map(text)?;
        Some(message_text(&format!("<@{id}>"), rooms, mentioned))
    });
    let pinned = text("text").or(text("fallback")).unwrap_or_default();
    let mut shown = json!({ "text": message_text(pinned, rooms, mentioned) });
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
            Value::from(attachments(&list.to_string(), &RoomIndex::default(), &mut mentioned)),
            json!([
                {
                    "id": 1, "color": "36a64f", "pretext": "See [this](https://a.b)", "title": "R&D",
                    "title_link": "https://a.b/?x=1&y=2", "text": "Hello @U1", "fallback": "https://a.b",
                    "ts": "2012-12-14T20:38:43.000Z", "fields": [{"title": "Who", "value": "@U2", "short": true}, 7],
                },
                {"text": "from #general", "ts": "2012-12-14T20:38:43.500Z"},
            ])
        );
        assert_eq!((mentioned.users, mentioned.rooms), (vec!["U1".into(), "U2".into()], vec!["C1".into()]));
    }

    #[test]
    fn a_pinned_message_is_shown_with_its_author() {
        let pinned = |list: Value, item: Value| {
            pinned(&list.to_string(), &item.to_string(), &RoomIndex::default(), &mut Mentioned::default())
        };
        assert_eq!(
            pinned(json!([{"text": "a &amp; b", "author_subname": "ann", "author_id": "U1"}]), json!(null)),
            Some(json!({"text": "a & b", "author_name": "ann"}))
        );
        assert_eq!(
            pinned(json!(null), json!({"type": "message", "message": {"text": "hi", "user": "U1"}})),
            Some(json!({"text": "hi", "author_name": "@U1"}))
        );
        assert_eq!(pinned(json!([]), json!("x")), None);
    }
}
