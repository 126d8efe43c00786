//! What to import: ids and names as they were given to `--users`, `--channels` and `--contacts`, and what they mean of what
//! is staged.

use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
};

use import_proto::{ImportInput, RecordChoice, Selection};

/// Stands for everything of a kind, where it stands alone.
const ALL: &str = "all";
/// How many words that mean nothing are told of.
const TOLD: usize = 5;
/// How many that are there are shown where none is close, and how many of those that are close.
const SHOWN: usize = 10;
const CLOSE: usize = 3;
/// A word is close to another that it begins, from so many letters on.
const BEGINNING: usize = 3;

/// What was given to an option at a time: `all`, or ids or names with commas between them. `\,` is a comma in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl FromStr for Words {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = vec![String::new()];
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            match (letter, words.last_mut()) {
                (',', _) => words.push(String::new()),
                ('\\', Some(word)) if rest.next_if_eq(&',').is_some() => word.push(','),
                (_, Some(word)) => word.push(letter),
                (_, None) => {}
            }
        }
        let words: Vec<String> =
            words.into_iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        match words.is_empty() {
            true => Err("nothing is chosen: say `all`, or ids or names with commas between them"),
            false => Ok(Self(words)),
        }
    }
}

/// What was given to each of the options, each time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// `--users`.
    pub users: &'a [Words],
    /// `--channels`.
    pub channels: &'a [Words],
    /// `--contacts`.
    pub contacts: &'a [Words],
}

impl Choice<'_> {
    /// Whether anything was chosen: without a choice everything is imported.
    pub fn is_given(&self) -> bool {
        ![self.users, self.channels, self.contacts].iter().all(|words| words.is_empty())
    }

    /// Whether ids or names were given, which have to be looked up among what is staged.
    pub fn has_names(&self) -> bool {
        [self.users, self.channels, self.contacts].iter().any(|words| !words.is_empty() && !is_all(words))
    }

    /// What is to be imported of what is there. A word is an id, where there is such an id, else a name.
    ///
    /// # Errors
    /// A sentence on words that mean nothing, with what is close to them or what is there, and on names that several have,
    /// with their ids.
    pub fn input(&self, there: &Selection) -> Result<ImportInput, String> {
        if !self.is_given() {
            return Ok(ImportInput::everything());
        }
        let users = there.users.iter().map(|user| Entry::new(&user.user_id, &user.username));
        let channels = there.channels.iter().map(|channel| Entry::new(&channel.channel_id, &channel.name));
        let contacts = there.contacts.iter().map(|contact| Entry::new(&contact.id, &contact.name));
        Ok(ImportInput {
            users: resolve("--users", ["user", "users"], self.users, users.collect())?,
            channels: resolve("--channels", ["room", "rooms"], self.channels, channels.collect())?,
            contacts: resolve("--contacts", ["contact", "contacts"], self.contacts, contacts.collect())?,
        })
    }
}

/// Something that can be chosen.
#[derive(Clone, Copy)]
struct Entry<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> Entry<'a> {
    fn new(id: &'a str, name: &'a str) -> Self {
        Self { id, name: name.trim() }
    }

    /// The name, and the id where that is another.
    fn shown(&self) -> String {
        match (self.id, self.name) {
            (id, "") => id.to_owned(),
            (id, name) if id == name => id.to_owned(),
            (id, name) => format!("{name} ({id})"),
        }
    }

    /// How many slips of the fingers a word in lower case is away from it; none where it is another word.
    fn slips(&self, word: &str) -> Option<usize> {
        let letters = word.chars().count();
        let slips = |own: &str| {
            let own = own.to_lowercase();
            let slips = strsim::osa_distance(&own, word);
            (slips <= letters / 3 || letters >= BEGINNING && own.starts_with(word)).then_some(slips)
        };
        [slips(self.id), slips(self.name)].into_iter().flatten().min()
    }
}

fn is_all(words: &[Words]) -> bool {
    matches!(words, [Words(only)] if matches!(only.as_slice(), [word] if word == ALL))
}

fn resolve(
    option: &str,
    kind: [&str; 2],
    words: &[Words],
    there: Vec<Entry<'_>>,
) -> Result<Option<RecordChoice>, String> {
    if words.is_empty() {
        return Ok(None);
    }
    if is_all(words) {
        return Ok(Some(RecordChoice::all()));
    }
    let ids: HashSet<&str> = there.iter().map(|entry| entry.id).collect();
    let mut named: HashMap<&str, Vec<&str>> = HashMap::new();
    for Entry { id, name } in there.iter().filter(|entry| !entry.name.is_empty()) {
        let ids = named.entry(name).or_default();
        // Several records may be of the same room.
        if !ids.contains(id) {
            ids.push(id);
        }
    }
    let (mut chosen, mut wrong): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for word in words.iter().flat_map(|Words(words)| words) {
        let id = match named.get(word.as_str()).map(Vec::as_slice) {
            _ if ids.contains(word.as_str()) => word,
            Some([id]) => *id,
            Some(several) => {
                wrong.push(ambiguous(word, kind, several));
                continue;
            }
            None => {
                wrong.push(unknown(word, kind, &there));
                continue;
            }
        };
        if !chosen.iter().any(|before| before == id) {
            chosen.push(id.to_owned());
        }
    }
    if wrong.is_empty() {
        return Ok(Some(RecordChoice::list(chosen)));
    }
    let more = match wrong.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!("; and {more} more that mean nothing"),
    };
    wrong.truncate(TOLD);
    Err(format!("{option} takes ids or names: {}{more}", wrong.join("; ")))
}

