//! What kind of file something is, from what servers, exports and names say.

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
pub(crate) fn is_another_page(answered: Option<&str>, declared: Option<&str>, name: &str) -> bool {
    const PAGE: Option<&str> = Some("text/html");
    answered == PAGE && declared != PAGE && !matches!(ending(name).as_str(), "html" | "htm" | "xhtml")
}

/// The type of an image by its first bytes.
pub(crate) fn of_image(bytes: &[u8]) -> Option<&'static str> {
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        _ if webp => Some("image/webp"),
        _ => None,
    }
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
        "htm" | "html" => "text/html",
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
        assert!(is_another_page(page, Some("application/pdf"), "report.pdf"));
        assert!(is_another_page(page, None, "report"));
        assert!(!is_another_page(page, page, "snippet"));
        assert!(!is_another_page(page, None, "page.HTML"));
        assert!(!is_another_page(Some("application/pdf"), None, "report.pdf"));
        assert!(!is_another_page(None, None, "report.pdf"));
    }

    #[test]
    fn images_are_known_by_their_first_bytes() {
        assert_eq!(of_image(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(of_image(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(of_image(b"GIF89a"), Some("image/gif"));
        assert_eq!(of_image(b"RIFF\0\0\0\0WEBP"), Some("image/webp"));
        assert_eq!(of_image(b"<html>"), None);
        assert_eq!(of_image(b""), None);
    }
}
