//! From the contract's files to the checked contract, with all the faults of the file at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::keys::{RawClause, RawContract, RawEnvelope, RawExclude, RawHeader, RawLeak, RawRow};
use super::model::find_clause;
use super::places::without_place;
use super::{
    Check, Clause, Code, Contract, Envelope, Exclude, Excluded, HeaderRule, Leak, Level,
    OtherStatus, Row, Schema,
};
use crate::input::diagnostic::{Diagnostic, Faults, Location, Source};
use crate::input::document::{self, Node, Read, Spanned, header_name};
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
    let (clauses, checks) = clauses(raw.clause?, faults);
    let envelope = raw.envelope.and_then(|raw| envelope(raw, folder, faults));
    let mut rows: Vec<Arc<Row>> = Vec::new();
    if raw.status.as_ref().is_some_and(Vec::is_empty) {
        faults.at(
            &root.at,
            "no-row",
            "the contract has no status row",
            "expected one `[[status]]` table or more",
            None,
        );
    }
    for raw in raw.status.into_iter().flatten().flatten() {
        if let Some(row) = row(raw, &rows, &clauses, faults) {
            rows.push(Arc::new(row));
        }
    }
    let others = raw.other.into_iter().map(|raw| OtherStatus {
        statuses: raw.statuses,
        retryable: raw.retryable.map(|flag| flag.value),
    });
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
        name: raw.name?,
        version: raw.version,
        digest: Vec::new(),
        envelope: envelope?,
        rows,
        others: others.collect(),
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
    Spanned { at, value: raw }: Spanned<RawExclude>,
    rows: &[Arc<Row>],
    clauses: &[Arc<Clause>],
    faults: &mut Faults,
) -> Option<Exclude> {
    let of = match (raw.row, raw.clause) {
        (Some(row), None) => {
            let names = || rows.iter().map(|row| row.name.as_str());
            if !names().any(|name| name == row.value) {
                faults.unknown(&row.at, ("unknown-row", "row"), &row.value, names());
            }
            Excluded::Row(row.value)
        }
        (None, Some(id)) => Excluded::Clause(clause(&id, clauses, faults)?.id.clone()),
        _ => {
            faults.at(
                &at,
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
        at,
    })
}

type Clauses = (Vec<Arc<Clause>>, BTreeMap<Check, Arc<Clause>>);

fn clauses(raw: Vec<RawClause>, faults: &mut Faults) -> Clauses {
    let mut clauses: Vec<Arc<Clause>> = Vec::new();
    let mut checks = BTreeMap::new();
    for raw in raw {
        if clauses.iter().any(|known| known.id == raw.id.value) {
            duplicate(&raw.id.at, ("clause", &raw.id.value), faults);
            continue;
        }
        let clause = Arc::new(Clause {
            id: raw.id.value,
            // What it has none of is noted; the rows that name the clause are not at fault.
            level: raw.level.unwrap_or(Level::Must),
            text: raw.text.unwrap_or_default(),
            source: raw.source.unwrap_or_default(),
            at: raw.id.at,
        });
        clauses.push(Arc::clone(&clause));
        let Some(check) = raw.check else { continue };
        if checks.insert(check.value, clause).is_some() {
            duplicate(&check.at, ("check", check.value.name()), faults);
        }
    }
    (clauses, checks)
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
    Spanned { at, value: raw }: Spanned<RawRow>,
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
    let named_by_code = || match raw.code.as_ref()? {
        Spanned {
            at,
            value: Some(Code::Text(text)),
        } => Some(Spanned {
            at: at.clone(),
            value: text.clone(),
        }),
        _ => None,
    };
    let Some(name) = raw.name.or_else(named_by_code) else {
        // Where the code is at fault, that is noted already.
        if raw.code.is_none_or(|code| code.value.is_some()) {
            faults.at(
                &at,
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
        duplicate(&name.at, ("row", &name.value), faults);
    }
    let (at, code) = match raw.code {
        Some(code) => (code.at, code.value.unwrap_or(Code::Absent)),
        None => (name.at, Code::Absent),
    };
    Some(Row {
        at,
        name: name.value,
        status: raw.status.value,
        code,
        clause: clause(&raw.clause, clauses, faults)?,
        retryable: raw.retryable.map(|flag| flag.value),
        window: raw.window.unwrap_or(false),
    })
}

fn header(raw: RawHeader, clauses: &[Arc<Clause>], faults: &mut Faults) -> Option<HeaderRule> {
    let on = raw.on?;
    let name = header_name(&raw.name.value, &raw.name.at, faults);
    Some(HeaderRule {
        clause: clause(&raw.clause, clauses, faults)?,
        name: name?,
        directive: raw.directive,
        on,
    })
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

fn duplicate(at: &Location, (what, name): (&str, &str), faults: &mut Faults) {
    faults.at(
        at,
        "duplicate-name",
        format!("duplicate {what} `{name}`"),
        "expected each name once",
        None,
    );
}
