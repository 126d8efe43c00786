//! The state machine of an import operation: its steps, the moves allowed between them, and the state seen from outside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! wire_names {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order of the published list.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The value as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value whose wire form is `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use wire_names;

// Variants carry no doc comments: schemars would turn the string enum into a `oneOf`.
/// Where an operation stands. The first word of a wire value says little; [`ProgressStep::description`] says what happens in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum ProgressStep {
    #[serde(rename = "importer_new")]
    New,
    #[serde(rename = "importer_uploading")]
    Uploading,
    #[serde(rename = "importer_downloading_file")]
    DownloadingFile,
    #[serde(rename = "importer_file_loaded")]
    FileLoaded,
    #[serde(rename = "importer_preparing_started")]
    PreparingStarted,
    #[serde(rename = "importer_preparing_users")]
    PreparingUsers,
    #[serde(rename = "importer_preparing_channels")]
    PreparingChannels,
    #[serde(rename = "importer_preparing_messages")]
    PreparingMessages,
    #[serde(rename = "importer_preparing_contacts")]
    PreparingContacts,
    #[serde(rename = "importer_user_selection")]
    UserSelection,
    #[serde(rename = "importer_importing_started")]
    ImportingStarted,
    #[serde(rename = "importer_importing_users")]
    ImportingUsers,
    #[serde(rename = "importer_importing_contacts")]
    ImportingContacts,
    #[serde(rename = "importer_importing_channels")]
    ImportingChannels,
    #[serde(rename = "importer_importing_messages")]
    ImportingMessages,
    #[serde(rename = "importer_importing_files")]
    ImportingFiles,
    #[serde(rename = "importer_finishing")]
    Finishing,
    #[serde(rename = "importer_done")]
    Done,
    #[serde(rename = "importer_import_failed")]
    ImportFailed,
    #[serde(rename = "importer_import_cancelled")]
    ImportCancelled,
}

wire_names!(ProgressStep {
    New = "importer_new",
    Uploading = "importer_uploading",
    DownloadingFile = "importer_downloading_file",
    FileLoaded = "importer_file_loaded",
    PreparingStarted = "importer_preparing_started",
    PreparingUsers = "importer_preparing_users",
    PreparingChannels = "importer_preparing_channels",
    PreparingMessages = "importer_preparing_messages",
    PreparingContacts = "importer_preparing_contacts",
    UserSelection = "importer_user_selection",
    ImportingStarted = "importer_importing_started",
    ImportingUsers = "importer_importing_users",
    ImportingContacts = "importer_importing_contacts",
    ImportingChannels = "importer_importing_channels",
    ImportingMessages = "importer_importing_messages",
    ImportingFiles = "importer_importing_files",
    Finishing = "importer_finishing",
    Done = "importer_done",
    ImportFailed = "importer_import_failed",
    ImportCancelled = "importer_import_cancelled",
});

/// What an operation looks like from outside: the `state` of `import.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum OperationState {
    None,
    New,
    Loading,
    Ready,
    Importing,
    Error,
    Canceled,
    Done,
}

wire_names!(OperationState {
    None = "none",
    New = "new",
    Loading = "loading",
    Ready = "ready",
    Importing = "importing",
    Error = "error",
    Canceled = "canceled",
    Done = "done",
});

