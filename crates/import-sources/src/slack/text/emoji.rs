//! Emoji whose names differ in Rocket.Chat: `:flag-de:` is `:flag_de:`, and a skin tone belongs to the name.

use std::borrow::Cow;

use import_names::emoji;

/// Bytes of a name of an emoji at most.
const LONGEST: usize = 100;

/// The name that Rocket.Chat has for an emoji, both without colons.
fn renamed(name: &str) -> &str {
    match emoji::find(name) {
        Some(emoji) => emoji.name(),
        // Old names, which Slack still writes.
        None => match name {
            "simple_smile" => "smile",
            "piggy" => "pig",
            custom => custom,
        },
    }
}

/// The name with colons that Rocket.Chat has for an emoji, which may bring its skin tone: `+1::skin-tone-2`.
///
/// A tone that is unknown, or that the emoji has no picture with, is left out.
pub(in crate::slack) fn emoji_name(name: &str) -> String {
    let name = name.trim_matches(':');
    match name.split_once("::") {
        Some((name, tone)) => {
            let tone = tone.strip_prefix("skin-tone-").and_then(|tone| tone.parse().ok());
            with_skin_tone(name, tone.unwrap_or_default())
        }
        None => format!(":{}:", renamed(name)),
    }
}

/// An emoji with one of Slack's skin tones, which are 2 to 6; Rocket.Chat's are 1 to 5.
pub(in crate::slack) fn with_skin_tone(name: &str, tone: u64) -> String {
    let name = name.trim_matches(':');
    match emoji::find(name).and_then(|emoji| emoji.toned(tone)) {
        Some(toned) => format!(":{toned}:"),
        None => format!(":{}:", renamed(name)),
    }
}

/// What stands for the emoji at the start of a text, and how long that is there; `None` where it stays as it is.
pub(super) fn replaced(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let name = name(text)?;
    let plain_len = name.len() + 2;
    let tone =
        text.get(plain_len..).and_then(|rest| rest.strip_prefix(":skin-tone-")).and_then(|rest| rest.bytes().next());
    let tone = tone
        .filter(|tone| (b'2'..=b'6').contains(tone) && tone_ends(text, plain_len))
        .map(|tone| u64::from(tone - b'0'));
    let len = plain_len + tone.map_or(0, |_| ":skin-tone-2:".len());
    if let Some(character) = emoji::find(name).and_then(emoji::Emoji::character) {
        return Some((character.into(), len));
    }
    match tone {
        Some(tone) => Some((with_skin_tone(name, tone).into(), len)),
        None => {
            let new = renamed(name);
            (new != name).then(|| (format!(":{new}:").into(), len))
        }
    }
}

fn tone_ends(text: &str, tone_at: usize) -> bool {
    text.as_bytes().get(tone_at + ":skin-tone-2".len()) == Some(&b':')
}

/// The name between the colon that the text starts with and the next one.
fn name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(':')?;
    let of_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-'".contains(byte);
    let len = rest.bytes().take(LONGEST).take_while(of_name).count();
    let closed = rest.as_bytes().get(len) == Some(&b':');
    rest.get(..len).filter(|name| closed && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_get_the_names_of_rocket_chat() {
        for (name, expected) in [
            ("+1", ":+1:"),
            ("+1::skin-tone-3", ":+1_tone2:"),
            (":+1::skin-tone-3:", ":+1_tone2:"),
            ("thumbsup", ":thumbsup:"),
            ("flag-de", ":flag_de:"),
            ("crossed_fingers::skin-tone-6", ":fingers_crossed_tone5:"),
            ("golfer::skin-tone-2", ":person_golfing_tone1:"),
            ("car", ":red_car:"),
            ("email", ":envelope:"),
            ("simple_smile", ":smile:"),
            ("piggy", ":pig:"),
            ("memo", ":pencil:"),
            ("uk", ":gb:"),
            ("skin-tone-3", ":tone2:"),
            ("::skin-tone-3", ":tone2:"),
            ("harp", ":harp:"),
            ("pinata", ":pi\u{f1}ata:"),
        ] {
            assert_eq!(emoji_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_skin_tone_without_a_picture_is_left_out() {
        for (name, expected) in [
            ("flag-de::skin-tone-3", ":flag_de:"),
            ("smile::skin-tone-2", ":smile:"),
            ("+1::skin-tone-1", ":+1:"),
            ("+1::skin-tone-7", ":+1:"),
            ("handshake::skin-tone-2-3", ":handshake:"),
            ("car::shiny", ":red_car:"),
            ("party_parrot::skin-tone-3", ":party_parrot:"),
        ] {
            assert_eq!(emoji_name(name), expected, "{name}");
        }
        assert_eq!(with_skin_tone("wave", 0), ":wave:");
        assert_eq!(with_skin_tone("wave", 3), ":wave_tone2:");
    }

    #[test]
    fn custom_emoji_keep_their_name() {
        for name in ["party_parrot", "Car", "FLAG-DE", "flag-xx", "memo2", "t\u{e9}l\u{e9}"] {
            assert_eq!(emoji_name(name), format!(":{name}:"));
        }
    }
}
