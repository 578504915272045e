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
/// The responses of a connection are counted separately up to this number.
const NUMBERS: usize = 64;

/// The kept connections by their local address: the time of the last response, and the number of responses.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, (Instant, usize)>>>);

/// Counts the requests of a run, and those that failed because a kept connection closed.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Meetings>);

#[derive(Debug)]
struct Meetings {
    sent: usize,
    closed: usize,
    /// How many of the closed connections had been idle for at least `SETTLED`.
    settled: usize,
    /// For the nth response of a connection, counted from 0: how many came, and how many of the other connections closed instead.
    numbers: [(usize, usize); NUMBERS],
}

impl Default for Meetings {
    fn default() -> Self {
        Self {
            sent: 0,
            closed: 0,
            settled: 0,
            numbers: [(0, 0); NUMBERS],
        }
    }
}

/// A snapshot of these counts.
#[derive(Debug, Clone, Copy)]
pub struct Unanswered {
    /// How many requests were sent.
    pub sent: usize,
    /// How many of them failed because a kept connection closed, and had to be repeated.
    pub closed: usize,
    /// How many of those the server has probably read: it closed the connection cleanly, and neither immediately after a response nor
    /// always after the same number of responses.
    pub read: usize,
}

/// How a kept connection closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// It was reset, or was idle for long: the request was not read.
    Unread,
    /// It was closed cleanly, after this long without a request and after this many responses.
    InOrder(Duration, usize),
}

impl Met {
    fn with<T>(&self, what: impl FnOnce(&mut Meetings) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_sent(&self) {
        self.with(|met| met.sent += 1);
    }

    /// Notes a response of a connection that has had `before` responses.
    pub(super) fn note_answer(&self, before: usize) {
        self.with(|met| met.numbers[before.min(NUMBERS - 1)].0 += 1);
    }

    pub(super) fn note(&self, closing: Closing) {
        self.with(|met| {
            met.closed += 1;
            match closing {
                Closing::Unread => {}
                Closing::InOrder(idle, _) if idle >= SETTLED => met.settled += 1,
                Closing::InOrder(_, before) => met.numbers[before.min(NUMBERS - 1)].1 += 1,
            }
        });
    }

    pub(super) fn now(&self) -> Unanswered {
        self.with(|met| {
            // If a server always closes after the same number of responses, hardly any connection has more. The few exceptions reuse the
            // address of an earlier connection.
            let by_chance = met.numbers.iter().filter(|(came, closed)| came >= closed);
            let by_chance: usize = by_chance.map(|(_, closed)| closed).sum();
            Unanswered {
                sent: met.sent,
                closed: met.closed,
                read: met.settled + by_chance,
            }
        })
    }
}

/// The local address of the connection that a response comes on.
pub(super) fn address(response: &reqwest::Response) -> Option<SocketAddr> {
    let info = response.extensions().get::<HttpInfo>()?;
    Some(info.local_addr())
}

impl Kept {
    /// Notes a complete response on a connection, and returns how many it had before.
    pub(super) fn note(&self, address: Option<SocketAddr>) -> usize {
        let Some(address) = address else {
            return 0;
        };
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = |ended: Instant| now.duration_since(ended) <= IDLE * 2;
        let (ended, answers) = kept.entry(address).or_insert((now, 0));
        // A new connection may get the address of one that has ended.
        let before = if is_open(*ended) { *answers } else { 0 };
        (*ended, *answers) = (now, before + 1);
        if kept.len().is_power_of_two() {
            kept.retain(|_, (ended, _)| is_open(*ended));
        }
        before
    }

    /// How the kept connection of a request that began at `begun` closed, if that is why the request failed. Our HTTP library does not
    /// report how much of a response had arrived by then.
    pub(super) fn closed(&self, error: &reqwest::Error, begun: Instant) -> Option<Closing> {
        let (address, in_order) = closed_on(error)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, answers) = *kept.get(&address)?;
        let idle = begun.saturating_duration_since(ended);
        // A new connection may get the address of one that has ended; but no idle one is taken that is older.
        if idle > IDLE * 2 {
            return None;
        }
        kept.remove(&address);
        Some(if in_order && idle <= IDLE {
            Closing::InOrder(idle, answers)
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
