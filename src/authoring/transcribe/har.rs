//! An entry of a HAR file (HTTP Archive 1.2).

use base64::Engine as _;
use serde_json::Value;

use super::multipart::parts;
use super::{Recorded, RecordedBody, RecordedPart, RecordingError, curl, received};

/// Reads one entry of a HAR file, counted from 1; without a number, the only one.
pub fn from_har(text: &str, number: Option<usize>) -> Result<Recorded, RecordingError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let har: Value =
        serde_json::from_str(text).map_err(|error| RecordingError::Har(error.to_string()))?;
    let entries = har.pointer("/log/entries").and_then(Value::as_array);
    let entries =
        entries.ok_or_else(|| RecordingError::Har("/log/entries is missing".to_owned()))?;
    let entry = match (number, entries.as_slice()) {
        (None, [one]) => one,
        (None, several) => {
            let lines = several.iter().enumerate();
            let lines = lines.map(|(index, entry)| format!("{}: {}", index + 1, line(entry)));
            return Err(RecordingError::Which(lines.collect()));
        }
        (Some(number), several) => number
            .checked_sub(1)
            .and_then(|index| several.get(index))
            .ok_or_else(|| {
                RecordingError::Unknown(format!(
                    "there is no entry {number}: the file has {}",
                    several.len()
                ))
            })?,
    };
    recorded(entry).map_err(RecordingError::Har)
}

/// Method, path and status, for a list: the query may hold secrets.
fn line(entry: &Value) -> String {
    let url = text(entry, "/request/url");
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        // So may what is before the host.
        Some((scheme, rest)) => {
            format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default())
        }
        None => path.to_owned(),
    };
    let status = status(entry).map_or("no response".to_owned(), |status| status.to_string());
    format!("{} {path} ({status})", text(entry, "/request/method"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The status; browsers write 0 or -1 where there is no response.
fn status(entry: &Value) -> Option<u16> {
    let status = entry.pointer("/response/status").and_then(Value::as_u64)?;
    u16::try_from(status).ok().filter(|status| *status > 0)
}

/// The pairs of a list of objects with `name` and `value`.
fn pairs(value: &Value, pointer: &str) -> Vec<(String, String)> {
    let fields = value.pointer(pointer).and_then(Value::as_array);
    let fields = fields.into_iter().flatten();
    fields
        .map(|field| {
            let name = text(field, "/name").to_owned();
            (name, text(field, "/value").to_owned())
        })
        .collect()
}

fn recorded(entry: &Value) -> Result<Recorded, String> {
    let url = curl::address(text(entry, "/request/url"))
        .ok_or("/request/url of the entry is not an HTTP address")?;
    let method = text(entry, "/request/method").to_owned();
    if method.is_empty() {
        return Err("/request/method of the entry is missing".to_owned());
    }
    let headers = pairs(entry, "/request/headers").into_iter();
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let cookies = pairs(entry, "/request/cookies");
    if !cookies.is_empty() && !has(&headers, "cookie") {
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        headers.push(("cookie".to_owned(), cookies.collect::<Vec<_>>().join("; ")));
    }
    let mut notes = Vec::new();
    let body = body(entry, &headers, &mut notes)?;
    let media_type = text(entry, "/request/postData/mimeType");
    let sends = body != RecordedBody::Empty && !media_type.is_empty();
    if sends && !has(&headers, "content-type") {
        headers.push(("content-type".to_owned(), media_type.to_owned()));
    }
    let answer = match status(entry) {
        Some(status) => {
            let mut answer = received(status, content(entry)?);
            let fields = pairs(entry, "/response/headers").into_iter();
            answer.headers = fields
                .filter(|(name, _)| !name.starts_with(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes()))
                .collect();
            Some(answer)
        }
        None => None,
    };
    Ok(Recorded {
        method,
        url,
        headers,
        body,
        answer,
        variables: Vec::new(),
        notes,
    })
}

fn has(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(known, _)| known == name)
}

fn body(
    entry: &Value,
    headers: &[(String, String)],
    notes: &mut Vec<String>,
) -> Result<RecordedBody, String> {
    let none = Value::Null;
    let data = entry.pointer("/request/postData").unwrap_or(&none);
    let media_type = text(data, "/mimeType");
    let written = match text(data, "/encoding") {
        "base64" => {
            let engine = base64::engine::general_purpose::STANDARD;
            let bytes = engine.decode(text(data, "/text")).ok();
            let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            decoded.ok_or("/request/postData/text of the entry is not text in base64")?
        }
        _ => text(data, "/text").to_owned(),
    };
    let params = data.pointer("/params").and_then(Value::as_array);
    let params = params.filter(|params| !params.is_empty());
    if media_type.to_ascii_lowercase().starts_with("multipart/") {
        if let Some(parts) = parts(media_type, &written) {
            return Ok(RecordedBody::Form(parts));
        }
        if let (true, Some(params)) = (written.is_empty(), params) {
            return Ok(RecordedBody::Form(params.iter().map(param).collect()));
        }
    }
    if !written.is_empty() {
        return Ok(RecordedBody::Text(written));
    }
    if let Some(params) = params {
        return Ok(RecordedBody::Text(encoded(params, notes)));
    }
    let size = entry.pointer("/request/bodySize").and_then(Value::as_i64);
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok());
    let size = size.unwrap_or_default().max(length.unwrap_or_default());
    if size > 0 {
        return Err(format!(
            "the entry has no /request/postData, but its body has {size} bytes: save the file again with contents"
        ));
    }
    Ok(RecordedBody::Empty)
}

/// The parameters as they are sent. The format leaves open whether they are encoded, so what can be read as encoded is.
fn encoded(params: &[Value], notes: &mut Vec<String>) -> String {
    let fields = params
        .iter()
        .flat_map(|param| [text(param, "/name"), text(param, "/value")]);
    let fields: Vec<&str> = fields.collect();
    let is_encoded = fields.iter().all(|text| is_encoded(text));
    if is_encoded && fields.iter().any(|text| text.contains(['%', '+'])) {
        notes.push("The parameters were taken to be encoded already: compare `text`.".to_owned());
    }
    let encode = |text: &str| {
        if is_encoded {
            text.to_owned()
        } else {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        }
    };
    let pairs = fields.chunks(2).map(|pair| {
        let pair: Vec<String> = pair.iter().map(|text| encode(text)).collect();
        pair.join("=")
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Whether a text can be one of `application/x-www-form-urlencoded` as it stands.
fn is_encoded(text: &str) -> bool {
    let mut pieces = text.split('%');
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~*+".contains(&byte))
    };
    let escape =
        |text: &str| text.len() >= 2 && text.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    pieces.next().is_none_or(plain) && pieces.all(|piece| plain(piece) && escape(piece))
}

/// A part of a form whose text was not saved.
fn param(param: &Value) -> RecordedPart {
    let of = |pointer: &str| {
        param
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let filename = of("/fileName");
    RecordedPart {
        name: of("/name"),
        text: of("/value").filter(|text| filename.is_none() || !text.is_empty()),
        media_type: of("/contentType").filter(|media_type| !media_type.is_empty()),
        filename,
    }
}

fn content(entry: &Value) -> Result<Vec<u8>, String> {
    let written = text(entry, "/response/content/text");
    if text(entry, "/response/content/encoding") == "base64" {
        let decoded = base64::engine::general_purpose::STANDARD.decode(written);
        return decoded.map_err(|error| {
            format!("/response/content/text of the entry is not base64: {error}")
        });
    }
    Ok(written.as_bytes().to_vec())
}
