//! Users: who can be imported, and who is known afterwards.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, ImportUser, Importer, ReasonCounts, RecordError, UserType};

use super::{findings::UserFindings, frequencies::Frequencies};
use crate::run::{DUPLICATE_USER, EMAIL_TAKEN, MISSING_EMAIL_AND_USERNAME, ROCKET_CAT, import_ids_name_people};

/// Whom an import would know once the users that were read are imported.
pub(super) struct People {
    importer: Importer,
    import_ids: HashSet<String>,
    /// In lower case, as all that case is disregarded in.
    usernames: HashSet<String>,
    emails: HashSet<String>,
    username_counts: HashMap<String, u64>,
    email_counts: HashMap<String, u64>,
    not_mentionable: Frequencies,
    found: UserFindings,
}

impl People {
    pub(super) fn new(importer: Importer) -> Self {
        Self {
            importer,
            import_ids: HashSet::from([ROCKET_CAT.to_owned()]),
            usernames: HashSet::new(),
            emails: HashSet::new(),
            username_counts: HashMap::new(),
            email_counts: HashMap::new(),
            not_mentionable: Frequencies::default(),
            found: UserFindings::default(),
        }
    }

    /// Whether an import id stands for somebody.
    pub(super) fn knows(&self, import_id: &str) -> bool {
        self.import_ids.contains(import_id)
            // In CSV files the username is the import id, whatever its case.
            || self.importer == Importer::Csv && self.usernames.contains(&import_id.to_lowercase())
    }

    /// Whether a user of the export has this username.
    pub(super) fn has_username(&self, username: &str) -> bool {
        self.usernames.contains(&username.to_lowercase())
    }

    pub(super) fn add(&mut self, user: ImportUser, failing: &mut ReasonCounts) {
        self.note(&user);
        match self.refusal(&user) {
            Some(reason) => failing.count(DataType::User, &RecordError::new(reason)),
            None => {
                self.emails.extend(user.emails.iter().map(|email| email.to_lowercase()));
                self.usernames.extend(user.username.map(|username| username.to_lowercase()));
                self.import_ids.extend(user.import_ids);
            }
        }
    }

    fn note(&mut self, user: &ImportUser) {
        let found = &mut self.found;
        found.total += 1;
        found.bots += u64::from(user.user_type == UserType::Bot);
        found.deleted += u64::from(user.deleted == Some(true));
        found.without_email += u64::from(user.emails.is_empty());
        match &user.avatar_url {
            Some(url) if url.starts_with("data:") => found.avatars_in_export += 1,
            Some(_) => found.avatars_to_fetch += 1,
            None => {}
        }
        if let Some(username) = &user.username {
            *self.username_counts.entry(username.to_lowercase()).or_default() += 1;
            if !can_be_mentioned(username) {
                self.not_mentionable.count(username);
            }
        }
        let emails: HashSet<String> = user.emails.iter().map(|email| email.to_lowercase()).collect();
        for email in emails {
            *self.email_counts.entry(email).or_default() += 1;
        }
    }

    /// Why a user would not be imported, by the rules by which a run tells who is who.
    fn refusal(&self, user: &ImportUser) -> Option<&'static str> {
        if import_ids_name_people(self.importer) {
            // Of two records with one address or import id one user is made; of two with one username, two.
            return None;
        }
        let username = user.username.as_ref().map(|username| username.to_lowercase());
        let first = user.emails.first().map(|email| email.to_lowercase());
        let is_there = first.is_some_and(|email| self.emails.contains(&email))
            || username.as_ref().is_some_and(|username| self.usernames.contains(username));
        if is_there {
            return Some(DUPLICATE_USER);
        }
        if username.is_none() && user.emails.is_empty() {
            return Some(MISSING_EMAIL_AND_USERNAME);
        }
        let taken = user.emails.iter().any(|email| self.emails.contains(&email.to_lowercase()));
        taken.then_some(EMAIL_TAKEN)
    }

    pub(super) fn findings(&mut self) -> UserFindings {
        let mut found = std::mem::take(&mut self.found);
        found.duplicate_usernames = Frequencies::of(std::mem::take(&mut self.username_counts)).repeated();
        found.not_mentionable = std::mem::take(&mut self.not_mentionable).listed();
        found.duplicate_emails = Frequencies::of(std::mem::take(&mut self.email_counts)).repeated();
        found
    }
}

