//! Bodies and queries of requests.
//!
//! They are read as the existing server reads them (see [`crate::lenient`]): `null` for an optional field means that it is
//! absent; unknown keys are refused at the top of a body and ignored inside a user.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    lenient,
    options::{ImportOptions, NamesEncoding, UnknownRooms, UnknownUsers},
    records::{DataType, UserType},
    selection::ImportInput,
};

/// A user, as `import.addUsers` takes one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewUser {
    /// The name to log in with. Suggested from the name or the address where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub username: Option<String>,
    /// Addresses, at least one.
    #[serde(deserialize_with = "lenient::strings")]
    pub emails: Vec<String>,
    /// Ids of the user in the system that the data comes from, at least one.
    #[serde(deserialize_with = "lenient::strings")]
    pub import_ids: Vec<String>,
    /// The name shown.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub name: Option<String>,
    /// The password. A user who brings none gets one that nobody is told.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub password: Option<String>,
    /// Hours from UTC.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_number")]
    pub utc_offset: Option<f64>,
    /// Ids of roles that exist; the default role is added.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_strings")]
    pub roles: Option<Vec<String>>,
    /// Person (the default) or program.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub user_type: Option<UserType>,
    /// The status line.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub status_text: Option<String>,
    /// A few words on the user.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub bio: Option<String>,
    /// Whether the user was deleted there; such a user is imported deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_boolean")]
    pub deleted: Option<bool>,
    /// Where the avatar can be fetched; it is fetched by `downloadPendingAvatars`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub avatar_url: Option<String>,
}

/// The body of `import.addUsers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddUsers {
    /// Users to stage: all of them, or none where one is refused.
    pub users: Vec<NewUser>,
}

/// The body of `uploadImportFile`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UploadImportFile {
    /// The file, base64.
    #[serde(deserialize_with = "lenient::string")]
    pub binary_content: String,
    /// The file's content type; may be empty.
    #[serde(deserialize_with = "lenient::string")]
    pub content_type: String,
    /// The file's name.
    #[serde(deserialize_with = "lenient::string")]
    pub file_name: String,
    /// The importer to read it with.
    #[serde(deserialize_with = "lenient::string")]
    pub importer_key: String,
}

/// The body of `downloadPublicImportFile`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DownloadPublicImportFile {
    /// Where the file is: an `http` or `https` URL. A server that has a directory for imports takes the path of a file in it too.
    #[serde(deserialize_with = "lenient::string")]
    pub file_url: String,
    /// The importer to read it with.
    #[serde(deserialize_with = "lenient::string")]
    pub importer_key: String,
}

/// The body of `startImport`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImport {
    /// What to import.
    pub input: ImportInput,
}

/// The body of `login`: who logs in and with which password, or a token of an earlier login.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Login {
    /// A username or address. An object with `username` or `email` is taken too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub user: Option<LoginUser>,
    /// A username.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub username: Option<String>,
    /// An address.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub email: Option<String>,
    /// The password. An object with its SHA-256 is taken too: `digest` in hexadecimal digits, `algorithm` `sha-256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub password: Option<LoginPassword>,
    /// A token that is still good, in the place of a name and a password. The answer has the same token.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub resume: Option<String>,
}

impl Login {
    /// Who wants to log in: the first of `user`, `username` and `email` that is there.
    pub fn name(&self) -> Option<&str> {
        let user = self.user.as_ref().and_then(LoginUser::name);
        user.or(self.username.as_deref()).or(self.email.as_deref())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// The `user` of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum LoginUser {
    /// A username or address.
    Name(String),
    /// An object with one of the two.
    Object(LoginUserObject),
}

impl LoginUser {
    /// The name; none in an object without one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Object(LoginUserObject { username, email }) => username.as_deref().or(email.as_deref()),
        }
    }
}

/// The `user` of a login, as an object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LoginUserObject {
    /// A username.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub username: Option<String>,
    /// An address.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_string")]
    pub email: Option<String>,
}

/// The `password` of a login.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum LoginPassword {
    /// The password.
    Plain(String),
    /// Its SHA-256.
    Digest(LoginDigest),
}

impl fmt::Debug for LoginPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginPassword(…)")
    }
}

/// The SHA-256 of a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginDigest {
    /// The digest in hexadecimal digits.
    pub digest: String,
    /// How it was made.
    pub algorithm: DigestAlgorithm,
}

impl fmt::Debug for LoginDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginDigest(…)")
    }
}

// Variants carry no doc comments: schemars would turn the string enum into a `oneOf`.
/// The algorithm of a password's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum DigestAlgorithm {
    #[serde(rename = "sha-256")]
    Sha256,
}

/// Reads a text or an object. A derived reader would say of a wrong value only that no form fits.
macro_rules! text_or_object {
    ($type:ident: $text:ident or $variant:ident($object:ty)) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> de::Visitor<'de> for Either {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string or an object")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        Ok($type::$text(text.to_owned()))
                    }
                    fn visit_string<E: de::Error>(self, text: String) -> Result<$type, E> {
                        Ok($type::$text(text))
                    }
                    fn visit_bool<E: de::Error>(self, value: bool) -> Result<$type, E> {
                        Ok($type::$text(value.to_string()))
                    }
                    fn visit_u64<E: de::Error>(self, value: u64) -> Result<$type, E> {
                        Ok($type::$text(value.to_string()))
                    }
                    fn visit_i64<E: de::Error>(self, value: i64) -> Result<$type, E> {
                        Ok($type::$text(value.to_string()))
                    }
                    fn visit_f64<E: de::Error>(self, value: f64) -> Result<$type, E> {
                        Ok($type::$text(value.to_string()))
                    }
                    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        <$object>::deserialize(de::value::MapAccessDeserializer::new(map)).map($type::$variant)
                    }
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
}

