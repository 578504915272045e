//! A bounded store: objects by id, of which the oldest gives way to the newest.

use std::collections::{HashMap, VecDeque};

/// The most objects that come and go on one shelf.
const MOST: usize = 10_000;

/// Objects by id.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    by_id: HashMap<String, T>,
    /// The ids that may be dropped, the oldest first.
    passing: VecDeque<String>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            by_id: HashMap::new(),
            passing: VecDeque::new(),
        }
    }
}

impl<T> Shelf<T> {
    /// Adds what stays for good.
    pub(super) fn keep(&mut self, id: &str, object: T) {
        self.by_id.insert(id.to_owned(), object);
    }

    /// Adds what may be dropped one day, and returns what was dropped for it.
    pub(super) fn put(&mut self, id: &str, object: T) -> Option<T> {
        self.by_id.insert(id.to_owned(), object);
        self.passing.push_back(id.to_owned());
        if self.passing.len() <= MOST {
            return None;
        }
        self.by_id.remove(&self.passing.pop_front()?)
    }

    /// Loses an object: only a fault does so.
    pub(super) fn remove(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.by_id.values()
    }
}
