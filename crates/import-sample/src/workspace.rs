//! A workspace's database as Rocket.Chat leaves it, for tests: the documents that an import reads or changes, with fields
//! that no import knows, and the indexes that are there.

use serde_json::{Value, json};

/// A line of Rocket.Chat's versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// 7.x
    Seven,
    /// 8.x
    Eight,
}

/// An index that Rocket.Chat makes.
#[derive(Debug, Clone)]
pub struct Index {
    /// On which collection.
    pub collection: &'static str,
    /// Fields and directions.
    pub keys: &'static [&'static str],
    /// Whether each key is there once.
    pub unique: bool,
    /// Whether documents without the field are left out.
    pub sparse: bool,
    /// Whether texts are compared without regard to case.
    pub ignores_case: bool,
}

/// Somebody of the workspace who can log in.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// `_id`
    pub user_id: &'static str,
    /// The username.
    pub username: &'static str,
    /// A token, as a client sends it.
    pub token: &'static str,
    /// What is stored of the token: the base64 of its SHA-256.
    hashed_token: &'static str,
}

/// The administrator: with a personal access token.
pub const ADMIN: Account = Account {
    user_id: "adminAdminAdmin17",
    username: "admin",
    token: "the-administrator-s-personal-access-token-1",
    hashed_token: "xvOBMQeuq661pbByOK8JSso3p+yBMa77TBf9/URo6cE=",
};

/// Somebody without any permission: with a login token.
pub const MEMBER: Account = Account {
    user_id: "memberMemberMem17",
    username: "member",
    token: "the-member-s-login-token-of-43-characters-1",
    hashed_token: "tw11viHrfrdMCdRXgPRgI5xqdoHKX9ltL9v7j6Jy7p8=",
};

/// Somebody who was deactivated, and had been an administrator: with a personal access token.
pub const FORMER: Account = Account {
    user_id: "formerFormerFor17",
    username: "former",
    token: "the-former-administrator-s-token-of-43-char",
    hashed_token: "yhjP5UuZFjt2QHz3f5ZlHVvUQDb9XHBgWqjoQM67ROg=",
};

/// The `_id`s of roles.
pub const ROLES: [&str; 14] = [
    "admin",
    "user",
    "bot",
    "guest",
    "moderator",
    "leader",
    "owner",
    "anonymous",
    "app",
    "livechat-agent",
    "livechat-manager",
    "livechat-monitor",
    "auditor",
    "auditor-log",
];

impl Line {
    /// The version that wrote the database.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Seven => "7.10.0",
            Self::Eight => "8.0.1",
        }
    }

    /// The documents of each collection, in MongoDB Extended JSON. Login tokens are as old as `now` (ISO 8601) says.
    pub fn collections(self, now: &str) -> Vec<(&'static str, Vec<Value>)> {
        vec![
            ("users", users(now)),
            ("rocketchat_roles", ROLES.iter().map(|role| role_document(role)).collect()),
            ("rocketchat_permissions", permissions()),
            ("rocketchat_settings", settings()),
            ("rocketchat_room", vec![general()]),
            ("rocketchat_subscription", vec![membership()]),
            ("rocketchat_statistics", vec![self.statistics(now)]),
        ]
    }

    fn statistics(self, now: &str) -> Value {
        json!({
            "_id": "statisticsStati17", "uniqueId": "a-workspace", "version": self.version(), "totalUsers": 3,
            "createdAt": {"$date": now}
        })
    }
}

const BORN: &str = "2019-03-01T08:00:00.000Z";

fn date(time: &str) -> Value {
    json!({ "$date": time })
}

fn users(now: &str) -> Vec<Value> {
    let user = |account: &Account, roles: &[&str], active: bool, token: Value| {
        json!({
            "_id": account.user_id, "createdAt": date(BORN), "username": account.username,
            "name": format!("The {}", account.username),
            "emails": [{"address": format!("{}@workspace.example", account.username), "verified": true}],
            "type": "user", "status": "online", "statusConnection": "online", "statusDefault": "online",
            "active": active, "roles": roles, "utcOffset": 1, "lastLogin": date(now), "__rooms": ["GENERAL"],
            "services": {
                "password": {"bcrypt": "$2b$10$ThisIsTheHashOfNoPasswordAtAllAndNobodyEverLogsInWi"},
                "email2fa": {"enabled": true, "changedAt": date(BORN)},
                "resume": {"loginTokens": [token]}
            },
            "settings": {"preferences": {"theme": "dark"}},
            "requirePasswordChange": false, "_updatedAt": date(now)
        })
    };
    let personal = |account: &Account| {
        json!({
            "hashedToken": account.hashed_token, "type": "personalAccessToken", "createdAt": date(BORN),
            "lastTokenPart": account.token.get(account.token.len() - 6..).unwrap_or_default(), "name": "import",
            "bypassTwoFactor": true
        })
    };
    vec![
        json!({
            "_id": "rocket.cat", "createdAt": date(BORN), "username": "rocket.cat", "name": "Rocket.Cat", "type": "bot",
            "status": "online", "statusDefault": "online", "active": true, "roles": ["bot"], "avatarOrigin": "local",
            "utcOffset": 0, "_updatedAt": date(BORN)
        }),
        user(&ADMIN, &["user", "admin"], true, personal(&ADMIN)),
        user(&MEMBER, &["user"], true, json!({"hashedToken": MEMBER.hashed_token, "when": date(now)})),
        user(&FORMER, &["user", "admin"], false, personal(&FORMER)),
    ]
}

