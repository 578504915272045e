//! The trials as the script draws them. They are bounded whatever a server sends: what is most worth looking at is written
//! in full until the room is used up, the rest more and more briefly.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::Serialize;

use super::embed;
use super::records::Shown;
use crate::event::{Announced, Finished, Outcome, Record};
use crate::report::Run;

/// How large the trials may get as long as they are told in full, and as long as they are told with their findings, in bytes.
const FULL: usize = 6 << 20;
const FOUND: usize = 7 << 20;
/// How many findings are told of a trial that is not told in full.
const FINDINGS: usize = 3;

/// A trial, as in the record of the run.
#[derive(Serialize)]
struct Trial<'a> {
    #[serde(flatten)]
    finished: Finished,
    announced: Option<&'a Announced>,
    /// What is told of its records.
    shown: Vec<Shown>,
    /// What is left out, since the page has no room for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'static str>,
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
    finished: &Finished,
    announced: Option<&'a Announced>,
    detail: Detail,
) -> Trial<'a> {
    let mut most = FINDINGS;
    let records = finished.records.iter();
    Trial {
        shown: match detail {
            Detail::Full => records.map(|one| Shown::full(run, one)).collect(),
            Detail::Findings => records
                .filter(|one| !one.findings.is_empty())
                .map_while(|one| {
                    let told = most.min(one.findings.len());
                    most -= told;
                    (told > 0).then(|| Shown::brief(one, told))
                })
                .collect(),
            Detail::Outcome => Vec::new(),
        },
        left_out: match detail {
            _ if finished.records.is_empty() => None,
            Detail::Full => None,
            Detail::Findings => Some("its exchanges"),
            Detail::Outcome => Some("its exchanges and findings"),
        },
        finished: Finished {
            records: Vec::new(),
            ..finished.without_evidence()
        },
        announced,
    }
}
