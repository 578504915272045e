//! What is redacted of each type.

use serde_json::Value;

use super::Redactor;
use super::redacted::Redact;
use super::token::{BY_HAND, credentials, hide_credentials, is_telling};
use super::variables::name_variables;
use crate::exchange::{Broken, Exchange, Received, Sent};
use crate::input::diagnostic::{Location, Source};

/// The longest secret that is learned, in bytes: tokens with claims have a few thousand.
pub const LONGEST: usize = 16 * 1024;

impl Redact for String {
    fn redact(&mut self, redactor: &Redactor) {
        redactor.redact_in(self);
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn redact(&mut self, redactor: &Redactor) {
        for one in self {
            one.redact(redactor);
        }
    }
}

impl Redact for Value {
    fn redact(&mut self, redactor: &Redactor) {
        match self {
            Self::String(text) => text.redact(redactor),
            Self::Array(items) => items.redact(redactor),
            Self::Object(members) => {
                for (mut name, mut member) in std::mem::take(members) {
                    name.redact(redactor);
                    member.redact(redactor);
                    members.insert(name, member);
                }
            }
            Self::Number(number) => {
                let text = number.to_string();
                let shown = redactor.redact(&text);
                if shown != text {
                    *self = Self::String(shown);
                }
            }
            Self::Null | Self::Bool(_) => {}
        }
    }
}

/// The line that a case is quoted with may have a credential that was written by hand.
impl Redact for Location {
    fn redact(&mut self, redactor: &Redactor) {
        if !redactor.has_learned() {
            return;
        }
        let text = self.source.text();
        let before = text.get(..self.span.start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = text[begin..].lines().next().unwrap_or_default();
        let shown = redactor.redact(line);
        if shown != line {
            let (number, _) = self.line_column();
            *self = Self {
                span: 0..shown.len(),
                source: Source::part(self.source.path(), number, shown),
            };
        }
    }
}

impl Redact for Exchange {
    fn redact(&mut self, redactor: &Redactor) {
        self.sent.redact(redactor);
        match &mut self.answer {
            Ok(received) => received.redact(redactor),
            Err(
                Broken::Connect(text)
                | Broken::Local(text)
                | Broken::Coding(text)
                | Broken::Protocol(text)
                | Broken::Unsendable(text),
            ) => text.redact(redactor),
            Err(
                Broken::Full
                | Broken::Closed
                | Broken::Calmed
                | Broken::Timeout(_)
                | Broken::TooLarge(_)
                | Broken::HeadTooLarge(_),
            ) => {}
        }
    }
}

impl Redact for Sent {
    fn redact(&mut self, redactor: &Redactor) {
        let actual = self.clone();
        self.url.redact(redactor);
        for (name, value) in &mut self.headers {
            redactor.redact_header(name, value);
        }
        let is_cut = self.size > self.body.len();
        if let Some(shown) = redactor.redact_bytes(&self.body, is_cut) {
            self.body = shown.into();
        }
        name_variables(redactor, self, &actual);
    }
}

impl Redact for Received {
    fn redact(&mut self, redactor: &Redactor) {
        // Nobody is shown them.
        self.reason.clear();
        self.trailers.clear();
        for (name, value) in &mut self.headers {
            name.redact(redactor);
            if let Some(shown) = redactor.redact_bytes(value, false) {
                *value = shown;
            }
        }
        let is_cut = self.size > self.body.len();
        if let Some(shown) = redactor.redact_bytes(&self.body, is_cut) {
            self.body = shown.into();
        }
    }
}

impl Redactor {
    /// Learns the credentials that a case writes by hand into a header, or builds from a capture. Short ones are only hidden there.
    pub fn learn_header(&self, name: &str, value: &str) {
        if !self.hides(name, value) {
            return;
        }
        for range in credentials(value) {
            let word = &value[range];
            if word.len() <= LONGEST && is_telling(&self.rest(word)) {
                self.learn(word, BY_HAND);
            }
        }
    }

    fn redact_header(&self, name: &str, value: &mut String) {
        if self.hides(name, value) {
            // What is known is redacted, in whole or but for a few characters.
            *value = hide_credentials(value, |range| {
                let word = &value[range.clone()];
                self.rest(word).len() < word.len()
            });
        }
        self.redact_in(value);
    }
}
