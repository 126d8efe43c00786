//! `token create`: a personal access token, for clients that cannot type a password.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use import_proto::Timestamp;
use import_store::{
    NewToken, Store as _,
    credentials::{hash_token, last_token_part, new_token},
};
use serde::Serialize;

use super::store::StoreOption;
use super::{
    Ended, output,
    workspace::{DataDir, user_named},
};

/// Manage the tokens that clients log in with
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    Create(Create),
}

const LONG_ABOUT: &str = "\
Create a personal access token for a user and print it as {\"userId\",\"authToken\"}: what a client sends as X-User-Id and \
X-Auth-Token. It never expires, and is printed this once: only its hash is stored.

Works beside a running server.";

const EXAMPLES: &str = "\
Examples:
  import-server token create --user import-admin
  import-server token create --user ann --name \"nightly sync\" --data-dir /var/lib/import";

/// Create a personal access token for a user and print it
#[derive(Debug, Args)]
#[command(long_about = LONG_ABOUT, after_help = EXAMPLES)]
struct Create {
    /// Whose token it is: a username
    #[arg(long, value_name = "NAME", env = "IMPORT_SERVER_USER")]
    user: String,

    /// What the token is for; the user may have one of each name [default: the time of its creation]
    #[arg(long, value_name = "LABEL", env = "IMPORT_SERVER_TOKEN_NAME")]
    name: Option<String>,

    #[command(flatten)]
    data_dir: DataDir,

    #[command(flatten)]
    store: StoreOption,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    user_id: String,
    auth_token: String,
}

impl Token {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        match self.command {
            TokenCommand::Create(create) => create.run().await,
        }
    }
}

impl Create {
    async fn run(self) -> anyhow::Result<Ended> {
        self.store.refuse("tokens are made in Rocket.Chat itself, under Personal Access Tokens")?;
        let store = self.data_dir.open_beside()?;
        let Some(user) = user_named(&store, &self.user).await? else {
            bail!("there is no user {} in {}", self.user, self.data_dir.path.display());
        };
        if !user.active {
            bail!("the user {} is deactivated: a token would be of no use", user.username);
        }
        let now = Timestamp::now();
        let auth_token = new_token();
        let token = NewToken::PersonalAccess {
            name: self.name.unwrap_or_else(|| now.to_string()),
            last_token_part: last_token_part(&auth_token),
        };
        store
            .add_token(&user.id, &hash_token(&auth_token), token, now)
            .await
            .with_context(|| format!("cannot give {} a token", user.username))?;
        output::json_line(&Created { user_id: user.id, auth_token })?;
        Ok(Ended::Done)
    }
}
