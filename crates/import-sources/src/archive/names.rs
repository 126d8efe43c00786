//! Names of entries: decoded, tidied, judged.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use import_proto::NamesEncoding;

/// Entries that macOS adds to archives and folders.
pub(super) fn is_ignored(name: &str) -> bool {
    name.contains("__MACOSX") || name.contains(".DS_Store")
}

/// The text of a name that is UTF-8.
pub(super) fn decode_utf8(name: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(name)
}

/// The text of a name in this encoding.
pub(super) fn decode(name: &[u8], encoding: NamesEncoding) -> Cow<'_, str> {
    match encoding {
        NamesEncoding::Utf8 => decode_utf8(name),
        NamesEncoding::Cp437 => Cow::Owned(name.iter().map(|&byte| code_page_437(byte)).collect()),
        NamesEncoding::Cp932 => encoding_rs::SHIFT_JIS.decode_without_bom_handling(name).0,
        NamesEncoding::Cp1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(name).0,
    }
}

/// The name that an extra field of Info-ZIP has in UTF-8, if it is a field of this very name.
///
/// Tools that rename an entry without knowing the field leave it as it was: so it has the checksum of the name.
pub(super) fn unicode_path<'a>(field: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let (&[1, a, b, c, d], path) = field.split_first_chunk()? else { return None };
    let same = u32::from_le_bytes([a, b, c, d]) == rawzip::crc32(name);
    std::str::from_utf8(path).ok().filter(|path| same && !path.is_empty())
}

/// Folders of a zip whose names may be in any encoding, each once, as many as tell which one it is.
#[derive(Default)]
pub(super) struct Undecided(BTreeSet<Box<[u8]>>);

impl Undecided {
    /// How many folders are remembered.
    const MOST: usize = 10_000;
    /// Bytes of the longest name that is remembered.
    const LONGEST: usize = 1_000;

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers the folder of an entry. No byte of a character of several is a slash in any of the encodings.
    pub(super) fn note(&mut self, name: &[u8]) {
        let folder = name.iter().rposition(|byte| *byte == b'/').and_then(|at| name.get(..at)).unwrap_or(name);
        if self.0.len() < Self::MOST && folder.len() <= Self::LONGEST && !folder.is_ascii() && !self.0.contains(folder)
        {
            self.0.insert(folder.into());
        }
    }

    /// The encoding in which most of the folders are `known`: of several, and where none is, the zip format's own.
    pub(super) fn best(&self, known: impl Fn(&str) -> bool) -> NamesEncoding {
        let fits = |encoding| {
            let names = self.0.iter().map(|name| decode(name, encoding));
            names.filter(|name| name.rsplit(['/', '\\']).next().is_some_and(&known)).count()
        };
        let mut best = (NamesEncoding::Cp437, fits(NamesEncoding::Cp437));
        for encoding in [NamesEncoding::Cp932, NamesEncoding::Cp1252] {
            let count = fits(encoding);
            if count > best.1 {
                best = (encoding, count);
            }
        }
        best.0
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
    fn names_are_decoded() {
        use NamesEncoding::{Cp437, Cp932, Cp1252, Utf8};
        assert_eq!(decode("Büro".as_bytes(), Utf8), "Büro");
        assert_eq!(decode(b"B\x81ro", Utf8), "B\u{fffd}ro");
        assert_eq!(decode(b"B\x81ro", Cp437), "Büro");
        assert_eq!(decode(b"\x80\xff", Cp437), "Ç\u{a0}");
        assert_eq!(decode(b"\x8aJ\x94\xad \x95\\", Cp932), "開発 表");
        assert_eq!(decode(b"B\xfcro \x80", Cp1252), "Büro €");
    }

    #[test]
    fn the_unicode_path_counts_if_it_is_of_this_name() {
        let field = |checksum: u32, path: &str| [&[1], &checksum.to_le_bytes()[..], path.as_bytes()].concat();
        let right = rawzip::crc32(b"B?ro");
        assert_eq!(unicode_path(&field(right, "Büro"), b"B?ro"), Some("Büro"));
        assert_eq!(unicode_path(&field(right, "Büro"), b"Bxro"), None);
        assert_eq!(unicode_path(&field(right, ""), b"B?ro"), None);
        assert_eq!(unicode_path(&[2, 0, 0, 0, 0, b'a'], b"B?ro"), None);
        assert_eq!(unicode_path(&[1, 0], b"B?ro"), None);
    }

    #[test]
    fn the_encoding_is_the_one_in_which_most_folders_are_known() {
        let mut undecided = Undecided::default();
        for name in [&b"\x8aJ\x94\xad/a"[..], b"\x8aJ\x94\xad/b", b"top/B\xfcro/a", b"plain/a"] {
            undecided.note(name);
        }
        assert_eq!(undecided.0.len(), 2);
        assert_eq!(undecided.best(|name| name == "開発"), NamesEncoding::Cp932);
        assert_eq!(undecided.best(|name| name == "Büro"), NamesEncoding::Cp1252);
        assert_eq!(undecided.best(|name| name == "èJö¡"), NamesEncoding::Cp437);
        assert_eq!(undecided.best(|_| false), NamesEncoding::Cp437);
        assert_eq!(undecided.best(|_| true), NamesEncoding::Cp437);
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
