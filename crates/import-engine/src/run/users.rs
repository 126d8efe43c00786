//! Users: who is new, who is there already, and what changes of them.

use std::collections::{HashMap, HashSet};

use import_proto::{DataType, ImportUser, Importer, PasswordDigest, UserType};
use import_store::{
    Resolved, Store, UserKeys,
    credentials::temporary_password_hash,
    documents::{Date, PasswordService, Services, User, UserEmail, UserPatch},
    staging::StagedKey,
};

use super::{BATCH, Processed, ROCKET_CAT, Run, VISIBLE_RECORDS, aligned, now, passwords, read_record};
use crate::{error::Halt, lifecycle::DEFAULT_ROLE, names};

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

/// What is to become of one staged user.
enum Plan {
    New(Box<User>, Option<PasswordDigest>),
    Change(Box<UserPatch>),
    Skip(String),
    Fail(String),
}

/// The workspace's users that a batch may touch, and those that it makes.
struct Directory {
    users: HashMap<String, Known>,
    by_email: HashMap<String, String>,
    by_username: HashMap<String, String>,
    by_import_id: HashMap<String, String>,
    /// Whom the operation has written, and by which record.
    written: HashMap<String, u64>,
    /// The number to try next behind a name that several have, and the first that was not asked for yet, by that name.
    numbers: HashMap<String, (usize, usize)>,
}

/// What has to be known of a user who is there.
struct Known {
    username: String,
    protected: bool,
    user_type: UserType,
}

