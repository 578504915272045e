//! The answer in: its head and its body within the target's bounds, its framing without a doubt, its compression undone.
//!
//! A response whose end is ambiguous is rejected: the bytes after it may belong to another response.

use std::error::Error as _;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

use hyper::body::Body as _;
use hyper::ext::ReasonPhrase;
use reqwest::header::{self, HeaderMap};
use reqwest::{Body, Response, StatusCode};
use tokio::time::Instant;

use super::budget::Part;
use super::connect::{Client, chain};
use super::gathered::Gathered;
use super::kept;
use super::send::Deadline;
use super::words::words;
use crate::exchange::{Broken, Received, unreached};

/// How much of a decoded body is made at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// The room that an answer takes, for its head and for its body.
struct Room {
    part: Part,
    head: usize,
    /// The most that it may come to, in bytes.
    most: usize,
    deadline: Deadline,
}

impl Room {
    /// Makes room for so many bytes of body.
    async fn hold(&mut self, body: usize) -> Result<(), Broken> {
        let bytes = self.head + body;
        if !self.part.lacks(bytes) {
            return Ok(());
        }
        // That others hold too much is not the target's time.
        let taken = self.deadline.pause(self.part.take(bytes, self.most)).await;
        matches!(taken, Some(Ok(())))
            .then_some(())
            .ok_or(Broken::Full)
    }
}

impl Client {
    /// Reads all of an answer. `asked` says whether its request asked for compression.
    pub(super) async fn receive(
        &self,
        response: Response,
        asked: bool,
        deadline: Deadline,
    ) -> Result<Received, Broken> {
        let connection = kept::address(&response);
        // It may be taken for another request as soon as the body has come.
        self.kept.note_response(connection);
        let status = response.status();
        let version = format!("{:?}", response.version());
        let fields = response.headers();
        let reason = response.extensions().get::<ReasonPhrase>();
        let reason = reason.map_or_else(Vec::new, |reason| reason.as_bytes().to_vec());
        let size = reason.len() + size(fields);
        if size > self.limits.headers {
            return Err(Broken::HeadTooLarge(self.limits.headers));
        }
        framing(status, fields)?;
        let coding = coding(fields);
        let headers = owned(fields);
        let twice = if coding.is_some() { 2 } else { 1 };
        let mut room = Room {
            part: self.part(),
            head: size,
            most: size + self.limits.body.saturating_mul(twice),
            deadline,
        };
        let (body, trailers) = self.body(response, &mut room).await?;
        self.kept.note_response(connection);
        let body = match coding {
            Some(coding) if !body.is_empty() => {
                self.decoded(body, &coding, asked, &mut room).await?
            }
            _ => body,
        };
        Ok(Received {
            status: status.as_u16(),
            reason,
            version,
            headers,
            body: room.part.body(body, room.head),
            trailers,
        })
    }

    /// The body, and the fields behind it.
    async fn body(
        &self,
        response: Response,
        room: &mut Room,
    ) -> Result<(Gathered, Vec<(String, Vec<u8>)>), Broken> {
        let limit = self.limits.body;
        // A body that says that it is too large is not waited for.
        let length = response.content_length();
        if length.is_some_and(|length| length > limit as u64) {
            return Err(Broken::TooLarge(limit));
        }
        let mut coming = Body::from(response);
        let mut body = Gathered::new();
        let mut trailers = Vec::new();
        while let Some(frame) = room
            .deadline
            .bound(poll_fn(|context| Pin::new(&mut coming).poll_frame(context)))
            .await?
            .transpose()
            .map_err(|error| broken(error, self.limits.request))?
        {
            let chunk = match frame.into_data() {
                Ok(chunk) => chunk,
                Err(frame) => {
                    let fields = frame.into_trailers().unwrap_or_default();
                    let size = size(&fields);
                    if size > self.limits.headers {
                        return Err(Broken::HeadTooLarge(self.limits.headers));
                    }
                    room.head += size;
                    trailers.extend(owned(&fields));
                    continue;
                }
            };
            let so_far = body.len() + chunk.len();
            if so_far > limit {
                return Err(Broken::TooLarge(limit));
            }
            room.hold(so_far).await?;
            body.push(&chunk, limit).map_err(|_| Broken::Full)?;
        }
        Ok((body, trailers))
    }

