//! `users.csv`: username, email, name.

use import_proto::{DataType, ImportUser, Record};
use serde_json::json;

use super::header::Columns;
use crate::items::{Convert, Converted, RowError, too_few_columns};
use crate::rows::Row;

/// Makes users of rows. A username is the user's import id.
#[derive(Default)]
pub(super) struct Users {
    /// None before the first row, which may be a header line.
    columns: Option<Columns<3>>,
}

/// Whether a row is a header line of users, such as `username,email,name`.
pub(super) fn is_header(row: &Row<'_>) -> bool {
    header(row).is_some()
}

fn header(row: &Row<'_>) -> Option<Columns<3>> {
    Columns::named(row, [&["username"], &["email", "emails"], &["name"]])
}

impl Convert for Users {
    const DATA_TYPE: DataType = DataType::User;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        if self.columns.is_none()
            && let Some(columns) = header(row)
        {
            self.columns = Some(columns);
            return Converted::Nothing;
        }
        let columns = self.columns.get_or_insert_with(|| Columns::in_order(["username", "email", "name"]));
        if let Some(error) = too_few_columns(row, &columns.due) {
            return Converted::Failed(error);
        }
        let [username, email, name] = [0, 1, 2].map(|nth| columns.value(row, nth));
        if username.is_empty() {
            return Converted::Failed(RowError {
                message: "the user has no username, which would be the import id".to_owned(),
                column: columns.column(0),
                data: json!({ "importIds": [], "emails": Vec::from_iter(filled(email)), "name": name }),
            });
        }
        Converted::Record(Record::User(ImportUser {
            import_ids: vec![username.clone()],
            emails: Vec::from_iter(filled(email)),
            username: Some(username),
            name: filled(name),
            ..ImportUser::default()
        }))
    }
}

fn filled(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::tests::{failures, read, records};

    fn user(username: &str, email: Option<&str>, name: Option<&str>) -> Record {
        Record::User(ImportUser {
            import_ids: vec![username.to_owned()],
            emails: email.map(str::to_owned).into_iter().collect(),
            username: Some(username.to_owned()),
            name: name.map(str::to_owned),
            ..ImportUser::default()
        })
    }

    #[test]
    fn a_line_is_username_email_and_name() {
        assert_eq!(
            records(read(" ann , ann@x.org ,\"Lee, Ann\"\nbob,,\ncat,cat@x.org,Cat,and more\n,,\n", Users::default())),
            [
                user("ann", Some("ann@x.org"), Some("Lee, Ann")),
                user("bob", None, None),
                user("cat", Some("cat@x.org"), Some("Cat")),
            ]
        );
    }

    #[test]
    fn a_header_line_is_no_user_and_tells_the_columns() {
        let ann = [user("ann", Some("a@x.org"), Some("Ann"))];
        assert_eq!(records(read("Username,Email,Name\nann,a@x.org,Ann\n", Users::default())), ann);
        assert_eq!(records(read("name,email,username\nAnn,a@x.org,ann\n", Users::default())), ann);
        // Only the first line can be one, and only if every word of it names a column.
        assert_eq!(
            records(read("ann,a@x.org,Ann\nusername,email,name\n", Users::default())),
            [user("ann", Some("a@x.org"), Some("Ann")), user("username", Some("email"), Some("name"))]
        );
        assert_eq!(
            records(read("username,a@x.org,name\n", Users::default())),
            [user("username", Some("a@x.org"), Some("name"))]
        );
    }

    #[test]
    fn a_line_without_username_or_with_too_few_columns_fails() {
        let failed = failures(read("ann,a@x.org\n,b@x.org,Bob\n", Users::default()));
        assert_eq!(failed[0].data_type, DataType::User);
        assert_eq!(
            failed[0].error.message,
            "the line has 2 of 3 columns: username, email, name are due, separated by commas"
        );
        assert_eq!((failed[0].error.line, failed[0].error.column), (Some(1), Some(3)));
        assert_eq!(failed[0].data, json!({"columns": ["ann", "a@x.org"]}));
        assert_eq!(failed[0].key, "test.csv:1");
        assert_eq!(failed[1].error.message, "the user has no username, which would be the import id");
        assert_eq!((failed[1].error.line, failed[1].error.column), (Some(2), Some(1)));
        assert_eq!(failed[1].data, json!({"importIds": [], "emails": ["b@x.org"], "name": "Bob"}));
    }
}
