//! Contacts: inserted, put in place of others, looked up by import id.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{failure::Failure, json, stored};
use crate::{documents::Contact, patch::replace_contact};

/// Inserts contacts, or puts them in place of those with their ids.
pub(super) fn write(database: &Connection, contacts: &[Contact]) -> Result<(), Failure> {
    for contact in contacts {
        let inserted = database
            .prepare_cached("INSERT INTO contact (id, document) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING")?
            .execute(params![contact.id, json::text(contact)?])?;
        let number = if inserted > 0 { database.last_insert_rowid() } else { replace(database, contact)? };
        let mut insert = database.prepare_cached(
            "INSERT INTO contact_import_id (import_id, contact) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?;
        for import_id in &contact.import_ids {
            insert.execute(params![import_id, number])?;
        }
    }
    Ok(())
}

fn replace(database: &Connection, contact: &Contact) -> Result<i64, Failure> {
    let mut stored = stored::in_the_way(database, "contact", &contact.id)?;
    let before = stored.fields.get("importIds").cloned().unwrap_or_default();
    if replace_contact(&mut stored.fields, &json::fields(contact)?) {
        stored::replace(database, "contact", &stored)?;
        let mut delete =
            database.prepare_cached("DELETE FROM contact_import_id WHERE import_id = ?1 AND contact = ?2")?;
        for import_id in before.as_array().into_iter().flatten().filter_map(Value::as_str) {
            delete.execute(params![import_id, stored.number])?;
        }
    }
    Ok(stored.number)
}

/// The contacts with these import ids; of several, the one that was added first.
pub(super) fn find(database: &Connection, import_ids: Vec<String>) -> Result<HashMap<String, Contact>, Failure> {
    let mut statement = database.prepare_cached(
        "SELECT document FROM contact_import_id JOIN contact ON number = contact_import_id.contact WHERE import_id = ?1 \
         ORDER BY number LIMIT 1",
    )?;
    let mut found = HashMap::new();
    for import_id in import_ids {
        let mut rows = statement.query([&import_id])?;
        if let Some(row) = rows.next()? {
            let contact = json::read(row, 0, "a contact")?;
            drop(rows);
            found.insert(import_id, contact);
        }
    }
    Ok(found)
}
