//! The current operation, looked at again and again.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use import_proto::{ImportStatus, OperationState};

use crate::{
    client::Client,
    error::{Error, TransportKind},
};

/// When a watch is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Prepared,
    Ended,
}

impl Until {
    fn reached(self, status: &ImportStatus) -> bool {
        // Another server, or an administrator, gave it up.
        let invalid = status.operation.as_ref().is_some_and(|operation| !operation.valid);
        invalid
            || match (self, status.state) {
                (_, OperationState::None | OperationState::Done | OperationState::Error | OperationState::Canceled) => {
                    true
                }
                (Self::Prepared, state) => state != OperationState::Loading,
                (Self::Ended, _) => false,
            }
    }
}

/// Where a watch stands.
struct Watch {
    client: Client,
    until: Until,
    interval: Option<Duration>,
    /// The id of the operation that is watched, once one was seen.
    operation: Option<String>,
    looked: bool,
    over: bool,
}

impl Watch {
    async fn next(&mut self) -> Result<ImportStatus, Error> {
        let interval = match self.interval {
            Some(interval) => interval,
            None => self.client.server_kind().await?.poll_interval(),
        };
        if self.looked {
            tokio::time::sleep(interval).await;
        } else {
            self.looked = true;
            if self.until == Until::Prepared {
                self.have_prepared().await?;
            }
        }
        let status = self.client.status().await?;
        let current = status.operation.as_ref().map(|operation| operation.id.clone());
        match (&self.operation, current) {
            (Some(watched), Some(current)) if *watched != current => {
                return Err(Error::Replaced { operation: watched.clone(), by: current });
            }
            (_, current) => self.operation = current,
        }
        self.over = self.until.reached(&status);
        Ok(status)
    }

    /// A Rocket.Chat prepares the file when it is asked for the file's data, and goes on when nobody waits for the answer.
    async fn have_prepared(&self) -> Result<(), Error> {
        if self.client.server_kind().await?.is_import_server() {
            return Ok(());
        }
        match self.client.import_file_data().await {
            Ok(_) | Err(Error::Failed { status: 502..=504, .. }) => Ok(()),
            Err(Error::Transport { kind: TransportKind::Timeout | TransportKind::Broken, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Client {
    /// The status of the current operation, again and again, until the operation has ended: it is done, failed, cancelled
    /// or not valid any more; or there is none. An operation that waits to be started is waited for.
    ///
    /// The first look is at once, the next ones after `interval` each: without one, after 200 ms with an import server, 6 s
    /// with a Rocket.Chat, which would refuse more. The stream ends after the last status, or after an error:
    /// [`Error::Replaced`] where another operation was created meanwhile.
    pub fn watch(
        &self,
        interval: Option<Duration>,
    ) -> impl Stream<Item = Result<ImportStatus, Error>> + Send + Unpin + use<> {
        self.watch_until(Until::Ended, interval)
    }

    /// As [`watch`](Self::watch), until the uploaded file is prepared: until the state is any but `loading`. `ready` is
    /// the one to hope for. A Rocket.Chat is first asked for the file's data, which is what makes it prepare the file.
    pub fn watch_until_prepared(
        &self,
        interval: Option<Duration>,
    ) -> impl Stream<Item = Result<ImportStatus, Error>> + Send + Unpin + use<> {
        self.watch_until(Until::Prepared, interval)
    }

    fn watch_until(
        &self,
        until: Until,
        interval: Option<Duration>,
    ) -> impl Stream<Item = Result<ImportStatus, Error>> + Send + Unpin + use<> {
        let watch = Watch { client: self.clone(), until, interval, operation: None, looked: false, over: false };
        stream::unfold(watch, |mut watch| async move {
            if watch.over {
                return None;
            }
            let status = watch.next().await;
            watch.over |= status.is_err();
            Some((status, watch))
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(state: OperationState, valid: bool) -> ImportStatus {
        let operation = json!({"_id": "a", "type": "CSV", "importerKey": "csv", "ts": 0, "status": "importer_new", "valid": valid,
            "user": "u", "_updatedAt": 0});
        serde_json::from_value(json!({"state": state, "operation": operation, "success": true})).unwrap()
    }

    #[test]
    fn a_watch_ends_with_the_operation_or_with_its_preparation() {
        let over = |until: Until| {
            let over = OperationState::ALL.into_iter().filter(|state| until.reached(&status(*state, true)));
            over.map(OperationState::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(over(Until::Ended), "none error canceled done");
        assert_eq!(over(Until::Prepared), "none new ready importing error canceled done");
    }

    #[test]
    fn an_operation_that_is_not_valid_has_ended_whatever_its_state() {
        for state in OperationState::ALL {
            assert!(Until::Ended.reached(&status(state, false)), "{state}");
        }
    }
}
