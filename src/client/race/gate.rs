//! Where the requests of a race wait for each other.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::client::send::Deadline;
use crate::exchange::Broken;

/// Between the moment when all bodies but their last bytes are handed over and their release: time for them to reach the wire.
const SETTLE: Duration = Duration::from_millis(30);
/// The longest that the first requests wait for the last one: servers close a connection on which a body does not go on, some after 10 s.
const LINE_UP: Duration = Duration::from_secs(5);

/// Opens once for all.
#[derive(Debug)]
pub(super) struct Gate {
    arrived: Semaphore,
    open: watch::Sender<bool>,
    released: Mutex<Vec<Instant>>,
}

/// Arrives at the gate, at the latest when it is dropped: a request that is answered early holds nobody up.
#[derive(Debug)]
pub(super) struct Runner {
    gate: Arc<Gate>,
    arrived: bool,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            arrived: Semaphore::new(0),
            open: watch::Sender::new(false),
            released: Mutex::default(),
        }
    }

    /// Opens when so many have arrived, at the latest after the time for a request. One that does not get so far is let through when it
    /// does, or ends by its own time limit; the others are released without it.
    pub(super) async fn open(&self, all: usize, limit: Duration) {
        let all = u32::try_from(all).unwrap_or(u32::MAX);
        let longest = LINE_UP.min(limit);
        let _ = tokio::time::timeout(longest, self.arrived.acquire_many(all)).await;
        tokio::time::sleep(SETTLE).await;
        self.open.send_replace(true);
    }

    async fn opened(&self) {
        // An error says that the gate is gone, and with it the race.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }

    /// What comes of it within the time for a request, which begins when the gate opens: to wait for others is not the target's time.
    pub(super) async fn bound<T>(
        &self,
        limit: Duration,
        what: impl Future<Output = T>,
    ) -> Result<(T, Deadline), Broken> {
        let mut what = pin!(what);
        let early = tokio::select! {
            biased;
            done = &mut what => Some(done),
            () = self.opened() => None,
        };
        let deadline = Deadline::after(limit);
        let done = match early {
            Some(done) => done,
            None => deadline.bound(what).await?,
        };
        Ok((done, deadline))
    }

    /// From the first that was let through to the last; none where there were fewer than two.
    pub(super) fn spread(&self) -> Option<Duration> {
        let released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, last) = (released.iter().min()?, released.iter().max()?);
        (released.len() > 1).then(|| last.duration_since(*first))
    }
}

impl Runner {
    pub(super) fn new(gate: &Arc<Gate>) -> Self {
        Self {
            gate: Arc::clone(gate),
            arrived: false,
        }
    }

    /// Where it waits.
    pub(super) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    fn arrive(&mut self) {
        if !self.arrived {
            self.arrived = true;
            self.gate.arrived.add_permits(1);
        }
    }

    /// Waits at the gate, and notes when it was let through.
    pub(super) async fn pass(&mut self) {
        self.arrive();
        self.gate.opened().await;
        self.gate
            .released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Instant::now());
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.arrive();
    }
}
