//! `user add`: a user who was not imported, or the person behind a placeholder.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use import_proto::UserType;
use import_store::{
    AnyStore, Store as _, UserKeys, WorkspaceBatch,
    credentials::{hash_password, new_token, password_digest, random_id},
    documents::{Date, PasswordService, Services, User as UserDocument, UserEmail, UserMarks, UserPatch},
};
use serde::Serialize;

use super::store::StoreOption;
use super::{
    Ended, output,
    workspace::{DataDir, user_named},
};

/// Manage the users of the workspace
#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    Add(Add),
}

const LONG_ABOUT: &str = "\
Add a user and print {\"userId\",\"username\",\"password\"}. The password is random and printed this once: only its hash is \
stored. With --password-stdin the password is read from standard input and not printed.

Every user gets the default roles of the workspace: `user`, unless its settings say otherwise. A user with the role `guest` \
gets none of them. To run imports over the API a user needs the role `admin`.

With --import-id, the user becomes the author of what exports say of that id. Where an import made a placeholder user for it, \
the placeholder becomes this user: all its messages are the user's, under the new name (\"outcome\":\"placeholderBecameUser\"). \
Where somebody has the address already, they get the import id and nothing else changes (\"outcome\":\"importIdsAdded\").

Works beside a running server.";

const EXAMPLES: &str = "\
Examples:
  import-server user add ann --role admin --email ann@example.com
  import-server user add visitor --import-id U04VISITOR1 && import-server retry
  import-server user add eve --email eve@example.org --import-id U0EXT0001
  import-server user add ci --name \"Build robot\" --password-stdin < secret.txt";

/// Add a user
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Add {
    /// The username to log in with
    #[arg(value_name = "USERNAME")]
    username: String,

    /// A role beside the default ones; can be given more than once
    #[arg(long = "role", value_name = "ROLE", env = "IMPORT_SERVER_ROLE", value_delimiter = ',')]
    roles: Vec<String>,

    /// The user's address
    #[arg(long, value_name = "ADDRESS", env = "IMPORT_SERVER_EMAIL")]
    email: Option<String>,

    /// The name to show [default: the username]
    #[arg(long, value_name = "NAME", env = "IMPORT_SERVER_NAME")]
    name: Option<String>,

    /// What the user is called in exports, such as U024BE7LH of Slack; can be given more than once
    ///
    /// A placeholder user of this id becomes this user. Records of an import that failed because nobody had the id can be
    /// run again then.
    #[arg(long = "import-id", value_name = "ID", env = "IMPORT_SERVER_IMPORT_ID", value_parser = NonEmptyStringValueParser::new())]
    import_ids: Vec<String>,

    /// Read the password from standard input, up to its end; a line break at the end is not part of it
    #[arg(long, env = "IMPORT_SERVER_PASSWORD_STDIN")]
    password_stdin: bool,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    user_id: String,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// What was done instead of adding a user.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    PlaceholderBecameUser,
    ImportIdsAdded,
}

impl User {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        match self.command {
            UserCommand::Add(add) => add.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<Ended> {
        let username = self.username.trim().to_owned();
        ensure!(
            !username.is_empty() && !username.contains(|c: char| c.is_whitespace() || c == '@'),
            "`{}` is no username: it may not be empty, nor have spaces or @ in it",
            self.username
        );
        if let Some(email) = &self.email {
            ensure!(
                email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()),
                "`{email}` is no address"
            );
        }
        let store = self.store.open_beside(&self.data_dir).await?;
        let known = store.roles().await?;
        if let Some(unknown) = self.roles.iter().find(|role| !known.contains(role)) {
            bail!("there is no role {unknown}; there are {}", known.join(", "));
        }
        let roles = store.workspace_settings().await?.roles_with(&self.roles);
        let holders = self.holders(&store).await?;
        let (placeholders, people): (Vec<_>, Vec<_>) = holders.into_iter().partition(|user| user.marks.placeholder);
        let owner = self.owner_of_address(&store).await?;
        for user in people.iter().filter(|user| owner.as_ref().is_none_or(|owner| owner.id != user.id)) {
            // Records would go on being theirs: of several users with an id, it stands for the first.
            if let Some(id) = self.import_ids.iter().find(|id| user.import_ids.contains(id)) {
                bail!("cannot add {username}: the import id {id} is {}'s already", user.username);
            }
        }
        if let Some(owner) = owner.filter(|_| !self.import_ids.is_empty()) {
            return self.add_import_ids(&store, owner, &placeholders).await;
        }
        let same_name = user_named(&store, &username).await?;
        let placeholder = placeholders.first();
        if let Some(other) = same_name
            && placeholder.is_none_or(|placeholder| placeholder.id != other.id)
        {
            bail!("cannot add {username}: there is a user of that name already");
        }
        let (password, printed) = match self.password_stdin {
            true => (read_password()?, None),
            false => {
                let password = new_token();
                (password.clone(), Some(password))
            }
        };
        let digest = password_digest(&password);
        let bcrypt =
            tokio::task::spawn_blocking(move || hash_password(&digest)).await?.context("cannot hash the password")?;
        if let Some(placeholder) = placeholder {
            let others = placeholders.iter().skip(1);
            let mut patches: Vec<UserPatch> = others.map(|other| self.without_import_ids(&other.id)).collect();
            patches.push(UserPatch {
                ends_placeholder: true,
                username: Some(username.clone()),
                name: Some(self.name.clone().unwrap_or_else(|| username.clone())),
                active: Some(true),
                add_roles: roles,
                add_emails: self.email.iter().cloned().collect(),
                bcrypt: Some(bcrypt),
                ..self.with_import_ids(&placeholder.id)
            });
            change(&store, patches).await.with_context(|| format!("cannot add {username}"))?;
            let outcome = Some(Outcome::PlaceholderBecameUser);
            output::json_line(&Added { user_id: placeholder.id.clone(), username, password: printed, outcome })?;
            return Ok(Ended::Done);
        }
        let now = Date::now();
        let user = UserDocument {
            id: random_id(),
            created_at: now,
            username: username.clone(),
            name: self.name.clone().unwrap_or_else(|| username.clone()),
            emails: self.email.iter().map(|address| UserEmail { address: address.clone(), verified: false }).collect(),
            user_type: UserType::User,
            roles,
            active: true,
            status: "offline".into(),
            status_text: None,
            bio: None,
            utc_offset: None,
            services: Services { password: Some(PasswordService { bcrypt }), email2fa: None },
            import_ids: self.import_ids.clone(),
            pending_avatar_url: None,
            custom_fields: None,
            marks: UserMarks::default(),
            updated_at: now,
        };
        let user_id = user.id.clone();
        if !store.add_user(user).await? {
            match (user_named(&store, &username).await?, self.email) {
                (None, Some(email)) => bail!("cannot add {username}: the address {email} belongs to another user"),
                _ => bail!("cannot add {username}: there is a user of that name already"),
            }
        }
        output::json_line(&Added { user_id, username, password: printed, outcome: None })?;
        Ok(Ended::Done)
    }

