//! What a trial is judged on, judged, and kept where the run is to be judged again.
//!
//! It is judged as it came, and again at once as it is kept: what comes to something else without the secrets, or because it was too
//! long to be kept, is told from what can be judged again.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::reading::size;
use super::session::{Session, WINDOW};
use super::step::Stop;
use super::trial::Context;
use crate::event::{Answer, Bound, Evidence, Item, Role};
use crate::exchange::Exchange;
use crate::judge::{self, Place, Useless};
use crate::verdict::{Judged, cut};

/// How much of a body is kept, in bytes.
const BODY: usize = 1024 * 1024;
/// How much of a trial is kept in all, in bytes: many trials are under way at a time.
const ALL: usize = 8 * 1024 * 1024;
/// What an exchange takes beside its texts, in bytes, about.
const FRAME: usize = 512;

impl Session {
    /// Takes an answer in that only the contract is asked of.
    pub(super) fn take_aside(&self, context: &mut Context<'_>, role: &Role, exchange: Exchange) {
        let answer = self.answer(exchange);
        self.take_answer(context, role, answer);
    }

    /// Takes a limiter's answer in. Where its window does not help, as it says itself or as a wait has shown, the trial ends: waiting
    /// longer shows nothing.
    pub(super) fn take_limited(
        &self,
        context: &mut Context<'_>,
        role: &Role,
        exchange: Exchange,
        in_vain: Option<Duration>,
    ) -> Result<(), Stop> {
        let by_itself = self.is_useless(&exchange);
        let mut answer = self.answer(exchange);
        if let Some(waited) = in_vain.filter(|_| !by_itself) {
            answer.useless = Some(Useless::InVain(waited.as_secs_f64()));
        }
        let ends = by_itself || answer.useless.is_some();
        self.take_answer(context, role, answer);
        if ends {
            return Err(Stop(format!(
                "{role}: the retry window of the limiter does not help"
            )));
        }
        Ok(())
    }

    /// Whether the window that a limiter's answer advertises cannot be waited for, as the answer alone shows.
    pub(super) fn is_useless(&self, exchange: &Exchange) -> bool {
        let absolute = match &exchange.answer {
            Ok(received) => judge::is_absolute(&self.contract, received),
            Err(_) => false,
        };
        absolute || self.too_long(exchange).is_some()
    }

    fn take_answer(&self, context: &mut Context<'_>, role: &Role, answer: Answer) {
        let (role, answer) = (role.clone(), Box::new(answer));
        self.take(context, Item::Aside { role, answer });
    }

    /// An exchange as it is judged.
    pub(super) fn answer(&self, exchange: Exchange) -> Answer {
        let echoed = self.read(size(&exchange), || self.echoed(&exchange));
        let useless = self.too_long(&exchange);
        Answer {
            exchange,
            echoed,
            useless,
        }
    }

    /// Whether the window of an exchange is longer than the one that the target or the contract declares for the limiter.
    fn too_long(&self, exchange: &Exchange) -> Option<Useless> {
        let (Ok(received), Some(limit)) = (&exchange.answer, self.limit(WINDOW)) else {
            return None;
        };
        self.read(size(exchange), || {
            judge::too_long(&self.contract, received, limit)
        })
    }

