//! What to import of a file: `--users`, `--channels`, `--contacts`.

use clap::Args;
use import_cli::choice::{Choice, Words};

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What to import (a kind that is left out where another is given imports none of it)")]
pub(crate) struct SelectionOptions {
    /// Users: `all`, or their ids in the export or usernames; can be given more than once
    #[arg(long, value_name = "all|ID|NAME,…", env = "IMPORT_SERVER_USERS")]
    users: Vec<Words>,

    /// Rooms and their messages: `all`, or ids or names; `__directMessages__` stands for all direct ones
    #[arg(long, value_name = "all|ID|NAME,…", env = "IMPORT_SERVER_CHANNELS")]
    channels: Vec<Words>,

    /// Contacts: `all`, or ids or names; a comma in a name is written `\,`
    #[arg(long, value_name = "all|ID|NAME,…", env = "IMPORT_SERVER_CONTACTS")]
    contacts: Vec<Words>,
}

impl SelectionOptions {
    /// What was given, to be looked up among what the file holds.
    pub(crate) fn choice(&self) -> Choice<'_> {
        Choice { users: &self.users, channels: &self.channels, contacts: &self.contacts }
    }
}
