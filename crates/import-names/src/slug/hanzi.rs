//! Hanzi to pinyin with the tone's number, as `@napi-rs/pinyin` reads single characters.

use std::sync::LazyLock;

/// How many code points a line of the table is about.
const BLOCK: u32 = 256;

struct Table {
    syllables: Vec<&'static str>,
    /// Blocks by their number, ascending, with two bytes for each code point.
    blocks: Vec<(u32, &'static [u8])>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut lines = include_str!("hanzi.txt").lines().skip(1);
    let syllables = lines.next().unwrap_or_default().split(' ').collect();
    let block = |line: &'static str| {
        let (number, codes) = line.split_once(' ')?;
        Some((u32::from_str_radix(number, 16).ok()?, codes.as_bytes()))
    };
    Table { syllables, blocks: lines.filter_map(block).collect() }
});

/// Whether limax takes a text with this character for Chinese.
pub(super) fn is_common(character: char) -> bool {
    ('\u{4e00}'..='\u{9fa5}').contains(&character)
}

/// Each hanzi as its reading, blanks around it. Of everything else, only ASCII letters, digits and spaces stay.
pub(super) fn romanized(text: &str) -> String {
    let mut romanized = String::with_capacity(text.len() * 2);
    let mut after_hanzi = None;
    for character in text.chars() {
        let reading = reading(character);
        // What is not hanzi stays together, even where nothing of it is kept.
        if after_hanzi.is_some_and(|after_hanzi| after_hanzi || reading.is_some()) {
            romanized.push(' ');
        }
        after_hanzi = Some(reading.is_some());
        match reading {
            Some(reading) => romanized.push_str(reading),
            None if character.is_ascii_alphanumeric() || character == ' ' => romanized.push(character),
            None => {}
        }
    }
    without_space_around_letters(&romanized)
}

/// A single letter loses the spaces around it, unless a tone stands before it.
fn without_space_around_letters(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        joined.push(first);
        rest = rest.get(1..).unwrap_or_default();
        if let [b' ', letter, b' ', ..] = *rest.as_bytes()
            && letter.is_ascii_alphabetic()
            && !('1'..='4').contains(&first)
        {
            joined.push(letter.into());
            rest = rest.get(3..).unwrap_or_default();
        }
    }
    joined
}

fn reading(character: char) -> Option<&'static str> {
    let table = &*TABLE;
    let (block, within) = (u32::from(character) / BLOCK, u32::from(character) % BLOCK);
    let at = table.blocks.binary_search_by_key(&block, |(number, _)| *number).ok()?;
    let (_, codes) = table.blocks.get(at)?;
    let at = usize::try_from(within).ok()? * 2;
    let [high, low] = *codes.get(at..at + 2)? else { return None };
    table.syllables.get(digit(high)? * 62 + digit(low)?).copied()
}

fn digit(code: u8) -> Option<usize> {
    match code {
        b'A'..=b'Z' => Some(usize::from(code - b'A')),
        b'a'..=b'z' => Some(usize::from(code - b'a') + 26),
        b'0'..=b'9' => Some(usize::from(code - b'0') + 52),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_has_one_reading() {
        for (hanzi, expected) in [
            ('中', Some("zhong1")),
            ('㐀', Some("qiu1")),
            ('\u{20000}', Some("he1")),
            ('a', None),
            ('の', None),
            ('한', None),
        ] {
            assert_eq!(reading(hanzi), expected, "{hanzi}");
        }
    }
}
