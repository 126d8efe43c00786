//! Kana to Latin letters by Hepburn's rules, as the npm package `hepburn` does it, and what limax keeps of the result.

use std::sync::LazyLock;

use super::rows;

/// Replacements of one pass over the text: of those that fit, the first one counts.
type Pass = Vec<(&'static str, &'static str)>;

/// Half-width kana with a mark, half-width kana, two hiragana, two katakana, one hiragana, one katakana.
static PASSES: LazyLock<[Pass; 6]> = LazyLock::new(|| {
    let mut passes = <[Pass; 6]>::default();
    for mut row in rows(include_str!("kana.tsv")) {
        if let (Some(pass), Some(kana), Some(becomes)) = (row.next(), row.next(), row.next())
            && let Some(pass) = pass.parse().ok().and_then(|pass: usize| passes.get_mut(pass))
        {
            pass.push((kana, becomes));
        }
    }
    passes
});

/// Whether a text has kana; small ones and the long vowel mark alone do not count.
pub(super) fn is_in(text: &str) -> bool {
    let [_, half_width, _, _, hiragana, katakana] = &*PASSES;
    !text.is_ascii() && [hiragana, katakana, half_width].into_iter().flatten().any(|(kana, _)| text.contains(kana))
}

/// Kana as capital letters. Of everything else, only ASCII letters, digits, hyphens and spaces stay.
pub(super) fn romanized(text: &str) -> String {
    let replaced = PASSES.iter().fold(text.to_owned(), |text, pass| replaced(&text, pass));
    let doubled = with_doubled_consonants(&replaced);
    let plain = with_plain_n(&doubled);
    without_long_vowels(&plain).chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ')).collect()
}

fn replaced(text: &str, pass: &Pass) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = pass.iter().find_map(|(kana, becomes)| Some((rest.strip_prefix(kana)?, *becomes)));
        if let Some((after, becomes)) = found {
            replaced.push_str(becomes);
            rest = after;
        } else {
            replaced.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    replaced
}

/// A small `tsu` doubles what follows: `っK` is `KK`, and `っC` is `TC`.
fn with_doubled_consonants(text: &str) -> String {
    let text = text.replace("っC", "TC").replace("ッC", "TC");
    let mut doubled = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let small = matches!(character, 'っ' | 'ッ');
        match characters.next_if(|next| small && !matches!(next, '\n' | '\r' | '\u{2028}' | '\u{2029}')) {
            Some(next) => doubled.extend([next, next]),
            None => doubled.push(character),
        }
    }
    doubled
}

/// `N'` and the mistaken `M'` are `N`, unless a vowel or `Y` follows.
fn with_plain_n(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let after = rest.strip_prefix('\'').filter(|_| matches!(first, 'N' | 'M'));
        match after.map(|after| (after, after.chars().next())) {
            Some((after, next)) if !next.is_some_and(|next| "YAEIOU".contains(next)) => {
                plain.push('N');
                plain.extend(next);
                rest = next.and_then(|next| after.get(next.len_utf8()..)).unwrap_or_default();
            }
            _ => plain.push(first),
        }
    }
    plain
}

/// A vowel before the long vowel mark gets a macron in Hepburn, and limax drops such a letter.
fn without_long_vowels(text: &str) -> String {
    ["Aー", "Iー", "Uー", "Eー", "Oー"].into_iter().fold(text.to_owned(), |text, long| text.replace(long, ""))
}
