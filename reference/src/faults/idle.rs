//! Servers that do nothing: whatever is asked, the answer is the same, or is what was sent.

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use serde_json::json;

use super::Fault;
use crate::envelope::Failure;
use crate::response::{Message, Reply, message};
use crate::seed;

/// The answer of a server with this fault; nothing where the server does its work.
pub(crate) fn answer(fault: Fault, head: &Parts, body: &Bytes) -> Option<Message> {
    Some(match fault {
        Fault::AlwaysEmpty => message(Ok(Reply::found(&json!({})))),
        Fault::Always401 => message(Err(Failure::Unauthorized)),
        Fault::Always500 => message(Err(Failure::Internal)),
        Fault::AlwaysSuccess => message(Ok(success())),
        Fault::Echo => {
            let mut echo = message(Ok(Reply::found(&json!({}))));
            if let Some(sent) = head.headers.get(CONTENT_TYPE) {
                echo.headers.insert(CONTENT_TYPE, sent.clone());
            }
            echo.body = body.clone();
            echo
        }
        _ => return None,
    })
}

/// What every valid request promises, in one object. Its ids are those of objects that exist.
fn success() -> Reply {
    let event = json!({
        "event_id": "evt_1",
        "job_id": seed::ACME_JOB,
        "usage_type": "generation",
        "config_fingerprint": "0",
        "created_at": "2026-01-01T00:00:00Z",
    });
    Reply::found(&json!({
        "ingest_id": seed::ACME_INGEST,
        "source_asset_id": seed::ACME_ASSET,
        "job_id": seed::ACME_JOB,
        "status": "succeeded",
        "outputs": [],
        "reference": "gonogo",
        "metadata": {},
        "entitlement": {},
        "billing_period": {},
        "usage": {},
        "jobs": { "total": 1, "succeeded": 1, "failed": 0 },
        "rate_limits": {},
        "events": [event],
        "next_cursor": "1",
    }))
}
