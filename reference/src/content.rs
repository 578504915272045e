//! Which media type a body claims to be in.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::app::App;
use super::envelope::Failure;
use super::faults::Fault;
use super::styles::Style;

const REFUSED: Failure =
    Failure::BadRequest("Content-Type must be application/json or multipart/form-data.");

/// The media types that the API reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Json,
    Multipart,
}

impl Content {
    /// The type in the one `Content-Type` header, in any case and with any parameters.
    pub(super) fn of(app: &App, headers: &HeaderMap) -> Result<Self, Failure> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let essence = match (values.next(), values.next()) {
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(|value| value.split(';').next()),
            _ => None,
        };
        match essence.map(|essence| essence.trim().to_ascii_lowercase()) {
            Some(essence) if essence == "application/json" => {
                let bare = headers
                    .get(CONTENT_TYPE)
                    .is_some_and(|value| value == "application/json");
                if app.shows(Fault::CharsetRefused) && !bare {
                    return Err(REFUSED);
                }
                Ok(Self::Json)
            }
            Some(essence) if essence == "multipart/form-data" => Ok(Self::Multipart),
            _ if app.shows(Fault::MediaAny) => Ok(Self::Json),
            _ if app.shows(Fault::Media406) => Err(Failure::Other(406, "not_acceptable", false)),
            _ if app.shows(Fault::Media500) => Err(Failure::Internal),
            _ if app.has(Style::Media415) => {
                Err(Failure::Other(415, "unsupported_media_type", false))
            }
            _ if app.has(Style::Media422) => Err(Failure::Validation(
                "Content-Type must be application/json.",
            )),
            _ => Err(REFUSED),
        }
    }
}
