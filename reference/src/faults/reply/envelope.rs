//! Envelopes that are not the one, and messages that show the insides.

use serde_json::{Value, json};

use super::edit::Edit::{Body, Bytes, Echo, Header, Rename, Set, Shape, Without};
use super::{Deviation, Fault as F, on};
use crate::route::Class::{
    CreateAsset, CreateGeneration, ReadAsset, ReadBilling, ReadGeneration, ReadUsage, Regenerate,
};

const CODE: &str = "/error/code";
const MESSAGE: &str = "/error/message";
const RETRYABLE: &str = "/error/retryable";
const WINDOW: &str = "/error/retry_after";

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const TEXT: &str = "text/plain";

const PAGE: &str = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>";
const TRACE: &str = r#""Traceback (most recent call last):\n  File \"/srv/api/jobs.py\", line 81, in create\nKeyError: 'plan'""#;
const DATABASE: &str = r#""duplicate key value violates unique constraint \"jobs_key\"""#;

/// One line a fault.
#[rustfmt::skip]
pub(super) fn of(fault: F) -> Deviation {
    Some(match fault {
        F::JobNamedTraced => (on(404), Shape(traced)),
        F::NoMessage404 => (on(404).at(ReadGeneration), Without(MESSAGE)),
        F::NoCode401 => (on(401).at(ReadUsage), Without(CODE)),
        F::NoCode403 => (on(403).at(ReadBilling), Without(CODE)),
        F::NoRetryable422 => (on(422).at(CreateGeneration), Without(RETRYABLE)),
        F::NoRetryable500 => (on(500), Without(RETRYABLE)),
        F::NoWindow400 => (on(400).at(CreateAsset), Without(WINDOW)),
        F::NoWindow409 => (on(409), Without(WINDOW)),
        F::RetryableText409 => (on(409).at(CreateGeneration), Set(RETRYABLE, r#""false""#)),
        F::RetryableNull404 => (on(404).at(ReadAsset), Set(RETRYABLE, "null")),
        F::RetryableNumber422 => (on(422).at(Regenerate), Set(RETRYABLE, "0")),
        F::RetryableOne429 => (on(429), Set(RETRYABLE, "1")),
        F::CodeNumber400 => (on(400).at(Regenerate), Set(CODE, "400")),
        F::CodeNull404 => (on(404).unknown_path(), Set(CODE, "null")),
        F::CodeMisspelt403 => (on(403), Set(CODE, r#""forbiden""#)),
        F::CodeCapitals401 => (on(401).at(ReadGeneration), Set(CODE, r#""UNAUTHORIZED""#)),
        F::CodeHyphen422 => (on(422).at(CreateGeneration), Set(CODE, r#""validation-error""#)),
        F::CodeCamel429 => (on(429), Set(CODE, r#""rateLimited""#)),
        F::CodeJob404 => (on(404).at(ReadGeneration), Set(CODE, r#""job_not_found""#)),
        F::CodeAsset404 => (on(404).at(ReadAsset), Set(CODE, r#""asset_not_found""#)),
        F::CodeConflict409 => (on(409), Set(CODE, r#""conflict""#)),
        F::CodeJson400 => (on(400).at(CreateGeneration), Set(CODE, r#""invalid_request""#)),
        F::CodeServer500 => (on(500), Set(CODE, r#""server_error""#)),
        F::CodePadded404 => (on(404).at(Regenerate), Set(CODE, r#""not_found ""#)),
        F::CodeOther422 => (on(422).at(CreateAsset), Set(CODE, r#""bad_request""#)),
        F::MessageEmpty422 => (on(422).at(CreateGeneration), Set(MESSAGE, r#""""#)),
        F::MessageNull401 => (on(401).at(CreateAsset), Set(MESSAGE, "null")),
        F::MessageList422 => (on(422).at(Regenerate), Set(MESSAGE, r#"["workflow is unknown"]"#)),
        F::MessageObject400 => (on(400).at(CreateGeneration), Set(MESSAGE, r#"{"body":"invalid"}"#)),
        F::MessageNumber409 => (on(409), Set(MESSAGE, "409")),
        F::ErrorText401 => (on(401).at(ReadBilling), Set("/error", r#""unauthorized""#)),
        F::Flat400 => (on(400).at(CreateAsset), Shape(|mut value| value["error"].take())),
        F::Detail422 => (on(422).at(CreateGeneration), Body(JSON, r#"{"detail":[{"loc":["body"],"msg":"invalid"}]}"#)),
        F::Detail404 => (on(404).unknown_path(), Body(JSON, r#"{"detail":"Not Found"}"#)),
        F::Detail401 => (on(401).at(CreateGeneration), Body(JSON, r#"{"detail":"Not authenticated"}"#)),
        F::Errors422 => (on(422).at(CreateAsset), Shape(|mut value| json!({"errors": [value["error"].take()]}))),
        F::Wrapped403 => (on(403), Shape(|value| json!({"data": value}))),
        F::Twice404 => (on(404).at(ReadGeneration), Shape(|value| json!({"error": value}))),
        F::List400 => (on(400).at(Regenerate), Shape(|value| json!([value]))),
        F::JsonInText409 => (on(409), Shape(|value| Value::String(value.to_string()))),
        F::Html404 => (on(404).unknown_path(), Body(HTML, PAGE)),
        F::Html500 => (on(500), Body(HTML, PAGE)),
        F::Html429 => (on(429).at(ReadUsage), Body(HTML, PAGE)),
        F::Text401 => (on(401).at(Regenerate), Body(TEXT, "Unauthorized")),
        F::Empty401 => (on(401).at(ReadUsage), Body(JSON, "")),
        F::EmptyObject403 => (on(403), Body(JSON, "{}")),
        F::NullError404 => (on(404).at(ReadAsset), Set("/error", "null")),
        F::SingleQuotes400 => (on(400).at(CreateGeneration), Bytes(|text| text.replace('"', "'").into())),
        F::TrailingByte422 => (on(422).at(CreateGeneration), Bytes(|text| format!("{text}0").into())),
        F::TrailingComma404 => (on(404).at(ReadGeneration), Bytes(|text| text.replace("}}", ",}}").into())),
        F::RawBreak422 => (on(422).at(Regenerate), Bytes(|text| text.replacen(' ', "\n", 1).into())),
        F::Cut409 => (on(409).at(CreateGeneration), Bytes(|text| text.as_bytes()[..text.len() / 2].into())),
        F::TwoTexts500 => (on(500), Bytes(|text| format!("{text}\n{text}").into())),
        F::Prefix403 => (on(403), Bytes(|text| format!(")]}}',\n{text}").into())),
        F::CodeTwice400 => (on(400).at(CreateGeneration), Bytes(|text| text.replacen(r#"{"code":"#, r#"{"code":"error","code":"#, 1).into())),
        F::Bom404 => (on(404).at(ReadGeneration), Bytes(|text| format!("\u{feff}{text}").into())),
        F::Latin422 => (on(422).at(CreateGeneration), Bytes(|text| text.replace("ation", "ation \u{1}").bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect())),
        F::Utf16On404 => (on(404).at(ReadAsset), Bytes(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect())),
        F::TextType422 => (on(422).at(Regenerate), Header("content-type", Some(TEXT))),
        F::HtmlType403 => (on(403), Header("content-type", Some(HTML))),
        F::NoType404 => (on(404).at(ReadGeneration), Header("content-type", None)),
        F::CamelWindow429 => (on(429), Rename(WINDOW, "retryAfter")),
        F::Trace500 => (on(500), Set(MESSAGE, TRACE)),
        F::Sql409 => (on(409), Set(MESSAGE, DATABASE)),
        F::Exception400 => (on(400).at(CreateGeneration), Set(MESSAGE, r#""KeyError: 'workflow'""#)),
        F::Path404 => (on(404).at(ReadGeneration), Set(MESSAGE, r#""cannot open /var/lib/api/jobs""#)),
        F::Source422 => (on(422).at(CreateGeneration), Set(MESSAGE, r#""refused in src/jobs/matrix.rs:42""#)),
        F::Token401 => (on(401), Echo),
        _ => return None,
    })
}

/// A message that ends with an id of the response.
fn traced(mut value: Value) -> Value {
    if let Some(Value::String(message)) = value.pointer_mut(MESSAGE) {
        *message = format!("{message} (trace {})", uuid::Uuid::new_v4());
    }
    value
}
