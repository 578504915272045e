//! The failures of the API and their envelope: the one place that knows a row's status, code and retry flag.
//!
//! Messages are fixed text. They never repeat what a request held, so that no secret can leave in one. Headers are
//! left to `response`.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

/// Why a request was refused: one variant for each row of the published table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Failure {
    /// The request could not be read, or contradicts itself.
    #[error("{0}")]
    BadRequest(&'static str),
    /// One text for every cause: which keys exist is nobody's business.
    #[error("A valid bearer token is required.")]
    Unauthorized,
    #[error("API access is disabled for this organization.")]
    Forbidden,
    /// The same for what never existed and for what another organization owns.
    #[error("The requested resource does not exist.")]
    NotFound,
    #[error("The idempotency key was already used with a different payload.")]
    IdempotencyConflict,
    /// The request was read, and its fields break a rule.
    #[error("{0}")]
    Validation(&'static str),
    #[error("The request limit is used up; repeat the request later.")]
    RateLimited {
        /// The time after which the request gets through.
        wait: Duration,
    },
    #[error("The server failed unexpectedly.")]
    Internal,
    /// 405: only where a style or a fault asks for it. The methods that there are, the code, the retry flag.
    #[error("The method is not allowed.")]
    Method(&'static str),
    /// A status that the table does not have, its code and its retry flag: only where a style or a fault asks for it.
    #[error("The request was refused.")]
    Other(u16, &'static str, bool),
    /// The 404 of a fault, which betrays that there is something.
    #[error("The requested resource belongs to another organization.")]
    NotYours,
}

/// A line of the published table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) retryable: bool,
}

impl Failure {
    /// The row of the table that this failure answers with.
    pub(super) fn row(&self) -> Row {
        let (status, code, retryable) = match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request", false),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", false),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", false),
            Self::NotFound | Self::NotYours => (StatusCode::NOT_FOUND, "not_found", false),
            Self::IdempotencyConflict => (StatusCode::CONFLICT, "idempotency_conflict", false),
            Self::Validation(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation_error", false),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited", true),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error", true),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", false),
            Self::Other(status, code, retryable) => {
                let status = StatusCode::from_u16(*status);
                (
                    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    *code,
                    *retryable,
                )
            }
        };
        Row {
            status,
            code,
            retryable,
        }
    }

    /// The seconds to wait, where the row advertises them, rounded up: the header counts whole seconds, and the two must agree.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { wait } => Some(
                wait.as_secs()
                    .saturating_add(u64::from(wait.subsec_nanos() > 0)),
            ),
            _ => None,
        }
    }

    /// The methods that a 405 allows.
    pub(super) fn allow(&self) -> Option<&'static str> {
        match self {
            Self::Method(methods) => Some(methods),
            _ => None,
        }
    }

    /// The normalized envelope: four members, always all of them.
    pub(super) fn envelope(&self) -> Value {
        let row = self.row();
        json!({
            "error": {
                "code": row.code,
                "message": self.to_string(),
                "retryable": row.retryable,
                "retry_after": self.retry_after(),
            }
        })
    }
}
