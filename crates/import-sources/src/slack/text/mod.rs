//! Slack's markup as Rocket.Chat's Markdown, in one pass over the text.
//!
//! Bold, italics and strike-through mean the same in both and stay. What stands in angle brackets is replaced: links,
//! mentions, dates. In code nothing is but the brackets themselves and the three entities.

mod brackets;
mod code;
mod emoji;
mod entities;
mod output;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use memchr::{memchr, memchr2, memchr3};

pub(super) use self::brackets::link;
use self::brackets::{Bracketed, Brackets};
pub(super) use self::emoji::{emoji_name, with_skin_tone};
pub(crate) use self::entities::unescaped;
pub(super) use self::output::Output;
use super::users::person;

/// Whom and what a message mentions: import ids, each once, in the order in which they first appear.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    pub(super) users: Vec<String>,
    pub(super) rooms: Vec<String>,
    /// What the text labels users and rooms with.
    pub(super) names: BTreeMap<String, String>,
    seen: HashSet<(char, String)>,
}

impl Mentioned {
    /// `all` and `here` stand for themselves.
    pub(super) fn user(&mut self, id: &str) {
        if self.seen.insert(('@', id.to_owned())) {
            self.users.push(id.to_owned());
        }
    }

    pub(super) fn room(&mut self, id: &str) {
        if self.seen.insert(('#', id.to_owned())) {
            self.rooms.push(id.to_owned());
        }
    }

    /// What a user or room is called where it is mentioned. The first name counts.
    fn name(&mut self, id: &str, label: Option<&str>, sign: char) {
        if let Some(label) = label.map(|label| label.trim_start_matches(sign).trim()).filter(|label| !label.is_empty())
        {
            self.names.entry(id.to_owned()).or_insert_with(|| unescaped(label));
        }
    }

    /// Adds what another text mentions.
    pub(super) fn add(&mut self, other: Self) {
        other.users.iter().for_each(|id| self.user(id));
        other.rooms.iter().for_each(|id| self.room(id));
        for (id, name) in other.names {
            self.names.entry(id).or_insert(name);
        }
    }
}

/// How mentions are written.
enum Names<'a> {
    /// By import id, and noted.
    Ids(&'a mut Mentioned),
    /// By what Slack labels them with.
    Labels,
}

impl Names<'_> {
    /// A mention of a user, without its sign.
    fn user<'t>(&mut self, id: &'t str, label: Option<&'t str>) -> &'t str {
        let id = person(id);
        match self {
            Self::Ids(mentioned) => {
                mentioned.user(id);
                mentioned.name(id, label, '@');
                id
            }
            Self::Labels => label.map_or(id, |label| label.trim_start_matches('@')),
        }
    }

    /// A mention of a room, without its sign.
    fn room<'t>(&mut self, id: &'t str, label: Option<&'t str>) -> &'t str {
        match self {
            Self::Ids(mentioned) => {
                mentioned.room(id);
                mentioned.name(id, label, '#');
                id
            }
            Self::Labels => {
                label.map(|label| label.trim_start_matches('#')).filter(|label| !label.is_empty()).unwrap_or(id)
            }
        }
    }

    /// A mention of everybody.
    fn everybody(&mut self, name: &'static str) {
        if let Self::Ids(mentioned) = self {
            mentioned.user(name);
        }
    }
}

/// The text of a message; `@<import id>` and `#<import id>` stand for users and rooms, which are noted.
pub(super) fn message_text(text: &str, mentioned: &mut Mentioned) -> String {
    convert(text, Names::Ids(mentioned))
}

/// The text of something that mentions are not looked up in.
pub(super) fn label_text(text: &str) -> String {
    convert(text, Names::Labels)
}

fn convert(text: &str, names: Names<'_>) -> String {
    if memchr3(b'<', b'&', b':', text.as_bytes()).is_none() && memchr(b'`', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let conversion = Conversion {
        text,
        at: 0,
        brackets: Brackets::default(),
        no_more_fences: false,
        quoting: false,
        names,
        output: Output::new(text.len()),
    };
    conversion.run()
}

/// A text that is being converted.
struct Conversion<'a> {
    text: &'a str,
    at: usize,
    brackets: Brackets,
    /// Whether it is known that no code block closes any more.
    no_more_fences: bool,
    /// Within `>>>`, which quotes all that follows.
    quoting: bool,
    names: Names<'a>,
    output: Output,
}

