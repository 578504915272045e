//! An entry of a HAR file (HTTP Archive 1.2).

use base64::Engine as _;
use serde_json::Value;

use super::{Recorded, RecordedBody, RecordedPart, Untold, curl, received};

/// Reads one entry of a HAR file, counted from 1; without a number, the only one.
pub fn from_har(text: &str, number: Option<usize>) -> Result<Recorded, Untold> {
    let har: Value = serde_json::from_str(text).map_err(|error| Untold::Har(error.to_string()))?;
    let entries = har.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries.ok_or_else(|| Untold::Har("it has no /log/entries".to_owned()))?;
    let entry = match (number, entries.as_slice()) {
        (None, [one]) => one,
        (None, several) => {
            let lines = several.iter().enumerate();
            let lines = lines.map(|(index, entry)| format!("{}: {}", index + 1, line(entry)));
            return Err(Untold::Which(lines.collect()));
        }
        (Some(number), several) => number
            .checked_sub(1)
            .and_then(|index| several.get(index))
            .ok_or_else(|| {
                Untold::Unknown(format!(
                    "there is no entry {number}: it has {}",
                    several.len()
                ))
            })?,
    };
    recorded(entry)
}

/// Method, path and status, for a list: the query may hold secrets.
fn line(entry: &Value) -> String {
    let url = text(entry, "/request/url");
    let path = url.split('?').next().unwrap_or_default();
    let status = entry.pointer("/response/status").and_then(Value::as_u64);
    format!(
        "{} {path} ({})",
        text(entry, "/request/method"),
        status.unwrap_or_default()
    )
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn recorded(entry: &Value) -> Result<Recorded, Untold> {
    let url = curl::address(text(entry, "/request/url"))
        .map_err(|_| Untold::Har("/request/url of the entry is no address".to_owned()))?;
    let pairs = |pointer: &str| -> Vec<(String, String)> {
        let fields = entry.pointer(pointer).and_then(Value::as_array);
        let fields = fields.into_iter().flatten();
        fields
            .map(|field| {
                let name = text(field, "/name").to_owned();
                (name, text(field, "/value").to_owned())
            })
            .collect()
    };
    let headers = pairs("/request/headers");
    let body = match entry.pointer("/request/postData") {
        None | Some(Value::Null) => RecordedBody::Empty,
        Some(data) if text(data, "/mimeType").starts_with("multipart/") => {
            RecordedBody::Form(parts(data))
        }
        Some(data) if text(data, "/text").is_empty() => RecordedBody::Empty,
        Some(data) => RecordedBody::Text(text(data, "/text").to_owned()),
    };
    let status = entry.pointer("/response/status").and_then(Value::as_u64);
    let status = status.and_then(|status| u16::try_from(status).ok());
    Ok(Recorded {
        method: text(entry, "/request/method").to_owned(),
        url,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        body,
        answer: status
            .filter(|status| *status > 0)
            .map(|status| received(status, content(entry))),
    })
}

fn parts(data: &Value) -> Vec<RecordedPart> {
    let params = data.pointer("/params").and_then(Value::as_array);
    let params = params.into_iter().flatten();
    params
        .map(|param| {
            let filename = param.pointer("/fileName").and_then(Value::as_str);
            RecordedPart {
                name: text(param, "/name").to_owned(),
                filename: filename.map(str::to_owned),
                text: text(param, "/value").to_owned(),
            }
        })
        .collect()
}

fn content(entry: &Value) -> Vec<u8> {
    let written = text(entry, "/response/content/text");
    if text(entry, "/response/content/encoding") == "base64" {
        let decoded = base64::engine::general_purpose::STANDARD.decode(written);
        return decoded.unwrap_or_default();
    }
    written.as_bytes().to_vec()
}
