//! Letters and symbols of every other script to ASCII, as the npm package `speakingurl` does it in English.

use std::{collections::HashMap, sync::LazyLock};

use super::{is_blank, rows};

/// Characters that have a reading together, at most.
const LONGEST: usize = 5;

#[derive(Default)]
struct Table {
    letters: HashMap<char, &'static str>,
    /// Readings of dependent marks, and of a letter with its marks, which follow the letter that they belong to.
    marks: HashMap<&'static str, &'static str>,
    /// Marks that join the letter before them to the marks.
    stops: Vec<char>,
    symbols: HashMap<char, &'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for mut row in rows(include_str!("letters.tsv")) {
        let (kind, from, becomes) = (row.next(), row.next().unwrap_or_default(), row.next().unwrap_or_default());
        let single = from.chars().next();
        match (kind, single) {
            (Some("letter"), Some(letter)) => drop(table.letters.insert(letter, becomes)),
            (Some("mark"), _) => drop(table.marks.insert(from, becomes)),
            (Some("stop"), Some(stop)) => table.stops.push(stop),
            (Some("symbol"), Some(symbol)) => drop(table.symbols.insert(symbol, becomes)),
            _ => {}
        }
    }
    table
});

impl Table {
    fn mark(&self, mark: char) -> Option<&'static str> {
        self.marks.get(mark.encode_utf8(&mut [0; 4]) as &str).copied()
    }

    /// The reading of several marks. speakingurl writes "undefined", or fails, where it does not know them together;
    /// here the known parts are read one after the other.
    fn read(&self, marks: &str) -> String {
        let mut read = String::new();
        let mut rest = marks;
        while let Some(first) = rest.chars().next() {
            let end = |count| rest.char_indices().nth(count).map_or(rest.len(), |(at, _)| at);
            let parts = (1..=LONGEST).rev().filter_map(|count| rest.split_at_checked(end(count)));
            let known = { parts }.find_map(|(part, after)| {
                let letter = || self.letters.get(&first).filter(|_| part.len() == first.len_utf8());
                Some((*self.marks.get(part).or_else(letter)?, after))
            });
            let (reading, after) = known.unwrap_or(("", rest.get(first.len_utf8()..).unwrap_or_default()));
            read.push_str(reading);
            rest = after;
        }
        read
    }
}

/// The slug of a text whose scripts are read letter by letter.
pub(super) fn slug(text: &str) -> String {
    let table = &*TABLE;
    let mut slug = Slug::default();
    let mut characters = text.trim_matches(is_blank).chars().peekable();
    // Marks whose letter, or whose end, is still to come.
    let mut marks = String::new();
    let (mut after_symbol, mut after_mark) = (false, false);
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        if let Some(letter) = table.letters.get(&character) {
            if next.is_some_and(|next| table.stops.contains(&next)) {
                marks.push(character);
            } else if after_mark {
                slug.push_str(&table.read(&marks));
                slug.push_str(letter);
                marks.clear();
            } else {
                slug.separate_if(after_symbol && letter.contains(|c: char| c.is_ascii_alphanumeric()));
                slug.push_str(letter);
            }
            (after_symbol, after_mark) = (false, false);
        } else if table.mark(character).is_some() {
            marks.push(character);
            after_mark = true;
            if next.is_none() {
                slug.push_str(&table.read(&marks));
            }
        } else if let Some(symbol) = table.symbols.get(&character) {
            slug.separate_if(after_symbol || slug.text.ends_with(|last: char| last.is_ascii_alphanumeric()));
            slug.push_str(symbol);
            slug.separate_if(next.is_some_and(|next| next.is_ascii_alphanumeric()));
            after_symbol = true;
        } else {
            if after_mark {
                slug.push_str(&table.read(&marks));
                marks.clear();
            } else {
                slug.separate_if(after_symbol && character.is_ascii_alphanumeric());
            }
            slug.push(character);
            (after_symbol, after_mark) = (false, false);
        }
    }
    slug.finish()
}

/// A slug in the making: no two hyphens in a row, and none at the start.
#[derive(Default)]
struct Slug {
    text: String,
}

impl Slug {
    /// Appends a letter, digit or `_`; any other character is a hyphen.
    fn push(&mut self, character: char) {
        if character.is_ascii_alphanumeric() || character == '_' {
            self.text.push(character);
        } else {
            self.separate_if(true);
        }
    }

    fn push_str(&mut self, text: &str) {
        text.chars().for_each(|character| self.push(character));
    }

    fn separate_if(&mut self, wanted: bool) {
        if wanted && !self.text.is_empty() && !self.text.ends_with('-') {
            self.text.push('-');
        }
    }

    fn finish(mut self) -> String {
        if self.text.ends_with('-') {
            self.text.pop();
        }
        self.text
    }
}
