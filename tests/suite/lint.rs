//! `gonogo lint`: what it warns of, what it mends, and how it tells programs.

use crate::support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::Folder;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A project without anything to warn of.
const CONTRACT: &str = r#"
name = "Orders"
[envelope]
schema = "envelope.json"
media_type = "application/json"
code = "/code"
window = "/retry_after"
[[status]]
status = 400
code = "bad_request"
clause = "refused"
[[status]]
status = 409
code = "conflict"
clause = "refused"
[[status]]
status = 409
code = "locked"
clause = "refused"
[[status]]
status = 429
code = "rate_limited"
clause = "limited"
window = true
[[clause]]
id = "refused"
level = "must"
text = "What is wrong is refused."
source = "handbook"
[[clause]]
id = "limited"
level = "must"
text = "What is too much is refused."
source = "handbook"
[[clause]]
id = "accepted"
level = "must"
text = "What is right is accepted."
source = "handbook"
[[clause]]
id = "answer"
level = "must"
text = "Each request has an answer."
source = "handbook"
check = "answer"
[[clause]]
id = "signed"
level = "must"
text = "Webhooks are signed."
source = "handbook"
[[exclude]]
clause = "signed"
reason = "no request brings one about"
[[exclude]]
row = "conflict"
reason = "no request brings one about"
[[exclude]]
row = "locked"
reason = "no request brings one about"
"#;

const REQUESTS: &str = r#"
[request.order]
method = "POST"
path = "/orders"
as = "member"
json = { article = "bolt", quantity = 1 }
[request.count]
method = "GET"
path = "/orders"
[probe.orders]
request = "count"
pointer = "/total"
[[case]]
name = "accepted"
clause = "accepted"
request = "order"
expect = "success"
[[case]]
name = "refused"
clause = "refused"
request = "order"
send.text = "{"
expect = "bad_request"
[[case]]
name = "limited"
clause = "limited"
request = "order"
burst = { requests = 9, until = "rate_limited" }
expect.each = ["success", "rate_limited"]
"#;

fn project(contract: &str, requests: &str, more: &str) -> Folder {
    Folder::of(&[
        (
            "gonogo.toml",
            "contract = \"contract.toml\"\ncases = [\"cases\"]\n",
        ),
        ("contract.toml", contract),
        ("envelope.json", r#"{"type":"object"}"#),
        ("cases/requests.toml", requests),
        ("cases/more.toml", more),
    ])
}

/// The warnings of a project, each as its code and its place.
fn told(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["lint", "--format", "json"], arguments].concat();
    let output = folder.run(&arguments);
    let lines = output.stdout.lines();
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(["warning", "error"].contains(&line["severity"].as_str().unwrap()));
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let range = &line["range"];
            format!(
                "{} {}:{}:{}",
                text("code"),
                text("file"),
                range["line"],
                range["column"]
            )
        })
        .collect()
}

