//! The slug of a room's name, as the npm package `limax` makes it: Rocket.Chat calls it with `maintainCase` and nothing else.
//!
//! Kana is read by Hepburn's rules, hanzi by their pinyin, each character by itself. Every other script goes through one
//! table of letters. The odd results are limax's own: a name with kana loses its kanji and its long vowels.

mod hanzi;
mod kana;
mod letters;

/// The slug of a room's name. Empty where limax leaves nothing: of symbols, and of Korean, Hebrew or Thai.
#[must_use]
pub fn room_slug(name: &str) -> String {
    let name = without_apostrophes(name);
    if kana::is_in(&name) {
        letters::slug(&kana::romanized(&name))
    } else if name.chars().any(hanzi::is_common) {
        joined_to_digits(&letters::slug(&hanzi::romanized(&name)))
    } else {
        letters::slug(&name)
    }
}

/// The text without apostrophes between two characters that are not blank.
///
/// It counts in UTF-16, as JavaScript does: a match takes a character on either side, which may be half an emoji.
fn without_apostrophes(text: &str) -> String {
    const APOSTROPHES: [char; 8] =
        ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{2032}', '\u{2035}', '\u{301}'];
    let units: Vec<u16> = text.encode_utf16().collect();
    let is_blank = |unit: u16| char::from_u32(unit.into()).is_some_and(is_blank);
    let is_apostrophe =
        |unit: u16| char::from_u32(unit.into()).is_some_and(|character| APOSTROPHES.contains(&character));
    let mut kept = Vec::with_capacity(units.len());
    let mut rest = units.as_slice();
    while let [first, after @ ..] = rest {
        kept.push(*first);
        rest = match after {
            [middle, last, after @ ..] if !is_blank(*first) && is_apostrophe(*middle) && !is_blank(*last) => {
                kept.push(*last);
                after
            }
            _ => after,
        };
    }
    String::from_utf16_lossy(&kept)
}

/// The slug without the hyphens between anything but a digit and a digit: `ban-2` is `ban2`.
fn joined_to_digits(slug: &str) -> String {
    let mut joined = String::with_capacity(slug.len());
    let mut rest = slug;
    while let Some(first) = rest.chars().next() {
        joined.push(first);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let mut following = rest.chars();
        if let (Some('-'), Some(digit)) = (following.next(), following.next())
            && !first.is_ascii_digit()
            && digit.is_ascii_digit()
        {
            joined.push(digit);
            rest = following.as_str();
        }
    }
    joined
}

/// Whether JavaScript's `\s` matches. It differs from Rust in the byte order mark and in U+0085.
fn is_blank(character: char) -> bool {
    (character.is_whitespace() && character != '\u{85}') || character == '\u{feff}'
}

/// The lines of a generated table without its heading, as fields.
fn rows(table: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    table.lines().filter(|line| !line.starts_with("# ")).map(|line| line.split('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(expected: &[(&str, &str)]) {
        for (name, slug) in expected {
            assert_eq!(room_slug(name), *slug, "{name}");
        }
    }

    #[test]
    fn latin_letters_lose_their_accents_and_keep_their_case() {
        slugs(&[
            ("general", "general"),
            ("Größe & Maß", "Groesse-and-Mass"),
            ("Über Räume", "Ueber-Raeume"),
            ("Général  Chat", "General-Chat"),
            ("Łódź", "Lodz"),
            ("Þór", "THor"),
            ("İstanbul ığüşöç", "Istanbul-iguesoec"),
            ("Đường phố", "Duong-pho"),
            ("a_b.c", "a_b-c"),
        ]);
    }

    #[test]
    fn other_alphabets_are_transliterated() {
        slugs(&[
            ("Команда", "Komanda"),
            ("Щука и ёж", "Shuka-i-yozh"),
            ("Ελλάδα", "Ellada"),
            ("ქართული", "kartuli"),
            ("Հայերեն", ""),
        ]);
    }

    #[test]
    fn symbols_are_spelled_out_or_separate() {
        slugs(&[
            ("50% off", "50-off"),
            ("$ US", "USD-US"),
            ("a&b", "a-and-b"),
            ("♥∞", "love-infinity"),
            ("a/b\\c", "a-b-c"),
            ("team\u{2013}x", "team-x"),
            ("  --a -- b--  ", "a-b"),
            ("it's", "its"),
            ("rock 'n' roll", "rock-n-roll"),
            ("emoji-\u{1f3a3}", "emoji"),
            ("__a__", "__a__"),
        ]);
    }

    #[test]
    fn hanzi_are_read_one_by_one_with_their_tone() {
        slugs(&[
            ("開発_部", "kai1-fa1-bu4"),
            ("银行", "yin2-xing2"),
            ("会议-2024", "hui4-yi4-2024"),
            ("中文room", "zhong1-wen2-room"),
            ("女", "n3"),
            ("中A B中", "zhong1-ABzhong1"),
        ]);
    }

    #[test]
    fn kana_are_read_by_hepburns_rules() {
        slugs(&[
            ("カタカナ", "KATAKANA"),
            ("ひらがな chat", "HIRAGANA-chat"),
            ("日本語の部屋", "NO"),
            ("サーバー", "SB"),
            ("ｶﾞｯｺｳ", "GAKKOU"),
            ("まっちゃ", "MATCHA"),
            ("しんや", "SHINYA"),
        ]);
    }

    #[test]
    fn nothing_is_left_of_scripts_that_limax_lacks() {
        slugs(&[
            ("한국", ""),
            ("עברית", ""),
            ("ไทย", ""),
            ("!!!", ""),
            ("", ""),
            (" ", ""),
            ("ＡＢＣ", ""),
            ("\u{1f3a3}", ""),
        ]);
    }

    #[test]
    fn a_long_name_has_a_long_slug() {
        assert_eq!(room_slug(&"é".repeat(10_000)), "e".repeat(10_000));
    }

    #[test]
    fn marks_of_burmese_and_dhivehi_belong_to_their_letter() {
        slugs(&[("မြန်မာ", "myanma"), ("ရန်ကုန်", "yaankon"), ("ကို", "ko"), ("ދިވެހި", "dhivehi")]);
    }

    #[test]
    fn marks_that_are_unknown_together_are_read_one_after_the_other() {
        slugs(&[("က်ိုက်", "etaik"), ("ကိုာ", "koa"), ("ကိုာက", "koak")]);
    }
}