impl ProgressStep {
    /// True where nothing more happens by itself: done, failed or cancelled.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::ImportFailed | Self::ImportCancelled)
    }

    /// Whether an operation may go from this step to `next`.
    ///
    /// An operation only goes forward, and may pass over the steps that its importer has nothing for. Whatever is not
    /// final may fail or be cancelled. From `importer_done` it goes back to `importer_importing_started` when its failed
    /// records are run again.
    pub const fn may_become(self, next: Self) -> bool {
        use ProgressStep as S;
        if matches!(next, S::ImportFailed | S::ImportCancelled) {
            return !self.is_final();
        }
        match self {
            // `addUsers` makes an operation ready at once; the pending importers have nothing to load.
            S::New => matches!(next, S::Uploading | S::DownloadingFile | S::UserSelection),
            S::Uploading | S::DownloadingFile => matches!(next, S::FileLoaded),
            S::FileLoaded => matches!(next, S::PreparingStarted),
            S::PreparingStarted
            | S::PreparingUsers
            | S::PreparingChannels
            | S::PreparingMessages
            | S::PreparingContacts => next as u8 > self as u8 && next as u8 <= S::UserSelection as u8,
            S::UserSelection => matches!(next, S::ImportingStarted),
            S::ImportingStarted
            | S::ImportingUsers
            | S::ImportingContacts
            | S::ImportingChannels
            | S::ImportingMessages
            | S::ImportingFiles => next as u8 > self as u8 && next as u8 <= S::Finishing as u8,
            S::Finishing => matches!(next, S::Done),
            S::Done => matches!(next, S::ImportingStarted),
            S::ImportFailed | S::ImportCancelled => false,
        }
    }

    /// The state of an operation at this step, before validity is looked at.
    const fn plain_state(self) -> OperationState {
        match self {
            Self::New => OperationState::New,
            Self::Uploading
            | Self::DownloadingFile
            | Self::FileLoaded
            | Self::PreparingStarted
            | Self::PreparingUsers
            | Self::PreparingChannels
            | Self::PreparingMessages
            | Self::PreparingContacts => OperationState::Loading,
            Self::UserSelection => OperationState::Ready,
            Self::ImportingStarted
            | Self::ImportingUsers
            | Self::ImportingContacts
            | Self::ImportingChannels
            | Self::ImportingMessages
            | Self::ImportingFiles
            | Self::Finishing => OperationState::Importing,
            Self::Done => OperationState::Done,
            Self::ImportFailed => OperationState::Error,
            Self::ImportCancelled => OperationState::Canceled,
        }
    }

    /// One sentence on what happens in this step.
    pub const fn description(self) -> &'static str {
        match self {
            Self::New => "The operation exists and holds no data.",
            Self::Uploading => "The export file is being received.",
            Self::DownloadingFile => "The server fetches the export file from its address.",
            Self::FileLoaded => "The export file is stored and waits to be read.",
            Self::PreparingStarted => "The export file is opened.",
            Self::PreparingUsers => "Users go from the export file to the staging area.",
            Self::PreparingChannels => "Rooms go from the export file to the staging area.",
            Self::PreparingMessages => "Messages are read, checked and counted.",
            Self::PreparingContacts => "Contacts go from the export file to the staging area.",
            Self::UserSelection => "Everything is staged; the operation waits to be started.",
            Self::ImportingStarted => "A run was accepted and begins.",
            Self::ImportingUsers => "Users are written to the workspace.",
            Self::ImportingContacts => "Contacts are written to the workspace.",
            Self::ImportingChannels => "Rooms and memberships are written to the workspace.",
            Self::ImportingMessages => "Messages are written to the workspace.",
            Self::ImportingFiles => "Pending files or avatars are fetched and stored.",
            Self::Finishing => "What the run left behind is put in order.",
            Self::Done => "Every selected record was processed.",
            Self::ImportFailed => "An error stopped the operation.",
            Self::ImportCancelled => "An administrator ended the operation.",
        }
    }
}

impl OperationState {
    /// The state of an operation.
    ///
    /// - `step`: where it stands;
    /// - `valid`: its `valid` flag. Another server on the same workspace clears that flag when it starts; an operation that
    ///   is neither final nor valid is nobody's any more, and reports `error`;
    /// - `ended_by_administrator`: whether `import.clear` or a newer operation ended it, which counts for more than
    ///   whatever step a dying server wrote last.
    pub const fn of(step: ProgressStep, valid: bool, ended_by_administrator: bool) -> Self {
        match step {
            ProgressStep::Done | ProgressStep::ImportFailed | ProgressStep::ImportCancelled => step.plain_state(),
            _ if ended_by_administrator => Self::Canceled,
            _ if !valid => Self::Error,
            _ => step.plain_state(),
        }
    }

    /// True where the operation goes on by itself and a client polls: `loading` and `importing`.
    pub const fn is_moving(self) -> bool {
        matches!(self, Self::Loading | Self::Importing)
    }

    /// One sentence on what the state means.
    pub const fn description(self) -> &'static str {
        match self {
            Self::None => "There has never been an operation.",
            Self::New => "The operation holds no data yet.",
            Self::Loading => "An importer reads a file into the operation.",
            Self::Ready => "Data is staged and can be imported.",
            Self::Importing => "The import runs.",
            Self::Error => "An error stopped the operation.",
            Self::Canceled => "An administrator interrupted the operation.",
            Self::Done => "The operation is complete.",
        }
    }
}

