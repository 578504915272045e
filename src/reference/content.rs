//! Which media type a body claims to be in.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::envelope::Failure;

/// The media types that the API reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    Multipart,
}

impl Content {
    /// The type in the one `Content-Type` header, in any case and with any parameters.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let essence = match (values.next(), values.next()) {
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(|value| value.split(';').next()),
            _ => None,
        };
        match essence.map(|essence| essence.trim().to_ascii_lowercase()) {
            Some(essence) if essence == "application/json" => Ok(Self::Json),
            Some(essence) if essence == "multipart/form-data" => Ok(Self::Multipart),
            _ => Err(Failure::BadRequest(
                "Content-Type must be application/json or multipart/form-data.",
            )),
        }
    }
}
