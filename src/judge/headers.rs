//! The header fields that answers must carry.

use std::borrow::Cow;

use super::{Finding, Place, excerpt};
use crate::contract::{Contract, HeaderRule};
use crate::exchange::Received;

pub(super) fn judge(contract: &Contract, received: &Received, findings: &mut Vec<Finding>) {
    for rule in contract.headers() {
        if !rule.on.iter().any(|on| on.contain(received.status)) {
            continue;
        }
        let values: Vec<Cow<'_, str>> = received.header_values(&rule.name).collect();
        if fits(rule, &values) {
            continue;
        }
        let expected = match &rule.directive {
            Some(directive) => format!("`{directive}`"),
            None => "any value".to_owned(),
        };
        let actual = if values.is_empty() {
            "missing".to_owned()
        } else {
            format!("`{}`", excerpt(&values.join(", ")))
        };
        findings.push(Finding::new(
            &rule.clause,
            Place::Header(rule.name.clone()),
            expected,
            actual,
        ));
    }
}

/// A directive is one of the comma-separated elements (RFC 9110, 5.6.1), in any case, whatever its argument.
fn fits(rule: &HeaderRule, values: &[Cow<'_, str>]) -> bool {
    let Some(directive) = &rule.directive else {
        return !values.is_empty();
    };
    values
        .iter()
        .flat_map(|value| elements(value))
        .any(|element| {
            let name = element.split('=').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case(directive)
        })
}

/// The elements of a list. A comma in a quoted string separates nothing (RFC 9110, 5.6.4).
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |letter: char| {
        if escaped {
            escaped = false;
        } else if quoted && letter == '\\' {
            escaped = true;
        } else if letter == '"' {
            quoted = !quoted;
        }
        letter == ',' && !quoted
    })
}
