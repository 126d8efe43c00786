//! Users by what is compared without regard to case.

use std::collections::HashSet;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::{Collation, CollationStrength};

use super::{MongoStore, bulk, failure::Failure};

/// What is compared so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Username,
    Address,
}

impl Field {
    const fn path(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Address => "emails.address",
        }
    }

    /// What a user has of it, in lower case.
    pub(super) fn values(self, user: &Document) -> Vec<String> {
        match self {
            Self::Username => user.get_str("username").ok().map(str::to_lowercase).into_iter().collect(),
            Self::Address => {
                let emails = user.get_array("emails").map(Vec::as_slice).unwrap_or_default();
                let addresses = emails.iter().filter_map(|email| email.as_document()?.get_str("address").ok());
                addresses.map(str::to_lowercase).collect()
            }
        }
    }
}

/// The collation of the indexes that Rocket.Chat has for it.
pub(super) fn collation() -> Collation {
    Collation::builder().locale("en").strength(CollationStrength::Secondary).case_level(false).build()
}

/// The users who have one of these keys, in any order.
pub(super) async fn users(
    store: &MongoStore,
    field: Field,
    keys: impl IntoIterator<Item = &String> + Send,
) -> Result<Vec<Document>, Failure> {
    let keys: HashSet<String> = keys.into_iter().map(|key| key.to_lowercase()).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let matches = |user: &Document| field.values(user).iter().any(|value| keys.contains(value));
    if store.dialect.collation {
        let (collection, mut found) = (store.users(), Vec::new());
        let keys: Vec<Bson> = keys.iter().map(|key| Bson::String(key.clone())).collect();
        for chunk in keys.chunks(bulk::AT_ONCE) {
            let find = collection.find(doc! { field.path(): { "$in": chunk.to_vec() } }).collation(collation());
            let users: Vec<Document> = find.await?.try_collect().await?;
            found.extend(users);
        }
        found.retain(matches);
        return Ok(found);
    }
    let mut ids = Vec::new();
    let mut all = store.users().find(doc! {}).projection(doc! { field.path(): 1 }).await?;
    while let Some(user) = all.try_next().await? {
        if matches(&user)
            && let Ok(id) = user.get_str("_id")
        {
            ids.push(id.to_owned());
        }
    }
    store.by_ids(&store.users(), &ids, None).await
}
