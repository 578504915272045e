//! `prove.toml`, beside the contract: what the suite must say of each fault, and why something stays green.
//!
//! A fault that is found for another clause than the one it breaks was found by accident. Whoever survives, and whatever is never
//! red, needs a reason in writing.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::Contract;
use crate::input::diagnostic::{Diagnostic, Faults, Location, Source};
use crate::input::document::{Key, Read as _, Spanned, parse, schema, tables};
use crate::input::files::{Folder, Unreadable};
use crate::targets::matches;

/// The name of the file.
const FILE: &str = "prove.toml";

/// So many unknown clauses are told one by one; a file with more belongs to another contract.
const TOLD: usize = 10;

tables! {
    struct RawReasons: "prove.toml" {
        /// The clause that each fault breaks: a finding must name it.
        optional clause: Vec<(Key, Spanned<String>)>, r#"{ no-code-401 = "schema" }"#;
        /// Why a fault is not found.
        optional survives: Vec<(Key, String)>, r#"{ slow-404 = "the contract promises no time" }"#;
        /// Why a fault turns more than half of the trials red.
        optional breaks: Vec<(Key, String)>, r#"{ no-token = "every request needs one" }"#;
        /// Why no fault turns a trial red, by its name; `*` stands for anything.
        optional green: Vec<(Key, String)>, r#"{ "accepted::*" = "nothing that it sends is ever refused" }"#;
        /// The trials that conform although the server does nothing, each with its reason.
        optional conforms: Vec<RawConforming>,
            r#"[{ fault = "always-401", trial = "unauthorized::no_header", reason = "it asks for a 401" }]"#;
    }

    struct RawConforming: "a reason" {
        /// A fault whose server does nothing.
        needed fault: Spanned<String>, r#""always-401""#;
        /// The trial by its name; `*` stands for anything.
        needed trial: String, r#""unauthorized::no_header""#;
        /// Why it conforms all the same.
        needed reason: String, r#""it asks for a 401""#;
    }
}

/// The schema of `prove.toml`.
pub fn file_schema() -> serde_json::Value {
    schema(
        "prove.toml",
        "What `gonogo prove --faults` is held to, beside the contract. All of it are texts by name, but for `conforms`.",
        RawReasons::SHAPE,
        None,
    )
}

/// What is known of a suite's proof beforehand.
#[derive(Debug, Clone, Default)]
pub struct Reasons {
    /// The clause that must be named among the findings, by fault.
    pub clause: BTreeMap<String, String>,
    /// Why a fault survives.
    pub survives: BTreeMap<String, String>,
    /// Why a fault turns more than half of the trials red.
    pub breaks: BTreeMap<String, String>,
    /// Why no fault turns a trial red, by pattern.
    pub green: BTreeMap<String, String>,
    /// Which trials conform to servers that do nothing.
    pub conforms: Vec<Conforming>,
}

/// Why trials conform although the server does nothing.
#[derive(Debug, Clone)]
pub struct Conforming {
    /// The fault.
    pub fault: String,
    /// The trials, as a pattern.
    pub trial: String,
    /// Why.
    pub reason: String,
}

impl Reasons {
    /// Reads the file beside a contract; where there is none, nothing is known.
    pub fn load(folder: &Folder, contract: &Contract) -> Result<Self, Vec<Diagnostic>> {
        let mut faults = Faults::new();
        let shown = folder.shown(FILE);
        let text = match folder.text(FILE) {
            Ok(text) => text,
            Err(Unreadable::Missing) => return Ok(Self::default()),
            Err(error) => {
                faults.whole(
                    "unreadable",
                    format!("cannot read {shown}: {error}"),
                    "expected what the suite must say of faults",
                );
                return Err(faults.into_sorted());
            }
        };
        let root = parse(&Source::new(shown, text), &mut faults);
        let root = faults.finish(root)?;
        let mut faults = Faults::new();
        let reasons = RawReasons::read(&root, &mut faults).map(|raw| {
            check_clauses(&raw.clause, contract, &mut faults);
            let named = raw.clause.iter().map(|(key, _)| key);
            let named = named.chain(raw.survives.iter().chain(&raw.breaks).map(|(key, _)| key));
            let named = named.map(|key| (&key.name, &key.at));
            let empty = raw
                .conforms
                .iter()
                .map(|one| (&one.fault.value, &one.fault.at));
            for (name, at) in named.chain(empty) {
                check_fault(name, at, &mut faults);
            }
            let clauses = raw.clause.into_iter();
            Self {
                clause: clauses.map(|(key, id)| (key.name, id.value)).collect(),
                survives: texts(raw.survives),
                breaks: texts(raw.breaks),
                green: texts(raw.green),
                conforms: raw
                    .conforms
                    .into_iter()
                    .map(|one| Conforming {
                        fault: one.fault.value,
                        trial: one.trial,
                        reason: one.reason,
                    })
                    .collect(),
            }
        });
        faults.finish(reasons)
    }

    /// Why this trial conforms to a server with this fault, which does nothing.
    pub fn conforms(&self, fault: &str, trial: &str) -> Option<&str> {
        let mut reasons = self.conforms.iter();
        reasons
            .find(|one| one.fault == fault && matches(&one.trial, trial))
            .map(|one| one.reason.as_str())
    }

    /// Why no fault turns this trial red.
    pub fn green(&self, trial: &str) -> Option<&str> {
        let mut reasons = self.green.iter();
        reasons
            .find(|(pattern, _)| matches(pattern, trial))
            .map(|(_, reason)| reason.as_str())
    }
}

fn texts(table: Vec<(Key, String)>) -> BTreeMap<String, String> {
    let entries = table.into_iter();
    entries.map(|(key, text)| (key.name, text)).collect()
}

/// Notes the clauses that the contract does not have.
fn check_clauses(clauses: &[(Key, Spanned<String>)], contract: &Contract, faults: &mut Faults) {
    let ids = clauses.iter().map(|(_, id)| id);
    let unknown: Vec<_> = ids
        .filter_map(|id| Some((id, contract.clause(&id.value).err()?)))
        .collect();
    let names: BTreeSet<&str> = unknown.iter().map(|(id, _)| id.value.as_str()).collect();
    if let Some((first, _)) = unknown.first()
        && names.len() > TOLD
    {
        faults.at(
            &first.at,
            "unknown-clause",
            format!(
                "`{FILE}` names {} clauses that the contract does not have",
                names.len()
            ),
            "expected the ids of clauses of the contract",
            Some("delete it if it belongs to another contract".to_owned()),
        );
        return;
    }
    for (id, help) in unknown {
        faults.at(
            &id.at,
            "unknown-clause",
            format!("unknown clause `{}`", id.value),
            "expected the id of a `[[clause]]` of the contract",
            Some(help),
        );
    }
}

/// Notes a name that no fault has.
#[cfg(feature = "reference")]
fn check_fault(name: &str, at: &Location, faults: &mut Faults) {
    use crate::input::diagnostic::suggestion;
    use gonogo_reference::Fault;

    if Fault::named(name).is_some() {
        return;
    }
    let names = Fault::ALL.iter().map(|fault| fault.name());
    faults.at(
        at,
        "unknown-fault",
        format!("unknown fault `{name}`"),
        "expected a fault of the reference server (`gonogo serve --list-faults`)",
        suggestion(name, names),
    );
}

/// Without the server nobody knows its faults.
#[cfg(not(feature = "reference"))]
fn check_fault(_: &str, _: &Location, _: &mut Faults) {}
