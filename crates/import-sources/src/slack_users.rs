//! The importer `slack-users`: the CSV file of its members that a Slack workspace gives out, with a header line.
//!
//! Columns are known by their names in the header where it has those of username and email, else by their places.

use import_proto::{DataType, ImportUser, Record, UserType};

use crate::items::{Convert, Converted};
use crate::rows::Row;

/// The columns that are read: what they are called, and where they stand where nothing is called so.
const COLUMNS: [(&str, usize); 5] = [("username", 0), ("email", 1), ("status", 2), ("fullname", 7), ("displayname", 8)];

/// Makes users of rows. An email address is the user's import id.
#[derive(Default)]
pub(crate) struct Members {
    /// Where the columns stand; none before the header was read.
    columns: Option<[Option<usize>; 5]>,
}

impl Convert for Members {
    const DATA_TYPE: DataType = DataType::User;

    fn convert(&mut self, row: &Row<'_>) -> Converted {
        let Some(columns) = self.columns else {
            let columns = columns(row);
            self.columns = Some(columns);
            // A file without a header line begins with somebody's address.
            let headless = columns.get(1).copied().flatten().is_some_and(|email| row.trimmed(email).contains('@'));
            return if headless { self.convert(row) } else { Converted::Nothing };
        };
        let value = |column: Option<usize>| {
            let value = column.map(|column| row.trimmed(column).into_owned());
            value.filter(|value| !value.is_empty())
        };
        let [username, email, status, full_name, display_name] = columns.map(value);
        let Some(email) = email else { return Converted::Nothing };
        let is = |name: &str| status.as_ref().is_some_and(|status| status.eq_ignore_ascii_case(name));
        let role = if is("Admin") {
            Some("admin")
        } else if is("Bot") {
            Some("bot")
        } else {
            None
        };
        Converted::Record(Record::User(ImportUser {
            import_ids: vec![email.clone()],
            emails: vec![email],
            name: full_name.or(display_name).or_else(|| username.clone()),
            username,
            user_type: if is("Bot") { UserType::Bot } else { UserType::User },
            roles: role.into_iter().map(str::to_owned).collect(),
            deleted: status.as_ref().map(|_| is("Deactivated")),
            ..ImportUser::default()
        }))
    }
}

fn columns(header: &Row<'_>) -> [Option<usize>; 5] {
    // `Full name`, `full-name` and `fullname` are one.
    let word = |column: usize| {
        let letters = header.trimmed(column).to_lowercase();
        letters.replace([' ', '-', '_'], "")
    };
    let words: Vec<String> = (0..header.len()).map(word).collect();
    let named = COLUMNS.map(|(name, _)| words.iter().position(|word| word == name));
    match named {
        [Some(_), Some(_), ..] => named,
        _ => COLUMNS.map(|(_, place)| Some(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::tests::{read, records};

    const HEADER: &str = "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname\n";

    fn members(text: &str) -> Vec<ImportUser> {
        let users = records(read(text, Members::default())).into_iter().map(|record| match record {
            Record::User(user) => user,
            other => panic!("{other:?}"),
        });
        users.collect()
    }

    #[test]
    fn a_line_is_a_member_with_name_role_and_status() {
        let text = format!(
            "{HEADER}\
             ann, ann@x.org ,Admin,1,0,0,U1,\"Lee, Ann\",annie\n\
             build,build@x.org,Bot,1,0,0,U2,,Build\n\
             cat,cat@x.org,Deactivated,0,0,0,U3,,\n\
             dan,dan@x.org,Member,1,0,0,U4,Dan\n"
        );
        let shown: Vec<_> = members(&text)
            .into_iter()
            .map(|user| (user.import_ids, user.username, user.name, user.user_type, user.roles, user.deleted))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        let id = |text: &str| vec![text.to_owned()];
        assert_eq!(
            shown,
            [
                (id("ann@x.org"), some("ann"), some("Lee, Ann"), UserType::User, id("admin"), Some(false)),
                (id("build@x.org"), some("build"), some("Build"), UserType::Bot, id("bot"), Some(false)),
                (id("cat@x.org"), some("cat"), some("cat"), UserType::User, vec![], Some(true)),
                (id("dan@x.org"), some("dan"), some("Dan"), UserType::User, vec![], Some(false)),
            ]
        );
        assert_eq!(members(&text)[0].emails, ["ann@x.org"]);
    }

    #[test]
    fn a_member_without_email_is_left_out() {
        assert_eq!(members(&format!("{HEADER}ann,,Admin\nbob\n")), []);
    }

    #[test]
    fn columns_are_known_by_name_where_the_header_names_them() {
        let read = members("Email,Display Name,Username,Full-Name\na@x.org,annie,ann,Ann Lee\nb@x.org,bobby,bob,\n");
        assert_eq!(
            read.iter().map(|user| (user.username.as_deref(), user.name.as_deref())).collect::<Vec<_>>(),
            [(Some("ann"), Some("Ann Lee")), (Some("bob"), Some("bobby"))]
        );
        assert_eq!(read[0].deleted, None);
    }

    #[test]
    fn columns_are_known_by_place_where_it_does_not() {
        let read = members("Benutzer,E-Mail,Status,,,,,Name\nann,a@x.org,Admin,,,,,Ann Lee,annie\n");
        assert_eq!((read[0].name.as_deref(), read[0].roles.as_slice()), (Some("Ann Lee"), &["admin".to_owned()][..]));
        assert_eq!(members("ann,a@x.org,Admin\n").len(), 1);
    }
}