fn role_document(id: &str) -> Value {
    let scope = if ["moderator", "leader", "owner"].contains(&id) { "Subscriptions" } else { "Users" };
    json!({
        "_id": id, "name": id, "scope": scope, "description": "", "protected": true, "mandatory2fa": false,
        "_updatedAt": date(BORN)
    })
}

fn permissions() -> Vec<Value> {
    let permission = |(id, roles): (&str, &[&str])| json!({"_id": id, "roles": roles, "_updatedAt": date(BORN)});
    [
        ("run-import", &["admin"][..]),
        ("view-import-operations", &["admin"]),
        ("access-permissions", &["admin"]),
        ("create-c", &["admin", "user", "bot", "app"]),
        ("view-statistics", &["admin"]),
    ]
    .into_iter()
    .map(permission)
    .collect()
}

fn settings() -> Vec<Value> {
    let setting = |(id, value): (&str, Value)| {
        json!({
            "_id": id, "value": value, "packageValue": value, "type": "string", "public": false, "ts": date(BORN),
            "_updatedAt": date(BORN)
        })
    };
    [
        ("uniqueID", json!("a-workspace")),
        ("Accounts_LoginExpiration", json!(90)),
        ("Site_Url", json!("https://chat.workspace.example")),
        ("FileUpload_Storage_Type", json!("GridFS")),
    ]
    .into_iter()
    .map(setting)
    .collect()
}

fn general() -> Value {
    json!({
        "_id": "GENERAL", "ts": date(BORN), "t": "c", "name": "general", "fname": "general", "usernames": [], "msgs": 0,
        "usersCount": 1, "default": true, "ro": false, "announcement": "Welcome", "_updatedAt": date(BORN)
    })
}

fn membership() -> Value {
    json!({
        "_id": "subscriptionSub17", "rid": "GENERAL", "name": "general", "fname": "general", "t": "c", "open": true,
        "alert": false, "unread": 0, "userMentions": 0, "groupMentions": 0, "ts": date(BORN), "ls": date(BORN),
        "u": {"_id": ADMIN.user_id, "username": ADMIN.username, "name": "The admin"}, "roles": ["owner"],
        "_updatedAt": date(BORN)
    })
}

/// The indexes that Rocket.Chat makes, of those that matter to an import.
pub const INDEXES: [Index; 9] = {
    const fn index(collection: &'static str, keys: &'static [&'static str]) -> Index {
        Index { collection, keys, unique: false, sparse: false, ignores_case: false }
    }
    [
        Index { sparse: true, unique: true, ..index("users", &["username"]) },
        Index { sparse: true, unique: true, ..index("users", &["emails.address"]) },
        Index { sparse: true, ignores_case: true, ..index("users", &["username"]) },
        Index { sparse: true, ignores_case: true, ..index("users", &["emails.address"]) },
        Index { sparse: true, ..index("users", &["importIds"]) },
        Index { sparse: true, unique: true, ..index("rocketchat_room", &["name"]) },
        index("rocketchat_room", &["t"]),
        Index { unique: true, ..index("rocketchat_subscription", &["rid", "u._id"]) },
        index("rocketchat_message", &["rid", "ts", "_updatedAt"]),
    ]
};

/// Writes the documents and makes the indexes in an empty database. Indexes that the server has no notion of are left out.
///
/// # Errors
/// Where the server fails.
pub async fn fill(database: &mongodb::Database, line: Line) -> Result<(), mongodb::error::Error> {
    use mongodb::options::{Collation, CollationStrength, IndexOptions};

    for (collection, documents) in line.collections(&jiff::Timestamp::now().to_string()) {
        let documents: Vec<bson::Document> = documents.into_iter().filter_map(document).collect();
        database.collection(collection).insert_many(documents).await?;
    }
    for index in INDEXES {
        let mut options = IndexOptions::builder().build();
        options.unique = index.unique.then_some(true);
        options.sparse = index.sparse.then_some(true);
        if index.ignores_case {
            let collation = Collation::builder().locale("en").strength(CollationStrength::Secondary).case_level(false);
            options.collation = Some(collation.build());
            options.name = Some(format!("{}_insensitive", index.keys.join("_")));
        }
        let keys: bson::Document = index.keys.iter().map(|key| ((*key).to_owned(), 1.into())).collect();
        let model = mongodb::IndexModel::builder().keys(keys).options(options).build();
        match database.collection::<bson::Document>(index.collection).create_index(model).await {
            Err(error) if index.ignores_case && is_unknown(&error) => {}
            created => drop(created?),
        }
    }
    Ok(())
}

fn document(value: Value) -> Option<bson::Document> {
    match bson::Bson::try_from(value) {
        Ok(bson::Bson::Document(document)) => Some(document),
        _ => None,
    }
}

/// Whether the server says that it does not know what was asked: MongoDB's number for that is 238.
fn is_unknown(error: &mongodb::error::Error) -> bool {
    matches!(&*error.kind, mongodb::error::ErrorKind::Command(error) if error.code == 238)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_can_be_stored() {
        for line in [Line::Seven, Line::Eight] {
            for (collection, documents) in line.collections("2026-01-01T00:00:00Z") {
                let count = documents.len();
                assert_eq!(documents.into_iter().filter_map(document).count(), count, "{collection}");
            }
        }
    }
}
