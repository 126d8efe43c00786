//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use import_cli::choice::{Choice, Words};
use import_client::import_proto::{DataType, ImportOptions, NamesEncoding, UnknownRooms, UnknownUsers};

/// Imports into a Rocket.Chat workspace, through an import server or the Rocket.Chat itself.
///
/// Exit codes: 0 done; 1 not done. `watch`, `push --wait`, `retry --wait` and `fetch --wait`: 2 where the import is done but
/// records failed.
#[derive(Debug, Parser)]
#[command(name = "import-client", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Print the endpoint's answer as one line of JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the server is, and who calls.
#[derive(ClapArgs)]
pub(crate) struct Connection {
    /// Address of the server, with the path it is mounted at, if any
    #[arg(
        long,
        global = true,
        env = "ROCKETCHAT_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:3000"
    )]
    pub(crate) url: String,
    /// Id of the user who imports
    #[arg(long, global = true, value_name = "ID", env = "ROCKETCHAT_USER_ID", hide_env_values = true)]
    pub(crate) user_id: Option<String>,
    /// A token of that user; the environment variable keeps it out of the list of processes
    #[arg(long, global = true, value_name = "TOKEN", env = "ROCKETCHAT_AUTH_TOKEN", hide_env_values = true)]
    pub(crate) auth_token: Option<String>,
    /// How long an answer may take
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// How often a request that only reads is sent again when the server cannot be reached
    #[arg(long, global = true, value_name = "N", default_value_t = 4)]
    pub(crate) retries: u32,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection(…)")
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the state of the current operation
    Status,
    /// Show the step and the counts of the current operation
    Progress,
    /// Show the current operation
    Current,
    /// List the last twenty operations
    History,
    /// List the importers that the server has
    Importers,
    /// Show what the current operation has staged
    FileData,
    /// Create an operation that users can be added to
    New,
    /// Add users to the current operation
    ///
    /// The file is a JSON array, {"users": […]}, one JSON object a line, or CSV with a header line that names its columns:
    /// username, emails, importIds, name, password, utcOffset, roles, type, statusText, bio, deleted, avatarUrl. In CSV,
    /// several emails, importIds and roles are separated by semicolons. Every user needs an email and an import id.
    AddUsers {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Import everything that is staged
    Run,
    /// Upload an export file
    Upload(FileArgs),
    /// Start the import of what is staged: everything, unless told otherwise
    Start(SelectionArgs),
    /// End the current operation and empty the staging area
    Clear,
    /// Follow the current operation until it ends
    Watch,
    /// Run the failed records of the current operation again, once the cause is mended
    ///
    /// Records that could not be read are not among them: they have to be mended in the file. Only an import server can.
    Retry {
        /// Wait until the import has ended
        #[arg(long)]
        wait: bool,
    },
    /// Fetch the files or avatars that an import left to be fetched
    Fetch {
        /// What to fetch
        what: What,
        /// Wait until they are fetched
        #[arg(long)]
        wait: bool,
    },
    /// List the records that failed, or were skipped, with why
    Failed {
        /// Of this operation instead of the current one
        #[arg(long, value_name = "ID")]
        operation: Option<String>,
        /// Only records of this kind
        #[arg(long)]
        kind: Option<Kind>,
        /// List the records that were skipped instead
        #[arg(long)]
        skipped: bool,
        /// As CSV for spreadsheets: what would be a formula has an apostrophe before it
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Exchange a password for a user id and a token
    ///
    /// The password is taken from the environment variable ROCKETCHAT_PASSWORD, or asked for.
    Login {
        /// Username or address
        user: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Upload an export file, have it prepared, and start the import
    Push {
        #[command(flatten)]
        file: FileArgs,
        #[command(flatten)]
        selection: SelectionArgs,
        /// Wait until the import has ended
        #[arg(long)]
        wait: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FileArgs {
    /// The export file
    pub(crate) file: PathBuf,
    /// The importer to read it with: csv, slack, …
    #[arg(long, value_name = "KEY")]
    pub(crate) importer: String,
    /// What to do with people that the export names, if both export and workspace lack them
    ///
    /// `placeholder` creates each of them as a user who cannot log in. `fail` lets the records fail that need them. Only an
    /// import server takes this option. Its default is `placeholder` for slack and hipchatenterprise, and `fail` for csv.
    #[arg(long, value_name = "placeholder|fail")]
    unknown_users: Option<UnknownUsers>,
    /// What becomes of folders of messages whose room no list of the export names
    ///
    /// `create` creates each of these rooms as a private, archived room. `fail` lets their messages fail. Only an import
    /// server takes this option. Its default is `create`.
    #[arg(long, value_name = "create|fail")]
    unknown_rooms: Option<UnknownRooms>,
    /// The encoding of file names in a zip that does not say that they are UTF-8
    ///
    /// By default the server guesses it. Only an import server takes this option.
    #[arg(long, value_name = "utf-8|cp437|cp932|cp1252")]
    names_encoding: Option<NamesEncoding>,
}

impl FileArgs {
    /// The options of the import.
    pub(crate) fn options(&self) -> ImportOptions {
        ImportOptions {
            unknown_users: self.unknown_users,
            unknown_rooms: self.unknown_rooms,
            names_encoding: self.names_encoding,
        }
    }
}

/// Without any of these everything is imported; with one, only what is named. Each can be given more than once.
#[derive(Debug, ClapArgs)]
pub(crate) struct SelectionArgs {
    /// Users to import, by id or username; a comma in a name is written `\,`
    #[arg(long, value_name = "all|ID|NAME,…")]
    users: Vec<Words>,
    /// Rooms to import, by id or name, with their messages; __directMessages__ for all direct ones
    #[arg(long, value_name = "all|ID|NAME,…")]
    channels: Vec<Words>,
    /// Contacts to import, by id or name
    #[arg(long, value_name = "all|ID|NAME,…")]
    contacts: Vec<Words>,
}

impl SelectionArgs {
    /// What was given, to be looked up among what is staged.
    pub(crate) fn choice(&self) -> Choice<'_> {
        Choice { users: &self.users, channels: &self.channels, contacts: &self.contacts }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum What {
    /// The files that messages bring
    Files,
    /// The avatars of users
    Avatars,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    User,
    Channel,
    Message,
    Contact,
    Entry,
}

impl From<Kind> for DataType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Channel => Self::Channel,
            Kind::Message => Self::Message,
            Kind::Contact => Self::Contact,
            Kind::Entry => Self::Entry,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
