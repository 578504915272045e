//! Reading what a target sent: large bodies one at a time, and no more of them kept than a trial needs.
//!
//! As a value a body takes up to eighty times the memory of its text. How much of the texts is held at once is `client`'s.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use serde_json::Value;

use super::pace;
use super::session::Session;
use super::step::Stop;
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Finding, Held};
use crate::suite::{CaptureFrom, Scope, Step};

/// From how many bytes a body is read alone.
const LARGE: usize = 32 * 1024;
/// The largest body that is compared with another, in bytes.
const COMPARED: usize = 1024 * 1024;
/// The longest text that is captured, in bytes: later requests are made of it.
const CAPTURED: usize = 64 * 1024;

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
            Some(thread) => thread.install(read),
            None => read(),
        }
    }

    pub(super) fn judge(&self, held: Option<&Held<'_>>, exchange: &Exchange) -> Vec<Finding> {
        let judge = || {
            let mut findings = judge::judge(&self.contract, held, exchange);
            let echoes = |bytes: &[u8]| self.tokens.finds(bytes);
            findings.extend(judge::judge_echo(&self.contract, &echoes, exchange));
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

    /// Makes a step's captures from an answer.
    pub(super) fn capture(
        &self,
        step: &Step,
        received: &Received,
        scope: &mut Scope,
    ) -> Result<(), Stop> {
        if step.captures.is_empty() {
            return Ok(());
        }
        let captured = self.read(received.body.len(), || captured(step, received))?;
        for (name, value) in captured {
            scope.set(name, &value);
        }
        Ok(())
    }
}

/// The bytes of the body that an exchange brought.
pub(super) fn size(exchange: &Exchange) -> usize {
    let answer = exchange.answer.as_ref();
    answer.map_or(0, |answer| answer.body.len())
}

/// Whether an answer can be compared with others: they are read at the same time.
pub(super) fn comparable(exchange: &Exchange) -> Result<(), Stop> {
    match size(exchange) {
        bytes if bytes > COMPARED => Err(Stop(format!(
            "an answer of {bytes} bytes is not compared with others: the most is {COMPARED}"
        ))),
        _ => Ok(()),
    }
}

fn captured(step: &Step, received: &Received) -> Result<Vec<(String, Value)>, Stop> {
    let reading = judge::read(&received.body).ok();
    let mut captured = Vec::new();
    for (name, from) in &step.captures {
        let (value, place) = match from {
            CaptureFrom::Body(pointer) => {
                let value = reading
                    .as_ref()
                    .and_then(|reading| pointer.get(&reading.value))
                    .filter(|value| !value.is_null());
                (value.map(Cow::Borrowed), format!("the body's {pointer}"))
            }
            CaptureFrom::Header(header) => (
                received.header(header).map(Value::from).map(Cow::Owned),
                format!("the header {header}"),
            ),
        };
        let why = match value {
            Some(value) if text_length(&value) <= CAPTURED => {
                captured.push((name.clone(), value.into_owned()));
                continue;
            }
            Some(_) => format!("has more than {CAPTURED} bytes"),
            None => "is not in the answer".to_owned(),
        };
        return Err(Stop(format!(
            "nothing to capture as `{name}`: {place} {why}"
        )));
    }
    Ok(captured)
}

/// The bytes of a value's text, about; at least one for each value in it.
fn text_length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| text_length(item) + 1).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len() + 4 + text_length(value))
            .sum(),
        _ => 4,
    }
}
