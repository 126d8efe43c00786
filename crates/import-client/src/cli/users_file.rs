//! Users of a file, one by one: a JSON array, an object with `users`, one JSON object a line, or CSV.

use std::{
    fmt,
    io::{self, BufRead, Cursor, Read},
};

use anyhow::{Context, bail};
use import_client::import_proto::NewUser;
use serde::{
    Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{show::number, users_csv};

/// Takes a user; false where it wants no more.
pub(crate) trait Take: FnMut(NewUser) -> bool {}
impl<F: FnMut(NewUser) -> bool> Take for F {}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `[{…}, …]`
    Array,
    /// `{"users": [{…}, …]}`
    Object,
    /// `{…}` `{…}` …
    Lines,
    Csv,
}

/// Reads users until the end of the file, or until `take` wants no more. What is wrong is told with the number of the
/// user in the file, from 1, and the place.
pub(crate) fn read(mut input: impl BufRead, mut take: impl Take) -> anyhow::Result<()> {
    let (form, head) = form(&mut input)?;
    let input = Cursor::new(head).chain(input);
    if form == Form::Csv {
        return users_csv::read(input, take);
    }
    let (mut read, mut stopped) = (0_u64, false);
    let mut counted = |user: NewUser| {
        read += 1;
        stopped = !take(user);
        !stopped
    };
    let result = match form {
        Form::Lines => lines(input, &mut counted),
        _ => {
            let mut json = serde_json::Deserializer::from_reader(input);
            let users = if form == Form::Object {
                json.deserialize_any(UsersObject(&mut counted))
            } else {
                Users(&mut counted).deserialize(&mut json)
            };
            users.and_then(|()| json.end())
        }
    };
    match result {
        Err(_) if stopped => Ok(()),
        result => result.with_context(|| format!("user {} of the file cannot be read", number(read + 1))),
    }
}

fn lines(input: impl Read, take: &mut dyn FnMut(NewUser) -> bool) -> serde_json::Result<()> {
    for user in serde_json::Deserializer::from_reader(input).into_iter() {
        if !take(user?) {
            break;
        }
    }
    Ok(())
}

/// Tells the form by the beginning; gives back what was read of it, without a byte order mark.
fn form(input: &mut impl Read) -> anyhow::Result<(Form, Vec<u8>)> {
    /// An object whose first key does not end before this has no first key.
    const ENOUGH: usize = 64 * 1024;
    let mut head = Vec::new();
    loop {
        let mut piece = [0; 1024];
        let length = match input.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            length => length?,
        };
        head.extend_from_slice(&piece[..length]);
        let at_end = length == 0 || head.len() > ENOUGH;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        match told_by(&head) {
            Some(form) => return Ok((form, head)),
            None if at_end && head.trim_ascii_start().is_empty() => bail!("there is nothing in it"),
            None if at_end => return Ok((Form::Lines, head)),
            None => {}
        }
    }
}

/// The form that a beginning speaks for; `None` where it is too short.
fn told_by(head: &[u8]) -> Option<Form> {
    let (first, rest) = head.trim_ascii_start().split_first()?;
    match first {
        b'[' => Some(Form::Array),
        b'{' => {
            let rest = rest.trim_ascii_start();
            if rest.len() < b"\"users\"".len() && !rest.contains(&b'}') {
                return None;
            }
            Some(if rest.starts_with(b"\"users\"") { Form::Object } else { Form::Lines })
        }
        // The first of the three bytes of a byte order mark, and the second: not there yet.
        0xef if head.len() < 3 => None,
        _ => Some(Form::Csv),
    }
}

/// An array of users, handed on one by one.
struct Users<'a>(&'a mut dyn FnMut(NewUser) -> bool);

