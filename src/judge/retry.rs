//! The retry window: where the contract says that it is, in the `Retry-After` header, and whether the two agree.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::Failure;
use super::{Finding, Place, excerpt, excerpt_of, limiter, read};
use crate::contract::{Check, Clause, Contract, Row, Unit, Window, WindowPlace};
use crate::exchange::Received;

/// How far header and envelope may be apart, in seconds: the header has whole seconds only, rounded up or down.
const ROUNDING: f64 = 1.0;
/// The same where the header is a date: it and `Date` are both rounded to seconds, and the clock may tick between the two.
const DATE_ROUNDING: f64 = 2.0;
/// Windows in this range are times since 1970 (in seconds down to nanoseconds), not times to wait: they would be 31 years and more.
const ABSOLUTE: Range<f64> = 1e9..1e20;
/// How much longer than the limiter's window an advertised one may be, in seconds: both ends may be rounded, and a clock ticks between.
const TOLERANCE: f64 = 2.0;
/// What a window is that was over before the response was made.
const PAST: &str = "a time before the response's own `Date`";
/// The standard header (RFC 9110, 10.2.3).
const RETRY_AFTER: &str = "retry-after";

/// What is advertised at a place.
#[derive(Debug, Clone, PartialEq)]
enum Advertised {
    /// Nothing, or null.
    Nothing,
    /// So many seconds.
    Seconds(f64),
    /// A point in time, and how many seconds it is from the response's own `Date`. None without one: the clocks cannot be compared then.
    Time(Option<f64>),
    /// Something else.
    Other(String),
}

/// Why the window of a limiter's response does not help a client, where only a run can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Useless {
    /// The window is longer than the limiter's own, which has so many seconds.
    Longer(f64),
    /// The request was repeated after the advertised number of seconds, and was limited again. No other request of the run got through
    /// in between.
    InVain(f64),
}

/// The window that a limiter's response advertises, in seconds; `now` is the clock for a point in time where the response has no `Date`.
/// None where it advertises none that can be waited for.
pub fn window(contract: &Contract, received: &Received, now: SystemTime) -> Option<f64> {
    let reading = read(&received.body).ok();
    let value = reading.as_ref().map(|reading| &reading.value);
    let (seconds, _) = usable(contract, value, received, Some(now))?;
    Some(seconds)
}

/// Whether the window of a response cannot be one of a limiter whose own window has `limit` seconds.
pub fn too_long(contract: &Contract, received: &Received, limit: f64) -> Option<Useless> {
    let seconds = of_limiter(contract, received)?;
    let is_longer = seconds > limit + TOLERANCE && !ABSOLUTE.contains(&seconds);
    is_longer.then_some(Useless::Longer(limit))
}

/// Whether a limiter's response advertises an absolute time instead of a time to wait.
pub fn is_absolute(contract: &Contract, received: &Received) -> bool {
    of_limiter(contract, received).is_some_and(|seconds| ABSOLUTE.contains(&seconds))
}

/// The window of a limiter's response, as far as the response alone tells.
fn of_limiter(contract: &Contract, received: &Received) -> Option<f64> {
    limiter(contract, received)?;
    let reading = read(&received.body).ok();
    let value = reading.as_ref().map(|reading| &reading.value);
    let (seconds, _) = usable(contract, value, received, None)?;
    Some(seconds)
}

/// Returns the finding for a response whose window does not help a client.
pub fn judge_useless(
    contract: &Contract,
    received: &Received,
    useless: Useless,
) -> Option<Finding> {
    let row = limiter(contract, received)?;
    let reading = read(&received.body).ok();
    let value = reading.as_ref().map(|reading| &reading.value);
    let found = usable(contract, value, received, None);
    let (expected, actual) = match useless {
        Useless::Longer(limit) => {
            let (seconds, _) = found.as_ref()?;
            (
                format!("at most the limiter's window of {limit} s"),
                if *seconds < 1e16 {
                    format!("{seconds} s")
                } else {
                    format!("{seconds:e} s")
                },
            )
        }
        Useless::InVain(waited) => (
            format!("to get through after the advertised wait of {waited} s"),
            format!("limited again ({})", received.status),
        ),
    };
    let place = found.map_or(Place::Status, |(_, place)| place);
    let clause = of_window(contract, row);
    Some(Finding::new(clause, place, expected, actual))
}

/// The clause that a useless window breaks: that of a check of windows, otherwise the row's.
fn of_window<'a>(contract: &'a Contract, row: &'a Row) -> &'a Arc<Clause> {
    let check = contract.check(Check::Window);
    let check = check.or_else(|| contract.check(Check::RetryAfter));
    check.unwrap_or(&row.clause)
}

