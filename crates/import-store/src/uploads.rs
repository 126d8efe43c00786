//! Files and avatars: those that a workspace is still to get, and those that it has.

use import_proto::PendingFile;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::documents::Date;

/// The file of a message (`_importFile`): pending, or in the workspace already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageFile {
    /// What the source says of it.
    #[serde(flatten)]
    pub file: PendingFile,
    /// Whether the workspace has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub downloaded: bool,
    /// Its path in the workspace, once that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rocket_chat_url: Option<String>,
}

impl From<PendingFile> for MessageFile {
    fn from(file: PendingFile) -> Self {
        Self { file, downloaded: false, rocket_chat_url: None }
    }
}

impl MessageFile {
    /// Whether it is still to be fetched.
    pub fn is_pending(&self) -> bool {
        self.file.download_url.is_some() && !self.file.external && !self.downloaded && self.rocket_chat_url.is_none()
    }
}

/// Whether the value of `_importFile` stands for a file that is still to be fetched: there is a `downloadUrl`, `external`
/// and `downloaded` are not true, and there is no `rocketChatUrl`.
pub fn is_pending(file: &Value) -> bool {
    let is_true = |field: &str| file.get(field) == Some(&Value::Bool(true));
    let is_there = |field: &str| file.get(field).is_some_and(|value| !value.is_null());
    is_there("downloadUrl") && !is_true("external") && !is_true("downloaded") && !is_there("rocketChatUrl")
}

/// How much is pending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PendingCounts {
    /// Messages whose file is pending.
    pub files: u64,
    /// Users whose avatar is pending.
    pub avatars: u64,
}

/// A place among what is pending: of messages by the file's id, then by their own; of users by their own alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PendingKey {
    /// The file's id in its source; empty for an avatar.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The `_id` of the message or user.
    pub id: String,
}

/// A message whose file is pending.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PendingMessage {
    /// Its `_id`.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its room's `_id`.
    pub rid: String,
    /// When it was written.
    pub ts: Date,
    /// Its author.
    #[serde(rename = "u")]
    pub user: crate::documents::UserRef,
    /// The file.
    #[serde(rename = "_importFile")]
    pub file: PendingFile,
}

impl PendingMessage {
    /// Its place among all.
    pub fn key(&self) -> PendingKey {
        PendingKey { file: self.file.id.clone(), id: self.id.clone() }
    }
}

/// A collection of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Files of messages.
    Uploads,
    /// Avatars of users.
    Avatars,
}

impl Bucket {
    /// The collection that the documents are in, and the name of the GridFS bucket that the bytes are in.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Uploads => "rocketchat_uploads",
            Self::Avatars => "rocketchat_avatars",
        }
    }

    /// What the documents call it.
    pub const fn store(self) -> &'static str {
        match self {
            Self::Uploads => "GridFS:Uploads",
            Self::Avatars => "GridFS:Avatars",
        }
    }
}

/// The document of a file (`rocketchat_uploads`) or an avatar (`rocketchat_avatars`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Follows from what the file is known by in its source; an avatar's from its user.
    #[serde(rename = "_id")]
    pub id: String,
    /// The file's name; of an avatar, the user's username.
    pub name: String,
    /// The media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// The part of the media type before the slash. Lists of files filter by it.
    #[serde(default)]
    pub type_group: String,
    /// What follows the last dot of the name, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Bytes.
    pub size: u64,
    /// The room of the message; none for an avatar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rid: Option<String>,
    /// The `_id` of the message's author, or of whose avatar it is.
    pub user_id: String,
    /// Whether all of it is there: `true`.
    pub complete: bool,
    /// Whether it is still on its way: `false`. Lists of files ask for that.
    #[serde(default)]
    pub uploading: bool,
    /// Which share of it is there: all. Whatever another program writes here, it is not read.
    #[serde(skip_deserializing, default = "all_of_it")]
    pub progress: u8,
    /// Where the bytes are: see [`Bucket::store`].
    pub store: String,
    /// When it came.
    pub uploaded_at: Date,
    /// Where the workspace serves it: a path.
    pub url: String,
    /// The same path.
    #[serde(default)]
    pub path: String,
    /// 10 hex digits.
    #[serde(default)]
    pub token: String,
    /// Changes with the contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the document last changed.
    #[serde(rename = "_updatedAt")]
    pub updated_at: Date,
}

fn all_of_it() -> u8 {
    1
}

/// What a store says of the bytes that it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The lower-case hex of their SHA-256.
    pub digest: String,
    /// How many there are.
    pub size: u64,
}

/// A file whose bytes the store keeps already, and the document that is to make it known.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptUpload {
    /// The document.
    pub document: Upload,
    /// Its bytes.
    pub content: Content,
}

/// A file that a message is to show from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachedFile {
    /// The message's `_id`.
    pub message: String,
    /// The file's path in the workspace.
    pub url: String,
    /// What shows it.
    pub attachment: Value,
}

/// An avatar that a user is to have from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAvatar {
    /// The avatar; `user_id` says whose.
    pub upload: KeptUpload,
    /// The `_pendingAvatarUrl` that it was fetched from. A user who has another one by now keeps that.
    pub from: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_pending_while_it_has_an_address_and_nothing_stands_for_it() {
        let pending = json!({"downloadUrl": "https://x.example/f", "id": "f", "name": "f", "source": "slack"});
        assert!(is_pending(&pending));
        for (field, value) in [
            ("downloadUrl", json!(null)),
            ("external", json!(true)),
            ("downloaded", json!(true)),
            ("rocketChatUrl", json!("/file-upload/x/f")),
        ] {
            let mut file = pending.clone();
            file[field] = value;
            assert!(!is_pending(&file), "{field}");
            assert!(!serde_json::from_value::<MessageFile>(file).unwrap().is_pending(), "{field}");
        }
        let mut again = pending.clone();
        again["downloaded"] = json!(false);
        again["rocketChatUrl"] = json!(null);
        assert!(is_pending(&again));
        assert!(serde_json::from_value::<MessageFile>(again).unwrap().is_pending());
    }

    #[test]
    fn what_a_message_says_of_its_file_is_one_object() {
        let text = json!({
            "downloadUrl": "https://x.example/f", "id": "f", "name": "f", "external": false, "source": "slack",
            "downloaded": true, "rocketChatUrl": "/file-upload/x/f"
        });
        let file: MessageFile = serde_json::from_value(text.clone()).unwrap();
        assert_eq!((file.downloaded, file.file.id.as_str()), (true, "f"));
        assert_eq!(serde_json::to_value(&file).unwrap(), text);
    }
}
