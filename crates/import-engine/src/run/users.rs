//! Users: who is new, who is there already, and what changes of them.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, ImportUser, Importer, NoticeKind, PasswordDigest, UserType};
use import_store::{
    Resolved, Store, UserKeys,
    credentials::temporary_password_hash,
    documents::{
        Date, EmailTwoFactor, PasswordService, Services, User, UserEmail, UserMarks, UserPatch, placeholder_bio,
    },
    staging::StagedKey,
};

use super::{BATCH, Processed, ROCKET_CAT, Run, VISIBLE_RECORDS, aligned, now, passwords, read_record};
use crate::{error::Halt, names};

/// Users of a batch at most.
const LARGE_BATCH: usize = 5_000;
/// Users with this role are changed by nobody's export.
const ADMIN_ROLE: &str = "admin";
/// How many numbers are tried at once behind a username that is taken.
const NUMBERS: usize = 20;

/// Why a second record of a user fails,
pub(crate) const DUPLICATE_USER: &str = "importer-user-duplicate";
/// one with another user's address,
pub(crate) const EMAIL_TAKEN: &str = "importer-user-email-taken";
/// and one who could neither log in nor be written to.
pub(crate) const MISSING_EMAIL_AND_USERNAME: &str = "importer-user-missing-email-and-username";

/// Whether an import id stands for the same person in every import of this importer.
pub(crate) fn import_ids_name_people(importer: Importer) -> bool {
    matches!(importer, Importer::Slack | Importer::HipchatEnterprise)
}

/// Usernames that no export's user gets: mentions of everybody, and those that a workspace has for itself.
const RESERVED: [&str; 4] = ["admin", "all", "here", "rocket.cat"];

/// What is to become of one staged user, and what an administrator should know of it.
struct Plan {
    action: Action,
    notices: Vec<(NoticeKind, String)>,
    notes: Vec<String>,
}

enum Action {
    New(Box<User>, Option<PasswordDigest>),
    /// The user, and what changes: of this one, and of placeholders that lose an import id to them.
    Change(String, Vec<UserPatch>),
    /// Nothing: the workspace has this user, and the record says nothing that is not known.
    Keep(String),
    Skip(String),
    Fail(String),
}

impl From<Action> for Plan {
    fn from(action: Action) -> Self {
        Self { action, notices: Vec::new(), notes: Vec::new() }
    }
}

/// How an existing user was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    ImportId,
    Email,
    Username,
}

/// The workspace's users that a batch may touch, and those that it makes.
struct Directory {
    users: HashMap<String, Known>,
    by_email: HashMap<String, String>,
    by_username: HashMap<String, String>,
    by_import_id: HashMap<String, Vec<String>>,
    /// Whom the operation has written, and by which record.
    written: HashMap<String, u64>,
    /// Usernames that records of the batch bring, in lower case: a number is added to no username so that it is one of them.
    brought: HashSet<String>,
    /// The number to try next behind a name that several have, and the first that was not asked for yet, by that name.
    numbers: HashMap<String, (usize, usize)>,
}

/// What has to be known of a user who is there.
#[derive(Debug, Clone)]
struct Known {
    username: String,
    protected: bool,
    placeholder: bool,
    active: bool,
    has_emails: bool,
    user_type: UserType,
    import_ids: Vec<String>,
    /// Where the user is planned, in this batch.
    planned: Option<usize>,
}

impl Directory {
    fn add(&mut self, user: &User, runner: &str, planned: Option<usize>) {
        let lower = |text: &str| text.to_lowercase();
        for email in &user.emails {
            self.by_email.entry(lower(&email.address)).or_insert_with(|| user.id.clone());
        }
        self.by_username.entry(lower(&user.username)).or_insert_with(|| user.id.clone());
        for id in &user.import_ids {
            let holders = self.by_import_id.entry(id.clone()).or_default();
            if !holders.contains(&user.id) {
                holders.push(user.id.clone());
            }
        }
        let known = Known {
            username: user.username.clone(),
            protected: user.id == ROCKET_CAT || user.id == runner || user.roles.iter().any(|role| role == ADMIN_ROLE),
            placeholder: user.marks.placeholder,
            active: user.active,
            has_emails: !user.emails.is_empty(),
            user_type: user.user_type,
            import_ids: user.import_ids.clone(),
            planned,
        };
        self.users.insert(user.id.clone(), known);
    }

