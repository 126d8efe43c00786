//! `rich_text`: a message as people write it, part by part.

use serde_json::Value;

use super::blocks::{anything, lines, list, text};
use super::text::{Mentioned, Output, emoji_name, with_skin_tone};
use super::timestamps::SlackTime;
use super::users::person;

/// The text of a block, or of an element of one.
pub(super) fn text_of(block: &Value, mentioned: &mut Mentioned) -> String {
    let mut writer = Writer { mentioned };
    match text(block, "type") {
        "rich_text" => lines(list(block, "elements").iter().map(|element| writer.rich(element))),
        _ => writer.rich(block),
    }
}

struct Writer<'a> {
    mentioned: &'a mut Mentioned,
}

impl Writer<'_> {
    /// A paragraph, a list, a quote or a block of code.
    fn rich(&mut self, element: &Value) -> String {
        match text(element, "type") {
            "rich_text_list" => self.list(element),
            "rich_text_quote" => {
                let quoted = self.section(element);
                lines(quoted.trim_end().split('\n').map(|line| format!("> {line}")))
            }
            "rich_text_preformatted" => {
                let code: String = list(element, "elements").iter().map(|part| self.plain(part)).collect();
                format!("```\n{}\n```", code.trim_end_matches('\n'))
            }
            "rich_text_section" => self.section(element),
            // Of a kind that is not known: it has parts, or words.
            _ if list(element, "elements").is_empty() => anything(element, self.mentioned),
            _ => self.section(element),
        }
    }

    fn list(&mut self, element: &Value) -> String {
        let indent = "    ".repeat(number(element, "indent").min(8) as usize);
        // Markdown's numbers have nine digits at most.
        let first = number(element, "offset").min(999_999_998) + 1;
        let ordered = text(element, "style") == "ordered";
        lines((first..).zip(list(element, "elements")).map(|(number, item)| {
            let point = if ordered { format!("{number}.") } else { "-".to_owned() };
            format!("{indent}{point} {}", self.rich(item).replace('\n', " "))
        }))
    }

    fn section(&mut self, element: &Value) -> String {
        let mut output = Output::new(64);
        for part in list(element, "elements") {
            let style = |name: &str| part.get("style").and_then(|style| style.get(name)) == Some(&Value::Bool(true));
            let code = style("code");
            let marks: Vec<_> =
                [("bold", "*"), ("italic", "_"), ("strike", "~")].iter().filter(|(name, _)| style(name)).collect();
            let marks: Vec<_> = marks.into_iter().map(|(_, mark)| *mark).collect();
            match text(part, "type") {
                "text" if code => output.push_code(text(part, "text")),
                "text" => output.push(&styled(text(part, "text"), &marks)),
                "user" | "channel" | "broadcast" | "usergroup" => {
                    let (sign, name) = self.mention(part);
                    output.push(&marks.concat());
                    output.push_mention(sign, &name);
                    output.push(&marks.iter().rev().copied().collect::<String>());
                }
                kind if kind.starts_with("rich_text") => output.push(&format!("\n{}\n", self.rich(part))),
                _ => output.push(&styled(&self.plain(part), &marks)),
            }
        }
        output.finish()
    }

    fn mention(&mut self, part: &Value) -> (char, String) {
        match text(part, "type") {
            "user" => {
                let id = person(text(part, "user_id"));
                self.mentioned.user(id);
                ('@', id.to_owned())
            }
            "channel" => {
                let id = text(part, "channel_id");
                self.mentioned.room(id);
                ('#', id.to_owned())
            }
            "broadcast" => {
                let name = if text(part, "range") == "here" { "here" } else { "all" };
                self.mentioned.user(name);
                ('@', name.to_owned())
            }
            _ => ('@', text(part, "usergroup_id").to_owned()),
        }
    }

    /// A part that is no mention.
    fn plain(&mut self, part: &Value) -> String {
        match text(part, "type") {
            "link" => match (text(part, "url"), text(part, "text")) {
                (url, "") => url.to_owned(),
                (url, label) => super::text::link(url, label),
            },
            "emoji" => match number(part, "skin_tone") {
                0 => emoji_name(text(part, "name")),
                tone => with_skin_tone(text(part, "name"), tone),
            },
            "date" => match text(part, "fallback") {
                "" => SlackTime::parse(&number(part, "timestamp").to_string())
                    .map_or_else(String::new, |time| time.iso().0.to_string()),
                fallback => fallback.to_owned(),
            },
            "color" => text(part, "value").to_owned(),
            "text" => text(part, "text").to_owned(),
            "user" | "channel" | "broadcast" | "usergroup" => {
                let (sign, name) = self.mention(part);
                format!("{sign}{name}")
            }
            _ => anything(part, self.mentioned),
        }
    }
}