/// The seconds to wait that a response advertises, and where: at the contract's source, otherwise in the standard header.
fn usable(
    contract: &Contract,
    body: Option<&Value>,
    received: &Received,
    now: Option<SystemTime>,
) -> Option<(f64, Place)> {
    let seconds = |said| match said {
        Advertised::Seconds(seconds) => Some(seconds),
        // It has whole seconds, as the clock that it is compared with may have.
        Advertised::Time(Some(seconds)) if seconds >= 0.0 => Some(seconds + 1.0),
        _ => None,
    };
    let at_source = contract.envelope().window.as_ref().and_then(|source| {
        let said = seconds(advertised(source, body, received, now))?;
        Some((said, place_of(source)))
    });
    at_source
        .filter(|(seconds, _)| *seconds >= 0.0)
        .or_else(|| {
            let header = in_header(RETRY_AFTER, Unit::Seconds, received, now);
            let seconds = seconds(header).filter(|seconds| *seconds >= 0.0)?;
            Some((seconds, Place::Header(RETRY_AFTER.to_owned())))
        })
}

/// Whether a point in time was over when the response was made.
fn is_past(seconds: Option<f64>) -> bool {
    seconds.is_some_and(|seconds| seconds < -DATE_ROUNDING)
}

fn place_of(source: &Window) -> Place {
    match &source.place {
        WindowPlace::Body(pointer) => Place::Member(pointer.to_string()),
        WindowPlace::Header(name) => Place::Header(name.clone()),
    }
}

pub(super) fn judge(failure: &Failure<'_>, findings: &mut Vec<Finding>) {
    let mut seconds = None;
    if let Some(source) = &failure.contract.envelope().window {
        // A body that is not JSON is the finding of another check.
        let readable = matches!(source.place, WindowPlace::Header(_)) || failure.value.is_some();
        if readable {
            let said = advertised(source, failure.value, failure.received, None);
            if let Advertised::Seconds(number) = said {
                seconds = Some(number);
            }
            of_source(failure, source, &said, findings);
        }
    }
    header(failure, seconds, findings);
    absolute(failure, findings);
}

/// A time to wait, and not a time at which the wait is over.
fn absolute(failure: &Failure<'_>, findings: &mut Vec<Finding>) {
    let (contract, received) = (failure.contract, failure.received);
    if let Some(row) = failure.row.filter(|row| row.window)
        && let Some((seconds, place)) = usable(contract, failure.value, received, None)
        && ABSOLUTE.contains(&seconds)
    {
        let clause = of_window(contract, row);
        let actual = format!("{seconds} s, an absolute time");
        findings.push(Finding::new(clause, place, "a time to wait", actual));
    }
}

fn of_source(
    failure: &Failure<'_>,
    source: &Window,
    said: &Advertised,
    findings: &mut Vec<Finding>,
) {
    let promised = failure.row.is_some_and(|row| row.window);
    let form = match source.unit {
        Unit::Seconds if matches!(source.place, WindowPlace::Header(_)) => {
            "whole seconds or an HTTP date"
        }
        Unit::Seconds => "a number of seconds that is not negative",
        Unit::Milliseconds => "a number of milliseconds that is not negative",
        Unit::Epoch => "a time in seconds since 1970",
        Unit::Duration => "a duration such as \"1.5s\"",
    };
    let (fits, actual) = match said {
        Advertised::Nothing => (!promised, "nothing".to_owned()),
        Advertised::Seconds(seconds) => (*seconds >= 0.0, format!("{seconds}")),
        Advertised::Time(seconds) => (!is_past(*seconds), PAST.to_owned()),
        Advertised::Other(shown) => (false, shown.clone()),
    };
    let clause = if promised {
        failure.clause(Check::Window)
    } else {
        failure.contract.check(Check::Window)
    };
    let (false, Some(clause)) = (fits, clause) else {
        return;
    };
    let (place, actual) = match &source.place {
        WindowPlace::Body(pointer) => {
            let there = failure.value.and_then(|value| pointer.get(value));
            let actual = match (there, said) {
                (Some(value), Advertised::Time(_)) => format!("{}, {PAST}", excerpt_of(value)),
                (there, _) => there.map_or("nothing".to_owned(), excerpt_of),
            };
            (Place::Member(pointer.to_string()), actual)
        }
        WindowPlace::Header(name) => (Place::Header(name.clone()), actual),
    };
    let expected = if promised || matches!(source.place, WindowPlace::Header(_)) {
        form.to_owned()
    } else {
        format!("null or {form}")
    };
    findings.push(Finding::new(clause, place, expected, actual));
}

