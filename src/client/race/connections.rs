//! A request of a race on a connection of its own (HTTP/1.1).
//!
//! Its body stops at the gate before its last byte. A request without a body is released whole, on a connection opened by
//! sending it once before, where its method is safe.

use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Request};
use tokio::time::Instant;

use super::gate::Runner;
use crate::client::connect::Client;
use crate::client::receive::asks_for_compression;
use crate::client::send::{Outgoing, request};
use crate::exchange::{Broken, Received};

impl Client {
    /// The answer to a request that waits at the gate. `head` becomes the time when the head of the response was there.
    pub(super) async fn connected(
        &self,
        inner: &reqwest::Client,
        outgoing: &Outgoing,
        runner: Runner,
        head: &mut Option<Instant>,
    ) -> Result<Received, Broken> {
        let gate = runner.gate();
        let request = self.lined_up(inner, outgoing, runner).await?;
        let asked = asks_for_compression(request.headers());
        // Its time begins at the gate, but its connection may have been opened for it before.
        let begun = Instant::now();
        let (response, deadline) = gate
            .bound(self.limits.request, inner.execute(request))
            .await?;
        let response = response.map_err(|error| self.broken(error, begun))?;
        *head = Some(Instant::now());
        self.receive(response, asked, deadline).await
    }

    /// The request at the gate: with a body that stops there, or, without a body, let through already.
    async fn lined_up(
        &self,
        inner: &reqwest::Client,
        outgoing: &Outgoing,
        mut runner: Runner,
    ) -> Result<Request, Broken> {
        let mut made = request(outgoing)?;
        if let Some(body) = &outgoing.body
            && let Some(last) = body.len().checked_sub(1)
        {
            let length = body.len().into();
            made.headers_mut()
                .insert(reqwest::header::CONTENT_LENGTH, length);
            *made.body_mut() = Some(withheld(body, last, runner));
            return Ok(made);
        }
        if made.method().is_safe() {
            let warm = request(outgoing)?;
            // Whatever it answers: it only opens the connection.
            let _ = self.bounded(inner, warm, &mut None).await;
        }
        runner.pass().await;
        Ok(made)
    }
}

/// A body that gives its last byte only when the gate opens.
fn withheld(body: &Bytes, last: usize, runner: Runner) -> Body {
    let parts = (Some(body.slice(..last)), body.slice(last..), runner);
    Body::wrap_stream(stream::unfold(Some(parts), |state| async move {
        let (first, rest, mut runner) = state?;
        if let Some(first) = first.filter(|first| !first.is_empty()) {
            let next = Some((None, rest, runner));
            return Some((Ok::<_, std::convert::Infallible>(first), next));
        }
        runner.pass().await;
        Some((Ok(rest), None))
    }))
}
