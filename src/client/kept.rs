//! Kept connections. A server may close one at any time, even while the next request is on its way (RFC 9112, 9.3.1; RFC 9113, 9.1).
//! A missing response is then not a fault. On a connection that was opened for the request it would be one. A kept connection may be
//! unused: if another connection becomes free first, the client keeps the new one for later.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use reqwest::ClientBuilder;
use tokio::time::Instant;
use tower::util::MapResponseLayer;

use super::connect::IDLE;

/// After this long, the client has noticed that the server closed an idle connection after a response.
const SETTLED: Duration = Duration::from_millis(50);

/// The kept connections by their local address, each with its last event.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, Last>>>);

/// The last event of a connection, from which on it is idle.
#[derive(Debug, Clone, Copy)]
enum Last {
    Opened(Instant),
    Response(Instant),
}

impl Last {
    fn at(self) -> Instant {
        match self {
            Self::Opened(at) | Self::Response(at) => at,
        }
    }
}

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
    /// Notes the connections that a client opens.
    pub(super) fn watch(&self, builder: ClientBuilder) -> ClientBuilder {
        let kept = self.clone();
        builder.connector_layer(MapResponseLayer::new(move |connection| {
            kept.note_opened(connection)
        }))
    }

    fn note_opened<C: Connection>(&self, connection: C) -> C {
        let mut known = http::Extensions::new();
        connection.connected().get_extras(&mut known);
        let address = known.get().map(HttpInfo::local_addr);
        self.note(address, Last::Opened(Instant::now()));
        connection
    }

    /// Notes that a response has come on a connection.
    pub(super) fn note_response(&self, address: Option<SocketAddr>) {
        self.note(address, Last::Response(Instant::now()));
    }

    fn note(&self, address: Option<SocketAddr>, last: Last) {
        let Some(address) = address else {
            return;
        };
        let now = last.at();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(address, last);
        if kept.len().is_power_of_two() {
            kept.retain(|_, last| now.duration_since(last.at()) <= IDLE * 2);
        }
    }

    /// Whether a request that began at `begun` failed because its kept connection closed: then whether the server must have read the
    /// request, otherwise none. Our HTTP library does not report how much of a response had arrived by then.
    pub(super) fn closed(&self, error: &reqwest::Error, begun: Instant) -> Option<bool> {
        let (address, in_order) = closed_on(error)?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *kept.get(&address)?;
        // It was opened for this request.
        if matches!(last, Last::Opened(at) if at >= begun) {
            return None;
        }
        let idle = begun.saturating_duration_since(last.at());
        // A new connection may get the address of one that has ended; but no idle one is taken that is older.
        if idle > IDLE * 2 {
            return None;
        }
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
