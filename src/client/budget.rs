//! What a run holds at once of the answers that it gets and of the requests that it makes, in bytes: bounded, whatever the number of trials
//! and of requests.
//!
//! An answer takes its part while it comes in, a request before it goes out. They give it back when the last copy of their body is dropped,
//! wherever that is.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::gathered::Gathered;

/// What the answers to single requests take together, in bytes: six of the largest that are taken by default.
const SINGLE: usize = 48 * 1024 * 1024;
/// What the answers to all volleys take together, in bytes.
const VOLLEYS: usize = 32 * 1024 * 1024;
/// What the bodies of single requests take together, in bytes: one of the largest that a template makes.
const REQUESTS: usize = 16 * 1024 * 1024;
/// What the bodies of all requests of volleys take together, in bytes.
const VOLLEY_REQUESTS: usize = 32 * 1024 * 1024;
/// What a single answer has beside, in bytes: more than an error or a page of a list needs.
const SMALL: usize = 64 * 1024;
/// The bytes of one permit.
const UNIT: usize = 1024;

/// The budgets of a run.
#[derive(Debug, Clone)]
pub(super) struct Budgets {
    single: Arc<Semaphore>,
    volleys: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    volley_requests: Arc<Semaphore>,
}

impl Budgets {
    /// For answers of at most so many bytes. Where one alone could take more than all by default, it can: the user has said so.
    pub(super) fn new(largest: usize) -> Self {
        // Compressed it is held twice.
        let single = SINGLE.max(largest.saturating_mul(2));
        Self {
            single: Arc::new(Semaphore::new(single.div_ceil(UNIT))),
            volleys: Arc::new(Semaphore::new(VOLLEYS / UNIT)),
            requests: Arc::new(Semaphore::new(REQUESTS / UNIT)),
            volley_requests: Arc::new(Semaphore::new(VOLLEY_REQUESTS / UNIT)),
        }
    }

    /// The body of a single request, with its part: it waits until there is room for it.
    pub(super) async fn request(&self, body: Bytes) -> Result<Bytes, Full> {
        if body.len() <= SMALL {
            return Ok(body);
        }
        let units = units(body.len().min(REQUESTS));
        let of = Arc::clone(&self.requests);
        let taken = of.acquire_many_owned(units).await.map_err(|_| Full)?;
        Ok(held(body, Some(taken)))
    }

    /// The body of one request of a volley, with its part: they go out together, so none can wait for another.
    pub(super) fn volley_request(&self, body: Bytes) -> Result<Bytes, Full> {
        let of = Arc::clone(&self.volley_requests);
        let taken = of.try_acquire_many_owned(units(body.len()));
        Ok(held(body, Some(taken.map_err(|_| Full)?)))
    }

    /// For the answer to a single request: it waits until there is room for it.
    pub(super) fn single(&self) -> Part {
        Part {
            of: Arc::clone(&self.single),
            taken: None,
            waits: true,
        }
    }

    /// For one of the answers to a volley: they are held together, so none can wait for another.
    pub(super) fn volley(&self) -> Part {
        Part {
            of: Arc::clone(&self.volleys),
            taken: None,
            waits: false,
        }
    }
}

/// There is no room for it.
#[derive(Debug)]
pub struct Full;

/// The permits for so many bytes.
fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// The part of one answer.
#[derive(Debug)]
pub(super) struct Part {
    of: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    waits: bool,
}

impl Part {
    /// Whether it would have to wait, to hold so many bytes.
    pub(super) fn lacks(&self, bytes: usize) -> bool {
        bytes.div_ceil(UNIT) > self.units() && !(self.waits && bytes <= SMALL)
    }

    fn units(&self) -> usize {
        self.taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Takes what is needed to hold so many bytes, and `most` at last.
    pub(super) async fn take(&mut self, bytes: usize, most: usize) -> Result<(), Full> {
        if !self.lacks(bytes) {
            return Ok(());
        }
        let of = Arc::clone(&self.of);
        // Where it waits, all at once: two that each hold a half, and wait for the other's, would wait for ever.
        let needed = if self.waits { most.max(bytes) } else { bytes };
        let units = units(needed.saturating_sub(self.units() * UNIT));
        let taken = if self.waits {
            of.acquire_many_owned(units).await.map_err(|_| Full)?
        } else {
            of.try_acquire_many_owned(units).map_err(|_| Full)?
        };
        match &mut self.taken {
            Some(known) => known.merge(taken),
            none => *none = Some(taken),
        }
        Ok(())
    }

    /// What was gathered as a body; what was taken beyond it is given back at once.
    pub(super) fn body(mut self, gathered: Gathered, beside: usize) -> Bytes {
        let needed = (gathered.len() + beside).div_ceil(UNIT);
        let excess = self.units().saturating_sub(needed);
        drop(self.taken.as_mut().and_then(|taken| taken.split(excess)));
        match (gathered, self.taken) {
            (Gathered::Small(bytes), None) => bytes.into(),
            (bytes, taken) => held(bytes, taken),
        }
    }
}

/// Bytes with what they take.
struct Held<B> {
    bytes: B,
    _taken: Option<OwnedSemaphorePermit>,
}

fn held<B>(bytes: B, taken: Option<OwnedSemaphorePermit>) -> Bytes
where
    B: Deref<Target = [u8]> + Send + 'static,
{
    Bytes::from_owner(Held {
        bytes,
        _taken: taken,
    })
}

impl<B: Deref<Target = [u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
