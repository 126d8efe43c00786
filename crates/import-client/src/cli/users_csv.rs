//! Users of a CSV file with a header line that names its columns as the fields of a user.

use std::io::Read;

use anyhow::{Context, bail};
use import_client::import_proto::NewUser;
use serde_json::{Map, Value};

use super::{show, users_file::Take};

/// The columns, and whether a cell holds a list with semicolons between its items.
const COLUMNS: [(&str, bool); 12] = [
    ("username", false),
    ("emails", true),
    ("importIds", true),
    ("name", false),
    ("password", false),
    ("utcOffset", false),
    ("roles", true),
    ("type", false),
    ("statusText", false),
    ("bio", false),
    ("deleted", false),
    ("avatarUrl", false),
];

/// Reads users until the end, or until `take` wants no more. An empty cell is an absent field.
pub(crate) fn read(input: impl Read, mut take: impl Take) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(input);
    let columns = columns(reader.headers().context("the header line cannot be read")?)?;
    for (number, record) in (1_u64..).zip(reader.records()) {
        let number = show::number(number);
        let record = record.with_context(|| format!("user {number} of the file cannot be read"))?;
        let line = record.position().map_or_else(String::new, |place| show::number(place.line()));
        let user = user(&columns, &record)
            .with_context(|| format!("user {number} of the file (line {line}) cannot be read"))?;
        if !take(user) {
            break;
        }
    }
    Ok(())
}

fn columns(header: &csv::StringRecord) -> anyhow::Result<Vec<(&'static str, bool)>> {
    let mut columns: Vec<(&str, bool)> = Vec::new();
    for given in header.iter().map(str::trim) {
        let Some(column) = COLUMNS.into_iter().find(|(name, _)| *name == given) else {
            let known = COLUMNS.map(|(name, _)| name).join(", ");
            bail!("the header line has a column {given:?}; there are: {known}");
        };
        if columns.contains(&column) {
            bail!("the header line has the column {given} twice");
        }
        columns.push(column);
    }
    for needed in ["emails", "importIds"] {
        if !columns.iter().any(|(name, _)| *name == needed) {
            bail!("the header line lacks the column {needed}: every user needs one");
        }
    }
    Ok(columns)
}

fn user(columns: &[(&'static str, bool)], record: &csv::StringRecord) -> anyhow::Result<NewUser> {
    let mut fields = Map::new();
    for ((name, is_list), cell) in columns.iter().zip(record) {
        let value = if *is_list {
            cell.split(';').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect::<Value>()
        } else if cell.is_empty() {
            continue;
        } else {
            cell.into()
        };
        fields.insert((*name).to_owned(), value);
    }
    Ok(serde_path_to_error::deserialize(Value::Object(fields))?)
}

#[cfg(test)]
mod tests {
    use import_client::import_proto::UserType;

    use super::*;

    fn users(file: &str) -> Result<Vec<NewUser>, String> {
        let mut users = Vec::new();
        let result = read(file.as_bytes(), |user| {
            users.push(user);
            true
        });
        result.map(|()| users).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn every_field_of_a_user_has_a_column() {
        let file = "username,emails,importIds,name,password,utcOffset,roles,type,statusText,bio,deleted,avatarUrl\n\
                    ann,a@b.c; d@e.f,7;8,\"Ann, A.\",p w ,-5.5,admin;bot,bot,here,\"two\nlines\",true,https://example.com/a.png\n";
        let expected = NewUser {
            username: Some("ann".into()),
            emails: vec!["a@b.c".into(), "d@e.f".into()],
            import_ids: vec!["7".into(), "8".into()],
            name: Some("Ann, A.".into()),
            password: Some("p w ".into()),
            utc_offset: Some(-5.5),
            roles: Some(vec!["admin".into(), "bot".into()]),
            user_type: Some(UserType::Bot),
            status_text: Some("here".into()),
            bio: Some("two\nlines".into()),
            deleted: Some(true),
            avatar_url: Some("https://example.com/a.png".into()),
        };
        let written = serde_json::to_value(&expected).unwrap();
        let names: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), COLUMNS.len());
        assert!(COLUMNS.iter().all(|(name, _)| names.contains(name)));
        assert_eq!(users(file).unwrap(), [expected]);
    }

    #[test]
    fn an_empty_cell_is_an_absent_field() {
        let user = &users("importIds,emails,username,deleted,roles\n7,a@b.c,,,\n").unwrap()[0];
        assert_eq!((&user.username, user.deleted), (&None, None));
        assert_eq!(user.roles.as_deref(), Some(&[] as &[String]));
    }

    #[test]
    fn what_is_wrong_is_told_with_column_and_line() {
        for (file, expected) in [
            (
                "emails,importIds,mail\n",
                "the header line has a column \"mail\"; there are: username, emails, importIds, name, password, utcOffset, \
                 roles, type, statusText, bio, deleted, avatarUrl",
            ),
            ("emails,importIds,emails\n", "the header line has the column emails twice"),
            ("emails,name\n", "the header line lacks the column importIds: every user needs one"),
            (
                "emails,importIds,deleted\na,1,\na,2,maybe\n",
                "user 2 of the file (line 3) cannot be read: deleted: invalid value: string \"maybe\", expected a boolean",
            ),
            (
                "emails,importIds\na,1\na\n",
                "user 2 of the file cannot be read: CSV error: record 2 (line: 3, byte: 21): found record with 1 fields, but \
                 the previous record has 2 fields",
            ),
        ] {
            assert_eq!(users(file), Err(expected.to_owned()));
        }
    }
}
