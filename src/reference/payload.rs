//! What a write carries, whatever media type brought it: fields, and perhaps a file.

use axum::http::request::Parts;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::content::Content;
use super::envelope::Failure;
use super::fingerprint::{Fingerprint, hex};
use super::{json as strict, multipart};

/// The decoded body of a write.
#[derive(Debug, Default)]
pub(super) struct Payload {
    pub(super) fields: Map<String, Value>,
    pub(super) file: Option<File>,
}

/// An uploaded file. What it held is not kept: no image is ever made.
#[derive(Debug)]
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
    /// Decodes a body in either media type.
    pub(super) async fn decode(head: &Parts, body: Bytes) -> Result<Self, Failure> {
        match Content::of(&head.headers)? {
            Content::Json => Self::from_json(&body),
            Content::Multipart => multipart::parse(head, body).await,
        }
    }

    /// Decodes a body that takes no file. An empty one, of whatever type, has no fields.
    pub(super) fn decode_optional(head: &Parts, body: &Bytes) -> Result<Self, Failure> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match Content::of(&head.headers)? {
            Content::Json => Self::from_json(body),
            Content::Multipart => Err(Failure::BadRequest(
                "Content-Type must be application/json.",
            )),
        }
    }

    fn from_json(body: &[u8]) -> Result<Self, Failure> {
        Ok(Self {
            fields: strict::parse_object(body)?,
            file: None,
        })
    }

    /// Equal for equal payloads: the values are compared, not the bytes.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let file = self
            .file
            .as_ref()
            .map(|file| json!([file.name, file.media_type, file.digest]));
        Fingerprint::of(&json!([self.fields, file]))
    }
}
