//! From the contract's files to the checked contract, with all the faults of the file at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::model::find_clause;
use super::places::without_place;
use super::raw::{
    RawClause, RawContract, RawEnvelope, RawExclude, RawHeader, RawLeak, RawOther, RawRow,
};
use super::{
    Check, Clause, Code, Contract, Envelope, Exclude, Excluded, HeaderRule, Leak, Level,
    OtherStatus, Row, Schema, Statuses,
};
use crate::input::diagnostic::{Diagnostic, Faults, Source, did_you_mean, list};
use crate::input::document::{self, Node, Read, Spanned, Value, header_name, mismatch, one_of};
use crate::input::files::Folder;

/// Loads the contract `file` of `folder`; the envelope's schema is beside it or below.
pub fn load(folder: &Folder, file: &str) -> Result<Contract, Vec<Diagnostic>> {
    let mut faults = Faults::new();
    let shown = folder.shown(file);
    let text = match folder.text(file) {
        Ok(text) => text,
        Err(error) => {
            faults.whole(
                "unreadable",
                format!("cannot read {shown}: {error}"),
                "expected the contract there",
            );
            return Err(faults.into_sorted());
        }
    };
    let source = Source::new(shown, text);
    let contract = document::parse(&source, &mut faults).and_then(|root| {
        let raw = RawContract::read(&root, &mut faults)?;
        check(raw, &root, folder, &mut faults)
    });
    let contract = contract.map(|contract| digested(contract, source.text()));
    faults.finish(contract)
}

fn check(raw: RawContract, root: &Node, folder: &Folder, faults: &mut Faults) -> Option<Contract> {
    without_place(&raw, faults);
    let (clauses, checks) = clauses(&raw.clause, faults);
    let envelope = raw.envelope.and_then(|raw| envelope(raw, folder, faults));
    let mut rows: Vec<Arc<Row>> = Vec::new();
    for raw in raw.status {
        if let Some(row) = row(raw, &rows, &clauses, faults) {
            rows.push(Arc::new(row));
        }
    }
    if raw.rowless {
        faults.at(
            &root.at,
            "no-row",
            "the contract has no status row",
            "expected one `[[status]]` table or more",
            None,
        );
    }
    let others = raw
        .other
        .into_iter()
        .filter_map(|raw| other(&raw, faults))
        .collect();
    let headers = raw
        .header
        .into_iter()
        .filter_map(|raw| header(raw, &clauses, faults))
        .collect();
    let leaks = raw
        .leak
        .into_iter()
        .filter_map(|raw| leak(raw, &clauses, faults))
        .collect();
    let limits = raw
        .limits
        .into_iter()
        .map(|(key, limit)| (key.name, limit.value))
        .collect();
    let excludes = raw
        .exclude
        .into_iter()
        .filter_map(|raw| exclude(raw, &rows, &clauses, faults))
        .collect();
    Some(Contract {
        name: raw.name,
        version: raw.version,
        digest: Vec::new(),
        envelope: envelope?,
        rows,
        others,
        headers,
        clauses,
        checks,
        leaks,
        limits,
        excludes,
    })
}

/// The contract with the digest of its files.
fn digested(mut contract: Contract, text: &str) -> Contract {
    let mut digest = Sha256::new();
    digest.update(text);
    for text in contract.envelope.schema.texts() {
        digest.update(text);
    }
    contract.digest = digest.finalize().to_vec();
    contract
}

fn leak(raw: RawLeak, clauses: &[Arc<Clause>], faults: &mut Faults) -> Option<Leak> {
    let clause = clause(&raw.clause, clauses, faults);
    match regex::Regex::new(&raw.pattern.value) {
        Ok(pattern) => {
            if !pattern.is_match(&raw.example.value) {
                faults.at(
                    &raw.example.at,
                    "example",
                    "the pattern does not match its own example",
                    "expected a message that shows what is forbidden",
                    None,
                );
            }
            Some(Leak {
                clause: clause?,
                what: raw.what,
                pattern,
                example: raw.example.value,
            })
        }
        Err(error) => {
            faults.at(
                &raw.pattern.at,
                "pattern",
                format!("this pattern does not parse: {error}"),
                "expected a regular expression of the Rust crate `regex`",
                None,
            );
            None
        }
    }
}

