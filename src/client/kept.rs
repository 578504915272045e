//! Kept connections: a server may close one at any time, also while the next request is on its way to it (RFC 9112, 9.3.1; RFC 9113, 9.1).
//! That it was not answered then is no fault. On a new connection it would be one.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;
use tokio::time::Instant;

use super::connect::IDLE;

/// An idle connection that its server has closed behind a response is known to be closed after so long.
const SETTLED: Duration = Duration::from_millis(50);
/// The connections that are kept, by this machine's address of each: when they ended a response.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, Instant>>>);

/// How many requests of a run have ended, and how many met the closing of a kept connection.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Meetings>);

#[derive(Debug, Default)]
struct Meetings {
    sent: usize,
    closed: usize,
    read: usize,
}

/// The same at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Unanswered {
    /// How many requests were sent.
    pub sent: usize,
    /// How many of them met the closing of a kept connection, and had to be sent again.
    pub closed: usize,
    /// How many of those the server must have read: it closed the connection in order, long after the last response on it. A server that
    /// closes a connection right after a response may not have seen the next request.
    pub read: usize,
}

/// How a kept connection closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// It was reset, or was idle for long: the request was not read.
    Unread,
    /// In order, after so long without a request.
    InOrder(Duration),
}

impl Met {
    fn with<T>(&self, what: impl FnOnce(&mut Meetings) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_sent(&self) {
        self.with(|met| met.sent += 1);
    }

    pub(super) fn note(&self, closing: Closing) {
        self.with(|met| {
            met.closed += 1;
            if matches!(closing, Closing::InOrder(idle) if idle >= SETTLED) {
                met.read += 1;
            }
        });
    }

    pub(super) fn now(&self) -> Unanswered {
        self.with(|met| Unanswered {
            sent: met.sent,
            closed: met.closed,
            read: met.read,
        })
    }
}

/// This machine's address of the connection that an answer comes on.
pub(super) fn address(response: &reqwest::Response) -> Option<SocketAddr> {
    let info = response.extensions().get::<HttpInfo>()?;
    Some(info.local_addr())
}

impl Kept {
    /// Notes that a response has come on a connection.
    pub(super) fn note(&self, address: Option<SocketAddr>) {
        let Some(address) = address else {
            return;
        };
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(address, now);
        if kept.len().is_power_of_two() {
            kept.retain(|_, ended| now.duration_since(*ended) <= IDLE * 2);
        }
    }

    /// How the connection closed of a request that was begun at that time, if that is why it failed: without an answer, and after it had
    /// carried one. What of an answer had come by then, our HTTP library does not tell.
    pub(super) fn closed(&self, error: &reqwest::Error, begun: Instant) -> Option<Closing> {
        let (address, in_order) = closed_on(error)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = *kept.get(&address)?;
        let idle = begun.saturating_duration_since(ended);
        // A new connection may get the address of one that has ended; but no idle one is taken that is older.
        if idle > IDLE * 2 {
            return None;
        }
        kept.remove(&address);
        Some(if in_order && idle <= IDLE {
            Closing::InOrder(idle)
        } else {
            Closing::Unread
        })
    }
}

/// This machine's address of the connection that closed before the head of an answer was there, and whether it was closed in
/// order, if that is what happened.
fn closed_on(error: &reqwest::Error) -> Option<(SocketAddr, bool)> {
    let mut address = None;
    let mut closed = None;
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<legacy::Error>() {
            let mut known = http::Extensions::new();
            error.connect_info()?.get_extras(&mut known);
            address = known.get::<HttpInfo>().map(HttpInfo::local_addr);
        } else if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() {
                closed = Some(true);
            }
        } else if let Some(error) = error.downcast_ref::<io::Error>() {
            match error.kind() {
                ErrorKind::UnexpectedEof => closed = Some(true),
                ErrorKind::BrokenPipe
                | ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionReset => closed = Some(false),
                _ => {}
            }
        }
        source = error.source();
    }
    address.zip(closed)
}
