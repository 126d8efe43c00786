//! What the subtypes of Slack's messages mean.

/// What a message of one subtype becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A message that somebody wrote.
    Message,
    /// A message that a program wrote.
    OfProgram,
    /// Something that the author says of themselves, in italics.
    OfOneself,
    /// Somebody came or went.
    Membership(&'static str),
    /// The room was given another description, topic or name: the new value is the text.
    Changed(&'static str, Changed),
    /// A message was pinned.
    Pinned,
    /// A comment on a file.
    Comment,
    /// What Slack shows in the place of a deleted message that begins a thread.
    Deleted,
    /// It tells that a message was edited, and holds the new version.
    Edit,
    /// It tells that a message was deleted.
    Deletion,
    /// It tells that a reply is shown in the room, too.
    Broadcast,
    /// It says nothing that other messages do not say.
    Ignored,
    /// Not known; kept as a plain message if there is something in it.
    Unknown,
}

/// What of a room was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Description,
    Topic,
    Name,
}

impl Meaning {
    pub(super) fn of(subtype: &str) -> Self {
        match subtype {
            "" | "thread_broadcast" | "file_share" => Self::Message,
            "bot_message" | "slackbot_response" => Self::OfProgram,
            "me_message" => Self::OfOneself,
            "channel_join" | "group_join" => Self::Membership("uj"),
            "channel_leave" | "group_leave" => Self::Membership("ul"),
            "channel_purpose" | "group_purpose" => Self::Changed("room_changed_description", Changed::Description),
            "channel_topic" | "group_topic" => Self::Changed("room_changed_topic", Changed::Topic),
            "channel_name" | "group_name" => Self::Changed("r", Changed::Name),
            "pinned_item" => Self::Pinned,
            "file_comment" => Self::Comment,
            "tombstone" => Self::Deleted,
            "message_changed" => Self::Edit,
            "message_deleted" => Self::Deletion,
            "reply_broadcast" => Self::Broadcast,
            "bot_add" | "file_mention" | "message_replied" => Self::Ignored,
            _ => Self::Unknown,
        }
    }

    /// The type of the system message that it becomes.
    pub(super) fn system_type(self) -> Option<&'static str> {
        match self {
            Self::Membership(system) | Self::Changed(system, _) => Some(system),
            Self::Pinned => Some("message_pinned"),
            _ => None,
        }
    }
}
