//! Avatars: addresses that hold the picture themselves, and the documents that show them.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use import_store::{
    credentials::derived_id,
    documents::UserRef,
    uploads::{Bucket, Content, Upload},
};
use percent_encoding::percent_decode_str;

use super::{media_type, upload};

/// Bytes of an avatar at most.
pub(crate) const MOST_BYTES: u64 = 10 << 20;

/// Base64 as it is found in the wild: padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The `_id` of a user's avatar.
pub(crate) fn upload_id(user_id: &str) -> String {
    derived_id(&["avatar", user_id])
}

/// The document of an avatar.
pub(crate) fn document(user: &UserRef, media_type: String, content: &Content) -> Upload {
    upload(Bucket::Avatars, (upload_id(&user.id), user.username.clone()), media_type, content, &user.id)
}

/// The media type of a picture, or why it is none. Its first bytes decide, whatever the server says: everybody who sees the
/// user is shown what is in it. So an image that may hold a script (SVG) is none.
pub(crate) fn image_type(answered: Option<&str>, first_bytes: &[u8]) -> Result<String, String> {
    match (media_type::of_image(first_bytes), answered) {
        (Some((_, length)), _) if first_bytes.len() <= length => Err("nothing comes after its first bytes".to_owned()),
        (Some((seen, _)), _) => Ok(seen.to_owned()),
        (None, _) if media_type::begins_like_a_page(first_bytes) => Err("it is a web page".to_owned()),
        (None, Some(answered)) if !answered.starts_with("image/") => Err(format!("it is {answered}")),
        (None, Some(answered)) => {
            Err(format!("it is none of png, jpeg, gif, webp and avif, though it is said to be {answered}"))
        }
        (None, None) => Err("it is none of png, jpeg, gif, webp and avif".to_owned()),
    }
}

/// What a `data:` URL holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// What a `data:` URL holds, or what is wrong with it; none for any other URL.
pub(crate) fn decode_data_url(url: &str) -> Option<Result<Held, String>> {
    let rest = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).and_then(|_| url.get(5..))?;
    Some(decode(rest))
}

fn decode(rest: &str) -> Result<Held, String> {
    let (head, data) = rest.split_once(',').ok_or("the data URL has no comma before its data")?;
    // Four letters of base64 stand for three bytes.
    if data.len() as u64 > MOST_BYTES / 3 * 4 {
        return Err(format!("it is larger than the {MOST_BYTES} bytes that are accepted"));
    }
    let media_type =
        head.split(';').next().map(|text| text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty());
    let is_base64 = head.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    let mut bytes: Vec<u8> = percent_decode_str(data).collect();
    if is_base64 {
        bytes.retain(|byte| !byte.is_ascii_whitespace());
        bytes = BASE64.decode(bytes).map_err(|error| format!("its base64 is damaged: {error}"))?;
    }
    if bytes.is_empty() {
        return Err("the data URL is empty".into());
    }
    Ok(Held { media_type, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_holds_the_picture_itself() {
        let png = Some("image/png".to_owned());
        for (url, media_type, bytes) in [
            ("data:image/png;base64,iVBORw==", &png, &b"\x89PNG"[..]),
            ("DATA:image/PNG;charset=x;base64,iVBORw", &png, b"\x89PNG"),
            ("data:image/png;base64,iVBO%0ARw%3D%3D", &png, b"\x89PNG"),
            ("data:,GIF%38", &None, b"GIF8"),
        ] {
            assert_eq!(
                decode_data_url(url),
                Some(Ok(Held { media_type: media_type.clone(), bytes: bytes.to_vec() })),
                "{url}"
            );
        }
        for (url, reason) in [
            ("data:image/png;base64", "the data URL has no comma before its data"),
            ("data:image/png;base64,", "the data URL is empty"),
            ("data:image/png;base64,?", "its base64 is damaged: Invalid symbol 63, offset 0."),
        ] {
            assert_eq!(decode_data_url(url), Some(Err(reason.to_owned())), "{url}");
        }
        let large = format!("data:image/png;base64,{}", "A".repeat(14 << 20));
        assert_eq!(
            decode_data_url(&large),
            Some(Err("it is larger than the 10485760 bytes that are accepted".to_owned()))
        );
        for url in ["https://a.example/data:", "data", "", "daten:", "ää"] {
            assert_eq!(decode_data_url(url), None, "{url}");
        }
    }

    #[test]
    fn only_images_become_avatars() {
        let refused = |answered, bytes| image_type(answered, bytes).unwrap_err();
        assert_eq!(image_type(Some("image/webp"), b"GIF89a picture"), Ok("image/gif".to_owned()));
        assert_eq!(
            image_type(Some("application/octet-stream"), b"\x89PNG\r\n\x1a\n picture"),
            Ok("image/png".to_owned())
        );
        assert_eq!(image_type(None, b"\xff\xd8\xff picture"), Ok("image/jpeg".to_owned()));
        assert_eq!(refused(Some("text/plain"), b"hello"), "it is text/plain");
        assert_eq!(refused(Some("image/png"), b" <html>"), "it is a web page");
        assert_eq!(refused(None, b"abc"), "it is none of png, jpeg, gif, webp and avif");
        assert_eq!(
            refused(Some("image/png"), b"not an image"),
            "it is none of png, jpeg, gif, webp and avif, though it is said to be image/png"
        );
        assert_eq!(
            refused(Some("image/svg+xml"), b"<svg><script>alert(1)</script></svg>"),
            "it is none of png, jpeg, gif, webp and avif, though it is said to be image/svg+xml"
        );
        assert_eq!(refused(Some("image/png"), b"\x89PNG\r\n\x1a\n"), "nothing comes after its first bytes");
    }
}
