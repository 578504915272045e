//! Kept connections. A server may close one at any time, even while the next request is on its way (RFC 9112, 9.3.1; RFC 9113, 9.1).
//! A missing response is then not a fault. On a new connection it would be one.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;
use tokio::time::Instant;

use super::connect::IDLE;

/// After this long, the client has noticed that the server closed an idle connection after a response.
const SETTLED: Duration = Duration::from_millis(50);

/// The kept connections by their local address, each with the time of its last response.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, Instant>>>);

/// Counts the requests of a run, and those that failed because a kept connection closed.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Unanswered>);

/// These counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unanswered {
    /// How many requests were sent.
    pub sent: usize,
    /// How many of them failed because a kept connection closed, and had to be repeated.
    pub closed: usize,
    /// How many of those the server must have read: it closed the connection cleanly, long after the last response on it. A server that
    /// closes a connection right after a response may not have seen the next request.
    pub read: usize,
}

impl Met {
    fn counts(&self) -> MutexGuard<'_, Unanswered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_sent(&self) {
        self.counts().sent += 1;
    }

    /// Notes that a kept connection closed under a request, and whether the server must have read the request.
    pub(super) fn note_closed(&self, read: bool) {
        let mut counts = self.counts();
        counts.closed += 1;
        counts.read += usize::from(read);
    }

    pub(super) fn now(&self) -> Unanswered {
        *self.counts()
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

    /// Whether a request that began at `begun` failed because its kept connection closed: then whether the server must have read the
    /// request, otherwise none. Our HTTP library does not report how much of a response had arrived by then.
    pub(super) fn closed(&self, error: &reqwest::Error, begun: Instant) -> Option<bool> {
        let (address, in_order) = closed_on(error)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = *kept.get(&address)?;
        let idle = begun.saturating_duration_since(ended);
        // A new connection may get the address of one that has ended; but no idle one is taken that is older.
        if idle > IDLE * 2 {
            return None;
        }
        kept.remove(&address);
        Some(in_order && (SETTLED..=IDLE).contains(&idle))
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
