//! A download from its first request to the file on the disk, through as many attempts as it takes.

use std::path::Path;
use std::sync::Arc;

use reqwest::{Response, StatusCode};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::error::{FetchError, shown};
use crate::file_name::{content_type, file_name};
use crate::partial::Partial;
use crate::policy::FetchPolicy;
use crate::request::{Answer, Requests, without_credentials};
use crate::resume::{Rest, Validator};

/// Downloads files under one [`FetchPolicy`]. A clone is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct Fetcher {
    requests: Arc<Requests>,
}

/// How far a download has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that are there. Back at 0 when a transfer has to start again.
    pub received: u64,
    /// Bytes of the whole file, if the server says it.
    pub total: Option<u64>,
}

/// A file that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it came from, after all redirects, without a user name and password. Its query may
    /// hold secrets still.
    pub url: Url,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its media type as the server says, in lower case and without parameters: `image/png`.
    pub content_type: Option<String>,
    /// Its name as the server says (`Content-Disposition`, else the end of the URL's path): one
    /// bare name of at most 255 bytes, never a path.
    pub file_name: Option<String>,
}

/// What the attempts at one download share.
struct Transfer {
    partial: Partial,
    received: u64,
    /// The most that any attempt had received.
    furthest: u64,
    /// What is being received; `None` until a server has begun to send it.
    file: Option<File>,
}

/// A file as the answer that began it describes it.
struct File {
    url: Url,
    content_type: Option<String>,
    file_name: Option<String>,
    total: Option<u64>,
    validator: Option<Validator>,
}

impl Fetcher {
    /// Fails only with [`FetchError::Setup`].
    pub fn new(policy: FetchPolicy) -> Result<Self, FetchError> {
        let requests = Arc::new(Requests::new(policy)?);
        Ok(Self { requests })
    }

    /// Refuses what [`fetch`](Self::fetch) would refuse without asking anybody: what is not an
    /// `http` or `https` URL, and hosts that are forbidden addresses.
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        self.requests.parse(url).map(|_| ())
    }

    /// Downloads `url` to the file `to`, replacing it. Its directory must be there.
    ///
    /// The file has mode 0600 and is on the disk to stay when this returns. On an error, and when
    /// the future is dropped, which stops the download, no file is left.
    ///
    /// `progress` is called often: when an answer begins, and after each piece that was received.
    ///
    /// What fails for a while only is tried again as the policy says, from where it stopped if
    /// the server supports that. An answer that stalls ([`FetchError::Stalled`]) is tried again
    /// only so; else it has failed. A server's `Retry-After` is obeyed up to a minute.
    pub async fn fetch(
        &self,
        url: &str,
        to: &Path,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Fetched, FetchError> {
        let url = self.requests.parse(url)?;
        let mut transfer = Transfer { partial: Partial::create(to).await?, received: 0, furthest: 0, file: None };
        let mut failures = 0;
        loop {
            let error = match self.attempt(&url, &mut transfer, &mut progress).await {
                Ok(fetched) => {
                    transfer.partial.finish().await?;
                    return Ok(fetched);
                }
                Err(error) => error,
            };
            let further = transfer.received > transfer.furthest;
            transfer.furthest = transfer.furthest.max(transfer.received);
            failures = if further { 1 } else { failures + 1 };
            let hopeless = match &error {
                FetchError::Stalled { .. } => !further || transfer.rest().is_none(),
                error => !error.is_transient(),
            };
            if hopeless || failures >= self.requests.policy.attempts {
                return Err(error);
            }
            let retry_after = match &error {
                FetchError::Status { retry_after, .. } => *retry_after,
                _ => None,
            };
            let pause = self.requests.policy.pause(failures, retry_after);
            tracing::warn!(%error, ?pause, "a download failed for now, trying again");
            sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        url: &Url,
        transfer: &mut Transfer,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Fetched, FetchError> {
        let rest = transfer.rest();
        let mut answer = self.requests.ask(url, rest.as_ref()).await?;
        if let Some(rest) = rest
            && !usable(&answer.response, &rest)
        {
            answer = self.requests.ask(url, None).await?;
        }
        if answer.response.status() != StatusCode::PARTIAL_CONTENT {
            transfer.begin(&answer).await?;
        }
        self.receive(answer, transfer, progress).await
    }

    /// Appends the body of `answer` to what was received before.
    async fn receive(
        &self,
        Answer { mut response, url }: Answer,
        transfer: &mut Transfer,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Fetched, FetchError> {
        let policy = &self.requests.policy;
        let limit = policy.max_bytes.unwrap_or(u64::MAX);
        let too_large = || FetchError::TooLarge { url: shown(&url), limit };
        let total = transfer.file.as_ref().and_then(|file| file.total);
        if total > Some(limit) {
            return Err(too_large());
        }
        loop {
            progress(Progress { received: transfer.received, total });
            let bytes = match timeout(policy.idle_timeout, response.chunk()).await {
                Ok(Ok(Some(bytes))) => bytes,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    return Err(FetchError::interrupted(&url, transfer.received, &error));
                }
                Err(_) => {
                    return Err(FetchError::Stalled {
                        url: shown(&url),
                        waited: policy.idle_timeout,
                        received: transfer.received,
                    });
                }
            };
            let received = transfer.received + bytes.len() as u64;
            if received > limit {
                return Err(too_large());
            }
            transfer.partial.write(&bytes).await?;
            transfer.received = received;
        }
        transfer.complete(&url)
    }
}

/// Whether an answer to a request for `rest` brings it, or else the whole file.
fn usable(response: &Response, rest: &Rest) -> bool {
    match response.status() {
        StatusCode::PARTIAL_CONTENT => rest.continued_by(response.headers()),
        status => status.is_success(),
    }
}

impl Transfer {
    /// What is missing, where the server lets a transfer go on from where it stopped.
    fn rest(&self) -> Option<Rest> {
        let file = self.file.as_ref()?;
        let validator = file.validator.clone()?;
        (self.received > 0).then(|| Rest {
            from: self.received,
            total: file.total,
            validator,
            source: file.url.clone(),
        })
    }

    /// Prepares for the whole file.
    async fn begin(&mut self, answer: &Answer) -> Result<(), FetchError> {
        self.partial.restart().await?;
        self.received = 0;
        let headers = answer.response.headers();
        self.file = Some(File {
            url: without_credentials(&answer.url),
            content_type: content_type(headers),
            file_name: file_name(headers, &answer.url),
            total: answer.response.content_length(),
            validator: Validator::of(headers),
        });
        Ok(())
    }

    /// The end of an answer is the end of the file if all of it is there.
    fn complete(&mut self, url: &Url) -> Result<Fetched, FetchError> {
        let received = self.received;
        match self.file.take() {
            Some(file) if file.total.is_none_or(|total| total == received) => Ok(Fetched {
                url: file.url,
                bytes: received,
                content_type: file.content_type,
                file_name: file.file_name,
            }),
            file => {
                // A part may end early; one that goes on too far cannot be trusted at all.
                self.file = file.filter(|file| file.total > Some(received));
                Err(FetchError::Interrupted {
                    url: shown(url),
                    received,
                    reason: "the server said another size".to_owned(),
                })
            }
        }
    }
}