/// The text between marks, line by line: no mark goes on over the end of a line or stands beside a blank.
pub(super) fn styled(text: &str, marks: &[&str]) -> String {
    if marks.is_empty() {
        return text.to_owned();
    }
    let opening = marks.concat();
    let closing: String = marks.iter().rev().copied().collect();
    let line = |line: &str| match line.trim() {
        "" => line.to_owned(),
        core => line.replacen(core, &format!("{opening}{core}{closing}"), 1),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn number(value: &Value, member: &str) -> u64 {
    value.get(member).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::blocks::text_with_blocks;
    use super::*;

    fn converted(blocks: Value) -> (String, Vec<String>, Vec<String>) {
        let mut mentioned = Mentioned::default();
        let text = text_with_blocks("", Some(&blocks.to_string()), &mut mentioned);
        (text, mentioned.users, mentioned.rooms)
    }

    fn section(elements: Value) -> Value {
        json!([{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}])
    }

    #[test]
    fn words_keep_their_style() {
        let (text, ..) = converted(section(json!([
            {"type": "text", "text": "plain "},
            {"type": "text", "text": "bold ", "style": {"bold": true}},
            {"type": "text", "text": "both\nlines", "style": {"bold": true, "italic": true}},
            {"type": "text", "text": " gone", "style": {"strike": true}},
            {"type": "text", "text": " & "},
            {"type": "text", "text": "x <y>", "style": {"code": true}},
        ])));
        assert_eq!(text, "plain *bold* *_both_*\n*_lines_* ~gone~ & `x <y>`");
    }

    #[test]
    fn mentions_are_written_by_import_id_and_listed() {
        let (text, users, rooms) = converted(section(json!([
            {"type": "user", "user_id": "U1"},
            {"type": "user", "user_id": "USLACKBOT", "style": {"bold": true}},
            {"type": "text", "text": "see"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "text", "text": ", "},
            {"type": "broadcast", "range": "channel"},
            {"type": "broadcast", "range": "here"},
            {"type": "usergroup", "usergroup_id": "S1"},
        ])));
        assert_eq!(text, "@U1*@rocket.cat*see #C1, @all @here @S1");
        assert_eq!(users, ["U1", "rocket.cat", "all", "here"]);
        assert_eq!(rooms, ["C1"]);
    }

    #[test]
    fn links_emoji_and_dates_are_written_out() {
        let (text, ..) = converted(section(json!([
            {"type": "link", "url": "https://a.b/?x=1&y=2"},
            {"type": "text", "text": " "},
            {"type": "link", "url": "https://a.b/(c)", "text": "label"},
            {"type": "emoji", "name": "wave", "skin_tone": 3},
            {"type": "emoji", "name": "memo", "unicode": "1f4dd"},
            {"type": "date", "timestamp": 1392734382, "format": "{date}", "fallback": "18 Feb"},
            {"type": "text", "text": " "},
            {"type": "date", "timestamp": 1392734382, "format": "{date}"},
            {"type": "color", "value": "#ff0000"},
            {"type": "something new"},
            {"type": "something else", "text": " words"},
        ])));
        assert_eq!(
            text,
            "https://a.b/?x=1&y=2 [label](https://a.b/%28c%29):wave_tone2::pencil:18 Feb 2014-02-18T14:39:42.000Z#ff0000 words"
        );
    }

    #[test]
    fn lists_quotes_and_code_have_lines_of_their_own() {
        let item = |text: &str| json!({"type": "rich_text_section", "elements": [{"type": "text", "text": text}]});
        let (text, ..) = converted(json!([{"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "To do:\n"}]},
            {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [item("one"), item("two")]},
            {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [item("three")]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said\nso"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "if x < 1 {\n}"}]},
        ]}]));
        assert_eq!(text, "To do:\n- one\n- two\n    3. three\n> said\n> so\n```\nif x < 1 {\n}\n```");
    }

    #[test]
    fn lists_that_are_said_to_be_far_on_or_far_in_stay_lists() {
        let item = json!({"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]});
        let inner = json!({"type": "rich_text_list", "style": "ordered", "indent": u64::MAX, "offset": u64::MAX,
            "elements": [item, item]});
        let (text, ..) = converted(json!([{"type": "rich_text", "elements": [
            {"type": "rich_text_list", "style": "ordered", "indent": -1, "offset": u64::MAX - 1, "elements": [inner, item]},
            {"type": "rich_text_list", "style": "ordered", "indent": 1.5, "offset": -7, "elements": [item]},
        ]}]));
        let eight = " ".repeat(32);
        assert_eq!(text, format!("999999999. {eight}999999999. one {eight}1000000000. one\n1000000000. one\n1. one"));
    }

    #[test]
    fn blocks_of_programs_are_text_too() {
        let (text, users, _) = converted(json!([
            {"type": "header", "text": {"type": "plain_text", "text": "Build &amp; test"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*failed*: <https://ci.example/1|build 1> for <@U1>"},
             "fields": [{"type": "mrkdwn", "text": "`main`"}]},
            {"type": "divider"},
            {"type": "context", "elements": [
                {"type": "image", "image_url": "https://x.y/z.png", "alt_text": "logo"},
                {"type": "plain_text", "text": "2 min"},
            ]},
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Retry"}}]},
        ]));
        assert_eq!(
            text,
            "*Build & test*\n*failed*: [build 1](https://ci.example/1) for @U1\n`main`\n[logo](https://x.y/z.png) 2 min\nRetry"
        );
        assert_eq!(users, ["U1"]);
    }

    #[test]
    fn what_pictures_films_and_buttons_lead_to_is_kept() {
        let (text, ..) = converted(json!([
            {"type": "image", "image_url": "https://x.y/cat.gif", "alt_text": "a cat"},
            {"type": "image", "slack_file": {"url": "https://x.y/dog.png"}, "alt_text": ""},
            {"type": "image", "alt_text": "gone"},
            {"type": "video", "video_url": "https://x.y/film", "title": {"type": "plain_text", "text": "Film"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "Run 7"},
             "accessory": {"type": "button", "url": "https://ci.example/7", "text": {"type": "plain_text", "text": "Open"}}},
            {"type": "actions", "elements": [
                {"type": "button", "url": "https://ci.example/8", "text": {"type": "plain_text", "text": "Again"}},
                {"type": "button", "text": {"type": "plain_text", "text": "No link"}},
            ]},
        ]));
        assert_eq!(
            text,
            "[a cat](https://x.y/cat.gif)\nhttps://x.y/dog.png\ngone\n[Film](https://x.y/film)\nRun 7\n\
             [Open](https://ci.example/7)\n[Again](https://ci.example/8)\nNo link"
        );
    }

    #[test]
    fn a_table_is_a_line_a_row() {
        let rich = |text: &str| {
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": text, "style": {"bold": true}}]},
            ]})
        };
        let raw = |text: &str| json!({"type": "raw_text", "text": text});
        let (text, ..) = converted(
            json!([{"type": "table", "rows": [[rich("Name"), rich("Tons")], [raw("Ann"), json!({"type": "raw_number", "value": 7})]]}]),
        );
        assert_eq!(text, "*Name* | *Tons*\nAnn | 7");
    }

    #[test]
    fn what_are_no_blocks_is_no_text() {
        for blocks in [json!(null), json!({}), json!([]), json!([1, "x", null, {"type": "rich_text", "elements": 1}])] {
            assert_eq!(converted(blocks), (String::new(), vec![], vec![]));
        }
    }
}