/// The standard header, where the contract has it judged: well-formed, and in agreement with the window of the body.
fn header(failure: &Failure<'_>, window: Option<f64>, findings: &mut Vec<Finding>) {
    let received = failure.received;
    let Some(clause) = failure.contract.check(Check::RetryAfter) else {
        return;
    };
    let values: Vec<Cow<'_, str>> = received.header_values(RETRY_AFTER).collect();
    let place = || Place::Header(RETRY_AFTER.to_owned());
    if values.len() > 1 {
        // Readers differ on which one counts, also where they join them: it is no list (RFC 9110, 5.3).
        let actual = format!("`{}`", excerpt(&values.join(", ")));
        findings.push(Finding::new(clause, place(), "one such header", actual));
        return;
    }
    for value in &values {
        let (seconds, rounding) = match text(value, Unit::Seconds, received, None) {
            Advertised::Seconds(seconds) => (seconds, ROUNDING),
            Advertised::Time(None) => continue,
            Advertised::Time(past) if is_past(past) => {
                let actual = format!("`{}`, {PAST}", excerpt(value));
                findings.push(Finding::new(
                    clause,
                    place(),
                    "a time in the future",
                    actual,
                ));
                continue;
            }
            Advertised::Time(Some(seconds)) => (seconds, DATE_ROUNDING),
            Advertised::Nothing | Advertised::Other(_) => {
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
            && (seconds - window).abs() > rounding
        {
            findings.push(Finding::new(
                clause,
                place(),
                format!("the window of the body, {window} s"),
                format!("`{}`, which is {seconds} s", excerpt(value)),
            ));
        }
    }
}

fn advertised(
    source: &Window,
    body: Option<&Value>,
    received: &Received,
    now: Option<SystemTime>,
) -> Advertised {
    let pointer = match &source.place {
        WindowPlace::Header(name) => return in_header(name, source.unit, received, now),
        WindowPlace::Body(pointer) => pointer,
    };
    match body.and_then(|body| pointer.get(body)) {
        None | Some(Value::Null) => Advertised::Nothing,
        Some(value @ Value::Number(number)) => match (source.unit, number.as_f64()) {
            (Unit::Seconds, Some(seconds)) => Advertised::Seconds(seconds),
            (Unit::Milliseconds, Some(number)) => Advertised::Seconds(number / 1000.0),
            (Unit::Epoch, Some(number)) => epoch(number, received, now),
            _ => Advertised::Other(excerpt_of(value)),
        },
        Some(Value::String(written)) if source.unit == Unit::Duration => {
            text(written, Unit::Duration, received, now)
        }
        Some(value) => Advertised::Other(excerpt_of(value)),
    }
}

fn in_header(name: &str, unit: Unit, received: &Received, now: Option<SystemTime>) -> Advertised {
    let values: Vec<Cow<'_, str>> = received.header_values(name).collect();
    match values.as_slice() {
        [] => Advertised::Nothing,
        [value] => text(value, unit, received, now),
        _ => Advertised::Other(format!("`{}`", excerpt(&values.join(", ")))),
    }
}

/// What a text says in a unit.
fn text(written: &str, unit: Unit, received: &Received, now: Option<SystemTime>) -> Advertised {
    let trimmed = written.trim();
    let other = || Advertised::Other(format!("`{}`", excerpt(written)));
    let whole = !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit());
    // A sign, an exponent or a word such as `inf` is no number here.
    let plain = trimmed
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = || trimmed.parse::<f64>().ok().filter(|_| plain);
    match unit {
        Unit::Seconds if whole => trimmed
            .parse()
            .map_or_else(|_| other(), Advertised::Seconds),
        Unit::Seconds => match httpdate::parse_http_date(trimmed) {
            Ok(then) => Advertised::Time(reference(received, now).map(|now| between(now, then))),
            Err(_) => other(),
        },
        Unit::Milliseconds => {
            number().map_or_else(other, |number| Advertised::Seconds(number / 1000.0))
        }
        Unit::Epoch => number().map_or_else(other, |number| epoch(number, received, now)),
        Unit::Duration => {
            let seconds = trimmed.strip_suffix('s').filter(|number| {
                let mut bytes = number.bytes();
                bytes.all(|byte| byte.is_ascii_digit() || byte == b'.')
            });
            let seconds = seconds.and_then(|number| number.parse().ok());
            seconds.map_or_else(other, Advertised::Seconds)
        }
    }
}

fn epoch(then: f64, received: &Received, now: Option<SystemTime>) -> Advertised {
    let now = reference(received, now);
    let now = now.and_then(|now| now.duration_since(SystemTime::UNIX_EPOCH).ok());
    Advertised::Time(now.map(|now| then - now.as_secs_f64()))
}

/// The clock that made a point in time: the response's own, otherwise `now`.
fn reference(received: &Received, now: Option<SystemTime>) -> Option<SystemTime> {
    let date = received.header("date");
    date.and_then(|date| httpdate::parse_http_date(&date).ok())
        .or(now)
}

fn between(from: SystemTime, to: SystemTime) -> f64 {
    match to.duration_since(from) {
        Ok(ahead) => ahead.as_secs_f64(),
        Err(behind) => -behind.duration().as_secs_f64(),
    }
}
