//! A case to begin with, from a request and the row that it must get. It loads as it is, and makes one change.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::contract::{Clause, Contract, Pointer, Row};
use crate::input::diagnostic::{Diagnostic, list, one, unknown};
use crate::suite::{Body, Request, Suite, Tree, Writer};

/// Where schemas are looked for, from the file's own folder upwards.
const SCHEMA: &str = "schemas/case-file.schema.json";
/// How far upwards.
const HIGHEST: usize = 8;

/// What the author says of the case.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// The request to change.
    pub request: &'a str,
    /// The expected response: a row of the contract, or `success`.
    pub row: &'a str,
    /// The clause that a failure breaks, instead of the row's.
    pub clause: Option<&'a str>,
}

/// The text of the case.
pub fn case(
    contract: &Contract,
    suite: &Suite,
    wanted: Wanted<'_>,
) -> Result<String, Vec<Diagnostic>> {
    let request = request(wanted.request, suite);
    let clause = row(wanted.row, contract).and_then(|row| {
        let clause = clause(wanted.clause, row, contract)?;
        Ok((row, clause))
    });
    let (request, (row, clause)) = match (request, clause) {
        (Ok(request), Ok(clause)) => (request, clause),
        (request, clause) => {
            let faults = [request.err(), clause.err()];
            return Err(faults.into_iter().flatten().flatten().collect());
        }
    };
    let mut writer = Writer::default();
    writer.comment(&format!("{} ({})", clause.text, clause.source));
    writer.case(wanted.name, &clause.id, None, &request.name);
    match row {
        Some(row) if row.window => {
            writer.comment("More requests than the limit allows.");
            writer.burst(&row.name.as_str().into());
        }
        _ => {
            writer.comment(
                "The one change. Others: as = \"none\", send.json.MEMBER = ..., send.headers.NAME = ..., send.text = \"...\"",
            );
            let (path, value) = change(request);
            writer.entry(path, &value);
            writer.entry(&["expect"], &wanted.row.into());
            if row.is_some() && request.message.writes() {
                let of_same = suite.probes.values().filter(|probe| {
                    let credential = probe.credential.as_ref();
                    credential.or(probe.request.message.credential.as_ref())
                        == request.message.credential.as_ref()
                });
                // Probes of one count differ in how long they wait for it: one of them will do.
                let mut counts = BTreeSet::new();
                let of_same = of_same
                    .filter(|probe| counts.insert((&probe.request.name, probe.pointer.as_str())));
                for probe in of_same {
                    writer.entry(&["effect", &probe.name], &0.into());
                }
            }
        }
    }
    Ok(writer.into_text())
}

/// A change that the request allows: something less of it.
fn change(request: &Request) -> (&'static [&'static str], Value) {
    let message = &request.message;
    let less = |pointer: &str| -> (&'static [&'static str], Value) {
        (&["send", "remove"], json!([pointer]))
    };
    match &*message.body {
        Body::Json(Tree::Object(members)) if !members.is_empty() => {
            less(&format!("/json/{}", Pointer::escape(&members[0].0)))
        }
        Body::Multipart(parts) if !parts.is_empty() => less("/multipart/0"),
        Body::Json(_) | Body::Text(_) | Body::Bytes(_) | Body::Multipart(_) => less("/body"),
        Body::Empty if message.credential.is_some() => (&["as"], "none".into()),
        Body::Empty => match (message.query.first(), message.headers.first()) {
            (Some((name, _)), _) => less(&format!("/query/{}", Pointer::escape(name))),
            (None, Some((name, _))) => less(&format!("/headers/{}", Pointer::escape(name))),
            (None, None) => (&["send", "query", "odd"], 1.into()),
        },
    }
}

fn request<'a>(name: &str, suite: &'a Suite) -> Result<&'a Request, Vec<Diagnostic>> {
    let requests = &suite.requests;
    let names = || requests.keys().map(String::as_str);
    let found = requests.get(name).map(AsRef::as_ref);
    found.ok_or_else(|| unknown("unknown-request", "request", name, names()))
}

/// The row; none for a success.
fn row<'a>(name: &str, contract: &'a Contract) -> Result<Option<&'a Row>, Vec<Diagnostic>> {
    if name == "success" {
        return Ok(None);
    }
    let names = || {
        contract
            .rows()
            .iter()
            .map(|row| row.name.as_str())
            .chain(["success"])
    };
    let found = contract.rows().iter().find(|row| row.name == name);
    let found = found.map(|row| Some(row.as_ref()));
    found.ok_or_else(|| unknown("unknown-row", "row", name, names()))
}

fn clause<'a>(
    asked: Option<&str>,
    row: Option<&'a Row>,
    contract: &'a Contract,
) -> Result<&'a Clause, Vec<Diagnostic>> {
    let ids = || contract.clauses().iter().map(|clause| clause.id.as_str());
    match (asked, row) {
        (None, Some(row)) => Ok(&row.clause),
        (None, None) => Err(one(
            "no-clause",
            "a success has no clause of its own",
            format!("expected --clause with {}", list(ids())),
        )),
        (Some(id), _) => {
            let found = contract.clauses().iter().find(|clause| clause.id == id);
            let found = found.map(AsRef::as_ref);
            found.ok_or_else(|| unknown("unknown-clause", "clause", id, ids()))
        }
    }
}

/// A file's name for the cases of a row.
pub fn file_name(row: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
    let stem: String = row.chars().filter(plain).collect();
    if stem.is_empty() {
        "cases.toml".to_owned()
    } else {
        stem + ".toml"
    }
}

/// What a new file begins with: its schema, where the project has it.
pub fn beginning(file: &Path) -> String {
    let folder = file.parent().unwrap_or(Path::new(""));
    let found = (0..HIGHEST)
        .map(|up| "../".repeat(up) + SCHEMA)
        .find(|path| folder.join(path).is_file());
    found.map_or(String::new(), |path| format!("#:schema {path}\n\n"))
}
