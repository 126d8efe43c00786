//! The body of a request, read piece by piece, and what is done with the rest of it.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;

use super::{
    failure::Failure,
    memory::{Memory, Share, UNCOUNTED},
};

/// The body of a request.
pub(crate) struct RequestBody {
    body: Body,
    idle: Duration,
    /// Whether the client waits to be asked for the body.
    waits: bool,
    /// Whether reading failed, so that nothing more can be read.
    broken: bool,
}

/// Why a body cannot be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It stopped coming.
    Idle,
    /// The connection broke, or what came is no body.
    BrokenOff,
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle => Self::BodyTimeout,
            BodyError::BrokenOff => Self::invalid("the body broke off before its end"),
        }
    }
}

impl RequestBody {
    /// `idle` is how long it may send nothing.
    pub(crate) fn new(body: Body, headers: &HeaderMap, idle: Duration) -> Self {
        Self { body, idle, waits: headers.contains_key(header::EXPECT), broken: false }
    }

    /// The length that the client said, in bytes.
    pub(crate) fn known_length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// Refuses a body that the client says is longer than `limit` bytes, before anything of it is read.
    pub(crate) fn check_length(&self, limit: u64) -> Result<(), Failure> {
        match self.known_length() {
            Some(length) if length > limit => Err(Failure::BodyTooLarge(limit)),
            _ => Ok(()),
        }
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            self.waits = false;
            let frame = match tokio::time::timeout(self.idle, self.body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => {
                    self.broken = true;
                    return Err(BodyError::BrokenOff);
                }
                Err(_) => {
                    self.broken = true;
                    return Err(BodyError::Idle);
                }
            };
            // What is not data is a trailer.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// All of it, and the share of the memory that it takes. More than `limit` bytes are refused.
    pub(crate) async fn collect(&mut self, limit: u64, memory: &Memory) -> Result<(Vec<u8>, Share), Failure> {
        self.check_length(limit)?;
        let known = self.known_length();
        let mut share = memory.share(known.unwrap_or(0)).await;
        let mut counted = known.is_some();
        let mut bytes = Vec::with_capacity(known.and_then(|length| usize::try_from(length).ok()).unwrap_or(0));
        while let Some(piece) = self.next().await? {
            let length = (bytes.len() + piece.len()) as u64;
            if length > limit {
                return Err(Failure::BodyTooLarge(limit));
            }
            if !counted && length > UNCOUNTED {
                share = memory.share(limit).await;
                counted = true;
            }
            bytes.extend_from_slice(&piece);
        }
        Ok((bytes, share))
    }

    /// Reads what is left, in the background, and forgets it: at most `limit` bytes.
    ///
    /// A client that sends its whole body before it reads the answer would see a closed connection instead of the answer,
    /// and the next request on the connection begins where the body ends.
    pub(crate) fn discard(mut self, limit: u64) {
        if self.broken || self.waits || self.body.is_end_stream() {
            return;
        }
        tokio::spawn(async move {
            let mut left = limit;
            while let Ok(Some(piece)) = self.next().await {
                match left.checked_sub(piece.len() as u64) {
                    Some(less) => left = less,
                    None => return,
                }
            }
        });
    }
}