impl<'de> DeserializeSeed<'de> for Users<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of users")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<(), A::Error> {
        while let Some(user) = users.next_element()? {
            if !(self.0)(user) {
                return Err(de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// An object with `users`.
struct UsersObject<'a>(&'a mut dyn FnMut(NewUser) -> bool);

impl<'de> Visitor<'de> for UsersObject<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `users`")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<String>()? {
            if key == "users" {
                fields.next_value_seed(Users(&mut *self.0))?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The import ids of the users of a file, or the error. `chunk`: how many bytes are there at a time.
    fn ids(file: &[u8], chunk: usize) -> Result<String, String> {
        let mut ids = Vec::new();
        let input = io::BufReader::with_capacity(chunk, file);
        let result = read(input, |user| {
            ids.push(user.import_ids.join("+"));
            true
        });
        result.map(|()| ids.join(" ")).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn each_form_is_told_by_its_content() {
        let user = |id: u32| format!(r#"{{"emails":["a@b.c"],"importIds":[{id}]}}"#);
        let (one, two) = (user(1), user(2));
        for file in [
            format!("[{one},{two}]"),
            format!("\u{feff} \n[ {one} ,\n{two} ]\n"),
            format!(r#"{{"users":[{one},{two}]}}"#),
            format!("\n{{ \"users\" : [{one},{two}], \"other\": {{}} }} "),
            format!("{one}\n{two}\n"),
            format!("{one}\r\n\r\n{two}"),
            "emails,importIds\na@b.c,1\na@b.c,2\n".to_owned(),
            "\u{feff}importIds,emails\r\n1,a@b.c\r\n2,a@b.c".to_owned(),
        ] {
            for chunk in [1, 2, 7, 8192] {
                assert_eq!(ids(file.as_bytes(), chunk), Ok("1 2".to_owned()), "{file} by {chunk}");
            }
        }
    }

    #[test]
    fn lists_without_users_have_none() {
        for file in ["[]", r#"{"users":[]}"#, "emails,importIds\n"] {
            assert_eq!(ids(file.as_bytes(), 8192), Ok(String::new()), "{file}");
        }
        for file in ["", " \n", "\u{feff}"] {
            assert_eq!(ids(file.as_bytes(), 8192), Err("there is nothing in it".to_owned()), "{file:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_number_and_place() {
        for (file, expected) in [
            (
                r#"[{"emails":["a"],"importIds":["1"]},{"emails":["a"]}]"#,
                "user 2 of the file cannot be read: missing field `importIds` at line 1 column 52",
            ),
            (
                "{\"emails\":[],\"importIds\":[]}\n{\"emails\":7,\"importIds\":[]}",
                "user 2 of the file cannot be read: invalid type: integer `7`, expected a list of strings at line 2 column 12",
            ),
            (
                r#"{"users":7}"#,
                "user 1 of the file cannot be read: invalid type: integer `7`, expected a list of users at line 1 column 11",
            ),
            ("[] []", "user 1 of the file cannot be read: trailing characters at line 1 column 4"),
            ("[", "user 1 of the file cannot be read: EOF while parsing a list at line 1 column 1"),
            ("{", "user 1 of the file cannot be read: EOF while parsing an object at line 1 column 1"),
        ] {
            assert_eq!(ids(file.as_bytes(), 8192), Err(expected.to_owned()), "{file}");
        }
    }

    #[test]
    fn reading_stops_when_no_more_users_are_wanted() {
        let user = r#"{"emails":["a@b.c"],"importIds":[1]}"#;
        for file in [
            format!("[{user},{user},{user}]"),
            format!(r#"{{"users":[{user},{user},7]}}"#),
            format!("{user}\n{user}\nnonsense"),
            "emails,importIds\na,1\na,2\na\n".to_owned(),
        ] {
            let mut taken = 0;
            let result = read(file.as_bytes(), |_| {
                taken += 1;
                taken < 2
            });
            assert!(result.is_ok(), "{file}: {result:?}");
            assert_eq!(taken, 2, "{file}");
        }
    }
}
