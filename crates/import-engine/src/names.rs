//! Names made of other names: slugs of rooms, suggestions for usernames, names guessed from usernames.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The slug of a room's name, as Rocket.Chat makes it. A name in a script that Rocket.Chat leaves nothing of keeps its
/// letters, digits, `-`, `_` and `.`. Empty where nothing stays.
pub fn room_slug(name: &str) -> String {
    let slug = import_names::room_slug(name);
    if slug.is_empty() { folded(name, '-') } else { slug }
}

/// The text with its accents dropped (`José Ümit` is `Jose.Umit` with a dot for a space) and its case kept. Of what is left,
/// only letters, digits, `-`, `_` and `.` stay.
fn folded(text: &str, space: char) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.trim().nfkd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'ß' => slug.push_str("ss"),
            'æ' => slug.push_str("ae"),
            'Æ' => slug.push_str("AE"),
            'œ' => slug.push_str("oe"),
            'Œ' => slug.push_str("OE"),
            'ø' => slug.push('o'),
            'Ø' => slug.push('O'),
            'ł' => slug.push('l'),
            'Ł' => slug.push('L'),
            'đ' => slug.push('d'),
            'Đ' => slug.push('D'),
            // Several spaces are one.
            _ if character.is_whitespace() && slug.ends_with(space) => {}
            _ if character.is_whitespace() => slug.push(space),
            _ if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') => slug.push(character),
            _ => {}
        }
    }
    // Letters outside the Latin script stay as they were written, not taken apart.
    slug.nfc().collect()
}

/// Usernames to try for a user who brings none, best first: the name whole, first initial and last name, first name and
/// last initial, the address's local part. Never empty texts; the list may be empty.
pub(crate) fn username_suggestions(name: Option<&str>, email: Option<&str>) -> Vec<String> {
    let part = |text: &str| folded(text, '.').to_lowercase();
    let mut suggestions = Vec::new();
    if let Some(name) = name {
        suggestions.push(part(name));
        let words: Vec<&str> = name.split_whitespace().collect();
        if let [first, .., last] = words[..] {
            let initial = |word: &str| word.chars().take(1).collect::<String>();
            suggestions.push(part(&format!("{}{last}", initial(first))));
            suggestions.push(part(&format!("{first}{}", initial(last))));
        }
    }
    if let Some((local, _)) = email.and_then(|email| email.split_once('@')) {
        suggestions.push(part(local));
    }
    suggestions.retain(|suggestion| suggestion.chars().any(char::is_alphanumeric));
    suggestions
}

/// Characters of a username at most. Rocket.Chat sets no limit of its own.
const LONGEST_USERNAME: usize = 255;

/// A username that Rocket.Chat can mention: letters and digits of ASCII, `-`, `_` and `.`. One that can be mentioned stays as
/// it is. Of another the letters lose their accents, blanks become `.`, whatever else is dropped, and it is in lower case.
/// None where no letter or digit is left.
pub(crate) fn mentionable(username: &str) -> Option<String> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let username = username.trim();
    let folded = if username.chars().all(is_allowed) {
        username.to_owned()
    } else {
        let mut folded = String::with_capacity(username.len());
        for character in username.nfkd() {
            match character {
                'ß' | 'ẞ' => folded.push_str("ss"),
                'æ' | 'Æ' => folded.push_str("ae"),
                'œ' | 'Œ' => folded.push_str("oe"),
                'þ' | 'Þ' => folded.push_str("th"),
                'ø' | 'Ø' => folded.push('o'),
                'ł' | 'Ł' => folded.push('l'),
                'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
                'ı' => folded.push('i'),
                _ if character.is_whitespace() && folded.ends_with('.') => {}
                _ if character.is_whitespace() => folded.push('.'),
                _ if is_allowed(character) => folded.push(character.to_ascii_lowercase()),
                _ => {}
            }
        }
        folded.trim_matches('.').to_owned()
    };
    let cut: String = folded.chars().take(LONGEST_USERNAME).collect();
    cut.contains(|character: char| character.is_ascii_alphanumeric()).then_some(cut)
}

/// The name guessed from a username: `billy.bob` is `Billy Bob`.
pub(crate) fn guess_name(username: &str) -> String {
    let words = username.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.map(capitalized).collect::<Vec<_>>().join(" ");
    if name.is_empty() { username.to_owned() } else { name }
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rooms_slug_is_the_one_of_rocket_chat() {
        for (name, slug) in [
            ("Général  Chat", "General-Chat"),
            ("lobby", "lobby"),
            ("Straße & Co.", "Strasse-and-Co"),
            ("Łódź", "Lodz"),
            ("команда", "komanda"),
            ("Über Räume", "Ueber-Raeume"),
            ("a_b.c", "a_b-c"),
            ("日本 語", "ri4-ben3-yu3"),
            ("!!!", ""),
        ] {
            assert_eq!(room_slug(name), slug, "{name}");
        }
    }

    #[test]
    fn a_room_name_of_which_rocket_chat_leaves_nothing_keeps_its_letters() {
        for (name, slug) in [
            ("한국", "한국"),
            ("한국 팀", "한국-팀"),
            ("עברית", "עברית"),
            ("ＡＢＣ", "ABC"),
            ("한국 team", "team"),
            ("\u{1f3a3}", ""),
        ] {
            assert_eq!(room_slug(name), slug, "{name}");
        }
    }

    #[test]
    fn usernames_are_suggested_from_the_name_then_the_address() {
        assert_eq!(
            username_suggestions(Some("Billy Bob Thornton"), Some("bbt@x.y")),
            ["billy.bob.thornton", "bthornton", "billyt", "bbt"]
        );
        assert_eq!(username_suggestions(Some("Zoë"), None), ["zoe"]);
        assert_eq!(username_suggestions(None, Some("Ann.Lee@x.y")), ["ann.lee"]);
        assert!(username_suggestions(Some("?!"), Some("@x.y")).is_empty());
    }

    #[test]
    fn a_username_that_can_be_mentioned_stays_and_another_is_folded() {
        for (username, expected) in [
            ("ann", Some("ann")),
            ("Ann.Lee-2_x", Some("Ann.Lee-2_x")),
            ("José Ümit", Some("jose.umit")),
            ("O'Neil", Some("oneil")),
            ("x,y", Some("xy")),
            ("Straße  Łódź ", Some("strasse.lodz")),
            ("ann (old)", Some("ann.old")),
            ("ＡＢＣ", Some("abc")),
            ("開発", None),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(mentionable(username).as_deref(), expected, "{username}");
        }
        assert_eq!(mentionable(&"l".repeat(90)), Some("l".repeat(90)));
        assert_eq!(mentionable(&"l".repeat(300)), Some("l".repeat(255)));
    }

    #[test]
    fn a_name_is_guessed_from_the_username() {
        for (username, name) in [("billy.bob", "Billy Bob"), ("ann", "Ann"), ("zoë_k-2", "Zoë K 2"), ("...", "...")] {
            assert_eq!(guess_name(username), name);
        }
    }
}
