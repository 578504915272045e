//! One request and its response as they went over the wire, with their timing. Who sent them and whether they are right
//! is left to `client` and `judge`.

pub(crate) mod form;
pub mod unreached;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The HTTP method.
    pub method: String,
    /// The whole address, query included.
    pub url: String,
    /// The header fields in the order sent, without those that the connection adds (`Host`, `Content-Length`).
    pub headers: Vec<(String, String)>,
    /// The body, empty where there is none; of a large one the beginning.
    #[serde(with = "form::bytes")]
    pub body: Bytes,
    /// How many bytes the body had.
    pub size: usize,
    /// What stands in it in place of a secret, and a shell can put the secret in for; the longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
}

/// What stands in place of a secret: `$NAME`, or `$(cat FILE)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// As a shell takes it.
    #[serde(deserialize_with = "form::variable")]
    pub text: String,
    /// Whether the secret is percent-encoded in the address.
    pub is_encoded: bool,
}

impl Variable {
    /// Whether a text is a variable, or a file of one word: nothing that a shell would do more with than to put it in.
    pub fn is_one(text: &str) -> bool {
        let file = text
            .strip_prefix("$(cat ")
            .and_then(|rest| rest.strip_suffix(')'));
        if let Some(file) = file {
            let quoted = file
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''));
            if let Some(inner) = quoted {
                return !inner.replace("'\\''", "").contains('\'');
            }
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            return !file.is_empty() && !file.starts_with('-') && file.bytes().all(plain);
        }
        let name = text.strip_prefix('$').unwrap_or_default();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(word)
    }
}

/// A response as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// The reason phrase, empty where it is the usual one of the status. It means nothing, and is shown nowhere.
    #[serde(skip)]
    pub reason: Vec<u8>,
    /// The protocol version, such as `HTTP/1.1`.
    pub version: String,
    /// The header fields in the order received, names in lower case.
    #[serde(with = "form::headers")]
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    #[serde(with = "form::bytes")]
    pub body: Bytes,
    /// The fields behind the body, names in lower case. They are shown nowhere.
    #[serde(skip)]
    pub trailers: Vec<(String, Vec<u8>)>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "of",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Broken {
    /// No connection was made, so nothing was sent.
    #[error("no connection: {0}")]
    Connect(String),
    /// This machine could not open one more connection: it says nothing of the target.
    #[error("this machine opens no more connections: {0}")]
    Local(String),
    /// There was no room for the answer beside the others that this run holds: it says nothing of the target.
    #[error("the answers that are held at once have too many bytes together")]
    Full,
    /// The connection, which the target had answered on before, closed as the request went out, or the request was given back unread
    /// (HTTP/2): it says nothing of the target.
    #[error(
        "the connection was closed as the request went out on it, as a server may close one that it keeps (RFC 9112, 9.3.1; RFC 9113, 8.7)"
    )]
    Closed,
    /// Our HTTP library closed the connection because it limits the number of small or empty frames. The target did nothing wrong.
    #[error("gonogo's HTTP library closed the connection after too many small or empty frames")]
    Calmed,
    /// The answer did not end in time.
    #[error("no complete response within {} s", .0.as_secs_f64())]
    Timeout(#[serde(with = "form::micros")] Duration),
    /// The body was larger than the target's limit, in bytes, as it came or after decoding.
    #[error("the response body is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// The status line with the header fields, or the trailer fields, were larger than the target's limit, in bytes.
    #[error("the response's header fields are larger than the limit of {0} bytes")]
    HeadTooLarge(usize),
    /// The request asked for compression, and got one that we do not read.
    #[error("the response is in the content coding `{0}`; gonogo reads gzip and deflate")]
    Coding(String),
    /// The connection ended early, or what came was no HTTP.
    #[error("no complete HTTP response: {0}")]
    Protocol(String),
    /// The request could not be written down as HTTP.
    #[error("this request cannot be sent: {0}")]
    Unsendable(String),
}

impl Sent {
    /// Keeps so many bytes of the body, without what the whole one takes.
    pub fn cut(&mut self, most: usize) {
        if self.body.len() > most {
            self.body = Bytes::copy_from_slice(self.body.get(..most).unwrap_or_default());
        }
    }
}

impl Broken {
    /// Whether it says nothing of the target: it is this machine's doing, or the case's, or nobody's.
    pub fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Local(_)
                | Self::Full
                | Self::Closed
                | Self::Calmed
                | Self::Coding(_)
                | Self::Unsendable(_)
        )
    }

    /// Whether the request may get a response on a new connection.
    pub fn is_of_connection(&self) -> bool {
        matches!(self, Self::Closed | Self::Calmed)
    }
}

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The request.
    pub sent: Sent,
    /// The response, or why there is none.
    #[serde(with = "form::Answer")]
    pub answer: Result<Received, Broken>,
    /// When it began, by the wall clock.
    #[serde(with = "form::time")]
    pub began: SystemTime,
    /// Until the head of the response was there, where one came.
    #[serde(rename = "head_after_us", with = "form::micros_if_any")]
    pub head_after: Option<Duration>,
    /// From the first byte sent to the last byte received.
    #[serde(rename = "took_us", with = "form::micros")]
    pub took: Duration,
}

impl Received {
    /// The values of a header field, each as text where it is visible ASCII or UTF-8; `name` in lower case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> + 'a {
        self.headers
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| String::from_utf8_lossy(value))
    }

    /// The first value of a header field; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_values(name).next().map(Cow::into_owned)
    }

    /// The media type without its parameters, in the case in which it came; where fields contradict each other, all of them.
    pub fn media_type(&self) -> Option<String> {
        let mut types: Vec<String> = self
            .header_values("content-type")
            .map(|value| {
                let bare = value.split(';').next().unwrap_or_default();
                bare.trim().to_owned()
            })
            .collect();
        types.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        match types.len() {
            0 | 1 => types.pop(),
            _ => Some(types.join(", ")),
        }
    }
}