    /// A compressed body as it was before. One in a coding that we do not read stays as it came, unless the request asked for it:
    /// then it is not the target's fault that it cannot be judged.
    async fn decoded(
        &self,
        body: Gathered,
        coding: &str,
        asked: bool,
        room: &mut Room,
    ) -> Result<Gathered, Broken> {
        let made = match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => {
                self.unpacked(flate2::bufread::MultiGzDecoder::new(&*body), &body, room)
                    .await?
            }
            "deflate" => {
                self.unpacked(flate2::bufread::ZlibDecoder::new(&*body), &body, room)
                    .await?
            }
            _ if asked => return Err(Broken::Coding(coding.to_owned())),
            _ => return Ok(body),
        };
        match made {
            Ok(made) => Ok(made),
            // Not asked for, which is the finding; that it is no such coding at all is only more of the same.
            Err(_) if !asked => Ok(body),
            Err(error) => Err(Broken::Protocol(format!(
                "the body is not the `{coding}` that its header says: {error}"
            ))),
        }
    }

    /// What a decoder makes of a body, within the limit: a small body may hold gigabytes.
    async fn unpacked(
        &self,
        mut decoder: impl Read,
        body: &[u8],
        room: &mut Room,
    ) -> Result<std::io::Result<Gathered>, Broken> {
        let limit = self.limits.body;
        let mut made = Gathered::new();
        let mut piece = vec![0; PIECE];
        loop {
            let more = match decoder.read(&mut piece) {
                Ok(0) => return Ok(Ok(made)),
                Ok(more) => &piece[..more],
                Err(error) => return Ok(Err(error)),
            };
            if made.len() + more.len() > limit {
                return Err(Broken::TooLarge(limit));
            }
            room.hold(body.len() + made.len() + more.len()).await?;
            made.push(more, limit).map_err(|_| Broken::Full)?;
        }
    }

    /// What became of a request, begun at that time, that got no head of an answer.
    pub(super) fn broken(&self, error: reqwest::Error, begun: Instant) -> Broken {
        if let Some(read) = self.kept.closed(&error, begun) {
            self.met.note_closed(read);
            return Broken::Closed;
        }
        broken(error, self.limits.request)
    }
}

fn broken(error: reqwest::Error, limit: Duration) -> Broken {
    let error = error.without_url();
    if is_exhausted(&error) {
        Broken::Local(chain(&error))
    } else if error.is_connect() {
        Broken::Connect(words(&error))
    } else if error.is_timeout() {
        Broken::Timeout(limit)
    } else if error.is_builder() {
        Broken::Unsendable(chain(&error))
    } else if is_calmed(&error) {
        Broken::Calmed
    } else {
        if is_other_protocol(&error) {
            return Broken::Protocol(unreached::NO_HTTP.to_owned());
        }
        // That it is about the body, what lies under it says, too.
        let source = error.source().filter(|_| error.is_body());
        Broken::Protocol(source.map_or_else(|| chain(&error), chain))
    }
}

/// Whether our HTTP library closed an HTTP/2 connection because of small or empty DATA frames, which are legal.
pub(super) fn is_calmed(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            // Only the text distinguishes this error from a head that exceeds the target's limit.
            return error.is_library() && error.to_string().contains("too_many_data_frames");
        }
        source = error.source();
    }
    false
}

/// Whether what came does not begin as an answer of HTTP/1.1 does.
fn is_other_protocol(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let of_http = error.downcast_ref::<hyper::Error>();
        if of_http.is_some_and(|error| error.is_parse() && error.to_string().contains("version")) {
            return true;
        }
        source = error.source();
    }
    false
}

/// What fields take, with what stands between and behind them, in bytes.
fn size(fields: &HeaderMap) -> usize {
    let fields = fields.iter();
    let sizes = fields.map(|(name, value)| name.as_str().len() + value.len() + 4);
    sizes.sum()
}

fn owned(fields: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let fields = fields.iter();
    let owned = fields.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    owned.collect()
}

/// Whether the system has refused a socket: no file descriptor, no memory or no port is left.
pub(super) fn is_exhausted(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            #[cfg(unix)]
            const LEFT: [i32; 3] = [23, 24, 12]; // ENFILE, EMFILE, ENOMEM
            #[cfg(not(unix))]
            const LEFT: [i32; 2] = [10024, 10055]; // WSAEMFILE, WSAENOBUFS
            let port = error.kind() == std::io::ErrorKind::AddrNotAvailable;
            if port
                || error
                    .raw_os_error()
                    .is_some_and(|code| LEFT.contains(&code))
            {
                return true;
            }
        }
        source = error.source();
    }
    false
}

/// Whether a request asks for a compressed answer.
pub(super) fn asks_for_compression(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ACCEPT_ENCODING)
}

/// What our HTTP library reads in one way, and another reader in another (RFC 9112, 6.3), or what no answer of ours can be.
fn framing(status: StatusCode, fields: &HeaderMap) -> Result<(), Broken> {
    let wrong = |what: &str| Err(Broken::Protocol(what.to_owned()));
    let length = fields.get(header::CONTENT_LENGTH);
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return wrong("a 101 to a request that asked for no other protocol (RFC 9110, 15.2.2)");
    }
    let codings: Vec<_> = fields.get_all(header::TRANSFER_ENCODING).iter().collect();
    if !codings.is_empty() && length.is_some() {
        return wrong("both Content-Length and Transfer-Encoding (RFC 9112, 6.2)");
    }
    let chunked = |value: &&header::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    if codings.len() > 1 || !codings.iter().all(chunked) {
        return wrong(
            "a Transfer-Encoding other than `chunked`, which was not requested (RFC 9110, 10.1.4)",
        );
    }
    let says_more = !codings.is_empty() || length.is_some_and(|length| length != "0");
    if status == StatusCode::NO_CONTENT && says_more {
        return wrong("a 204 that says it has a body (RFC 9110, 8.6)");
    }
    if fields.get_all(header::CONTENT_LENGTH).iter().count() > 1 {
        return wrong("duplicate Content-Length (RFC 9110, 8.6)");
    }
    Ok(())
}

/// The content coding that an answer says to be in; none where it is in no other than `identity`.
fn coding(fields: &HeaderMap) -> Option<String> {
    let values: Vec<String> = fields
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        .filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("identity"))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
