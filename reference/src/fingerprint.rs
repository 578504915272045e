//! Equality of JSON values in 32 bytes: a SHA-256 that ignores the order of members, white space, escapes and the way
//! a number is written, so that a long payload need not be kept to be compared.

use std::fmt::Write;

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// Equal for equal JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(value: &Value) -> Self {
        let mut hash = Sha256::new();
        feed(&mut hash, value);
        Self(hash.finalize().into())
    }

    /// 64 hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        hex(&self.0)
    }
}

/// Lower-case hexadecimal digits, two for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Every kind of value begins with its own letter, and what varies in length with its length: two different values
/// cannot feed the same bytes. The depth is bounded by the parser's.
fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"z"),
        Value::Bool(value) => hash.update(if *value { b"t" } else { b"f" }),
        Value::Number(number) => feed_text(hash, b'n', &number_text(number)),
        Value::String(text) => feed_text(hash, b's', text),
        Value::Array(items) => {
            feed_length(hash, b'a', items.len());
            for item in items {
                feed(hash, item);
            }
        }
        Value::Object(members) => {
            feed_length(hash, b'o', members.len());
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in members {
                feed_text(hash, b's', name);
                feed(hash, value);
            }
        }
    }
}

fn feed_text(hash: &mut Sha256, kind: u8, text: &str) {
    feed_length(hash, kind, text.len());
    hash.update(text.as_bytes());
}

fn feed_length(hash: &mut Sha256, kind: u8, length: usize) {
    hash.update([kind]);
    hash.update((length as u64).to_be_bytes());
}

/// One text for each numeric value: `1`, `1.0` and `10e-1` are the same number.
fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => {
            if value == 0.0 {
                "0".to_owned()
            } else {
                // Whole values print without a fraction and without an exponent, as integers do.
                value.to_string()
            }
        }
        _ => number.to_string(),
    }
}