/// The state machine as a Mermaid diagram, for the documentation: one arrow for each move that
/// [`ProgressStep::may_become`] allows, the moves to failed and cancelled left out because every step has them.
pub fn mermaid() -> String {
    let short = |step: ProgressStep| step.as_str().trim_start_matches("importer_");
    let mut diagram = String::from("stateDiagram-v2\n    [*] --> new\n");
    for from in ProgressStep::ALL {
        for to in ProgressStep::ALL {
            let ends = matches!(to, ProgressStep::ImportFailed | ProgressStep::ImportCancelled);
            if from.may_become(to) && !ends {
                diagram.push_str(&format!("    {} --> {}\n", short(from), short(to)));
            }
        }
    }
    diagram
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every allowed move, written out: `from: to to …`. Whatever is not here is refused.
    const MOVES: &str = "
        new: uploading downloading_file user_selection import_failed import_cancelled
        uploading: file_loaded import_failed import_cancelled
        downloading_file: file_loaded import_failed import_cancelled
        file_loaded: preparing_started import_failed import_cancelled
        preparing_started: preparing_users preparing_channels preparing_messages preparing_contacts user_selection import_failed import_cancelled
        preparing_users: preparing_channels preparing_messages preparing_contacts user_selection import_failed import_cancelled
        preparing_channels: preparing_messages preparing_contacts user_selection import_failed import_cancelled
        preparing_messages: preparing_contacts user_selection import_failed import_cancelled
        preparing_contacts: user_selection import_failed import_cancelled
        user_selection: importing_started import_failed import_cancelled
        importing_started: importing_users importing_contacts importing_channels importing_messages importing_files finishing import_failed import_cancelled
        importing_users: importing_contacts importing_channels importing_messages importing_files finishing import_failed import_cancelled
        importing_contacts: importing_channels importing_messages importing_files finishing import_failed import_cancelled
        importing_channels: importing_messages importing_files finishing import_failed import_cancelled
        importing_messages: importing_files finishing import_failed import_cancelled
        importing_files: finishing import_failed import_cancelled
        finishing: done import_failed import_cancelled
        done: importing_started
        import_failed:
        import_cancelled:
    ";

    #[test]
    fn the_table_of_moves_is_exactly_this() {
        let mut lines = 0;
        for line in MOVES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            lines += 1;
            let (from, to) = line.split_once(':').unwrap();
            let step = |name: &str| ProgressStep::from_name(&format!("importer_{name}")).unwrap();
            let allowed: Vec<_> = to.split_whitespace().map(step).collect();
            for next in ProgressStep::ALL {
                assert_eq!(step(from).may_become(next), allowed.contains(&next), "{from} to {next}");
            }
        }
        assert_eq!(lines, 20);
    }

    #[test]
    fn wire_values_of_steps_are_the_published_twenty() {
        let names: Vec<_> = ProgressStep::ALL.iter().map(|step| serde_json::to_value(step).unwrap()).collect();
        let expected: Vec<_> = ProgressStep::ALL.iter().map(|step| step.as_str()).collect();
        assert_eq!(names, expected);
        assert_eq!(names.len(), 20);
        assert_eq!(ProgressStep::from_name("importer_user_selection"), Some(ProgressStep::UserSelection));
        assert_eq!(ProgressStep::from_name("importer_unknown"), None);
    }

    #[test]
    fn wire_values_of_states_are_the_published_eight() {
        let names: Vec<_> = OperationState::ALL.iter().map(|state| serde_json::to_value(state).unwrap()).collect();
        assert_eq!(names, ["none", "new", "loading", "ready", "importing", "error", "canceled", "done"]);
    }

    #[test]
    fn a_valid_operation_has_the_state_of_its_step() {
        let expected = "new loading loading loading loading loading loading loading loading ready importing importing importing \
                        importing importing importing importing done error canceled";
        let states: Vec<_> =
            ProgressStep::ALL.iter().map(|step| OperationState::of(*step, true, false).as_str()).collect();
        assert_eq!(states.join(" "), expected);
    }

    #[test]
    fn an_invalid_operation_that_is_not_final_reports_error_unless_an_administrator_ended_it() {
        for step in ProgressStep::ALL {
            let (nobodys, ended) = match step {
                ProgressStep::Done => ("done", "done"),
                ProgressStep::ImportFailed => ("error", "error"),
                ProgressStep::ImportCancelled => ("canceled", "canceled"),
                _ => ("error", "canceled"),
            };
            assert_eq!(OperationState::of(step, false, false).as_str(), nobodys, "{step}");
            assert_eq!(OperationState::of(step, false, true).as_str(), ended, "{step}");
        }
    }
}
