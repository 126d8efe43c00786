//! Checks passwords: off the threads that answer requests, as many at once as there are cores, and in the same time
//! whether or not the user exists.

use std::{sync::LazyLock, thread::available_parallelism};

use import_proto::{LoginPassword, PasswordDigest};
use import_store::credentials::{password_digest, temporary_password_hash, verify_password};
use tokio::sync::Semaphore;

use super::failure::Failure;

/// What the password of a user who does not exist is compared with.
static NOBODYS_HASH: LazyLock<String> = LazyLock::new(temporary_password_hash);

/// Checks passwords.
pub(crate) struct Passwords {
    slots: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { slots: Semaphore::new(available_parallelism().map_or(1, usize::from)) }
    }
}

impl Passwords {
    /// Whether `hash` is that of `password`. Without a hash it is false, after as long a time.
    pub(crate) async fn verify(&self, password: LoginPassword, hash: Option<String>) -> Result<bool, Failure> {
        // It fails where the semaphore is closed, which nobody does.
        let _slot = self.slots.acquire().await.map_err(Failure::internal)?;
        tokio::task::spawn_blocking(move || {
            let digest = match password {
                LoginPassword::Plain(password) => password_digest(&password),
                LoginPassword::Digest(digest) => PasswordDigest(digest.digest.to_ascii_lowercase()),
            };
            let matches = verify_password(&digest, hash.as_ref().unwrap_or(&NOBODYS_HASH));
            matches && hash.is_some()
        })
        .await
        .map_err(Failure::internal)
    }
}
