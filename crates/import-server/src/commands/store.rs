//! Which store a command works on, as options: the embedded one in the data directory, or a workspace's own database.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{anyhow, bail, ensure};
use clap::Args;
use import_store::{
    AnyStore, MongoStore,
    mongodb::{MongoOptions, OpenError, doctor::Finding},
};

use super::{
    output::{self, shell_word},
    workspace::DataDir,
};

/// The address of a workspace's database. It is never shown with what may be a password.
#[derive(Clone)]
pub(crate) struct StoreUrl(String);

impl FromStr for StoreUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(url.to_owned()))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str("…") };
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (user.split(':').next(), place),
            None => (None, rest),
        };
        // Options may hold passwords too.
        let place = place.split(['?', '&']).next().unwrap_or_default();
        let hosts = place.split('/').next().unwrap_or_default();
        let is_port = |port: &str| port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
        // Without an @, what stands where a port is due may be a password.
        if !hosts.split(',').all(|host| host.rsplit_once(':').is_none_or(|(_, port)| is_port(port))) {
            return write!(f, "{scheme}://…");
        }
        match user {
            Some(user) => write!(f, "{scheme}://{user}@{place}"),
            None => write!(f, "{scheme}://{place}"),
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct StoreOption {
    /// The workspace's own database, mongodb://…/database or mongodb+srv://… [default: the one in the data directory]
    ///
    /// The data directory then holds only files that are on their way. Other users of this machine can see what stands on a
    /// command line: give an address with a password in the environment variable instead.
    #[arg(long = "store", value_name = "URL", env = "IMPORT_SERVER_STORE", hide_env_values = true)]
    pub(crate) url: Option<StoreUrl>,
}

/// What servers of one database have to agree on.
#[derive(Debug, Clone, Args)]
pub(crate) struct SeveralOptions {
    /// Seconds until another server may go on with the import of one that has ceased to answer
    #[arg(long, value_name = "SECONDS", env = "IMPORT_SERVER_LEASE", default_value = "10", hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    lease: u32,

    /// A directory that all servers share, for export files [default: with --store, the database holds them]
    #[arg(long, value_name = "DIR", env = "IMPORT_SERVER_FILES_DIR")]
    files_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AsOption {
    /// On whose behalf a workspace's own database is worked on [default: its oldest active administrator]
    #[arg(long = "as", value_name = "USERNAME", env = "IMPORT_SERVER_AS")]
    username: Option<String>,
}

impl StoreOption {
    /// Refuses a workspace's own database for a command that is not for it.
    pub(crate) fn refuse(&self, instead: &str) -> anyhow::Result<()> {
        match &self.url {
            Some(url) => bail!("this is not for a workspace's own database ({url}): {instead}"),
            None => Ok(()),
        }
    }

    /// The options that name the workspace, for a command that is to be typed.
    pub(crate) fn options(&self, data_dir: &DataDir) -> String {
        let data_dir = shell_word(&data_dir.path.to_string_lossy());
        match &self.url {
            Some(url) => format!("--store {} --data-dir {data_dir}", shell_word(&url.to_string())),
            None => format!("--data-dir {data_dir}"),
        }
    }

    /// Where the workspace is, for people.
    pub(crate) fn place(&self, data_dir: &DataDir) -> String {
        self.url.as_ref().map_or_else(|| data_dir.path.display().to_string(), ToString::to_string)
    }

    /// Opens the store to work on it: the file with the first administrator's credentials, where it was made just now.
    pub(crate) async fn open(
        &self,
        data_dir: &DataDir,
        several: &SeveralOptions,
    ) -> anyhow::Result<(AnyStore, Option<PathBuf>)> {
        match &self.url {
            Some(url) => Ok((connect(url, data_dir, several.lease()).await?.into(), None)),
            None => data_dir.open().map(|opened| (opened.store.into(), opened.created)).map_err(Into::into),
        }
    }

    /// Opens the store beside whoever works on it.
    pub(crate) async fn open_beside(&self, data_dir: &DataDir) -> anyhow::Result<AnyStore> {
        match &self.url {
            Some(url) => Ok(connect(url, data_dir, MongoOptions::LEASE).await?.into()),
            None => Ok(data_dir.open_beside()?.into()),
        }
    }
}

impl StoreUrl {
    /// Looks at the workspace's database. Nothing is made on this machine.
    ///
    /// # Errors
    /// Where it cannot be reached, or the address is none.
    pub(crate) async fn examine(&self) -> anyhow::Result<Vec<Finding>> {
        let options = options(self, std::env::temp_dir(), MongoOptions::LEASE)?;
        let store = MongoStore::connect(options).await.map_err(|error| refusal(self, error))?;
        let mut findings = store.examine().await;
        for finding in &mut findings {
            finding.found = without_secret(&self.0, &finding.found);
        }
        Ok(findings)
    }
}

impl SeveralOptions {
    fn lease(&self) -> Duration {
        Duration::from_secs(self.lease.into())
    }

    /// The directory for export files.
    pub(crate) fn files_dir(&self, data_dir: &DataDir) -> PathBuf {
        self.files_dir.clone().unwrap_or_else(|| data_dir.uploads())
    }

    /// Whether other servers get export files from the database.
    pub(crate) fn share_files(&self, store: &StoreOption) -> bool {
        store.url.is_some() && self.files_dir.is_none()
    }
}

impl AsOption {
    /// The `_id` of the user on whose behalf a command works.
    pub(crate) async fn user(&self, store: &AnyStore) -> anyhow::Result<String> {
        match store {
            AnyStore::Embedded(store) => {
                ensure!(
                    self.username.is_none(),
                    "--as is for a workspace's own database (--store); here it is its first administrator"
                );
                Ok(store.first_administrator().to_owned())
            }
            AnyStore::Mongo(store) => {
                let (id, username) = store.importer(self.username.as_deref()).await?;
                output::note(format_args!("On behalf of {username}."));
                Ok(id)
            }
        }
    }
}

async fn connect(url: &StoreUrl, data_dir: &DataDir, lease: Duration) -> anyhow::Result<MongoStore> {
    let options = options(url, data_dir.path.join("incoming"), lease)?;
    MongoStore::open(options).await.map_err(|error| refusal(url, error))
}

fn options(url: &StoreUrl, incoming: PathBuf, lease: Duration) -> anyhow::Result<MongoOptions> {
    ensure!(
        url.0.starts_with("mongodb://") || url.0.starts_with("mongodb+srv://"),
        "--store is no address of a MongoDB database: it begins with mongodb:// or mongodb+srv://"
    );
    Ok(MongoOptions { url: url.0.clone(), lease, incoming })
}

/// Why a workspace's database cannot be used, and what to do; without its password.
fn refusal(url: &StoreUrl, error: OpenError) -> anyhow::Error {
    match error {
        // Nothing in it is secret.
        OpenError::Address(reason) if !url.0.contains('@') => anyhow!("cannot use the store {url}: {reason}"),
        // What the driver says of an address may repeat what is in it.
        OpenError::Address(_) => anyhow!(
            "cannot use the store {url}: this is no address of a MongoDB database; characters such as @ : / in a user's name \
             or password have to be written as %40 %3A %2F"
        ),
        OpenError::Connect(source) => anyhow!(
            "cannot connect to {url}: {}; check the address, the firewall, the replica set's name, TLS, and the user and \
             password with its authSource",
            without_secret(&url.0, &source.to_string())
        ),
        error => anyhow::Error::new(error).context(format!("cannot use the store {url}")),
    }
}

/// A text in which the password of an address does not occur.
fn without_secret(url: &str, text: &str) -> String {
    let user = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
    match user.and_then(|user| user.split_once(':')) {
        Some((_, password)) if !password.is_empty() => text.replace(password, "…"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let shown = |url: &str| StoreUrl(url.to_owned()).to_string();
        assert_eq!(shown("mongodb://ann:secret@db:27017/chat?tls=true"), "mongodb://ann@db:27017/chat");
        assert_eq!(shown("mongodb://ann:se/c@ret@a:1,b:2/chat"), "mongodb://ann@a:1,b:2/chat");
        assert_eq!(shown("mongodb+srv://db.example/chat"), "mongodb+srv://db.example/chat");
        assert_eq!(shown("mongodb://ann:secret/chat"), "mongodb://…");
        assert_eq!(shown("secret"), "…");
    }
}
