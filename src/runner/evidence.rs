//! What a trial is judged on, judged, and kept where the run is to be judged again.
//!
//! Each piece is judged as it came, and again as it is kept. If the two differ, because of redaction or truncation, the piece is marked
//! as lost.

use std::time::Duration;

use super::reader::{Reader, size};
use super::session::Session;
use super::step::Stop;
use crate::event::{Answer, Evidence, Item, Redacted, Role};
use crate::exchange::{Exchange, KEPT, Received};
use crate::judge::Useless;
use crate::secrets::Redactor;
use crate::suite::Trial;
use crate::verdict::{Bench, Judged, Told};

/// How much of a trial is kept in all, in bytes: many trials are under way at a time.
const ALL: usize = 8 * 1024 * 1024;
/// What an exchange takes beside its texts, in bytes, about.
const FRAME: usize = 512;

/// The evidence of one trial, and what is told of it.
#[derive(Debug)]
pub(super) struct TrialEvidence<'a> {
    reader: &'a Reader,
    redactor: &'a Redactor,
    /// Whether the trial is to be judged again.
    is_kept: bool,
    /// What is told of it.
    pub(super) told: Told,
    pub(super) pieces: Vec<Evidence>,
    /// How much the pieces take, in bytes, about.
    size: usize,
    /// Judges what came, as it came.
    bench: Bench<'a>,
    /// Judges what is kept of it.
    again: Bench<'a>,
}

impl<'a> TrialEvidence<'a> {
    pub(super) fn new(session: &'a Session, trial: &'a Trial) -> Self {
        let redactor = &session.target.redactor;
        Self {
            reader: &session.reader,
            redactor,
            is_kept: session.keeps_evidence,
            told: Told::new(session.strict()),
            pieces: Vec::new(),
            size: 0,
            bench: Bench::new(&session.contract, trial, redactor),
            again: Bench::again(&session.contract, trial, redactor),
        }
    }

    /// Takes over the evidence of a control that was made for this trial.
    pub(super) fn take_over(&mut self, other: TrialEvidence<'_>) {
        for record in other.told.into_records() {
            self.told.keep(record);
        }
        self.pieces.extend(other.pieces);
        self.size += other.size;
    }

    /// Whether no more is kept: its end says so.
    fn is_full(&self) -> bool {
        let last = self.pieces.last();
        last.is_some_and(|last| matches!(*last.item, Item::Rest))
    }

    /// Judges a piece of evidence that is not taken in.
    pub(super) fn judge(&mut self, item: &Item) -> Judged {
        let bytes = answers(item).map(|one| size(&one.exchange)).max();
        let bench = &mut self.bench;
        self.reader
            .read(bytes.unwrap_or_default(), || bench.judge(item))
    }

    /// Takes an answer in that only the contract is asked of.
    pub(super) fn take_aside(&mut self, role: &Role, exchange: Exchange) {
        let answer = self.reader.answer(exchange);
        self.take_answer(role, answer);
    }

    /// Takes a limiter's answer in. Where its window does not help, as it says itself or as a wait has shown, the trial ends: waiting
    /// longer shows nothing.
    pub(super) fn take_limited(
        &mut self,
        role: &Role,
        exchange: Exchange,
        in_vain: Option<Duration>,
    ) -> Result<(), Stop> {
        let by_itself = self.reader.is_useless(&exchange);
        let mut answer = self.reader.answer(exchange);
        if let Some(waited) = in_vain.filter(|_| !by_itself) {
            answer.useless = Some(Useless::InVain(waited.as_secs_f64()));
        }
        let ends = by_itself || answer.useless.is_some();
        self.take_answer(role, answer);
        if ends {
            return Err(Stop(format!(
                "{role}: the retry window of the limiter does not help"
            )));
        }
        Ok(())
    }

    fn take_answer(&mut self, role: &Role, answer: Answer) {
        let (role, answer) = (role.clone(), Box::new(answer));
        self.take(Item::Aside { role, answer });
    }

    /// Judges a piece of evidence, and keeps what is told of it.
    pub(super) fn take(&mut self, item: Item) -> Judged {
        let mut judged = self.judge(&item);
        if !self.is_kept || self.is_full() {
            let told = self.tell(&mut judged);
            if let Some(rest) = self.pieces.last_mut() {
                rest.records += told;
            }
            return judged;
        }
        let item = Redacted::at_once(cut(item), self.redactor);
        let bytes = answers(&item).map(|one| size(&one.exchange)).max();
        let bench = &mut self.again;
        let again = self
            .reader
            .read(bytes.unwrap_or_default(), || bench.judge(&item));
        let agree = judged.agrees(&again);
        if agree {
            judged.stop = again.stop;
            judged.records = again.records;
        }
        self.size += weight(&item);
        let evidence = Evidence {
            lost: (!agree).then(|| lost(&item)),
            item,
            records: self.tell(&mut judged),
        };
        self.pieces.push(evidence);
        if self.size > ALL {
            self.pieces.push(Evidence {
                item: Redacted::without_secrets(Item::Rest),
                lost: Some(format!(
                    "its exchanges have more than the {ALL} bytes that are kept of a trial"
                )),
                records: 0,
            });
        }
        judged
    }

    /// Tells of what was judged; yields how many records are kept of it.
    fn tell(&mut self, judged: &mut Judged) -> usize {
        let before = self.told.len();
        for record in std::mem::take(&mut judged.records) {
            self.told.keep(record);
        }
        self.told.len() - before
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
