//! What only a volley as a whole shows: whether it ended as expected, how many answers are of which kind, and whether all
//! successes name the same.

use serde_json::Value;

use super::success::same;
use super::{Finding, Held, Place, excerpt, json};
use crate::exchange::{Exchange, Received};
use crate::suite::{Expected, Volley};

/// What a volley breaks beyond its single answers.
pub fn judge_volley(held: &Held<'_>, volley: &Volley, exchanges: &[Exchange]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let answers: Vec<&Received> = exchanges
        .iter()
        .filter_map(|exchange| exchange.answer.as_ref().ok())
        .collect();
    if let Volley::Burst(burst) = volley
        && let Some(until) = &burst.until
        && !answers.iter().any(|answer| until.accepts(answer.status))
    {
        findings.push(Finding::new(
            held.clause,
            Place::Volley("until".to_owned()),
            format!("{until} within {} requests", exchanges.len()),
            tally(&answers),
        ));
    }
    for (expected, number) in &held.expectation.count {
        let actual = count(&answers, expected);
        if actual != *number {
            findings.push(Finding::new(
                held.clause,
                Place::Volley("count".to_owned()),
                format!("{number} answers of {expected}"),
                tally(&answers),
            ));
        }
    }
    let successes: Vec<Value> = answers
        .iter()
        .filter(|answer| answer.is_success())
        .filter_map(|answer| json::read(&answer.body).ok())
        .map(|reading| reading.value)
        .collect();
    for pointer in &held.expectation.same {
        let mut values = successes.iter().map(|value| pointer.get(value));
        let first = values.next().flatten();
        let other = values.find(|value| match (first, value) {
            (Some(first), Some(value)) => !same(first, value),
            (first, value) => first.is_some() != value.is_some(),
        });
        if let Some(other) = other {
            let show = |value: Option<&Value>| {
                value.map_or("nothing".to_owned(), |value| excerpt(&value.to_string()))
            };
            findings.push(Finding::new(
                held.clause,
                Place::Volley(format!("same {pointer}")),
                format!("{} in all successes", show(first)),
                show(other),
            ));
        }
    }
    findings
}

fn count(answers: &[&Received], expected: &Expected) -> usize {
    answers
        .iter()
        .filter(|answer| expected.accepts(answer.status))
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