/// Whether Rocket.Chat finds a username in `@username`: it looks for these characters only, and `@all` and `@here` mean
/// everybody.
fn can_be_mentioned(username: &str) -> bool {
    let is_known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !username.is_empty() && username.chars().all(is_known) && !matches!(username, "all" | "here")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(import_id: &str, username: &str, emails: &[&str]) -> ImportUser {
        ImportUser {
            import_ids: vec![import_id.into()],
            username: (!username.is_empty()).then(|| username.into()),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
            ..ImportUser::default()
        }
    }

    fn failing(importer: Importer, users: &[ImportUser]) -> (People, Vec<(String, u64)>) {
        let (mut people, mut failing) = (People::new(importer), ReasonCounts::default());
        users.iter().for_each(|user| people.add(user.clone(), &mut failing));
        let failing = failing.sorted().into_iter().map(|entry| (entry.reason, entry.count)).collect();
        (people, failing)
    }

    #[test]
    fn a_second_record_of_a_user_fails_as_it_does_in_a_run() {
        let users = [
            user("1", "ann", &["ann@example.com", "a@example.com"]),
            user("2", "ANN", &[]),
            user("3", "bob", &["Ann@Example.com"]),
            user("4", "cleo", &["cleo@example.com", "a@example.com"]),
            user("5", "", &[]),
            user("1", "dora", &["dora@example.com"]),
        ];
        let (mut people, of_members) = failing(Importer::SlackUsers, &users);
        let reason = |reason: &str, count| (reason.to_owned(), count);
        assert_eq!(
            of_members,
            [reason(DUPLICATE_USER, 2), reason(EMAIL_TAKEN, 1), reason(MISSING_EMAIL_AND_USERNAME, 1)]
        );
        assert!(people.knows("1") && !people.knows("2") && !people.knows("ann"));
        let found = people.findings();
        assert_eq!((found.total, found.without_email), (6, 2));
        assert_eq!(found.duplicate_usernames.listed[0].value, "ann");
        assert_eq!(found.duplicate_emails.values, 2);
        // Where import ids name people, two records are one user or two, and none fails.
        let (people, of_slack) = failing(Importer::Slack, &users);
        assert_eq!(of_slack, []);
        assert!(people.knows("1") && people.knows("2") && !people.knows("ann"));
    }

    #[test]
    fn usernames_that_cannot_be_mentioned_are_listed() {
        let names = ["john doe", "x,y", "O'Neil", "all", "here", "zoë", "ann", "a-b_c.d9", "All", "x,y"];
        let users: Vec<_> = names.iter().map(|name| user(name, name, &[])).collect();
        let (mut people, _) = failing(Importer::Csv, &users);
        let found = people.findings().not_mentionable;
        let values: Vec<_> = found.listed.iter().map(|entry| (entry.value.as_str(), entry.count)).collect();
        assert_eq!(values, [("x,y", 2), ("O'Neil", 1), ("all", 1), ("here", 1), ("john doe", 1), ("zoë", 1)]);
        assert_eq!((found.values, found.occurrences), (6, 7));
    }

    #[test]
    fn in_csv_files_a_username_in_any_case_and_the_workspaces_own_bot_are_known() {
        let (people, _) = failing(Importer::Csv, &[user("Ann", "Ann", &[])]);
        assert!(people.knows("ann") && people.knows("rocket.cat") && !people.knows("bob"));
    }
}
