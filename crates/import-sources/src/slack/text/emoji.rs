//! Emoji whose names differ: `:simple_smile:` is `:smile:`, and a skin tone belongs to the name.

/// Bytes of a name of an emoji at most.
const LONGEST: usize = 100;

/// The name that Rocket.Chat has for an emoji, both without colons.
fn renamed(name: &str) -> &str {
    match name {
        "simple_smile" => "smile",
        "memo" => "pencil",
        "piggy" => "pig",
        "uk" => "gb",
        same => same,
    }
}

/// The name with colons that Rocket.Chat has for an emoji, which may bring its skin tone: `+1::skin-tone-2`.
pub(in crate::slack) fn emoji_name(name: &str) -> String {
    let name = name.trim_matches(':');
    match name.split_once("::") {
        Some((name, tone)) => match tone.strip_prefix("skin-tone-").and_then(|tone| tone.parse().ok()) {
            Some(tone) => with_skin_tone(name, tone),
            None => format!(":{name}:"),
        },
        None => format!(":{}:", renamed(name)),
    }
}

/// An emoji with one of Slack's skin tones, which are 2 to 6; Rocket.Chat's are 1 to 5.
pub(in crate::slack) fn with_skin_tone(name: &str, tone: u64) -> String {
    let name = renamed(name.trim_matches(':'));
    if (2..=6).contains(&tone) { format!(":{name}_tone{}:", tone - 1) } else { format!(":{name}:") }
}

/// What stands for the emoji at the start of a text, and how long that is there; `None` where it stays as it is.
pub(super) fn replaced(text: &str) -> Option<(String, usize)> {
    let name = name(text)?;
    let len = name.len() + 2;
    if let Some(tone) = text.get(len..).and_then(|rest| rest.strip_prefix(":skin-tone-"))
        && let Some(tone) = tone.bytes().next().filter(|tone| (b'2'..=b'6').contains(tone) && tone_ends(text, len))
    {
        return Some((with_skin_tone(name, u64::from(tone - b'0')), len + ":skin-tone-2:".len()));
    }
    let new = renamed(name);
    (new != name).then(|| (format!(":{new}:"), len))
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
