//! Where a picture comes from: an upload, a URL, or an asset that is there already; exactly one of them.

use axum::http::Uri;

use super::envelope::Failure;
use super::fields;
use super::payload::Payload;

/// The fields of a JSON object that name a source; a file is no field.
pub(super) const FIELDS: [&str; 2] = ["source_url", "source_asset_id"];

/// The source that a payload names.
#[derive(Debug)]
pub(super) enum Source {
    Upload,
    Url(Uri),
    Asset(String),
}

impl Source {
    /// Several sources contradict each other (400); none, or one that is no source, breaks a rule (422).
    pub(super) fn of(payload: &Payload) -> Result<Self, Failure> {
        const ONE: &str = "Exactly one of file, source_url and source_asset_id is required.";
        // A field `file` is no upload, but whoever sent it beside another source meant two of them.
        let named = ["file"].into_iter().chain(FIELDS).filter(|name| {
            let value = payload.fields.get(*name);
            value.is_some_and(|value| !value.is_null())
        });
        if named.count() + usize::from(payload.file.is_some()) > 1 {
            return Err(Failure::BadRequest(ONE));
        }
        if let Some(file) = &payload.file {
            return if file.empty {
                Err(Failure::Validation("The file is empty."))
            } else {
                Ok(Self::Upload)
            };
        }
        let url = fields::url(
            &payload.fields,
            "source_url",
            "source_url must be an http or https URL.",
        )?;
        if let Some(url) = url {
            return Ok(Self::Url(url));
        }
        fields::text(
            &payload.fields,
            "source_asset_id",
            255,
            "source_asset_id must be the id of a source asset.",
        )?
        .map(Self::Asset)
        .ok_or(Failure::Validation(ONE))
    }

    /// Whether the picture can never be had. Nothing is fetched from anywhere; but a host under `.invalid` does not
    /// exist (RFC 2606), so that a job can be made to fail.
    pub(super) fn unavailable(&self) -> bool {
        match self {
            Self::Url(url) => url.host().is_some_and(|host| {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                host.rsplit('.').next() == Some("invalid")
            }),
            Self::Upload | Self::Asset(_) => false,
        }
    }
}
