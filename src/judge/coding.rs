//! Compression: an answer has it only where its request asked for it.

use std::borrow::Cow;

use super::{Finding, Place, excerpt};
use crate::contract::{Check, Contract};
use crate::exchange::{Received, Sent};

/// Holds an answer's content codings to those that its request accepts (RFC 9110, 12.5.3).
pub(super) fn judge(
    contract: &Contract,
    sent: &Sent,
    received: &Received,
    findings: &mut Vec<Finding>,
) {
    let Some(clause) = contract.check(Check::Coding) else {
        return;
    };
    let values: Vec<_> = received.header_values("content-encoding").collect();
    let codings = elements(values.iter().cloned());
    if codings.is_empty() {
        return;
    }
    let accepted = accepted(sent);
    let is_accepted = |coding: &String| {
        let is = |one: &String| one.eq_ignore_ascii_case(coding) || one == "*";
        coding.eq_ignore_ascii_case("identity") || accepted.iter().any(is)
    };
    if codings.iter().all(is_accepted) {
        return;
    }
    let expected = match accepted.as_slice() {
        [] => "no compression, since none was asked for".to_owned(),
        accepted => format!("one of {}", excerpt(&accepted.join(", "))),
    };
    findings.push(Finding::new(
        clause,
        Place::Header("content-encoding".to_owned()),
        expected,
        format!("`{}`", excerpt(&values.join(", "))),
    ));
}

/// Whether a request asks for any compression.
pub(super) fn asks(sent: &Sent) -> bool {
    !accepted(sent).is_empty()
}

/// The codings that a request accepts, those with a weight of 0 left out.
fn accepted(sent: &Sent) -> Vec<String> {
    let values = sent
        .headers
        .iter()
        .filter(|(name, _)| name == "accept-encoding")
        .map(|(_, value)| Cow::from(value));
    let refused = |element: &String| {
        element
            .to_ascii_lowercase()
            .split_once(";q=")
            .is_some_and(|(_, weight)| weight.parse() == Ok(0.0))
    };
    elements(values)
        .into_iter()
        .filter(|element| !refused(element))
        .map(|element| element.split(';').next().unwrap_or_default().to_owned())
        .filter(|coding| !coding.eq_ignore_ascii_case("identity"))
        .collect()
}

/// The comma-separated elements, without white space. Their case means nothing.
fn elements<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Vec<String> {
    let mut elements = Vec::new();
    for value in values {
        let texts = value
            .split(',')
            .map(|text| text.split_whitespace().collect());
        elements.extend(texts.filter(|text: &String| !text.is_empty()));
    }
    elements
}
