//! Secrets taken out of texts, by value: as they are, percent-encoded, in base64, and escaped in JSON; whole, and cut short by an
//! excerpt.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;

use super::Secret;

/// Nothing shorter is looked for: it would be found everywhere, and is no secret. In bytes.
const SHORTEST: usize = 4;

/// What stands where an excerpt ends.
const CUT: &str = "... (";

/// Knows the secrets of a run, those that templates make of them included.
#[derive(Debug, Default)]
pub struct Redactor {
    /// What is looked for, and what is put in its place; the longest first, so that no rest of it stays.
    known: RwLock<Vec<(Secret, String)>>,
}

impl Redactor {
    /// Takes in a secret and what is shown in its place.
    pub fn add(&self, secret: &str, shown: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms(secret) {
            if !known.iter().any(|(one, _)| one.expose() == form) {
                known.push((Secret::new(form), shown.to_owned()));
            }
        }
        known.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.expose().len()));
    }

    /// The text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = text.to_owned();
        for (secret, shown) in known.iter() {
            if text.contains(secret.expose()) {
                text = text.replace(secret.expose(), shown);
            }
            text = without_cut(text, secret.expose(), shown);
        }
        text
    }
}

/// Takes out the beginnings of a secret on which excerpts end.
fn without_cut(mut text: String, secret: &str, shown: &str) -> String {
    let ends: Vec<usize> = text.match_indices(CUT).map(|(end, _)| end).collect();
    for end in ends.into_iter().rev() {
        let begun = (SHORTEST..secret.len())
            .rev()
            .filter_map(|length| secret.get(..length))
            .find(|begun| text[..end].ends_with(begun));
        if let Some(begun) = begun {
            text.replace_range(end - begun.len()..end, shown);
        }
    }
    text
}

fn forms(secret: &str) -> Vec<String> {
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let mut forms = vec![
        secret.to_owned(),
        lower_percent(&percent),
        percent,
        json.replace('/', "\\/"),
        json,
    ];
    for engine in [
        base64::engine::general_purpose::STANDARD_NO_PAD,
        base64::engine::general_purpose::URL_SAFE_NO_PAD,
    ] {
        // Behind other bytes, as in `Bearer SECRET`, it begins at one of three places of a group.
        for before in 0..3 {
            let bytes = [&[0; 3][..before], secret.as_bytes()].concat();
            let encoded = engine.encode(&bytes);
            // The characters that are made of the secret alone.
            let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
            forms.extend(encoded.get(own).map(str::to_owned));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// Percent-encoded in the other case: `%2f` for `%2F`.
fn lower_percent(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part.split_at(part.len().min(2));
        made = made + "%" + &hex.to_ascii_lowercase() + rest;
    }
    made
}
