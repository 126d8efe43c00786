//! On whose behalf a command imports into a workspace.

use bson::{Bson, Document, doc};

use super::{MongoStore, doing, failure::Failure};
use crate::Result;

impl MongoStore {
    /// The `_id` and username of the active user of this username, or of the administrator who was created first.
    ///
    /// # Errors
    /// Where there is no such user, or their roles lack the permission `run-import`.
    pub async fn importer(&self, username: Option<&str>) -> Result<(String, String)> {
        doing("looking for the user on whose behalf to import", self.find_importer(username)).await
    }

    async fn find_importer(&self, username: Option<&str>) -> Result<(String, String), Failure> {
        let refused = |what: String| Failure::Refused(what);
        let Some(username) = username else {
            let filter = doc! { "roles": "admin", "active": true, "type": { "$ne": "bot" } };
            let found = self.users().find_one(filter).sort(doc! { "createdAt": 1 }).await?;
            let user = found.ok_or_else(|| refused("no active user has the role admin; name one with --as".into()))?;
            return named(&user);
        };
        let found = self.users().find_one(doc! { "username": username }).await?;
        let user = found.ok_or_else(|| refused(format!("there is no user {username}")))?;
        if !user.get_bool("active").unwrap_or(false) {
            return Err(refused(format!("the user {username} is deactivated")));
        }
        let permission = self.collection("rocketchat_permissions").find_one(doc! { "_id": "run-import" }).await?;
        let allowed = permission.as_ref().and_then(|permission| permission.get_array("roles").ok());
        let theirs: &[Bson] = user.get_array("roles").map_or(&[], Vec::as_slice);
        if !allowed.is_some_and(|allowed| allowed.iter().any(|role| theirs.contains(role))) {
            return Err(refused(format!("no role of the user {username} has the permission run-import")));
        }
        named(&user)
    }
}

fn named(user: &Document) -> Result<(String, String), Failure> {
    match (user.get_str("_id"), user.get_str("username")) {
        (Ok(id), Ok(username)) => Ok((id.to_owned(), username.to_owned())),
        _ => Err(Failure::Damaged("a user has no _id or no username".into())),
    }
}
