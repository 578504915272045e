//! What is recorded, as it may be shown: without secrets, and no longer than anybody reads. It is judged before, as it came.

use bytes::Bytes;

use super::session::Session;
use crate::event::Record;
use crate::exchange::{Broken, Exchange, Received, Sent};
use crate::input::diagnostic::{Location, Source};
use crate::judge::{Finding, Place};

/// How much of a body is recorded, in bytes. What was judged is all of it.
const BODY: usize = 64 * 1024;
/// How much is recorded in any case, in bytes: of a body, and of the header fields together.
const LEAST: usize = 1024;

impl Session {
    /// A record without the secrets, and with so many bytes of the answer, or little more.
    pub(super) fn shown(&self, mut record: Record, most: usize) -> Record {
        for finding in &mut record.findings {
            self.hide_in_finding(finding);
        }
        if let Some(note) = &mut record.note {
            self.target.redactor.redact_in(note);
        }
        if let Some(exchange) = &mut record.exchange {
            let most = most.max(LEAST);
            exchange.sent.cut(BODY);
            self.hide_in_sent(&mut exchange.sent);
            self.hide_in_answer(exchange, most, BODY.min(most));
        }
        record
    }

    fn hide_in_finding(&self, finding: &mut Finding) {
        let redact = |text: &mut String| self.target.redactor.redact_in(text);
        redact(&mut finding.actual);
        redact(&mut finding.expected);
        match &mut finding.place {
            Place::Effect(text)
            | Place::Volley(text)
            | Place::Member(text)
            | Place::Header(text) => {
                redact(text);
            }
            Place::Connection | Place::Status | Place::Body => {}
        }
    }

    /// Takes those secrets out of a request that were learned after it was made, such as one that its own response names.
    pub(super) fn hide_in_sent(&self, sent: &mut Sent) {
        let redactor = &self.target.redactor;
        if !redactor.has_learned() {
            return;
        }
        redactor.redact_in(&mut sent.url);
        for (_, value) in &mut sent.headers {
            redactor.redact_in(value);
        }
        sent.body = self.hidden(&sent.body);
    }

    /// Takes the secrets out of an answer, and keeps so many bytes of its header fields and of its body.
    pub(super) fn hide_in_answer(&self, exchange: &mut Exchange, head: usize, most: usize) {
        let redactor = &self.target.redactor;
        match &mut exchange.answer {
            Ok(Received {
                headers,
                body,
                reason,
                trailers,
                ..
            }) => {
                // Nobody is shown them.
                reason.clear();
                trailers.clear();
                let mut left = head;
                headers.retain(|(_, value)| {
                    left = left.saturating_sub(value.len());
                    left > 0
                });
                for (name, value) in headers {
                    redactor.redact_in(name);
                    if let Some(shown) = redactor.redact_bytes(value, usize::MAX) {
                        *value = shown;
                    }
                }
                // A copy: the body itself takes room of which other answers have need.
                let shown = redactor.redact_bytes(body, most);
                let as_it_is = || Bytes::copy_from_slice(body.get(..most).unwrap_or(body));
                *body = shown.map_or_else(as_it_is, Bytes::from);
            }
            Err(
                Broken::Connect(text)
                | Broken::Local(text)
                | Broken::Coding(text)
                | Broken::Protocol(text)
                | Broken::Unsendable(text),
            ) => {
                redactor.redact_in(text);
            }
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

    /// Takes the secrets that a case writes by hand out of the line that it is quoted with.
    pub(super) fn hide_in_location(&self, at: &mut Location) {
        if !self.target.redactor.has_learned() {
            return;
        }
        let text = at.source.text();
        let before = text.get(..at.span.start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = text[begin..].lines().next().unwrap_or_default();
        let shown = self.target.redactor.redact(line);
        if shown != line {
            let (number, _) = at.line_column();
            *at = Location {
                span: 0..shown.len(),
                source: Source::part(at.source.path(), number, shown),
            };
        }
    }

    /// A request's body without the secrets in it.
    pub(super) fn hidden(&self, bytes: &Bytes) -> Bytes {
        match self.target.redactor.redact_bytes(bytes, usize::MAX) {
            Some(shown) => shown.into(),
            None => bytes.clone(),
        }
    }
}
