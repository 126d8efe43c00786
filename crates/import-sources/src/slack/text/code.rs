//! Code: every character stays, but for entities and Slack's own brackets, which nobody wrote.

use std::borrow::Cow;

use memchr::memchr2;

use super::brackets::{Brackets, is_dropped};
use super::entities::entity;

/// What was written between the backticks.
pub(super) fn content(text: &str) -> Cow<'_, str> {
    if memchr2(b'<', b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut content = String::with_capacity(text.len());
    let mut brackets = Brackets::default();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr2(b'<', b'&', rest.as_bytes())) {
        content.push_str(text.get(at..at + found).unwrap_or_default());
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        if let Some((character, len)) = entity(rest) {
            content.push(character);
            at += len;
        } else if let Some((inside, bracketed)) = brackets.at(text, at) {
            content.push_str(&bracketed.plain());
            at += inside.len() + 2;
        } else {
            if !is_dropped(rest) {
                content.push_str(rest.get(..1).unwrap_or_default());
            }
            at += 1;
        }
    }
    content.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(content)
}
