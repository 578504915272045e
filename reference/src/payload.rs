//! What a write carries, whatever media type brought it: fields, and perhaps a file.

use axum::http::request::Parts;
use bytes::{Buf, Bytes};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::app::App;
use super::content::Content;
use super::envelope::Failure;
use super::faults::{self, Fault};
use super::fingerprint::{Fingerprint, hex};
use super::route::Class;
use super::styles::Style;
use super::{json as strict, multipart};

/// The byte order mark in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// The decoded body of a write.
#[derive(Debug, Clone)]
pub(super) struct Payload {
    pub(super) route: Class,
    /// The body as it came, for a style that compares bytes.
    pub(super) raw: Bytes,
    pub(super) fields: Map<String, Value>,
    pub(super) file: Option<File>,
}

/// An uploaded file. What it held is not kept: no image is ever made.
#[derive(Debug, Clone)]
pub(super) struct File {
    name: Option<String>,
    media_type: Option<String>,
    digest: String,
    pub(super) empty: bool,
}

impl File {
    pub(super) fn new(name: Option<String>, media_type: Option<String>, content: &[u8]) -> Self {
        Self {
            name,
            media_type,
            digest: hex(&Sha256::digest(content)),
            empty: content.is_empty(),
        }
    }
}

impl Payload {
    pub(super) fn empty(route: Class, raw: Bytes) -> Self {
        Self {
            route,
            raw,
            fields: Map::new(),
            file: None,
        }
    }

    pub(super) fn has_parts(&self) -> bool {
        self.file.is_some() || !self.fields.is_empty()
    }

    /// Decodes a body in either media type.
    pub(super) async fn decode(
        app: &App,
        head: &Parts,
        body: Bytes,
        route: Class,
    ) -> Result<Self, Failure> {
        match Content::of(app, &head.headers)? {
            Content::Multipart if app.shows(Fault::FormRefused) && route == Class::CreateAsset => {
                Err(Failure::BadRequest(
                    "Content-Type must be application/json.",
                ))
            }
            Content::Json => Self::from_json(app, route, body),
            Content::Multipart => multipart::parse(app, head, Self::empty(route, body)).await,
        }
    }

    /// Decodes a body that takes no file. An empty one, of whatever type, has no fields.
    pub(super) fn decode_optional(app: &App, head: &Parts, body: Bytes) -> Result<Self, Failure> {
        let route = Class::Regenerate;
        if body.is_empty() {
            return Ok(Self::empty(route, body));
        }
        match Content::of(app, &head.headers)? {
            Content::Json => Self::from_json(app, route, body),
            Content::Multipart => Err(Failure::BadRequest(
                "Content-Type must be application/json.",
            )),
        }
    }

    fn from_json(app: &App, route: Class, body: Bytes) -> Result<Self, Failure> {
        let mut text = body.clone();
        if let Some(fault) = app.options.fault {
            text = faults::text::mended(fault, route, &text)?;
        }
        if app.has(Style::RequestBom) && text.starts_with(BOM) {
            text.advance(BOM.len());
        }
        if let Ok(value) = serde_json::from_slice::<Value>(&text) {
            if app.has(Style::NoObject422) && !value.is_object() {
                return Err(Failure::Validation("The body must be a JSON object."));
            }
            if app.has(Style::DuplicatesTaken) {
                text = value.to_string().into();
            }
        }
        Ok(Self {
            fields: strict::parse_object(&text)?,
            ..Self::empty(route, body)
        })
    }

    /// Equal for equal payloads: the values are compared, not the bytes.
    pub(super) fn fingerprint(&self, app: &App) -> Fingerprint {
        if app.has(Style::BytesCompared) {
            return Fingerprint::of(&hex(&Sha256::digest(&self.raw)).into());
        }
        let fault = app.options.fault;
        let file = self
            .file
            .as_ref()
            .filter(|_| fault != Some(Fault::MissedFile))
            .map(|file| json!([file.name, file.media_type, file.digest]));
        match fault {
            Some(fault) => Fingerprint::of(&json!([
                faults::fields::compared(fault, &self.fields),
                file
            ])),
            None => Fingerprint::of(&json!([self.fields, file])),
        }
    }
}
