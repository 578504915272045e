//! `prove.toml`, beside the contract: what the suite must say of each fault, and why something stays green.
//!
//! A fault that is found for another clause than the one it breaks was found by accident. Whoever survives, and whatever is never
//! red, needs a reason in writing.

use std::collections::BTreeMap;

use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Faults, Source};
use crate::document::{Fields, Form, Key, Shape, Spanned, optional, parse, schema};
use crate::files::{Folder, Unreadable};
use crate::target::matches;

/// The name of the file.
const FILE: &str = "prove.toml";

static SHAPE: Shape = Shape::new(
    "prove.toml",
    &[&[
        optional(
            "clause",
            Form::Map(&Form::Text),
            "The clause that each fault breaks: a finding must name it.",
            r#"{ no-code-401 = "schema" }"#,
        ),
        optional(
            "survives",
            Form::Map(&Form::Text),
            "Why a fault is not found.",
            r#"{ slow-404 = "the contract promises no time" }"#,
        ),
        optional(
            "breaks",
            Form::Map(&Form::Text),
            "Why a fault turns more than half of the trials red.",
            r#"{ no-token = "every request needs one" }"#,
        ),
        optional(
            "green",
            Form::Map(&Form::Text),
            "Why no fault turns a trial red, by its name; `*` stands for anything.",
            r#"{ "accepted::*" = "nothing that it sends is ever refused" }"#,
        ),
    ]],
);

/// The schema of `prove.toml`.
pub fn file_schema() -> serde_json::Value {
    schema(
        "prove.toml",
        "What `gonogo prove --faults` is held to, beside the contract. All of it are texts by name.",
        &SHAPE,
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
        let reasons = Fields::of(&root, &SHAPE, &mut faults).map(|fields| {
            let mut table = |key| -> Vec<(Key, Spanned<String>)> {
                fields.get(key, &mut faults).unwrap_or_default()
            };
            let (clause, survives) = (table("clause"), table("survives"));
            let (breaks, green) = (table("breaks"), table("green"));
            for (_, id) in &clause {
                if let Err(help) = contract.clause(&id.value) {
                    faults.at(
                        &id.at,
                        "unknown-clause",
                        format!("unknown clause `{}`", id.value),
                        "expected the id of a `[[clause]]` of the contract",
                        Some(help),
                    );
                }
            }
            for (key, _) in clause.iter().chain(&survives).chain(&breaks) {
                check_fault(key, &mut faults);
            }
            fields.finish(&mut faults);
            Self {
                clause: texts(clause),
                survives: texts(survives),
                breaks: texts(breaks),
                green: texts(green),
            }
        });
        faults.finish(reasons)
    }

    /// Why no fault turns this trial red.
    pub fn green(&self, trial: &str) -> Option<&str> {
        let mut reasons = self.green.iter();
        reasons
            .find(|(pattern, _)| matches(pattern, trial))
            .map(|(_, reason)| reason.as_str())
    }
}

fn texts(table: Vec<(Key, Spanned<String>)>) -> BTreeMap<String, String> {
    let entries = table.into_iter();
    entries.map(|(key, text)| (key.name, text.value)).collect()
}

/// Notes a name that no fault has.
#[cfg(feature = "reference")]
fn check_fault(key: &Key, faults: &mut Faults) {
    use crate::diagnostic::did_you_mean;
    use crate::reference::Fault;

    if Fault::named(&key.name).is_some() {
        return;
    }
    let names = Fault::ALL.iter().map(|fault| fault.name());
    faults.at(
        &key.at,
        "unknown-fault",
        format!("unknown fault `{}`", key.name),
        "expected a fault of the reference server (`gonogo serve --list-faults`)",
        did_you_mean(&key.name, names).map(|name| format!("did you mean `{name}`?")),
    );
}

/// Without the server nobody knows its faults.
#[cfg(not(feature = "reference"))]
fn check_fault(_: &Key, _: &mut Faults) {}
