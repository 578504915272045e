//! The records of a trial as the script draws them: bodies as text, times in milliseconds since the run began.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;

use crate::contract::Contract;
use crate::event::{Record, Role, Shot};
use crate::exchange::{Exchange, Received};
use crate::input::diagnostic::Location;
use crate::judge::{self, Finding, Place};
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
pub(super) struct RecordData<'a> {
    role: String,
    /// The number of the step, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<ExchangeData<'a>>,
    findings: Vec<FindingData<'a>>,
    /// How many findings are left out.
    #[serde(skip_serializing_if = "is_zero")]
    more: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volley: Option<VolleyData>,
}

#[derive(Serialize)]
struct ExchangeData<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyData>,
    curl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerData<'a>>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
    took: f64,
    /// The window that a limiter advertises, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<f64>,
}

#[derive(Serialize)]
struct AnswerData<'a> {
    version: &'a str,
    status: u16,
    headers: Vec<(&'a str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyData>,
}

#[derive(Serialize)]
struct BodyData {
    text: String,
    /// How many bytes it has in all, where it is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<usize>,
    /// Whether it is no UTF-8, and shown as if it were.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

/// A finding.
#[derive(Serialize)]
struct FindingData<'a> {
    clause: &'a str,
    #[serde(flatten)]
    place: &'a Place,
    /// The place, as it is told.
    shown: String,
    expected: &'a str,
    actual: &'a str,
}

/// The requests of a volley.
#[derive(Serialize)]
struct VolleyData {
    /// When each began after the first of them, until its head was there and until it was over after that, and its status:
    /// milliseconds; 0 for no status.
    shots: Vec<(f64, Option<f64>, f64, u16)>,
    /// How many there were.
    of: usize,
}

impl<'a> RecordData<'a> {
    /// All of it, as far as anybody reads.
    pub(super) fn full(run: &Run<'_>, record: &'a Record) -> Self {
        Self {
            exchange: record
                .exchange
                .as_ref()
                .map(|exchange| exchange_data(run.contract, exchange)),
            note: record.note.as_deref().map(String::as_str),
            volley: (!record.shots.is_empty()).then(|| volley(&record.shots)),
            ..Self::brief(record, FINDINGS)
        }
    }

    /// Its first findings alone.
    pub(super) fn brief(record: &'a Record, findings: usize) -> Self {
        Self {
            role: record.role.to_string(),
            step: match record.role {
                Role::Step(number) => Some(number),
                Role::Control(_) | Role::Probe(_) | Role::Effect(_) => None,
            },
            at: place(&record.at),
            exchange: None,
            findings: record.findings.iter().take(findings).map(finding).collect(),
            more: record.findings.len().saturating_sub(findings),
            note: None,
            volley: None,
        }
    }
}

fn finding(finding: &Finding) -> FindingData<'_> {
    FindingData {
        clause: &finding.clause.id,
        place: &finding.place,
        shown: finding.place.to_string(),
        expected: &finding.expected,
        actual: &finding.actual,
    }
}

fn exchange_data<'a>(contract: &Contract, exchange: &'a Exchange) -> ExchangeData<'a> {
    let sent = &exchange.sent;
    let (answer, broken) = match &exchange.answer {
        Ok(received) => (Some(received), None),
        Err(broken) => (None, Some(broken.to_string())),
    };
    ExchangeData {
        method: &sent.method,
        url: &sent.url,
        headers: headers(
            sent.headers
                .iter()
                .map(|(name, value)| (name, value.as_bytes())),
        ),
        body: body(&sent.body),
        curl: curl(sent),
        window: answer.and_then(|received| window(contract, received)),
        answer: answer.map(|received| AnswerData {
            version: &received.version,
            status: received.status,
            headers: headers(
                received
                    .headers
                    .iter()
                    .map(|(name, value)| (name, &value[..])),
            ),
            body: body(&received.body),
        }),
        broken,
        took: milliseconds(exchange.took),
    }
}

fn headers<'a>(all: impl Iterator<Item = (&'a String, &'a [u8])>) -> Vec<(&'a str, String)> {
    all.take(HEADERS)
        .map(|(name, value)| {
            let cut = &value[..value.len().min(HEADER)];
            (name.as_str(), String::from_utf8_lossy(cut).into_owned())
        })
        .collect()
}

fn body(bytes: &Bytes) -> Option<BodyData> {
    if bytes.is_empty() {
        return None;
    }
    let mut end = bytes.len().min(BODY);
    // Not within a character.
    while end < bytes.len() && end > 0 && bytes[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    Some(BodyData {
        text: String::from_utf8_lossy(&bytes[..end]).into_owned(),
        of: (end < bytes.len()).then_some(bytes.len()),
        lossy: std::str::from_utf8(&bytes[..end]).is_err(),
    })
}

/// The window that a limiter's answer advertises, in seconds.
fn window(contract: &Contract, received: &Received) -> Option<f64> {
    judge::limiter(contract, received)?;
    judge::window(contract, received, SystemTime::now()).filter(|seconds| seconds.is_finite())
}

/// Of a large volley every so-manieth request, in the order in which they began.
fn volley(shots: &[Shot]) -> VolleyData {
    let mut ordered: Vec<&Shot> = shots.iter().collect();
    ordered.sort_by_key(|shot| shot.began);
    let first = ordered
        .first()
        .map_or(SystemTime::UNIX_EPOCH, |shot| shot.began);
    let every = ordered.len().div_ceil(SHOTS);
    VolleyData {
        shots: ordered
            .into_iter()
            .step_by(every)
            .map(|shot| {
                let after = shot.began.duration_since(first).unwrap_or_default();
                (
                    milliseconds(after),
                    shot.head_after.map(milliseconds),
                    milliseconds(shot.took),
                    shot.status.unwrap_or_default(),
                )
            })
            .collect(),
        of: shots.len(),
    }
}

/// Where something is written: `cases/bursts.toml:14`.
pub(super) fn place(location: &Location) -> String {
    let (line, _) = location.line_column();
    format!("{}:{line}", location.source.path())
}

/// Milliseconds, to a microsecond.
pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
