//! Reading what a target sent: large bodies one at a time, and no more of them kept than a trial needs.
//!
//! As a value a body takes up to eighty times the memory of its text. How much of the texts is held at once is `client`'s.

use std::sync::OnceLock;
use std::time::Duration;

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::pace;
use super::session::Session;
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Finding, Held};

/// From how many bytes a body is read alone.
const LARGE: usize = 32 * 1024;

/// The one thread that reads large bodies. What a thread frees, it keeps for itself: with many of them that comes to several times of
/// what is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    thread: OnceLock<Option<ThreadPool>>,
}

impl Reader {
    /// Started for the first body; none where the system has no thread left.
    fn thread(&self) -> Option<&ThreadPool> {
        let start = || ThreadPoolBuilder::new().num_threads(1).build().ok();
        self.thread.get_or_init(start).as_ref()
    }
}

impl Session {
    /// Reads bodies of so many bytes; where these are many, in the one thread that does so.
    pub(super) fn read<T: Send>(&self, bytes: usize, read: impl FnOnce() -> T + Send) -> T {
        if bytes <= LARGE {
            return read();
        }
        match self.reader.thread() {
            Some(thread) => aside(|| thread.install(read)),
            None => read(),
        }
    }

    pub(super) fn judge(&self, held: Option<&Held<'_>>, exchange: &Exchange) -> Vec<Finding> {
        let judge = || {
            let mut findings = judge::judge(&self.contract, held, exchange);
            let echoed = self.echoed(exchange);
            findings.extend(echoed.and_then(|place| judge::judge_echo(&self.contract, &place)));
            findings
        };
        self.read(size(exchange), judge)
    }

    /// The window that a limiter's answer advertises.
    pub(super) fn window(&self, received: &Received) -> Duration {
        self.read(received.body.len(), || {
            pace::window(&self.contract, received)
        })
    }
}

/// Does what takes long. Where others wait for this thread, they go on in another.
fn aside<T>(long: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(long),
        _ => long(),
    }
}

/// The bytes of the body that an exchange brought.
pub(super) fn size(exchange: &Exchange) -> usize {
    let answer = exchange.answer.as_ref();
    answer.map_or(0, |answer| answer.body.len())
}
