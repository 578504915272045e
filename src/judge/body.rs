//! A response's body: read as JSON once, and held to what the contract says of every JSON text.

use serde_json::Value;

use super::finding::excerpt_of_bytes;
use super::{Faulty, Finding, Place, Reading, excerpt, json};
use crate::contract::{Check, Contract, Pointer};
use crate::exchange::Received;

/// The most findings of one kind that the members of one body make: the first ones tell the rest.
const DUPLICATES: usize = 5;

/// A body as far as it could be read.
#[derive(Debug)]
pub(super) enum Body {
    /// The method or the status has none (RFC 9110, 6.4.1).
    Absent,
    /// It is JSON.
    Json(Reading),
    /// It is not.
    Faulty(Faulty),
}

impl Body {
    pub(super) fn read(contract: &Contract, received: &Received, method: &str) -> Self {
        if method == "HEAD" || [204, 304].contains(&received.status) {
            return Self::Absent;
        }
        match json::read_along(&received.body, contract.envelope().code.as_ref()) {
            Ok(reading) => Self::Json(reading),
            Err(faulty) => Self::Faulty(faulty),
        }
    }

    /// Whether there is nothing: a body that is empty, or that the method or the status does not have.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Absent | Self::Faulty(Faulty::Empty))
    }

    /// What is there in place of a JSON value.
    pub(super) fn missing(&self) -> String {
        match self {
            Self::Faulty(Faulty::Grammar(why)) => format!("not JSON ({why})"),
            Self::Faulty(faulty) => faulty.to_string(),
            Self::Absent | Self::Json(_) => "no body".to_owned(),
        }
    }

    /// The JSON value, where it is one.
    pub(super) fn value(&self) -> Option<&Value> {
        match self {
            Self::Json(reading) => Some(&reading.value),
            Self::Absent | Self::Faulty(_) => None,
        }
    }
}

/// Holds a body that should be JSON, a failure's or one that says that it is, to strict JSON.
pub(super) fn judge(
    contract: &Contract,
    received: &Received,
    body: &Body,
    findings: &mut Vec<Finding>,
) {
    let says_json = received.media_type().is_some_and(|media_type| {
        let media_type = media_type.to_ascii_lowercase();
        media_type == "application/json" || media_type.ends_with("+json")
    });
    if !contract.is_failure(received) && !says_json {
        return;
    }
    match body {
        Body::Absent => {}
        Body::Faulty(faulty) => not_json(contract, received, faulty, findings),
        Body::Json(reading) => reading_faults(contract, received, reading, findings),
    }
}

fn not_json(
    contract: &Contract,
    received: &Received,
    faulty: &Faulty,
    findings: &mut Vec<Finding>,
) {
    // An empty success is a matter of what the case expects of it.
    if *faulty == Faulty::Empty && !contract.is_failure(received) {
        return;
    }
    if let Some(clause) = contract.check(Check::Json) {
        let text = excerpt_of_bytes(&received.body);
        let actual = match faulty {
            Faulty::Empty => faulty.to_string(),
            _ => format!("{faulty}: {text}"),
        };
        findings.push(Finding::new(clause, Place::Body, "one JSON text", actual));
    }
}

fn reading_faults(
    contract: &Contract,
    received: &Received,
    reading: &Reading,
    findings: &mut Vec<Finding>,
) {
    if reading.bom
        && let Some(clause) = contract.check(Check::Bom)
    {
        findings.push(Finding::new(
            clause,
            Place::Body,
            "no byte order mark",
            "a byte order mark before the JSON text",
        ));
    }
    let code = contract.envelope().code.as_ref();
    let parents: Vec<&str> = code.into_iter().flat_map(Pointer::parents).collect();
    let is_own = |object: &str| {
        let root = object.is_empty();
        contract.is_failure(received) && (root || parents.contains(&object))
    };
    for (check, own) in [(Check::Duplicate, true), (Check::DeepDuplicate, false)] {
        let Some(clause) = contract.check(check) else {
            continue;
        };
        let duplicates = reading.duplicates.iter();
        for (object, name) in duplicates
            .filter(|(object, _)| is_own(object) == own)
            .take(DUPLICATES)
        {
            findings.push(Finding::new(
                clause,
                Place::Member(excerpt(object)),
                "unique keys",
                format!("a duplicate key `{}`", excerpt(name)),
            ));
        }
    }
}
