//! What an administrator decides about an import, as options of `serve`, `import` and `check`.

use anyhow::bail;
use clap::Args;
use import_proto::{ImportOptions, Importer, NamesEncoding, UnknownRooms, UnknownUsers};

#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "What an export lacks")]
pub(crate) struct ImportOptionArgs {
    /// What to do with people that messages and rooms name, if both export and workspace lack them
    ///
    /// `placeholder` creates each of them as a user who cannot log in, so that no message is lost. `fail` lets the records
    /// fail that need them. The default is `placeholder` for slack and hipchatenterprise: their exports name people by ids, and
    /// lack people of other workspaces. Every other importer has `fail`: in CSV an unknown name may be a spelling mistake.
    #[arg(long, value_name = "placeholder|fail", env = "IMPORT_SERVER_UNKNOWN_USERS")]
    unknown_users: Option<UnknownUsers>,

    /// What becomes of folders of messages whose room no list of the export names
    ///
    /// `create` creates each of these rooms as a private, archived room: nobody sees more than before, and an owner can open
    /// it. `fail` lets their messages fail, unless the workspace has the room. The default is `create`.
    #[arg(long, value_name = "create|fail", env = "IMPORT_SERVER_UNKNOWN_ROOMS")]
    unknown_rooms: Option<UnknownRooms>,

    /// The encoding of file names in a zip that does not say that they are UTF-8
    ///
    /// By default the encoding is guessed from the names of the rooms. Give it where names come out wrong.
    #[arg(long, value_name = "utf-8|cp437|cp932|cp1252", env = "IMPORT_SERVER_NAMES_ENCODING")]
    names_encoding: Option<NamesEncoding>,
}

impl ImportOptionArgs {
    /// Refuses options that cannot hold for the importer.
    pub(crate) fn check(self, importer: Importer) -> anyhow::Result<()> {
        match self.options().contradiction(importer) {
            Some(reason) => bail!("--unknown-users: {reason}"),
            None => Ok(()),
        }
    }

    /// The options as the engine takes them.
    pub(crate) fn options(self) -> ImportOptions {
        ImportOptions {
            unknown_users: self.unknown_users,
            unknown_rooms: self.unknown_rooms,
            names_encoding: self.names_encoding,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: ImportOptionArgs,
    }

    #[test]
    fn every_option_can_be_set() {
        assert_eq!(Line::parse_from(["test"]).options.options(), ImportOptions::default());
        let line = "test --unknown-users fail --unknown-rooms create --names-encoding cp932";
        let expected = ImportOptions {
            unknown_users: Some(UnknownUsers::Fail),
            unknown_rooms: Some(UnknownRooms::Create),
            names_encoding: Some(NamesEncoding::Cp932),
        };
        assert_eq!(Line::parse_from(line.split(' ')).options.options(), expected);
    }

    #[test]
    fn a_wrong_value_is_refused_with_the_right_ones() {
        let refused = |line: &str| Line::try_parse_from(line.split(' ')).map(|_| ()).unwrap_err().to_string();
        let error = refused("test --unknown-users create");
        assert!(error.contains("`placeholder` or `fail` is expected"), "{error}");
        let error = refused("test --names-encoding latin1");
        assert!(error.contains("`utf-8`, `cp437`, `cp932` or `cp1252` is expected"), "{error}");
    }
}
