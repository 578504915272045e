//! Answers that break on the wire, below HTTP: `wire` sends what this file makes of an answer's bytes, and closes the connection.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::HeaderName;
use bytes::Bytes;

/// The header field that marks an answer to be broken. It never goes out.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-break");
/// How far a length is off, in bytes.
const OFF: usize = 10;
/// One in this many responses is withheld.
const EVERY: usize = 5;

/// How an answer breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// Nothing is sent.
    Closed,
    /// The same now and then, on connections that already had a response.
    Kept,
    /// The body ends early.
    Cut,
    /// `Content-Length` is larger than the body.
    Longer,
    /// `Content-Length` is smaller than the body.
    Shorter,
    /// The last chunk is missing.
    Chunk,
}

impl Break {
    const ALL: [Self; 6] = [
        Self::Closed,
        Self::Kept,
        Self::Cut,
        Self::Longer,
        Self::Shorter,
        Self::Chunk,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Kept => "kept",
            Self::Cut => "cut",
            Self::Longer => "longer",
            Self::Shorter => "shorter",
            Self::Chunk => "chunk",
        }
    }
}

/// The bytes to send in place of `bytes`, if these are a whole response with the mark, and whether the connection then ends. `answered`
/// says whether the connection already had a response; `kept` counts the responses that may be withheld.
pub(crate) fn broken(bytes: &[u8], answered: bool, kept: &AtomicUsize) -> Option<(Bytes, bool)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mark = |line: &str| line.strip_prefix("x-break: ").map(str::to_owned);
    let name = head.lines().find_map(mark)?;
    let how = Break::ALL.into_iter().find(|how| how.name() == name)?;
    let length = match how {
        Break::Closed => return Some((Bytes::new(), true)),
        Break::Kept if answered && kept.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVERY) => {
            return Some((Bytes::new(), true));
        }
        Break::Kept => {
            let kept = head.lines().filter(|line| mark(line).is_none());
            let head: Vec<&str> = kept.collect();
            return Some((format!("{}\r\n\r\n{body}", head.join("\r\n")).into(), false));
        }
        Break::Cut => format!("content-length: {}", body.len()),
        Break::Longer => format!("content-length: {}", body.len() + OFF),
        Break::Shorter => format!("content-length: {}", body.len().saturating_sub(OFF)),
        Break::Chunk => "transfer-encoding: chunked".to_owned(),
    };
    let kept = head
        .lines()
        .filter(|line| mark(line).is_none() && !line.starts_with("content-length: "));
    let head: Vec<&str> = kept.chain([length.as_str()]).collect();
    let body = match how {
        Break::Cut => body[..body.len().saturating_sub(OFF)].to_owned(),
        Break::Chunk => format!("{:x}\r\n{body}\r\n", body.len()),
        _ => body.to_owned(),
    };
    Some((format!("{}\r\n\r\n{body}", head.join("\r\n")).into(), true))
}
