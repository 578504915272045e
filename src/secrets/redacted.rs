//! The one door by which a run's texts and exchanges leave it: listeners receive `Redacted` values and nothing else.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Redactor;
use crate::exchange::Exchange;

/// Something that can hold secrets.
pub trait Redact: Clone {
    /// Removes the secrets.
    fn redact(&mut self, redactor: &Redactor);
}

/// A value without its secrets. They are removed when it is first read, so it also lacks those that were learned by then.
#[derive(Clone)]
pub struct Redacted<T>(Arc<Kept<T>>);

#[derive(Clone)]
struct Kept<T> {
    raw: T,
    /// None where the value has no secrets.
    redactor: Option<Arc<Redactor>>,
    shown: OnceLock<T>,
}

impl<T: Redact> Redacted<T> {
    /// A value of a run.
    pub fn new(raw: T, redactor: &Arc<Redactor>) -> Self {
        Self::kept(raw, Some(Arc::clone(redactor)))
    }

    /// A large value of a run that is read in any case: it is redacted at once, so that it is not held twice.
    pub fn at_once(mut raw: T, redactor: &Redactor) -> Self {
        raw.redact(redactor);
        Self::without_secrets(raw)
    }

    /// A value that is known to hold no secrets, such as one read from a record.
    pub fn without_secrets(value: T) -> Self {
        Self::kept(value, None)
    }

    fn kept(raw: T, redactor: Option<Arc<Redactor>>) -> Self {
        Self(Arc::new(Kept {
            raw,
            redactor,
            shown: OnceLock::new(),
        }))
    }
}

impl Redacted<Exchange> {
    /// The status of the response, which is no secret: reading it redacts nothing.
    pub fn status(&self) -> Option<u16> {
        let answer = self.0.raw.answer.as_ref();
        answer.ok().map(|received| received.status)
    }

    /// Keeps about so many bytes of the response; yields how many.
    pub fn cut(&mut self, most: usize) -> usize {
        let kept = Arc::make_mut(&mut self.0);
        kept.shown = OnceLock::new();
        kept.raw.cut(most)
    }
}

impl<T: Redact> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Kept {
            raw,
            redactor,
            shown,
        } = &*self.0;
        let Some(redactor) = redactor else {
            return raw;
        };
        shown.get_or_init(|| {
            let mut value = raw.clone();
            value.redact(redactor);
            value
        })
    }
}

impl<'a, T: Redact> IntoIterator for &'a Redacted<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Redact + fmt::Debug> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Redact + fmt::Display> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Redact + PartialEq> PartialEq for Redacted<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Redact + Eq> Eq for Redacted<T> {}

impl<T: Redact + Serialize> Serialize for Redacted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Redact + Deserialize<'de>> Deserialize<'de> for Redacted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::without_secrets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lacks_what_was_learned_before_it_was_read() {
        let redactor = Arc::new(Redactor::default());
        let text = || "the token s3cr3t-t0ken-0f-later".to_owned();
        let (read, unread) = (
            Redacted::new(text(), &redactor),
            Redacted::new(text(), &redactor),
        );
        assert_eq!(*read, text());
        redactor.learn("s3cr3t-t0ken-0f-later", "<later>");
        assert_eq!(*read, text());
        assert_eq!(*unread, "the token <later>");
        assert_eq!(*Redacted::without_secrets(text()), text());
    }
}
