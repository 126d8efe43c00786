//! Contacts from a CSV file with a header line.
//!
//! Columns are known by their name in the header, in any case: `name`, `emails` and `phones` (each several values separated by
//! `;`), `manager` (a username) and `id` (the import id). Every other column is a custom field. A line with neither
//! name nor email nor phone is no contact. A line may be shorter than the header: what it lacks is empty.

use std::collections::HashSet;

use import_proto::{DataType, ImportContact, Record};
use serde_json::{Value, json};

use crate::items::{Convert, Converted, RowError};
use crate::recent::Recent;
use crate::rows::Row;
use crate::stable_id::{TextHash, hash, occurrence, push_digits};

/// Makes contacts of rows.
#[derive(Default)]
pub(crate) struct Contacts {
    /// What the columns hold; none before the header was read.
    columns: Option<Vec<Column>>,
    recent: Recent,
    /// Hashes of the ids that lines bring.
    ids: HashSet<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Name,
    Emails,
    Phones,
    Manager,
    Id,
    Custom(String),
}

/// Whether a row is the header line of contacts, and not of another table.
pub(crate) fn is_header(row: &Row<'_>) -> bool {
    let columns = header(row);
    columns.contains(&Column::Name) && (columns.contains(&Column::Emails) || columns.contains(&Column::Phones))
}

fn header(row: &Row<'_>) -> Vec<Column> {
    (0..row.len())
        .map(|column| {
            let name = row.trimmed(column);
            match name.to_lowercase().as_str() {
                "name" => Column::Name,
                "emails" => Column::Emails,
                "phones" => Column::Phones,
                "manager" => Column::Manager,
                "id" => Column::Id,
                "" => Column::Custom(unnamed(column)),
                _ => Column::Custom(name.into_owned()),
            }
        })
        .collect()
}

fn unnamed(column: usize) -> String {
    format!("column{}", column + 1)
}

impl Convert for Contacts {
    const DATA_TYPE: DataType = DataType::Contact;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        let Some(columns) = &self.columns else {
            let columns = header(row);
            if ![Column::Name, Column::Emails, Column::Phones].iter().any(|column| columns.contains(column)) {
                return Converted::Unusable(
                    "its first line is to name the columns, and name, emails or phones is not among them".to_owned(),
                );
            }
            self.columns = Some(columns);
            return Converted::Nothing;
        };
        let mut contact = ImportContact::default();
        for (at, value) in (0..row.len()).map(|at| (at, row.trimmed(at))).filter(|(_, value)| !value.is_empty()) {
            match columns.get(at) {
                Some(Column::Name) => contact.name = Some(value.into_owned()),
                Some(Column::Emails) => contact.emails.extend(several(&value)),
                Some(Column::Phones) => contact.phones.extend(several(&value)),
                Some(Column::Manager) => contact.contact_manager = Some(value.into_owned()),
                Some(Column::Id) => contact.import_ids = vec![value.into_owned()],
                Some(Column::Custom(name)) if !contact.custom_fields.contains_key(name) => {
                    contact.custom_fields.insert(name.clone(), Value::from(&*value));
                }
                // Beyond the header, or the second of its name.
                Some(Column::Custom(_)) | None => {
                    contact.custom_fields.insert(unnamed(at), Value::from(&*value));
                }
            }
        }
        if contact.name.is_none() && contact.emails.is_empty() && contact.phones.is_empty() {
            return Converted::Nothing;
        }
        match contact.import_ids.first() {
            None => contact.import_ids = vec![self.id_of(&contact)],
            Some(id) if !self.ids.insert(hash(id)) => {
                let column = columns.iter().position(|column| *column == Column::Id).unwrap_or_default();
                return Converted::Failed(RowError {
                    message: format!("another contact of the file has the same id: {id}"),
                    column: column as u64 + 1,
                    data: json!({ "columns": row.values().collect::<Vec<_>>() }),
                });
            }
            Some(_) => {}
        }
        Converted::Record(Record::Contact(contact))
    }
}

impl Contacts {
    /// An id that is the same at every read; of contacts that look the same, each has its own.
    fn id_of(&mut self, contact: &ImportContact) -> String {
        let mut hash = TextHash::new();
        hash.add(contact.name.as_deref().unwrap_or_default());
        hash.add(&contact.emails.join(";"));
        hash.add(&contact.phones.join(";"));
        let same = hash.finish();
        let mut id = "contact-".to_owned();
        push_digits(&mut id, occurrence(same, self.recent.seen_before(same)), 13);
        id
    }
}

fn several(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split(';').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::csv::tests::{failures, read, records};

    fn contacts(text: &str) -> Vec<ImportContact> {
        records(read(text, Contacts::default()))
            .into_iter()
            .map(|record| match record {
                Record::Contact(contact) => contact,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn columns_are_known_by_their_names() {
        let read = contacts(
            "Phones, NAME ,emails,manager,Id,City\n\
             +1 ; +2,Ann Lee,ann@x.org;;a@y.org,bob,c1,\"Bern, CH\"\n\
             \n\
             ,,,bob,c2,Basel\n\
             ,Cat\n",
        );
        assert_eq!(
            read,
            [
                ImportContact {
                    import_ids: vec!["c1".into()],
                    name: Some("Ann Lee".into()),
                    phones: vec!["+1".into(), "+2".into()],
                    emails: vec!["ann@x.org".into(), "a@y.org".into()],
                    contact_manager: Some("bob".into()),
                    custom_fields: json!({"City": "Bern, CH"}).as_object().unwrap().clone(),
                },
                ImportContact {
                    import_ids: vec!["contact-vru165fj2siuk".into()],
                    name: Some("Cat".into()),
                    ..ImportContact::default()
                },
            ]
        );
    }

    #[test]
    fn a_contact_without_id_gets_one_that_stays_the_same() {
        let text = "name,emails,phones\nAnn,a@x.org,\nAnn,,1\nAnn,,1\n";
        let ids: Vec<_> = contacts(text).into_iter().map(|contact| contact.import_ids).collect();
        assert_eq!(ids, contacts(text).into_iter().map(|contact| contact.import_ids).collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), 3);
        assert_eq!(ids[0], ["contact-s3vbqb3f4s5eg"]);
    }

    #[test]
    fn of_contacts_with_one_id_the_first_is_read() {
        let failed = failures(read("id,name\nc1,Ann\nc2,Bob\nc1,Cat\n", Contacts::default()));
        assert_eq!(failed.len(), 1);
        let error = &failed[0].error;
        assert_eq!(error.message, "another contact of the file has the same id: c1");
        assert_eq!((error.line, error.column), (Some(4), Some(1)));
        assert_eq!(failed[0].data, json!({ "columns": ["c1", "Cat"] }));
    }

    #[test]
    fn columns_without_a_name_and_of_the_same_name_are_kept() {
        let read = contacts("name,,City,City\nAnn,x,,Bern,y\nBob,,Basel,Bern\n");
        assert_eq!(
            read[0].custom_fields,
            *json!({"column2": "x", "City": "Bern", "column5": "y"}).as_object().unwrap()
        );
        assert_eq!(read[1].custom_fields, *json!({"City": "Basel", "column4": "Bern"}).as_object().unwrap());
    }

    #[test]
    fn a_file_without_a_usable_header_fails_as_a_whole() {
        let failed = failures(read("Ann,a@x.org,1\nBob,b@x.org,2\n", Contacts::default()));
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].data_type, DataType::Entry);
        assert_eq!(
            failed[0].error.message,
            "the entry cannot be read: its first line is to name the columns, and name, emails or phones is not among them"
        );
    }
}
