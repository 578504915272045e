//! Mutants of a failure: its status, its envelope, member by member, and its retry advice.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::{Maker, PAGE, edit};
use crate::contract::{Check, Contract, Pointer, Row};
use crate::judge::json;
use crate::suite::Expected;

/// A wait that no window asks for, in seconds.
const FAR: u64 = 100 * 24 * 60 * 60;

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
        for (name, pointer) in envelope(self.contract) {
            self.members(name, &pointer, &value);
        }
        self.codes(&value);
        self.retry_advice(&value);
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
        let advice = "`expect` accepts a success as well: name in `success` or `members` what a success carries, so that a failure \
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
                Check::Schema,
                "body_another_object",
                "{\"detail\":\"x\"}".to_owned(),
            ),
            (
                Check::DeepDuplicate,
                "deep_member_twice",
                format!("{},\"deep\":{{\"a\":1,\"a\":2}}}}", &text[..cut]),
            ),
        ];
        for (check, name, body) in bodies {
            self.check(check, name, edit::body(received, body));
        }
        let code = &self.contract.envelope().code;
        if let Some(doubled) = edit::twice(value, code) {
            self.check(
                Check::Duplicate,
                "code_twice",
                edit::body(received, doubled),
            );
        }
    }

    /// Each member of the envelope dropped, retyped and emptied.
    fn members(&mut self, name: &str, pointer: &Pointer, value: &Value) {
        let received = self.received;
        let Some(member) = pointer.get(value) else {
            return;
        };
        // The window's own check speaks first where the row promises one.
        let check = match self.row() {
            Some(row) if row.window && name == "window" => Check::Window,
            _ => Check::Schema,
        };
        if let Some(dropped) = edit::without(received, value, pointer) {
            self.check(check, format!("{name}_dropped"), dropped);
        }
        let retyped = edit::member(received, value, pointer, edit::retyped(member));
        if let Some(retyped) = retyped {
            let check = if name == "window" {
                Check::Window
            } else {
                check
            };
            self.check(check, format!("{name}_retyped"), retyped);
        }
        let empty = match member {
            Value::String(_) => Value::from(""),
            Value::Bool(_) => Value::Null,
            _ => return,
        };
        // An empty code is no row's, and that is said of it.
        let check = match (name, self.row()) {
            ("code", Some(_)) => Check::Code,
            _ => check,
        };
        if let Some(emptied) = edit::member(received, value, pointer, empty) {
            self.check(check, format!("{name}_emptied"), emptied);
        }
    }

    fn codes(&mut self, value: &Value) {
        if self.row().is_none() {
            return; // Without a row any code will do.
        }
        let code = &self.contract.envelope().code;
        let other = self
            .contract
            .rows()
            .iter()
            .find(|row| row.status != self.received.status)
            .map(|row| row.code.clone());
        for (name, code_of) in [
            ("code_of_another_row", other),
            ("code_unknown", Some("oops".to_owned())),
        ] {
            let exchanged =
                code_of.and_then(|new| edit::member(self.received, value, code, new.into()));
            if let Some(exchanged) = exchanged {
                self.check(Check::Code, name, exchanged);
            }
        }
    }

    fn retry_advice(&mut self, value: &Value) {
        let (contract, received) = (self.contract, self.received);
        let envelope = contract.envelope();
        let fixed = match self.row() {
            Some(row) => row.retryable,
            None => contract.other_retryable(received.status),
        };
        if let (Some(pointer), Some(right)) = (&envelope.retryable, fixed)
            && let Some(flipped) = edit::member(received, value, pointer, Value::Bool(!right))
        {
            self.check(Check::RetryFlag, "retry_flag_flipped", flipped);
        }
        let Some(pointer) = &envelope.window else {
            return;
        };
        if let Some(negative) = edit::member(received, value, pointer, Value::from(-1)) {
            self.check(Check::Window, "window_negative", negative);
        }
        if self.row().is_some_and(|row| row.window)
            && let Some(null) = edit::member(received, value, pointer, Value::Null)
        {
            self.check(Check::Window, "window_null", null);
        }
        let malformed = edit::header(received, "retry-after", Some("soon"));
        self.check(Check::RetryAfter, "retry_after_malformed", malformed);
        if let Some(window) = pointer.get(value).and_then(Value::as_f64) {
            let other = format!("{:.0}", window.ceil() + 3600.0);
            let contradicting = edit::header(received, "retry-after", Some(&other));
            self.check(
                Check::RetryAfter,
                "retry_after_contradicting",
                contradicting,
            );
            let date = |seconds| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
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
            Expected::Status(status) if *status >= 400 => Some(*status),
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

    /// The row that the answer is of.
    fn row(&self) -> Option<&Row> {
        self.contract
            .rows_of(self.received.status)
            .next()
            .map(AsRef::as_ref)
    }
}

fn envelope(contract: &Contract) -> Vec<(&'static str, Pointer)> {
    let envelope = contract.envelope();
    let members = [
        ("code", Some(&envelope.code)),
        ("message", envelope.message.as_ref()),
        ("retry_flag", envelope.retryable.as_ref()),
        ("window", envelope.window.as_ref()),
    ];
    members
        .into_iter()
        .filter_map(|(name, pointer)| Some((name, pointer?.clone())))
        .collect()
}
