//! HTML that programs and people wrote into messages, as Rocket.Chat's Markdown.
//!
//! It is not to be trusted: tags may be unclosed, crossed, nested without end, or no tags at all. Whatever it is, one pass
//! over it gives a text that is not much longer, and in time that grows with its length alone.

mod elements;
mod entities;
mod markdown;
mod tokens;

#[cfg(test)]
mod tests;

use self::elements::Element;
use self::markdown::Writer;
use self::tokens::{Token, Tokens};

/// The text of a piece of HTML in Markdown.
pub(crate) fn to_markdown(html: &str) -> String {
    let mut writer = Writer::default();
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => writer.text(&entities::decoded(text)),
            Token::Open(element, tag) => writer.open(element, &tag),
            Token::Close(element) => writer.close(element),
        }
    }
    writer.finish()
}

/// Whether a text that does not say what it is looks like HTML: an element opens and closes in it, or a line is broken.
pub(crate) fn is_html(text: &str) -> bool {
    if !text.contains('<') {
        return false;
    }
    let mut opened = Vec::new();
    for token in Tokens::new(text) {
        match token {
            Token::Open(Element::Break | Element::Image | Element::Rule, _) => return true,
            Token::Open(element, _) if !opened.contains(&element) => opened.push(element),
            Token::Close(element) if opened.contains(&element) => return true,
            _ => {}
        }
    }
    false
}
