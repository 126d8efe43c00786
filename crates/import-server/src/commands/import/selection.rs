//! What to import of a file: `--users`, `--channels`, `--contacts`.

use std::collections::HashSet;

use anyhow::bail;
use clap::Args;
use import_proto::{ImportInput, RecordChoice, Selection};

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What to import (a kind that is left out where another is given imports none of it)")]
pub(crate) struct SelectionOptions {
    /// Users: `all`, or their import ids (of CSV files, usernames)
    #[arg(long, value_name = "all|ID,…", env = "IMPORT_SERVER_USERS", value_parser = choice)]
    users: Option<RecordChoice>,

    /// Rooms and their messages: `all`, or import ids (of CSV files, names); `__directMessages__` stands for all direct ones
    #[arg(long, value_name = "all|ID,…", env = "IMPORT_SERVER_CHANNELS", value_parser = choice)]
    channels: Option<RecordChoice>,

    /// Contacts: `all`, or their import ids
    #[arg(long, value_name = "all|ID,…", env = "IMPORT_SERVER_CONTACTS", value_parser = choice)]
    contacts: Option<RecordChoice>,
}

/// `all`, or a list of ids.
#[allow(clippy::unnecessary_wraps, reason = "the form of a value parser")]
fn choice(text: &str) -> Result<RecordChoice, std::convert::Infallible> {
    let ids = || text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(if text.trim() == "all" { RecordChoice::all() } else { RecordChoice::list(ids()) })
}

impl SelectionOptions {
    /// Whether anything was chosen: without a choice everything is imported.
    pub(crate) fn is_given(&self) -> bool {
        self.users.is_some() || self.channels.is_some() || self.contacts.is_some()
    }

    /// Whether ids were given, which may be mistyped.
    pub(crate) fn names_ids(&self) -> bool {
        [&self.users, &self.channels, &self.contacts]
            .into_iter()
            .flatten()
            .any(|choice| choice.list.as_ref().is_some_and(|ids| !ids.is_empty()))
    }

    /// The choice, as the engine takes it.
    pub(crate) fn input(&self) -> ImportInput {
        match self.is_given() {
            true => ImportInput {
                users: self.users.clone(),
                channels: self.channels.clone(),
                contacts: self.contacts.clone(),
            },
            false => ImportInput::everything(),
        }
    }

    /// Checks that the file holds what was chosen.
    pub(crate) fn check(&self, there: &Selection) -> anyhow::Result<()> {
        check("users", &self.users, there.users.iter().map(|user| user.user_id.as_str()))?;
        check("channels", &self.channels, there.channels.iter().map(|channel| channel.channel_id.as_str()))?;
        check("contacts", &self.contacts, there.contacts.iter().map(|contact| contact.id.as_str()))
    }
}

fn check<'a>(kind: &str, choice: &Option<RecordChoice>, there: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let Some(ids) = choice.as_ref().and_then(|choice| choice.list.as_ref()) else { return Ok(()) };
    let there: HashSet<&str> = there.collect();
    let unknown: Vec<_> = ids.iter().filter(|id| !there.contains(id.as_str())).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    bail!("--{kind} names what the file does not hold: {}", unknown.join(", "))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        selection: SelectionOptions,
    }

    fn input(line: &str) -> ImportInput {
        Line::parse_from(line.split(' ')).selection.input()
    }

    #[test]
    fn without_a_choice_everything_is_imported() {
        assert_eq!(input("test"), ImportInput::everything());
    }

    #[test]
    fn a_kind_that_is_left_out_where_another_is_given_imports_none_of_it() {
        let expected = ImportInput { users: Some(RecordChoice::all()), channels: None, contacts: None };
        assert_eq!(input("test --users all"), expected);
    }

    #[test]
    fn ids_are_separated_by_commas() {
        let expected = RecordChoice::list(["general".to_owned(), "all".to_owned()]);
        assert_eq!(input("test --channels general,,all").channels, Some(expected));
    }

    #[test]
    fn ids_that_the_file_does_not_hold_are_named() {
        let selection = Line::parse_from(["test", "--users", "ann,bob"]).selection;
        assert_eq!(
            selection.check(&Selection::default()).unwrap_err().to_string(),
            "--users names what the file does not hold: ann, bob"
        );
    }
}
