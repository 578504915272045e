//! The suite accepts every way to conform that the contract leaves: a server of each style passes all of it, strictly judged. Here some
//! are served; `cargo run --release -- prove --styles` serves all.

#![cfg(feature = "reference")]
use assert_cmd::Command;
use gonogo_reference::Style;
use serde_json::Value;

/// One of so many is served.
const EVERY: usize = 6;

#[test]
fn no_trial_says_anything_against_a_style() {
    let folder = tempfile::tempdir().unwrap();
    let some: Vec<&str> = Style::ALL
        .iter()
        .step_by(EVERY)
        .map(|style| style.name())
        .collect();
    let output = Command::cargo_bin("gonogo")
        .unwrap()
        .current_dir(folder.path())
        .args(["prove", "--format", "json"])
        .args(some.iter().flat_map(|name| ["--style", name]))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (score, styles) = lines.split_last().unwrap();
    let served: Vec<&str> = styles
        .iter()
        .map(|line| line["style"].as_str().unwrap())
        .collect();
    assert_eq!(served, some);
    assert_eq!(score["styles"], some.len());
    let false_alarms: Vec<&Value> = styles
        .iter()
        .flat_map(|line| line["alarms"].as_array().unwrap())
        // A machine that is busy releases races too loosely to tell anything.
        .filter(|alarm| alarm["inconclusive"] == false)
        .collect();
    assert!(false_alarms.is_empty(), "{false_alarms:#?}");
}

#[test]
fn styles_have_names_of_their_own() {
    for style in Style::ALL {
        let named = Style::named(style.name());
        assert_eq!(named, Some(*style), "{}", style.about());
    }
}

#[test]
fn billing_trials_create_the_events_that_they_need() {
    let folder = tempfile::tempdir().unwrap();
    for trial in [
        "accepted::billing_events::member",
        "accepted::billing_events::other",
        "accepted::next_billing_page",
        "accepted::third_billing_page",
        "not_found::billing_events_of_another_organization",
        "not_found::cursor_of_another_organization",
    ] {
        let output = Command::cargo_bin("gonogo")
            .unwrap()
            .current_dir(folder.path())
            .args(["prove", "--style", "new-account", trial])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{trial}\n{text}");
    }
}

#[test]
fn small_frames_are_sent_over_http_2() {
    let folder = tempfile::tempdir().unwrap();
    for trials in [
        "not_found::head_and_options::HEAD",
        "races::equal_source_assets",
    ] {
        let output = Command::cargo_bin("gonogo")
            .unwrap()
            .current_dir(folder.path())
            .args(["prove", "--style", "small-frames", trials])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        // A race on a busy machine may be inconclusive.
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 3)), "{trials}\n{text}");
    }
}
