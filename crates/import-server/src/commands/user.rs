//! `user add`: a user of the data directory who was not imported.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use import_proto::UserType;
use import_store::{
    Store as _, UserKeys,
    credentials::{hash_password, new_token, password_digest, random_id},
    documents::{Date, PasswordService, Services, User as UserDocument, UserEmail},
};
use serde::Serialize;

use super::store::StoreOption;
use super::{
    Ended, output,
    workspace::{DataDir, user_named},
};

/// What everybody is.
const DEFAULT_ROLE: &str = "user";

/// Manage the users who may log in to this server
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

Every user has the role `user`. To run imports over the API a user needs the role `admin`.

Works beside a running server.";

const EXAMPLES: &str = "\
Examples:
  import-server user add ann --role admin --email ann@example.com
  import-server user add visitor --import-id U04VISITOR1 && import-server retry
  import-server user add ci --name \"Build robot\" --password-stdin < secret.txt";

/// Add a user
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Add {
    /// The username to log in with
    #[arg(value_name = "USERNAME")]
    username: String,

    /// A role beside `user`; can be given more than once
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
    /// Records of an import that failed because nobody had this id can be run again then.
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
        self.store.refuse("users are made in Rocket.Chat itself")?;
        let store = self.data_dir.open_beside()?;
        let known = store.roles().await?;
        if let Some(unknown) = self.roles.iter().find(|role| !known.contains(role)) {
            bail!("there is no role {unknown}; there are {}", known.join(", "));
        }
        let theirs = UserKeys { import_ids: self.import_ids.clone(), ..UserKeys::default() };
        for user in store.find_users(theirs).await? {
            // Records would go on being theirs: of several users with an id, it stands for the first.
            if let Some(id) = self.import_ids.iter().find(|id| user.import_ids.contains(id)) {
                bail!("cannot add {username}: the import id {id} is {}'s already", user.username);
            }
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

        let mut roles = vec![DEFAULT_ROLE.to_owned()];
        for role in self.roles {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        let now = Date::now();
        let user = UserDocument {
            id: random_id(),
            created_at: now,
            username: username.clone(),
            name: self.name.unwrap_or_else(|| username.clone()),
            emails: self.email.iter().map(|address| UserEmail { address: address.clone(), verified: false }).collect(),
            user_type: UserType::User,
            roles,
            active: true,
            status: "offline".into(),
            status_text: None,
            bio: None,
            utc_offset: None,
            services: Services { password: Some(PasswordService { bcrypt }) },
            import_ids: self.import_ids,
            pending_avatar_url: None,
            custom_fields: None,
            updated_at: now,
        };
        let user_id = user.id.clone();
        if !store.add_user(user).await? {
            match (user_named(&store, &username).await?, self.email) {
                (None, Some(email)) => bail!("cannot add {username}: the address {email} belongs to another user"),
                _ => bail!("cannot add {username}: there is a user of that name already"),
            }
        }
        output::json_line(&Added { user_id, username, password: printed })?;
        Ok(Ended::Done)
    }
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
