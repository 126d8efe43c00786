//! What it means to import a message that is there already, as a pure function, so that every store means the same.
//!
//! The record is the authority on the fields that it brings. What it does not bring stays, and so does what the workspace
//! added since: replies, reactions, the files that were fetched, and the traces that fetching them left.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::equal::{equal, instant};

/// Merges a message into the one with its `_id`. True where that changed anything; where nothing but `_updatedAt` would
/// change, nothing is changed.
///
/// - A field that `incoming` brings takes its value; one that it lacks stays.
/// - A message whose file comes with the record, and was not there before, is shown from now on.
/// - Fetched files stay: `_importFile.downloaded`, `_importFile.rocketChatUrl`, the `downloadUrl` that was fetched, and
///   attachments that point at a file of the workspace. `_hidden` is never set on a message that is shown.
/// - Reactions are joined, emoji by emoji, and so are the `replies` of a thread; `tcount` and `tlm` only grow. The
///   usernames in `gone` leave the reactions that the record brings without them: see [`other_reactors`].
/// - Links that are there stay as they are; mentions keep what the workspace knows of them beyond the record.
pub fn merge_message(existing: &mut Map<String, Value>, incoming: &Map<String, Value>, gone: &HashSet<String>) -> bool {
    let mut changed = brings_file(existing, incoming) && existing.shift_remove("_hidden").is_some();
    for (field, value) in incoming {
        let merged = match field.as_str() {
            "_id" | "_updatedAt" | "_hidden" => continue,
            "_importFile" => merge_file(existing.get(field), value),
            "attachments" => merge_attachments(existing, value),
            "reactions" => merge_reactions(existing.get(field), value, gone),
            "replies" => union(existing.get(field), value),
            "tcount" | "tlm" => greater(existing.get(field), value),
            "urls" => merge_urls(existing.get(field), value),
            "mentions" | "channels" => enrich(existing.get(field), value, "_id"),
            _ => value.clone(),
        };
        if !existing.get(field).is_some_and(|there| equal(there, &merged)) {
            existing.insert(field.clone(), merged);
            changed = true;
        }
    }
    if let Some(updated_at) = incoming.get("_updatedAt").filter(|_| changed) {
        existing.insert("_updatedAt".into(), updated_at.clone());
    }
    changed
}

/// Whether a file of the workspace stands for this pending file already.
fn is_fetched(file: &Map<String, Value>) -> bool {
    file.get("downloaded") == Some(&Value::Bool(true)) || file.get("rocketChatUrl").is_some_and(|url| !url.is_null())
}

/// Whether the record's file is fetched and that of the message is not.
fn brings_file(existing: &Map<String, Value>, incoming: &Map<String, Value>) -> bool {
    let fetched =
        |message: &Map<String, Value>| message.get("_importFile").and_then(Value::as_object).is_some_and(is_fetched);
    fetched(incoming) && !fetched(existing)
}

