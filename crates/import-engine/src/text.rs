//! A message's text: import ids of mentions become names, links are found.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// Members of an attachment, and of its fields, that are text in which somebody can be mentioned.
const TEXTS: [&str; 7] = ["text", "pretext", "title", "value", "fallback", "footer", "author_name"];

/// What the import ids that a message mentions are called in the workspace.
pub(crate) struct MentionNames<'n> {
    /// Import ids of users and their usernames.
    pub(crate) users: HashMap<&'n str, &'n str>,
    /// Import ids of rooms and their slugs.
    pub(crate) rooms: HashMap<&'n str, &'n str>,
}

impl MentionNames<'_> {
    /// The text with usernames and slugs in the place of import ids. Code stays as it is.
    pub(crate) fn replace(&self, text: &str) -> String {
        if self.users.is_empty() && self.rooms.is_empty() {
            return text.to_owned();
        }
        let mut replaced = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Code(code) => replaced.push_str(code),
                Piece::Text(text) => {
                    let text = replace_mentions(text, '@', &self.users);
                    replaced.push_str(&replace_mentions(&text, '#', &self.rooms));
                }
            }
        }
        replaced
    }

    /// An attachment with its texts so replaced.
    pub(crate) fn replace_in(&self, attachment: &Value) -> Value {
        let mut attachment = attachment.clone();
        if !self.users.is_empty() || !self.rooms.is_empty() {
            self.replace_texts(&mut attachment);
        }
        attachment
    }

    fn replace_texts(&self, attachment: &mut Value) {
        let Value::Object(members) = attachment else { return };
        for (member, value) in members {
            match value {
                Value::String(text) if TEXTS.contains(&member.as_str()) => *text = self.replace(text),
                Value::Array(fields) if member == "fields" => {
                    for field in fields {
                        self.replace_texts(field);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A piece of Markdown.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    /// With its backticks.
    Code(&'t str),
}

/// The text and the code of a message. Backticks that nothing closes are text, and a single one closes on its line.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find('`') {
        let open = at + found;
        let fence = if text[open..].starts_with("```") { "```" } else { "`" };
        let inside = &text[open + fence.len()..];
        let within = if fence == "`" { inside.split('\n').next().unwrap_or_default() } else { inside };
        let Some(end) = within.find(fence) else {
            at = open + fence.len();
            continue;
        };
        let close = open + 2 * fence.len() + end;
        pieces.push(Piece::Text(&text[start..open]));
        pieces.push(Piece::Code(&text[open..close]));
        (start, at) = (close, close);
    }
    pieces.push(Piece::Text(&text[start..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Replaces `sign` followed by a whole identifier that `names` knows by `sign` and its name.
///
/// An identifier ends where the longest one that `names` knows ends and no further letter, digit, `-`, `_` or `.` plus
/// letter follows: `@U12` is not the beginning of `@U123`.
fn replace_mentions(text: &str, sign: char, names: &HashMap<&str, &str>) -> String {
    if names.is_empty() || !text.contains(sign) {
        return text.to_owned();
    }
    let mut replaced = String::with_capacity(text.len());
    let longest = names.keys().map(|id| id.len()).max().unwrap_or_default();
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find(sign) {
        let (head, tail) = rest.split_at(at);
        replaced.push_str(head);
        before = head.chars().next_back().or(before);
        let after = &tail[sign.len_utf8()..];
        // An underscore before the sign begins italics. What stands in angle brackets was written so: a source takes those
        // of its own mentions away.
        let joined = before.is_some_and(|before| before.is_alphanumeric() || matches!(before, '-' | '<'));
        let known = if joined { None } else { identifier(after, names, longest) };
        replaced.push(sign);
        match known {
            Some((id, name)) => {
                replaced.push_str(name);
                rest = &after[id.len()..];
                before = id.chars().next_back();
            }
            None => {
                rest = after;
                before = Some(sign);
            }
        }
    }
    replaced.push_str(rest);
    replaced
}

/// The longest known identifier that `text` begins with, as a whole; `longest` bytes has the longest of all.
fn identifier<'n>(text: &str, names: &HashMap<&'n str, &'n str>, longest: usize) -> Option<(&'n str, &'n str)> {
    let beginning = &text[..text.floor_char_boundary(longest)];
    let ends = beginning.char_indices().rev().map(|(at, character)| at + character.len_utf8());
    ends.filter(|end| may_end(&text[*end..]))
        .find_map(|end| names.get_key_value(&text[..end]))
        .map(|(id, name)| (*id, *name))
}

/// Whether an identifier may end where `rest` follows.
fn may_end(rest: &str) -> bool {
    let mut following = rest.chars();
    match following.next() {
        // A full stop ends a sentence, and an underscore italics, as often as it joins an identifier.
        Some('.' | '_') => !following.next().is_some_and(char::is_alphanumeric),
        Some(next) => !(next.is_alphanumeric() || next == '-'),
        None => true,
    }
}

/// The `http` and `https` links of a text, each once, in order; punctuation after a link and the bracket of a Markdown
/// link do not belong to it.
pub(crate) fn links(text: &str) -> Vec<&str> {
    let mut links: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let candidate = &rest[at..];
        let scheme = ["https://", "http://"].into_iter().find(|scheme| candidate.starts_with(scheme));
        let Some(scheme) = scheme else {
            rest = &candidate["http".len()..];
            continue;
        };
        // A closing bracket belongs to a link only where the link opened one.
        let mut open = 0_u32;
        let ends = |character: char| match character {
            '(' => {
                open += 1;
                false
            }
            ')' if open == 0 => true,
            ')' => {
                open -= 1;
                false
            }
            '<' | '>' | '"' | '`' | '|' | '[' | ']' => true,
            other => other.is_whitespace(),
        };
        let mut link = &candidate[..candidate.find(ends).unwrap_or(candidate.len())];
        link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~']);
        if link.len() > scheme.len() && seen.insert(link) {
            links.push(link);
        }
        rest = &candidate[link.len().max(scheme.len())..];
    }
    links
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn mentions(text: &str) -> String {
        replace_mentions(text, '@', &HashMap::from([("U12", "ann"), ("U123", "bob"), ("a.b", "c"), ("a", "z")]))
    }

    #[test]
    fn whole_identifiers_are_replaced_and_others_left() {
        assert_eq!(mentions("@U12 and @U123, @U1234! @U12."), "@ann and @bob, @U1234! @ann.");
        assert_eq!(mentions("mail@U12 stays, (@U12) does not"), "mail@U12 stays, (@ann) does not");
        assert_eq!(mentions("@a.b @a. @a.c @a-b"), "@c @z. @a.c @a-b");
        assert_eq!(mentions("@@U12 @"), "@@ann @");
        assert_eq!(mentions("_@U12_ and _@U12 waves_, @U12_3"), "_@ann_ and _@ann waves_, @U12_3");
        assert_eq!(mentions("é@U12"), "é@U12");
        assert_eq!(mentions("nothing"), "nothing");
    }

    #[test]
    fn code_and_what_was_written_in_angle_brackets_stay_as_they_are() {
        let names = MentionNames { users: HashMap::from([("U1", "ann")]), rooms: HashMap::from([("C1", "general")]) };
        for (text, replaced) in [
            ("@U1 and `@U1` and <@U1>", "@ann and `@U1` and <@U1>"),
            ("```\n@U1 ` #C1\n``` @U1 #C1", "```\n@U1 ` #C1\n``` @ann #general"),
            ("a ` alone @U1\n` @U1", "a ` alone @ann\n` @ann"),
            ("``` never closed @U1", "``` never closed @ann"),
            ("`a`@U1`b`", "`a`@ann`b`"),
            ("<#C1> #C1", "<#C1> #general"),
        ] {
            assert_eq!(names.replace(text), replaced);
        }
    }

    #[test]
    fn many_backticks_are_no_trouble() {
        let text = "`\n".repeat(100_000);
        assert_eq!(pieces(&text), [Piece::Text(&text)]);
        let fences = "``` ".repeat(100_001);
        // Every second one closes the one before; the last is never closed.
        assert_eq!(pieces(&fences).len(), 100_000);
    }

    #[test]
    fn whoever_an_attachment_mentions_has_a_name_in_its_texts_alone() {
        let names = MentionNames { users: HashMap::from([("U1", "ann")]), rooms: HashMap::from([("C1", "general")]) };
        let attachment = json!({
            "text": "@U1 in #C1", "author_name": "@U1", "title_link": "https://a.b/@U1", "ts": 7,
            "fields": [{"title": "by @U1", "value": "#C1", "short": true}, "@U1"],
        });
        assert_eq!(
            names.replace_in(&attachment),
            json!({
                "text": "@ann in #general", "author_name": "@ann", "title_link": "https://a.b/@U1", "ts": 7,
                "fields": [{"title": "by @ann", "value": "#general", "short": true}, "@U1"],
            })
        );
    }

    #[test]
    fn links_end_before_punctuation_and_brackets() {
        assert_eq!(
            links(
                "see https://a.b/c?d=1. (http://x.y/z) [l](https://m.n/o_(p)) https://a.b/c?d=1 httpx http:// <https://q.r|s>"
            ),
            ["https://a.b/c?d=1", "http://x.y/z", "https://m.n/o_(p)", "https://q.r"]
        );
    }

    #[test]
    fn links_in_a_text_full_of_brackets_are_found_in_one_pass() {
        // A second look at what follows each bracket would take hours.
        let text = "http://a) ".repeat(10) + &"http://b)".repeat(1_000_000);
        assert_eq!(links(&text), ["http://a", "http://b"]);
    }

    proptest! {
        #[test]
        fn any_text_is_handled(text in ".*") {
            for link in links(&text) {
                prop_assert!(text.contains(link));
            }
            let unchanged = replace_mentions(&text, '@', &HashMap::from([("a", "a")]));
            prop_assert_eq!(unchanged, text);
        }
    }
}
