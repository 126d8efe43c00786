//! HTML as texts and tags.

use memchr::{memchr, memmem};

use super::elements::Element;
use super::entities;

/// Values in quotes that one tag can have.
const MOST_QUOTED: usize = 64;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text as it stands, entities included.
    Text(&'a str),
    Open(Element, Tag<'a>),
    Close(Element),
}

/// The tag that opens an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    attributes: &'a str,
}

/// Goes over HTML once. What looks like a tag and names no element of HTML is text.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// What the rest is known to have no more of: looking for it again and again would take long.
    no_more: NoMore,
}

#[derive(Default)]
struct NoMore {
    comment_ends: bool,
    double_quotes: bool,
    single_quotes: bool,
    hidden_ends: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html, no_more: NoMore::default() }
    }

    /// Takes so many bytes.
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// The tag or comment at the start of the rest: how long it is, and what it stands for.
    fn tag(&mut self) -> Option<(usize, Option<Token<'a>>)> {
        let inside = self.rest.get(1..)?;
        if inside.starts_with("!--") {
            return Some((self.comment_len()?, None));
        }
        if inside.starts_with(['!', '?']) {
            return Some((self.tag_len(1)?, None));
        }
        let (closes, name_at) = if inside.starts_with('/') { (true, 2) } else { (false, 1) };
        let named = self.rest.get(name_at..)?;
        let name_len = named.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
        let name = named.get(..name_len)?;
        let behind = named.as_bytes().get(name_len)?;
        if !matches!(behind, b'>' | b'/') && !behind.is_ascii_whitespace() {
            return None;
        }
        // No element has a longer name; without this a long word would be copied to be compared.
        let element = Some(name).filter(|name| name.len() <= 10).and_then(Element::of)?;
        let len = self.tag_len(name_at + name_len)?;
        if closes {
            return Some((len, Some(Token::Close(element))));
        }
        let attributes = self.rest.get(name_at + name_len..len - 1)?;
        if element == Element::Hidden
            && let Some(end) = self.hidden_end(len, name)
        {
            return Some((end, None));
        }
        Some((len, Some(Token::Open(element, Tag { attributes }))))
    }

    /// The length of the tag at the start of the rest, from byte `at` of it on. A `>` in the value of an attribute that
    /// stands in quotes does not end it; another `<` outside of one shows that it is none.
    fn tag_len(&mut self, mut at: usize) -> Option<usize> {
        let bytes = self.rest.as_bytes();
        let mut quoted = 0;
        let mut after_sign = false;
        loop {
            let byte = *bytes.get(at)?;
            at += 1;
            match byte {
                b'>' => return Some(at),
                b'<' => return None,
                b'"' | b'\'' if after_sign && quoted < MOST_QUOTED => {
                    let no_more =
                        if byte == b'"' { &mut self.no_more.double_quotes } else { &mut self.no_more.single_quotes };
                    // A quote that does not close is a character.
                    if !*no_more {
                        match memchr(byte, bytes.get(at..)?) {
                            Some(end) => at += end + 1,
                            None => *no_more = true,
                        }
                    }
                    quoted += 1;
                    after_sign = false;
                }
                b'=' => after_sign = true,
                blank if blank.is_ascii_whitespace() => {}
                _ => after_sign = false,
            }
        }
    }

    fn comment_len(&mut self) -> Option<usize> {
        if self.no_more.comment_ends {
            return None;
        }
        let end = memmem::find(self.rest.as_bytes(), b"-->");
        self.no_more.comment_ends = end.is_none();
        end.map(|end| end + 3)
    }

    /// Where the hidden element whose first tag has this length ends. One that does not end is not hidden.
    fn hidden_end(&mut self, tag: usize, name: &str) -> Option<usize> {
        let mut at = tag;
        while !self.no_more.hidden_ends {
            let Some(found) = memmem::find(self.rest.as_bytes().get(at..)?, b"</") else {
                self.no_more.hidden_ends = true;
                break;
            };
            at += found + 2;
            let behind = self.rest.get(at..)?;
            if behind.get(..name.len()).is_some_and(|closed| closed.eq_ignore_ascii_case(name)) {
                return Some(at + memchr(b'>', behind.as_bytes())? + 1);
            }
        }
        None
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if !self.rest.starts_with('<') {
                let len = memchr(b'<', self.rest.as_bytes()).unwrap_or(self.rest.len());
                return Some(Token::Text(self.take(len)));
            }
            match self.tag() {
                Some((len, token)) => {
                    self.take(len);
                    if token.is_some() {
                        return token;
                    }
                }
                None => return Some(Token::Text(self.take(1))),
            }
        }
    }
}

impl Tag<'_> {
    /// The value of an attribute, without blanks around it.
    pub(super) fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '"' | '\''));
            let end =
                rest.find(|next: char| next.is_ascii_whitespace() || matches!(next, '=' | '/')).unwrap_or(rest.len());
            let (name, behind) = rest.split_at_checked(end)?;
            if name.is_empty() && !behind.starts_with('=') {
                return None;
            }
            let behind = behind.trim_ascii_start();
            let Some(value) = behind.strip_prefix('=') else {
                rest = behind;
                continue;
            };
            let value = value.trim_ascii_start();
            let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
            let (value, behind) = match quote.and_then(|quote| value.get(1..)?.split_once(quote)) {
                Some(quoted) => quoted,
                None => value.split_at(value.find(|next: char| next.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(entities::decoded(value.trim_matches(['"', '\''])).trim().to_owned());
            }
            rest = behind;
        }
    }
}
