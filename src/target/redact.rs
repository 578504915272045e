//! Secrets taken out of texts, by value: as they are, percent-encoded, in base64, and escaped in JSON.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;

use super::Secret;

/// Nothing shorter is looked for: it would be found everywhere, and is no secret. In bytes.
const SHORTEST: usize = 4;

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
        }
        text
    }
}

fn forms(secret: &str) -> Vec<String> {
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let mut forms = vec![
        secret.to_owned(),
        percent,
        json.trim_matches('"').to_owned(),
    ];
    for engine in [
        base64::engine::general_purpose::STANDARD_NO_PAD,
        base64::engine::general_purpose::URL_SAFE_NO_PAD,
    ] {
        forms.push(engine.encode(secret));
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}
