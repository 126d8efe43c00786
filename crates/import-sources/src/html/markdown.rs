//! The Markdown that is being written: a piece of text for each element that is open.

use super::elements::Element;
use super::tokens::Tag;

/// How many elements can be open at once. Tags of further ones are passed over.
const DEEPEST: usize = 48;
/// How many lists or quotes move their lines to the right.
const MOST_INDENTED: usize = 4;

/// An element that is open.
struct Open {
    element: Element,
    text: String,
    /// Of a link.
    address: Option<String>,
    /// Of a numbered list: items so far.
    items: usize,
}

#[derive(Default)]
pub(super) struct Writer {
    /// What is in no element.
    text: String,
    open: Vec<Open>,
}

impl Writer {
    pub(super) fn finish(mut self) -> String {
        while let Some(last) = self.open.pop() {
            self.write(last);
        }
        let lines: Vec<&str> = self.text.trim_matches(is_blank).split('\n').map(str::trim_end).collect();
        lines.join("\n")
    }

    fn is_open(&self, element: Element) -> bool {
        self.open.iter().any(|open| open.element == element)
    }

    fn current(&mut self) -> &mut String {
        self.open.last_mut().map_or(&mut self.text, |open| &mut open.text)
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.is_open(Element::Preformatted) {
            self.current().push_str(text);
            return;
        }
        let inline = self.open.last().is_some_and(|open| open.element.is_inline());
        let current = self.current();
        for next in text.chars() {
            // One blank stands for many, and for line breaks; none begins a line.
            if !next.is_ascii_whitespace() {
                current.push(if next == '\u{a0}' { ' ' } else { next });
            } else if (inline && current.is_empty()) || current.chars().next_back().is_some_and(|last| !is_blank(last))
            {
                current.push(' ');
            }
        }
    }

    pub(super) fn open(&mut self, element: Element, tag: &Tag<'_>) {
        match element {
            Element::Break => self.line_break(),
            Element::Rule => self.block("---", 1),
            Element::Image => self.image(tag),
            _ => {
                // Of these one that begins ends the one before.
                if let Some(before) = self.ended_by(element) {
                    self.close(before);
                }
                let doubled = element.is_inline() && element != Element::Plain && self.is_open(element);
                if self.open.len() < DEEPEST && !doubled {
                    let address = if element == Element::Link { tag.attribute("href").and_then(address) } else { None };
                    self.open.push(Open { element, text: String::new(), address, items: 0 });
                }
            }
        }
    }

    /// The open element that cannot hold this one.
    fn ended_by(&self, element: Element) -> Option<Element> {
        let within = |outer: &[Element]| {
            let inner =
                self.open.iter().rev().map(|open| open.element).find(|open| *open == element || outer.contains(open));
            inner.filter(|inner| *inner == element)
        };
        match element {
            Element::Paragraph => within(&[Element::Item, Element::Quote, Element::Cell, Element::Table]),
            Element::Item => within(&[Element::List, Element::NumberedList]),
            Element::Row => within(&[Element::Table]),
            Element::Cell => within(&[Element::Row, Element::Table]),
            Element::Link => within(&[]),
            _ => None,
        }
    }

    /// Ends the innermost element of this sort, and what is open within.
    pub(super) fn close(&mut self, element: Element) {
        if element.is_void() {
            if element == Element::Break {
                self.line_break();
            }
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.element == element) else { return };
        while self.open.len() > at {
            if let Some(last) = self.open.pop() {
                self.write(last);
            }
        }
    }

    fn line_break(&mut self) {
        let preformatted = self.is_open(Element::Preformatted);
        let current = self.current();
        if !preformatted {
            current.truncate(current.trim_end_matches(' ').len());
        }
        current.push('\n');
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let label = tag.attribute("alt").or_else(|| tag.attribute("title")).unwrap_or_default();
        let shown = match tag.attribute("src").and_then(address) {
            Some(address) => format!("![{}]({address})", in_brackets(&label)),
            None => label,
        };
        self.append(&shown);
    }

    /// Adds text to a line. Two blanks become one.
    fn append(&mut self, text: &str) {
        let current = self.current();
        let starts_line = current.chars().next_back().is_some_and(is_blank);
        current.push_str(if starts_line { text.trim_start_matches(' ') } else { text });
    }

    /// Adds lines of their own, with so many line breaks around them.
    fn block(&mut self, text: &str, breaks: usize) {
        let text = text.trim_matches('\n').trim_end();
        let current = self.current();
        current.truncate(current.trim_end_matches(' ').len());
        if text.is_empty() {
            return;
        }
        break_lines(current, breaks);
        current.push_str(text);
        break_lines(current, breaks);
    }

