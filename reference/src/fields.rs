//! Reading single fields of a request: each is absent, or has the type and the length that it should have.
//!
//! `null` is no way to leave a field out. What fields mean together is left to `matrix` and `source`.

use axum::http::Uri;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use serde_json::{Map, Value};

use super::envelope::Failure;

/// The members of a request's object.
pub(super) type Fields = Map<String, Value>;

/// The longest URL, in bytes.
const LONGEST_URL: usize = 2_048;

/// Refuses members that nobody knows.
pub(super) fn only(fields: &Fields, known: &[&str]) -> Result<(), Failure> {
    if fields.keys().all(|name| known.contains(&name.as_str())) {
        Ok(())
    } else {
        Err(Failure::Validation("The request has an unknown field."))
    }
}

/// A string of at least one character and at most `longest`.
pub(super) fn text(
    fields: &Fields,
    name: &str,
    longest: usize,
    message: &'static str,
) -> Result<Option<String>, Failure> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= longest => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Failure::Validation(message)),
    }
}

/// A value of an enumeration.
pub(super) fn choice<T: DeserializeOwned>(
    fields: &Fields,
    name: &str,
    message: &'static str,
) -> Result<Option<T>, Failure> {
    fields
        .get(name)
        .map(|value| known(value).ok_or(Failure::Validation(message)))
        .transpose()
}

/// A list of values of an enumeration, of at least one.
pub(super) fn choices<T: DeserializeOwned>(
    fields: &Fields,
    name: &str,
    message: &'static str,
) -> Result<Option<Vec<T>>, Failure> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Array(items)) if !items.is_empty() => items
            .iter()
            .map(|item| known(item).ok_or(Failure::Validation(message)))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(Failure::Validation(message)),
    }
}

/// An absolute `http` or `https` URL.
pub(super) fn url(
    fields: &Fields,
    name: &str,
    message: &'static str,
) -> Result<Option<Uri>, Failure> {
    text(fields, name, LONGEST_URL, message)?
        .map(|text| web_url(&text).ok_or(Failure::Validation(message)))
        .transpose()
}

/// Names a value of `T`, if `value` is a string that does: in an enumeration no other type has a meaning.
fn known<T: DeserializeOwned>(value: &Value) -> Option<T> {
    let name = StrDeserializer::<Error>::new(value.as_str()?);
    T::deserialize(name).ok()
}

fn web_url(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let scheme = url.scheme_str()?;
    // Credentials in a URL end up in logs.
    let plain = url
        .authority()
        .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
    (plain && matches!(scheme, "http" | "https")).then_some(url)
}
