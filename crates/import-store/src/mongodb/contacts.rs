//! Contacts: inserted, put in place of others, looked up by import id.

use std::collections::HashMap;

use bson::doc;

use super::{MongoStore, bulk, change::change, codec, failure::Failure, lenient};
use crate::{documents::Contact, patch::replace_contact};

/// Inserts contacts, or puts them in place of those with their ids.
pub(super) async fn write(store: &MongoStore, contacts: &[Contact]) -> Result<(), Failure> {
    let documents = contacts.iter().map(codec::document).collect::<Result<Vec<_>, _>>()?;
    let collection = store.contacts();
    for index in bulk::insert(&collection, &documents).await? {
        let incoming = codec::fields(&contacts[index])?;
        change(store, &collection, &contacts[index].id, None, |there| replace_contact(there, &incoming)).await?;
    }
    Ok(())
}

/// The contacts with these import ids; of several, the one that was made first.
pub(super) async fn find(store: &MongoStore, import_ids: Vec<String>) -> Result<HashMap<String, Contact>, Failure> {
    let mut contacts = Vec::new();
    for chunk in import_ids.chunks(bulk::AT_ONCE) {
        let found = bulk::all(&store.contacts(), doc! { "importIds": { "$in": chunk } }, None).await?;
        contacts.extend(lenient::all(found, lenient::contact)?);
    }
    contacts.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let mut first: HashMap<&String, &Contact> = HashMap::new();
    for contact in &contacts {
        for import_id in &contact.import_ids {
            first.entry(import_id).or_insert(contact);
        }
    }
    Ok(import_ids.iter().filter_map(|id| Some((id.clone(), (*first.get(id)?).clone()))).collect())
}
