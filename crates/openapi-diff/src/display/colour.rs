//! Colours on a terminal.

use std::ffi::OsStr;
use std::str::FromStr;

use crate::report::Unknown;
use crate::rules::Level;

/// When to write in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal, unless the variable `NO_COLOR` is set.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

impl Colour {
    /// The names that [`FromStr`] knows.
    pub const NAMES: [&str; 3] = ["auto", "always", "never"];

    /// Whether to write in colours, given whether it goes to a terminal and what `NO_COLOR` is.
    pub fn paint(self, terminal: bool, no_color: Option<&OsStr>) -> Paint {
        Paint(match self {
            Colour::Auto => terminal && no_color.is_none_or(OsStr::is_empty),
            Colour::Always => true,
            Colour::Never => false,
        })
    }
}

impl FromStr for Colour {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Unknown> {
        match name {
            "auto" => Ok(Colour::Auto),
            "always" => Ok(Colour::Always),
            "never" => Ok(Colour::Never),
            _ => Err(Unknown),
        }
    }
}

/// Whether to write in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    fn code(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The name of a level.
    pub(super) fn level(self, level: Level) -> String {
        let code = match level {
            Level::BreaksClients => "1;31",
            Level::BreaksServers => "1;33",
            Level::Compatible => "32",
            Level::Documentation => "36",
        };
        self.code(code, &level.to_string())
    }

    /// What was declared, and is all right.
    pub(super) fn declared(self, text: &str) -> String {
        self.code("32", text)
    }

    /// What is wrong with a declaration.
    pub(super) fn wrong(self, text: &str) -> String {
        self.code("1;31", text)
    }

    /// What is said beside.
    pub(super) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    /// What a block is about.
    pub(super) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }
}
