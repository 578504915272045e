//! Checks on a volley as a whole: whether it ended as expected, the number of responses of each kind, and whether the successes
//! agree.

use serde_json::Value;

use super::{Finding, Held, Place, excerpt_of, is_of, json};
use crate::contract::Contract;
use crate::exchange::{Exchange, Received};
use crate::suite::{Expected, Volley};

/// What a volley breaks beyond its single answers.
pub fn judge_volley(
    contract: &Contract,
    held: &Held<'_>,
    volley: &Volley,
    exchanges: &[&Exchange],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let answers: Vec<&Received> = exchanges
        .iter()
        .filter_map(|exchange| exchange.answer.as_ref().ok())
        .collect();
    if let Volley::Burst(burst) = volley
        && let Some(until) = &burst.until
        && !answers.iter().any(|answer| is_of(contract, until, answer))
    {
        findings.push(Finding::new(
            held.clause,
            Place::Volley("until".to_owned()),
            format!("{until} within {} requests", exchanges.len()),
            tally(&answers),
        ));
    }
    for (expected, number) in &held.expectation.count {
        let actual = count(contract, &answers, expected);
        if actual != *number {
            findings.push(Finding::new(
                held.clause,
                Place::Volley("count".to_owned()),
                format!("{number} answers of {expected}"),
                tally(&answers),
            ));
        }
    }
    findings.extend(unlike(contract, held, &answers));
    findings
}

/// What the successes do not all have alike. They are read one after the other: each may be as large as an answer can be.
fn unlike(contract: &Contract, held: &Held<'_>, answers: &[&Received]) -> Vec<Finding> {
    let same = &held.expectation.same;
    let mut first: Vec<Option<Value>> = vec![None; same.len()];
    let mut findings: Vec<Option<Finding>> = vec![None; same.len()];
    let successes = answers.iter().filter(|answer| contract.is_success(answer));
    for answer in successes.filter(|_| !same.is_empty()) {
        let reading = json::read(&answer.body).ok();
        for ((pointer, first), finding) in same.iter().zip(&mut first).zip(&mut findings) {
            let value = reading.as_ref();
            let value = value.and_then(|reading| pointer.get(&reading.value));
            let alike = match (&*first, value) {
                (Some(first), Some(value)) => super::same(first, value),
                // A value that no response has is not the same in all of them.
                (None, value) => value.is_some(),
                (Some(_), None) => false,
            };
            if !alike && finding.is_none() {
                *finding = Some(Finding::new(
                    held.clause,
                    Place::Volley(format!("same {pointer}")),
                    format!(
                        "{} in all successes",
                        first.as_ref().map_or("a value".to_owned(), excerpt_of)
                    ),
                    shown(value),
                ));
            }
            if first.is_none() {
                *first = value.cloned();
            }
        }
    }
    findings.into_iter().flatten().collect()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("nothing".to_owned(), excerpt_of)
}

fn count(contract: &Contract, answers: &[&Received], expected: &Expected) -> usize {
    answers
        .iter()
        .filter(|answer| is_of(contract, expected, answer))
        .count()
}

/// How many answers have which status: `200 (3), 429 (1)`.
fn tally(answers: &[&Received]) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_insert(0_usize) += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(status, number)| format!("{status} ({number})"))
        .collect();
    if counts.is_empty() {
        "no answers".to_owned()
    } else {
        counts.join(", ")
    }
}
