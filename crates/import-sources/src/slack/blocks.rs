//! `blocks`: what programs and newer clients write beside a text, or in its place.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::rich_text;
use super::text::{Mentioned, link, message_text, unescaped};
use super::words::Words;
use crate::json::value;

/// What Slack writes in the place of a text that only the blocks have.
const PLACEHOLDERS: [&str; 6] = [
    "this message contains interactive elements",
    "this content can't be displayed",
    "this content cannot be displayed",
    "this message can't be displayed",
    "[no preview available]",
    "no preview available",
];

/// Members with words in them, in the order in which they are shown.
const LABELS: [&str; 14] = [
    "title",
    "text",
    "label",
    "alt_text",
    "name",
    "description",
    "hint",
    "placeholder",
    "fallback",
    "author_name",
    "provider_name",
    "initial_value",
    "initial_date",
    "initial_time",
];

/// Members with the address that something leads to.
const ADDRESSES: [&str; 7] = ["image_url", "video_url", "title_url", "join_url", "permalink", "url_private", "url"];

/// Members in which nothing is shown.
const UNSHOWN: [&str; 6] =
    ["style", "confirm", "filter", "dispatch_action_config", "initial_option", "initial_options"];

/// The text of a message, with the words that only its blocks have.
///
/// A text that says the same as the blocks is converted, and one that says less gives way to them. Where each has words
/// that the other lacks, the blocks that say something new follow the text.
pub(super) fn text_with_blocks(text: &str, blocks: Option<&str>, mentioned: &mut Mentioned) -> String {
    let Some(blocks) = blocks.filter(|blocks| blocks.starts_with('[')) else { return message_text(text, mentioned) };
    let said = if is_placeholder(text) { "" } else { text };
    if !said.is_empty() && !says_more(blocks, said) {
        return message_text(text, mentioned);
    }
    let mut of_blocks = Mentioned::default();
    let written = written(blocks, &mut of_blocks);
    if written.is_empty() {
        return message_text(text, mentioned);
    }
    let mut of_text = Mentioned::default();
    let said = message_text(said, &mut of_text);
    let all = written.join("\n");
    if said.trim().is_empty() || Words::of(&all).cover(&said) {
        mentioned.add(of_blocks);
        return all;
    }
    mentioned.add(of_text);
    let mut words = Words::of(&said);
    let new: Vec<_> = written.into_iter().filter(|block| block.lines().any(|line| !words.contain(line))).collect();
    if new.is_empty() {
        return said;
    }
    mentioned.add(of_blocks);
    format!("{}\n{}", said.trim_end_matches('\n'), new.join("\n"))
}

/// Whether this is one of the sentences that Slack writes in the place of a text.
pub(super) fn is_placeholder(text: &str) -> bool {
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return false;
    }
    let text = text.trim().trim_end_matches('.').to_lowercase().replace("&#39;", "'").replace('’', "'");
    PLACEHOLDERS.contains(&text.as_str())
}

/// What each block says that says anything.
fn written(blocks: &str, mentioned: &mut Mentioned) -> Vec<String> {
    let Value::Array(blocks) = value(blocks) else { return Vec::new() };
    let written = blocks.iter().map(|written| block(written, mentioned).trim_matches('\n').to_owned());
    written.filter(|text| !text.is_empty()).collect()
}

fn block(block: &Value, mentioned: &mut Mentioned) -> String {
    match text(block, "type") {
        "rich_text" => rich_text::text_of(block, mentioned),
        "header" => {
            rich_text::styled(&block.get("text").map(|text| words(text, mentioned)).unwrap_or_default(), &["*"])
        }
        "context" => {
            let shown: Vec<_> = list(block, "elements").iter().map(|element| anything(element, mentioned)).collect();
            shown.iter().map(|shown| shown.trim()).filter(|shown| !shown.is_empty()).collect::<Vec<_>>().join(" ")
        }
        "markdown" => text(block, "text").to_owned(),
        "table" => {
            let rows: Vec<_> = list(block, "rows").iter().map(|cells| row(cells, mentioned)).collect();
            lines(rows.into_iter())
        }
        _ => anything(block, mentioned),
    }
}

/// The cells of a row of a table, which Slack gives no header.
fn row(row: &Value, mentioned: &mut Mentioned) -> String {
    let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
    let cells: Vec<_> = cells.iter().map(|cell| anything(cell, mentioned).replace('\n', " ")).collect();
    cells.join(" | ")
}

/// A text, or an object that is one: with markup or without.
fn words(value: &Value, mentioned: &mut Mentioned) -> String {
    match value {
        Value::String(text) => unescaped(text),
        Value::Number(number) => number.to_string(),
        Value::Object(_) => match text(value, "type") {
            "mrkdwn" => message_text(text(value, "text"), mentioned),
            "plain_text" | "raw_text" => unescaped(text(value, "text")),
            _ => anything(value, mentioned),
        },
        _ => String::new(),
    }
}