    /// Who has one of these import ids: a person before a placeholder.
    fn with_import_id(&self, import_ids: &[String]) -> Option<&String> {
        let holders = || import_ids.iter().filter_map(|id| self.by_import_id.get(id)).flatten();
        holders().find(|id| !self.is_placeholder(id)).or_else(|| holders().next())
    }

    fn is_placeholder(&self, id: &str) -> bool {
        self.users.get(id).is_some_and(|known| known.placeholder)
    }

    fn with_email(&self, emails: &[String]) -> Option<&String> {
        emails.iter().find_map(|email| self.by_email.get(&email.to_lowercase()))
    }

    /// Whether a user, `own` perhaps, may have a username.
    fn is_free(&self, username: &str, own: Option<&str>) -> bool {
        let lower = username.to_lowercase();
        !RESERVED.contains(&lower.as_str())
            && self.by_username.get(&lower).is_none_or(|owner| own == Some(owner.as_str()))
    }
}

impl<S: Store> Run<'_, S> {
    pub(super) async fn import_users(&mut self) -> Result<(), Halt> {
        let mut from = 0;
        loop {
            // Small batches first, so that something is seen soon; large ones later, because a user's keys lie all over the
            // database and many at once are written faster.
            let limit = (self.stored.work.counts.processed as usize).clamp(BATCH, LARGE_BATCH);
            let rows = self.next_rows(DataType::User, from, limit).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut records = Vec::with_capacity(rows.len());
            for row in &rows {
                records.push((row.key, cleaned(read_record(row)?)));
            }
            let mut plans = self.plan_users(&records).await?;
            let hashes = self.hash_passwords(&mut plans).await?;
            let processed = self.processed_users(&records, plans, hashes);
            if let Some((last, _)) = processed.batch.outcomes.last() {
                from = last.seq + 1;
            }
            self.commit(processed, false).await?;
        }
    }

    /// Cuts the batch behind the last password that was hashed in time; answers the hashes.
    async fn hash_passwords(&self, plans: &mut Vec<Plan>) -> Result<Vec<String>, Halt> {
        let with_password: Vec<usize> =
            (0..plans.len()).filter(|at| matches!(plans[*at].action, Action::New(_, Some(_)))).collect();
        let digests = plans.iter().filter_map(|plan| match &plan.action {
            Action::New(_, digest) => digest.clone(),
            _ => None,
        });
        let hashes = passwords::hash(digests.collect(), &self.stop).await?;
        if let Some(unhashed) = with_password.get(hashes.len()) {
            let done = self.stored.work.counts.processed;
            plans.truncate(aligned(done, *unhashed, VISIBLE_RECORDS));
        }
        Ok(hashes)
    }

    fn processed_users(&self, records: &[(StagedKey, ImportUser)], plans: Vec<Plan>, hashes: Vec<String>) -> Processed {
        let mut processed = Processed::new(&self.stored);
        let mut hashes = hashes.into_iter();
        for ((key, record), plan) in records.iter().zip(plans) {
            plan.notes.into_iter().for_each(|note| processed.note(note));
            plan.notices.iter().for_each(|(kind, name)| processed.notice(*kind, name));
            let mut written = true;
            let user_id = match plan.action {
                Action::New(mut user, digest) => {
                    let bcrypt = digest.and_then(|_| hashes.next()).unwrap_or_else(temporary_password_hash);
                    user.services.password = Some(PasswordService { bcrypt });
                    let id = user.id.clone();
                    processed.counts().created.users += 1;
                    processed.batch.workspace.new_users.push(*user);
                    id
                }
                Action::Change(id, patches) => {
                    processed.counts().updated.users += 1;
                    processed.batch.workspace.user_patches.extend(patches);
                    id
                }
                Action::Keep(id) => {
                    processed.counts().updated.users += 1;
                    written = !record.placeholder;
                    id
                }
                Action::Skip(reason) => {
                    processed.skipped(*key, reason);
                    continue;
                }
                Action::Fail(reason) => {
                    processed.failed(*key, reason);
                    continue;
                }
            };
            processed.imported(*key);
            let resolved = record.import_ids.iter().map(|import_id| Resolved {
                data_type: DataType::User,
                import_id: import_id.clone(),
                id: user_id.clone(),
            });
            processed.batch.workspace.resolved.extend(resolved);
            if written {
                processed.batch.workspace.users_written.push((user_id, key.seq));
            }
        }
        processed
    }

    async fn plan_users(&self, records: &[(StagedKey, ImportUser)]) -> Result<Vec<Plan>, Halt> {
        let mut directory = self.directory(records).await?;
        let mut plans: Vec<Plan> = Vec::with_capacity(records.len());
        let time = now();
        for (key, record) in records {
            let plan = match self.existing(&directory, *key, record) {
                // Written by a batch that was cut short: this very record is imported again, as it was.
                Some((id, _)) if id == self.new_id("user", *key) => {
                    self.plan_new(&mut directory, *key, record, time).await?
                }
                Some((id, _)) if record.placeholder => Action::Keep(id).into(),
                Some((id, found)) => self.plan_existing(&mut directory, &mut plans, &id, found, *key, record).await?,
                None => self.plan_new(&mut directory, *key, record, time).await?,
            };
            match &plan.action {
                Action::New(user, _) => {
                    directory.add(user, &self.runner.id, Some(plans.len()));
                    directory.written.entry(user.id.clone()).or_insert(key.seq);
                }
                Action::Change(id, patches) => {
                    for patch in patches {
                        directory.apply(patch);
                    }
                    directory.written.entry(id.clone()).or_insert(key.seq);
                }
                Action::Keep(_) | Action::Skip(_) | Action::Fail(_) => {}
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    /// Everybody whom the records may mean, in one question.
    async fn directory(&self, records: &[(StagedKey, ImportUser)]) -> Result<Directory, Halt> {
        let mut keys = UserKeys::default();
        for (_, record) in records {
            keys.emails.extend(record.emails.iter().cloned());
            keys.usernames.extend(record.username.iter().cloned());
            keys.usernames.extend(self.candidates(record));
            if self.import_ids_name_people() {
                keys.import_ids.extend(record.import_ids.iter().cloned());
            }
        }
        let found = self.inner.store.find_users(keys).await?;
        let ids = found.iter().map(|user| user.id.clone()).collect();
        let mut directory = Directory {
            users: HashMap::new(),
            by_email: HashMap::new(),
            by_username: HashMap::new(),
            by_import_id: HashMap::new(),
            written: self.inner.store.users_written(&self.stored.operation.id, ids).await?,
            brought: records.iter().filter_map(|(_, record)| Some(record.username.as_ref()?.to_lowercase())).collect(),
            numbers: HashMap::new(),
        };
        for user in &found {
            directory.add(user, &self.runner.id, None);
        }
        Ok(directory)
    }

    /// Whether an import id stands for the same person in every import of this importer.
    fn import_ids_name_people(&self) -> bool {
        import_ids_name_people(self.importer)
    }

    /// Who a record is: by import id where those name people, else by an address, else by the username.
    fn existing(&self, directory: &Directory, key: StagedKey, record: &ImportUser) -> Option<(String, Found)> {
        let by_username = || directory.by_username.get(&record.username.as_ref()?.to_lowercase());
        if !self.import_ids_name_people() {
            let first = record.emails.first().map(std::slice::from_ref).unwrap_or_default();
            let by_email = directory.with_email(first).map(|id| (id.clone(), Found::Email));
            return by_email.or_else(|| by_username().map(|id| (id.clone(), Found::Username)));
        }
        if let Some(id) = directory.with_import_id(&record.import_ids) {
            return Some((id.clone(), Found::ImportId));
        }
        // A stranger who is called like somebody here is another person.
        if record.placeholder {
            return None;
        }
        if let Some(id) = directory.with_email(&record.emails) {
            return Some((id.clone(), Found::Email));
        }
        let id = by_username()?;
        self.may_be(directory, id, key, record).then(|| (id.clone(), Found::Username))
    }

    /// Whether a record may be the user whose username it has, where import ids name people. Who is protected, made up, known
    /// by another id of this source, or has another address is somebody else: their messages may not be mixed.
    fn may_be(&self, directory: &Directory, id: &str, key: StagedKey, record: &ImportUser) -> bool {
        let Some(known) = directory.users.get(id) else { return false };
        let is_written = directory.written.get(id).is_some_and(|by| *by != key.seq);
        let has_other_id = known.import_ids.iter().any(|id| names_a_user(self.importer, id));
        let has_other_email = known.has_emails && !record.emails.is_empty();
        !(known.protected || known.placeholder || is_written || has_other_id || has_other_email)
    }

    async fn plan_existing(
        &self,
        directory: &mut Directory,
        plans: &mut [Plan],
        found_id: &str,
        found: Found,
        key: StagedKey,
        record: &ImportUser,
    ) -> Result<Plan, Halt> {
        let names_people = self.import_ids_name_people();
        let mut id = found_id.to_owned();
        // The user with the address is the person; the placeholder was made before that was known.
        if names_people
            && directory.is_placeholder(&id)
            && let Some(owner) = directory.with_email(&record.emails)
        {
            id = owner.clone();
        }
        let Some(known) = directory.users.get(&id).cloned() else {
            return Ok(Action::Fail(format!("{DUPLICATE_USER}: the user is not there any more")).into());
        };
        let is_second = directory.written.get(&id).is_some_and(|by| *by != key.seq);
        if is_second && !names_people {
            let who = record.username.as_ref().or(record.emails.first()).cloned().unwrap_or_default();
            let reason = format!("{DUPLICATE_USER}: another record of this import is the same user ({who})");
            return Ok(Action::Fail(reason).into());
        }
        let (lost, notes) = if names_people { lost_ids(directory, &id, &known, record) } else { Default::default() };
        let mut plan = if known.placeholder {
            self.plan_person(directory, &id, &known, record).await?
        } else if is_second {
            self.plan_merge(directory, plans, &id, &known, found, record).await?
        } else if self.stored.work.skip_existing && lost.is_empty() {
            return Ok(Action::Skip("the user exists already".into()).into());
        } else {
            Action::Change(id.clone(), vec![self.update(directory, &id, &known, record)]).into()
        };
        if !lost.is_empty() {
            let mut patches = match plan.action {
                Action::Change(_, patches) => patches,
                _ => Vec::new(),
            };
            patches.extend(lost);
            plan.action = Action::Change(id, patches);
            plan.notes.extend(notes);
        }
        Ok(plan)
    }

    /// A placeholder becomes the person that the record describes.
    async fn plan_person(
        &self,
        directory: &mut Directory,
        id: &str,
        known: &Known,
        record: &ImportUser,
    ) -> Result<Plan, Halt> {
        let username = match self.import_ids_name_people() {
            true => self.username_for(directory, record, Some(id)).await?,
            false => known.username.clone(),
        };
        let mut patch = self.update(directory, id, known, record);
        patch.ends_placeholder = true;
        patch.user_type = Some(record.user_type);
        patch.active = Some(!record.deleted.unwrap_or_default());
        patch.name = Some(record.name.clone().unwrap_or_else(|| names::guess_name(&username)));
        let mut plan = Plan::from(Action::Keep(id.to_owned()));
        plan.notices.extend(changed_username(record, &username));
        patch.username = (username != known.username).then_some(username);
        plan.action = Action::Change(id.to_owned(), vec![patch]);
        Ok(plan)
    }

    /// A second record of a user that this import has written already: both are one person.
    async fn plan_merge(
        &self,
        directory: &mut Directory,
        plans: &mut [Plan],
        id: &str,
        known: &Known,
        found: Found,
        record: &ImportUser,
    ) -> Result<Plan, Halt> {
        let mut plan = Plan::from(Action::Keep(id.to_owned()));
        if found != Found::ImportId || known.import_ids.first() != record.import_ids.first() {
            let names: Vec<&str> =
                [Some(known.username.as_str()), record.username.as_deref()].into_iter().flatten().collect();
            let names = if names.windows(2).any(|pair| pair[0] == pair[1]) { &names[..1] } else { &names[..] };
            plan.notices.push((NoticeKind::MergedUsers, names.join(", ")));
        }
        let mut patch =
            UserPatch { id: id.to_owned(), add_import_ids: record.import_ids.clone(), ..UserPatch::default() };
        if !known.protected {
            let all = self.update(directory, id, known, record);
            (patch.add_roles, patch.add_emails) = (all.add_roles.clone(), all.add_emails.clone());
            // The account that is used says how the person is called.
            if !known.active && !record.deleted.unwrap_or_default() {
                patch = UserPatch { active: Some(true), ..all };
                let by = directory.written.get(id).map(|seq| StagedKey { data_type: DataType::User, seq: *seq });
                if by.is_some_and(|by| self.new_id("user", by) == id) && record.username.is_some() {
                    let username = self.username_for(directory, record, Some(id)).await?;
                    patch.username = (username != known.username).then_some(username);
                }
            }
        }
        match known.planned.and_then(|at| plans.get_mut(at)).map(|plan| &mut plan.action) {
            // The user is not written yet.
            Some(Action::New(user, _)) => {
                add_to(user, &patch);
                directory.apply(&patch);
            }
            _ => plan.action = Action::Change(id.to_owned(), vec![patch]),
        }
        Ok(plan)
    }

    async fn plan_new(
        &self,
        directory: &mut Directory,
        key: StagedKey,
        record: &ImportUser,
        time: Date,
    ) -> Result<Plan, Halt> {
        let id = self.new_id("user", key);
        let names_people = self.import_ids_name_people();
        let written = directory.users.get(&id).map(|known| known.username.clone());
        let username = match (written, &record.username) {
            (Some(username), _) => username,
            (None, Some(username)) if !names_people => username.clone(),
            (None, None) if !names_people && record.emails.is_empty() => {
                return Ok(Action::Fail(MISSING_EMAIL_AND_USERNAME.into()).into());
            }
            (None, _) => self.username_for(directory, record, None).await?,
        };
        let is_taken =
            |email: &&String| directory.by_email.get(&email.to_lowercase()).is_some_and(|owner| *owner != id);
        if let Some(taken) = record.emails.iter().find(is_taken) {
            return Ok(Action::Fail(format!("{EMAIL_TAKEN}: {taken} is another user's address")).into());
        }
        let import_id = record.import_ids.first().cloned().unwrap_or_default();
        let given = record.name.clone();
        let name = match record.placeholder {
            true => given.or_else(|| record.username.clone()).unwrap_or_else(|| import_id.clone()),
            false => given.unwrap_or_else(|| names::guess_name(&username)),
        };
        let mut notices: Vec<(NoticeKind, String)> = Vec::new();
        if record.placeholder {
            let shown = if name == import_id { name.clone() } else { format!("{name} ({import_id})") };
            notices.push((NoticeKind::PlaceholderUsers, shown));
        } else if names_people {
            notices.extend(changed_username(record, &username));
        }
        let mut seen = HashSet::new();
        let emails = record.emails.iter().filter(|email| seen.insert(email.to_lowercase()));
        let user = User {
            id,
            created_at: time,
            name,
            username,
            emails: emails.map(|address| UserEmail { address: address.clone(), verified: false }).collect(),
            user_type: record.user_type,
            roles: self.settings.roles_with(&record.roles),
            active: !record.placeholder && !record.deleted.unwrap_or_default(),
            status: "offline".into(),
            status_text: record.status_text.clone(),
            bio: if record.placeholder { Some(placeholder_bio(&import_id)) } else { record.bio.clone() },
            utc_offset: record.utc_offset,
            services: Services { password: None, email2fa: self.email_two_factor(time) },
            import_ids: record.import_ids.clone(),
            pending_avatar_url: record.avatar_url.clone(),
            custom_fields: record.custom_fields.clone(),
            marks: UserMarks { placeholder: record.placeholder },
            updated_at: time,
        };
        let action = Action::New(Box::new(user), record.password_digest.clone());
        Ok(Plan { action, notices, notes: Vec::new() })
    }

    /// What a record changes of an existing user.
    fn update(&self, directory: &Directory, id: &str, known: &Known, record: &ImportUser) -> UserPatch {
        let mut patch =
            UserPatch { id: id.to_owned(), add_import_ids: record.import_ids.clone(), ..UserPatch::default() };
        if known.protected {
            // Of administrators and the like an export changes nothing but the import ids.
            return patch;
        }
        patch.add_roles = self.settings.roles_with(&record.roles);
        // An address belongs to one user: what is somebody else's stays theirs.
        let theirs = |email: &&String| directory.by_email.get(&email.to_lowercase()).is_none_or(|owner| owner == id);
        patch.add_emails = record.emails.iter().filter(theirs).cloned().collect();
        patch.user_type =
            (record.user_type == UserType::Bot && known.user_type != UserType::Bot).then_some(UserType::Bot);
        patch.name = record.name.clone();
        patch.status_text = record.status_text.clone();
        patch.bio = record.bio.clone();
        patch.utc_offset = record.utc_offset;
        patch.active = record.deleted.map(|deleted| !deleted);
        patch.pending_avatar_url = record.avatar_url.clone();
        patch.custom_fields = record.custom_fields.clone();
        patch
    }

    /// Two-factor authentication by email, where new users get it. Placeholders get it too: they may become people.
    fn email_two_factor(&self, time: Date) -> Option<EmailTwoFactor> {
        let settings = &self.settings;
        // Rocket.Chat asks for less where users are added over the API.
        let is_on = settings.two_factor_by_email_opt_in
            && (self.stored.work.skip_existing || settings.two_factor && settings.two_factor_by_email);
        is_on.then_some(EmailTwoFactor { enabled: true, changed_at: time })
    }

    /// The usernames to try for a record, best first; none where the record's own is taken as it is.
    fn candidates(&self, record: &ImportUser) -> Vec<String> {
        let suggestions =
            || names::username_suggestions(record.name.as_deref(), record.emails.first().map(String::as_str));
        if !self.import_ids_name_people() {
            return if record.username.is_none() { suggestions() } else { Vec::new() };
        }
        let mentionable = |text: &String| names::mentionable(text);
        let mut candidates: Vec<String> = match &record.username {
            Some(username) => mentionable(username).into_iter().collect(),
            None if record.placeholder => Vec::new(),
            None => suggestions().iter().filter_map(mentionable).collect(),
        };
        if candidates.is_empty() && !record.placeholder {
            candidates.extend(record.name.as_ref().and_then(mentionable));
        }
        if candidates.is_empty() {
            candidates.extend(record.import_ids.iter().find_map(|id| names::mentionable(&id.to_lowercase())));
        }
        candidates
    }

    /// A username that nobody else has: the best candidate that is free, else one with a number.
    async fn username_for(
        &self,
        directory: &mut Directory,
        record: &ImportUser,
        own: Option<&str>,
    ) -> Result<String, Halt> {
        let candidates = self.candidates(record);
        if let Some(free) = candidates.iter().find(|name| directory.is_free(name, own)) {
            return Ok(free.clone());
        }
        let base = candidates.first().map_or("user", String::as_str);
        let is_given = record.username.is_some() && !base.ends_with(|last: char| last.is_ascii_digit());
        let base = if is_given { base.to_owned() } else { format!("{base}-") };
        // Many people may be called alike, say guest: whoever comes later goes on where the one before found a number, and
        // asks only beyond what was asked then.
        let (mut from, mut asked) = directory.numbers.get(&base).copied().unwrap_or((1, 1));
        let named = |number: usize| format!("{base}{number}");
        let is_free = |directory: &Directory, number: &usize| {
            let name = named(*number);
            directory.is_free(&name, own) && !directory.brought.contains(&name.to_lowercase())
        };
        loop {
            self.check_stop()?;
            if let Some(free) = (from..asked).find(|number| is_free(directory, number)) {
                directory.numbers.insert(base.clone(), (free + 1, asked));
                return Ok(named(free));
            }
            from = asked;
            asked += NUMBERS;
            let usernames: Vec<String> = (from..asked).filter(|number| is_free(directory, number)).map(named).collect();
            if !usernames.is_empty() {
                for user in self.inner.store.find_users(UserKeys { usernames, ..UserKeys::default() }).await? {
                    directory.add(&user, &self.runner.id, None);
                }
            }
        }
    }
}

impl Directory {
    /// Takes note of what a patch changes.
    fn apply(&mut self, patch: &UserPatch) {
        for email in &patch.add_emails {
            self.by_email.entry(email.to_lowercase()).or_insert_with(|| patch.id.clone());
        }
        if let Some(username) = &patch.username {
            self.by_username.entry(username.to_lowercase()).or_insert_with(|| patch.id.clone());
        }
        for import_id in &patch.remove_import_ids {
            if let Some(holders) = self.by_import_id.get_mut(import_id) {
                holders.retain(|holder| *holder != patch.id);
            }
        }
        for import_id in &patch.add_import_ids {
            let holders = self.by_import_id.entry(import_id.clone()).or_default();
            if !holders.contains(&patch.id) {
                holders.push(patch.id.clone());
            }
        }
        let Some(known) = self.users.get_mut(&patch.id) else { return };
        known.placeholder &= !patch.ends_placeholder;
        known.active = patch.active.unwrap_or(known.active);
        known.has_emails |= !patch.add_emails.is_empty();
        if let Some(username) = &patch.username {
            known.username.clone_from(username);
        }
        known.import_ids.retain(|id| !patch.remove_import_ids.contains(id));
        let new = patch.add_import_ids.iter().filter(|id| !known.import_ids.contains(id));
        let new: Vec<String> = new.cloned().collect();
        known.import_ids.extend(new);
    }
}

/// A record without blanks around what names the user.
fn cleaned(mut record: ImportUser) -> ImportUser {
    let trimmed = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    record.emails = record.emails.into_iter().filter_map(trimmed).collect();
    record.username = record.username.and_then(trimmed);
    record.name = record.name.and_then(trimmed);
    record
}

/// Whether this is the id of a user in whatever the importer reads, and stands for the same person in every export of it.
fn names_a_user(importer: Importer, id: &str) -> bool {
    match importer {
        Importer::Slack => {
            id.starts_with(['U', 'W']) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }
        Importer::HipchatEnterprise => id.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// The notice that a user does not get the username that the export has.
fn changed_username(record: &ImportUser, username: &str) -> Option<(NoticeKind, String)> {
    let given = record.username.as_deref().filter(|given| *given != username)?;
    Some((NoticeKind::ChangedUsernames, format!("{given} → {username}")))
}

/// Takes the record's import ids from placeholders: they stand for `id` from now on.
fn lost_ids(directory: &Directory, id: &str, known: &Known, record: &ImportUser) -> (Vec<UserPatch>, Vec<String>) {
    let (mut lost, mut notes) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for holder in record.import_ids.iter().filter_map(|id| directory.by_import_id.get(id)).flatten() {
        if holder == id || !directory.is_placeholder(holder) || !seen.insert(holder) {
            continue;
        }
        let placeholder = directory.users.get(holder).map_or("", |placeholder| &placeholder.username);
        notes.push(format!(
            "The placeholder user {placeholder} is {} now. Messages that were imported before stay with {placeholder}; import \
             their export again to give them to {}.",
            known.username, known.username
        ));
        lost.push(UserPatch {
            id: holder.clone(),
            remove_import_ids: record.import_ids.clone(),
            ..UserPatch::default()
        });
    }
    (lost, notes)
}

/// Changes a user who is not written yet, as the store would carry out the patch.
fn add_to(user: &mut User, patch: &UserPatch) {
    let add = |list: &mut Vec<String>, new: &[String]| {
        for text in new {
            if !list.contains(text) {
                list.push(text.clone());
            }
        }
    };
    add(&mut user.import_ids, &patch.add_import_ids);
    add(&mut user.roles, &patch.add_roles);
    for address in &patch.add_emails {
        if !user.emails.iter().any(|there| there.address.to_lowercase() == address.to_lowercase()) {
            user.emails.push(UserEmail { address: address.clone(), verified: false });
        }
    }
    fn set<T: Clone>(field: &mut T, new: &Option<T>) {
        if let Some(new) = new {
            field.clone_from(new);
        }
    }
    set(&mut user.username, &patch.username);
    set(&mut user.name, &patch.name);
    set(&mut user.active, &patch.active);
    set(&mut user.user_type, &patch.user_type);
    for (field, new) in [
        (&mut user.status_text, &patch.status_text),
        (&mut user.bio, &patch.bio),
        (&mut user.pending_avatar_url, &patch.pending_avatar_url),
    ] {
        if new.is_some() {
            field.clone_from(new);
        }
    }
    user.utc_offset = patch.utc_offset.or(user.utc_offset);
}
