//! The certificate: what a run came to, in one small file that names its record by hash.
//!
//! It follows from the record alone, so that it can be made again from it and held against it.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::run::{Extent, Run, Verdict};

/// The version of the format.
const FORMAT: u32 = 1;

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &value(run))?;
    writeln!(out)
}

/// Where a certificate says something else than its run shows: a line for each member.
pub fn differences(run: &Run<'_>, certificate: &Value) -> Vec<String> {
    let mut told = Vec::new();
    compare("", certificate, &value(run), &mut told);
    told
}

fn compare(pointer: &str, said: &Value, shown: &Value, told: &mut Vec<String>) {
    if let (Value::Object(said), Value::Object(shown)) = (said, shown) {
        for (name, shown) in shown {
            let said = said.get(name).unwrap_or(&Value::Null);
            compare(&format!("{pointer}/{name}"), said, shown, told);
        }
        for name in said.keys().filter(|name| !shown.contains_key(*name)) {
            told.push(format!(
                "{pointer}/{name}: a certificate has no such member"
            ));
        }
    } else if said != shown {
        told.push(format!(
            "{pointer}: it says {said}, and the record shows {shown}"
        ));
    }
}

fn value(run: &Run<'_>) -> Value {
    let counts = run.counts();
    let started = &run.started;
    let Extent { run: ran, of, .. } = run.extent();
    let verdict = match run.verdict() {
        Verdict::Go => "go",
        Verdict::Partial => "partial",
        Verdict::Violated | Verdict::Inconclusive | Verdict::Nothing => "no-go",
    };
    let waivers = started.waivers.iter().map(|waiver| {
        json!({
            "trial": waiver.pattern,
            "clauses": waiver.clauses.iter().map(|(id, _)| id).collect::<Vec<_>>(),
            "reason": waiver.reason,
            "owner": waiver.owner,
            "issue": waiver.issue,
            "until": waiver.until.to_string(),
        })
    });
    json!({
        "certificate": FORMAT,
        "verdict": verdict,
        "gonogo": started.gonogo,
        "suite": {
            "name": started.suite.as_ref().map(|(name, _)| name),
            "version": started.suite.as_ref().map(|(_, version)| version),
            "digest": started.digest,
        },
        "contract": {
            "name": run.contract.name(),
            "version": run.contract.version(),
            "digest": started.contract,
        },
        "target": { "name": started.target, "base_url": started.base_url },
        "began": DateTime::<Utc>::from(started.began).to_rfc3339_opts(SecondsFormat::Micros, true),
        "took_us": u64::try_from(run.ended.took.as_micros()).unwrap_or(u64::MAX),
        "strict": started.strict,
        "ended_early": run.ended.early,
        "trials": { "run": ran, "of": of },
        "selection": started.selection,
        "counts": counts,
        "waivers": waivers.collect::<Vec<_>>(),
        "coverage": {
            "percent": (run.covered.percent() * 10.0).round() / 10.0,
            "rows": exercised(run.covered.pairs.values()),
            "clauses": exercised(run.covered.clauses.values()),
        },
        "record": { "sha256": run.record },
    })
}

/// How many of those that can be exercised were.
fn exercised<'a>(standings: impl Iterator<Item = &'a super::Standing>) -> Value {
    let (mut exercised, mut all) = (0, 0);
    for standing in standings {
        match standing {
            super::Standing::Excluded(_) => {}
            super::Standing::Exercised => {
                exercised += 1;
                all += 1;
            }
            _ => all += 1,
        }
    }
    json!({ "exercised": exercised, "of": all })
}
