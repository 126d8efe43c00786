//! The elements of HTML, by what becomes of them.

/// What an element is to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Bold,
    Italic,
    Strike,
    Code,
    Preformatted,
    Link,
    Image,
    Break,
    Rule,
    Paragraph,
    /// Begins and ends a line, and says nothing else.
    Block,
    /// With its level, from 1.
    Heading(u8),
    Quote,
    List,
    NumberedList,
    Item,
    Table,
    Row,
    Cell,
    /// What is in it is not shown.
    Hidden,
    /// What is in it is shown as any text.
    Plain,
}

/// Elements that are nothing but their contents.
const PLAIN: [&str; 44] = [
    "abbr", "acronym", "address", "area", "audio", "base", "bdi", "bdo", "big", "button", "caption", "col", "colgroup",
    "data", "dfn", "embed", "fieldset", "font", "form", "frame", "iframe", "input", "ins", "label", "legend", "link",
    "map", "mark", "meta", "object", "option", "param", "q", "rp", "rt", "ruby", "select", "small", "source", "span",
    "sub", "sup", "u", "video",
];
const BLOCKS: [&str; 22] = [
    "article",
    "aside",
    "body",
    "center",
    "dd",
    "details",
    "dl",
    "div",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "header",
    "html",
    "main",
    "nav",
    "section",
    "summary",
    "tbody",
    "tfoot",
    "thead",
    "textarea",
];

impl Element {
    /// The element with this name; `None` where HTML has none.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        Some(match lower.as_str() {
            "b" | "strong" => Self::Bold,
            "i" | "em" | "cite" | "var" => Self::Italic,
            "s" | "strike" | "del" => Self::Strike,
            "code" | "tt" | "kbd" | "samp" => Self::Code,
            "pre" => Self::Preformatted,
            "a" => Self::Link,
            "img" => Self::Image,
            "br" | "wbr" => Self::Break,
            "hr" => Self::Rule,
            "p" => Self::Paragraph,
            "h1" => Self::Heading(1),
            "h2" => Self::Heading(2),
            "h3" => Self::Heading(3),
            "h4" | "h5" | "h6" => Self::Heading(4),
            "blockquote" => Self::Quote,
            "ul" | "menu" | "dir" => Self::List,
            "ol" => Self::NumberedList,
            "li" => Self::Item,
            "table" => Self::Table,
            "tr" => Self::Row,
            "td" | "th" => Self::Cell,
            "script" | "style" | "head" | "title" | "template" => Self::Hidden,
            plain if PLAIN.contains(&plain) => Self::Plain,
            block if BLOCKS.contains(&block) => Self::Block,
            _ => return None,
        })
    }

    /// Whether it never has contents.
    pub(super) fn is_void(self) -> bool {
        matches!(self, Self::Image | Self::Break | Self::Rule)
    }

    /// Whether it is part of a line.
    pub(super) fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Bold | Self::Italic | Self::Strike | Self::Code | Self::Link | Self::Plain | Self::Image | Self::Cell
        )
    }
}
