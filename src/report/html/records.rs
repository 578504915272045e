//! What a trial did, as the script draws it: as in the record of the run, cut to what anybody reads, and what the script cannot tell
//! from it.

use std::time::SystemTime;

use bytes::Bytes;
use serde::Serialize;

use crate::event::{Record, Redacted, Shot};
use crate::exchange::Exchange;
use crate::judge;
use crate::report::Run;
use crate::report::curl::curl;

/// How much of a body is shown, in bytes.
const BODY: usize = 16 << 10;
/// How many header fields are shown, and how much of each, in bytes.
const HEADERS: usize = 64;
const HEADER: usize = 1 << 10;
/// How many findings of one exchange are told.
const FINDINGS: usize = 30;
/// How many requests of a volley are drawn.
const SHOTS: usize = 4000;

/// One exchange of a trial, or what a volley or a trial did as a whole.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    record: Record,
    #[serde(flatten)]
    exchange: Option<ShownExchange>,
    /// How many findings are left out.
    #[serde(skip_serializing_if = "is_zero")]
    more: usize,
    /// How many requests its volley has.
    #[serde(skip_serializing_if = "is_zero")]
    of: usize,
}

#[derive(Serialize)]
struct ShownExchange {
    exchange: Exchange,
    /// How many bytes its bodies have in all, where they are cut.
    sent_size: Option<usize>,
    received_size: Option<usize>,
    curl: String,
    /// Why there is no response, in words.
    broken: Option<String>,
    /// The window that a limiter advertises, in seconds.
    window: Option<f64>,
}

impl Shown {
    /// All of it, as far as anybody reads.
    pub(super) fn full(run: &Run<'_>, record: &Record) -> Self {
        let mut shown = Self::brief(record, FINDINGS);
        shown.exchange = record.exchange.as_ref().map(|one| exchange(run, one));
        shown.record.note.clone_from(&record.note);
        shown.record.shots = drawn(&record.shots);
        shown.of = record.shots.len();
        shown
    }

    /// Its first findings alone.
    pub(super) fn brief(record: &Record, findings: usize) -> Self {
        Self {
            record: Record {
                role: record.role.clone(),
                at: record.at.clone(),
                exchange: None,
                shot: None,
                rows: Vec::new(),
                findings: Redacted::without_secrets(
                    record.findings.iter().take(findings).cloned().collect(),
                ),
                note: None,
                shots: Vec::new(),
            },
            exchange: None,
            more: record.findings.len().saturating_sub(findings),
            of: 0,
        }
    }
}

fn exchange(run: &Run<'_>, whole: &Exchange) -> ShownExchange {
    let mut exchange = whole.clone();
    exchange.sent.headers.truncate(HEADERS);
    for (_, value) in &mut exchange.sent.headers {
        let cut = &value.as_bytes()[..value.len().min(HEADER)];
        *value = String::from_utf8_lossy(cut).into_owned();
    }
    let sent_size = cut(&mut exchange.sent.body);
    let (mut received_size, mut broken, mut window) = (None, None, None);
    match &mut exchange.answer {
        Ok(received) => {
            window = judge::limiter(run.contract, received)
                .and_then(|_| judge::window(run.contract, received, SystemTime::now()))
                .filter(|seconds| seconds.is_finite());
            received.headers.truncate(HEADERS);
            for (_, value) in &mut received.headers {
                value.truncate(HEADER);
            }
            received_size = cut(&mut received.body);
        }
        Err(why) => broken = Some(why.to_string()),
    }
    ShownExchange {
        curl: curl(&whole.sent),
        exchange,
        sent_size,
        received_size,
        broken,
        window,
    }
}

/// Cuts a body, but not within a character; yields how many bytes it had.
fn cut(body: &mut Bytes) -> Option<usize> {
    let all = body.len();
    let mut end = all.min(BODY);
    while end < all && end > 0 && body[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    body.truncate(end);
    (end < all).then_some(all)
}

/// Every nth request of a large volley, in the order in which they began.
fn drawn(shots: &[Shot]) -> Vec<Shot> {
    let mut ordered = shots.to_vec();
    ordered.sort_by_key(|shot| shot.began);
    let every = ordered.len().div_ceil(SHOTS).max(1);
    ordered.into_iter().step_by(every).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