fn ambiguous(word: &str, [_, many]: [&str; 2], ids: &[&str]) -> String {
    let shown: Vec<_> = ids.iter().take(SHOWN).copied().collect();
    let more = more(ids.len(), shown.len());
    format!("{} {many} have the name `{word}`, say which by id: {}{more}", ids.len(), shown.join(", "))
}

fn unknown(word: &str, [one, _]: [&str; 2], there: &[Entry<'_>]) -> String {
    let lower = word.to_lowercase();
    let mut close: Vec<_> = there.iter().filter_map(|entry| Some((entry.slips(&lower)?, entry))).collect();
    // The order of the file decides between those that are equally close.
    close.sort_by_key(|(slips, _)| *slips);
    let hint = if word == ALL {
        "it means everything where it stands alone".to_owned()
    } else if !close.is_empty() {
        let close: Vec<_> = close.iter().take(CLOSE).map(|(_, entry)| entry.shown()).collect();
        format!("did you mean {}?", close.join(" or "))
    } else if there.is_empty() {
        "there is none at all".to_owned()
    } else {
        let shown: Vec<_> = there.iter().take(SHOWN).map(Entry::shown).collect();
        let more = more(there.len(), shown.len());
        format!("there {} {}{more}", if there.len() == 1 { "is" } else { "are" }, shown.join(", "))
    };
    format!("there is no {one} `{word}` ({hint})")
}

fn more(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use import_proto::{SelectionChannel, SelectionContact};

    use super::*;

    fn channel(id: &str, name: &str) -> SelectionChannel {
        SelectionChannel {
            channel_id: id.into(),
            name: name.into(),
            is_archived: false,
            do_import: true,
            is_private: false,
            is_direct: false,
        }
    }

    fn contact(id: &str, name: &str) -> SelectionContact {
        SelectionContact { id: id.into(), name: name.into(), emails: Vec::new(), phones: Vec::new(), do_import: true }
    }

    fn there() -> Selection {
        let channels = [("C1", "general"), ("C2", "dev"), ("C3", "ops"), ("C4", "ops"), ("dev", "old"), ("C5", "")];
        Selection {
            channels: channels.map(|(id, name)| channel(id, name)).to_vec(),
            contacts: vec![contact("7", "Kowalska, Janina"), contact("8", "Kowalska")],
            ..Selection::default()
        }
    }

    fn channels(given: &[&str]) -> Result<ImportInput, String> {
        let words: Vec<Words> = given.iter().map(|text| text.parse().unwrap()).collect();
        Choice { channels: &words, ..Choice::default() }.input(&there())
    }

    fn list(ids: &[&str]) -> Option<RecordChoice> {
        Some(RecordChoice::list(ids.iter().map(|id| (*id).to_owned())))
    }

    #[test]
    fn without_a_choice_everything_is_imported_and_with_one_no_other_kind() {
        assert_eq!(Choice::default().input(&there()), Ok(ImportInput::everything()));
        let expected = ImportInput { users: None, channels: Some(RecordChoice::all()), contacts: None };
        assert_eq!(channels(&["all"]), Ok(expected));
    }

    #[test]
    fn a_word_is_an_id_or_else_a_name() {
        assert_eq!(channels(&["general, C3,,C1"]).unwrap().channels, list(&["C1", "C3"]));
        // It is the id of one room and the name of another.
        assert_eq!(channels(&["dev"]).unwrap().channels, list(&["dev"]));
        assert_eq!(channels(&["general", "C2"]).unwrap().channels, list(&["C1", "C2"]), "given twice");
    }

    #[test]
    fn a_name_may_have_a_comma_in_it() {
        let words: Words = r"Kowalska\, Janina,8".parse().unwrap();
        let input = Choice { contacts: &[words], ..Choice::default() }.input(&there()).unwrap();
        assert_eq!(input.contacts, list(&["7", "8"]));
        assert_eq!(r"a\b,c\".parse(), Ok(Words(vec![r"a\b".into(), r"c\".into()])), "any other backslash is one");
    }

    #[test]
    fn an_empty_choice_is_none() {
        for text in ["", " ", ",", " , "] {
            assert_eq!(
                text.parse::<Words>(),
                Err("nothing is chosen: say `all`, or ids or names with commas between them"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_name_that_several_have_is_refused_with_their_ids() {
        assert_eq!(
            channels(&["ops"]).unwrap_err(),
            "--channels takes ids or names: 2 rooms have the name `ops`, say which by id: C3, C4"
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_refused_with_what_is_close_or_there() {
        for (given, hint) in [
            ("genreal", "there is no room `genreal` (did you mean general (C1)?)"),
            ("gen", "there is no room `gen` (did you mean general (C1)?)"),
            ("g1", "there is no room `g1` (there are general (C1), dev (C2), ops (C3), ops (C4), old (dev), C5)"),
            ("dve", "there is no room `dve` (did you mean dev (C2) or old (dev)?)"),
            ("General", "there is no room `General` (did you mean general (C1)?)"),
            ("zzz", "there is no room `zzz` (there are general (C1), dev (C2), ops (C3), ops (C4), old (dev), C5)"),
            ("general,all", "there is no room `all` (it means everything where it stands alone)"),
        ] {
            assert_eq!(channels(&[given]).unwrap_err(), format!("--channels takes ids or names: {hint}"));
        }
        let words: Words = "ann".parse().unwrap();
        assert_eq!(
            Choice { users: &[words], ..Choice::default() }.input(&there()).unwrap_err(),
            "--users takes ids or names: there is no user `ann` (there is none at all)"
        );
    }
}
