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
/// The responses of a connection are told apart up to this number.
const NUMBERS: usize = 64;

/// The connections that are kept, by this machine's address of each: when they ended an answer, and how many they have had.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, (Instant, usize)>>>);

/// How many requests of a run have ended, and how many met the closing of a kept connection.
#[derive(Debug, Default)]
pub(super) struct Met(Mutex<Meetings>);

#[derive(Debug)]
struct Meetings {
    sent: usize,
    closed: usize,
    /// Of the closings, how many were on a connection that had been open without a request for `SETTLED`.
    settled: usize,
    /// By number, counted from 0, how many responses of that number connections had, and how many of the other closings came in its
    /// place.
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

/// The same at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Unanswered {
    /// How many requests were sent.
    pub sent: usize,
    /// How many of them met the closing of a kept connection, and had to be sent again.
    pub closed: usize,
    /// How many of those the server has read, as far as can be told: it closed the connection in order, and neither at once behind a
    /// response nor always behind the same number of them.
    pub read: usize,
}

/// How a kept connection closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// It was reset, or was idle for long: the request was not read.
    Unread,
    /// In order, after so long without a request, and behind so many responses.
    InOrder(Duration, usize),
}

impl Met {
    fn with<T>(&self, what: impl FnOnce(&mut Meetings) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_sent(&self) {
        self.with(|met| met.sent += 1);
    }

    /// Notes the response of a connection that has had so many before.
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
            // A server that always closes behind the same number of responses has few beyond it: a connection that got the address of an
            // earlier one.
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

/// This machine's address of the connection that an answer comes on.
pub(super) fn address(response: &reqwest::Response) -> Option<SocketAddr> {
    let info = response.extensions().get::<HttpInfo>()?;
    Some(info.local_addr())
}

impl Kept {
    /// Notes that a whole answer has come on a connection; yields how many it has had before.
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

    /// How the connection closed of a request that was begun at that time, if that is why it failed: without an answer, and after it had
    /// carried one. What of an answer had come by then, our HTTP library does not tell.
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
