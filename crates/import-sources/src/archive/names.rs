//! Names of entries: decoded, tidied, judged.

use std::borrow::Cow;
use std::path::Path;

/// Entries that macOS adds to archives and folders.
pub(super) fn is_ignored(name: &str) -> bool {
    name.contains("__MACOSX") || name.contains(".DS_Store")
}

/// The text of a name in a zip: UTF-8 where it is marked or valid as such, else the code page 437 of the first zip tools.
pub(super) fn decode(name: &[u8], marked_utf8: bool) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if marked_utf8 => String::from_utf8_lossy(name),
        Err(_) => Cow::Owned(name.iter().map(|&byte| code_page_437(byte)).collect()),
    }
}

fn code_page_437(byte: u8) -> char {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    match byte.checked_sub(128) {
        None => char::from(byte),
        Some(upper) => UPPER.chars().nth(usize::from(upper)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// A name of a zip's entry, made fit to be shown and compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tidied {
    pub(super) name: String,
    /// Whether it lies within the archive and has no control characters.
    pub(super) safe: bool,
    pub(super) folder: bool,
}

/// Tidies a name: separators of Windows become slashes, byte order marks and empty or `.` steps are left out.
///
/// A name that is not safe stays whole, but for control characters.
pub(super) fn tidy(name: &str) -> Tidied {
    let slashed = name.replace('\\', "/").replace('\u{feff}', "");
    let folder = slashed.ends_with('/');
    let absolute = slashed.starts_with('/');
    let drive = matches!(slashed.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let steps = || slashed.split('/').filter(|step| !step.is_empty() && *step != ".");
    let leads_out = steps().any(|step| step == "..");
    let safe = !absolute && !drive && !leads_out && !slashed.contains(char::is_control) && steps().next().is_some();
    let name = if safe { steps().collect::<Vec<_>>().join("/") } else { slashed.replace(char::is_control, "\u{fffd}") };
    Tidied { name, safe, folder }
}

/// The name of a file by its path below the export's folder.
pub(super) fn of_path(path: &Path) -> String {
    let steps = path.components().map(|step| step.as_os_str().to_string_lossy());
    let mut name = String::new();
    for step in steps {
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(&step.replace('\u{feff}', "").replace(char::is_control, "\u{fffd}"));
    }
    name
}

/// A name in one form of the several that Unicode has for the same accented letters: file systems and
/// spreadsheets write different ones.
pub(crate) fn composed(name: &str) -> Cow<'_, str> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    if name.is_ascii() || is_nfc_quick(name.chars()) == IsNormalized::Yes {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.nfc().collect())
    }
}

/// The folder that all names lie in, where below it is one of the `known` files or another folder.
pub(super) fn top_folder<'a>(names: impl Iterator<Item = &'a str>, known: &[&str]) -> Option<&'a str> {
    let mut shared = None;
    let mut is_top = false;
    for name in names {
        let (folder, below) = name.split_once('/')?;
        if *shared.get_or_insert(folder) != folder {
            return None;
        }
        is_top |= below.contains('/') || known.iter().any(|known| known.eq_ignore_ascii_case(below));
    }
    shared.filter(|_| is_top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_utf_8_or_code_page_437() {
        assert_eq!(decode("Büro".as_bytes(), false), "Büro");
        assert_eq!(decode(b"B\x81ro", false), "Büro");
        assert_eq!(decode(b"B\x81ro", true), "B\u{fffd}ro");
        assert_eq!(decode(b"\x80\xff", false), "Ç\u{a0}");
    }

    #[test]
    fn names_are_tidied() {
        for (raw, name, folder) in [
            ("general/a.csv", "general/a.csv", false),
            ("\u{feff}users.csv", "users.csv", false),
            ("./general//a.csv", "general/a.csv", false),
            ("export\\general\\a.csv", "export/general/a.csv", false),
            ("general/", "general", true),
            ("a..b/..c.csv", "a..b/..c.csv", false),
        ] {
            assert_eq!(tidy(raw), Tidied { name: name.to_owned(), safe: true, folder }, "{raw}");
        }
    }

    #[test]
    fn names_that_lead_out_are_unsafe() {
        for raw in
            ["/etc/passwd", "../a.csv", "a/../../b.csv", "C:\\a.csv", "c:a.csv", "a\0.csv", "a\n.csv", "", "/", "."]
        {
            assert!(!tidy(raw).safe, "{raw:?}");
        }
        assert_eq!(tidy("a\0.csv").name, "a\u{fffd}.csv");
    }

    #[test]
    fn a_top_folder_is_one_that_holds_everything_and_more_than_messages() {
        let top = |names: &[&'static str]| top_folder(names.iter().copied(), &["users.csv", "channels.csv"]);
        assert_eq!(top(&["export/users.csv", "export/general/a.csv"]), Some("export"));
        assert_eq!(top(&["export/Users.CSV"]), Some("export"));
        assert_eq!(top(&["export/general/a.csv"]), Some("export"));
        assert_eq!(top(&["general/messages.csv"]), None);
        assert_eq!(top(&["general/a.csv", "general/b.csv"]), None);
        assert_eq!(top(&["general/a.csv", "random/b.csv"]), None);
        assert_eq!(top(&["users.csv"]), None);
        assert_eq!(top(&["export/users.csv", "readme.txt"]), None);
        assert_eq!(top(&[]), None);
    }
}