/// Each a name, a file that joins the project, and what is told.
const WARNED: &[(&str, &str, &[&str])] = &[
    ("nothing", "", &[]),
    (
        "a refusal of what the control sends",
        r#"
        case = [{ name = "a", clause = "refused", request = "order", send.json.quantity = 1, expect = "bad_request" }]
        "#,
        &["same-as-control cases/more.toml:2:26"],
    ),
    (
        "a change of the credential, of the body, of what came before, or of nothing where success is expected",
        r#"
        [[case]]
        name = "a"
        clause = "refused"
        request = "order"
        as = "none"
        expect = "bad_request"
        [[case]]
        name = "b"
        clause = "refused"
        request = "order"
        send.json.quantity = 2
        expect = "bad_request"
        [[case]]
        name = "c"
        clause = "refused"
        step = [{ request = "order", expect = "success" }, { request = "order", expect = "conflict" }]
        [[case]]
        name = "d"
        clause = "accepted"
        request = "order"
        expect = "success"
        effect.orders = 1
        "#,
        &[],
    ),
    (
        "two alike, wherever they stand and however they are written",
        r#"
        [[case]]
        name = "a"
        clause = "accepted"
        each.n = [3, 2]
        request = "order"
        send.json.quantity = "{{ each.n }}"
        expect = "success"
        [[case]]
        name = "b"
        clause = "accepted"
        step = [{ request = "order", send = { json = { quantity = 2 } }, expect = ["success"] }]
        [[case]]
        name = "c"
        clause = "refused"
        request = "order"
        send.json.quantity = 2
        expect = "bad_request"
        "#,
        &["alike cases/more.toml:10:16"],
    ),
    (
        "variants that only a template tells apart are not alike",
        r#"
        [[case]]
        name = "a"
        clause = "accepted"
        each.n = [1, 2]
        request = "order"
        send.json.quantity = "{{ each.n + 1 }}"
        expect = "success"
        "#,
        &[],
    ),
    (
        "a status where a row is meant, and one that has none",
        r#"
        [[case]]
        name = "a"
        clause = "accepted"
        request = "order"
        send.text = "a"
        expect = 409
        [[case]]
        name = "b"
        clause = "accepted"
        request = "order"
        send.text = "b"
        expect = 405
        [[case]]
        name = "c"
        clause = "accepted"
        request = "order"
        send.text = "c"
        expect = ["success", 400]
        "#,
        &[
            "weak-expectation cases/more.toml:7:18",
            "weak-expectation cases/more.toml:19:18",
        ],
    ),
    (
        "for a row, and passes without it",
        r#"
        [[case]]
        name = "a"
        clause = "refused"
        request = "order"
        send.text = "a"
        expect = ["success", "bad_request"]
        [[case]]
        name = "b"
        clause = "refused"
        request = "order"
        send.text = "b"
        expect.below = 500
        [[case]]
        name = "c"
        clause = "refused"
        request = "order"
        send.text = "c"
        expect = ["conflict", "bad_request"]
        [[case]]
        name = "d"
        clause = "refused"
        request = "order"
        race = 3
        expect = { each = ["success", "conflict"], count = { success = 1 } }
        "#,
        &[
            "weak-expectation cases/more.toml:7:18",
            "weak-expectation cases/more.toml:13:24",
        ],
    ),
    (
        "a request that nothing sends",
        "request.lone = { method = \"GET\", path = \"/\" }",
        &["unused-request cases/more.toml:1:16"],
    ),
];

#[test]
fn what_is_likely_a_mistake_is_warned_of() {
    for (name, more, expected) in WARNED {
        let folder = project(CONTRACT, REQUESTS, more);
        assert_eq!(told(&folder, &[]), *expected, "{name}");
    }
}

#[test]
fn a_contract_is_warned_of() {
    let clause = "[[clause]]\nid = \"lone\"\nlevel = \"must\"\ntext = \"Nobody asks.\"\nsource = \"handbook\"\n";
    let contract = CONTRACT.replace("window = \"/retry_after\"\n", "") + clause;
    let folder = project(&contract, REQUESTS, "");
    let line = contract
        .lines()
        .position(|line| line == "id = \"lone\"")
        .unwrap()
        + 1;
    let window = contract
        .lines()
        .position(|line| line == "code = \"rate_limited\"")
        .unwrap()
        + 1;
    assert_eq!(
        told(&folder, &[]),
        [
            format!("window-without-source contract.toml:{window}:8"),
            format!("unexercised-clause contract.toml:{line}:6"),
        ]
    );
    let twice = "[[status]]\nstatus = 429\ncode = \"rate_limited\"\nname = \"again\"\nclause = \"accepted\"\n";
    let doubled = project(&format!("{CONTRACT}{twice}"), REQUESTS, "");
    let warnings = told(&doubled, &[]);
    assert!(
        warnings.iter().any(|one| one.starts_with("same-row")),
        "{warnings:?}"
    );
    // Of a part of the suite nobody knows what the rest uses.
    let part = told(&folder, &["--cases", "cases/more.toml"]);
    assert_eq!(
        part,
        [format!("window-without-source contract.toml:{window}:8")]
    );
}

