//! The query of a request.

use super::envelope::Failure;

/// The decoded value of a parameter. Parameters that nobody asks for are ignored.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Result<Option<String>, Failure> {
    let mut values = query
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(key, _)| decode(key) == name)
        .map(|(_, value)| decode(value));
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Failure::Validation("A query parameter occurs twice.")),
    }
}

/// Undoes `+` and `%20`. What is no escape, or no UTF-8, stays as a character that no valid value has.
fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let mut ahead = bytes.clone();
                let code = digit(ahead.next())
                    .zip(digit(ahead.next()))
                    .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                match code {
                    Some(code) => {
                        bytes = ahead;
                        code
                    }
                    None => byte,
                }
            }
            _ => byte,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
