//! Mutants of a failure: its status, its envelope, member by member, and its retry advice.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::{Maker, PAGE, edit};
use crate::contract::{Check, Class, Code, Pointer, Row, Unit, Window, WindowPlace};
use crate::exchange::{Exchange, Received};
use crate::judge::envelope::Failure;
use crate::judge::{json, judge};
use crate::suite::Expected;

/// A wait that no window asks for, in seconds.
const FAR: u64 = 100 * 24 * 60 * 60;

/// An HTTP date so many seconds after 1970.
fn date(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

impl Maker<'_> {
    pub(super) fn of_failure(&mut self) {
        self.other_statuses();
        let received = self.received;
        if self.exchange.sent.method == "HEAD" {
            return;
        }
        let Ok(reading) = json::read(&received.body) else {
            return;
        };
        let value = reading.value;
        self.bodies(&value);
        let failure = Failure::new(self.contract, Some(self.held), received, Some(&value));
        for (name, pointer, check) in envelope(&failure) {
            self.members(name, &pointer, check, &value);
        }
        self.codes(&failure.rows, &value);
        self.retry_advice(&failure, &value);
        self.rowless(&value);
        for leak in self.contract.leaks() {
            let message = self.contract.envelope().message.as_ref();
            let leaked = message.and_then(|message| {
                edit::member(received, &value, message, leak.example.as_str().into())
            });
            if let Some(leaked) = leaked {
                let name = format!("message_with_{}", leak.what.replace(' ', "_"));
                self.push(&leak.clause, name, leaked, "");
            }
        }
    }

    /// Mutants that break the row of a redirection: its code and its retry advice.
    pub(super) fn of_row(&mut self) {
        let received = self.received;
        let Ok(reading) = json::read(&received.body) else {
            return;
        };
        let value = reading.value;
        let failure = Failure::new(self.contract, Some(self.held), received, Some(&value));
        if self.exchange.sent.method != "HEAD" && failure.row.is_some() {
            self.codes(&failure.rows, &value);
            self.retry_advice(&failure, &value);
        }
    }

    fn other_statuses(&mut self) {
        let (received, expectation) = (self.received, self.held.expectation);
        let class = received.status / 100;
        let rows = self.contract.rows().iter().map(|row| row.status);
        let of_its_class: Option<u16> = rows
            .filter(|status| status / 100 == class)
            .find(|status| !expectation.accepts(*status));
        if let Some(status) = of_its_class {
            let advice = "`expect` accepts every row of this class: name only those that are right";
            self.own(
                "status_of_its_class",
                edit::status(received, status),
                advice,
            );
        }
        let advice = "`expect` accepts a success as well: name in `success` or `body` what a success carries, so that a failure \
                      with a 200 is told from one";
        self.own("failure_as_success", edit::status(received, 200), advice);
        let unlisted = [418, 451, 499].into_iter().find(|status| {
            self.contract.rows_of(*status).next().is_none() && !expectation.accepts(*status)
        });
        if let Some(status) = unlisted {
            self.check(
                Check::KnownStatus,
                "status_without_row",
                edit::status(received, status),
            );
        }
    }

    fn bodies(&mut self, value: &Value) {
        let received = self.received;
        let text = value.to_string();
        let cut = text.len().saturating_sub(1);
        let media_type = |value| edit::header(received, "content-type", value);
        self.check(
            Check::MediaType,
            "media_type_html",
            media_type(Some("text/html")),
        );
        self.check(Check::MediaType, "media_type_removed", media_type(None));
        let bodies = [
            (Check::Json, "body_truncated", text[..cut].to_owned()),
            (Check::Json, "body_followed_by_bytes", format!("{text}x")),
            (Check::Json, "body_twice", format!("{text}{text}")),
            (Check::Json, "body_a_page", PAGE.to_owned()),
            (Check::Json, "body_empty", String::new()),
            (Check::Json, "body_in_single_quotes", text.replace('"', "'")),
            (Check::Bom, "body_after_a_bom", format!("\u{feff}{text}")),
            (
                Check::DeepDuplicate,
                "deep_member_twice",
                format!("{},\"deep\":{{\"a\":1,\"a\":2}}}}", &text[..cut]),
            ),
        ];
        for (check, name, body) in bodies {
            self.check(check, name, edit::body(received, body));
        }
        let another = edit::body(received, "{\"detail\":\"x\"}");
        if self.forbids(&another) {
            self.check(Check::Schema, "body_another_object", another);
        } else if self.is_accepted(&another)
            && let Some(clause) = self.contract.check(Check::Schema)
        {
            let advice = "the schema of the envelope accepts any object: name the members of a failure in `required`";
            self.push(&Arc::clone(clause), "body_another_object", another, advice);
        }
        let code = self.contract.envelope().code.as_ref();
        if let Some(doubled) = code.and_then(|code| edit::twice(value, code)) {
            self.check(
                Check::Duplicate,
                "code_twice",
                edit::body(received, doubled),
            );
        }
    }

    /// Each member of the envelope dropped, retyped and emptied: against its row where `check` holds it to one, otherwise where the
    /// schema forbids it.
    fn members(&mut self, name: &str, pointer: &Pointer, check: Option<Check>, value: &Value) {
        let received = self.received;
        let Some(member) = pointer.get(value) else {
            return;
        };
        let dropped = edit::without(received, value, pointer);
        let retyped = edit::member(received, value, pointer, edit::retyped(member));
        let empty = match member {
            Value::String(_) => Some(Value::from("")),
            Value::Bool(_) => Some(Value::Null),
            _ => None,
        };
        let emptied = empty.and_then(|empty| edit::member(received, value, pointer, empty));
        for (how, altered) in [
            ("dropped", dropped),
            ("retyped", retyped),
            ("emptied", emptied),
        ] {
            let Some(altered) = altered else { continue };
            let name = format!("{name}_{how}");
            match check {
                Some(check) if how == "emptied" && member.is_string() => {
                    self.row_check(check, name, altered);
                }
                Some(Check::Window) => {
                    self.row_check(Check::Window, name, altered);
                }
                Some(check) => self.type_check(check, name, altered),
                // A window is one wherever it stands, also where the row does not promise it.
                None if name == "window_retyped"
                    && self.contract.check(Check::Window).is_some() =>
                {
                    self.check(Check::Window, name, altered);
                }
                None => self.schema_check(name, altered),
            }
        }
    }

    /// One more mutant of a value that is missing or of another type: the schema tells it where it forbids it, otherwise the row does.
    fn type_check(&mut self, check: Check, name: impl Into<String>, altered: Received) {
        if self.forbids(&altered) {
            self.check(Check::Schema, name, altered);
        } else {
            self.row_check(check, name, altered);
        }
    }

    /// One more mutant, if the envelope's schema forbids it.
    fn schema_check(&mut self, name: String, altered: Received) {
        if self.forbids(&altered) {
            self.check(Check::Schema, name, altered);
        }
    }

    /// Whether nothing at all is found in an answer.
    fn is_accepted(&self, altered: &Received) -> bool {
        let exchange = Exchange {
            answer: Ok(altered.clone()),
            ..self.exchange.clone()
        };
        judge(self.contract, Some(self.held), &exchange).is_empty()
    }

    /// Whether the contract holds bodies to the envelope's schema, and it forbids this one.
    fn forbids(&self, altered: &Received) -> bool {
        let schema = &self.contract.envelope().schema.validator;
        self.contract.check(Check::Schema).is_some()
            && self.contract.is_failure(altered)
            && json::read(&altered.body).is_ok_and(|reading| !schema.is_valid(&reading.value))
    }

    fn codes(&mut self, rows: &[&Arc<Row>], value: &Value) {
        let Some(pointer) = &self.contract.envelope().code else {
            return;
        };
        if rows.is_empty() {
            return; // Without a row any code will do.
        }
        let is_right = |code: &Value| rows.iter().any(|row| row.code.matches(Some(code)));
        let others = self.contract.rows().iter().map(|row| row.code.json());
        let alike = |code: &Value| {
            rows.iter().any(|row| {
                row.code
                    .json()
                    .is_some_and(|own| own.is_number() == code.is_number())
            })
        };
        let other = others.flatten().find(|code| !is_right(code) && alike(code));
        // Of the type of the right codes: a schema may allow no other.
        let numbers = rows.iter().any(|row| matches!(row.code, Code::Integer(_)));
        let unknown = if numbers {
            Value::from(987_654_321)
        } else {
            Value::from("oops")
        };
        let mut wrong = vec![
            ("code_of_another_row", other),
            ("code_unknown", Some(unknown)),
            ("code_null", Some(Value::Null)),
        ];
        // A code of another type is another code.
        wrong.extend(rows.iter().filter_map(|row| match &row.code {
            Code::Integer(code) => Some(("code_as_text", Some(code.to_string().into()))),
            _ => None,
        }));
        for (name, code) in wrong {
            let code = code.filter(|code| !is_right(code));
            let altered = code.and_then(|code| edit::put(self.received, value, pointer, code));
            // Where a row has no code, a code of any type is the row's to tell.
            let typed = rows.iter().all(|row| row.code != Code::Absent);
            let retyped = typed && ["code_null", "code_as_text"].contains(&name);
            match altered {
                Some(altered) if retyped => self.type_check(Check::Code, name, altered),
                Some(altered) => self.row_check(Check::Code, name, altered),
                None => {}
            }
        }
    }

    fn retry_advice(&mut self, failure: &Failure<'_>, value: &Value) {
        let (contract, received) = (self.contract, self.received);
        let envelope = contract.envelope();
        let fixed = failure.fixed_flag();
        if let (Some(pointer), Some(right)) = (&envelope.retryable, fixed)
            && let Some(flipped) = edit::member(received, value, pointer, Value::Bool(!right))
        {
            self.row_check(Check::RetryFlag, "retry_flag_flipped", flipped);
        }
        let promised = failure.row.is_some_and(|row| row.window);
        let window = match &envelope.window {
            Some(Window {
                place: WindowPlace::Header(name),
                unit,
            }) => {
                let broken = edit::header(received, name, Some("soon"));
                self.window_check(promised, "window_malformed", Some(broken));
                let past = match unit {
                    Unit::Seconds => Some(date(0)),
                    Unit::Epoch => Some("0".to_owned()),
                    Unit::Milliseconds | Unit::Duration => None,
                };
                if let Some(past) = past {
                    let dated = edit::header(received, "date", Some(&date(FAR)));
                    let past = edit::header(&dated, name, Some(&past));
                    self.window_check(promised, "window_past", Some(past));
                }
                if promised {
                    let removed = edit::header(received, name, None);
                    self.window_check(true, "window_removed", Some(removed));
                }
                None
            }
            Some(Window {
                place: WindowPlace::Body(pointer),
                unit: Unit::Epoch,
            }) => {
                let dated = edit::header(received, "date", Some(&date(FAR)));
                let past = edit::member(&dated, value, pointer, Value::from(0));
                self.window_check(promised, "window_past", past);
                None
            }
            Some(Window {
                place: WindowPlace::Body(pointer),
                unit,
            }) => {
                if matches!(unit, Unit::Seconds | Unit::Milliseconds) {
                    let negative = edit::member(received, value, pointer, Value::from(-1));
                    self.window_check(promised, "window_negative", negative);
                }
                if promised {
                    let null = edit::member(received, value, pointer, Value::Null);
                    self.window_check(true, "window_null", null);
                }
                let is_seconds = *unit == Unit::Seconds;
                let number = pointer.get(value).and_then(Value::as_f64);
                number.filter(|_| is_seconds)
            }
            None => None,
        };
        let malformed = edit::header(received, "retry-after", Some("soon"));
        self.check(Check::RetryAfter, "retry_after_malformed", malformed);
        if let Some(window) = window {
            let other = format!("{:.0}", window.ceil() + 3600.0);
            let contradicting = edit::header(received, "retry-after", Some(&other));
            self.check(
                Check::RetryAfter,
                "retry_after_contradicting",
                contradicting,
            );
            let asked = edit::header(received, "date", Some(&date(0)));
            let later = edit::header(&asked, "retry-after", Some(&date(FAR)));
            self.check(Check::RetryAfter, "retry_after_a_far_date", later);
        }
        let mut twice = edit::header(received, "retry-after", Some("1"));
        twice
            .headers
            .push(("retry-after".to_owned(), b"60".to_vec()));
        self.check(Check::RetryAfter, "retry_after_twice", twice);
    }

    /// The same failure under a status without a row that is accepted as well: what holds for such a status holds for it.
    fn rowless(&mut self, value: &Value) {
        let (contract, held) = (self.contract, self.held);
        let accepted = held.expectation.any_of.iter();
        let statuses = accepted.filter_map(|expected| match expected {
            Expected::Status(status) if Class::of_status(*status) == Class::Failure => {
                Some(*status)
            }
            _ => None,
        });
        for status in statuses {
            let answer = edit::status(self.received, status);
            if let (Some(pointer), Some(right)) = (
                &contract.envelope().retryable,
                contract.other_retryable(status),
            ) && let Some(flipped) = edit::member(&answer, value, pointer, Value::Bool(!right))
            {
                let name = format!("retry_flag_flipped_on_{status}");
                self.check(Check::RetryFlag, name, flipped);
            }
            let rules = contract.headers().iter();
            for rule in rules.filter(|rule| rule.on.iter().any(|on| on.contain(status))) {
                let removed = edit::header(&answer, &rule.name, None);
                let name = format!("{}_removed_on_{status}", rule.name);
                self.push(&rule.clause, name, removed, "");
            }
        }
    }

    /// One more mutant of the window; only a row that promises one is held to it by the case that names the row.
    fn window_check(&mut self, promised: bool, name: &str, altered: Option<Received>) {
        match altered {
            Some(altered) if promised => self.row_check(Check::Window, name, altered),
            Some(altered) => self.check(Check::Window, name, altered),
            None => {}
        }
    }
}

/// The members of the envelope, each with the check that holds it to its row, if one does.
fn envelope(failure: &Failure<'_>) -> Vec<(&'static str, Pointer, Option<Check>)> {
    let envelope = failure.contract.envelope();
    let coded = failure.rows.iter().any(|row| row.code != Code::Absent);
    let flagged = failure.fixed_flag().is_some();
    let promised = failure.row.is_some_and(|row| row.window);
    let window = envelope
        .window
        .as_ref()
        .and_then(|window| match &window.place {
            WindowPlace::Body(pointer) => Some(pointer),
            WindowPlace::Header(_) => None,
        });
    let members = [
        ("code", envelope.code.as_ref(), coded.then_some(Check::Code)),
        ("message", envelope.message.as_ref(), None),
        (
            "retry_flag",
            envelope.retryable.as_ref(),
            flagged.then_some(Check::RetryFlag),
        ),
        ("window", window, promised.then_some(Check::Window)),
    ];
    members
        .into_iter()
        .filter_map(|(name, pointer, check)| Some((name, pointer?.clone(), check)))
        .collect()
}
