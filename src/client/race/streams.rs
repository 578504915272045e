//! A request of a race on a stream of a connection that it shares (HTTP/2).
//!
//! What is let through at the gate is only queued: the last byte with the end of its stream, or the head of a request without a
//! body. The connection is a task of the same thread, so it comes after all of them and writes them at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::try_join_all;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::header::{self, HeaderValue};
use hyper::body::Frame;
use reqwest::{Body, Method, Response};
use tokio::time::Instant;

use super::gate::Runner;
use super::link::broken;
use super::{Lane, Lanes};
use crate::client::connect::{Client, USER_AGENT};
use crate::client::receive::asks_for_compression;
use crate::client::send::{Outgoing, request};
use crate::exchange::{Broken, Received};

/// What the bodies on one connection may have together before the server makes room for more (RFC 9113, 6.9.2), in bytes.
const WINDOW: usize = 65_535;
/// The header fields that belong to a connection: HTTP/2 has none of them (RFC 9113, 8.2.2).
const OF_A_CONNECTION: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

impl Client {
    /// A stream for each request; none where the target does not speak HTTP/2. One connection has them all, unless each is to have its own,
    /// the server allows fewer streams on it, or their bodies need more room than it has.
    pub(super) async fn streams(&self, outgoing: &[Outgoing]) -> Result<Option<Lanes>, Broken> {
        let Some(first) = outgoing.first() else {
            return Ok(None);
        };
        let bodies = outgoing
            .iter()
            .filter_map(|outgoing| outgoing.body.as_ref());
        let largest = bodies.map(Bytes::len).max().unwrap_or_default();
        let room = if self.is_apart {
            1
        } else {
            (WINDOW / largest.max(1)).max(1)
        };
        let mut each = Vec::new();
        let mut connections = 0;
        let mut opening = 1;
        while each.len() < outgoing.len() {
            let links = (0..opening).map(|_| self.link(&first.url));
            for link in try_join_all(links).await? {
                let Some(link) = link else {
                    return Ok(None);
                };
                let most = room.min(link.streams);
                if most == 0 {
                    let none = "its SETTINGS_MAX_CONCURRENT_STREAMS is 0, which allows no request";
                    return Err(Broken::Protocol(none.to_owned()));
                }
                let missing = outgoing.len() - each.len();
                each.extend(vec![Lane::Stream(link.sender); most.min(missing)]);
                connections += 1;
                // The first one tells how many more it takes: they are opened at once.
                opening = (outgoing.len() - each.len()).div_ceil(most);
            }
        }
        let shared = Some(connections);
        Ok(Some(Lanes { each, shared }))
    }

    /// The answer to a request that waits at the gate. `head` becomes the time when the head of the response was there.
    pub(super) async fn streamed(
        &self,
        sender: SendRequest<Bytes>,
        outgoing: &Outgoing,
        runner: Runner,
        head: &mut Option<Instant>,
    ) -> Result<Received, Broken> {
        let made = head_of(outgoing)?;
        let asked = asks_for_compression(made.headers());
        let gate = runner.gate();
        let answered = async {
            let response = lined_up(sender, made, outgoing.body.clone(), runner).await?;
            response.await.map_err(|error| broken(&error))
        };
        let (response, deadline) = gate.bound(self.limits.request, answered).await?;
        let response = response?;
        *head = Some(Instant::now());
        self.receive(Response::from(response.map(body)), asked, deadline)
            .await
    }
}

/// The head of a request, with what the library adds where it sends one by itself.
fn head_of(outgoing: &Outgoing) -> Result<http::Request<()>, Broken> {
    let request = request(outgoing)?;
    let mut names = request.headers().keys();
    if let Some(name) = names.find(|name| OF_A_CONNECTION.contains(&name.as_str())) {
        return Err(Broken::Unsendable(format!(
            "HTTP/2 has no header field `{name}` (RFC 9113, 8.2.2); with `http = \"1.1\"` the target gets it"
        )));
    }
    let unsendable = |error: http::Error| Broken::Unsendable(error.to_string());
    let mut head = http::Request::builder()
        .method(request.method())
        .uri(request.url().as_str())
        .body(())
        .map_err(unsendable)?;
    *head.headers_mut() = request.headers().clone();
    let headers = head.headers_mut();
    headers
        .entry(header::ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    headers
        .entry(header::USER_AGENT)
        .or_insert(HeaderValue::from_static(USER_AGENT));
    let bare = [Method::GET, Method::HEAD, Method::DELETE];
    let length = outgoing.body.as_ref().map_or(0, Bytes::len);
    if length > 0 || !bare.contains(request.method()) {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(head)
}

/// Lets a request through the gate: all but its end before, and its end with all the others'.
async fn lined_up(
    mut sender: SendRequest<Bytes>,
    head: http::Request<()>,
    body: Option<Bytes>,
    mut runner: Runner,
) -> Result<ResponseFuture, Broken> {
    let Some(mut body) = body.filter(|body| !body.is_empty()) else {
        runner.pass().await;
        let sent = sender.send_request(head, true);
        return sent
            .map(|(response, _)| response)
            .map_err(|error| unsent(&error));
    };
    let sent = sender.send_request(head, false);
    let (response, mut stream) = sent.map_err(|error| unsent(&error))?;
    let last = body.split_off(body.len() - 1);
    if sent_but_one(&mut stream, body).await {
        runner.pass().await;
        // One that is refused has its reason in the response.
        let _ = stream.send_data(last, true);
    }
    Ok(response)
}

/// Sends what goes out before the gate, and makes sure of the room for one byte more. Whether the stream still takes it: a server
/// may answer before it has read all.
async fn sent_but_one(stream: &mut SendStream<Bytes>, mut rest: Bytes) -> bool {
    loop {
        stream.reserve_capacity(rest.len() + 1);
        while stream.capacity() == 0 {
            if !matches!(
                poll_fn(|context| stream.poll_capacity(context)).await,
                Some(Ok(_))
            ) {
                return false;
            }
        }
        if rest.is_empty() {
            return true;
        }
        let piece = rest.split_to(rest.len().min(stream.capacity()));
        if stream.send_data(piece, false).is_err() {
            return false;
        }
    }
}

/// A streamed body and its trailers. Reading data releases its flow-control window.
struct Coming {
    stream: RecvStream,
    ended: bool,
}

impl hyper::body::Body for Coming {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(piece) = ready!(self.stream.poll_data(context)) {
            if let Ok(piece) = &piece {
                // This fails only if the stream has ended and needs no window.
                let _ = self.stream.flow_control().release_capacity(piece.len());
            }
            return Poll::Ready(Some(piece.map(Frame::data)));
        }
        let trailers = ready!(self.stream.poll_trailers(context));
        self.ended = true;
        let trailers = trailers.map(|fields| fields.map(Frame::trailers));
        Poll::Ready(trailers.transpose())
    }
}

fn body(stream: RecvStream) -> Body {
    let ended = false;
    Body::wrap(Coming { stream, ended })
}

/// Why a request did not even get a stream: because of the connection, or of what it is.
fn unsent(error: &h2::Error) -> Broken {
    if error.is_io() || error.is_go_away() || error.is_reset() {
        broken(error)
    } else {
        Broken::Unsendable(format!("{error} (HTTP/2)"))
    }
}
