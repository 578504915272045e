//! Mutants of a volley: one answer too many or too few, one that fails, one that names something else.

use serde_json::Value;

use super::edit;
use crate::contract::Contract;
use crate::exchange::{Exchange, Received};
use crate::judge::{Held, is_of, json};
use crate::suite::Volley;

/// An altered volley; the trial's own clause must be named.
#[derive(Debug, Clone)]
pub struct VolleyMutant {
    /// What was altered.
    pub name: &'static str,
    /// All its exchanges.
    pub exchanges: Vec<Exchange>,
}

/// All mutants of a volley that was judged and found right.
pub fn volley_mutants(
    contract: &Contract,
    held: &Held<'_>,
    volley: &Volley,
    exchanges: &[Exchange],
) -> Vec<VolleyMutant> {
    let mut made = Vec::new();
    let mut push = |name, exchanges| made.push(VolleyMutant { name, exchanges });
    let failed = [500, 503, 502]
        .into_iter()
        .find(|status| !held.expectation.accepts(*status));
    if let Some(status) = failed {
        push(
            "one_failed",
            altered(exchanges, |_| true, |one| Some(edit::status(one, status))),
        );
    }
    if let Volley::Burst(burst) = volley
        && let Some(until) = &burst.until
    {
        let rest = exchanges.iter().filter(|one| {
            one.answer
                .as_ref()
                .is_ok_and(|answer| !is_of(contract, until, answer))
        });
        push("never_ended", rest.cloned().collect());
    }
    if let Some((counted, _)) = held.expectation.count.first() {
        let is_counted = |one: &Received| is_of(contract, counted, one);
        if let Some(index) = exchanges
            .iter()
            .position(|one| one.answer.as_ref().is_ok_and(is_counted))
        {
            let mut fewer = exchanges.to_vec();
            let one = fewer.remove(index);
            push("one_too_few", fewer);
            let mut more = exchanges.to_vec();
            more.push(one);
            push("one_too_many", more);
        }
    }
    let is_success = |one: &Received| contract.is_success(one);
    for pointer in &held.expectation.same {
        let successes = exchanges
            .iter()
            .filter(|one| one.answer.as_ref().is_ok_and(is_success));
        if successes.count() < 2 {
            continue; // One alone names the same as itself.
        }
        let other = altered(exchanges, is_success, |one| {
            let value = json::read(&one.body).ok()?.value;
            let old: &Value = pointer.get(&value)?;
            edit::member(one, &value, pointer, edit::changed(old))
        });
        push("one_names_another", other);
    }
    made
}

/// The exchanges with the first answer of a kind altered.
fn altered(
    exchanges: &[Exchange],
    which: impl Fn(&Received) -> bool,
    alter: impl Fn(&Received) -> Option<Received>,
) -> Vec<Exchange> {
    let mut exchanges = exchanges.to_vec();
    let first = exchanges.iter_mut().find_map(|one| match &mut one.answer {
        Ok(answer) if which(answer) => Some(answer),
        _ => None,
    });
    if let Some(answer) = first
        && let Some(new) = alter(answer)
    {
        *answer = new;
    }
    exchanges
}
