//! Trials that count what happens in an organization have it to themselves; all others share it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// One lock an organization.
#[derive(Debug, Default)]
pub(super) struct Locks {
    of: Mutex<BTreeMap<String, Arc<RwLock<()>>>>,
}

/// How a trial uses an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Beside others.
    Shared,
    /// With nobody else in it: what is done there is counted.
    Alone,
}

/// Holds a lock of a trial until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "they are held, not read")]
pub(super) enum Held {
    Shared(OwnedRwLockReadGuard<()>),
    Alone(OwnedRwLockWriteGuard<()>),
}

impl Locks {
    /// Waits for the organizations, each to be used as it says.
    ///
    /// They are taken in the order of their names by everybody, so that no two trials wait for each other.
    pub(super) async fn take(&self, organizations: &BTreeMap<String, Use>) -> Vec<Held> {
        let mut held = Vec::new();
        for (name, how) in organizations {
            let lock = {
                let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(of.entry(name.clone()).or_default())
            };
            held.push(match how {
                Use::Shared => Held::Shared(lock.read_owned().await),
                Use::Alone => Held::Alone(lock.write_owned().await),
            });
        }
        held
    }
}
