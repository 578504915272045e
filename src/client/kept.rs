//! Kept connections: a server may close one at any time, also while the next request is on its way to it (RFC 9112, 9.3.1; RFC 9113, 9.1).
//! That it was not answered then is no fault. On a new connection it would be one.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;
use tokio::time::Instant;

use super::connect::IDLE;

/// The connections that are kept, by this machine's address of each, and when they ended an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<SocketAddr, Instant>>>);

/// This machine's address of the connection that an answer comes on.
pub(super) fn address(response: &reqwest::Response) -> Option<SocketAddr> {
    let info = response.extensions().get::<HttpInfo>()?;
    Some(info.local_addr())
}

impl Kept {
    /// Notes that a whole answer has come on a connection.
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

    /// Whether a request that was begun at that time failed because the connection closed without an answer, and it had carried an answer
    /// before. What of an answer had come by then, our HTTP library does not tell.
    pub(super) fn closed(&self, error: &reqwest::Error, begun: Instant) -> bool {
        let Some(address) = closed_on(error) else {
            return false;
        };
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A new connection may get the address of one that has ended; but no idle one is taken that is older.
        kept.get(&address)
            .is_some_and(|ended| begun.saturating_duration_since(*ended) <= IDLE * 2)
    }
}

/// This machine's address of the connection that closed before the head of an answer was there, if that is what happened.
fn closed_on(error: &reqwest::Error) -> Option<SocketAddr> {
    let mut address = None;
    let mut closed = false;
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<legacy::Error>() {
            let mut known = http::Extensions::new();
            error.connect_info()?.get_extras(&mut known);
            address = known.get::<HttpInfo>().map(HttpInfo::local_addr);
        } else if let Some(error) = error.downcast_ref::<hyper::Error>() {
            closed |= error.is_incomplete_message();
        } else if let Some(error) = error.downcast_ref::<io::Error>() {
            closed |= matches!(
                error.kind(),
                ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::ConnectionReset
                    | ErrorKind::UnexpectedEof
            );
        }
        source = error.source();
    }
    address.filter(|_| closed)
}
