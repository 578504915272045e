//! `JUnit` XML.

use roxmltree::{Document, Node};

use super::suite::{EVIL, hostile_report, report};

fn trials<'a>(document: &'a Document<'a>) -> Vec<Node<'a, 'a>> {
    let nodes = document.descendants();
    nodes.filter(|node| node.has_tag_name("testcase")).collect()
}

fn child<'a>(node: Node<'a, 'a>, names: &[&str]) -> Option<Node<'a, 'a>> {
    node.children()
        .find(|child| names.contains(&child.tag_name().name()))
}

#[test]
fn every_outcome_has_its_element() {
    let (text, _) = report("junit");
    let document = Document::parse(&text).unwrap();
    let mut told = Vec::new();
    for trial in trials(&document) {
        let status = child(trial, &["failure", "error", "skipped"]);
        let attribute = |name: &str| status.and_then(|node| node.attribute(name)).unwrap_or("");
        told.push((
            trial.attribute("name").unwrap(),
            status.map_or("", |node| node.tag_name().name()),
            attribute("type"),
            attribute("message"),
        ));
    }
    let nope = "violates[refused]: status: expected 400 bad_request, was 422 nope";
    let refused = "inconclusive: the control, the valid request `refused`, was rejected with 403";
    let gone = "target `staging` has no credential `nobody`";
    let waived = "waived until 2999-03-31: mended in March";
    let stale = "stale waiver: `things::gone` in gonogo.toml:15 covers no trial";
    let expected = [
        ("things::binary", "", "", ""),
        ("things::conforms", "", "", ""),
        (
            "things::hangs_up",
            "failure",
            "violates",
            "violates[complete]",
        ),
        ("things::ignored", "skipped", "ignored", gone),
        ("things::inconclusive", "error", "inconclusive", refused),
        ("things::untraced", "", "", ""),
        ("things::violates", "failure", "violates", nope),
        ("things::waived", "skipped", "waived", waived),
        ("waiver::things::gone", "failure", "stale-waiver", stale),
    ];
    told.sort_unstable();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(
            (told.0, told.1, told.2),
            (expected.0, expected.1, expected.2)
        );
        assert!(told.3.contains(expected.3), "{told:?}");
    }
}

#[test]
fn a_trial_has_its_time_its_properties_and_the_text_of_the_terminal() {
    let (text, output) = report("junit");
    let document = Document::parse(&text).unwrap();
    let all = trials(&document);
    let of = |name: &str| {
        *all.iter()
            .find(|one| one.attribute("name") == Some(name))
            .unwrap()
    };
    let violates = of("things::violates");
    let properties: Vec<_> = child(violates, &["properties"])
        .unwrap()
        .children()
        .filter_map(|node| Some((node.attribute("name")?, node.attribute("value")?)))
        .collect();
    assert_eq!(
        properties,
        [
            ("case", "cases/things.toml:8"),
            ("clause", "refused"),
            ("rows", "bad_request"),
            ("requests", "thing"),
        ]
    );
    assert!(violates.attribute("time").unwrap().parse::<f64>().unwrap() >= 0.0);
    let told = child(violates, &["failure"]).unwrap().text().unwrap();
    assert!(output.stdout.contains(told), "{told}\n{}", output.stdout);
    assert!(
        told.contains("curl -i -X POST 'http://SERVER/thing?how=wrong'"),
        "{told}"
    );
    // What a `should` has to say is kept, though the trial conforms.
    let warned = child(of("things::untraced"), &["system-out"]).unwrap();
    assert!(
        warned
            .text()
            .unwrap()
            .starts_with("warning: should[traced]")
    );
    assert!(child(of("things::conforms"), &["system-out"]).is_none());
    let suites: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"))
        .map(|node| {
            ["name", "tests", "failures", "errors", "skipped"]
                .map(|name| node.attribute(name).unwrap())
        })
        .collect();
    assert_eq!(
        suites,
        [
            ["cases/things.toml", "8", "2", "1", "2"],
            ["gonogo.toml", "1", "1", "0", "0"]
        ]
    );
}

#[test]
fn what_a_server_sends_stays_text() {
    let text = hostile_report("junit");
    let document = Document::parse(&text).unwrap();
    assert_eq!(trials(&document).len(), 10 + EVIL.len());
    assert!(text.contains("FORGED"), "{text}");
    let hidden = text
        .chars()
        .find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(hidden, None);
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
}
