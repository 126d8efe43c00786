//! Who and what a message names: `@username` and `#room`.

use std::collections::HashSet;

use memchr::memchr2_iter;

/// Names in a text, each once, in the order in which they first appear. Whether there is such a user or room is for others to find out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mentioned {
    pub(super) users: Vec<String>,
    pub(super) rooms: Vec<String>,
}

/// The names that a text mentions.
///
/// A name is letters, digits, `-`, `_` and `.`, up to the first other character; full stops at its end are the sentence's.
/// It does not start within a word, an address or a URL: `a@b.org` mentions nobody.
pub(super) fn of(text: &str) -> Mentioned {
    let mut mentioned = Mentioned::default();
    let mut seen = HashSet::new();
    for at in memchr2_iter(b'@', b'#', text.as_bytes()) {
        let (before, rest) = text.split_at(at);
        if before.chars().next_back().is_some_and(|last| last.is_alphanumeric() || "@#./-+&=%".contains(last)) {
            continue;
        }
        let (sign, rest) = rest.split_at(1);
        let end = rest.find(|next: char| !next.is_alphanumeric() && !"-_.".contains(next)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().trim_end_matches('.');
        if !name.is_empty() && seen.insert((sign, name)) {
            let names = if sign == "@" { &mut mentioned.users } else { &mut mentioned.rooms };
            names.push(name.to_owned());
        }
    }
    mentioned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        let Mentioned { users, rooms } = of(text);
        (users, rooms)
    }

    #[test]
    fn names_are_found_once_and_whole() {
        let (users, rooms) = names("@ann.lee, (@bob) and @ann.lee. _@U12_ @U123 @all: see #dev-ops; #Büro!");
        assert_eq!(users, ["ann.lee", "bob", "U12_", "U123", "all"]);
        assert_eq!(rooms, ["dev-ops", "Büro"]);
    }

    #[test]
    fn addresses_urls_and_lone_signs_mention_nobody() {
        let text = "mail a@b.org or first.@c, https://x.org/#top, https://x.org/@me, ##, @, # @. c#";
        assert_eq!(of(text), Mentioned::default());
    }
}
