//! What a fetcher may reach, and how long and how often it tries.

use std::time::Duration;

use ipnet::IpNet;

/// Limits of every download of one [`Fetcher`](crate::Fetcher).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchPolicy {
    /// Networks that may be reached although they are not public. An IPv4 network is written as
    /// IPv4 even where a name resolves to the mapped form (`::ffff:10.0.0.1`). Empty by default.
    pub allow: Vec<IpNet>,
    /// A transfer fails after this long without a byte, the wait for the answer's head included.
    /// 60 s by default.
    pub idle_timeout: Duration,
    /// How long resolving the name, connecting and the TLS handshake may take together. 10 s by
    /// default.
    pub connect_timeout: Duration,
    /// How many redirects of one request are followed. 10 by default.
    pub max_redirects: usize,
    /// The largest file that is accepted, in bytes; `None`, the default, is no limit.
    pub max_bytes: Option<u64>,
    /// How many attempts in a row may fail without getting further into the file than any before.
    /// 1 never tries again; 4 by default.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles with each further one, up to 30 s. 1 s by
    /// default.
    pub backoff: Duration,
}

/// The longest pause between two attempts, unless a server asks for more.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// The longest that a server's `Retry-After` is obeyed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            idle_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            max_redirects: 10,
            max_bytes: None,
            attempts: 4,
            backoff: Duration::from_secs(1),
        }
    }
}

impl FetchPolicy {
    /// The pause after `failures` (at least 1) failed attempts in a row, the last of which asked
    /// for `retry_after`.
    pub(crate) fn pause(&self, failures: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let backoff = self.backoff.saturating_mul(doubled).min(LONGEST_BACKOFF);
        backoff.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_half_a_minute() {
        let policy = FetchPolicy::default();
        let pauses = [1, 2, 3, 5, 6, 40].map(|failures| policy.pause(failures, None).as_secs());
        assert_eq!(pauses, [1, 2, 4, 16, 30, 30]);
    }

    #[test]
    fn a_server_may_ask_for_a_longer_pause_of_up_to_a_minute() {
        let policy = FetchPolicy::default();
        let asked = [0, 7, 3600].map(|seconds| policy.pause(2, Some(Duration::from_secs(seconds))).as_secs());
        assert_eq!(asked, [2, 7, 60]);
    }

    #[test]
    fn no_backoff_is_no_pause() {
        let policy = FetchPolicy { backoff: Duration::ZERO, ..FetchPolicy::default() };
        assert_eq!(policy.pause(9, None), Duration::ZERO);
    }
}
