//! Contacts: those with a known import id are updated, others are new.

use std::collections::HashMap;

use import_proto::{DataType, ImportContact};
use import_store::{
    Store, UserKeys,
    documents::{Contact, ContactEmail, ContactPhone},
};

use super::{BATCH, Processed, Run, now, read_record};
use crate::error::Halt;

impl<S: Store> Run<'_, S> {
    pub(super) async fn import_contacts(&mut self) -> Result<(), Halt> {
        let mut from = 0;
        loop {
            let rows = self.next_rows(DataType::Contact, from, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.key.seq + 1;
            let mut records = Vec::with_capacity(rows.len());
            for row in &rows {
                records.push((row.key, read_record::<ImportContact>(row)?));
            }
            let import_ids = records.iter().flat_map(|(_, record)| record.import_ids.iter().cloned()).collect();
            let mut existing: HashMap<String, Contact> = self.inner.store.find_contacts(import_ids).await?;
            let usernames = records.iter().filter_map(|(_, record)| record.contact_manager.clone()).collect();
            let keys = UserKeys { usernames, ..UserKeys::default() };
            let managers = self.inner.store.find_users(keys).await?;
            let managers: HashMap<String, String> =
                managers.into_iter().map(|user| (user.username.to_lowercase(), user.id)).collect();

            let mut processed = Processed::new(&self.stored);
            for (key, record) in records {
                let id = self.new_id("contact", key);
                // One that this very record made is made again.
                let before = record.import_ids.iter().find_map(|id| existing.get(id)).filter(|before| before.id != id);
                match before {
                    Some(_) => processed.counts().updated.contacts += 1,
                    None => processed.counts().created.contacts += 1,
                }
                let manager = record.contact_manager.as_ref().and_then(|name| managers.get(&name.to_lowercase()));
                if let (Some(name), None) = (&record.contact_manager, manager) {
                    processed.note(format!("The contact {} has a manager whom nobody knows: {name}", title(&record)));
                }
                let contact = merged(before, id, record, manager.cloned());
                processed.imported(key);
                for import_id in &contact.import_ids {
                    // A later line of this batch with the same id means the same contact.
                    existing.insert(import_id.clone(), contact.clone());
                }
                processed.batch.workspace.contacts.push(contact);
            }
            self.commit(processed, false).await?;
        }
    }
}

fn title(record: &ImportContact) -> String {
    let named = record.name.as_ref().or(record.emails.first()).or(record.phones.first());
    named.cloned().unwrap_or_default()
}

/// The contact as it is to be: what the record brings, and what was there and the record does not bring.
fn merged(before: Option<&Contact>, id: String, record: ImportContact, manager: Option<String>) -> Contact {
    let time = now();
    let title = title(&record);
    let emails: Vec<_> = record.emails.into_iter().map(|address| ContactEmail { address }).collect();
    let phones: Vec<_> = record.phones.into_iter().map(|phone_number| ContactPhone { phone_number }).collect();
    let Some(before) = before else {
        return Contact {
            id,
            name: title,
            emails,
            phones,
            contact_manager: manager,
            custom_fields: record.custom_fields,
            channels: Vec::new(),
            unknown: false,
            import_ids: record.import_ids,
            created_at: time,
            updated_at: time,
        };
    };
    let mut contact = before.clone();
    if let Some(name) = record.name {
        contact.name = name;
    }
    if !emails.is_empty() {
        contact.emails = emails;
    }
    if !phones.is_empty() {
        contact.phones = phones;
    }
    contact.contact_manager = manager.or(contact.contact_manager);
    contact.custom_fields.extend(record.custom_fields);
    for import_id in record.import_ids {
        if !contact.import_ids.contains(&import_id) {
            contact.import_ids.push(import_id);
        }
    }
    contact.updated_at = time;
    contact
}
