//! What a trial is judged on, judged, and kept where the run is to be judged again.
//!
//! It is judged as it came, and again at once as it is kept: what comes to something else without the secrets, or because it was too
//! long to be kept, is told from what can be judged again.

use std::time::Duration;

use super::reading::size;
use super::session::{Session, WINDOW};
use super::step::Stop;
use super::trial::Context;
use crate::event::{Answer, Evidence, Item, Redacted, Role};
use crate::exchange::{Exchange, KEPT, Received};
use crate::judge::{self, Useless};
use crate::verdict::Judged;

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
        let echoes = |bytes: &[u8]| self.kept_secret.finds(bytes);
        let echoed = self.read(size(&exchange), || judge::echoed(&echoes, &exchange));
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

    /// Judges a piece of evidence, and keeps what is told of it.
    pub(super) fn take(&self, context: &mut Context<'_>, item: Item) -> Judged {
        let bytes = answers(&item).map(|one| size(&one.exchange)).max();
        let bytes = bytes.unwrap_or_default();
        let bench = &mut context.bench;
        let mut judged = self.read(bytes, || bench.judge(&item));
        let before = context.told.len();
        if !self.keeps_evidence() || context.is_full() {
            let records = std::mem::take(&mut judged.records);
            records.into_iter().for_each(|one| context.told.keep(one));
            if let Some(rest) = context.evidence.last_mut() {
                rest.records += context.told.len() - before;
            }
            return judged;
        }
        let item = Redacted::at_once(cut(item), &self.target.redactor);
        let bench = &mut context.again;
        let again = self.read(bytes.min(KEPT), || bench.judge(&item));
        let agree = judged.agrees(&again);
        if agree {
            judged.stop = again.stop;
            judged.records = again.records;
        }
        let records = std::mem::take(&mut judged.records);
        records.into_iter().for_each(|one| context.told.keep(one));
        context.kept += weight(&item);
        context.evidence.push(Evidence {
            lost: (!agree).then(|| lost(&item)),
            item,
            records: context.told.len() - before,
        });
        if context.kept > ALL {
            context.evidence.push(Evidence {
                item: Redacted::known(Item::Rest),
                lost: Some(format!(
                    "its exchanges have more than the {ALL} bytes that are kept of a trial"
                )),
                records: 0,
            });
        }
        judged
    }
}

/// A piece of evidence with as much of the responses as is kept.
fn cut(mut item: Item) -> Item {
    match &mut item {
        Item::Again | Item::Effect { .. } | Item::Rest => {}
        Item::Aside { answer, .. } | Item::Step { answer, .. } => {
            if let Ok(received) = &mut answer.exchange.answer {
                received.cut(KEPT);
            }
        }
        Item::Volley { answers, .. } => {
            let mut left = ALL;
            for answer in answers {
                let Ok(received) = &mut answer.exchange.answer else {
                    left = left.saturating_sub(FRAME);
                    continue;
                };
                received.cut(KEPT);
                // Of a volley that is too large by itself only the beginning is kept.
                if left == 0 {
                    received.cut(0);
                    received.headers = Vec::new();
                }
                left = left.saturating_sub(received.head().max(FRAME) + received.body.len());
            }
        }
    }
    item
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

/// How much a piece of evidence takes, in bytes, about.
fn weight(item: &Item) -> usize {
    answers(item)
        .map(|answer| {
            let exchange = &answer.exchange;
            FRAME
                + exchange.answer.as_ref().map_or(0, Received::head)
                + size(exchange)
                + exchange.sent.body.len()
        })
        .sum()
}

/// Why a piece of evidence cannot be judged again.
fn lost(item: &Item) -> String {
    let all: usize = weight(item);
    if answers(item).any(|answer| size(&answer.exchange) >= KEPT) {
        format!("the body of a response has more than the {KEPT} bytes that are kept of it")
    } else if all > ALL {
        format!("its responses have more than the {ALL} bytes that are kept of a trial")
    } else {
        "without the secrets that were in it, it reads otherwise".to_owned()
    }
}
