//! Which secrets of a request a shell can put back in: those that were sent just as a variable or a file holds them.

use memchr::memmem;

use super::redact::{Known, Redactor};
use crate::exchange::{Sent, Variable};

/// Names the variables in a request as it is shown. A secret that was sent in another form is one that no shell makes: it is shown as
/// what it is.
pub(super) fn name_variables(redactor: &Redactor, shown: &mut Sent, actual: &Sent) {
    // The longest first: one may be the beginning of another.
    for known in redactor.shell_secrets() {
        let mut variable = Variable {
            text: known.text.clone(),
            is_encoded: false,
        };
        let (mut is_there, mut is_written) = (false, false);
        let other = known.other_form();
        let mut note = |form, replace: &mut dyn FnMut()| match form {
            Form::None => {}
            Form::Letters => is_written = true,
            Form::Plain => is_there = true,
            Form::Other => replace(),
        };
        let of_url = form(&known, shown.url.as_bytes(), actual.url.as_bytes());
        variable.is_encoded =
            matches!(of_url, Form::Other) && is_encoded(&known, &shown.url, &actual.url);
        let of_url = if variable.is_encoded {
            Form::Plain
        } else {
            of_url
        };
        note(of_url, &mut || {
            shown.url = shown.url.replace(&known.text, &other);
        });
        for ((_, value), (_, actual)) in shown.headers.iter_mut().zip(&actual.headers) {
            note(
                form(&known, value.as_bytes(), actual.as_bytes()),
                &mut || {
                    *value = value.replace(&known.text, &other);
                },
            );
        }
        note(form(&known, &shown.body, &actual.body), &mut || {
            if let Ok(text) = std::str::from_utf8(&shown.body) {
                shown.body = text.replace(&known.text, &other).into();
            }
        });
        // Where the letters were sent, too, a shell would put the secret in for them.
        if is_there && !is_written {
            shown.variables.push(variable);
        }
    }
}

/// How a secret was sent.
enum Form {
    /// Not at all.
    None,
    /// The letters of its variable were sent, as they are.
    Letters,
    /// As it is.
    Plain,
    /// In a coding, or in other letters.
    Other,
}

fn form(known: &Known, shown: &[u8], actual: &[u8]) -> Form {
    let variables = count(&known.text, shown);
    if variables == 0 {
        Form::None
    } else if variables == count(&known.text, actual) {
        Form::Letters
    } else if variables == count(known.secret.expose(), actual) {
        Form::Plain
    } else {
        Form::Other
    }
}

fn is_encoded(known: &Known, shown: &str, actual: &str) -> bool {
    let decoded = decoded(actual);
    count(known.secret.expose(), &decoded) == count(&known.text, shown.as_bytes())
}

fn count(what: &str, within: &[u8]) -> usize {
    memmem::find_iter(within, what).count()
}

/// A URL with its percent-encoding undone.
fn decoded(url: &str) -> Vec<u8> {
    let mut made = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                made.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                made.push(b' ');
                rest = after;
            }
            _ => {
                made.push(*first);
                rest = after;
            }
        }
    }
    made
}
