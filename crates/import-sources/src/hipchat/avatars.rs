//! Avatars: base64 in the export itself, so that nothing has to be fetched.

/// Characters of an avatar at most. A larger one is left out: HipChat's are squares of 125 pixels.
const LONGEST: usize = 2 << 20;

/// The `data:` URL of an avatar. What is no base64, or too long, is none.
pub(super) fn data_url(avatar: &str) -> Option<String> {
    if avatar.len() > LONGEST {
        return None;
    }
    let is_data = avatar.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let written = if is_data { avatar.split_once(',')?.1 } else { avatar };
    // Mail and shell tools break it into lines.
    let base64: String = written.chars().filter(|next| !next.is_ascii_whitespace()).collect();
    let digits = base64.trim_end_matches('=');
    let is_base64 = digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if digits.is_empty() || !is_base64 || base64.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let padding = "=".repeat(digits.len().next_multiple_of(4) - digits.len());
    Some(format!("data:{};base64,{digits}{padding}", content_type(digits)))
}

/// The content type, by the first bytes. HipChat's are PNG.
fn content_type(base64: &str) -> &'static str {
    match base64 {
        jpeg if jpeg.starts_with("/9j/") => "image/jpeg",
        gif if gif.starts_with("R0lGOD") => "image/gif",
        _ => "image/png",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_avatar_becomes_a_data_url() {
        for (avatar, url) in [
            ("iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="),
            ("iVBO\nRw0K\r\nGgo", "data:image/png;base64,iVBORw0KGgo="),
            ("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="),
            ("/9j/4AAQ", "data:image/jpeg;base64,/9j/4AAQ"),
            ("R0lGODlh", "data:image/gif;base64,R0lGODlh"),
        ] {
            assert_eq!(data_url(avatar).as_deref(), Some(url), "{avatar}");
        }
    }

    #[test]
    fn what_is_no_avatar_is_none() {
        for avatar in ["", "=", "https://example.org/a.png", "iVBOR", "iVBO====", "data:image/png", "\u{e9}\u{e9}"] {
            assert_eq!(data_url(avatar), None, "{avatar}");
        }
        assert_eq!(data_url(&"A".repeat(LONGEST + 4)), None);
        assert!(data_url(&"A".repeat(LONGEST)).is_some());
    }
}
