//! The text of a message: HTML as Markdown, commands as what they did, names as mentions.

use std::collections::HashSet;

use memchr::memchr_iter;

use super::users::MentionNames;
use crate::html;

/// Names that stand for everybody, and for everybody who is there.
const EVERYBODY: [&str; 2] = ["all", "here"];

/// A text in Markdown, with `@<import id>` for whom it mentions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) text: String,
    /// Import ids, each once, in the order in which they first appear; `all` and `here` stand for themselves.
    pub(super) mentions: Vec<String>,
}

/// Converts a message of which `format` says whether it is `html` or `text`. One that does not say is HTML if it looks so.
pub(super) fn converted(message: &str, format: Option<&str>, names: &MentionNames) -> Converted {
    if let Some(code) = command(message, "/code") {
        let text =
            if code.contains("```") { code.to_owned() } else { format!("```\n{}\n```", code.trim_matches('\n')) };
        return Converted { text, mentions: Vec::new() };
    }
    let italic = command(message, "/me");
    let quoted = command(message, "/quote");
    let body = italic.or(quoted).unwrap_or(message);
    let html = match format {
        Some(format) => format.eq_ignore_ascii_case("html"),
        None => html::is_html(body),
    };
    let text = if html { html::to_markdown(body) } else { body.to_owned() };
    let Converted { text, mentions } = mentioned(&text, names);
    let each_line = |change: fn(&str) -> String| text.split('\n').map(change).collect::<Vec<_>>().join("\n");
    let text = match (italic, quoted) {
        // Signs of Markdown hold within a line.
        (Some(_), _) => each_line(|line| match line.trim() {
            "" => String::new(),
            line => format!("_{line}_"),
        }),
        (_, Some(_)) => each_line(|line| format!("> {line}")),
        _ => text,
    };
    Converted { text, mentions }
}

/// What stands behind a command at the start of a message.
fn command<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.strip_prefix(name)?.strip_prefix([' ', '\n']).filter(|rest| !rest.trim().is_empty())
}

/// Finds `@name` outside of code.
fn mentioned(text: &str, names: &MentionNames) -> Converted {
    let mut converted = Converted::default();
    let mut seen = HashSet::new();
    let mut kept = 0;
    let mut code = Code::default();
    for at in memchr_iter(b'@', text.as_bytes()) {
        let (before, sign_and_rest) = text.split_at(at);
        let joined = |last: char| last.is_alphanumeric() || "@#./-+&=%".contains(last);
        if code.is_at(text, at) || before.chars().next_back().is_some_and(joined) {
            continue;
        }
        let rest = sign_and_rest.get(1..).unwrap_or_default();
        let Some((len, id)) = name_at(rest, names) else { continue };
        converted.text.push_str(text.get(kept..=at).unwrap_or_default());
        converted.text.push_str(id);
        if seen.insert(id) {
            converted.mentions.push(id.to_owned());
        }
        // What joins the id would make another of it.
        if rest.get(len..).is_some_and(|behind| behind.starts_with('-')) {
            converted.text.push(' ');
        }
        kept = at + 1 + len;
    }
    converted.text.push_str(text.get(kept..).unwrap_or_default());
    converted
}

/// Who is named at the start of a text: the length of the name, and the import id.
fn name_at<'n>(text: &str, names: &'n MentionNames) -> Option<(usize, &'n str)> {
    /// Bytes of a name at most.
    const LONGEST: usize = 200;
    let is_of_name = |next: char| next.is_alphanumeric() || matches!(next, '-' | '_' | '.');
    let end = text.find(|next| !is_of_name(next)).unwrap_or(text.len());
    let mut name = text.get(..end).filter(|name| name.len() <= LONGEST)?;
    // Signs at its end may be the sentence's.
    loop {
        let everybody = EVERYBODY.into_iter().find(|everybody| name.eq_ignore_ascii_case(everybody));
        if let Some(id) = everybody.or_else(|| names.get(name)) {
            return Some((name.len(), id));
        }
        name = name.strip_suffix(['-', '_', '.']).filter(|name| !name.is_empty())?;
    }
}

/// Follows the code in a text, from its start on.
#[derive(Default)]
struct Code {
    /// Up to where the text was looked at.
    at: usize,
    /// The end of the last piece of code that was found.
    end: usize,
}

