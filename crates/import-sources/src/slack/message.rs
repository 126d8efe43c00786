//! An entry of a file of messages, as it stands there.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{List, Number, Object, Text};

/// An entry of a file of messages.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SlackMessage<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) sort: Text<'a>,
    #[serde(borrow)]
    pub(super) subtype: Text<'a>,
    #[serde(borrow)]
    pub(super) ts: Text<'a>,
    #[serde(borrow)]
    pub(super) user: Text<'a>,
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(borrow)]
    pub(super) username: Text<'a>,
    #[serde(borrow)]
    pub(super) bot_id: Text<'a>,
    #[serde(borrow)]
    pub(super) bot_profile: Object<Named<'a>>,
    #[serde(borrow)]
    pub(super) icons: Object<Icons<'a>>,
    #[serde(borrow)]
    pub(super) thread_ts: Text<'a>,
    pub(super) reply_count: Number,
    #[serde(borrow)]
    pub(super) reply_users: List<Text<'a>>,
    #[serde(borrow)]
    pub(super) replies: List<Object<UserAndTime<'a>>>,
    #[serde(borrow)]
    pub(super) latest_reply: Text<'a>,
    #[serde(borrow)]
    pub(super) edited: Object<UserAndTime<'a>>,
    #[serde(borrow)]
    pub(super) reactions: List<Object<Reaction<'a>>>,
    #[serde(borrow)]
    pub(super) purpose: Text<'a>,
    #[serde(borrow)]
    pub(super) topic: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) file: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) files: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) blocks: Option<&'a RawValue>,
    /// Of a comment on a file.
    #[serde(borrow)]
    pub(super) comment: Object<Comment<'a>>,
    /// Of a huddle or a call.
    #[serde(borrow)]
    pub(super) room: Object<Room<'a>>,
    #[serde(borrow)]
    pub(super) pinned_to: List<Text<'a>>,
    #[serde(borrow)]
    pub(super) pinned_info: Object<PinnedInfo<'a>>,
    /// Of an edit: the message as it is then,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    /// and as it was before.
    #[serde(borrow)]
    pub(super) previous_message: Object<Previous<'a>>,
}

/// A comment on a file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Comment<'a> {
    #[serde(borrow)]
    pub(super) user: Text<'a>,
    #[serde(borrow)]
    pub(super) comment: Text<'a>,
}

/// The file of an old export, as far as its message needs it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CommentedFile<'a> {
    #[serde(borrow)]
    pub(super) initial_comment: Object<Comment<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Room<'a> {
    #[serde(borrow)]
    pub(super) created_by: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PinnedInfo<'a> {
    #[serde(borrow)]
    pub(super) pinned_by: Text<'a>,
    #[serde(borrow)]
    pub(super) pinned_ts: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Previous<'a> {
    #[serde(borrow)]
    pub(super) text: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Icons<'a> {
    #[serde(borrow)]
    pub(super) emoji: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UserAndTime<'a> {
    #[serde(borrow)]
    pub(super) user: Text<'a>,
    #[serde(borrow)]
    pub(super) ts: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Reaction<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) users: List<Text<'a>>,
    pub(super) count: Number,
}

impl SlackMessage<'_> {
    /// Whether replies hang on it, or may.
    pub(super) fn begins_thread(&self) -> bool {
        let replied = self.reply_count.count().is_some_and(|count| count > 0) || !self.replies.0.is_empty();
        let within = self.thread_ts.get().is_some_and(|first| Some(first) != self.ts.get());
        !within && (replied || self.thread_ts.get().is_some())
    }
}
