//! Which requests are sent again, after what wait, and how often.

use std::time::Duration;

use crate::error::Error;

/// How patient a client is.
///
/// Reads are sent again when the server cannot be reached, breaks the connection off, or answers 502, 503 or 504, after
/// `first_delay`, then twice that, and so on. Anything may be sent again after 429, which says that the request was not
/// executed: at the time that the server names. Nothing else is ever sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent again: 4 by default. 0 turns all of this off.
    pub retries: u32,
    /// The wait before the first time: 250 ms by default.
    pub first_delay: Duration,
    /// The longest wait; a server that asks for a longer one makes the call fail: 90 s by default. Rocket.Chat counts
    /// requests by the minute.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 4, first_delay: Duration::from_millis(250), longest_wait: Duration::from_secs(90) }
    }
}

/// Whether a failed request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// After the usual wait.
    Later,
    /// Not before this wait is over.
    After(Duration),
}

/// A request that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) again: Again,
}

impl Failure {
    pub(crate) fn last(error: Error) -> Self {
        Self { error, again: Again::Never }
    }
}

/// The times that one call's request was sent.
#[derive(Debug)]
pub(crate) struct Tries {
    policy: RetryPolicy,
    again: u32,
}

impl Tries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, again: 0 }
    }

    /// Waits until the request may be sent again; gives the error back if it may not.
    pub(crate) async fn wait(&mut self, failure: Failure) -> Result<(), Error> {
        let RetryPolicy { retries, first_delay, longest_wait } = self.policy;
        if self.again >= retries {
            return Err(failure.error);
        }
        let usual = first_delay.saturating_mul(2_u32.saturating_pow(self.again)).min(longest_wait);
        let wait = match failure.again {
            Again::Never => return Err(failure.error),
            Again::Later => usual,
            Again::After(wait) if wait > longest_wait => return Err(failure.error),
            // The clocks of the two machines may differ: never without a wait.
            Again::After(wait) => wait.max(usual),
        };
        self.again += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn failure(again: Again) -> Failure {
        Failure { error: Error::Setup { reason: "as scripted".into() }, again }
    }

    /// The waits before each further try, in milliseconds, until the error comes back.
    async fn waits(policy: RetryPolicy, script: &[Again]) -> Vec<u128> {
        let mut tries = Tries::new(policy);
        let mut waits = Vec::new();
        for again in script {
            let before = Instant::now();
            match tries.wait(failure(*again)).await {
                Ok(()) => waits.push(before.elapsed().as_millis()),
                Err(_) => break,
            }
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_is_twice_the_one_before() {
        assert_eq!(waits(RetryPolicy::default(), &[Again::Later; 6]).await, [250, 500, 1000, 2000]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_wait_is_longer_than_the_longest() {
        let policy = RetryPolicy { longest_wait: Duration::from_millis(600), ..RetryPolicy::default() };
        assert_eq!(waits(policy, &[Again::Later; 6]).await, [250, 500, 600, 600]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_not_be_repeated_is_not() {
        assert_eq!(waits(RetryPolicy::default(), &[Again::Never]).await, []);
        assert_eq!(waits(RetryPolicy { retries: 0, ..RetryPolicy::default() }, &[Again::Later]).await, []);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_the_server_names_is_waited_for_unless_it_is_too_far() {
        let after = |seconds| Again::After(Duration::from_secs(seconds));
        assert_eq!(waits(RetryPolicy::default(), &[after(60), after(90), after(91)]).await, [60_000, 90_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_that_is_over_by_this_clock_still_has_the_usual_wait() {
        assert_eq!(waits(RetryPolicy::default(), &[Again::After(Duration::ZERO); 2]).await, [250, 500]);
    }
}
