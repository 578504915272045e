//! The HTTP response of an outcome: the one place that decides on headers.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::envelope::Failure;

/// What a request that was accepted answers: also what a replay of it repeats.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    status: StatusCode,
    body: Bytes,
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

    fn new(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into(),
        }
    }
}

/// The response to send. Every one, accepted or refused, is JSON and is not to be stored.
pub(super) fn response(outcome: Result<Reply, Failure>) -> Response {
    let (status, body, failure) = match outcome {
        Ok(reply) => (reply.status, reply.body, None),
        Err(failure) => (
            failure.row().status,
            failure.envelope().to_string().into(),
            Some(failure),
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = failure.as_ref().and_then(Failure::retry_after) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
