//! Faults of `gonogo.toml` without the secrets that stand in it against the rules: neither their text is shown nor their line.

use crate::input::diagnostic::{Diagnostic, Location, Source, did_you_mean};
use crate::input::document::{Node, Value};

/// Keys under which a credential has texts that are no secrets.
const HARMLESS: [&str; 3] = ["env", "file", "organization"];

/// Nothing shorter is a secret. In bytes.
const SHORTEST: usize = 4;

/// Takes the lines that may show a secret out of the faults of a file.
pub(super) fn hide(faults: Vec<Diagnostic>, root: &Node) -> Vec<Diagnostic> {
    let mut secrets = Vec::new();
    gather(root, false, &mut secrets);
    let number = |fault: &Diagnostic| fault.location.as_ref().map(|at| at.line_column().0);
    // From where the file does not parse, nothing is sure of what it says: a secret may be taken for the name of a file.
    let mut broken = faults.iter().filter(|fault| fault.code == "toml-syntax");
    let sure = broken.find_map(number).unwrap_or(usize::MAX);
    faults
        .into_iter()
        .filter(|fault| fault.code == "toml-syntax" || number(fault) < Some(sure))
        .map(|fault| without(fault, &secrets))
        .collect()
}

/// The texts of credentials, also under a key that is `credentials` mistyped, and of addresses that have a password.
fn gather<'a>(node: &'a Node, inside: bool, secrets: &mut Vec<&'a str>) {
    match &node.value {
        Value::String(text) if inside || is_address_with_more(text) => secrets.push(text),
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

/// Whether a text is an address with a user or a query, either of which may be a secret.
fn is_address_with_more(text: &str) -> bool {
    text.contains('@') || text.contains("://") && text.contains(['?', '#'])
}

fn without(mut fault: Diagnostic, secrets: &[&str]) -> Diagnostic {
    let Some(at) = fault.location.take() else {
        return fault;
    };
    let line = line(&at);
    // Of a text of several lines each is looked for.
    let shows = |secret: &&str| {
        secret
            .lines()
            .any(|part| part.len() >= SHORTEST && line.contains(part))
    };
    if fault.code != "secret-in-file" && !secrets.iter().any(shows) {
        // What does not parse, or stands where no key is known, may be a secret as well.
        let unknown = fault.code == "unknown-key" && line.contains(['"', '\'']);
        let masked = unknown || fault.code == "toml-syntax";
        fault.location = Some(if masked { without_value(&at) } else { at });
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
    let rest = &at.source.text()[begin(at)..];
    rest.lines().next().unwrap_or_default()
}

/// Where the line of a place begins, in bytes.
fn begin(at: &Location) -> usize {
    let text = at.source.text();
    let before = text.get(..at.span.start).unwrap_or_default();
    before.rfind('\n').map_or(0, |feed| feed + 1)
}

/// The same place of a line that shows its key or its table, and of its value only how long it is.
fn without_value(at: &Location) -> Location {
    let (line, begin) = (line(at), begin(at));
    let table = line.trim_start().starts_with('[') && !line.contains(['"', '\'']);
    let shown = match line.find('=') {
        Some(sign) => sign + 1,
        None if table => line.len(),
        None => 0,
    };
    let (key, value) = line.split_at(shown);
    let hidden = value.chars().map(|letter| {
        let sign = if letter.is_whitespace() { " " } else { "*" };
        sign.repeat(letter.len_utf8())
    });
    let text = format!("{key}{}", hidden.collect::<String>());
    let within = |place: usize| place.saturating_sub(begin).min(text.len());
    let span = within(at.span.start)..within(at.span.end);
    Location {
        source: Source::part(at.source.path(), at.line_column().0, text),
        span,
    }
}
