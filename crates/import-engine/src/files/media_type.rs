//! What kind of file something is, from what servers, exports and names say.

/// A page for people.
const PAGE: &str = "text/html";
/// What nothing else is known of.
const UNKNOWN: &str = "application/octet-stream";

/// Types that servers give to whatever they do not know.
const SAYS_NOTHING: [&str; 4] =
    [UNKNOWN, "binary/octet-stream", "application/x-download", "application/force-download"];

/// The media type of a file: as the server says, else as the export says, else as the name tells.
pub(crate) fn of(answered: Option<&str>, declared: Option<&str>, name: &str) -> String {
    let says = |given: Option<&str>| given.filter(|given| !SAYS_NOTHING.contains(given)).map(str::to_owned);
    says(answered).or_else(|| says(declared)).unwrap_or_else(|| of_name(name).to_owned())
}

/// Whether a server that was asked for this file may have sent a page for people in its place: one that asks for a login,
/// say.
pub(crate) fn is_another_page(answered: Option<&str>, declared: Option<&str>, name: &str, first_bytes: &[u8]) -> bool {
    let is_page = as_it_begins(of(answered, declared, name), first_bytes) == PAGE;
    is_page && declared != Some(PAGE) && !matches!(ending(name).as_str(), "html" | "htm" | "xhtml")
}

/// As many first bytes as are asked for to tell what a file is.
pub(crate) const FIRST_BYTES: usize = 512;

/// An image of pixels that is known by its first bytes: its type, and the bytes that say so.
pub(crate) fn of_image(bytes: &[u8]) -> Option<(&'static str, usize)> {
    let at = |from: usize, wanted: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(wanted));
    let kinds = [
        ("image/png", 8, at(0, b"\x89PNG\r\n\x1a\n")),
        ("image/jpeg", 3, at(0, b"\xff\xd8\xff")),
        ("image/gif", 6, at(0, b"GIF87a") || at(0, b"GIF89a")),
        ("image/webp", 12, at(0, b"RIFF") && at(8, b"WEBP")),
        ("image/avif", 12, at(4, b"ftypavif") || at(4, b"ftypavis")),
    ];
    kinds.into_iter().find(|(.., is)| *is).map(|(media_type, length, _)| (media_type, length))
}

/// Whether a file begins like a page for people, whatever it is said to be.
pub(crate) fn begins_like_a_page(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 6] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<title", b"<script"];
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    BEGINNINGS.iter().any(|wanted| {
        let (begin, next) = (text.get(..wanted.len()), text.get(wanted.len()));
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(wanted))
            && next.is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'-')
    })
}

/// The media type of a file once its first bytes are known: a page is none of the kinds that never begin like one.
pub(crate) fn as_it_begins(media_type: String, first_bytes: &[u8]) -> String {
    if never_begins_like_a_page(&media_type) && begins_like_a_page(first_bytes) { PAGE.to_owned() } else { media_type }
}

/// Images, sounds, films and documents that are no text. Of text nothing is known: a snippet may be the source of a page.
fn never_begins_like_a_page(media_type: &str) -> bool {
    const KINDS: [&str; 3] = ["image/", "audio/", "video/"];
    const DOCUMENTS: [&str; 6] = [
        "application/pdf",
        "application/zip",
        "application/gzip",
        "application/msword",
        "application/vnd.ms-",
        "application/vnd.openxmlformats-",
    ];
    KINDS.iter().chain(&DOCUMENTS).any(|beginning| media_type.starts_with(beginning))
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

fn of_name(name: &str) -> &'static str {
    match ending(name).as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "heic" => "image/heic",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "json" => "application/json",
        "csv" => "text/csv",
        "md" => "text/markdown",
        "htm" | "html" => PAGE,
        "txt" | "log" => "text/plain",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_knows_best_then_the_export_then_the_name() {
        for (answered, declared, name, expected) in [
            (Some("image/png"), Some("image/gif"), "a.jpg", "image/png"),
            (Some("application/octet-stream"), Some("image/gif"), "a.jpg", "image/gif"),
            (None, None, "a.JPG", "image/jpeg"),
            (Some("binary/octet-stream"), None, "report.pdf", "application/pdf"),
            (None, None, "README", "application/octet-stream"),
        ] {
            assert_eq!(of(answered, declared, name), expected, "{name}");
        }
    }

    #[test]
    fn a_page_is_no_file_unless_a_page_was_wanted() {
        let page = Some("text/html");
        let (login, other) = (&b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>log in"[..], &b"%PDF-1.7"[..]);
        assert!(is_another_page(page, Some("application/pdf"), "report.pdf", other));
        assert!(is_another_page(page, None, "report", other));
        assert!(!is_another_page(page, page, "snippet", login));
        assert!(!is_another_page(page, None, "page.HTML", login));
        assert!(!is_another_page(Some("application/pdf"), None, "report.pdf", other));
        assert!(!is_another_page(None, None, "report.pdf", other));
        // Whatever the server and the export call it.
        assert!(is_another_page(Some("application/octet-stream"), Some("image/png"), "a.png", login));
        assert!(is_another_page(Some("application/pdf"), None, "report.pdf", login));
        assert!(is_another_page(None, None, "film.mp4", login));
        assert!(!is_another_page(Some("text/plain"), Some("text/plain"), "source of a page", login));
        assert!(!is_another_page(None, None, "README", login));
    }

    #[test]
    fn what_begins_like_a_page_is_no_image() {
        for (first, is) in [
            (&b"<!DOCTYPE html>"[..], true),
            (b" \r\n<HTML lang=en>", true),
            (b"<script>", true),
            (b"<!doctype svg>", false),
            (b"<svg><script>", false),
            (b"<header>", false),
            (b"<html-like>", false),
            (b"", false),
        ] {
            assert_eq!(begins_like_a_page(first), is, "{}", String::from_utf8_lossy(first));
        }
        assert_eq!(as_it_begins("image/png".into(), b"<html>"), "text/html");
        assert_eq!(as_it_begins("image/png".into(), b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(as_it_begins("text/plain".into(), b"<html>"), "text/plain");
    }

    #[test]
    fn images_are_known_by_their_first_bytes() {
        assert_eq!(of_image(b"\x89PNG\r\n\x1a\n"), Some(("image/png", 8)));
        assert_eq!(of_image(b"\xff\xd8\xff\xe0"), Some(("image/jpeg", 3)));
        assert_eq!(of_image(b"GIF89a"), Some(("image/gif", 6)));
        assert_eq!(of_image(b"RIFF\0\0\0\0WEBP"), Some(("image/webp", 12)));
        assert_eq!(of_image(b"\0\0\0\x1cftypavif\0"), Some(("image/avif", 12)));
        for none in [&b"\x89PNG"[..], b"GIF8", b"RIFF\0\0\0\0WAVE", b"<svg></svg>", b"<html>", b"BM", b""] {
            assert_eq!(of_image(none), None, "{}", String::from_utf8_lossy(none));
        }
    }
}
