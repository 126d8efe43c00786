//! What a download is called and what it is, as its server says.

use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};
use url::Url;

/// The longest name that common file systems hold, in bytes.
const LONGEST_NAME: usize = 255;
/// The longest ending that is kept when a name is cut, in bytes, its dot included.
const LONGEST_ENDING: usize = 16;

/// The name of the file: `filename*` of `Content-Disposition`, else its `filename`, else the last
/// segment of the URL's path. Never a path, never empty.
pub(crate) fn file_name(headers: &HeaderMap, url: &Url) -> Option<String> {
    let parameters = headers
        .get(CONTENT_DISPOSITION)
        .map(|value| disposition_parameters(&text(value.as_bytes())))
        .unwrap_or_default();
    let parameter = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let segment = || {
        let segment = url.path_segments()?.next_back()?;
        Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
    };
    parameter("filename*")
        .and_then(|value| extended_value(&value))
        .and_then(|name| sanitise(&name))
        .or_else(|| sanitise(&parameter("filename")?))
        .or_else(|| sanitise(&segment()?))
}

/// The media type without its parameters, in lower case: `image/png`.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    (is_token(kind) && is_token(subtype)).then_some(essence)
}

fn is_token(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Header text is UTF-8 where it can be, ISO 8859-1 as of old otherwise.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The parameters of `attachment; filename="a.zip"; …`, names in lower case, quotes undone.
fn disposition_parameters(value: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let Some((_, mut rest)) = value.split_once(';') else {
        return parameters;
    };
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = parameter_value(after.trim_start());
        parameters.push((name.trim().to_ascii_lowercase(), value));
        match after.split_once(';') {
            Some((_, after)) => rest = after,
            None => break,
        }
    }
    parameters
}

/// The value that `rest` starts with, and what follows it.
fn parameter_value(rest: &str) -> (String, &str) {
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find(';').unwrap_or(rest.len());
        return (rest[..end].trim().to_owned(), &rest[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(char),
        }
    }
    (value, "")
}

/// Undoes `UTF-8'en'%e2%82%ac.zip` (RFC 8187).
fn extended_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    let decoded = percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        Some(decoded.decode_utf8().ok()?.into_owned())
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(decoded.map(char::from).collect())
    } else {
        None
    }
}

/// A bare name: no directories or drives, nothing invisible, no longer than file systems take.
fn sanitise(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next()?;
    let name: String = name
        .chars()
        .filter(|&char| !char.is_control() && !turns_text(char))
        .map(|char| if char == ':' { '_' } else { char })
        .collect();
    let name = name.trim().trim_end_matches(['.', ' ']);
    (!name.is_empty()).then(|| cut(name))
}

/// Characters that change the direction of text, so that `gpj.exe` reads as something else.
fn turns_text(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let ending = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= LONGEST_ENDING => &name[dot..],
        _ => "",
    };
    let stem = &name[..name.floor_char_boundary(LONGEST_NAME - ending.len())];
    format!("{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn named(disposition: &[u8], url: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        if !disposition.is_empty() {
            let value = HeaderValue::from_bytes(disposition).unwrap();
            headers.insert(CONTENT_DISPOSITION, value);
        }
        file_name(&headers, &Url::parse(url).unwrap())
    }

    #[test]
    fn the_content_disposition_names_the_file() {
        let table: [(&[u8], &str); 16] = [
            (b"attachment; filename=export.zip", "export.zip"),
            (b"attachment; filename=\"my export.zip\"", "my export.zip"),
            (b"inline;FileName = \"a;b=c.zip\" ; size=3", "a;b=c.zip"),
            (br#"attachment; filename="a \"b\".zip""#, "a \"b\".zip"),
            (b"attachment; filename=\"open.zip", "open.zip"),
            (b"attachment; size=3; filename=a.zip", "a.zip"),
            (b"attachment; filename=\"\xc3\xa4.zip\"", "\u{e4}.zip"),
            (b"attachment; filename=\"\xe4.zip\"", "\u{e4}.zip"),
            (b"attachment; filename=a.zip; filename*=UTF-8''%e2%82%ac.zip", "\u{20ac}.zip"),
            (b"attachment; filename*=utf-8'en'b%20c.zip; filename=a.zip", "b c.zip"),
            (b"attachment; filename*=iso-8859-1''%e4.zip", "\u{e4}.zip"),
            (b"attachment; filename*=UTF-8''%ff; filename=a.zip", "a.zip"),
            (b"attachment; filename*=koi8-r''%ff; filename=a.zip", "a.zip"),
            (b"attachment; filename=\"\"", "url.zip"),
            (b"attachment; filename=\"..\"", "url.zip"),
            (b"attachment", "url.zip"),
        ];
        for (disposition, name) in table {
            let got = named(disposition, "http://files.example/url.zip");
            assert_eq!(got.as_deref(), Some(name), "{}", text(disposition));
        }
    }

    #[test]
    fn the_last_segment_of_the_path_names_the_file_otherwise() {
        for (url, name) in [
            ("http://files.example/a/b.zip?c=d.zip#e", Some("b.zip")),
            ("http://files.example/a/b%20c.zip", Some("b c.zip")),
            ("http://files.example/a+b.zip", Some("a+b.zip")),
            ("http://files.example/%2e%2e%2fetc%2fpasswd", Some("passwd")),
            ("http://files.example/a%00b", Some("ab")),
            ("http://files.example/%ff.zip", Some("\u{fffd}.zip")),
            ("http://files.example/a/", None),
            ("http://files.example/", None),
            ("http://files.example", None),
        ] {
            assert_eq!(named(b"", url).as_deref(), name, "{url}");
        }
    }

    #[test]
    fn a_name_is_never_a_path() {
        for (name, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("/etc/passwd", Some("passwd")),
            (r"..\..\boot.ini", Some("boot.ini")),
            (r"C:\boot.ini", Some("boot.ini")),
            ("C:boot.ini", Some("C_boot.ini")),
            ("a/..", None),
            ("a/.", None),
            ("a\\", None),
            (" . ", None),
            ("...", None),
            ("a\0\r\n\u{7f}b", Some("ab")),
            ("a\u{202e}gpj.exe", Some("agpj.exe")),
            ("  a.zip . ", Some("a.zip")),
            (".hidden", Some(".hidden")),
        ] {
            assert_eq!(sanitise(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let cut = sanitise(&format!("{}.zip", "\u{e4}".repeat(200))).unwrap();
        assert_eq!(cut, format!("{}.zip", "\u{e4}".repeat(125)));
        let cut = sanitise(&format!("a.{}", "b".repeat(300))).unwrap();
        assert_eq!(cut, format!("a.{}", "b".repeat(253)));
    }

    #[test]
    fn the_content_type_is_the_bare_media_type() {
        for (header, expected) in [
            ("image/png", Some("image/png")),
            ("Text/HTML; charset=UTF-8", Some("text/html")),
            (" application/zip ", Some("application/zip")),
            ("zip", None),
            ("a/b/c", None),
            ("a/<b>", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(header))]);
            assert_eq!(content_type(&headers).as_deref(), expected, "{header}");
        }
        assert_eq!(content_type(&HeaderMap::new()), None);
    }
}
