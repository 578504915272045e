//! The body of a request: read once, bounded in length and in time, and read to its end before the answer is sent.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::envelope::Failure;

/// How long a body may take to arrive.
const READ_TIME: Duration = Duration::from_secs(30);
/// How long the rest of a body that nobody wants is waited for.
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// How much of such a rest is read, in bytes.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;

const TOO_LONG: Failure = Failure::BadRequest("The body is too long.");

/// A body that may or may not be read.
pub(super) struct Incoming {
    stream: BodyDataStream,
    /// What `Content-Length` says, if it says anything.
    declared: Option<u64>,
    /// The client sends the body only when asked to: it must not be asked for a body that is not wanted.
    waits: bool,
    ended: bool,
    too_long: bool,
}

impl Incoming {
    pub(super) fn new(head: &Parts, body: Body) -> Self {
        let declared = head.headers.get(CONTENT_LENGTH);
        Self {
            stream: body.into_data_stream(),
            declared: declared.and_then(|length| length.to_str().ok()?.parse().ok()),
            waits: head.headers.contains_key(EXPECT),
            ended: false,
            too_long: false,
        }
    }

    /// The whole body, of at most `limit` bytes.
    pub(super) async fn read(&mut self, limit: usize) -> Result<Bytes, Failure> {
        if self.declared.is_some_and(|length| length > limit as u64) {
            self.too_long = true;
            return Err(TOO_LONG);
        }
        self.waits = false;
        timeout(READ_TIME, self.collect(limit))
            .await
            .unwrap_or(Err(Failure::BadRequest("The body did not arrive in time.")))
    }

    /// Whether it was refused for its length.
    pub(super) fn too_long(&self) -> bool {
        self.too_long
    }

    async fn collect(&mut self, limit: usize) -> Result<Bytes, Failure> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk.ok_or(Failure::BadRequest("The body could not be read."))?;
            if chunk.len() > limit - whole.len() {
                self.too_long = true;
                return Err(TOO_LONG);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Reads and drops what is left. A connection that is closed over unread bytes is reset, and a client that is
    /// still sending would lose the answer.
    pub(super) async fn drain(&mut self) {
        if self.waits {
            return;
        }
        let rest = async {
            let mut left = DRAIN_BYTES;
            while let Some(Some(chunk)) = self.next().await {
                left = left.saturating_sub(chunk.len());
                if left == 0 {
                    break;
                }
            }
        };
        // Whoever takes longer is answered now, and may lose the answer.
        let _ = timeout(DRAIN_TIME, rest).await;
    }

    /// The next chunk; `Some(None)` where the body broke off. Nothing follows the end.
    async fn next(&mut self) -> Option<Option<Bytes>> {
        if self.ended {
            return None;
        }
        let chunk = self.stream.next().await.map(Result::ok);
        self.ended = !matches!(chunk, Some(Some(_)));
        chunk
    }
}
