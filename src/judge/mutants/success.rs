//! Mutants of a success: turned into a failure, and what the case says of it dropped, retyped, changed.

use serde_json::Value;

use super::{Maker, PAGE, edit};
use crate::contract::Check;
use crate::exchange::Received;
use crate::judge::json;
use crate::suite::Kind;

/// So many alterations that a schema forbids tell that it is looked at.
const FORBIDDEN: usize = 5;
const WEAK: &str = "nothing is expected of the success: name in the request's `success`, or in `expect.members`, what it carries";

impl Maker<'_> {
    pub(super) fn of_success(&mut self) {
        let (received, expectation) = (self.received, self.held.expectation);
        let rows = self.contract.rows().iter().map(|row| row.status);
        let refusal: Option<u16> = rows
            .into_iter()
            .find(|status| !expectation.accepts(*status));
        if let Some(status) = refusal {
            let advice = "`expect` accepts every row of the table: name only those that are right";
            self.own("success_as_failure", edit::status(received, status), advice);
        }
        let Ok(reading) = json::read(&received.body) else {
            return;
        };
        let value = reading.value;
        let nothing = expectation.members.is_empty()
            && expectation.equal.is_empty()
            && expectation.schema.is_none();
        if nothing {
            self.own("body_of_nothing", edit::body(received, "{}"), WEAK);
        }
        for (pointer, kind) in &expectation.members {
            if let Some(dropped) = edit::without(received, &value, pointer) {
                self.own(format!("{pointer}_dropped"), dropped, WEAK);
            }
            let member = pointer.get(&value);
            let retyped = member
                .filter(|_| *kind != Kind::Any)
                .and_then(|member| edit::member(received, &value, pointer, edit::retyped(member)));
            if let Some(retyped) = retyped {
                self.own(format!("{pointer}_retyped"), retyped, WEAK);
            }
        }
        for (pointer, _, _) in &expectation.equal {
            let changed = pointer
                .get(&value)
                .and_then(|old| edit::member(received, &value, pointer, edit::changed(old)));
            if let Some(changed) = changed {
                self.own(format!("{pointer}_changed"), changed, "");
            }
        }
        for ((pointer, _), forbidden) in expectation.differ.iter().zip(&self.held.differ) {
            if let Some(same) = edit::member(received, &value, pointer, forbidden.clone()) {
                self.own(format!("{pointer}_not_differing"), same, "");
            }
        }
        if !nothing {
            let page = edit::header(received, "content-type", Some("text/html"));
            self.own("body_a_page", edit::body(&page, PAGE), "");
        }
        self.against_the_schema(&value);
        self.strict_json(&value);
    }

    /// Alterations that the case's schema forbids: a member dropped, or of another type.
    fn against_the_schema(&mut self, value: &Value) {
        let (received, held) = (self.received, self.held);
        let Some((file, schema)) = &held.expectation.schema else {
            return;
        };
        let mut pointers = Vec::new();
        edit::pointers(value, "", &mut pointers);
        let altered = pointers.iter().flat_map(|pointer| {
            let retyped = edit::retyped(pointer.get(value).unwrap_or(&Value::Null));
            [
                edit::without(received, value, pointer),
                edit::member(received, value, pointer, retyped),
            ]
        });
        let forbidden: Vec<Received> = altered
            .flatten()
            .filter(|altered| {
                json::read(&altered.body).is_ok_and(|reading| !schema.is_valid(&reading.value))
            })
            .take(FORBIDDEN)
            .collect();
        if forbidden.is_empty() {
            let advice = "the schema of `expect` asks for nothing that the answer has: name its members, and their types";
            let name = format!("any_member_of_{file}");
            self.own(name, received.clone(), advice);
        }
        for altered in forbidden {
            self.own(format!("against_{file}"), altered, "");
        }
    }

    fn strict_json(&mut self, value: &Value) {
        let received = self.received;
        let media_type = received.media_type().unwrap_or_default();
        let says_json = media_type.eq_ignore_ascii_case("application/json");
        if !says_json {
            return;
        }
        let text = value.to_string();
        let cut = text.len().saturating_sub(1);
        self.check(
            Check::Json,
            "body_truncated",
            edit::body(received, text[..cut].to_owned()),
        );
        self.check(
            Check::Json,
            "body_followed_by_bytes",
            edit::body(received, format!("{text}x")),
        );
        self.check(
            Check::Bom,
            "body_after_a_bom",
            edit::body(received, format!("\u{feff}{text}")),
        );
        if value.is_object() {
            let doubled = format!("{{\"twice\":1,\"twice\":2,{}", &text[1..]).replace(",}", "}");
            self.check(
                Check::DeepDuplicate,
                "member_twice",
                edit::body(received, doubled),
            );
        }
    }
}
