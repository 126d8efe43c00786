//! The rules: one for each kind of difference, with an id, a level and what it means.

mod change;
mod frame;

use std::fmt;

use serde::{Serialize, Serializer};

pub use change::Change;
pub use frame::Frame;

/// Whom a difference breaks.
///
/// Both sides are taken at their word: a client or server of the base does what the base says and
/// nothing else, one of the revision what the revision says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A client of the base may fail with a server of the revision: it may send what is refused now,
    /// or receive what it was not told of. Such a difference may break servers too.
    BreaksClients,
    /// A server of the base may fail a client of the revision: the client may send what the server
    /// does not know, or rely on what it does not promise. No client of the base notices.
    BreaksServers,
    /// Neither can fail.
    Compatible,
    /// Nothing that travels differs, only what people read.
    Documentation,
}

impl Level {
    /// Every level, what matters most first.
    pub const ALL: [Level; 4] = [Level::BreaksClients, Level::BreaksServers, Level::Compatible, Level::Documentation];

    /// The name that JSON uses.
    pub fn id(self) -> &'static str {
        match self {
            Level::BreaksClients => "breaks-clients",
            Level::BreaksServers => "breaks-servers",
            Level::Compatible => "compatible",
            Level::Documentation => "documentation",
        }
    }

    /// Whether it breaks anybody.
    pub fn breaks(self) -> bool {
        matches!(self, Level::BreaksClients | Level::BreaksServers)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::BreaksClients => "breaks clients",
            Level::BreaksServers => "breaks servers",
            Level::Compatible => "compatible",
            Level::Documentation => "documentation",
        })
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// Which way a value travels: what a client may send, or what it has to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// In parameters and request bodies.
    Request,
    /// In answers and their headers.
    Response,
}

/// A kind of difference between two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// What stands around the schemas differs.
    Frame(Frame),
    /// A schema differs, and with it what travels in a direction.
    Schema(Direction, Change),
}

impl Rule {
    /// The name that reports and declarations use, such as `response-type-changed`.
    pub fn id(self) -> String {
        match self {
            Rule::Frame(frame) => frame.id().to_owned(),
            Rule::Schema(Direction::Request, change) => format!("request-{}", change.id()),
            Rule::Schema(Direction::Response, change) => format!("response-{}", change.id()),
        }
    }

    /// Whom a difference of this kind breaks.
    pub fn level(self) -> Level {
        match self {
            Rule::Frame(frame) => frame.level(),
            Rule::Schema(direction, change) => change.level(direction),
        }
    }

    /// What a difference of this kind is.
    pub fn meaning(self) -> &'static str {
        match self {
            Rule::Frame(frame) => frame.meaning(),
            Rule::Schema(_, change) => change.meaning(),
        }
    }

    /// Every rule there is.
    pub fn all() -> impl Iterator<Item = Rule> {
        let schemas = [Direction::Request, Direction::Response]
            .into_iter()
            .flat_map(|direction| Change::ALL.iter().map(move |change| Rule::Schema(direction, *change)));
        Frame::ALL.iter().map(|frame| Rule::Frame(*frame)).chain(schemas)
    }
}

impl From<Frame> for Rule {
    fn from(frame: Frame) -> Self {
        Rule::Frame(frame)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id())
    }
}
