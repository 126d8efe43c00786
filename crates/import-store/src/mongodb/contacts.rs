//! Contacts: inserted, put in place of others, looked up by import id.

use std::collections::HashMap;

use bson::{Bson, Document};

use super::{MongoStore, bulk, change, codec, failure::Failure, keys};
use crate::{documents::Contact, patch::replace_contact};

/// Inserts contacts, or puts them in place of those with their ids.
pub(super) async fn write(store: &MongoStore, contacts: &[Contact]) -> Result<(), Failure> {
    // One whose id stands twice in the batch is put in place of itself.
    let mut first: Vec<&Contact> = Vec::new();
    let mut later: Vec<&Contact> = Vec::new();
    for contact in contacts {
        let list = if first.iter().any(|before| before.id == contact.id) { &mut later } else { &mut first };
        list.push(contact);
    }
    let documents = first.iter().map(|contact| codec::document(contact)).collect::<Result<Vec<_>, _>>()?;
    let there = bulk::insert(&store.contacts(), &documents).await?;
    let known = there.into_iter().filter_map(|at| first.get(at).copied());
    for contact in known.chain(later) {
        let incoming = codec::to_fields(codec::document(contact)?);
        change::change(&store.contacts(), &contact.id, |there| replace_contact(there, &incoming)).await?;
    }
    Ok(())
}

/// The contacts with these import ids; of several, the one that was made first.
pub(super) async fn find(store: &MongoStore, import_ids: Vec<String>) -> Result<HashMap<String, Contact>, Failure> {
    let mut contacts = store.by_texts(&store.contacts(), "importIds", &import_ids, None).await?;
    let age = |contact: &Document| (contact.get_datetime("createdAt").copied().ok(), keys::id(contact));
    contacts.sort_by_key(age);
    let mut found = HashMap::new();
    for contact in contacts {
        let own = contact.get_array("importIds").cloned().unwrap_or_default();
        let contact: Contact = codec::read(contact, "a contact")?;
        for import_id in own.iter().filter_map(Bson::as_str).filter(|own| import_ids.iter().any(|id| id == own)) {
            found.entry(import_id.to_owned()).or_insert_with(|| contact.clone());
        }
    }
    Ok(found)
}
