//! No key is without effect: each one that asserts something turns a passing run red, and without it the same run passes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::project;
use crate::server;

use server::{Reply, Request, Server};

/// A server: the request, and how many have come before it.
type Script = fn(&Request, usize) -> Reply;

/// What shows that a key can turn a run red.
struct Shown {
    /// The keys, as `table.key` of the editor schemas.
    keys: &'static [&'static str],
    /// Lines behind the contract below; a line of the contract that is replaced is written `old => new`.
    contract: &'static str,
    /// Lines behind the request below.
    cases: &'static str,
    /// Lines of the target's table.
    target: &'static str,
    /// Text, in one of these, that has the key; with `without` in its place a run against `wrong` passes.
    key: &'static str,
    without: &'static str,
    /// A server that conforms, and one that does not.
    right: Script,
    wrong: Script,
}

const CONTRACT: &str = r#"
name = "Things"
[envelope]
schema = "error.json"
media_type = "application/json"
code = "/code"
message = "/message"
retryable = "/retry"
window = { header = "Retry-After" }
[[clause]]
id = "own"
level = "must"
text = "As documented."
source = "handbook"
[[status]]
status = 400
code = "bad"
clause = "own"
[[status]]
status = 429
code = "limited"
clause = "own"
window = true
"#;

const REQUESTS: &str = r#"
[request.valid]
method = "GET"
path = "/valid"
[request.write]
method = "POST"
path = "/write"
json = { name = "one" }
[request.count]
method = "GET"
path = "/count"
[probe.things]
request = "count"
pointer = "/total"
"#;

/// Some of the failures and successes that servers here send.
const BAD: &str = r#"{"code":"bad","message":"no","retry":false}"#;