impl Code {
    /// Whether this place, behind those that were asked for before, is in code.
    fn is_at(&mut self, text: &str, place: usize) -> bool {
        while self.at < place {
            let Some(start) = text.get(self.at..place).and_then(|text| text.find('`')) else {
                self.at = place;
                break;
            };
            let start = self.at + start;
            let fence = if text.get(start..).is_some_and(|text| text.starts_with("```")) { "```" } else { "`" };
            let inside = start + fence.len();
            let rest = text.get(inside..).unwrap_or_default();
            let line = if fence == "`" { rest.split('\n').next().unwrap_or_default() } else { rest };
            match line.find(fence) {
                Some(len) => {
                    self.end = inside + len + fence.len();
                    self.at = self.end;
                }
                None => self.at = inside,
            }
        }
        place < self.end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> MentionNames {
        let mut names = MentionNames::default();
        for user in [
            r#"{"User": {"id": 7, "mention_name": "ann", "is_deleted": true}}"#,
            r#"{"User": {"id": 1, "mention_name": "Ann"}}"#,
            r#"{"User": {"id": "2", "mention_name": "bob-b."}}"#,
            r#"{"User": {"id": 3, "mention_name": "Åse"}}"#,
            r#"{"User": {"id": 4}}"#,
        ] {
            names.note(user);
        }
        names
    }

    fn text(message: &str, format: Option<&str>) -> String {
        converted(message, format, &names()).text
    }

    #[test]
    fn people_are_mentioned_by_their_ids() {
        for (message, expected, mentions) in [
            ("@ann, @Bob-B. and @ÅSE!", "@1, @2 and @3!", vec!["1", "2", "3"]),
            ("@ANN @ann.", "@1 @1.", vec!["1"]),
            ("@all @HERE", "@all @here", vec!["all", "here"]),
            ("_@ann_ (@ann) @ann's", "_@1_ (@1) @1's", vec!["1"]),
            ("@ann- @ann_", "@1 - @1_", vec!["1"]),
            ("@annie @nobody a@ann.example @@ann @ @.", "@annie @nobody a@ann.example @@ann @ @.", vec![]),
            ("`@ann` ```\n@ann\n``` ` @ann", "`@ann` ```\n@ann\n``` ` @1", vec!["1"]),
        ] {
            let converted = converted(message, Some("text"), &names());
            assert_eq!(
                (converted.text.as_str(), converted.mentions),
                (expected, mentions.into_iter().map(str::to_owned).collect())
            );
        }
    }

    #[test]
    fn html_becomes_markdown_where_it_is_html() {
        assert_eq!(text("<b>@ann</b> &amp; co", Some("html")), "**@1** & co");
        assert_eq!(text("<b>@ann</b> &amp; co", Some("text")), "<b>@1</b> &amp; co");
        assert_eq!(text("<b>@ann</b> &amp; co", None), "**@1** & co");
        assert_eq!(text("a < b &amp; <c>", None), "a < b &amp; <c>");
        assert_eq!(text("<code>@ann</code>", Some("HTML")), "`@ann`");
    }

    #[test]
    fn commands_become_what_they_did() {
        assert_eq!(text("/me waves at @ann", None), "_waves at @1_");
        assert_eq!(text("/me one\n\ntwo ", None), "_one_\n\n_two_");
        assert_eq!(text("/me is <b>bold</b>", Some("html")), "_is **bold**_");
        assert_eq!(text("/code let a = <b>1</b>; // @ann", None), "```\nlet a = <b>1</b>; // @ann\n```");
        assert_eq!(text("/quote one\n@ann", None), "> one\n> @1");
        for plain in ["/me", "/me ", "/meow", "see /me that", "/codes x"] {
            assert_eq!(text(plain, None), plain);
        }
    }

    #[test]
    fn a_text_full_of_signs_takes_no_longer_than_it_is() {
        for piece in ["`@ann ", "@", "@ann-", "``` @ann ", "`\n@ann"] {
            let message = piece.repeat(200_000 / piece.len());
            assert!(text(&message, None).len() <= 2 * message.len());
        }
    }

    #[test]
    fn a_text_that_mentions_a_hundred_thousand_people_is_read_at_once() {
        let mut names = MentionNames::default();
        for id in 0..100_000 {
            names.note(&format!(r#"{{"User": {{"id": {id}, "mention_name": "u{id}"}}}}"#));
        }
        let message: String = (0..200_000).map(|nth| format!("@u{} ", nth % 100_000)).collect();
        let converted = converted(&message, Some("text"), &names);
        assert_eq!(converted.mentions.len(), 100_000);
        assert_eq!(converted.mentions[..2], ["0", "1"]);
    }

    proptest! {
        #[test]
        fn any_text_is_taken(message in "[@`\\-_./a-d<> \né]{0,40}", html in any::<bool>()) {
            converted(&message, Some(if html { "html" } else { "text" }), &names());
        }
    }
}
