//! Names of entries: decoded, tidied, judged.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use encoding_rs::{SHIFT_JIS, WINDOWS_1252};
use import_proto::NamesEncoding;

/// Entries that macOS adds to archives and folders.
pub(super) fn is_ignored(name: &str) -> bool {
    name.contains("__MACOSX") || name.contains(".DS_Store")
}

/// The encodings that are tried for a name, in the order in which they are preferred. Zip tools began with code page 437.
const GUESSES: [NamesEncoding; 3] = [NamesEncoding::Cp437, NamesEncoding::Cp932, NamesEncoding::Cp1252];

/// Decodes the names in a zip.
///
/// A name that is marked as UTF-8 or is valid UTF-8 is UTF-8. For any other name the encoding is guessed: the name of a
/// room in it decides, else the encoding that most names with a room in them have.
#[derive(Debug, Default)]
pub(crate) struct NameDecoder {
    /// The encoding of all names that are not marked, if an administrator has named it.
    named: Option<NamesEncoding>,
    /// What rooms are called, composed.
    rooms: HashSet<String>,
    /// The encoding of names without a room in them.
    usual: Option<NamesEncoding>,
}

impl NameDecoder {
    pub(super) fn of(named: Option<NamesEncoding>) -> Self {
        Self { named, ..Self::default() }
    }

    /// A decoder that knows the rooms' names. `undecided` are the raw names that the decoder without them had to guess.
    pub(super) fn with_rooms(rooms: HashSet<String>, undecided: &[Vec<u8>]) -> Self {
        let mut decoder = Self { rooms, ..Self::default() };
        let fitting = |encoding: NamesEncoding| {
            undecided.iter().filter(|name| decoder.names_a_room(&text_in(name, encoding))).count()
        };
        // Of encodings that fit equally well the first one is meant: `max_by_key` takes the last.
        let usual = GUESSES.into_iter().rev().max_by_key(|encoding| fitting(*encoding));
        decoder.usual = usual;
        decoder
    }

    /// The text of a name, and whether its encoding had to be guessed.
    pub(super) fn decode<'n>(&self, name: &'n [u8], marked_utf8: bool) -> (Cow<'n, str>, bool) {
        if let Some(encoding) = self.named.filter(|_| !marked_utf8) {
            return (text_in(name, encoding), false);
        }
        match std::str::from_utf8(name) {
            Ok(text) => (Cow::Borrowed(text), false),
            Err(_) if marked_utf8 => (String::from_utf8_lossy(name), false),
            Err(_) => {
                let texts = || GUESSES.into_iter().map(|encoding| text_in(name, encoding));
                let of_room = texts().find(|text| self.names_a_room(text));
                let usual = || text_in(name, self.usual.unwrap_or(NamesEncoding::Cp437));
                (of_room.unwrap_or_else(usual), true)
            }
        }
    }

    /// Whether one of the folders in a name is called like a room.
    fn names_a_room(&self, name: &str) -> bool {
        let (folders, _) = name.rsplit_once(['/', '\\']).unwrap_or_default();
        folders.split(['/', '\\']).any(|folder| self.rooms.contains(&*composed(folder)))
    }
}

/// The text of a name in an encoding. What is no text in it becomes replacement characters.
fn text_in(name: &[u8], encoding: NamesEncoding) -> Cow<'_, str> {
    match encoding {
        NamesEncoding::Utf8 => String::from_utf8_lossy(name),
        NamesEncoding::Cp437 if name.is_ascii() => String::from_utf8_lossy(name),
        NamesEncoding::Cp437 => Cow::Owned(name.iter().map(|&byte| code_page_437(byte)).collect()),
        NamesEncoding::Cp932 => SHIFT_JIS.decode_without_bom_handling(name).0,
        NamesEncoding::Cp1252 => WINDOWS_1252.decode_without_bom_handling(name).0,
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
        let decode = |name, marked| NameDecoder::default().decode(name, marked).0.into_owned();
        assert_eq!(decode("Büro".as_bytes(), false), "Büro");
        assert_eq!(decode(b"B\x81ro", false), "Büro");
        assert_eq!(decode(b"B\x81ro", true), "B\u{fffd}ro");
        assert_eq!(decode(b"\x80\xff", false), "Ç\u{a0}");
    }

    #[test]
    fn the_name_of_a_room_decides_the_encoding() {
        let rooms = HashSet::from(["開発".to_owned(), "Überblick".to_owned(), "Café".to_owned()]);
        let (japanese, german, french): (&[u8], &[u8], &[u8]) =
            (b"\x8aJ\x94\xad/a.json", b"\x9aberblick/a.json", b"x\\Caf\xe9\\a.json");
        let undecided = [japanese.to_vec(), german.to_vec(), french.to_vec(), b"\x8aJ\x94\xad/b.json".to_vec()];
        let decoder = NameDecoder::with_rooms(rooms, &undecided);
        assert_eq!(decoder.decode(japanese, false), ("開発/a.json".into(), true));
        assert_eq!(decoder.decode(german, false), ("Überblick/a.json".into(), true));
        assert_eq!(decoder.decode(french, false), ("x\\Café\\a.json".into(), true));
        // No room is called so: most rooms have Japanese names.
        assert_eq!(decoder.decode(b"\x8cv\x89\xe6/a.json", false), ("計画/a.json".into(), true));
    }

    #[test]
    fn without_a_room_a_name_is_in_code_page_437() {
        let decoder = NameDecoder::with_rooms(HashSet::new(), &[b"B\x81ro/a.json".to_vec()]);
        assert_eq!(decoder.decode(b"B\x81ro/a.json", false), ("Büro/a.json".into(), true));
    }

    #[test]
    fn an_encoding_that_is_named_holds_for_every_name_that_is_not_marked() {
        for (encoding, text) in [
            (NamesEncoding::Utf8, "\u{fffd}J\u{fffd}\u{fffd}"),
            (NamesEncoding::Cp437, "èJö¡"),
            (NamesEncoding::Cp932, "開発"),
            (NamesEncoding::Cp1252, "ŠJ”\u{ad}"),
        ] {
            let decoder = NameDecoder::of(Some(encoding));
            assert_eq!(decoder.decode(b"\x8aJ\x94\xad", false), (text.into(), false));
            assert_eq!(decoder.decode("開".as_bytes(), true), ("開".into(), false));
        }
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
