//! The importers: which keys there are, and what they are called.

/// One way of getting data into a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Importer {
    Csv,
    Slack,
    SlackUsers,
    OmnichannelContact,
    HipchatEnterprise,
    PendingFiles,
    PendingAvatars,
    Api,
}

impl Importer {
    /// Every importer, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Csv,
        Self::Slack,
        Self::SlackUsers,
        Self::OmnichannelContact,
        Self::HipchatEnterprise,
        Self::PendingFiles,
        Self::PendingAvatars,
        Self::Api,
    ];

    /// The key that requests name it by.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Slack => "slack",
            Self::SlackUsers => "slack-users",
            Self::OmnichannelContact => "omnichannel_contact",
            Self::HipchatEnterprise => "hipchatenterprise",
            Self::PendingFiles => "pending-files",
            Self::PendingAvatars => "pending-avatars",
            Self::Api => "api",
        }
    }

    /// The importer with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|importer| importer.key() == key)
    }

    /// The name shown: the `type` of its operations, but that those of `api` are of type `api`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Slack => "Slack",
            Self::SlackUsers => "Slack_Users",
            Self::OmnichannelContact => "omnichannel_contacts_importer",
            Self::HipchatEnterprise => "HipChat (tar.gz)",
            Self::PendingFiles => "Pending Files",
            Self::PendingAvatars => "Pending Avatars",
            Self::Api => "API",
        }
    }

    /// The `type` of its operations.
    pub const fn operation_type(self) -> &'static str {
        match self {
            Self::Api => "api",
            other => other.name(),
        }
    }

    /// Whether it fetches what was imported as pending.
    pub const fn fetches_pending(self) -> bool {
        matches!(self, Self::PendingFiles | Self::PendingAvatars)
    }

    /// Whether it reads an export file.
    pub const fn reads_a_file(self) -> bool {
        !matches!(self, Self::PendingFiles | Self::PendingAvatars | Self::Api)
    }
}