fn ok(_: &Request, _: usize) -> Reply {
    Reply::json(200, &[], r#"{"id":1,"total":0}"#)
}

fn bad(request: &Request, _: usize) -> Reply {
    rejected(request, 400, BAD)
}

/// A failure for what is odd, a success otherwise.
fn rejected(request: &Request, status: u16, body: &str) -> Reply {
    match request.path.as_str() {
        "/odd" => Reply::json(status, &[], body),
        _ => Reply::json(200, &[], r#"{"id":1,"total":0}"#),
    }
}

/// A server that answers what is odd with this status and body.
macro_rules! odd {
    ($status:literal, $body:expr) => {
        |request, _| rejected(request, $status, $body)
    };
    ($status:literal, $name:literal: $value:literal, $body:expr) => {
        |request, _| match request.path.as_str() {
            "/odd" => Reply::json($status, &[($name, $value)], $body),
            _ => Reply::json(200, &[], r#"{"id":1,"total":0}"#),
        }
    };
}

/// The case that expects the row `bad`, and whatever lines follow.
const REJECTED: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "valid"
send.path = "/odd"
expect = "bad"
"#;

const BODY: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "valid"
send.path = "/odd"
expect = [{ row = "bad", body = { "/message" = "no" } }, "success"]
"#;

const HEADERS: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "valid"
send.path = "/odd"
expect = [{ row = "bad", headers = { X-Id = "1" } }, "success"]
"#;

const SCHEMA: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "valid"
send.path = "/odd"
expect = { row = "bad", schema = "strict.json" }
"#;

const ACCEPTED: &str = r#"
[[case]]
name = "c"
clause = "own"
request = "valid"
expect = "success"
"#;

const CHECKED: &str = r#"
[[clause]]
id = "every"
level = "must"
text = "Every response."
source = "handbook"
"#;

/// One row: keys, contract, cases, target, key, without, right, wrong.
macro_rules! shown {
    ($($keys:expr, $contract:expr, $cases:expr, $target:expr, $key:expr => $without:expr, $right:expr, $wrong:expr;)*) => {
        [$(Shown {
            keys: &$keys,
            contract: $contract,
            cases: $cases,
            target: $target,
            key: $key,
            without: $without,
            right: $right,
            wrong: $wrong,
        }),*]
    };
}

fn all() -> Vec<Shown> {
    let rows = shown! {
        // Requests, steps, cases.
        ["case-file.request", "case-file.case", "request.success"], "",
            "[request.promised]\nmethod = \"GET\"\npath = \"/valid\"\nsuccess = { \"/id\" = { is = \"integer\" } }\n[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"promised\"\nexpect = \"success\"\n",
            "", "success = { \"/id\" = { is = \"integer\" } }" => "",
            ok, |_, _| Reply::json(200, &[], r#"{"id":"one"}"#);
        ["request.control"], "",
            "[request.drop]\nmethod = \"DELETE\"\npath = \"/write\"\ncontrol = \"valid\"\n[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"drop\"\nsend.path = \"/odd\"\nexpect = \"bad\"\n",
            "", "control = \"valid\"\n" => "", bad,
            |request, before| match request.path.as_str() {
                "/valid" => Reply::json(400, &[], BAD),
                _ => bad(request, before),
            };
        ["case.expect", "step.expect", "expect.row"], "", ACCEPTED, "", "expect = \"success\"" => "expect = { below = 600 }",
            ok, |_, _| Reply::json(404, &[], r#"{"code":"none"}"#);
        ["expect.below"], "", "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = { below = 500 }\n", "",
            "below = 500" => "below = 600", ok, odd!(500, "{}");
        ["expect.body", "expectation-of-a-list.body"], "", BODY, "", ", body = { \"/message\" = \"no\" }" => "",
            bad, odd!(400, r#"{"code":"bad","message":"yes","retry":false}"#);
        ["expect.headers", "expectation-of-a-list.headers"], "", HEADERS, "", ", headers = { X-Id = \"1\" }" => "",
            odd!(400, "x-id": "1", BAD), bad;
        ["expect.schema", "expectation-of-a-list.schema"], "", SCHEMA, "", ", schema = \"strict.json\"" => "",
            odd!(400, r#"{"code":"bad","message":"no","retry":false,"strict":true}"#), bad;
        ["expectation-of-a-list.row"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = [{ row = \"bad\", body = { \"/message\" = \"no\" } }, { row = 404 }]\n", "",
            ", { row = 404 }" => ", { row = 410 }",
            bad, odd!(410, r#"{"code":"gone"}"#);
        ["case.effect", "case-file.probe", "probe.request", "probe.pointer"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"write\"\nsend.path = \"/odd\"\nexpect = \"bad\"\neffect.things = 0\n", "",
            "effect.things = 0\n" => "",
            |request, before| match request.path.as_str() {
                // The control that is made again at the end has moved it.
                "/count" => Reply::json(200, &[], &format!("{{\"total\":{}}}", before / 2)),
                _ => bad(request, before),
            },
            |request, before| match request.path.as_str() {
                "/count" => Reply::json(200, &[], &format!("{{\"total\":{before}}}")),
                _ => bad(request, before),
            };
        ["case.poll", "step.poll", "poll.until", "poll.within"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nexpect = \"success\"\npoll = { until = { \"/id\" = 1 }, every = 0.05, within = 0.2 }\n", "",
            "poll = { until = { \"/id\" = 1 }, every = 0.05, within = 0.2 }\n" => "",
            ok, |_, _| Reply::json(200, &[], r#"{"id":2}"#);
        ["case.race", "step.race", "expect.each"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"write\"\nrace = 2\nexpect.each = \"success\"\n", "",
            "expect.each = \"success\"" => "expect.each = [\"success\", \"bad\"]",
            ok, |request, before| match (request.path.as_str(), before) {
                ("/write", 1..) => Reply::json(400, &[], BAD),
                _ => ok(request, before),
            };
        ["expect.count"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"write\"\nburst = { requests = 2 }\nexpect = { each = [\"success\", \"bad\"], count = { success = 1 } }\n", "",
            ", count = { success = 1 }" => "",
            |request, before| match (request.path.as_str(), before) {
                ("/write", 0 | 1 | 3) => ok(request, before), // The control, one of the two, the control again.
                _ => Reply::json(400, &[], BAD),
            }, ok;
        ["expect.same"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"write\"\nburst = { requests = 2 }\nexpect = { each = \"success\", same = [\"/id\"] }\n", "",
            ", same = [\"/id\"]" => "", ok, |_, before| Reply::json(200, &[], &format!("{{\"id\":{before}}}"));
        ["case.burst", "step.burst", "burst.until", "burst.requests"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nburst = { requests = 3, until = \"limited\" }\nexpect.each = [\"success\", \"limited\"]\n", "",
            ", until = \"limited\"" => "",
            |request, before| match before {
                2.. => Reply::json(429, &[("retry-after", "1")], r#"{"code":"limited","message":"no","retry":true}"#),
                _ => ok(request, before),
            }, ok;
        ["expect.like", "step.remember"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\n[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = \"bad\"\nremember = \"first\"\n[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = { row = \"bad\", like = \"first\" }\n", "",
            "remember = \"first\"\n[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = { row = \"bad\", like = \"first\" }" => "[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = { row = \"bad\" }", bad,
            |request, before| match before {
                0 => bad(request, before),
                _ => rejected(request, 400, r#"{"code":"bad","message":"yours","retry":false}"#),
            };
        ["request.protected"], "",
            "[request.mine]\nmethod = \"GET\"\npath = \"/mine\"\nas = \"member\"\nprotected = true\n[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"mine\"\nexpect = \"success\"\n",
            "credentials = { member = { bearer = { env = \"KEYS_TEST_SECRET\" } } }\n", "protected = true\n" => "",
            |request, before| match request.header("authorization") {
                None => Reply::json(400, &[], BAD),
                Some(_) => ok(request, before),
            }, ok;
        // The contract.
        ["contract-file.envelope", "envelope.schema", "clause.check", "check.schema"], "check = \"schema\"\n", REJECTED, "", "check = \"schema\"\n" => "",
            bad, odd!(400, r#"{"code":"bad","message":7,"retry":false}"#);
        ["envelope.media_type", "check.media-type"], "check = \"media-type\"\n", REJECTED, "", "check = \"media-type\"\n" => "",
            bad, odd!(400, "content-type": "text/plain", BAD);
        ["envelope.code", "contract-file.status", "status-row.code", "check.code"], "", REJECTED, "", "code = \"bad\"\n" => "code = \"worse\"\nname = \"bad\"\n",
            bad, odd!(400, r#"{"code":"worse","message":"no","retry":false}"#);
        ["status-row.status"], "", REJECTED, "", "status = 400\n" => "status = 409\n", bad, odd!(409, BAD);
        ["envelope.retryable", "status-row.retryable", "check.retry-flag"],
            "[[status]]\nstatus = 402\ncode = \"paid\"\nclause = \"own\"\nretryable = false\n",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = \"paid\"\n", "",
            "retryable = false\n" => "",
            odd!(402, r#"{"code":"paid","retry":false}"#), odd!(402, r#"{"code":"paid","retry":true}"#);
        ["envelope.window", "window.header", "status-row.window", "check.window"], "",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = \"limited\"\n", "",
            "window = { header = \"Retry-After\" }\n" => "",
            odd!(429, "retry-after": "1", r#"{"code":"limited","retry":true}"#), odd!(429, r#"{"code":"limited","retry":true}"#);
        ["contract-file.other", "rule-for-other-statuses.statuses", "rule-for-other-statuses.retryable"],
            "check = \"retry-flag\"\n[[other]]\nstatuses = 418\nretryable = false\n",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = 418\n", "",
            "[[other]]\nstatuses = 418\nretryable = false\n" => "",
            odd!(418, r#"{"code":"tea","retry":false}"#), odd!(418, r#"{"code":"tea","retry":true}"#);
        ["contract-file.header", "header-rule.name", "header-rule.on", "header-rule.clause"],
            "[[header]]\nclause = \"own\"\nname = \"X-Id\"\non = [400]\n", REJECTED, "",
            "[[header]]\nclause = \"own\"\nname = \"X-Id\"\non = [400]\n" => "", odd!(400, "x-id": "1", BAD), bad;
        ["header-rule.directive"], "[[header]]\nclause = \"own\"\nname = \"X-Id\"\ndirective = \"a\"\non = [400]\n", REJECTED, "",
            "directive = \"a\"\n" => "", odd!(400, "x-id": "a", BAD), odd!(400, "x-id": "b", BAD);
        // What stands in a quoted string is no element.
        ["header-rule.directive"], "[[header]]\nclause = \"own\"\nname = \"X-Id\"\ndirective = \"a\"\non = [400]\n", REJECTED, "",
            "directive = \"a\"\n" => "", odd!(400, "x-id": "b=\"1, 2\", a", BAD), odd!(400, "x-id": "b=\"1, a\"", BAD);
        ["contract-file.leak", "leak.pattern", "leak.clause", "envelope.message"],
            "[[leak]]\nclause = \"own\"\nwhat = \"a line\"\npattern = \"line [0-9]+\"\nexample = \"line 7\"\n", REJECTED, "",
            "pattern = \"line [0-9]+\"" => "pattern = \"line [0-7]$\"", bad, odd!(400, r#"{"code":"bad","message":"line 99","retry":false}"#);
        // Without the message all of the body is searched.
        ["leak.pattern"],
            "[[leak]]\nclause = \"own\"\nwhat = \"a line\"\npattern = \"line [0-9]+\"\nexample = \"line 7\"\n", REJECTED, "",
            "pattern = \"line [0-9]+\"" => "pattern = \"line [0-7]$\"", bad, odd!(400, r#"{"code":"bad","detail":"line 99","retry":false}"#);
        // A message may have parts.
        ["leak.pattern"],
            "[[leak]]\nclause = \"own\"\nwhat = \"a line\"\npattern = \"line [0-9]+\"\nexample = \"line 7\"\n", REJECTED, "",
            "pattern = \"line [0-9]+\"" => "pattern = \"line [0-7]$\"", bad, odd!(400, r#"{"code":"bad","message":["no",{"at":"line 99"}],"retry":false}"#);
        ["contract-file.clause", "clause.level"], "[[header]]\nclause = \"own\"\nname = \"X-Id\"\non = [400]\n", REJECTED, "",
            "level = \"must\"" => "level = \"should\"", odd!(400, "x-id": "1", BAD), bad;
        ["check.answer"], "check = \"answer\"\n", "[[case]]\nname = \"c\"\nclause = \"own\"\n[[case.step]]\nrequest = \"valid\"\nexpect = \"success\"\n[[case.step]]\nrequest = \"valid\"\nsend.path = \"/odd\"\nexpect = \"success\"\n", "",
            "level = \"must\"" => "level = \"should\"", ok,
            |request, before| match request.path.as_str() {
                "/odd" => Reply(Some(Vec::new())),
                _ => ok(request, before),
            };
        ["check.known-status"], "check = \"known-status\"\n", "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"write\"\nsend.path = \"/odd\"\nexpect = \"bad\"\neffect.things = 0\n", "",
            "check = \"known-status\"\n" => "",
            |request, before| match request.path.as_str() {
                "/count" => Reply::json(200, &[], &format!("{{\"total\":{}}}", before / 2)),
                _ => bad(request, before),
            },
            |request, before| match request.path.as_str() {
                "/write" => Reply::json(410, &[], r#"{"code":"gone"}"#),
                _ => bad(request, before),
            };
        ["check.json"], "check = \"json\"\n", ACCEPTED, "", "check = \"json\"\n" => "", ok, |_, _| Reply::json(200, &[], "{'id':1}");
        ["check.duplicate"], "check = \"duplicate\"\n", REJECTED, "", "check = \"duplicate\"\n" => "",
            bad, odd!(400, r#"{"code":"bad","code":"bad","retry":false}"#);
        ["check.deep-duplicate"], "check = \"deep-duplicate\"\n", ACCEPTED, "", "check = \"deep-duplicate\"\n" => "",
            ok, |_, _| Reply::json(200, &[], r#"{"a":{"b":1,"b":2}}"#);
        ["check.bom"], "check = \"bom\"\n", ACCEPTED, "", "check = \"bom\"\n" => "", ok, |_, _| Reply::json(200, &[], "\u{feff}{}");
        ["check.retry-after"], "check = \"retry-after\"\n", REJECTED, "", "check = \"retry-after\"\n" => "",
            bad, odd!(400, "retry-after": "soon", BAD);
        ["check.coding"], "check = \"coding\"\n", REJECTED, "", "check = \"coding\"\n" => "",
            bad, odd!(400, "content-encoding": "br", BAD);
        ["check.secret-echo", "target.credentials", "credential.bearer", "secret.env"], "check = \"secret-echo\"\n",
            "[[case]]\nname = \"c\"\nclause = \"own\"\nrequest = \"valid\"\nas = \"member\"\nexpect = \"success\"\n",
            "credentials = { member = { bearer = { env = \"KEYS_TEST_SECRET\" } } }\n", "check = \"secret-echo\"\n" => "",
            ok, |_, _| Reply::json(200, &[], r#"{"you":"s3cr3t-of-the-keys-test"}"#);
        // The target.
        ["target.limits", "limits.body"], "", ACCEPTED, "limits = { body = 20 }\n", "limits = { body = 20 }\n" => "",
            |_, _| Reply::json(200, &[], "{}"), |_, _| Reply::json(200, &[], r#"{"id":"longer than 20 bytes"}"#);
        ["limits.request"], "", ACCEPTED, "limits = { request = 0.2 }\n", "limits = { request = 0.2 }\n" => "",
            ok, |request, before| {
                std::thread::sleep(std::time::Duration::from_millis(600));
                ok(request, before)
            };
    };
    rows.into()
}

/// Keys that assert nothing, and what they do instead.
const ASSERT_NOTHING: &[(&str, &[&str])] = &[
    (
        "name something for people or for other keys",
        &[
            "case-file.suite",
            "suite.name",
            "suite.version",
            "case.name",
            "contract-file.name",
            "contract-file.version",
            "clause.id",
            "clause.text",
            "clause.source",
            "leak.what",
            "leak.example",
            "status-row.name",
            "case.clause",
            "status-row.clause",
        ],
    ),
    (
        "make the request that is sent",
        &[
            "request.method",
            "request.path",
            "request.as",
            "request.headers",
            "request.query",
            "request.json",
            "request.text",
            "request.base64",
            "request.file",
            "request.multipart",
            "send.method",
            "send.path",
            "send.headers",
            "send.query",
            "send.json",
            "send.text",
            "send.base64",
            "send.file",
            "send.multipart",
            "send.remove",
            "part.name",
            "part.filename",
            "part.type",
            "part.text",
            "part.base64",
            "part.file",
            "case.request",
            "case.as",
            "case.send",
            "case.each",
            "case.step",
            "case.capture",
            "case.remember",
            "case.wait",
            "step.request",
            "step.as",
            "step.send",
            "step.capture",
            "step.wait",
            "capture.header",
            "probe.as",
            "poll.every",
            "burst.at_once",
            "burst.fresh",
            "race.requests",
        ],
    ),
    (
        "take the control away, which tests/run/controls.rs shows",
        &["control.none"],
    ),
    (
        "gives a count more time, which tests/run/controls_later.rs shows",
        &["probe.settle"],
    ),
    (
        "has the trial ignored where the burst would be larger, which tests/run/windows.rs shows",
        &["burst.most"],
    ),
    (
        "bound what counts as a race: a looser one is inconclusive",
        &["race.within"],
    ),
    (
        "say where a window is and how it is written, which tests/run/matchers.rs shows",
        &["window.place", "window.unit"],
    ),
    (
        "mark a code as absent, which tests/run/matchers.rs shows",
        &["code.absent"],
    ),
    (
        "is redacted, which tests/hostile/learned.rs shows",
        &["request.secret"],
    ),
    (
        "are the numbers of templates",
        &["contract-file.limits", "target.declared"],
    ),
    (
        "say what no case can exercise: only the coverage changes",
        &[
            "contract-file.exclude",
            "exclusion.row",
            "exclusion.clause",
            "exclusion.requests",
            "exclusion.reason",
        ],
    ),
    (
        "says which rows are documented: the coverage changes, and another row is an error, which tests/run/coverage.rs shows",
        &["request.rows"],
    ),
    (
        "choose files, and where reports are written",
        &[
            "config-file.contract",
            "config-file.default_target",
            "config-file.cases",
            "config-file.reports",
        ],
    ),
    (
        "reach the target and authenticate",
        &[
            "config-file.target",
            "target.base_url",
            "target.permits",
            "target.fixtures",
            "target.headers",
            "target.http",
            "target.proxy",
            "target.ca",
            "target.client_certificate",
            "credential.headers",
            "credential.organization",
            "secret.file",
        ],
    ),
    (
        "bound the time and the memory of a trial",
        &[
            "limits.trial",
            "limits.run",
            "limits.wait",
            "limits.headers",
        ],
    ),
    (
        "waive known failures, which tests/run/waivers.rs shows",
        &[
            "target.waiver",
            "waiver.trial",
            "waiver.clauses",
            "waiver.reason",
            "waiver.owner",
            "waiver.issue",
            "waiver.until",
        ],
    ),
];

fn run(shown: &Shown, key: &str, script: Script) -> project::Run {
    let counts: [AtomicUsize; 4] = Default::default();
    let server = Server::start(move |request| {
        let index = ["/odd", "/write", "/count"]
            .iter()
            .position(|path| *path == request.path);
        let before = counts[index.unwrap_or(3)].fetch_add(1, Ordering::Relaxed);
        script(request, before)
    });
    let with = |text: &str| text.replace(shown.key, key);
    // What names a check alone is a clause of its own.
    let added = match shown.contract.strip_prefix("check = ") {
        Some(rest) => format!("{CHECKED}check = {rest}"),
        None => shown.contract.to_owned(),
    };
    let contract = with(&format!("{CONTRACT}{added}"));
    let cases = with(&format!("{REQUESTS}{}", shown.cases));
    let error = r#"{"type":"object","required":["code"],"properties":{"code":{"type":"string"},"message":{"type":"string"}}}"#;
    let files = [
        ("contract.toml", contract.as_str()),
        ("cases/c.toml", &cases),
        ("error.json", error),
        ("cases/strict.json", r#"{"required":["strict"]}"#),
    ];
    project::run(&server, &files, &with(shown.target), &[])
}

#[test]
fn every_key_that_asserts_something_turns_a_run_red() {
    let mut wrong = String::new();
    for shown in all() {
        let right = run(&shown, shown.key, shown.right);
        let red = run(&shown, shown.key, shown.wrong);
        let without = run(&shown, shown.without, shown.wrong);
        let shows = match red.status {
            // A control that breaks a check is a violation; otherwise nothing could be judged.
            101 => [0, 3].contains(&without.status),
            status => status == 3 && without.status == 0,
        };
        if right.status != 0 || !shows {
            let _ = write!(
                wrong,
                "\n=== {:?}: {} {} {}\n{}\n{}\n{}\n",
                shown.keys,
                right.status,
                red.status,
                without.status,
                right.text,
                red.text,
                without.text
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The keys of the editor schemas as `table.key`: those of the tables of each file, and of the tables within.
fn keys() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in ["case-file", "contract-file", "config-file"] {
        let path = format!("{}/schemas/{file}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        tables(&schema, file, &mut found);
        for (name, table) in schema["definitions"].as_object().unwrap() {
            tables(table, name, &mut found);
        }
    }
    found
}

/// The keys of the tables in a schema. A table that is written where it is used is called by its key.
fn tables(schema: &Value, name: &str, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        let table = match name {
                            _ if properties.contains_key("not_equal") => "matcher",
                            "length" | "count" => "range",
                            "each" | "row" => "expectation-of-a-list",
                            "headers" => "secret",
                            other => other,
                        };
                        for (key, property) in properties {
                            found.insert(format!("{table}.{key}"));
                            tables(property, key, found);
                        }
                    }
                    ("then" | "else" | "definitions", _) => {}
                    _ => tables(member, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| tables(item, name, found)),
        _ => {}
    }
}

#[test]
fn every_key_is_shown_or_has_a_reason() {
    let shown = all();
    let shown = shown.iter().flat_map(|row| row.keys.iter().copied());
    let reasons = ASSERT_NOTHING
        .iter()
        .flat_map(|(_, keys)| keys.iter().copied());
    let checks = |key: &&str| !key.starts_with("check.");
    let listed: BTreeSet<&str> = shown.filter(checks).chain(reasons).collect();
    let keys = keys();
    // Each operator is shown by a table of its own.
    let matchers = include_str!("matchers.rs");
    let (operators, keys): (Vec<&str>, Vec<&str>) = keys
        .iter()
        .map(String::as_str)
        .partition(|key| key.starts_with("matcher.") || key.starts_with("range."));
    for operator in operators {
        let name = operator.split('.').next_back().unwrap();
        assert!(matchers.contains(&format!("{name} = ")), "{operator}");
    }
    let keys: BTreeSet<&str> = keys.into_iter().collect();
    let unlisted: Vec<_> = keys.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&keys).collect();
    assert!(
        unlisted.is_empty(),
        "neither shown nor with a reason: {unlisted:?}"
    );
    assert!(unknown.is_empty(), "no such key: {unknown:?}");
}

#[test]
fn every_check_is_shown() {
    let shown = all();
    let shown: BTreeSet<&str> = shown
        .iter()
        .flat_map(|row| row.keys)
        .filter_map(|key| key.strip_prefix("check."))
        .collect();
    let checks: BTreeSet<&str> = gonogo::contract::Check::NAMES
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(shown, checks);
}
