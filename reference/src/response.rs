//! The HTTP response of an outcome: the one place that decides on headers.

use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, IntoHeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bytes::Bytes;
use serde_json::Value;

use super::envelope::Failure;

/// What a request that was accepted answers: also what a replay of it repeats.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Reply {
    /// 200: something was read.
    pub(super) fn found(body: &Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// 202: something was made, and its work goes on.
    pub(super) fn accepted(body: &Value) -> Self {
        Self::new(StatusCode::ACCEPTED, body)
    }

    /// 204: nothing more is said. Only a fault does so.
    pub(super) fn empty() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Bytes::new(),
        }
    }

    /// Changes the JSON of the body.
    pub(super) fn alter(&mut self, change: impl FnOnce(&mut Value)) {
        alter(&mut self.body, change);
    }

    /// Removes the ids of what was made. Only a fault does so.
    pub(super) fn remove_ids(&mut self) {
        self.alter(|value| {
            if let Value::Object(members) = value {
                members.retain(|name, _| name != "job_id" && name != "ingest_id");
            }
        });
    }

    fn new(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into(),
        }
    }
}

/// A response before it is sent.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Message {
    /// Sets a header field, in place of any of that name.
    pub(super) fn set(&mut self, name: impl IntoHeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }

    /// Changes the JSON of the body.
    pub(super) fn alter(&mut self, change: impl FnOnce(&mut Value)) {
        alter(&mut self.body, change);
    }
}

fn alter(body: &mut Bytes, change: impl FnOnce(&mut Value)) {
    if let Ok(mut value) = serde_json::from_slice(body) {
        change(&mut value);
        *body = value.to_string().into();
    }
}

/// The response to an outcome. Every one, accepted or refused, is JSON and is not to be stored.
pub(super) fn message(outcome: Result<Reply, Failure>) -> Message {
    let mut message = Message {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    message.set(CONTENT_TYPE, "application/json");
    message.set(CACHE_CONTROL, "no-store");
    match outcome {
        Ok(reply) => {
            message.status = reply.status;
            message.body = reply.body;
        }
        Err(failure) => {
            message.status = failure.row().status;
            message.body = failure.envelope().to_string().into();
            if let Some(seconds) = failure.retry_after() {
                message
                    .headers
                    .insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            if let Some(methods) = failure.allow() {
                message.set(ALLOW, methods);
            }
        }
    }
    if message.status == StatusCode::UNAUTHORIZED {
        message.set(WWW_AUTHENTICATE, "Bearer");
    }
    message
}
