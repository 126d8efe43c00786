//! Whether one text has the words of another.
//!
//! A word is a run of letters and digits, and of anything beyond ASCII but punctuation. So markup does not count, and emoji do.

use std::collections::HashSet;

/// Bytes that searches may look at. Beyond that, words count as missing: a text may be there twice, and none is lost.
const MOST_SEARCHED: usize = 16 << 20;

/// A text's words, in which phrases are looked for.
pub(super) struct Words {
    /// Each word between two blanks.
    text: String,
    /// Where the last phrase ended: the next one usually follows.
    at: usize,
    searched: usize,
    phrase: String,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = String::with_capacity(text.len() + 2);
        push_words(&mut words, text);
        Self { text: words, at: 0, searched: 0, phrase: String::new() }
    }

    /// Whether the words of `phrase` stand in the text, one behind the other.
    pub(super) fn contain(&mut self, phrase: &str) -> bool {
        self.phrase.clear();
        push_words(&mut self.phrase, phrase);
        if self.phrase.len() <= 1 {
            return true;
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(self.phrase.as_str()) {
            self.at += self.phrase.len() - 1;
            return true;
        }
        if self.searched > MOST_SEARCHED {
            return false;
        }
        self.searched += self.text.len();
        let found = rest.find(self.phrase.as_str()).map(|found| self.at + found);
        match found.or_else(|| self.text.find(self.phrase.as_str())) {
            Some(found) => {
                self.at = found + self.phrase.len() - 1;
                true
            }
            None => false,
        }
    }

    /// Whether every word of another text is among these.
    pub(super) fn cover(&self, other: &str) -> bool {
        let words: HashSet<&str> = self.text.split(' ').collect();
        each_word(other).all(|word| words.contains(word))
    }
}

fn each_word(text: &str) -> impl Iterator<Item = &str> {
    let separates = |character: char| match character {
        '\0'..='\x7f' => !character.is_ascii_alphanumeric(),
        // Blanks, dashes, quotation marks and dots beyond ASCII.
        '\u{a0}' | '\u{2000}'..='\u{206f}' => true,
        _ => false,
    };
    text.split(separates).filter(|word| !word.is_empty())
}

fn push_words(words: &mut String, text: &str) {
    words.push(' ');
    for word in each_word(text) {
        words.push_str(word);
        words.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_whatever_stands_between_their_words() {
        let mut words = Words::of("*Deploy* of `buoy-api` finished: <https://ci.example/1|build 1>");
        for phrase in ["Deploy", "of buoy api", "build 1", "", "---", "Deploy of", "“Deploy” …"] {
            assert!(words.contain(phrase), "{phrase}");
        }
        for phrase in ["Deploy finished", "buoy ap", "build 11", "é"] {
            assert!(!words.contain(phrase), "{phrase}");
        }
    }

    #[test]
    fn a_text_is_covered_where_each_of_its_words_is_there() {
        let words = Words::of("one two three");
        assert!(words.cover("three, two!"));
        assert!(!words.cover("three four"));
    }
}
