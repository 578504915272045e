//! How finished answers are dressed: their headers, the form of their JSON, and how they are sent.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, DATE, RETRY_AFTER,
    SERVER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use serde_json::{Value, json};

use super::Style;
use crate::envelope::Failure;
use crate::response::Message;

/// The longest chunk of [`Style::Chunked`], in bytes.
const CHUNK: usize = 512;
/// The longest frame of [`Style::SmallFrames`], in bytes.
const FRAME: usize = 16;

/// The answer as a server of this style sends it. `asked` is the head of its request, `failure` what it refuses for.
pub(crate) fn dress(
    style: Style,
    asked: &HeaderMap,
    failure: Option<&Failure>,
    answer: &mut Message,
) {
    match style {
        Style::Created201 if answer.status == StatusCode::ACCEPTED => {
            answer.status = StatusCode::CREATED;
        }
        Style::Created200 if answer.status == StatusCode::ACCEPTED => {
            answer.status = StatusCode::OK;
        }
        Style::NoHeader => {
            answer.headers.remove(RETRY_AFTER);
        }
        Style::DateHeader => {
            if let Some(seconds) = failure.and_then(Failure::retry_after) {
                let now = SystemTime::now();
                answer.set(DATE, &httpdate::fmt_http_date(now));
                answer.set(
                    RETRY_AFTER,
                    &httpdate::fmt_http_date(now + Duration::from_secs(seconds)),
                );
            }
        }
        Style::FloatWindows => {
            if let Some(Failure::RateLimited { wait }) = failure {
                answer.alter(|value| value["error"]["retry_after"] = json!(wait.as_secs_f64()));
            }
        }
        Style::ZeroWindows => answer.alter(|value| {
            if value
                .pointer("/error/retry_after")
                .is_some_and(Value::is_null)
            {
                value["error"]["retry_after"] = json!(0);
            }
        }),
        Style::ExtraMembers => {
            let id = uuid::Uuid::new_v4().to_string();
            let status = answer.status.as_u16();
            if failure.is_some() {
                answer.alter(|value| {
                    value["error"]["request_id"] = json!(id);
                    value["error"]["details"] = json!([]);
                    value["status"] = json!(status);
                });
            }
            answer.set(HeaderName::from_static("x-request-id"), &id);
        }
        Style::Pretty => {
            if let Ok(value) = serde_json::from_slice::<Value>(&answer.body) {
                answer.body = format!("{value:#}\n").into();
            }
        }
        Style::Charset => answer.set(CONTENT_TYPE, "Application/JSON; charset=utf-8"),
        Style::CacheList => answer.set(CACHE_CONTROL, "private, No-Store, max-age=0"),
        Style::Realm if answer.status == StatusCode::UNAUTHORIZED => {
            answer.set(
                WWW_AUTHENTICATE,
                "Bearer realm=\"api\", error=\"invalid_token\"",
            );
        }
        Style::Close => answer.set(CONNECTION, "close"),
        Style::HeaderOrder => {
            let before = std::mem::take(&mut answer.headers);
            answer.set(VARY, "Authorization");
            let mut fields: Vec<_> = before.iter().collect();
            fields.reverse();
            for (name, value) in fields {
                answer.headers.append(name, value.clone());
            }
            answer.set(SERVER, "reference");
        }
        Style::Gzip if asks_for_gzip(asked) => {
            answer.set(CONTENT_ENCODING, "gzip");
            answer.set(VARY, "Accept-Encoding");
            answer.body = gzip(&answer.body);
        }
        _ => {}
    }
}

/// The body as it is sent.
pub(crate) fn body(styles: &[Style], body: Bytes) -> Body {
    let (size, first) = if styles.contains(&Style::SmallFrames) {
        // HTTP/1.1 has no empty chunks: the HTTP/1.1 library drops this one.
        (FRAME, Some(Bytes::new()))
    } else if styles.contains(&Style::Chunked) {
        (CHUNK, None)
    } else {
        return Body::from(body);
    };
    if body.is_empty() {
        return Body::from(body);
    }
    let chunks = body.chunks(size).map(Bytes::copy_from_slice);
    let chunks: Vec<Result<Bytes, std::convert::Infallible>> =
        first.into_iter().chain(chunks).map(Ok).collect();
    Body::from_stream(stream::iter(chunks))
}

fn asks_for_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(ACCEPT_ENCODING).iter();
    values
        .filter_map(|value| HeaderValue::to_str(value).ok())
        .any(|value| value.contains("gzip"))
}

fn gzip(body: &[u8]) -> Bytes {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = packed.write_all(body);
    packed.finish().unwrap_or_default().into()
}
