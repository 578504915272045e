//! The trials as the script draws them. They are bounded whatever a server sends: what is most worth looking at is written
//! in full until the room is used up, the rest more and more briefly.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::Serialize;

use super::embed;
use super::records::{RecordData, milliseconds, place};
use crate::event::{Announced, AnnouncedVolley, Finished, Outcome, Record};
use crate::report::Run;

/// How large the trials may get as long as they are told in full, and as long as they are told with their findings, in bytes.
const FULL: usize = 6 << 20;
const FOUND: usize = 7 << 20;
/// How many findings are told of a trial that is not told in full.
const FINDINGS: usize = 3;

/// A trial.
#[derive(Serialize)]
struct TrialData<'a> {
    name: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    clause: Option<&'a str>,
    at: String,
    /// Milliseconds.
    took: f64,
    steps: Vec<StepData<'a>>,
    records: Vec<RecordData<'a>>,
    /// What is left out, since the page has no room for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'static str>,
}

#[derive(Serialize)]
struct StepData<'a> {
    request: &'a str,
    rows: &'a [String],
    /// Whether it accepts nothing else.
    sole: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    volley: Option<&'static str>,
}

/// How much of a trial is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    Findings,
    Outcome,
}

/// Writes the trials as a list, by name.
pub(super) fn trials(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let announced = run.announced();
    let mut order: Vec<usize> = (0..run.finished.len()).collect();
    order.sort_by_key(|index| worth(&run.finished[*index]));
    let mut written: Vec<Vec<u8>> = vec![Vec::new(); run.finished.len()];
    let mut size = 0;
    for index in order {
        let finished = &run.finished[index];
        let announced = announced.get(finished.trial.as_str()).copied();
        let levels = [
            (Detail::Full, FULL),
            (Detail::Findings, FOUND),
            (Detail::Outcome, usize::MAX),
        ];
        for (detail, room) in levels {
            let mut bytes = Vec::new();
            embed::json(&trial(run, finished, announced, detail), &mut bytes)?;
            if size + bytes.len() <= room {
                size += bytes.len();
                written[index] = bytes;
                break;
            }
        }
    }
    out.write_all(b"[")?;
    for (index, bytes) in written.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(bytes)?;
    }
    out.write_all(b"]")
}

/// What is looked at first: what failed, then the volleys, then what has findings all the same.
fn worth(finished: &Finished) -> (u8, Reverse<bool>, Reverse<bool>) {
    let outcome = match finished.outcome {
        Outcome::Violates | Outcome::StaleWaiver { .. } => 0,
        Outcome::Inconclusive { .. } => 1,
        Outcome::Waived { .. } => 2,
        Outcome::Conforms | Outcome::Ignored { .. } => 3,
    };
    let any = |wanted: fn(&Record) -> bool| finished.records.iter().any(wanted);
    (
        outcome,
        Reverse(any(|record| !record.shots.is_empty())),
        Reverse(any(|record| !record.findings.is_empty())),
    )
}

fn trial<'a>(
    run: &Run<'_>,
    finished: &'a Finished,
    announced: Option<&'a Announced>,
    detail: Detail,
) -> TrialData<'a> {
    let steps = announced.map_or(&[][..], |announced| &announced.steps);
    let mut most = FINDINGS;
    let records = finished.records.iter();
    let records = match detail {
        Detail::Full => records.map(|one| RecordData::full(run, one)).collect(),
        Detail::Findings => records
            .filter(|one| !one.findings.is_empty())
            .map_while(|one| {
                let told = most.min(one.findings.len());
                most -= told;
                (told > 0).then(|| RecordData::brief(one, told))
            })
            .collect(),
        Detail::Outcome => Vec::new(),
    };
    TrialData {
        name: &finished.trial,
        outcome: &finished.outcome,
        clause: announced.map(|announced| announced.clause.as_str()),
        at: place(&finished.at),
        took: milliseconds(finished.took),
        steps: steps
            .iter()
            .map(|step| StepData {
                request: &step.request,
                rows: &step.rows,
                sole: step.sole,
                volley: step.volley.map(|volley| match volley {
                    AnnouncedVolley::Burst => "burst",
                    AnnouncedVolley::Race => "race",
                }),
            })
            .collect(),
        left_out: match detail {
            _ if finished.records.is_empty() => None,
            Detail::Full => None,
            Detail::Findings => Some("its exchanges"),
            Detail::Outcome => Some("its exchanges and findings"),
        },
        records,
    }
}