fn exclude(
    raw: RawExclude,
    rows: &[Arc<Row>],
    clauses: &[Arc<Clause>],
    faults: &mut Faults,
) -> Option<Exclude> {
    let of = match (raw.row, raw.clause) {
        (Some(row), None) => {
            let names = || rows.iter().map(|row| row.name.as_str());
            if !names().any(|name| name == row.value) {
                faults.at(
                    &row.at,
                    "unknown-row",
                    format!("unknown row `{}`", row.value),
                    format!("expected {}", list(names())),
                    did_you_mean(&row.value, names()).map(|name| format!("did you mean `{name}`?")),
                );
            }
            Excluded::Row(row.value)
        }
        (None, Some(id)) => Excluded::Clause(clause(&id, clauses, faults)?.id.clone()),
        _ => {
            faults.at(
                &raw.at,
                "exclude",
                "an exclusion needs a row or a clause",
                "expected exactly one of `row` and `clause`",
                None,
            );
            return None;
        }
    };
    Some(Exclude {
        of,
        requests: raw.requests,
        reason: raw.reason,
        at: raw.at,
    })
}

type Clauses = (Vec<Arc<Clause>>, BTreeMap<Check, Arc<Clause>>);

fn clauses(raw: &[RawClause], faults: &mut Faults) -> Clauses {
    let mut clauses: Vec<Arc<Clause>> = Vec::new();
    let mut checks = BTreeMap::new();
    for raw in raw {
        if clauses.iter().any(|known| known.id == raw.id.value) {
            duplicate(&raw.id, "clause", faults);
            continue;
        }
        let level = raw.level.as_ref().and_then(|raw| level(raw, faults));
        let clause = Arc::new(Clause {
            id: raw.id.value.clone(),
            // Where it has none, that is noted; the rows that name the clause are not at fault.
            level: level.unwrap_or(Level::Must),
            text: raw.text.clone(),
            source: raw.source.clone(),
            at: raw.id.at.clone(),
        });
        clauses.push(Arc::clone(&clause));
        let Some(name) = &raw.check else { continue };
        let check = one_of(&Check::NAMES, name, ("unknown-check", "check"), faults);
        if check.is_some_and(|check| checks.insert(check, clause).is_some()) {
            duplicate(name, "check", faults);
        }
    }
    (clauses, checks)
}

fn level(raw: &Spanned<String>, faults: &mut Faults) -> Option<Level> {
    let levels = [("must", Level::Must), ("should", Level::Should)];
    one_of(&levels, raw, ("unknown-level", "level"), faults)
}

fn envelope(raw: RawEnvelope, folder: &Folder, faults: &mut Faults) -> Option<Envelope> {
    if let Some((bare, _)) = raw.media_type.value.split_once(';') {
        faults.at(
            &raw.media_type.at,
            "media-type",
            format!("`{}` has parameters", raw.media_type.value),
            "expected a media type alone: responses may have any parameters",
            Some(format!("write `media_type = \"{}\"`", bare.trim())),
        );
    }
    let file = &raw.schema.value;
    match Schema::load(folder, file, file) {
        Ok(schema) => Some(Envelope {
            schema,
            media_type: raw.media_type.value.to_ascii_lowercase(),
            code: raw.code,
            retryable: raw.retryable,
            window: raw.window,
            message: raw.message,
        }),
        Err(error) => {
            faults.at(
                &raw.schema.at,
                "schema",
                format!("cannot use the schema `{}`: {error}", raw.schema.value),
                "expected a JSON Schema in this folder",
                None,
            );
            None
        }
    }
}

