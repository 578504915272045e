//! Trials that count effects have their organizations to themselves; all others share them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// One lock an organization.
#[derive(Debug, Default)]
pub(super) struct Locks {
    of: Mutex<BTreeMap<String, Arc<RwLock<()>>>>,
}

/// Holds the locks of a trial until it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "they are held, not read")]
pub(super) enum Held {
    Shared(Vec<OwnedRwLockReadGuard<()>>),
    Alone(Vec<OwnedRwLockWriteGuard<()>>),
}

impl Locks {
    /// Waits for the organizations: alone, or shared with other trials.
    ///
    /// They are taken in the order of their names by everybody, so that no two trials wait for each other.
    pub(super) async fn take(&self, organizations: &BTreeSet<String>, alone: bool) -> Held {
        let locks: Vec<Arc<RwLock<()>>> = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            organizations
                .iter()
                .map(|name| Arc::clone(of.entry(name.clone()).or_default()))
                .collect()
        };
        if alone {
            let mut guards = Vec::new();
            for lock in locks {
                guards.push(lock.write_owned().await);
            }
            Held::Alone(guards)
        } else {
            let mut guards = Vec::new();
            for lock in locks {
                guards.push(lock.read_owned().await);
            }
            Held::Shared(guards)
        }
    }
}
