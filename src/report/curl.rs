//! A request as a curl command that can be pasted into a shell. Its secrets are replaced already: by the variable or the file that holds
//! them, which the shell puts in, or by what cannot be pasted.

use std::fmt::Write as _;

use base64::Engine as _;

use crate::exchange::{Sent, Variable};
use crate::input::diagnostic::is_hidden;

/// The largest body that is shown whole, in bytes.
const LARGEST: usize = 4096;

/// The command for a request.
pub(super) fn curl(sent: &Sent) -> String {
    let mut command = match sent.method.as_str() {
        "HEAD" => "curl -i --head ".to_owned(),
        method => format!("curl -i -X {} ", quoted(method)),
    };
    if sent.url.contains(['[', ']', '{', '}']) {
        command.push_str("--globoff ");
    }
    command.push_str(&word(&sent.url, &sent.variables, true));
    for (name, value) in &sent.headers {
        let header = if value.is_empty() {
            format!("{name};") // How curl writes a header without a value.
        } else {
            format!("{name}: {value}")
        };
        let _ = write!(
            command,
            " \\\n  -H {}",
            word(&header, &sent.variables, false)
        );
    }
    if sent.body.is_empty() {
        return command;
    }
    let has_type = sent
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !has_type {
        command.push_str(" \\\n  -H content-type:"); // Otherwise curl adds that of a form.
    }
    if sent.size > LARGEST {
        let _ = write!(
            command,
            " \\\n  --data-binary @body    # {} bytes, too many to show",
            sent.size
        );
        return command;
    }
    match std::str::from_utf8(&sent.body) {
        // What is not printed as it is cannot be pasted, and curl takes what begins with `@` for the name of a file.
        Ok(text)
            if !text.starts_with('@')
                && !text
                    .chars()
                    .any(|letter| is_hidden(letter) && letter != '\n') =>
        {
            let body = word(text, &sent.variables, false);
            let _ = write!(command, " \\\n  --data-binary {body}");
            command
        }
        _ => format!(
            "{} | {command} \\\n  --data-binary @-",
            printed(&sent.body, &sent.variables)
        ),
    }
}

/// A command that prints bytes, some of them by variables.
fn printed(body: &[u8], variables: &[Variable]) -> String {
    let commands: Vec<String> = pieces(body, variables)
        .into_iter()
        .map(|piece| match piece {
            Piece::Bytes(bytes) => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
                format!("echo {encoded} | base64 -d")
            }
            Piece::Variable(variable, _) => format!("printf %s \"{}\"", variable.text),
        })
        .collect();
    match commands.as_slice() {
        [one] => one.clone(),
        several => format!("{{ {}; }}", several.join("; ")),
    }
}

/// A word as a shell takes it: in single quotes, unless it needs none.
pub fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.,:/@=%".contains(&byte));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A part of a text.
enum Piece<'a> {
    /// As it stands.
    Bytes(&'a [u8]),
    /// A variable, and whether its name would go on in the text behind it.
    Variable(&'a Variable, bool),
}

/// The parts of a text between its variables, and these.
fn pieces<'a>(text: &'a [u8], variables: &'a [Variable]) -> Vec<Piece<'a>> {
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < text.len() {
        let here = |one: &&Variable| text[at..].starts_with(one.text.as_bytes());
        let Some(variable) = variables.iter().find(here) else {
            at += 1;
            continue;
        };
        if from < at {
            found.push(Piece::Bytes(&text[from..at]));
        }
        at += variable.text.len();
        from = at;
        let next = text.get(at);
        let goes_on = next.is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_');
        found.push(Piece::Variable(variable, goes_on));
    }
    if from < text.len() || found.is_empty() {
        found.push(Piece::Bytes(&text[from..]));
    }
    found
}

/// A word in which the shell puts the variables in. What it would take for more than letters in double quotes stands in single ones.
fn word(text: &str, variables: &[Variable], is_url: bool) -> String {
    let pieces = pieces(text.as_bytes(), variables);
    if let [Piece::Bytes(_)] = pieces.as_slice() {
        return quoted(text);
    }
    let is_simple = |piece: &Piece<'_>| match piece {
        Piece::Bytes(bytes) => !bytes.iter().any(|byte| b"\"$`\\!".contains(byte)),
        Piece::Variable(..) => true,
    };
    let together = pieces.iter().all(is_simple);
    let words: Vec<String> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                if together {
                    text.into_owned()
                } else {
                    quoted(&text)
                }
            }
            Piece::Variable(variable, goes_on) => {
                let value = value(variable, is_url, *goes_on && together);
                if together {
                    value
                } else {
                    format!("\"{value}\"")
                }
            }
        })
        .collect();
    if together {
        format!("\"{}\"", words.concat())
    } else {
        words.concat()
    }
}

/// A variable within double quotes, percent-encoded where the address has it so.
fn value(variable: &Variable, is_url: bool, goes_on: bool) -> String {
    let text = &variable.text;
    if is_url && variable.is_encoded {
        format!("$(printf %s \"{text}\" | od -An -v -tx1 | tr -d ' \\n' | sed 's/../%&/g')")
    } else if goes_on && !text.ends_with(')') {
        format!("${{{}}}", text.trim_start_matches('$'))
    } else {
        text.clone()
    }
}
