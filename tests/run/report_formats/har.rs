//! HAR 1.2.

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonschema::{Retrieve, Uri};
use serde_json::{Value, json};

use super::suite::{SECRET, data, hostile_report, report};

/// The parts of the schema, which refer to each other by name.
struct Parts;

impl Retrieve for Parts {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let (_, name) = uri.as_str().rsplit_once('/').unwrap();
        Ok(data(&format!("har/{name}")))
    }
}

/// What the schema has against an archive.
fn faults(archive: &Value) -> Vec<String> {
    let schema = jsonschema::options()
        .with_base_uri("json-schema:///har.json")
        .with_retriever(Parts)
        .build(&data("har/har.json"))
        .unwrap();
    let faults = schema.iter_errors(archive);
    faults
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Reads an archive and holds it to the schema.
pub(crate) fn check(text: &str) -> Value {
    let archive = serde_json::from_str(text).unwrap();
    assert_eq!(faults(&archive), [""; 0]);
    archive
}

fn entry<'a>(archive: &'a Value, trial: &str) -> &'a Value {
    let entries = archive["log"]["entries"].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["pageref"] == trial && entry["comment"] == "step 1")
        .unwrap()
}

#[test]
fn the_schema_refuses_what_is_no_archive() {
    let creator = json!({ "name": "x", "version": "1" });
    let wrong =
        json!({ "log": { "version": "1.2", "creator": creator, "entries": [{ "cache": {} }] } });
    assert_eq!(faults(&wrong).len(), 5);
}

#[test]
fn each_trial_is_a_page_and_each_exchange_an_entry() {
    let (text, _) = report("har");
    let archive = check(&text);
    let pages: Vec<_> = archive["log"]["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| {
            (
                page["id"].as_str().unwrap(),
                page["comment"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(pages.len(), 9, "{pages:?}");
    assert_eq!(pages[1], ("things::conforms", "conforms"));
    assert_eq!(pages[6], ("things::violates", "violates"));
    let violates = entry(&archive, "things::violates");
    assert_eq!(violates["request"]["url"], "http://SERVER/thing?how=wrong");
    assert_eq!(
        violates["request"]["queryString"],
        json!([{ "name": "how", "value": "wrong" }])
    );
    assert_eq!(violates["request"]["postData"]["text"], r#"{"name":"x"}"#);
    assert_eq!(violates["response"]["status"], 422);
    assert_eq!(violates["response"]["statusText"], "Unprocessable Entity");
    assert_eq!(
        violates["response"]["content"]["text"],
        r#"{"error":{"code":"nope"}}"#
    );
    assert_eq!(violates["_findings"].as_array().unwrap().len(), 1);
    let milliseconds = |name: &str| violates["timings"][name].as_f64().unwrap();
    let sum = milliseconds("send") + milliseconds("wait") + milliseconds("receive");
    assert!((sum - violates["time"].as_f64().unwrap()).abs() < 0.01);
    // The control was sent once, by whichever trial came first.
    let entries = archive["log"]["entries"].as_array().unwrap();
    let controls = entries
        .iter()
        .filter(|entry| entry["comment"] == "control `thing`");
    assert_eq!(controls.count(), 1);
}

#[test]
fn bytes_are_base64_and_silence_is_status_0() {
    let (text, _) = report("har");
    let archive = check(&text);
    let binary = entry(&archive, "things::binary");
    assert_eq!(binary["request"]["postData"]["text"], "AP/+");
    assert_eq!(binary["request"]["postData"]["_encoding"], "base64");
    let content = &binary["response"]["content"];
    assert_eq!(
        (&content["encoding"], &content["size"]),
        (&"base64".into(), &4.into())
    );
    let decoded = STANDARD.decode(content["text"].as_str().unwrap()).unwrap();
    assert_eq!(decoded, b"\xff\xfe\x00!");
    let silent = &entry(&archive, "things::hangs_up")["response"];
    assert_eq!(silent["status"], 0);
    assert!(
        silent["_error"]
            .as_str()
            .unwrap()
            .starts_with("no complete HTTP response")
    );
}

#[test]
fn what_a_server_sends_is_kept_and_hidden_nowhere() {
    let text = hostile_report("har");
    let archive = check(&text);
    let hidden = |letter: &char| letter.is_control() && *letter != '\n' || *letter == '\u{202e}';
    assert_eq!(text.chars().find(hidden), None);
    let content = &entry(&archive, "things::violates")["response"]["content"];
    let body = content["text"].as_str().unwrap();
    assert!(
        body.contains('\u{202e}') && !body.contains(SECRET),
        "{body}"
    );
    // A secret among bytes is not told by their coding either.
    let content = &entry(&archive, "things::binary")["response"]["content"];
    let decoded = STANDARD.decode(content["text"].as_str().unwrap()).unwrap();
    let decoded = String::from_utf8_lossy(&decoded);
    assert!(
        decoded.contains("FORGED") && !decoded.contains(SECRET),
        "{decoded}"
    );
}
