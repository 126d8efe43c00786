//! The three characters that Slack writes as entities.

use memchr::memchr_iter;

const ENTITIES: [(&str, char); 3] = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];

/// The character that the entity at the start of a text stands for, and how long the entity is.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    ENTITIES.iter().find(|(entity, _)| text.starts_with(entity)).map(|(entity, character)| (*character, entity.len()))
}

/// The text with characters in the place of entities.
pub(crate) fn unescaped(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut kept = 0;
    for at in memchr_iter(b'&', text.as_bytes()) {
        if let Some((character, len)) = text.get(at..).and_then(entity) {
            unescaped.push_str(text.get(kept..at).unwrap_or_default());
            unescaped.push(character);
            kept = at + len;
        }
    }
    unescaped.push_str(text.get(kept..).unwrap_or_default());
    unescaped
}
