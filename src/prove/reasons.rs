//! `prove.toml`, beside the contract: what the suite must say of each fault, and why something stays green.
//!
//! A fault that is found for another clause than the one it breaks was found by accident. Whoever survives, and whatever is never
//! red, needs a reason in writing.

use std::collections::BTreeMap;

use crate::contract::Contract;
use crate::input::diagnostic::{Diagnostic, Faults, Source};
use crate::input::document::{
    Fields, Form, Key, Node, Read, Shape, Spanned, needed, optional, parse, schema,
};
use crate::input::files::{Folder, Unreadable};
use crate::targets::matches;

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
        optional(
            "conforms",
            Form::List(&Form::Table(&CONFORMS)),
            "The trials that conform although the server does nothing, each with its reason.",
            r#"[{ fault = "always-401", trial = "unauthorized::no_header", reason = "it asks for a 401" }]"#,
        ),
    ]],
);

static CONFORMS: Shape = Shape::new(
    "a reason",
    &[&[
        needed(
            "fault",
            Form::Text,
            "A fault whose server does nothing.",
            r#""always-401""#,
        ),
        needed(
            "trial",
            Form::Text,
            "The trial by its name; `*` stands for anything.",
            r#""unauthorized::no_header""#,
        ),
        needed(
            "reason",
            Form::Text,
            "Why it conforms all the same.",
            r#""it asks for a 401""#,
        ),
    ]],
);

/// The schema of `prove.toml`.
pub fn file_schema() -> serde_json::Value {
    schema(
        "prove.toml",
        "What `gonogo prove --faults` is held to, beside the contract. All of it are texts by name, but for `conforms`.",
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

struct RawConforming {
    fault: Key,
    trial: String,
    reason: String,
}

impl Read for RawConforming {
    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, &CONFORMS, faults)?;
        let fault: Option<Spanned<String>> = fields.get("fault", faults);
        let trial = fields.get("trial", faults);
        let reason = fields.get("reason", faults);
        fields.finish(faults);
        let fault = fault?;
        Some(Self {
            fault: Key {
                name: fault.value,
                at: fault.at,
            },
            trial: trial?,
            reason: reason?,
        })
    }
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
            let conforms: Vec<RawConforming> =
                fields.get("conforms", &mut faults).unwrap_or_default();
            let named = clause.iter().chain(&survives).chain(&breaks);
            let named = named.map(|(key, _)| key);
            for key in named.chain(conforms.iter().map(|one| &one.fault)) {
                check_fault(key, &mut faults);
            }
            fields.finish(&mut faults);
            Self {
                clause: texts(clause),
                survives: texts(survives),
                breaks: texts(breaks),
                green: texts(green),
                conforms: conforms
                    .into_iter()
                    .map(|one| Conforming {
                        fault: one.fault.name,
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

fn texts(table: Vec<(Key, Spanned<String>)>) -> BTreeMap<String, String> {
    let entries = table.into_iter();
    entries.map(|(key, text)| (key.name, text.value)).collect()
}

/// Notes a name that no fault has.
#[cfg(feature = "reference")]
fn check_fault(key: &Key, faults: &mut Faults) {
    use crate::input::diagnostic::did_you_mean;
    use gonogo_reference::Fault;

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
