//! The text of a case, from a request and the row that it must come back with. It loads as it stands, and says one change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::load::{Loaded, one};
use super::NewArgs;
use crate::contract::{Clause, Contract, Pointer, Row};
use crate::input::diagnostic::{Diagnostic, list, one_line, suggestion};
use crate::suite::{Body, Request, Tree};

/// How many requests a limit is tried with, until the author knows better.
const BURST: usize = 300;

/// The case as text, of names that are known.
pub(super) fn case(arguments: &NewArgs, loaded: &Loaded) -> Result<String, Vec<Diagnostic>> {
    let contract = &loaded.contract;
    let request = request(&arguments.request, loaded);
    let clause = row(&arguments.row, contract).and_then(|row| {
        let clause = clause(arguments, row, contract)?;
        Ok((row, clause))
    });
    let (request, (row, clause)) = match (request, clause) {
        (Ok(request), Ok(clause)) => (request, clause),
        (request, clause) => {
            let faults = [request.err(), clause.err()];
            return Err(faults.into_iter().flatten().flatten().collect());
        }
    };
    let mut text = String::new();
    let sentence = one_line(&format!("{} ({})", clause.text, clause.source));
    let _ = writeln!(text, "# {sentence}");
    let _ = writeln!(text, "[[case]]");
    let _ = writeln!(text, "name = {}", quoted(&arguments.name));
    let _ = writeln!(text, "clause = {}", quoted(&clause.id));
    let _ = writeln!(text, "request = {}", quoted(&request.name));
    match row {
        Some(row) if row.window => {
            let _ = writeln!(text, "# More requests than the limit allows.");
            let _ = writeln!(
                text,
                "burst = {{ requests = {BURST}, until = {} }}",
                quoted(&row.name)
            );
            let _ = writeln!(text, "expect.each = [\"success\", {}]", quoted(&row.name));
        }
        _ => {
            let _ = writeln!(
                text,
                "# The one change. Others: as = \"none\", send.json.MEMBER = ..., send.headers.NAME = ..., send.text = \"...\""
            );
            let _ = writeln!(text, "{}", change(request));
            let _ = writeln!(text, "expect = {}", quoted(&arguments.row));
            if row.is_some() && request.message.writes() {
                let of_same = loaded.suite.probes.values().filter(|probe| {
                    let credential = probe.credential.as_ref();
                    credential.or(probe.request.message.credential.as_ref())
                        == request.message.credential.as_ref()
                });
                // Probes of one count differ in how long they wait for it: one of them will do.
                let mut counts = BTreeSet::new();
                let of_same = of_same
                    .filter(|probe| counts.insert((&probe.request.name, probe.pointer.as_str())));
                for probe in of_same {
                    let _ = writeln!(text, "effect.{} = 0", key(&probe.name));
                }
            }
        }
    }
    Ok(text)
}

/// A change that the request allows: something less of it.
fn change(request: &Request) -> String {
    let message = &request.message;
    let less = |pointer: &str| format!("send.remove = [{}]", quoted(pointer));
    match &*message.body {
        Body::Json(Tree::Object(members)) if !members.is_empty() => {
            less(&format!("/json/{}", Pointer::escape(&members[0].0)))
        }
        Body::Multipart(parts) if !parts.is_empty() => less("/multipart/0"),
        Body::Json(_) | Body::Text(_) | Body::Bytes(_) | Body::Multipart(_) => less("/body"),
        Body::Empty if message.credential.is_some() => "as = \"none\"".to_owned(),
        Body::Empty => match (message.query.first(), message.headers.first()) {
            (Some((name, _)), _) => less(&format!("/query/{}", Pointer::escape(name))),
            (None, Some((name, _))) => less(&format!("/headers/{}", Pointer::escape(name))),
            (None, None) => "send.query.odd = 1".to_owned(),
        },
    }
}

fn request<'a>(name: &str, loaded: &'a Loaded) -> Result<&'a Request, Vec<Diagnostic>> {
    let requests = &loaded.suite.requests;
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
    arguments: &NewArgs,
    row: Option<&'a Row>,
    contract: &'a Contract,
) -> Result<&'a Clause, Vec<Diagnostic>> {
    let ids = || contract.clauses().iter().map(|clause| clause.id.as_str());
    match (&arguments.clause, row) {
        (None, Some(row)) => Ok(&row.clause),
        (None, None) => Err(one(
            "no-clause",
            "a success has no clause of its own",
            format!("expected --clause with {}", list(ids())),
        )),
        (Some(id), _) => {
            let found = contract.clauses().iter().find(|clause| clause.id == *id);
            let found = found.map(AsRef::as_ref);
            found.ok_or_else(|| unknown("unknown-clause", "clause", id, ids()))
        }
    }
}

fn unknown<'a>(
    code: &'static str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Vec<Diagnostic> {
    let message = format!("unknown {what} `{name}`");
    let mut faults = one(code, message, format!("expected {}", list(known.clone())));
    if let Some(fault) = faults.first_mut() {
        fault.help = suggestion(name, known);
    }
    faults
}

/// A TOML string: JSON's escapes are all TOML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}
