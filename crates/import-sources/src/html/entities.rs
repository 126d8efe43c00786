//! Characters that HTML writes by name or number.

use std::borrow::Cow;

/// Characters of an entity at most, its signs aside.
const LONGEST: usize = 10;

/// The text with characters in the place of entities. What is no entity stays.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = behind.bytes().take(LONGEST + 1).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(behind.get(..end)?)?, behind.get(end + 1..)?))) {
            Some((character, behind)) => {
                decoded.push_str(character.as_ref());
                rest = behind;
            }
            None => {
                decoded.push('&');
                rest = behind;
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

fn character(entity: &str) -> Option<Cow<'static, str>> {
    let number = |digits: &str, base| {
        let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, base).ok().filter(|_| is_number)?;
        let character = char::from_u32(number).filter(|next| !next.is_control() || matches!(next, '\n' | '\t' | '\r'));
        Some(Cow::Owned(character.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()))
    };
    match entity.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16),
            None => number(digits, 10),
        },
        None => named(entity).map(Cow::Borrowed),
    }
}

fn named(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" | "ensp" | "emsp" | "thinsp" => "\u{a0}",
        "shy" | "zwnj" | "zwj" => "",
        "hellip" => "…",
        "mdash" => "—",
        "ndash" => "–",
        "lsquo" => "‘",
        "rsquo" => "’",
        "sbquo" => "‚",
        "ldquo" => "“",
        "rdquo" => "”",
        "bdquo" => "„",
        "laquo" => "«",
        "raquo" => "»",
        "lsaquo" => "‹",
        "rsaquo" => "›",
        "bull" => "•",
        "middot" => "·",
        "para" => "¶",
        "sect" => "§",
        "dagger" => "†",
        "copy" => "©",
        "reg" => "®",
        "trade" => "™",
        "deg" => "°",
        "plusmn" => "±",
        "times" => "×",
        "divide" => "÷",
        "minus" => "−",
        "le" => "≤",
        "ge" => "≥",
        "ne" => "≠",
        "infin" => "∞",
        "frac12" => "½",
        "frac14" => "¼",
        "frac34" => "¾",
        "sup2" => "²",
        "sup3" => "³",
        "micro" => "µ",
        "euro" => "€",
        "pound" => "£",
        "yen" => "¥",
        "cent" => "¢",
        "larr" => "←",
        "uarr" => "↑",
        "rarr" => "→",
        "darr" => "↓",
        "harr" => "↔",
        "check" => "✓",
        "cross" => "✗",
        "hearts" => "♥",
        "iexcl" => "¡",
        "iquest" => "¿",
        "szlig" => "ß",
        "auml" => "ä",
        "ouml" => "ö",
        "uuml" => "ü",
        "Auml" => "Ä",
        "Ouml" => "Ö",
        "Uuml" => "Ü",
        "eacute" => "é",
        "egrave" => "è",
        "ecirc" => "ê",
        "agrave" => "à",
        "aacute" => "á",
        "acirc" => "â",
        "ccedil" => "ç",
        "iacute" => "í",
        "oacute" => "ó",
        "uacute" => "ú",
        "ntilde" => "ñ",
        "aring" => "å",
        "aelig" => "æ",
        "oslash" => "ø",
        "ocirc" => "ô",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_characters_and_all_else_stays() {
        for (text, expected) in [
            ("a &amp;&lt;b&gt; &quot;c&#39; &#x27;", "a &<b> \"c' '"),
            ("&amp;lt;", "&lt;"),
            ("&hellip;&nbsp;&#8364;&#x1F600;", "…\u{a0}€😀"),
            ("&#0; &#7; &#xD800; &#99999999;", "\u{fffd} \u{fffd} \u{fffd} \u{fffd}"),
            ("&#10;", "\n"),
            ("AT&T & co; &nope; &#x; &#; &#+5; &", "AT&T & co; &nope; &#x; &#; &#+5; &"),
            ("&averyveryverylongname;", "&averyveryverylongname;"),
            ("&é;", "&é;"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
