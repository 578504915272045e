//! SARIF 2.1.0.

use serde_json::{Value, json};

use super::suite::{data, hostile_report, report};
use crate::support::Folder;

/// What the schema has against a log.
fn faults(log: &Value) -> Vec<String> {
    let mut schema = data("sarif-2.1.0-rtm.5.json");
    // The pattern of a language has a bracket too many, and we write none.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"]["pattern"] = "".into();
    }
    let schema = jsonschema::options().build(&schema).unwrap();
    let faults = schema.iter_errors(log);
    faults
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Reads a log and holds it to the schema; yields its one run.
pub(crate) fn check(text: &str) -> Value {
    let mut log: Value = serde_json::from_str(text).unwrap();
    assert_eq!(faults(&log), [""; 0]);
    let run = log["runs"][0].take();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        // What the schema does not say.
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(
            (result["kind"] == "fail") != (result["level"] == "none"),
            "{result}"
        );
    }
    run
}

fn trial(result: &Value) -> &str {
    let logical = &result["locations"][0]["logicalLocations"][0];
    logical["fullyQualifiedName"].as_str().unwrap()
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let wrong = json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    assert_eq!(faults(&wrong).len(), 1);
}

#[test]
fn a_finding_is_a_result_of_its_clause() {
    let (text, _) = report("sarif");
    let run = check(&text);
    let results = run["results"].as_array().unwrap();
    let told: Vec<_> = results
        .iter()
        .filter(|result| trial(result) != "things::binary")
        .map(|result| {
            let of = |member: &str| result[member].as_str().unwrap();
            let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
            (
                trial(result),
                of("ruleId"),
                of("kind"),
                of("level"),
                line.as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("things::hangs_up", "complete", "fail", "error", 24),
            ("things::inconclusive", "refused", "open", "none", 33),
            ("things::untraced", "traced", "fail", "warning", 18),
            ("things::violates", "refused", "fail", "error", 12),
            ("things::waived", "refused", "fail", "error", 49),
            ("waiver::things::gone", "stale-waiver", "fail", "error", 15),
        ]
    );
    let violates = results
        .iter()
        .find(|result| trial(result) == "things::violates")
        .unwrap();
    assert_eq!(
        violates["message"]["text"],
        "things::violates, step 1: status: expected 400 bad_request, was 422 nope"
    );
    let place = &violates["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "cases/things.toml");
    assert_eq!(place["region"]["snippet"]["text"], "\"bad_request\"");
    assert_eq!(violates["webResponse"]["statusCode"], 422);
    assert_eq!(
        violates["webRequest"]["headers"]["authorization"],
        "Bearer $MEMBER_KEY"
    );
    let waived = results
        .iter()
        .find(|result| trial(result) == "things::waived")
        .unwrap();
    let why = "waived until 2999-03-31: mended in March";
    assert_eq!(
        waived["suppressions"],
        json!([{ "kind": "external", "status": "accepted", "justification": why }])
    );
    assert!(violates.get("suppressions").is_none());
    // No finding passes for another one.
    let mut known: Vec<&Value> = results
        .iter()
        .map(|result| &result["partialFingerprints"])
        .collect();
    known.retain(|fingerprints| !fingerprints.is_null());
    let all = known.len();
    known.sort_by_key(ToString::to_string);
    known.dedup();
    assert_eq!((known.len(), all), (4, 4), "{known:#?}");
}

#[test]
fn a_clause_is_a_rule_with_help() {
    let (text, _) = report("sarif");
    let run = check(&text);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let traced = rules.iter().find(|rule| rule["id"] == "traced").unwrap();
    assert_eq!(
        traced["shortDescription"]["text"],
        "A refusal can be traced."
    );
    assert_eq!(traced["defaultConfiguration"]["level"], "warning");
    let help = traced["help"]["text"].as_str().unwrap();
    assert!(
        help.ends_with("Level: should. Source: the documentation, 2"),
        "{help}"
    );
    assert_eq!(run["automationDetails"]["id"], "gonogo/staging/");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn what_a_server_sends_is_no_link() {
    let text = hostile_report("sarif");
    let run = check(&text);
    let mut told = 0;
    for result in run["results"].as_array().unwrap() {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("]("), "{message}");
        told += usize::from(message.contains("FORGED"));
    }
    assert!(told > 0, "{text}");
}

#[test]
fn faults_of_files_are_a_log_of_the_same_frame() {
    let folder = Folder::of(&[("cases/a b.toml", "[[case]]\nodd = 1\n")]);
    let output = folder.run(&["lint", "--cases", "cases", "--format", "sarif"]);
    assert_eq!(output.code, 2, "{}", output.all());
    let run = check(&output.stdout);
    let result = &run["results"][0];
    let file = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(
        *file,
        json!({ "uri": "cases/a%20b.toml", "uriBaseId": "%SRCROOT%" })
    );
    assert_eq!(run["automationDetails"]["id"], "gonogo/lint/");
}