fn merge_file(existing: Option<&Value>, incoming: &Value) -> Value {
    let (Some(Value::Object(existing)), Value::Object(incoming)) = (existing, incoming) else {
        return incoming.clone();
    };
    let fetched = is_fetched(existing);
    let mut merged = existing.clone();
    for (field, value) in incoming {
        let stays = match field.as_str() {
            "downloaded" | "rocketChatUrl" => merged.contains_key(field),
            // An export of another day has other addresses for the same file: of use only while it is not here.
            "downloadUrl" => fetched,
            _ => false,
        };
        if !stays {
            merged.insert(field.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

/// The record's attachments, then those that were fetched.
fn merge_attachments(existing: &Map<String, Value>, incoming: &Value) -> Value {
    let (Some(Value::Array(there)), Value::Array(brought)) = (existing.get("attachments"), incoming) else {
        return incoming.clone();
    };
    let url = existing.get("_importFile").and_then(|file| file.get("rocketChatUrl")).and_then(Value::as_str);
    let (fetched, own): (Vec<&Value>, Vec<&Value>) =
        there.iter().partition(|attachment| is_fetched_attachment(attachment, url));
    if own.len() == brought.len() && own.iter().zip(brought).all(|(own, brought)| equal(own, brought)) {
        return Value::Array(there.clone());
    }
    let mut merged = brought.clone();
    let is_new = |fetched: &&Value| !brought.iter().any(|own| equal(own, fetched) || shows_same_file(own, fetched));
    merged.extend(fetched.into_iter().filter(is_new).cloned());
    Value::Array(merged)
}

/// Whether both attachments show one file of the workspace, whatever else they say of it.
fn shows_same_file(one: &Value, other: &Value) -> bool {
    let link = |attachment: &Value| attachment.get("title_link").and_then(Value::as_str).map(str::to_owned);
    link(one).is_some_and(|one| one.starts_with("/file-upload/") && Some(one) == link(other))
}

/// Whether an attachment shows a file of the workspace: the fetched one at `url`, or any under the path of its uploads.
fn is_fetched_attachment(attachment: &Value, url: Option<&str>) -> bool {
    ["title_link", "image_url", "audio_url", "video_url"]
        .into_iter()
        .filter_map(|field| attachment.get(field).and_then(Value::as_str))
        .any(|link| Some(link) == url || link.starts_with("/file-upload/") || link.starts_with("/ufs/"))
}

/// Whom the reactions of a message name beside those that the record names for the same emoji: people who reacted in the
/// workspace. Or a placeholder user whom the record knows as a person now: then [`stands_for_nobody`] is true, and the
/// username belongs among those that are gone.
pub fn other_reactors<'a>(
    existing: &'a Map<String, Value>,
    incoming: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    let reactions = |message: &'a Map<String, Value>| message.get("reactions").and_then(Value::as_object);
    let there = reactions(existing);
    let both = reactions(incoming).into_iter().flatten().filter_map(move |(emoji, brought)| {
        let usernames = |reaction: &'a Value| reaction.get("usernames").and_then(Value::as_array);
        Some((usernames(there?.get(emoji)?)?, usernames(brought)?))
    });
    both.flat_map(|(there, brought)| there.iter().filter(|name| !brought.contains(name)).filter_map(Value::as_str))
}

/// Whether a user is a placeholder that no import id stands for any more: somebody else has them.
pub fn stands_for_nobody(user: &Map<String, Value>) -> bool {
    let is_placeholder = user.get("importServer").is_some_and(|own| own.get("placeholder") == Some(&Value::Bool(true)));
    is_placeholder && user.get("importIds").and_then(Value::as_array).is_none_or(Vec::is_empty)
}

/// Everybody who reacted, emoji by emoji.
fn merge_reactions(existing: Option<&Value>, incoming: &Value, gone: &HashSet<String>) -> Value {
    let (Some(Value::Object(existing)), Value::Object(incoming)) = (existing, incoming) else {
        return incoming.clone();
    };
    let mut merged = existing.clone();
    for (emoji, reaction) in incoming {
        match (merged.get_mut(emoji), reaction.get("usernames")) {
            (Some(Value::Object(there)), Some(usernames)) => {
                let mut all = union(there.get("usernames"), usernames);
                if let (Value::Array(all), Value::Array(brought)) = (&mut all, usernames) {
                    all.retain(|name| brought.contains(name) || !name.as_str().is_some_and(|name| gone.contains(name)));
                }
                there.insert("usernames".into(), all);
            }
            _ => {
                merged.insert(emoji.clone(), reaction.clone());
            }
        }
    }
    Value::Object(merged)
}

/// What is there, then what is new.
pub(crate) fn union(existing: Option<&Value>, incoming: &Value) -> Value {
    let (Some(Value::Array(existing)), Value::Array(incoming)) = (existing, incoming) else { return incoming.clone() };
    let mut merged = existing.clone();
    for value in incoming {
        if !merged.contains(value) {
            merged.push(value.clone());
        }
    }
    Value::Array(merged)
}

/// The greater number or the later date.
pub(crate) fn greater(existing: Option<&Value>, incoming: &Value) -> Value {
    let Some(existing) = existing else { return incoming.clone() };
    let stays = match (instant(existing), instant(incoming)) {
        (Some(existing), Some(incoming)) => existing >= incoming,
        _ => existing.as_u64().zip(incoming.as_u64()).is_some_and(|(existing, incoming)| existing >= incoming),
    };
    if stays { existing.clone() } else { incoming.clone() }
}

/// The incoming links. One that is there stays as it is: the record knows the address alone.
fn merge_urls(existing: Option<&Value>, incoming: &Value) -> Value {
    let (Some(Value::Array(existing)), Value::Array(incoming)) = (existing, incoming) else { return incoming.clone() };
    let merged = incoming.iter().map(|link| {
        let same = |there: &&Value| there.get("url").is_some() && there.get("url") == link.get("url");
        existing.iter().find(same).unwrap_or(link).clone()
    });
    Value::Array(merged.collect())
}

/// The incoming elements, each with the fields that only the existing one of the same `key` has.
fn enrich(existing: Option<&Value>, incoming: &Value, key: &str) -> Value {
    let (Some(Value::Array(existing)), Value::Array(incoming)) = (existing, incoming) else { return incoming.clone() };
    let enriched = incoming.iter().map(|element| {
        let there = existing.iter().find(|there| there.get(key).is_some() && there.get(key) == element.get(key));
        match (there, element) {
            (Some(Value::Object(there)), Value::Object(element)) => {
                let mut merged = there.clone();
                merged.extend(element.clone());
                Value::Object(merged)
            }
            _ => element.clone(),
        }
    });
    Value::Array(enriched.collect())
}

#[cfg(test)]
mod tests;
