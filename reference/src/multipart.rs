//! Multipart bodies, turned into the same fields that a JSON body has.
//!
//! One part `file` is the upload. Every other part is text. `metadata` and `webhook` are JSON text; a part
//! `room_types` is one room, or a JSON array of rooms, and may be repeated. No other part may occur twice.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::request::Parts;
use serde_json::{Map, Value};

use super::app::App;
use super::envelope::Failure;
use super::faults::Fault;
use super::json;
use super::payload::{File, Payload};
use super::route::Class;

const INVALID: Failure = Failure::BadRequest("The multipart body is not valid.");
const NAMELESS: Failure = Failure::BadRequest("A part of the multipart body has no name.");
const NO_TEXT: Failure = Failure::BadRequest("A part of the multipart body is not UTF-8.");
const TWICE: Failure = Failure::BadRequest("A part of the multipart body occurs twice.");

/// Reads a whole body; `head` brings the boundary.
pub(super) async fn parse(
    app: &App,
    head: &Parts,
    mut payload: Payload,
) -> Result<Payload, Failure> {
    match read(head, &mut payload).await {
        Ok(()) => Ok(payload),
        Err(INVALID) if app.shows(Fault::CutForm) && payload.has_parts() => Ok(payload),
        Err(INVALID) if app.shows(Fault::Form422) => {
            Err(Failure::Validation("The form is not valid."))
        }
        Err(INVALID) if app.shows(Fault::Form500) => Err(Failure::Internal),
        Err(INVALID) if app.shows(Fault::FormAsset500) && payload.route == Class::CreateAsset => {
            Err(Failure::Internal)
        }
        Err(NAMELESS) if app.shows(Fault::Part500) => Err(Failure::Internal),
        Err(NO_TEXT) if app.shows(Fault::FormUtf8500) => Err(Failure::Internal),
        Err(failure) => Err(failure),
    }
}

async fn read(head: &Parts, payload: &mut Payload) -> Result<(), Failure> {
    let mut request = Request::from_parts(head.clone(), Body::from(payload.raw.clone()));
    // The length was checked when the body was read; the library's own limit would only be a second, other one.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| INVALID)?;
    while let Some(part) = parts.next_field().await.map_err(|_| INVALID)? {
        let name = part.name().ok_or(NAMELESS)?.to_owned();
        let file_name = part.file_name().map(ToOwned::to_owned);
        let media_type = part.content_type().map(ToOwned::to_owned);
        let content = part.bytes().await.map_err(|_| INVALID)?;
        if name == "file" {
            let file = File::new(file_name, media_type, &content);
            if payload.file.replace(file).is_some() {
                return Err(TWICE);
            }
        } else {
            add(&mut payload.fields, name, &content)?;
        }
    }
    Ok(())
}

fn add(fields: &mut Map<String, Value>, name: String, content: &[u8]) -> Result<(), Failure> {
    let text = std::str::from_utf8(content).map_err(|_| NO_TEXT)?;
    let value = match name.as_str() {
        "metadata" | "webhook" => json::parse(content)?,
        "room_types" => return add_rooms(fields, name, text),
        _ => text.into(),
    };
    match fields.insert(name, value) {
        None => Ok(()),
        Some(_) => Err(TWICE),
    }
}

fn add_rooms(fields: &mut Map<String, Value>, name: String, text: &str) -> Result<(), Failure> {
    let more = if text.trim_start().starts_with('[') {
        json::parse(text.as_bytes())?
    } else {
        Value::Array(vec![text.into()])
    };
    match (fields.get_mut(&name), more) {
        (Some(Value::Array(rooms)), Value::Array(mut more)) => rooms.append(&mut more),
        (_, more) => {
            fields.insert(name, more);
        }
    }
    Ok(())
}
