//! Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::suite::{hostile_report, report};

/// What of a text is not code: everything in it that a reader acts on.
fn outside_of_code(text: &str) -> Vec<Event<'_>> {
    let mut inside = 0;
    let mut events = Vec::new();
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::CodeBlock) => inside -= 1,
            Event::Code(_) => {}
            event if inside == 0 => events.push(event),
            _ => {}
        }
    }
    events
}

#[test]
fn a_run_is_told_on_a_page() {
    let (text, _) = report("markdown");
    insta::with_settings!({ filters => vec![
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z, took \d+\.\d s", "TIME, took N s"),
        (r"digest `[0-9a-f]{16}`", "digest `DIGEST`"),
    ] }, { insta::assert_snapshot!(text); });
}

#[test]
fn what_a_server_sends_is_no_markup() {
    let text = hostile_report("markdown");
    assert!(text.contains("FORGED"), "{text}");
    for event in outside_of_code(&text) {
        let told = match &event {
            Event::Text(told) => told,
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                panic!("{event:?}\n{text}")
            }
            _ => continue,
        };
        assert!(!told.contains("FORGED"), "{told}\n{text}");
    }
}