    /// Writes an element that ended into the one around it.
    fn write(&mut self, ended: Open) {
        let Open { element, text, address, .. } = ended;
        if self.is_open(Element::Preformatted) {
            return self.current().push_str(&text);
        }
        match element {
            Element::Bold => self.append(&marked(&text, "**")),
            Element::Italic => self.append(&marked(&text, "_")),
            Element::Strike => self.append(&marked(&text, "~")),
            Element::Code => self.code(&text),
            Element::Preformatted => {
                let text = text.strip_prefix('\n').unwrap_or(&text).trim_end();
                let fenced = format!("```\n{text}\n```");
                // Fences within would end it.
                self.block(if text.trim().is_empty() || text.contains("```") { text } else { &fenced }, 1);
            }
            Element::Link => self.append(&linked(&text, address)),
            Element::Heading(level) => {
                let title = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let signs = "#".repeat(usize::from(level));
                self.block(&if title.is_empty() { title } else { format!("{signs} {title}") }, 1);
            }
            Element::Quote => {
                let indented = self.indented();
                self.block(&with_prefix(text.trim_matches(is_blank), if indented { "> " } else { "" }), 1);
            }
            Element::Item => self.item(&text),
            Element::List | Element::NumberedList | Element::Table | Element::Block => self.block(&text, 1),
            Element::Paragraph => self.block(&text, 2),
            Element::Row => {
                let text = text.trim_matches(is_blank);
                self.block(text.strip_suffix('|').unwrap_or(text), 1);
            }
            Element::Cell => {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                self.append(&format!("{text} | "));
            }
            Element::Plain | Element::Hidden | Element::Image | Element::Break | Element::Rule => self.append(&text),
        }
    }

    fn code(&mut self, text: &str) {
        let trimmed = text.trim_matches(is_blank);
        if trimmed.is_empty() || trimmed.contains('`') {
            self.append(text);
        } else if trimmed.contains('\n') {
            self.block(&format!("```\n{trimmed}\n```"), 1);
        } else {
            self.append(&around(text, &format!("`{trimmed}`")));
        }
    }

    fn item(&mut self, text: &str) {
        let indented = self.indented();
        let list =
            self.open.iter_mut().rev().find(|open| matches!(open.element, Element::List | Element::NumberedList));
        let sign = match list {
            Some(list) if list.element == Element::NumberedList => {
                list.items += 1;
                format!("{}. ", list.items)
            }
            _ => "- ".to_owned(),
        };
        let text = with_prefix(text.trim_matches(is_blank), if indented { "  " } else { "" });
        self.block(&format!("{sign}{}", text.trim_start_matches(' ')), 1);
    }

    /// Whether lines are still moved to the right here.
    fn indented(&self) -> bool {
        let movers = self.open.iter().filter(|open| matches!(open.element, Element::Item | Element::Quote));
        movers.count() < MOST_INDENTED
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\t' | '\r')
}

/// Ends the line, and adds empty ones, if there is anything yet.
fn break_lines(text: &mut String, breaks: usize) {
    if text.is_empty() {
        return;
    }
    let there = text.bytes().rev().take(breaks).take_while(|byte| *byte == b'\n').count();
    text.extend(std::iter::repeat_n('\n', breaks - there));
}

/// A replacement of a text, with a blank before and behind it where the text has them.
fn around(text: &str, replacement: &str) -> String {
    let blank = |there: bool| if there { " " } else { "" };
    let (before, behind) = (blank(text.starts_with(is_blank)), blank(text.ends_with(is_blank)));
    format!("{before}{replacement}{behind}")
}

/// The text with a sign before and behind each of its lines: Markdown's signs hold within a line.
fn marked(text: &str, sign: &str) -> String {
    let trimmed = text.trim_matches(is_blank);
    if trimmed.is_empty() {
        return text.to_owned();
    }
    let line = |line: &str| match line.trim() {
        "" => String::new(),
        line => format!("{sign}{line}{sign}"),
    };
    let marked: Vec<String> = trimmed.split('\n').map(line).collect();
    let before = text.len() - text.trim_start_matches(is_blank).len();
    let behind = text.trim_end_matches(is_blank).len();
    [text.get(..before).unwrap_or_default(), &marked.join("\n"), text.get(behind..).unwrap_or_default()].concat()
}

fn with_prefix(text: &str, prefix: &str) -> String {
    text.split('\n').map(|line| format!("{prefix}{line}")).collect::<Vec<_>>().join("\n")
}

/// A link, or the text alone where it leads nowhere.
fn linked(text: &str, address: Option<String>) -> String {
    let label = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match address {
        None => text.to_owned(),
        Some(address) if label.is_empty() || label == address => around(text, &address),
        // An image is shown; a link around it would be none.
        Some(_) if label.starts_with("![") => text.to_owned(),
        Some(address) => around(text, &format!("[{}]({address})", in_brackets(&label))),
    }
}

/// A label without what would end it.
fn in_brackets(label: &str) -> String {
    label.replace('[', "(").replace(']', ")").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address that a click may lead to, fit to stand in round brackets.
fn address(address: String) -> Option<String> {
    const SCHEMES: [&str; 5] = ["http://", "https://", "ftp://", "mailto:", "tel:"];
    let leads = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    SCHEMES.into_iter().find(|scheme| leads(scheme))?;
    let mut fit = String::with_capacity(address.len());
    for next in address.chars() {
        match next {
            '(' => fit.push_str("%28"),
            ')' => fit.push_str("%29"),
            '<' => fit.push_str("%3C"),
            '>' => fit.push_str("%3E"),
            blank if blank.is_whitespace() => fit.push_str("%20"),
            control if control.is_control() => {}
            other => fit.push(other),
        }
    }
    Some(fit)
}