#[test]
fn a_credential_that_is_a_slip_away_is_warned_of() {
    let more = r#"
        [request.other]
        method = "POST"
        path = "/"
        as = "partner"
        [[case]]
        name = "a"
        clause = "accepted"
        request = "other"
        as = "membr"
        expect = "success"
        [[case]]
        name = "b"
        clause = "accepted"
        step = [{ request = "other", expect = "success" }, { request = "order", as = "none", expect = "success" }]
        "#;
    let folder = project(CONTRACT, REQUESTS, more);
    // Without targets nobody knows which there are.
    assert_eq!(told(&folder, &[]), Vec::<String>::new());
    let config = "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.x]\nbase_url = \"http://localhost\"\ncredentials.member.bearer.env = \"KEY\"\n";
    folder.write("gonogo.toml", config);
    assert_eq!(
        told(&folder, &[]),
        [
            "unknown-credential cases/more.toml:2:9",
            "unknown-credential cases/more.toml:7:16"
        ]
    );
    let output = folder.run(&["lint"]);
    for said in ["did you mean `member`?", "the targets have `member`"] {
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
}

#[test]
fn fixtures_and_secrets_that_no_target_has_are_warned_of() {
    let more = r#"
        [request.read]
        method = "GET"
        path = "/orders/{{ fixture.ordr }}"
        headers = { X-Key = "{{ secret.membr }}", X-Other = "{{ fixture.order }}" }
        [[case]]
        name = "a"
        clause = "accepted"
        request = "read"
        send.query.next = "{{ fixture.zzz }}"
        expect = "success"
        "#;
    let folder = project(CONTRACT, REQUESTS, more);
    let config = "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.x]\nbase_url = \"http://localhost\"\ncredentials.member.bearer.env = \"KEY\"\n[target.y]\nbase_url = \"http://localhost\"\nfixtures.order = \"1\"\n";
    folder.write("gonogo.toml", config);
    let output = folder.run(&["lint"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    for said in [
        "unknown-fixture]: no target has the fixture `ordr`",
        "did you mean `order`?",
        "unknown-credential]: no target has the credential `membr`",
        "did you mean `member`?",
        "unknown-fixture]: no target has the fixture `zzz`",
        "the targets have `order`",
    ] {
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
    }
    assert!(
        output.stderr.ends_with("\n3 warnings found\n"),
        "{}",
        output.stderr
    );
}

/// What fails a run is known before it.
#[test]
fn waivers_that_have_expired_or_cover_nothing_are_warned_of() {
    let folder = project(CONTRACT, REQUESTS, "");
    let waivers = [
        ("requests::accepted", "2999-12-31"),
        ("requests::refused", "2020-02-29"),
        ("requests::refusd", "2999-12-31"),
        ("control::order", "2999-12-31"),
        ("control::ordr", "2999-12-31"),
        // No rejection depends on it, and no trial counts by the probe.
        ("control::count", "2999-12-31"),
        ("probe::orders", "2999-12-31"),
    ];
    let waivers = waivers.map(|(trial, until)| {
        format!(
            "[[target.x.waiver]]\ntrial = \"{trial}\"\nclauses = [\"refused\"]\nreason = \"known\"\nowner = \"us\"\nuntil = {until}\n"
        )
    });
    let config = "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.x]\nbase_url = \"http://localhost\"\ncredentials.member.bearer.env = \"KEY\"\n";
    folder.write("gonogo.toml", format!("{config}{}", waivers.concat()));
    assert_eq!(
        told(&folder, &[]),
        [
            "expired-waiver gonogo.toml:12:1",
            "unmatched-waiver gonogo.toml:18:1",
            "unmatched-waiver gonogo.toml:30:1",
            "unmatched-waiver gonogo.toml:36:1",
            "unmatched-waiver gonogo.toml:42:1",
        ]
    );
    let output = folder.run(&["lint"]);
    for said in [
        "the waiver of `requests::refused` ended on 2020-02-29",
        "owner: us; reason: known",
        "did you mean `requests::refused`?",
        "did you mean `control::order`?",
    ] {
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
    }
    // Part of a suite does not tell which waivers cover nothing.
    let part = told(&folder, &["--cases", "cases/more.toml"]);
    assert_eq!(part, ["expired-waiver gonogo.toml:12:1"]);
}

#[test]
fn exclusions_that_match_nothing_are_warned_of() {
    let exclude = |what: &str| format!("[[exclude]]\n{what}\nreason = \"none\"\n");
    let contract = [
        CONTRACT.to_owned(),
        exclude("clause = \"signed\""),
        exclude("row = \"locked\"\nrequests = [\"order\"]"),
        exclude("row = \"rate_limited\"\nrequests = [\"ordr\"]"),
        exclude("row = \"rate_limited\"\nrequests = [\"count\"]"),
        exclude("row = \"bad_request\"\nrequests = [\"count\"]"),
    ]
    .concat();
    let requests = REQUESTS.replace(
        "path = \"/orders\"\n[probe",
        "path = \"/orders\"\nrows = [\"rate_limited\"]\n[probe",
    );
    let line = |nth: usize| {
        let lines = contract.lines().enumerate();
        let lines = lines.filter(|(_, line)| *line == "[[exclude]]");
        lines.map(|(index, _)| index + 1).nth(nth).unwrap()
    };
    let expected =
        [3, 4, 5, 7].map(|nth| format!("unmatched-exclude contract.toml:{}:1", line(nth)));
    let folder = project(&contract, &requests, "");
    assert_eq!(told(&folder, &[]), expected);
    let output = folder.run(&["lint"]);
    for said in [
        "the clause `signed` is excluded already",
        "the row `locked` is excluded on these requests already",
        "did you mean `order`?",
        "no request here documents the row `bad_request`",
    ] {
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
    }
}

#[test]
fn files_that_are_passed_over_are_named() {
    let folder = project(CONTRACT, REQUESTS, "");
    for name in ["a/odd.TOML", "b.toml.txt", "notes.md", ".hidden.TOML"] {
        folder.write(&format!("cases/{name}"), "");
    }
    let mut expected = vec!["cases/a/odd.TOML", "cases/b.toml.txt"];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(
            folder.path("cases/more.toml"),
            folder.path("cases/link.toml"),
        )
        .unwrap();
        symlink(folder.path("cases/a"), folder.path("cases/more")).unwrap();
        expected.extend(["cases/link.toml", "cases/more"]);
    }
    let output = folder.run(&["lint"]);
    assert_eq!(output.code, 0);
    let count = output.stderr.matches("warning[passed-over]").count();
    assert_eq!(count, expected.len(), "{}", output.stderr);
    for name in expected {
        let said = format!("passed-over]: {name} is not read");
        assert!(output.stderr.contains(&said), "{said}: {}", output.stderr);
    }
    assert_eq!(folder.run(&["lint", "--deny-warnings"]).code, 2);
}

#[test]
fn rows_and_clauses_that_no_case_exercises_are_warned_of() {
    let row = "[[exclude]]\nrow = \"locked\"\nreason = \"no request brings one about\"\n";
    assert!(CONTRACT.contains(row));
    let folder = project(&CONTRACT.replace(row, ""), REQUESTS, "");
    let output = folder.run(&["lint"]);
    let said = "warning[unexercised-row]: no case expects the row `locked`\n";
    assert!(output.stderr.contains(said), "{}", output.stderr);
    assert!(
        output.stderr.ends_with("\n1 warning found\n"),
        "{}",
        output.stderr
    );
    // A row that no request documents, although all of them list theirs.
    let order = "rows = [\"bad_request\", \"rate_limited\"]\njson =";
    let listed = REQUESTS.replace("json =", order);
    let some = project(&CONTRACT.replace(row, ""), &listed, "").run(&["lint"]);
    assert!(some.stderr.contains(said), "{}", some.stderr);
    let listed = listed.replace("[probe.orders]", "rows = []\n[probe.orders]");
    let all = project(&CONTRACT.replace(row, ""), &listed, "").run(&["lint"]);
    let said = "warning[unexercised-row]: no request documents the row `locked`\n";
    assert!(all.stderr.contains(said), "{}", all.stderr);
    assert_eq!(all.stderr.matches("unexercised-row").count(), 1);
    // A clause that only a row has, which no case expects.
    let contract = CONTRACT.replace(row, "").replace(
        "code = \"locked\"\nclause = \"refused\"",
        "code = \"locked\"\nclause = \"lone\"",
    ) + "[[clause]]\nid = \"lone\"\nlevel = \"must\"\ntext = \"Locked.\"\nsource = \"handbook\"\n";
    let output = project(&contract, REQUESTS, "").run(&["lint"]);
    let said = "warning[unexercised-clause]: no case exercises `lone`\n";
    assert!(output.stderr.contains(said), "{}", output.stderr);
}

#[test]
fn warnings_are_denied_where_that_is_asked_for() {
    let lone = "request.lone = { method = \"GET\", path = \"/\" }";
    let folder = project(CONTRACT, REQUESTS, lone);
    let output = folder.run(&["lint"]);
    assert_eq!(output.code, 0);
    assert!(
        output.stdout.ends_with("3 trials; 1 warning\n"),
        "{}",
        output.stdout
    );
    assert!(output.stderr.starts_with(
        "warning[unused-request]: no case and no probe sends `lone`\n --> cases/more.toml:1:16\n"
    ));
    assert!(output.stderr.ends_with("\n1 warning found\n"));
    assert_eq!(folder.run(&["lint", "--deny-warnings"]).code, 2);
    let folder = project(CONTRACT, REQUESTS, "");
    assert_eq!(folder.run(&["lint", "--deny-warnings"]).code, 0);
}

#[test]
fn what_is_shipped_and_shown_has_nothing_to_warn_of() {
    let empty = Folder::of(&[]);
    let shipped = empty.run(&["lint", "--deny-warnings"]);
    assert_eq!((shipped.code, shipped.stderr.as_str()), (0, ""));
    for example in fs::read_dir(Path::new(ROOT).join("examples")).unwrap() {
        let config = example.unwrap().path().join("gonogo.toml");
        let output = empty.run(&[
            "lint",
            "--deny-warnings",
            "--config",
            config.to_str().unwrap(),
        ]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    }
}

#[test]
fn every_warning_is_documented() {
    let mut known = Vec::new();
    let files = fs::read_dir(Path::new(ROOT).join("src/authoring/lint")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    for file in files.chain([Path::new(ROOT).join("src/cli/lint.rs")]) {
        let text = fs::read_to_string(file)
            .unwrap()
            .replace(".warn_whole(", ".warn(");
        let calls = text.split(".warn(").skip(1);
        known.extend(calls.map(|call| call.split('"').nth(1).unwrap().to_owned()));
    }
    known.sort();
    known.dedup();
    let page = fs::read_to_string(Path::new(ROOT).join("docs/authoring.md")).unwrap();
    let table = page
        .split("| warning | meaning |\n| --- | --- |\n")
        .nth(1)
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut documented: Vec<String> = rows
        .map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect();
    documented.sort();
    assert_eq!(documented, known);
}

/// Each a file before and after `--fix`, and what is told of it then.
const MENDED: &[(&str, &str, &[&str])] = &[
    (
        "# A comment\n[[case]]\nnme = \"a\" # another\n  clause   = \"refused\"\nrequest = \"order\"\nsned = { remve = [\"/json/article\"] }\nexpect = 400 # and one more\n",
        "# A comment\n[[case]]\nname = \"a\" # another\n  clause   = \"refused\"\nrequest = \"order\"\nsend = { remove = [\"/json/article\"] }\nexpect = \"bad_request\" # and one more\n",
        &[],
    ),
    // Names that authors choose are not guessed; nor is what another key has already; nor which of two rows is meant.
    (
        "[[case]]\nname = \"a\"\nclause = \"refusde\"\nrequest = \"ordr\"\nrequst = \"order\"\nexpect = 409\n",
        "[[case]]\nname = \"a\"\nclause = \"refusde\"\nrequest = \"ordr\"\nrequst = \"order\"\nexpect = 409\n",
        &[
            "unknown-clause cases/more.toml:3:10",
            "unknown-request cases/more.toml:4:11",
            "unknown-key cases/more.toml:5:1",
        ],
    ),
    // A variant's value may stand for something else as well.
    (
        "[[case]]\nname = \"a\"\nclause = \"accepted\"\neach.n = [400]\nrequest = \"order\"\nsend.json.quantity = \"{{ each.n }}\"\nexpect = \"{{ each.n }}\"\n",
        "[[case]]\nname = \"a\"\nclause = \"accepted\"\neach.n = [400]\nrequest = \"order\"\nsend.json.quantity = \"{{ each.n }}\"\nexpect = \"{{ each.n }}\"\n",
        &["weak-expectation cases/more.toml:4:11"],
    ),
    // Words of the format, in a text without escapes.
    (
        "[request.x]\nmethod = \"GET\"\npath = \"/\"\nsuccess = { \"/a\" = { is = \"sting\" }, \"/b\" = { is = 'numbr' } }\n",
        "[request.x]\nmethod = \"GET\"\npath = \"/\"\nsuccess = { \"/a\" = { is = \"string\" }, \"/b\" = { is = 'numbr' } }\n",
        &["unknown-kind cases/more.toml:4:53"],
    ),
];

#[test]
fn what_can_only_be_meant_one_way_is_mended() {
    for (before, after, left) in MENDED {
        let folder = project(CONTRACT, REQUESTS, before);
        assert_eq!(told(&folder, &["--fix"]), *left, "{before}");
        let now = fs::read_to_string(folder.path("cases/more.toml")).unwrap();
        assert_eq!(now, *after);
        let requests = fs::read_to_string(folder.path("cases/requests.toml")).unwrap();
        assert_eq!(requests, REQUESTS);
    }
}

#[test]
fn contracts_and_configurations_are_mended_too() {
    let contract = CONTRACT.replacen("level = \"must\"", "levl = \"mus\"", 1);
    let folder = project(&contract, REQUESTS, "");
    folder.write("gonogo.toml", "contract = \"contract.toml\"\ncase = [\"cases\"]\n[target.x]\nbase_url = \"http://localhost\"\npermits = [\"write\"]\ncredentials.member.bearer.env = \"KEY\"\n");
    let output = folder.run(&["lint", "--fix"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(
        output.stderr,
        "fixed 2 places in gonogo.toml\nfixed 1 place in contract.toml\nfixed 1 place in contract.toml\n"
    );
    assert_eq!(
        fs::read_to_string(folder.path("contract.toml")).unwrap(),
        CONTRACT
    );
}

#[test]
fn sarif_has_a_rule_for_each_code_and_a_region_for_each_result() {
    let folder = project(
        CONTRACT,
        REQUESTS,
        "case = [{ name = \"ü\", clase = \"refused\", request = \"order\", expect = true }]",
    );
    let output = folder.run(&["lint", "--format", "sarif"]);
    assert_eq!(output.code, 2);
    let log: Value = serde_json::from_str(&output.stdout).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&Value> = rules.iter().map(|rule| &rule["id"]).collect();
    assert_eq!(
        ids,
        ["bad-name", "missing-key", "unknown-key", "wrong-type"]
    );
    assert_eq!(results.len(), 4, "{results:#?}");
    let unknown = results
        .iter()
        .find(|result| result["ruleId"] == "unknown-key")
        .unwrap();
    assert_eq!(unknown["level"], "error");
    let place = &unknown["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "cases/more.toml");
    // Columns are letters, not bytes.
    let region =
        serde_json::json!({ "startLine": 1, "startColumn": 23, "endLine": 1, "endColumn": 28 });
    let mut quoted = region.clone();
    quoted["snippet"] = serde_json::json!({ "text": "clase" });
    assert_eq!(place["region"], quoted);
    let fix = &unknown["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(
        (&fix["deletedRegion"], &fix["insertedContent"]["text"]),
        (&region, &"clause".into())
    );
    let clean = project(CONTRACT, REQUESTS, "").run(&["lint", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&clean.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}