impl<'a> Conversion<'a> {
    fn run(mut self) -> String {
        loop {
            let rest = self.rest();
            let special = rest.bytes().position(|byte| matches!(byte, b'<' | b'&' | b':' | b'`' | b'\n'));
            let Some((plain, at)) = special.and_then(|at| Some((rest.get(..at)?, at))) else {
                self.output.push(rest);
                return self.output.finish();
            };
            self.output.push(plain);
            self.at += at;
            let done = match self.byte(0) {
                Some(b'<') => self.bracketed(),
                Some(b'&') => self.quote() || self.entity(),
                Some(b':') => self.emoji(),
                Some(b'`') => self.code(),
                _ => self.line_break(),
            };
            if !done {
                let one = self.rest().get(..1).unwrap_or_default();
                self.output.push(one);
                self.at += 1;
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn line_break(&mut self) -> bool {
        if self.quoting {
            self.output.push("\n> ");
            self.at += 1;
        }
        self.quoting
    }

    fn entity(&mut self) -> bool {
        let Some((character, len)) = entities::entity(self.rest()) else { return false };
        self.output.push_char(character);
        self.at += len;
        true
    }

    /// Three closing brackets at the start of a line quote all that follows.
    fn quote(&mut self) -> bool {
        const QUOTE: &str = "&gt;&gt;&gt;";
        let starts_line = self.at == 0 || self.text.as_bytes().get(self.at - 1) == Some(&b'\n');
        if self.quoting || !starts_line || !self.rest().starts_with(QUOTE) {
            return false;
        }
        self.quoting = true;
        self.output.push("> ");
        self.at += QUOTE.len() + usize::from(self.byte(QUOTE.len()) == Some(b' '));
        true
    }

    fn emoji(&mut self) -> bool {
        let Some((replaced, len)) = emoji::replaced(self.rest()) else { return false };
        self.output.push(&replaced);
        self.at += len;
        true
    }

    /// What stands in angle brackets. A bracket that does not close, or holds nothing of Slack's, is a character.
    fn bracketed(&mut self) -> bool {
        let Some((content, bracketed)) = self.brackets.at(self.text, self.at) else {
            let dropped = brackets::is_dropped(self.rest());
            self.at += usize::from(dropped);
            return dropped;
        };
        self.at += content.len() + 2;
        match bracketed {
            Bracketed::Link { url, label: None } => self.output.push(&brackets::shown_url(url)),
            Bracketed::Link { url, label: Some(label) } => self.output.push(&brackets::link(url, label)),
            Bracketed::User { id, label } => {
                let name = self.names.user(id, label);
                self.output.push_mention('@', name);
            }
            Bracketed::Room { id, label } => {
                let name = self.names.room(id, label);
                self.output.push_mention('#', name);
            }
            Bracketed::Everybody(name) => {
                self.names.everybody(name);
                self.output.push_mention('@', name);
            }
            Bracketed::Group(name) => self.output.push_mention('@', &unescaped(name)),
            Bracketed::Other(text) => self.output.push(&text),
        }
        true
    }

    fn code(&mut self) -> bool {
        const FENCE: &str = "```";
        if let Some(inside) = self.rest().strip_prefix(FENCE) {
            let end = if self.no_more_fences { None } else { inside.find(FENCE) };
            self.no_more_fences = end.is_none();
            let Some(content) = end.and_then(|end| inside.get(..end)).filter(|content| !content.is_empty()) else {
                self.output.push(FENCE);
                self.at += FENCE.len();
                return true;
            };
            self.at += content.len() + 2 * FENCE.len();
            let followed = self.byte(0).is_some_and(|byte| byte != b'\n');
            self.output.push_block(&code::content(content), followed);
            return true;
        }
        // Within a word it is an apostrophe.
        let before = self.text.get(..self.at).and_then(|before| before.chars().next_back());
        let line = self.rest().get(1..).unwrap_or_default();
        if before.is_some_and(char::is_alphanumeric) && line.starts_with(char::is_alphanumeric) {
            return false;
        }
        let end = memchr2(b'`', b'\n', line.as_bytes()).filter(|&end| line.as_bytes().get(end) == Some(&b'`'));
        match end.and_then(|end| line.get(..end)).filter(|content| !content.is_empty()) {
            Some(content) => {
                self.output.push_code(&code::content(content));
                self.at += content.len() + 2;
                true
            }
            None => false,
        }
    }
}