impl Directory {
    fn add(&mut self, user: &User, runner: &str) {
        let lower = |text: &str| text.to_lowercase();
        for email in &user.emails {
            self.by_email.entry(lower(&email.address)).or_insert_with(|| user.id.clone());
        }
        self.by_username.entry(lower(&user.username)).or_insert_with(|| user.id.clone());
        for id in &user.import_ids {
            self.by_import_id.entry(id.clone()).or_insert_with(|| user.id.clone());
        }
        let protected = user.id == ROCKET_CAT || user.id == runner || user.roles.iter().any(|role| role == ADMIN_ROLE);
        self.users
            .insert(user.id.clone(), Known { username: user.username.clone(), protected, user_type: user.user_type });
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
                records.push((row.key, read_record::<ImportUser>(row)?));
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
            (0..plans.len()).filter(|at| matches!(plans[*at], Plan::New(_, Some(_)))).collect();
        let digests = plans.iter().filter_map(|plan| match plan {
            Plan::New(_, digest) => digest.clone(),
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
            let user_id = match plan {
                Plan::New(mut user, digest) => {
                    let bcrypt = digest.and_then(|_| hashes.next()).unwrap_or_else(temporary_password_hash);
                    user.services = Services { password: Some(PasswordService { bcrypt }) };
                    let id = user.id.clone();
                    processed.counts().created.users += 1;
                    processed.batch.workspace.new_users.push(*user);
                    id
                }
                Plan::Change(patch) => {
                    let id = patch.id.clone();
                    processed.counts().updated.users += 1;
                    processed.batch.workspace.user_patches.push(*patch);
                    id
                }
                Plan::Skip(reason) => {
                    processed.skipped(*key, reason);
                    continue;
                }
                Plan::Fail(reason) => {
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
            processed.batch.workspace.users_written.push((user_id, key.seq));
        }
        processed
    }

    async fn plan_users(&self, records: &[(StagedKey, ImportUser)]) -> Result<Vec<Plan>, Halt> {
        let mut directory = self.directory(records).await?;
        let mut plans = Vec::with_capacity(records.len());
        let time = now();
        for (key, record) in records {
            let plan = match self.existing(&directory, record) {
                // Written by a batch that was cut short: this very record is imported again, as it was.
                Some(id) if id == self.new_id("user", *key) => {
                    self.plan_new(&mut directory, *key, record, time).await?
                }
                Some(id) => self.plan_existing(&directory, &id, key.seq, record),
                None => self.plan_new(&mut directory, *key, record, time).await?,
            };
            match &plan {
                Plan::New(user, _) => {
                    directory.add(user, &self.runner.id);
                    directory.written.insert(user.id.clone(), key.seq);
                }
                Plan::Change(patch) => {
                    for email in &patch.add_emails {
                        directory.by_email.entry(email.to_lowercase()).or_insert_with(|| patch.id.clone());
                    }
                    directory.written.insert(patch.id.clone(), key.seq);
                }
                Plan::Skip(_) | Plan::Fail(_) => {}
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
            match &record.username {
                Some(username) => keys.usernames.push(username.clone()),
                None => keys.usernames.extend(suggestions(record)),
            }
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
            numbers: HashMap::new(),
        };
        for user in &found {
            directory.add(user, &self.runner.id);
        }
        Ok(directory)
    }

    /// Whether an import id stands for the same person in every import of this importer.
    fn import_ids_name_people(&self) -> bool {
        import_ids_name_people(self.importer)
    }

    /// Who a record is: by import id where those name people, else by the first address, else by the username.
    fn existing(&self, directory: &Directory, record: &ImportUser) -> Option<String> {
        let by_import_id = || record.import_ids.iter().find_map(|id| directory.by_import_id.get(id));
        let by_email = || directory.by_email.get(&record.emails.first()?.to_lowercase());
        let by_username = || directory.by_username.get(&record.username.as_ref()?.to_lowercase());
        let found = if self.import_ids_name_people() { by_import_id() } else { None };
        found.or_else(by_email).or_else(by_username).cloned()
    }

    fn plan_existing(&self, directory: &Directory, id: &str, seq: u64, record: &ImportUser) -> Plan {
        if directory.written.get(id).is_some_and(|by| *by != seq) {
            let who = record.username.as_ref().or(record.emails.first()).cloned().unwrap_or_default();
            return Plan::Fail(format!("{DUPLICATE_USER}: another record of this import is the same user ({who})"));
        }
        if self.stored.work.skip_existing {
            return Plan::Skip("the user exists already".into());
        }
        let mut patch =
            UserPatch { id: id.to_owned(), add_import_ids: record.import_ids.clone(), ..UserPatch::default() };
        let Some(known) = directory.users.get(id).filter(|known| !known.protected) else {
            // Of administrators and the like an export changes nothing but the import ids.
            return Plan::Change(Box::new(patch));
        };
        patch.add_roles = roles(record);
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
        Plan::Change(Box::new(patch))
    }

    async fn plan_new(
        &self,
        directory: &mut Directory,
        key: StagedKey,
        record: &ImportUser,
        time: Date,
    ) -> Result<Plan, Halt> {
        let id = self.new_id("user", key);
        let written = directory.users.get(&id).map(|known| known.username.clone());
        let username = match written.as_ref().or(record.username.as_ref()) {
            Some(username) => username.clone(),
            None if record.emails.is_empty() => {
                return Ok(Plan::Fail(MISSING_EMAIL_AND_USERNAME.into()));
            }
            None => self.free_username(directory, record).await?,
        };
        let is_taken =
            |email: &&String| directory.by_email.get(&email.to_lowercase()).is_some_and(|owner| *owner != id);
        if let Some(taken) = record.emails.iter().find(is_taken) {
            return Ok(Plan::Fail(format!("{EMAIL_TAKEN}: {taken} is another user's address")));
        }
        let mut seen = HashSet::new();
        let emails = record.emails.iter().filter(|email| seen.insert(email.to_lowercase()));
        let user = User {
            id,
            created_at: time,
            name: record.name.clone().unwrap_or_else(|| names::guess_name(&username)),
            username,
            emails: emails.map(|address| UserEmail { address: address.clone(), verified: false }).collect(),
            user_type: record.user_type,
            roles: roles(record),
            active: !record.deleted.unwrap_or_default(),
            status: "offline".into(),
            status_text: record.status_text.clone(),
            bio: record.bio.clone(),
            utc_offset: record.utc_offset,
            services: Services::default(),
            import_ids: record.import_ids.clone(),
            pending_avatar_url: record.avatar_url.clone(),
            custom_fields: record.custom_fields.clone(),
            updated_at: time,
        };
        Ok(Plan::New(Box::new(user), record.password_digest.clone()))
    }

    /// A username for somebody who brings none: the best suggestion that is free, else one with a number.
    async fn free_username(&self, directory: &mut Directory, record: &ImportUser) -> Result<String, Halt> {
        let suggestions = suggestions(record);
        if let Some(free) = suggestions.iter().find(|name| !directory.by_username.contains_key(&name.to_lowercase())) {
            return Ok(free.clone());
        }
        let base = suggestions.first().map_or("user", String::as_str);
        // Many people may be called alike, say guest: whoever comes later goes on where the one before found a number, and
        // asks only beyond what was asked then.
        let (mut from, mut asked) = directory.numbers.get(base).copied().unwrap_or((1, 1));
        let named = |number: usize| format!("{base}-{number}");
        let is_free =
            |directory: &Directory, number: &usize| !directory.by_username.contains_key(&named(*number).to_lowercase());
        loop {
            self.check_stop()?;
            if let Some(free) = (from..asked).find(|number| is_free(directory, number)) {
                directory.numbers.insert(base.to_owned(), (free + 1, asked));
                return Ok(named(free));
            }
            from = asked;
            asked += NUMBERS;
            let usernames: Vec<String> = (from..asked).filter(|number| is_free(directory, number)).map(named).collect();
            if !usernames.is_empty() {
                for user in self.inner.store.find_users(UserKeys { usernames, ..UserKeys::default() }).await? {
                    directory.add(&user, &self.runner.id);
                }
            }
        }
    }
}

fn suggestions(record: &ImportUser) -> Vec<String> {
    names::username_suggestions(record.name.as_deref(), record.emails.first().map(String::as_str))
}

/// The record's roles and the default one, each once.
fn roles(record: &ImportUser) -> Vec<String> {
    let mut roles = vec![DEFAULT_ROLE.to_owned()];
    for role in &record.roles {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    roles
}
