//! Kept connections. A server may close one at any time, even while the next request is on its way (RFC 9112, 9.3.1; RFC 9113, 9.1).
//! A missing response is then not a fault. On a new connection it would be one.

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

/// After this long, the client has noticed that the server closed an idle connection after a response.
const SETTLED: Duration = Duration::from_millis(50);
/// The connections that are kept, by this machine's address of each: when they ended a response.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, Instant>>>);

/// Counts the requests of a run, and those that failed because a kept connection closed.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Meetings>);

#[derive(Debug, Default)]
struct Meetings {
    sent: usize,
    closed: usize,
    read: usize,
}

/// A snapshot of these counts.
#[derive(Debug, Clone, Copy)]
pub struct Unanswered {
    /// How many requests were sent.
    pub sent: usize,
    /// How many of them failed because a kept connection closed, and had to be repeated.
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

/// The local address of the connection that a response comes on.
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

    /// How the kept connection of a request that began at `begun` closed, if that is why the request failed. Our HTTP library does not
    /// report how much of a response had arrived by then.
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

/// The local address of a connection that closed before the head of a response was complete, and whether it was closed cleanly.
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
