//! The retry window: in the envelope, in the `Retry-After` header, and whether the two agree.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::envelope::shown;
use super::{Finding, Place, excerpt};
use crate::contract::{Check, Contract, Row};
use crate::exchange::Received;

/// How far header and envelope may be apart, in seconds: the header has whole seconds only, rounded up or down.
const ROUNDING: f64 = 1.0;
/// The same where the header is a date: it and `Date` are both rounded to seconds, and the clock may tick between the two.
const DATE_ROUNDING: f64 = 2.0;

pub(super) fn judge(
    contract: &Contract,
    row: Option<&Arc<Row>>,
    received: &Received,
    value: &Value,
    findings: &mut Vec<Finding>,
) {
    let pointer = contract.envelope().window.as_ref();
    let actual = pointer.and_then(|pointer| pointer.get(value));
    let window = actual.and_then(Value::as_f64);
    if let Some(pointer) = pointer
        && let Some(clause) = contract.check(Check::Window)
    {
        let place = Place::Member(pointer.to_string());
        let promised = row.is_some_and(|row| row.window);
        let negative = window.is_some_and(|window| window < 0.0);
        if promised && (window.is_none() || negative) {
            let expected = "a number of seconds that is not negative";
            findings.push(Finding::new(clause, place, expected, shown(pointer, value)));
        } else if negative || !matches!(actual, None | Some(Value::Null | Value::Number(_))) {
            let expected = "null or a number of seconds that is not negative";
            findings.push(Finding::new(clause, place, expected, shown(pointer, value)));
        }
    }
    header(contract, received, window, findings);
}

fn header(
    contract: &Contract,
    received: &Received,
    window: Option<f64>,
    findings: &mut Vec<Finding>,
) {
    let Some(clause) = contract.check(Check::RetryAfter) else {
        return;
    };
    let values: Vec<Cow<'_, str>> = received.header_values("retry-after").collect();
    let place = || Place::Header("retry-after".to_owned());
    if values.len() > 1 {
        // Readers differ on which one counts, also where they join them: it is no list (RFC 9110, 5.3).
        let actual = format!("`{}`", excerpt(&values.join(", ")));
        findings.push(Finding::new(clause, place(), "one such header", actual));
        return;
    }
    for value in &values {
        let (advertised, rounding) = match advertised(value, received) {
            Some(Advertised::Seconds(seconds)) => (seconds, ROUNDING),
            Some(Advertised::Date(Some(seconds))) => (seconds, DATE_ROUNDING),
            Some(Advertised::Date(None)) => continue,
            None => {
                findings.push(Finding::new(
                    clause,
                    place(),
                    "whole seconds or an HTTP date",
                    format!("`{}`", excerpt(value)),
                ));
                continue;
            }
        };
        if let Some(window) = window
            && (advertised - window).abs() > rounding
        {
            findings.push(Finding::new(
                clause,
                place(),
                format!("the window of the body, {window} s"),
                format!("`{}`, which is {advertised} s", excerpt(value)),
            ));
        }
    }
}

enum Advertised {
    Seconds(f64),
    /// How far it is from the answer's own `Date`. None without one: the clocks cannot be compared then.
    Date(Option<f64>),
}

/// What a `Retry-After` says (RFC 9110, 10.2.3).
fn advertised(value: &str, received: &Received) -> Option<Advertised> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Advertised::Seconds);
    }
    let then = httpdate::parse_http_date(value).ok()?;
    let now = received
        .header("date")
        .and_then(|date| httpdate::parse_http_date(&date).ok());
    Some(Advertised::Date(now.map(|now| seconds_between(now, then))))
}

fn seconds_between(from: SystemTime, to: SystemTime) -> f64 {
    match to.duration_since(from) {
        Ok(ahead) => ahead.as_secs_f64(),
        Err(behind) => -behind.duration().as_secs_f64(),
    }
}