    /// Judges a piece of evidence, and keeps what is told of it without the secrets.
    pub(super) fn take(&self, context: &mut Context<'_>, item: Item) -> Judged {
        let bytes = answers(&item).map(|one| size(&one.exchange)).max();
        let bytes = bytes.unwrap_or_default();
        let bench = &mut context.bench;
        let mut judged = self.read(bytes, || bench.judge(&item));
        let before = context.told.len();
        if !self.keeps_evidence() || context.is_full() {
            for record in std::mem::take(&mut judged.records) {
                let shown = |record, most| self.shown(record, most);
                context.told.keep(record, shown);
            }
            if let Some(rest) = context.evidence.last_mut() {
                rest.records += context.told.len() - before;
            }
            return judged;
        }
        let item = self.kept(item);
        let bench = &mut context.again;
        let again = self.read(bytes.min(BODY), || bench.judge(&item));
        let mut evidence = Evidence {
            lost: (!judged.agrees(&again)).then(|| lost(&item)),
            item,
            records: 0,
        };
        if evidence.lost.is_none() {
            judged.stop = again.stop;
            for record in again.records {
                context.told.keep(record, cut);
            }
        } else {
            for record in std::mem::take(&mut judged.records) {
                let shown = |record, most| self.shown(record, most);
                context.told.keep(record, shown);
            }
        }
        evidence.records = context.told.len() - before;
        context.kept += weight(&evidence.item);
        context.evidence.push(evidence);
        if context.kept > ALL {
            context.evidence.push(Evidence {
                item: Item::Rest,
                lost: Some(format!(
                    "its exchanges have more than the {ALL} bytes that are kept of a trial"
                )),
                records: 0,
            });
        }
        judged
    }

    /// A piece of evidence without the secrets.
    fn kept(&self, mut item: Item) -> Item {
        let redactor = &self.target.redactor;
        let keep = |answer: &mut Answer| {
            self.hide_in_sent(&mut answer.exchange.sent);
            self.hide_in_answer(&mut answer.exchange, usize::MAX, BODY);
            if let Some(Place::Header(name)) = &mut answer.echoed {
                redactor.redact_in(name);
            }
        };
        match &mut item {
            Item::Again | Item::Effect { .. } | Item::Rest => {}
            Item::Aside { answer, .. } => keep(answer),
            Item::Step { bound, answer, .. } => {
                keep(answer);
                self.hide_in_bound(bound);
            }
            Item::Volley {
                bound,
                answers,
                note,
                ..
            } => {
                let mut left = ALL;
                for answer in answers {
                    keep(answer);
                    let exchange = &mut answer.exchange;
                    // Of a volley that is too large by itself only the beginning is kept.
                    if left == 0
                        && let Ok(received) = &mut exchange.answer
                    {
                        received.body = Bytes::new();
                        received.headers = Vec::new();
                    }
                    left = left.saturating_sub(head(exchange).max(FRAME) + size(exchange));
                }
                self.hide_in_bound(bound);
                redactor.redact_in(note);
            }
        }
        item
    }

    fn hide_in_bound(&self, bound: &mut Bound) {
        for value in bound.iter_mut() {
            self.hide_in_value(value);
        }
    }

    fn hide_in_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.target.redactor.redact_in(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in_value(item)),
            Value::Object(members) => {
                for (_, member) in members.iter_mut() {
                    self.hide_in_value(member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The answers in a piece of evidence.
fn answers(item: &Item) -> impl Iterator<Item = &Answer> {
    let (one, many): (Option<&Answer>, &[Answer]) = match item {
        Item::Again | Item::Effect { .. } | Item::Rest => (None, &[]),
        Item::Aside { answer, .. } | Item::Step { answer, .. } => (Some(answer), &[]),
        Item::Volley { answers, .. } => (None, answers),
    };
    one.into_iter().chain(many)
}

/// The bytes of the header fields that came back.
fn head(exchange: &Exchange) -> usize {
    match &exchange.answer {
        Ok(received) => received.headers.iter().map(|(_, value)| value.len()).sum(),
        Err(_) => 0,
    }
}

/// How much a piece of evidence takes, in bytes, about.
fn weight(item: &Item) -> usize {
    answers(item)
        .map(|answer| {
            let exchange = &answer.exchange;
            FRAME + head(exchange) + size(exchange) + exchange.sent.body.len()
        })
        .sum()
}

/// Why a piece of evidence cannot be judged again.
fn lost(item: &Item) -> String {
    let all: usize = weight(item);
    if answers(item).any(|answer| size(&answer.exchange) >= BODY) {
        format!("the body of a response has more than the {BODY} bytes that are kept of it")
    } else if all > ALL {
        format!("its responses have more than the {ALL} bytes that are kept of a trial")
    } else {
        "without the secrets that were in it, it reads otherwise".to_owned()
    }
}