fn row(
    raw: RawRow,
    rows: &[Arc<Row>],
    clauses: &[Arc<Clause>],
    faults: &mut Faults,
) -> Option<Row> {
    if !(300..600).contains(&raw.status.value) {
        faults.at(
            &raw.status.at,
            "status",
            format!("{} is not the status of a failure", raw.status.value),
            "expected a status from 300 to 599",
            None,
        );
    }
    let code = code(&raw);
    let Some(name) = raw.name.or_else(|| named_by(raw.code.as_ref())) else {
        // Where the code is at fault, that is noted already.
        if !raw.has_code || raw.code.is_some() {
            faults.at(
                &raw.at,
                "missing-key",
                "this row has no `name`",
                "expected a `name` where the code is not a string: cases refer to the row by it",
                Some("add `name = \"…\"`".to_owned()),
            );
        }
        return None;
    };
    if name.value == "success" || name.value.parse::<u16>().is_ok() {
        faults.at(
            &name.at,
            "reserved-name",
            format!("`{}` cannot name a row", name.value),
            "`success` and numbers have a meaning of their own in `expect`",
            None,
        );
    }
    if rows.iter().any(|row| row.name == name.value) {
        duplicate(&name, "row", faults);
    }
    Some(Row {
        at: raw.code.map_or_else(|| name.at.clone(), |code| code.at),
        name: name.value,
        status: raw.status.value,
        code,
        clause: clause(&raw.clause, clauses, faults)?,
        retryable: raw.retryable.map(|flag| flag.value),
        window: raw.window.unwrap_or(false),
    })
}

/// The name of a row that has none of its own.
fn named_by(code: Option<&Spanned<Code>>) -> Option<Spanned<String>> {
    let code = code?;
    match &code.value {
        Code::Text(text) => Some(Spanned {
            at: code.at.clone(),
            value: text.clone(),
        }),
        Code::Integer(_) | Code::Absent => None,
    }
}

fn code(raw: &RawRow) -> Code {
    raw.code
        .as_ref()
        .map_or(Code::Absent, |code| code.value.clone())
}

fn other(raw: &RawOther, faults: &mut Faults) -> Option<OtherStatus> {
    Some(OtherStatus {
        statuses: statuses(&raw.statuses, faults)?,
        retryable: raw.retryable.as_ref().map(|flag| flag.value),
    })
}

fn header(raw: RawHeader, clauses: &[Arc<Clause>], faults: &mut Faults) -> Option<HeaderRule> {
    let name = header_name(&raw.name.value, &raw.name.at, faults);
    let on: Vec<_> = raw
        .on
        .iter()
        .filter_map(|node| statuses(node, faults))
        .collect();
    Some(HeaderRule {
        clause: clause(&raw.clause, clauses, faults)?,
        name: name?,
        directive: raw.directive,
        on,
    })
}

fn statuses(node: &Node, faults: &mut Faults) -> Option<Statuses> {
    let statuses = match &node.value {
        Value::String(text) => match text.as_str() {
            "any" => Some(Statuses::Any),
            "2xx" => Some(Statuses::Class(2)),
            "3xx" => Some(Statuses::Class(3)),
            "4xx" => Some(Statuses::Class(4)),
            "5xx" => Some(Statuses::Class(5)),
            _ => None,
        },
        Value::Integer(number) => u16::try_from(*number)
            .ok()
            .filter(|status| (100..600).contains(status))
            .map(Statuses::Exactly),
        _ => None,
    };
    if statuses.is_none() {
        mismatch(
            node,
            "a status, a class such as \"4xx\", or \"any\"",
            faults,
        );
    }
    statuses
}

fn clause(
    raw: &Spanned<String>,
    clauses: &[Arc<Clause>],
    faults: &mut Faults,
) -> Option<Arc<Clause>> {
    match find_clause(clauses, &raw.value) {
        Ok(clause) => Some(Arc::clone(clause)),
        Err(help) => {
            faults.at(
                &raw.at,
                "unknown-clause",
                format!("unknown clause `{}`", raw.value),
                "expected the id of a `[[clause]]` of this file",
                Some(help),
            );
            None
        }
    }
}

fn duplicate(name: &Spanned<String>, what: &str, faults: &mut Faults) {
    faults.at(
        &name.at,
        "duplicate-name",
        format!("duplicate {what} `{}`", name.value),
        "expected each name once",
        None,
    );
}
