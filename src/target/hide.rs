//! Faults of `gonogo.toml` without the secrets that stand in it against the rules: neither their text is shown nor their line.

use crate::diagnostic::{Diagnostic, Location, did_you_mean};
use crate::document::{Node, Value};

/// Keys under which a credential has texts that are no secrets.
const HARMLESS: [&str; 3] = ["env", "file", "organization"];

/// Nothing shorter is a secret. In bytes.
const SHORTEST: usize = 4;

/// Takes the lines that may show a secret out of the faults of a file.
pub(super) fn hide(faults: Vec<Diagnostic>, root: &Node) -> Vec<Diagnostic> {
    let mut secrets = Vec::new();
    gather(root, false, &mut secrets);
    faults
        .into_iter()
        .map(|fault| without(fault, &secrets))
        .collect()
}

/// The texts of credentials, also under a key that is `credentials` mistyped, and of addresses that have a password.
fn gather<'a>(node: &'a Node, inside: bool, secrets: &mut Vec<&'a str>) {
    match &node.value {
        Value::String(text) if inside || text.contains('@') => secrets.push(text),
        Value::Array(items) => {
            for item in items.iter() {
                gather(item, inside, secrets);
            }
        }
        Value::Table(entries) => {
            for (key, node) in entries.iter() {
                let harmless = inside && HARMLESS.contains(&key.name.as_str());
                let credentials = did_you_mean(&key.name, ["credentials"]).is_some();
                gather(node, !harmless && (inside || credentials), secrets);
            }
        }
        _ => {}
    }
}

fn without(mut fault: Diagnostic, secrets: &[&str]) -> Diagnostic {
    let Some(at) = fault.location.take() else {
        return fault;
    };
    let line = line(&at);
    let unquoted =
        fault.code == "secret-in-file" || (fault.code == "toml-syntax" && line.contains("bearer"));
    // Of a text of several lines each is looked for.
    let shows = |secret: &&str| {
        secret
            .lines()
            .any(|part| part.len() >= SHORTEST && line.contains(part))
    };
    if !unquoted && !secrets.iter().any(shows) {
        fault.location = Some(at);
        return fault;
    }
    for secret in secrets {
        let found = format!("the string {secret:?}");
        fault.message = fault.message.replace(&found, "a string");
    }
    let (line, column) = at.line_column();
    let path = at.source.path();
    let place = format!(" in {path}:{line}:{column} (the line is not shown)");
    fault.message.push_str(&place);
    fault
}

/// The whole line in which a place begins.
fn line(at: &Location) -> &str {
    let (number, _) = at.line_column();
    let mut lines = at.source.text().lines();
    lines.nth(number - 1).unwrap_or_default()
}