/// Whatever is shown of a value, known or not: its words, where it leads to, and all that is within it.
pub(super) fn anything(value: &Value, mentioned: &mut Mentioned) -> String {
    let object = match value {
        Value::Array(list) => {
            let each: Vec<_> = list.iter().map(|value| anything(value, mentioned)).collect();
            return lines(each.into_iter());
        }
        Value::Object(object) => object,
        _ => return String::new(),
    };
    match text(value, "type") {
        "mrkdwn" | "plain_text" | "raw_text" => return words(value, mentioned),
        "raw_number" => {
            let number = ["text", "value"].into_iter().find_map(|member| object.get(member));
            return number.map(|number| words(number, mentioned)).unwrap_or_default();
        }
        kind if kind.starts_with("rich_text") && object.contains_key("elements") => {
            return rich_text::text_of(value, mentioned);
        }
        _ => {}
    }
    let file = object.get("slack_file");
    let address = ADDRESSES.iter().map(|member| text(value, member)).find(|address| !address.is_empty());
    let address = address.or_else(|| file.map(|file| text(file, "url")).filter(|url| !url.is_empty()));
    let mut shown: Vec<String> = Vec::new();
    for member in LABELS {
        let label = object.get(member).map(|label| words(label, mentioned)).unwrap_or_default();
        // The name of what has a title is for programs.
        let said = member == "name" && !shown.is_empty() || shown.contains(&label);
        if !label.trim().is_empty() && !said {
            shown.push(label);
        }
    }
    match (address, shown.first_mut()) {
        (Some(address), Some(label)) if !label.contains('\n') && !label.contains("](") => {
            // The label is unescaped already.
            *label = link(address, &label.replace('&', "&amp;"));
        }
        (Some(address), _) => shown.push(unescaped(address)),
        (None, _) => {}
    }
    let inside = object.iter().filter(|(member, value)| {
        let known = LABELS.contains(&member.as_str()) || UNSHOWN.contains(&member.as_str());
        !known && *member != "slack_file" && (value.is_object() || value.is_array())
    });
    for (_, value) in inside {
        shown.push(anything(value, mentioned));
    }
    lines(shown.into_iter())
}

/// What is not empty of these, each on a line of its own.
pub(super) fn lines(parts: impl Iterator<Item = String>) -> String {
    let parts = parts.map(|part| part.trim_end_matches('\n').to_owned()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

pub(super) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether blocks may have words that a text lacks. Most messages have the same in both, so nothing is built of the
/// blocks here: their words are looked for in the text as they are read.
fn says_more(blocks: &str, text: &str) -> bool {
    let text = Words::of(&unescaped(text));
    let mut json = serde_json::Deserializer::from_str(blocks);
    Comparison { text, unescaped: String::new() }.deserialize(&mut json).is_err()
}

/// Reads blocks up to the first words that the text lacks, which are an error.
struct Comparison {
    text: Words,
    unescaped: String,
}

impl Comparison {
    fn deserialize<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        Part { comparison: self, shown: false }.deserialize(deserializer)
    }

    fn check<E: Error>(&mut self, words: &str) -> Result<(), E> {
        let there = if words.contains('&') {
            self.unescaped = unescaped(words);
            self.text.contain(&self.unescaped)
        } else {
            self.text.contain(words)
        };
        if there { Ok(()) } else { Err(E::custom("words that the text lacks")) }
    }
}

/// A part of the blocks; a text in it counts where it is one that is shown.
struct Part<'c> {
    comparison: &'c mut Comparison,
    shown: bool,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: Error>(self, words: &str) -> Result<(), E> {
        if self.shown { self.comparison.check(words) } else { Ok(()) }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        if self.shown { self.comparison.check(&number.to_string()) } else { Ok(()) }
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Part { comparison: self.comparison, shown: self.shown })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(member) = object.next_key_seed(Member)? {
            match member {
                Shown::Not => drop(object.next_value::<IgnoredAny>()?),
                Shown::Within => object.next_value_seed(Part { comparison: self.comparison, shown: false })?,
                Shown::AsWords => object.next_value_seed(Part { comparison: self.comparison, shown: true })?,
            }
        }
        Ok(())
    }
}

/// What is shown of a member.
enum Shown {
    Not,
    Within,
    AsWords,
}

/// Reads the name of a member.
struct Member;