text_or_object!(LoginUser: Name or Object(LoginUserObject));
text_or_object!(LoginPassword: Plain or Digest(LoginDigest));

/// The query of `import.upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UploadQuery {
    /// The importer to read the file with.
    pub importer_key: String,
    /// The file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What to do with people that the export names, if both export and workspace lack them. By default the
    /// server's setting, else `placeholder` for Slack and HipChat, and `fail` for other exports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_users: Option<UnknownUsers>,
    /// What becomes of folders of messages whose room no list of the export names. By default the server's setting, else
    /// `create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_rooms: Option<UnknownRooms>,
    /// The encoding of file names in a zip that does not say that they are UTF-8. By default the server's setting, else it is
    /// guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_encoding: Option<NamesEncoding>,
}

impl UploadQuery {
    /// The options that the query gives.
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            unknown_users: self.unknown_users,
            unknown_rooms: self.unknown_rooms,
            names_encoding: self.names_encoding,
        }
    }
}

/// A staged record's status, as `import.records` asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum StatusFilter {
    Staged,
    Failed,
    Skipped,
    Incomplete,
}

/// The query of `import.records`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsQuery {
    /// Only records that stand so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusFilter>,
    /// Only records of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DataType>,
    /// The operation; the current one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How many to pass over: 0 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub offset: Option<u64>,
    /// How many to return: 50 where it is absent, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::opt_count")]
    pub count: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_as_the_existing_server_reads_one() {
        let body = r#"{"users":[{"emails":["a@b.c"],"importIds":[1523],"utcOffset":"-5.5","deleted":1,"name":null,
            "type":"bot","_id":"x","services":{"a":1},"customFields":7,"voipExtension":"9","unheardOf":[]}]}"#;
        let read: AddUsers = serde_json::from_str(body).unwrap();
        let expected = NewUser {
            emails: vec!["a@b.c".into()],
            import_ids: vec!["1523".into()],
            utc_offset: Some(-5.5),
            deleted: Some(true),
            user_type: Some(UserType::Bot),
            ..NewUser::default()
        };
        assert_eq!(read.users, [expected]);
    }

    #[test]
    fn missing_or_null_emails_and_import_ids_are_refused_but_empty_ones_are_left_to_the_rules() {
        let read = |user: &str| serde_json::from_str::<NewUser>(user);
        for user in [
            r#"{"importIds":["1"]}"#,
            r#"{"emails":null,"importIds":["1"]}"#,
            r#"{"emails":["a"]}"#,
            r#"{"emails":["a"],"importIds":null}"#,
        ] {
            assert!(read(user).is_err(), "{user}");
        }
        assert!(read(r#"{"emails":[],"importIds":[""]}"#).is_ok());
    }

    #[test]
    fn a_login_has_several_forms_and_shows_no_password() {
        let read = |body: &str| serde_json::from_str::<Login>(body).unwrap();
        for (body, name) in [
            (r#"{"user":"ann","password":"x"}"#, Some("ann")),
            (r#"{"user":7,"password":8}"#, Some("7")),
            (r#"{"user":{"username":"ann"},"username":"bob"}"#, Some("ann")),
            (r#"{"user":{"email":"ann@example.com"}}"#, Some("ann@example.com")),
            (r#"{"user":{"id":"1"},"username":"bob"}"#, Some("bob")),
            (r#"{"user":null,"email":"ann@example.com"}"#, Some("ann@example.com")),
            (r#"{"resume":"token"}"#, None),
        ] {
            assert_eq!(read(body).name(), name, "{body}");
        }
        let read = read(r#"{"user":"ann","password":{"digest":"secret","algorithm":"sha-256"},"resume":"secret"}"#);
        let digest = LoginDigest { digest: "secret".into(), algorithm: DigestAlgorithm::Sha256 };
        assert_eq!(read.password, Some(LoginPassword::Digest(digest)));
        assert!(!format!("{read:?} {:?}", read.password).contains("secret"));
    }

    #[test]
    fn unknown_keys_at_the_top_of_a_body_are_refused() {
        assert!(serde_json::from_str::<AddUsers>(r#"{"users":[],"extra":1}"#).is_err());
        assert!(serde_json::from_str::<StartImport>(r#"{"input":{},"extra":1}"#).is_err());
        assert!(
            serde_json::from_str::<DownloadPublicImportFile>(r#"{"fileUrl":"","importerKey":"","extra":1}"#).is_err()
        );
    }

    #[test]
    fn a_selection_may_name_its_lists_leniently() {
        let read: StartImport =
            serde_json::from_str(r#"{"input":{"users":{"all":"true"},"channels":{"list":[1,"b"]},"contacts":null}}"#)
                .unwrap();
        assert_eq!(read.input.users.unwrap().all, Some(true));
        assert_eq!(read.input.channels.unwrap().list.unwrap(), ["1", "b"]);
        assert_eq!(read.input.contacts, None);
    }
}
