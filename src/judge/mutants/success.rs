//! Mutants of a success: turned into a failure, and its JSON broken.

use serde_json::Value;

use super::{Maker, edit};
use crate::contract::Check;
use crate::judge::json;

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
        self.strict_json(&value);
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
