//! What can be changed in an answer.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::envelope::Failure;
use crate::faults::wire;
use crate::response::{Message, message};

/// One change of an answer.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// Without the member at this pointer.
    Without(&'static str),
    /// With this JSON at the pointer.
    Set(&'static str, &'static str),
    /// The member of the innermost object at the pointer under another name.
    Rename(&'static str, &'static str),
    /// The value as a function makes it.
    Shape(fn(Value) -> Value),
    /// The body's bytes as a function makes them.
    Bytes(fn(&str) -> Vec<u8>),
    /// Another body of this media type.
    Body(&'static str, &'static str),
    /// Another status alone.
    Status(u16),
    /// Another status with a page.
    Page(u16, &'static str),
    /// The receipt of a source asset in place of a refusal.
    Pending,
    /// Another failure altogether.
    As(Failure),
    /// This header field; none: without it.
    Header(&'static str, Option<&'static str>),
    /// This retry window, in the body and in the header.
    Window(&'static str),
    /// A status with no more than one header field.
    Redirect(&'static str),
    /// The `Authorization` header of the request in the message.
    Echo,
    /// Broken on the wire.
    Wire(wire::Break),
}

impl Edit {
    /// The changed answer; `asked` is the head of the request.
    pub(super) fn made(self, mut answer: Message, asked: &HeaderMap) -> Message {
        match self {
            Self::Without(pointer) => answer.alter(|value| {
                take(value, pointer);
            }),
            Self::Set(pointer, json) => answer.alter(|value| set(value, pointer, parsed(json))),
            Self::Rename(pointer, name) => answer.alter(|value| {
                let (parent, _) = pointer.rsplit_once('/').unwrap_or_default();
                if let Some(member) = take(value, pointer)
                    && let Some(Value::Object(members)) = value.pointer_mut(parent)
                {
                    members.insert(name.to_owned(), member);
                }
            }),
            Self::Shape(shape) => answer.alter(|value| *value = shape(value.take())),
            Self::Bytes(change) => {
                answer.body = change(&String::from_utf8_lossy(&answer.body)).into();
            }
            Self::Body(media_type, text) => {
                answer.set(CONTENT_TYPE, media_type);
                answer.body = Bytes::from_static(text.as_bytes());
            }
            Self::Status(status) => answer.status = status_of(status),
            Self::Page(status, page) => {
                answer.status = status_of(status);
                return Self::Body("text/html", page).made(answer, asked);
            }
            Self::Pending => {
                answer.status = StatusCode::OK;
                let receipt = r#"{"ingest_id":"ing_0","status":"pending"}"#;
                return Self::Body("application/json", receipt).made(answer, asked);
            }
            Self::As(failure) => return message(Err(failure)),
            Self::Header(name, value) => {
                let name = HeaderName::from_static(name);
                answer.headers.remove(&name);
                if let Some(value) = value {
                    answer.set(name, value);
                }
            }
            Self::Window(seconds) => {
                answer.alter(|value| set(value, "/error/retry_after", parsed(seconds)));
                answer.set(RETRY_AFTER, seconds);
            }
            Self::Redirect(location) => {
                answer.status = StatusCode::FOUND;
                answer.set(HeaderName::from_static("location"), location);
                answer.body = Bytes::new();
            }
            Self::Echo => {
                let sent = asked.get(AUTHORIZATION).map(HeaderValue::as_bytes);
                let text = String::from_utf8_lossy(sent.unwrap_or_default());
                let text = format!("No key matches {text}.");
                answer.alter(|value| set(value, "/error/message", json!(text)));
            }
            Self::Wire(how) => answer.set(wire::MARK, how.name()),
        }
        answer
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Constants of the tables: one that is no JSON shows as null.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    if let Some(member) = value.pointer_mut(pointer) {
        *member = new;
    }
}

fn take(value: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, name) = pointer.rsplit_once('/')?;
    value
        .pointer_mut(parent)?
        .as_object_mut()?
        .shift_remove(name)
}
