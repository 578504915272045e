//! HAR 1.2, the HTTP Archive: what was sent and received, for browsers' developer tools and whatever else reads it. A trial is a page.
//!
//! Members that begin with `_` are our own, as the format provides for.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::failure::title;
use super::json;
use super::run::Run;
use super::time::rfc3339;
use crate::event::{Finished, Outcome, Record};
use crate::exchange::{Broken, Exchange, Received, Sent};

/// What the format writes for a size that is not known.
const UNKNOWN: i64 = -1;

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let started = &run.started;
    let pages: Vec<Value> = run.finished.iter().map(|finished| page(finished)).collect();
    let entries: Vec<Value> = run
        .finished
        .iter()
        .flat_map(|finished| entries(finished))
        .collect();
    let archive = json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "gonogo", "version": env!("CARGO_PKG_VERSION") },
            "pages": pages,
            "entries": entries,
            "comment": format!(
                "{} ({}), digest {}{}",
                started.target,
                started.base_url,
                started.digest,
                run.ended.early.as_ref().map_or(String::new(), |why| format!(", ended early: {why}"))
            ),
        }
    });
    json::write(&archive, out)
}

fn page(finished: &Finished) -> Value {
    let (outcome, reason) = match &finished.outcome {
        Outcome::Conforms => ("conforms", None),
        Outcome::Violates => ("violates", None),
        Outcome::Inconclusive { reason } => ("inconclusive", Some(reason)),
        Outcome::Waived { reason, .. } => ("waived", Some(reason)),
        Outcome::StaleWaiver { reason } => ("stale waiver", Some(reason)),
        Outcome::Ignored { reason } => ("ignored", Some(reason)),
    };
    let comment = match reason {
        Some(reason) => format!("{outcome}: {reason}"),
        None => outcome.to_owned(),
    };
    json!({
        "startedDateTime": rfc3339(finished.began),
        "id": finished.trial,
        "title": finished.trial,
        "pageTimings": { "onContentLoad": UNKNOWN, "onLoad": milliseconds(finished.took) },
        "comment": comment,
    })
}

/// The exchanges of a trial in the order in which they were made.
fn entries(finished: &Finished) -> Vec<Value> {
    let mut exchanges: Vec<(&Record, &Exchange)> = finished
        .records
        .iter()
        .filter_map(|record| Some((record, record.exchange.as_deref()?)))
        .collect();
    exchanges.sort_by_key(|(_, exchange)| exchange.began);
    exchanges
        .into_iter()
        .map(|(record, exchange)| entry(&finished.trial, record, exchange))
        .collect()
}

fn entry(trial: &str, record: &Record, exchange: &Exchange) -> Value {
    let findings: Vec<String> = record
        .findings
        .iter()
        .map(|finding| format!("{}: {}", finding.clause.id, title(finding)))
        .collect();
    // How long the sending took is not told apart from the wait for an answer.
    let wait = exchange.head_after.unwrap_or(exchange.took);
    json!({
        "pageref": trial,
        "startedDateTime": rfc3339(exchange.began),
        "time": milliseconds(exchange.took),
        "request": request(&exchange.sent, version(exchange)),
        "response": match &exchange.answer {
            Ok(received) => response(received),
            Err(broken) => no_response(broken),
        },
        "cache": {},
        "timings": {
            "send": 0,
            "wait": milliseconds(wait),
            "receive": milliseconds(exchange.took.saturating_sub(wait)),
        },
        "comment": record.role.to_string(),
        "_findings": findings,
    })
}

/// The protocol of an exchange, as far as its answer tells.
fn version(exchange: &Exchange) -> &str {
    match &exchange.answer {
        Ok(received) => &received.version,
        Err(_) => "",
    }
}

fn request(sent: &Sent, version: &str) -> Value {
    let url = Url::parse(&sent.url).ok();
    let pairs = url.iter().flat_map(Url::query_pairs);
    let query: Vec<Value> = pairs
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let headers: Vec<Value> = sent
        .headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut request = json!({
        "method": sent.method,
        "url": url.as_ref().map_or(sent.url.as_str(), Url::as_str),
        "httpVersion": version,
        "cookies": [],
        "headers": headers,
        "queryString": query,
        "headersSize": UNKNOWN,
        "bodySize": sent.size,
    });
    if !sent.body.is_empty() {
        let media_type = sent
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map_or("", |(_, value)| value);
        let mut posted = json!({ "mimeType": media_type, "params": [] });
        // The format has no encoding for what is sent; readers that know none show the base64.
        body(&mut posted, &sent.body, "_encoding");
        request["postData"] = posted;
    }
    request
}

fn response(received: &Received) -> Value {
    let headers: Vec<Value> = received
        .headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": String::from_utf8_lossy(value) }))
        .collect();
    let mut content = json!({
        "size": received.body.len(),
        "mimeType": received.header("content-type").unwrap_or_default(),
    });
    body(&mut content, &received.body, "encoding");
    json!({
        "status": received.status,
        "statusText": http::StatusCode::from_u16(received.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default(),
        "httpVersion": received.version,
        "cookies": [],
        "headers": headers,
        "content": content,
        "redirectURL": received.header("location").unwrap_or_default(),
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
    })
}

/// What browsers write where no response came: status 0, and why.
fn no_response(broken: &Broken) -> Value {
    json!({
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": { "size": 0, "mimeType": "" },
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
        "_error": broken.to_string(),
        "comment": broken.to_string(),
    })
}

/// Puts a body in: as it is where it is text, as base64 otherwise.
fn body(into: &mut Value, body: &[u8], encoding: &str) {
    if let Ok(text) = std::str::from_utf8(body) {
        into["text"] = text.into();
    } else {
        into["text"] = STANDARD.encode(body).into();
        into[encoding] = "base64".into();
    }
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