    /// Everybody who has one of the import ids.
    async fn holders(&self, store: &AnyStore) -> anyhow::Result<Vec<UserDocument>> {
        let keys = UserKeys { import_ids: self.import_ids.clone(), ..UserKeys::default() };
        Ok(if self.import_ids.is_empty() { Vec::new() } else { store.find_users(keys).await? })
    }

    async fn owner_of_address(&self, store: &AnyStore) -> anyhow::Result<Option<UserDocument>> {
        let Some(email) = &self.email else { return Ok(None) };
        let keys = UserKeys { emails: vec![email.clone()], ..UserKeys::default() };
        Ok(store.find_users(keys).await?.into_iter().next())
    }

    /// Gives the import ids to somebody who is there already, and takes them from placeholders.
    async fn add_import_ids(
        &self,
        store: &AnyStore,
        owner: UserDocument,
        placeholders: &[UserDocument],
    ) -> anyhow::Result<Ended> {
        let username = owner.username;
        let mut patches: Vec<UserPatch> =
            placeholders.iter().map(|placeholder| self.without_import_ids(&placeholder.id)).collect();
        patches.push(self.with_import_ids(&owner.id));
        change(store, patches).await.with_context(|| format!("cannot give {username} the import id"))?;
        output::note(format_args!(
            "{username} has this address already and got the import id. Nothing else of {username} changed."
        ));
        for placeholder in placeholders {
            output::note(format_args!(
                "Messages that were imported before stay with the placeholder user {}. Import their export again to give \
                 them to {username}.",
                placeholder.username
            ));
        }
        let outcome = Some(Outcome::ImportIdsAdded);
        output::json_line(&Added { user_id: owner.id, username, password: None, outcome })?;
        Ok(Ended::Done)
    }

    fn with_import_ids(&self, id: &str) -> UserPatch {
        UserPatch { id: id.to_owned(), add_import_ids: self.import_ids.clone(), ..UserPatch::default() }
    }

    fn without_import_ids(&self, id: &str) -> UserPatch {
        UserPatch { id: id.to_owned(), remove_import_ids: self.import_ids.clone(), ..UserPatch::default() }
    }
}

async fn change(store: &AnyStore, user_patches: Vec<UserPatch>) -> anyhow::Result<()> {
    Ok(store.change_workspace(WorkspaceBatch { user_patches, ..WorkspaceBatch::default() }).await?)
}

/// The longest password that is read, in bytes.
const LONGEST_PASSWORD: u64 = 4096;

fn read_password() -> anyhow::Result<String> {
    let mut password = String::new();
    let read = io::stdin().lock().take(LONGEST_PASSWORD + 1).read_to_string(&mut password);
    read.context("cannot read the password from standard input")?;
    ensure!(password.len() as u64 <= LONGEST_PASSWORD, "the password is longer than {LONGEST_PASSWORD} bytes");
    let password =
        password.strip_suffix('\n').map_or(password.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    ensure!(!password.is_empty(), "the password is empty: nothing came from standard input");
    Ok(password.to_owned())
}