impl<'de> DeserializeSeed<'de> for Member {
    type Value = Shown;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shown, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Member {
    type Value = Shown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Shown, E> {
        Ok(match name {
            "type" | "block_id" | "action_id" | "unicode" | "skin_tone" | "timestamp" | "format" => Shown::Not,
            "user_id" | "channel_id" | "usergroup_id" | "value" => Shown::AsWords,
            name if UNSHOWN.contains(&name) => Shown::Not,
            name if LABELS.contains(&name) || ADDRESSES.contains(&name) => Shown::AsWords,
            _ => Shown::Within,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(text: &str, blocks: Value) -> String {
        text_with_blocks(text, Some(&blocks.to_string()), &mut Mentioned::default())
    }

    fn plain(text: &str) -> Value {
        json!({"type": "plain_text", "text": text})
    }

    #[test]
    fn every_kind_of_block_is_written_out() {
        let button = json!({"type": "button", "text": plain("Open"), "url": "https://a.example/1", "value": "unseen"});
        let menu = json!({"type": "static_select", "placeholder": plain("Choose"), "action_id": "unseen",
            "options": [{"text": plain("Red"), "value": "r"}, {"text": plain("Blue"), "value": "b", "description": plain("like the sea")}]});
        for (block, expected) in [
            (
                json!({"type": "section", "text": plain("Who?"), "accessory": menu}),
                "Who?\nChoose\nRed\nBlue\nlike the sea",
            ),
            (
                json!({"type": "actions", "elements": [button, {"type": "button", "text": plain("No"), "confirm": {"title": plain("Sure?")}}]}),
                "[Open](https://a.example/1)\nNo",
            ),
            (
                json!({"type": "image", "title": plain("The map"), "alt_text": "a map", "image_url": "https://a.example/m.png"}),
                "[The map](https://a.example/m.png)\na map",
            ),
            (
                json!({"type": "video", "title": plain("Film"), "description": plain("of the sea"), "video_url": "https://a.example/v",
                "title_url": "https://a.example/t", "author_name": "Ann"}),
                "[Film](https://a.example/v)\nof the sea\nAnn",
            ),
            (
                json!({"type": "input", "label": plain("Name"), "hint": plain("in full"), "element": {"type": "plain_text_input",
                "initial_value": "Ann"}}),
                "Name\nin full\nAnn",
            ),
            (
                json!({"type": "call", "call": {"v1": {"name": "Stand-up", "join_url": "https://a.example/call"}}}),
                "[Stand-up](https://a.example/call)",
            ),
            (
                json!({"type": "file", "file": {"title": "plan.pdf", "permalink": "https://a.example/f"}}),
                "[plan.pdf](https://a.example/f)",
            ),
            (json!({"type": "markdown", "text": "**new** things"}), "**new** things"),
            (
                json!({"type": "something new", "text": "words", "title": plain("Title"), "items": [{"label": "more"}, 7, null]}),
                "Title\nwords\nmore",
            ),
            (json!({"type": "divider"}), "said"),
            (json!(null), "said"),
        ] {
            let text = if expected == "said" { "said" } else { "" };
            assert_eq!(shown(text, json!([block])), expected, "{block}");
        }
    }

    #[test]
    fn text_and_blocks_are_joined_and_nothing_is_there_twice() {
        let header = json!({"type": "header", "text": plain("Build 42")});
        let more = json!({"type": "section", "text": {"type": "mrkdwn", "text": "*on* main"}});
        assert_eq!(shown("Build 42", json!([header, more])), "*Build 42*\n*on* main");
        assert_eq!(shown("Build 42 failed", json!([header, more])), "Build 42 failed\n*on* main");
        assert_eq!(shown("Build 42 on main failed", json!([header, more])), "Build 42 on main failed");
        assert_eq!(shown("hi &amp; bye", json!([{"type": "section", "text": plain("hi &amp; bye")}])), "hi & bye");
    }

    #[test]
    fn placeholders_give_way_to_the_blocks() {
        let blocks = json!([{"type": "section", "text": plain("words")}]);
        for text in [
            "This content can't be displayed.",
            "This content can’t be displayed.",
            "This message contains interactive elements.",
        ] {
            assert_eq!(shown(text, blocks.clone()), "words");
            assert_eq!(shown(text, json!([])), text);
        }
    }

    #[test]
    fn what_are_no_blocks_leaves_the_text() {
        for blocks in ["null", "{}", "\"x\"", "7", "[", "[1, null, \"x\", [[]]]"] {
            assert_eq!(text_with_blocks("said", Some(blocks), &mut Mentioned::default()), "said");
        }
        let cut = r#"[{"type": "section", "text": {"type": "plain_text", "text": "cut \ud83d off"}}]"#;
        assert_eq!(text_with_blocks("", Some(cut), &mut Mentioned::default()), "cut \u{fffd} off");
    }
}
