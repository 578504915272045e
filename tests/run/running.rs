//! Trials from the command line to the exit status: the built program against a server that follows a script.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use assert_cmd::Command;

use crate::server;

use server::{Reply, Request, Server};

/// The secret of the one credential.
const SECRET: &str = "kat_live_member.s3cr3t-of-the-member";

const REQUESTS: &str = r#"
[request.create]
method = "POST"
path = "/things"
as = "member"
headers = { Idempotency-Key = "{{ uuid() }}" }
json = { name = "one" }
success = { "/id" = { is = "string" } }

[request.read]
method = "GET"
path = "/things/1"
as = "member"
success = { "/id" = { is = "string" }, "/status" = { is = "string" } }

[request.count]
method = "GET"
path = "/count"
as = "member"

[probe.things]
request = "count"
pointer = "/total"
"#;

/// A refusal, and that it makes nothing.
const REFUSED: &str = r#"
[[case]]
name = "no_json"
clause = "status-400"
request = "create"
send.text = "{"
expect = "bad_request"
effect.things = 0
"#;

/// A refusal, and nothing counted.
const REFUSED_ONLY: &str = r#"
[[case]]
name = "no_json"
clause = "status-400"
request = "create"
send.text = "{"
expect = "bad_request"
"#;

/// The same write twice.
const REPLAYED: &str = r#"
[[case]]
name = "repeated"
clause = "replay"
effect.things = 1
[[case.step]]
request = "create"
send.headers.Idempotency-Key = "{{ key }}"
expect = "success"
capture.id = "/id"
[[case.step]]
request = "create"
send.headers.Idempotency-Key = "{{ key }}"
[case.step.expect]
row = "success"
body = { "/id" = "{{ id }}" }
"#;

/// A write that has no control.
const ACCEPTED: &str = r#"
[[case]]
name = "accepted"
clause = "accepted"
request = "create"
expect = "success"
"#;

/// A success, or any status below 500, of a request that is rejected without its credential.
macro_rules! protected {
    ($expect:literal) => {
        concat!(
            r#"
[request.read_protected]
method = "GET"
path = "/things/1"
as = "member"
protected = true

[[case]]
name = "read"
clause = "robust"
request = "read_protected"
send.query.odd = 1
"#,
            $expect
        )
    };
}

const PROTECTED: &str = protected!(r#"expect = "success""#);
const PROTECTED_OR_REJECTED: &str = protected!(r#"expect = ["success", "bad_request"]"#);
const PROTECTED_BELOW: &str = protected!("expect.below = 500");
const PROTECTED_AND_REJECTED: &str = protected!(r#"expect = "not_found""#);

/// A step that prepares, and one that is tested.
const PREPARED: &str = r#"
[[case]]
name = "made_and_read"
clause = "lifecycle"
[[case.step]]
request = "create"
expect = "success"
capture.id = "/id"
[[case.step]]
request = "read"
send.path = "/things/{{ id }}"
expect = "success"
"#;

/// Waits for a value for so many seconds.
macro_rules! polled {
    ($within:literal) => {
        concat!(
            r#"
[[case]]
name = "ready"
clause = "lifecycle"
request = "read"
poll = { until = { "/status" = { one_of = ["ready", "failed"] } }, every = 0.01, within = "#,
            $within,
            r#" }
expect = "success"
"#
        )
    };
}

/// The same before another step.
macro_rules! polled_first {
    ($within:literal) => {
        concat!(
            r#"
[[case]]
name = "ready_and_read"
clause = "status-404"
[[case.step]]
request = "read"
poll = { until = { "/status" = "ready" }, every = 0.01, within = "#,
            $within,
            r#" }
expect = "success"
[[case.step]]
request = "read"
send.path = "/things/2"
expect = "not_found"
"#
        )
    };
}

/// Long enough for any machine; nothing waits for the end of it.
const POLLED: &str = polled!("30");
const POLLED_IN_VAIN: &str = polled!("0.05");
const POLLED_FIRST: &str = polled_first!("30");
const POLLED_FIRST_IN_VAIN: &str = polled_first!("0.05");

/// Limited, and through after the wait.
const WAITED: &str = r#"
[[case]]
name = "after_the_window"
clause = "retry-window"
[[case.step]]
request = "read"
send.path = "/limited"
expect = "rate_limited"
capture.window = "/error/retry_after"
[[case.step]]
request = "read"
send.path = "/limited"
wait = "{{ window }}"
expect = "success"
"#;

/// Until limited, and one more.
const BURST: &str = r#"
[[case]]
name = "limited"
clause = "limit"
[[case.step]]
request = "read"
send.path = "/burst"
burst = { requests = 12, at_once = 1, until = "rate_limited" }
expect.each = ["success", "rate_limited"]
[[case.step]]
request = "read"
expect = "success"
"#;

/// Without a token.
const ANONYMOUS: &str = r#"
[[case]]
name = "no_token"
clause = "status-401"
request = "create"
as = "none"
expect = "unauthorized"
"#;

/// An API that keeps its contract, unless a script says otherwise.
#[derive(Default)]
struct Api {
    /// The bodies by their idempotency keys.
    things: Mutex<HashMap<String, String>>,
    /// When the first request to each path arrived, and how many there were.
    calls: Mutex<HashMap<String, (usize, Option<Instant>)>>,
}

impl Api {
    fn answer(&self, request: &Request) -> Reply {
        if request.header("authorization") != Some(&format!("Bearer {SECRET}")) {
            let challenge = [("www-authenticate", "Bearer")];
            return Reply::json(401, &challenge, &error("unauthorized", false, "null"));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/things") => self.create(request, request.header("idempotency-key")),
            ("GET", "/count") => {
                let total = self.things.lock().unwrap().len();
                ok(&format!(r#"{{"total":{total}}}"#))
            }
            ("GET", "/things/2") => refusal(404, "not_found"),
            ("GET", path) => ok(&format!(
                r#"{{"id":"{}","status":"ready"}}"#,
                path.rsplit('/').next().unwrap_or_default()
            )),
            _ => refusal(404, "not_found"),
        }
    }

    fn create(&self, request: &Request, key: Option<&str>) -> Reply {
        let is_json = serde_json::from_str::<serde_json::Value>(&request.body).is_ok();
        let (Some(key), true) = (key, is_json) else {
            return refusal(400, "bad_request");
        };
        let mut things = self.things.lock().unwrap();
        match things.get(key) {
            Some(body) if *body != request.body => refusal(409, "idempotency_conflict"),
            Some(_) => created(key),
            None => {
                things.insert(key.to_owned(), request.body.clone());
                created(key)
            }
        }
    }

    /// Makes one more thing, whatever its request was.
    fn slip(&self) {
        let mut things = self.things.lock().unwrap();
        let key = format!("slip {}", things.len());
        things.insert(key, String::new());
    }

    /// How often this path was called, this time included.
    fn times(&self, request: &Request) -> usize {
        let mut calls = self.calls.lock().unwrap();
        let (times, _) = calls.entry(request.path.clone()).or_default();
        *times += 1;
        *times
    }

    /// How long ago this path was called for the first time.
    fn since_first(&self, request: &Request) -> Duration {
        let mut calls = self.calls.lock().unwrap();
        let (_, first) = calls.entry(request.path.clone()).or_default();
        first.get_or_insert_with(Instant::now).elapsed()
    }
}

fn error(code: &str, retryable: bool, window: &str) -> String {
    format!(
        r#"{{"error":{{"code":"{code}","message":"Wrong.","retryable":{retryable},"retry_after":{window}}}}}"#
    )
}

fn refusal(status: u16, code: &str) -> Reply {
    Reply::json(status, &[], &error(code, false, "null"))
}

fn limited(window: &str) -> Reply {
    Reply::json(429, &[], &error("rate_limited", true, window))
}

fn ok(body: &str) -> Reply {
    Reply::json(200, &[], body)
}

fn created(key: &str) -> Reply {
    Reply::json(201, &[], &format!(r#"{{"id":"thing-{key}"}}"#))
}

fn pending() -> Reply {
    ok(r#"{"id":"1","status":"pending"}"#)
}

/// Says nothing, and keeps the connection open.
const SILENCE: Reply = Reply(None);

fn bytes(bytes: Vec<u8>) -> Reply {
    Reply(Some(bytes))
}

/// Closes the connection without a word.
fn hang_up() -> Reply {
    bytes(Vec::new())
}

/// What a script does otherwise than [`Api`]; nothing: the same.
type Script = fn(&Request, &Api) -> Option<Reply>;

/// A run and what must come of it.
struct Scene {
    name: &'static str,
    cases: &'static str,
    script: Script,
    /// Of the target.
    limits: &'static str,
    arguments: &'static [&'static str],
    exit: i32,
    /// What standard output says.
    says: &'static [&'static str],
    /// What it does not say.
    never: &'static [&'static str],
    /// What is sent, in its order; empty where it does not matter.
    sent: &'static [&'static str],
}

const KEEPS: Script = |_, _| None;

const SCENE: Scene = Scene {
    name: "",
    cases: REFUSED,
    script: KEEPS,
    limits: "",
    arguments: &[],
    exit: 0,
    says: &[],
    never: &[],
    sent: &[],
};

struct Ran {
    exit: i32,
    stdout: String,
    sent: Vec<String>,
}

impl Scene {
    fn run(&self) -> Ran {
        let api = Api::default();
        let script = self.script;
        let server = Server::start(move |request| {
            script(request, &api).unwrap_or_else(|| api.answer(request))
        });
        let ran = self.run_against(&server.base_url());
        Ran {
            sent: server.seen(),
            ..ran
        }
    }

    fn run_against(&self, base_url: &str) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            r#"
cases = ["requests.toml", "case.toml"]
[target.api]
base_url = "{base_url}"
credentials = {{ member = {{ bearer = {{ env = "MEMBER_KEY" }} }} }}
limits = {{ {} }}
"#,
            self.limits
        );
        for (file, text) in [
            ("gonogo.toml", config.as_str()),
            ("requests.toml", REQUESTS),
            ("case.toml", self.cases),
        ] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        let output = command
            .current_dir(folder.path())
            .env("MEMBER_KEY", SECRET)
            .args(["--target", "api"])
            .args(self.arguments)
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        for text in [&stdout, &stderr] {
            assert!(!text.contains("s3cr3t"), "{}: {text}", self.name);
        }
        Ran {
            exit: output.status.code().unwrap(),
            stdout: stdout + &stderr,
            sent: Vec::new(),
        }
    }

    fn check(&self) {
        self.judge(&self.run());
    }

    fn judge(&self, ran: &Ran) {
        let Self { name, exit, .. } = self;
        let text = &ran.stdout;
        assert_eq!(ran.exit, *exit, "{name}: {:#?}\n{text}", ran.sent);
        for said in self.says {
            assert!(text.contains(said), "{name}: no `{said}` in\n{text}");
        }
        for said in self.never {
            assert!(!text.contains(said), "{name}: `{said}` in\n{text}");
        }
        if !self.sent.is_empty() {
            // At the end of a run, controls and counts are repeated.
            let (own, end) = ran.sent.split_at(self.sent.len().min(ran.sent.len()));
            assert_eq!(own, self.sent, "{name}:\n{text}");
            assert!(end.iter().all(|one| own.contains(one)), "{name}: {end:?}");
        }
    }
}

fn check(scenes: &[Scene]) {
    for scene in scenes {
        scene.check();
    }
}

/// The text of the failures of a run, with what differs from run to run taken out.
fn snapshot(name: &str, text: &str) {
    let (text, _) = text.split_once("\n\nfailures:\n    ").unwrap();
    let filters = [
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"after \d+ ms", "after N ms"),
        (r"answers took .* ms", "answers took N ms"),
    ];
    insta::with_settings!({ filters => filters, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn what_conforms() {
    check(&[
        Scene {
            name: "a refusal: its control, the count, the refusal, the count",
            says: &["test case::no_json ... ok", "1 passed"],
            sent: &["POST /things", "GET /count", "POST /things", "GET /count"],
            ..SCENE
        },
        Scene {
            name: "a replay",
            cases: REPLAYED,
            sent: &["GET /count", "POST /things", "POST /things", "GET /count"],
            ..SCENE
        },
        Scene {
            name: "a success has no control",
            cases: ACCEPTED,
            sent: &["POST /things"],
            ..SCENE
        },
        Scene {
            name: "one of several growths",
            cases: r#"
[[case]]
name = "made"
clause = "accepted"
request = "create"
expect = "success"
effect.things = [0, 1]
"#,
            ..SCENE
        },
        Scene {
            name: "a negative number",
            cases: r#"
[[case]]
name = "limit"
clause = "robust"
each.limit = { a = "{{ -1 }}", b = "{{- 2 -}}", c = "x{{ -3 }}" }
request = "read"
send.query.limit = "{{ each.limit }}"
expect = "success"
"#,
            arguments: &["--test-threads", "1"],
            sent: &[
                "GET /things/1?limit=-1",
                "GET /things/1?limit=2",
                "GET /things/1?limit=x-3",
            ],
            ..SCENE
        },
        Scene {
            name: "a capture of a header",
            cases: r#"
[[case]]
name = "location"
clause = "lifecycle"
[[case.step]]
request = "create"
expect = "success"
capture.where = { header = "Location" }
[[case.step]]
request = "read"
send.path = "{{ where }}"
expect = "success"
"#,
            script: |request, _| {
                (request.method == "POST")
                    .then(|| Reply::json(201, &[("location", "/things/here")], r#"{"id":"here"}"#))
            },
            sent: &["POST /things", "GET /things/here"],
            ..SCENE
        },
    ]);
}

#[test]
fn effects_are_counted() {
    check(&[
        Scene {
            name: "refused but created",
            script: |request, api| {
                if request.body == "{" {
                    api.slip();
                }
                None
            },
            exit: 101,
            says: &["effect on `things`: expected an increase of 0, was 1 (2 before, 3 after)"],
            ..SCENE
        },
        Scene {
            name: "a replay that made a second and named the first",
            cases: REPLAYED,
            script: |request, api| {
                if request.method == "POST" && api.times(request) == 2 {
                    api.slip();
                }
                None
            },
            exit: 101,
            says: &["effect on `things`: expected an increase of 1, was 2 (0 before, 2 after)"],
            ..SCENE
        },
        Scene {
            name: "a replay that names another",
            cases: REPLAYED,
            script: |request, api| {
                (request.method == "POST" && api.times(request) == 2).then(|| created("other"))
            },
            exit: 101,
            says: &[
                "replay",
                "body, /id: expected \"thing-",
                "was \"thing-other\"",
            ],
            never: &["effect on"],
            ..SCENE
        },
        Scene {
            name: "nothing was made",
            cases: REPLAYED,
            script: |request, _| (request.method == "POST").then(|| created("none")),
            exit: 101,
            says: &["effect on `things`: expected an increase of 1, was 0 (0 before, 0 after)"],
            ..SCENE
        },
        Scene {
            name: "made, and counted late",
            cases: REPLAYED,
            script: |request, api| {
                let early = request.path == "/count" && api.times(request) < 4;
                early.then(|| ok(r#"{"total":0}"#))
            },
            sent: &[
                "GET /count",
                "POST /things",
                "POST /things",
                "GET /count",
                "GET /count",
                "GET /count",
            ],
            ..SCENE
        },
        Scene {
            name: "a count that somebody else raises",
            script: |request, api| {
                (request.path == "/count")
                    .then(|| ok(&format!(r#"{{"total":{}}}"#, api.times(request))))
            },
            exit: 3,
            says: &[
                "inconclusive: the count of `things` shows other traffic: it grew by 1 during the trial, and by 1 more",
            ],
            sent: &[
                "POST /things",
                "GET /count",
                "POST /things",
                "GET /count",
                "GET /count",
            ],
            ..SCENE
        },
        Scene {
            name: "a count that somebody else raises, and a failed step",
            script: |request, api| match request.path.as_str() {
                "/count" => Some(ok(&format!(r#"{{"total":{}}}"#, api.times(request)))),
                _ => (request.body == "{").then(|| created("x")),
            },
            exit: 101,
            says: &["status: expected 400 bad_request, was 201"],
            never: &["effect on"],
            ..SCENE
        },
        Scene {
            name: "accepted instead of refused: the count is told as well",
            script: |request, api| {
                (request.body == "{").then(|| {
                    api.slip();
                    created("x")
                })
            },
            exit: 101,
            says: &[
                "status: expected 400 bad_request, was 201",
                "effect on `things`",
            ],
            ..SCENE
        },
        Scene {
            name: "cut off, and made",
            script: |request, api| {
                if request.body != "{" {
                    return None;
                }
                api.slip();
                Some(hang_up())
            },
            exit: 101,
            says: &[
                "answer",
                "effect on `things`: expected an increase of 0, was 1",
            ],
            ..SCENE
        },
        Scene {
            name: "a probe that counts nothing",
            script: |request, _| (request.path == "/count").then(|| ok(r#"{"total":"1"}"#)),
            exit: 3,
            says: &[
                "inconclusive: the probe `things` counts nothing: there is no whole number at /total",
            ],
            ..SCENE
        },
        Scene {
            name: "a probe that is refused",
            script: |request, _| (request.path == "/count").then(|| refusal(403, "forbidden")),
            exit: 3,
            says: &["inconclusive: the probe `things` counts nothing: it was rejected with 403"],
            ..SCENE
        },
        Scene {
            name: "a probe that breaks the contract",
            script: |request, _| {
                (request.path == "/count")
                    .then(|| Reply::json(200, &[("cache-control", "private")], r#"{"total":1.0}"#))
            },
            exit: 101,
            says: &[
                "violates[no-store]",
                "probe `things`, 2 times: was `private`",
            ],
            ..SCENE
        },
    ]);
}

#[test]
fn negative_controls() {
    const CONTROL: &str = "GET /things/1";
    const STEP: &str = "GET /things/1?odd=1";
    let accepts_everything: Script = |_, _| Some(ok("{}"));
    let rejects_everything: Script = |_, _| Some(refusal(401, "unauthorized"));
    let proves_nothing: &[&str] = &[
        "inconclusive: the negative control, the request `read_protected` without its credential, was accepted with 200, so a success proves nothing",
    ];
    check(&[
        Scene {
            name: "a success",
            cases: PROTECTED,
            sent: &[CONTROL, STEP],
            ..SCENE
        },
        Scene {
            name: "a success or a rejection: both controls",
            cases: PROTECTED_OR_REJECTED,
            sent: &[CONTROL, CONTROL, STEP],
            ..SCENE
        },
        Scene {
            name: "a bound of the status: both controls",
            cases: PROTECTED_BELOW,
            sent: &[CONTROL, CONTROL, STEP],
            ..SCENE
        },
        Scene {
            name: "a rejection has no negative control",
            cases: PROTECTED_AND_REJECTED,
            script: |request, _| {
                request
                    .path
                    .contains("odd")
                    .then(|| refusal(404, "not_found"))
            },
            sent: &[CONTROL, STEP],
            ..SCENE
        },
        Scene {
            name: "a success where everything is accepted",
            cases: PROTECTED,
            script: accepts_everything,
            exit: 3,
            says: proves_nothing,
            sent: &[CONTROL],
            ..SCENE
        },
        Scene {
            name: "a success or a rejection where everything is accepted",
            cases: PROTECTED_OR_REJECTED,
            script: accepts_everything,
            exit: 3,
            says: proves_nothing,
            ..SCENE
        },
        Scene {
            name: "a bound of the status where everything is accepted",
            cases: PROTECTED_BELOW,
            script: accepts_everything,
            exit: 3,
            says: proves_nothing,
            ..SCENE
        },
        Scene {
            name: "a bound of the status where everything is rejected",
            cases: PROTECTED_BELOW,
            script: rejects_everything,
            exit: 3,
            says: &["inconclusive: the control, the valid request `read_protected`"],
            ..SCENE
        },
        Scene {
            name: "a missing token where everything is rejected",
            cases: ANONYMOUS,
            script: rejects_everything,
            exit: 3,
            says: &["inconclusive: the control, the valid request `create`"],
            sent: &["POST /things"],
            ..SCENE
        },
        Scene {
            name: "`protected` without a credential",
            cases: r#"
[request.open]
method = "GET"
path = "/things/1"
protected = true
"#,
            exit: 2,
            says: &[
                "`protected` is true for a request without a credential",
                "add `as`, or remove `protected`",
            ],
            ..SCENE
        },
    ]);
}

#[test]
fn without_an_answer() {
    check(&[
        Scene {
            name: "the control is not answered",
            script: |_, _| Some(hang_up()),
            exit: 3,
            says: &[
                "inconclusive: the control, the valid request `create`, was not answered (no complete HTTP response:",
                "--> case.toml:3:8",
            ],
            never: &["violates["],
            ..SCENE
        },
        Scene {
            name: "the step under test is not answered, and no control came before",
            cases: ACCEPTED,
            script: |_, _| Some(hang_up()),
            exit: 3,
            says: &["inconclusive: step 1: no complete HTTP response"],
            ..SCENE
        },
        Scene {
            name: "the step under test is not answered, and the control was",
            cases: REFUSED_ONLY,
            script: |request, _| (request.body == "{").then(hang_up),
            exit: 101,
            says: &[
                "violates[answer]: connection: expected a complete HTTP response, was no complete HTTP response",
                "step 1, no response after",
            ],
            never: &["inconclusive"],
            ..SCENE
        },
        Scene {
            name: "the answer is cut off",
            cases: REFUSED_ONLY,
            script: |request, _| {
                (request.body == "{").then(|| {
                    bytes(b"HTTP/1.1 400 Bad\r\ncontent-length: 100\r\n\r\n{\"error\"".to_vec())
                })
            },
            exit: 101,
            says: &["violates[answer]"],
            ..SCENE
        },
        Scene {
            name: "the answer is no HTTP",
            cases: REFUSED_ONLY,
            script: |request, _| {
                (request.body == "{").then(|| bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()))
            },
            exit: 101,
            says: &["violates[answer]"],
            ..SCENE
        },
        Scene {
            name: "the answer does not come",
            cases: REFUSED_ONLY,
            script: |request, _| (request.body == "{").then_some(SILENCE),
            limits: "request = 0.8",
            exit: 101,
            says: &["violates[answer]", "was no complete response within 0.8 s"],
            ..SCENE
        },
        Scene {
            name: "the answer is larger than the limit",
            cases: REFUSED_ONLY,
            script: |request, _| (request.body == "{").then(|| ok(&"[]".repeat(1000))),
            limits: "body = 500",
            exit: 101,
            says: &[
                "violates[answer]",
                "was the response body is larger than the limit of 500 bytes",
            ],
            ..SCENE
        },
        Scene {
            name: "a step that prepares is not answered",
            cases: PREPARED,
            script: |request, _| (request.method == "POST").then(hang_up),
            exit: 3,
            says: &["inconclusive: step 1: no complete HTTP response"],
            ..SCENE
        },
    ]);
}

#[test]
fn without_a_server() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for cases in [REFUSED, REPLAYED, ACCEPTED, PREPARED, POLLED, WAITED, BURST] {
        let scene = Scene {
            name: "no connection",
            cases,
            exit: 3,
            says: &[
                "... FAILED",
                "inconclusive: ",
                "no connection",
                "--> case.toml:",
            ],
            never: &["violates["],
            ..SCENE
        };
        scene.judge(&scene.run_against(&format!("http://{closed}")));
    }
}

#[test]
fn the_control() {
    check(&[
        Scene {
            name: "refused",
            script: |request, _| (request.method == "POST").then(|| refusal(403, "forbidden")),
            exit: 3,
            says: &[
                "inconclusive: the control, the valid request `create`, was rejected with 403, so a rejection proves nothing",
                "control `create`, request:",
                "403",
            ],
            never: &["violates["],
            sent: &["POST /things"],
            ..SCENE
        },
        Scene {
            name: "accepted, and in breach of the contract",
            cases: REFUSED_ONLY,
            script: |request, _| {
                (request.method == "POST" && request.body != "{")
                    .then(|| Reply::json(201, &[("cache-control", "private")], r#"{"id":"1"}"#))
            },
            exit: 101,
            says: &[
                "test control::create ... FAILED",
                "violates[no-store]",
                "was `private`",
                "--> requests.toml:2:",
            ],
            ..SCENE
        },
        Scene {
            name: "refused, in breach of the contract",
            script: |request, _| (request.method == "POST").then(|| refusal(403, "nope")),
            exit: 101,
            says: &["violates[code]", "control `create`"],
            ..SCENE
        },
    ]);
}

#[test]
fn the_control_is_made_once_a_run() {
    let cases = r#"
[[case]]
name = "no_json"
clause = "status-400"
each.body = { a = "{", b = "[", c = "nul", d = "1,", e = ",", f = "{}}", g = "x", h = "'a'" }
request = "create"
send.text = "{{ each.body }}"
expect = "bad_request"
[[case]]
name = "no_key"
clause = "status-400"
request = "create"
send.remove = ["/headers/idempotency-key"]
expect = "bad_request"
"#;
    let scene = Scene {
        name: "accepted once",
        cases,
        says: &["9 passed"],
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    assert_eq!(ran.sent.len(), 9 + 2, "{:#?}", ran.sent);
    let scene = Scene {
        name: "rejected once, so rejections of all dependent trials prove nothing",
        cases,
        script: |request, _| {
            (request.header("idempotency-key").is_some() && request.body.starts_with("{\""))
                .then(|| refusal(403, "forbidden"))
        },
        exit: 3,
        says: &["9 failed"],
        sent: &["POST /things"],
        ..SCENE
    };
    scene.check();
}

#[test]
fn what_prepares_a_trial() {
    check(&[
        Scene {
            name: "fails",
            cases: PREPARED,
            script: |request, _| (request.method == "POST").then(|| refusal(403, "forbidden")),
            exit: 3,
            says: &[
                "inconclusive: step 1, which prepares the trial, failed: status should be success (2xx), was 403 forbidden",
            ],
            sent: &["POST /things"],
            ..SCENE
        },
        Scene {
            name: "is not answered, by a target that has answered before",
            cases: r#"
[[case]]
name = "made_and_read_twice"
clause = "lifecycle"
[[case.step]]
request = "create"
expect = "success"
[[case.step]]
request = "read"
expect = "success"
[[case.step]]
request = "read"
send.path = "/things/2"
expect = "success"
"#,
            script: |request, _| (request.path == "/things/1").then(hang_up),
            exit: 3,
            says: &["inconclusive: step 2: no complete HTTP response"],
            never: &["violates["],
            sent: &["POST /things", "GET /things/1"],
            ..SCENE
        },
        Scene {
            name: "fails, in breach of the contract",
            cases: PREPARED,
            script: |request, _| (request.method == "POST").then(|| refusal(403, "nope")),
            exit: 101,
            says: &["violates[code]"],
            ..SCENE
        },
        Scene {
            name: "lacks a member",
            cases: PREPARED,
            script: |request, _| (request.method == "POST").then(|| ok("{}")),
            exit: 3,
            says: &[
                "inconclusive: step 1, which prepares the trial, failed: body, /id should be string, was nothing",
            ],
            ..SCENE
        },
        Scene {
            name: "breaks a clause of the contract that is the case's own, too",
            cases: r#"
[[case]]
name = "made_and_read"
clause = "no-store"
[[case.step]]
request = "create"
expect = "success"
[[case.step]]
request = "read"
expect = "success"
"#,
            script: |request, _| {
                (request.method == "POST")
                    .then(|| Reply::json(201, &[("cache-control", "private")], r#"{"id":"1"}"#))
            },
            exit: 101,
            says: &["violates[no-store]", "step 1: was `private`"],
            ..SCENE
        },
        Scene {
            name: "a capture is missing",
            cases: r#"
[[case]]
name = "made_and_read"
clause = "lifecycle"
[[case.step]]
request = "create"
expect = "success"
capture.there = "/links/self"
[[case.step]]
request = "read"
send.path = "{{ there }}"
expect = "success"
"#,
            exit: 3,
            says: &[
                "inconclusive: nothing to capture as `there`: the body's /links/self is not in the answer",
            ],
            sent: &["POST /things"],
            ..SCENE
        },
        Scene {
            name: "a captured header is missing",
            cases: r#"
[[case]]
name = "made_and_read"
clause = "lifecycle"
[[case.step]]
request = "create"
expect = "success"
capture.there = { header = "Location" }
[[case.step]]
request = "read"
send.path = "{{ there }}"
expect = "success"
"#,
            exit: 3,
            says: &[
                "inconclusive: nothing to capture as `there`: the header location is not in the answer",
            ],
            ..SCENE
        },
        Scene {
            name: "the step under test fails",
            cases: PREPARED,
            script: |request, _| (request.method == "GET").then(|| refusal(404, "not_found")),
            exit: 101,
            says: &[
                "violates[lifecycle]: status: expected success (2xx), was 404 not_found",
                "step 2: was 404 not_found",
            ],
            ..SCENE
        },
    ]);
}

#[test]
fn polling() {
    const READS: [&str; 3] = ["GET /things/1"; 3];
    check(&[
        Scene {
            name: "until it shows",
            cases: POLLED,
            script: |request, api| (api.times(request) < 3).then(pending),
            sent: &READS,
            limits: "request = 30",
            ..SCENE
        },
        Scene {
            name: "one of the values",
            cases: POLLED,
            script: |_, _| Some(ok(r#"{"id":"1","status":"failed"}"#)),
            sent: &READS[..1],
            ..SCENE
        },
        Scene {
            name: "never",
            cases: POLLED_IN_VAIN,
            script: |_, _| Some(pending()),
            exit: 101,
            says: &["body, /status: expected \"ready\" or \"failed\" in the end, was \"pending\""],
            ..SCENE
        },
        Scene {
            name: "never, where it is there to prepare",
            cases: POLLED_FIRST_IN_VAIN,
            script: |request, _| (request.path == "/things/1").then(pending),
            exit: 3,
            says: &[
                "inconclusive: step 1, which prepares the trial, failed: body, /status should be \"ready\" in the end, was \"pending\"; it was polled for 0.05 s",
            ],
            never: &["violates["],
            ..SCENE
        },
        Scene {
            name: "until it shows, where it is there to prepare",
            cases: POLLED_FIRST,
            script: |request, api| {
                (request.path == "/things/1" && api.times(request) < 3).then(pending)
            },
            says: &["1 passed"],
            ..SCENE
        },
        Scene {
            name: "until it is refused",
            cases: POLLED,
            script: |request, api| {
                Some(match api.times(request) {
                    1 => pending(),
                    _ => refusal(404, "not_found"),
                })
            },
            exit: 101,
            says: &["status: expected success (2xx), was 404 not_found"],
            sent: &READS[..2],
            ..SCENE
        },
        Scene {
            name: "each answer is held to the contract, the same fault is told once",
            cases: POLLED,
            script: |request, api| {
                Some(match api.times(request) {
                    1 | 2 => Reply::json(
                        200,
                        &[("cache-control", "private")],
                        r#"{"id":"1","status":"pending"}"#,
                    ),
                    _ => ok(r#"{"id":"1","status":"ready"}"#),
                })
            },
            exit: 101,
            says: &["violates[no-store]"],
            ..SCENE
        },
        Scene {
            name: "what the case asks for is asked of the last answer",
            cases: r#"
[[case]]
name = "ready"
clause = "lifecycle"
request = "read"
poll = { until = { "/status" = "ready" }, every = 0.01, within = 5 }
[case.expect]
row = "success"
body = { "/result" = { is = "string" }, "/status" = "ready" }
"#,
            script: |request, api| {
                Some(match api.times(request) {
                    1 | 2 => pending(),
                    _ => ok(r#"{"id":"1","status":"ready","result":"r"}"#),
                })
            },
            sent: &READS,
            ..SCENE
        },
        Scene {
            name: "what the request asks for is asked of each answer",
            cases: POLLED,
            script: |request, api| {
                Some(match api.times(request) {
                    1 => ok(r#"{"status":"pending"}"#),
                    _ => ok(r#"{"id":"1","status":"ready"}"#),
                })
            },
            exit: 101,
            says: &["body, /id: expected string, was nothing"],
            ..SCENE
        },
    ]);
}

#[test]
fn waiting() {
    const WINDOW: Duration = Duration::from_millis(300);
    check(&[
        Scene {
            name: "as long as was captured",
            cases: WAITED,
            script: |request, api| {
                (request.path == "/limited" && api.since_first(request) < WINDOW)
                    .then(|| limited("0.3"))
            },
            sent: &["GET /things/1", "GET /limited", "GET /limited"],
            ..SCENE
        },
        Scene {
            name: "as long as was captured, and still limited",
            cases: WAITED,
            script: |request, _| (request.path == "/limited").then(|| limited("0.02")),
            exit: 101,
            says: &["violates[retry-window]: status: expected success (2xx), was 429 rate_limited"],
            sent: &["GET /things/1", "GET /limited", "GET /limited"],
            ..SCENE
        },
        Scene {
            name: "longer than the limit",
            cases: WAITED,
            script: |request, _| (request.path == "/limited").then(|| limited("50")),
            limits: "wait = 1",
            exit: 3,
            says: &[
                "inconclusive: it would have to wait 50 s, and the target's `limits.wait` is 1 s",
            ],
            ..SCENE
        },
        Scene {
            name: "longer than anybody lives",
            cases: WAITED,
            script: |request, _| (request.path == "/limited").then(|| limited("1e300")),
            exit: 101,
            says: &[
                "violates[window]: body, /error/retry_after: expected at most the limiter's window of 60 s, was 1e300 s",
            ],
            ..SCENE
        },
        Scene {
            name: "a negative time",
            cases: WAITED,
            script: |request, _| (request.path == "/limited").then(|| limited("-1")),
            exit: 101,
            says: &["violates[window]"],
            ..SCENE
        },
    ]);
}

#[test]
fn limits_that_nobody_asked_for() {
    check(&[
        Scene {
            name: "are waited out, and the request is repeated",
            cases: ACCEPTED,
            script: |request, api| (api.times(request) < 2).then(|| limited("0")),
            says: &["1 passed"],
            sent: &["POST /things"; 2],
            ..SCENE
        },
        Scene {
            name: "are repeated as they were, so that no second thing is made",
            cases: r#"
[[case]]
name = "made"
clause = "accepted"
request = "create"
expect = "success"
effect.things = 1
"#,
            script: |request, api| {
                // A write that is limited too late.
                (request.method == "POST" && api.times(request) == 1).then(|| {
                    let _ = api.answer(request);
                    limited("0")
                })
            },
            sent: &["GET /count", "POST /things", "POST /things", "GET /count"],
            ..SCENE
        },
        Scene {
            name: "are judged",
            cases: ACCEPTED,
            script: |request, api| {
                (api.times(request) == 1).then(|| {
                    Reply::json(
                        429,
                        &[("retry-after", "0")],
                        &error("rate_limited", true, "null"),
                    )
                })
            },
            exit: 101,
            says: &[
                "violates[window]: body, /error/retry_after: expected a number of seconds that is not negative, was null",
            ],
            sent: &["POST /things"; 2],
            ..SCENE
        },
        Scene {
            name: "on the control",
            script: |request, api| {
                (request.method == "POST" && api.times(request) == 1).then(|| limited("0"))
            },
            sent: &[
                "POST /things",
                "POST /things",
                "GET /count",
                "POST /things",
                "GET /count",
            ],
            ..SCENE
        },
        Scene {
            name: "on the probe",
            script: |request, api| {
                (request.path == "/count" && api.times(request) == 1).then(|| limited("0"))
            },
            sent: &[
                "POST /things",
                "GET /count",
                "GET /count",
                "POST /things",
                "GET /count",
            ],
            ..SCENE
        },
        Scene {
            name: "that do not end",
            cases: ACCEPTED,
            script: |_, _| Some(limited("0.1")),
            exit: 101,
            says: &[
                "violates[window]: body, /error/retry_after: expected to get through after the advertised wait of 0.1 s, was limited again (429)",
            ],
            sent: &["POST /things"; 2],
            ..SCENE
        },
        Scene {
            name: "that take longer than the target's limit",
            cases: ACCEPTED,
            script: |_, _| Some(limited("61")),
            exit: 3,
            says: &[
                "inconclusive: it would have to wait 61 s, and the target's `limits.wait` is 60 s",
            ],
            sent: &["POST /things"],
            ..SCENE
        },
    ]);
}

#[test]
fn bursts() {
    check(&[
        Scene {
            name: "until limited",
            cases: BURST,
            script: |request, api| {
                (request.path == "/burst" && api.times(request) == 3).then(|| limited("0"))
            },
            sent: &[
                "GET /things/1",
                "GET /burst",
                "GET /burst",
                "GET /burst",
                "GET /things/1",
            ],
            ..SCENE
        },
        Scene {
            name: "never limited",
            cases: BURST,
            exit: 101,
            says: &[
                "violates[limit]: volley, until: expected 429 rate_limited within 12 requests, was 200 (12)",
            ],
            ..SCENE
        },
        Scene {
            name: "refused instead",
            cases: BURST,
            script: |request, _| (request.path == "/burst").then(|| refusal(403, "forbidden")),
            exit: 101,
            says: &[
                "violates[limit]: status: expected success (2xx) or 429 rate_limited, was 403 forbidden",
                "was 403 (12)",
            ],
            ..SCENE
        },
        Scene {
            name: "limited without a window",
            cases: BURST,
            script: |request, api| {
                (request.path == "/burst" && api.times(request) == 3).then(|| limited("null"))
            },
            exit: 101,
            says: &["violates[window]"],
            ..SCENE
        },
        Scene {
            name: "one connection breaks",
            cases: BURST,
            script: |request, api| match (request.path.as_str(), api.times(request)) {
                ("/burst", 2) => Some(hang_up()),
                ("/burst", 4) => Some(limited("0")),
                _ => None,
            },
            exit: 101,
            says: &["violates[answer]"],
            ..SCENE
        },
        Scene {
            name: "warnings do not hide a violation",
            cases: BURST,
            script: |request, api| match (request.path.as_str(), api.times(request)) {
                ("/burst", 9) => Some(limited("null")),
                ("/burst", _) => Some(ok("\u{feff}{\"id\":\"1\",\"status\":\"s\"}")),
                _ => None,
            },
            exit: 101,
            says: &["violates[window]"],
            ..SCENE
        },
        Scene {
            name: "one violation does not hide another",
            cases: BURST,
            script: |request, api| match (request.path.as_str(), api.times(request)) {
                ("/burst", 9) => Some(limited("null")),
                ("/burst", _) => Some(Reply::json(
                    200,
                    &[("cache-control", "private")],
                    r#"{"id":"1","status":"s"}"#,
                )),
                _ => None,
            },
            exit: 101,
            says: &["violates[window]", "violates[no-store]"],
            ..SCENE
        },
        Scene {
            name: "a warning does not end the trial: what follows is what it is about",
            cases: BURST,
            script: |request, api| match (request.path.as_str(), api.times(request)) {
                ("/burst", 2) => Some(limited("0")),
                ("/burst", _) => Some(ok("\u{feff}{\"id\":\"1\",\"status\":\"s\"}")),
                ("/things/1", 2) => Some(refusal(404, "not_found")),
                _ => None,
            },
            exit: 101,
            says: &["violates[limit]: status: expected success (2xx), was 404 not_found"],
            ..SCENE
        },
        Scene {
            name: "what each success names",
            cases: r#"
[[case]]
name = "one_write"
clause = "replay"
effect.things = 1
request = "create"
send.headers.Idempotency-Key = "{{ key }}"
burst = { requests = 5, at_once = 5 }
[case.expect]
each = ["success", "idempotency_conflict"]
same = ["/id"]
count = { success = 4 }
"#,
            exit: 101,
            says: &["volley, count: expected 4 answers of success (2xx), was 201 (5)"],
            never: &["effect on", "same /id"],
            ..SCENE
        },
        Scene {
            name: "what each success names, and it differs",
            cases: r#"
[[case]]
name = "one_write"
clause = "replay"
request = "create"
burst = { requests = 3, at_once = 1 }
expect = { each = ["success"], same = ["/id"], count = { success = 3 } }
"#,
            exit: 101,
            says: &[
                "volley, same /id: expected \"thing-",
                " in all successes, was \"thing-",
            ],
            never: &["volley, count"],
            ..SCENE
        },
    ]);
}

#[test]
fn the_time_of_a_trial_is_limited() {
    check(&[
        Scene {
            name: "in a control",
            script: |_, _| Some(SILENCE),
            limits: "trial = 0.3",
            exit: 3,
            says: &["inconclusive: it did not end within the target's `limits.trial` of 0.3 s"],
            ..SCENE
        },
        Scene {
            name: "in a step",
            cases: REFUSED_ONLY,
            script: |request, _| (request.body == "{").then_some(SILENCE),
            limits: "trial = 0.3",
            exit: 3,
            says: &["inconclusive: it did not end within the target's `limits.trial` of 0.3 s"],
            ..SCENE
        },
        Scene {
            name: "what was found until then counts",
            script: |request, api| match request.path.as_str() {
                "/count" if api.times(request) == 1 => Some(Reply::json(
                    200,
                    &[("cache-control", "private")],
                    r#"{"total":1}"#,
                )),
                "/count" => Some(SILENCE),
                _ => None,
            },
            limits: "trial = 1",
            exit: 101,
            says: &["violates[no-store]"],
            ..SCENE
        },
    ]);
}

#[test]
fn warnings_and_strictness() {
    let unchallenged: Script = |request, _| {
        let token = request.header("authorization");
        token.is_none().then(|| refusal(401, "unauthorized"))
    };
    check(&[
        Scene {
            name: "a should",
            cases: ANONYMOUS,
            script: unchallenged,
            says: &["1 passed"],
            ..SCENE
        },
        Scene {
            name: "a should, strictly",
            cases: ANONYMOUS,
            script: unchallenged,
            arguments: &["--strict"],
            exit: 101,
            says: &["[challenge]: header www-authenticate: expected any value, was missing"],
            ..SCENE
        },
        Scene {
            name: "nothing, strictly",
            cases: ANONYMOUS,
            arguments: &["--strict"],
            says: &["1 passed"],
            ..SCENE
        },
    ]);
}

#[test]
fn exit_statuses_of_mixed_runs() {
    // `read` is refused, which leaves its trial inconclusive or violating; `create` conforms.
    const BOTH: &str = r#"
[[case]]
name = "violating"
clause = "lifecycle"
request = "read"
expect = "success"
[[case]]
name = "inconclusive"
clause = "status-400"
request = "read"
send.query.limit = 0
expect = "bad_request"
[[case]]
name = "conforming"
clause = "accepted"
request = "create"
expect = "success"
[[case]]
name = "ignored"
clause = "accepted"
request = "create"
as = "nobody"
expect = "success"
"#;
    let refuses: Script = |request, _| (request.method == "GET").then(|| refusal(403, "forbidden"));
    let scene = |name, arguments, exit, says| Scene {
        name,
        cases: BOTH,
        script: refuses,
        arguments,
        exit,
        says,
        ..SCENE
    };
    check(&[
        scene(
            "all",
            &[],
            101,
            &[
                "1 passed; 2 failed; 1 ignored",
                "ignored (target `api` has no credential `nobody`; it has `member`)",
            ],
        ),
        scene(
            "without the violating",
            &["--skip", "violating"],
            3,
            &["1 passed; 1 failed; 1 ignored"],
        ),
        scene(
            "the conforming and the ignored",
            &["--skip", "violating", "--skip", "inconclusive"],
            0,
            &["1 passed; 0 failed; 1 ignored"],
        ),
        scene(
            "the ignored alone",
            &["ignored"],
            4,
            &["all 1 were ignored"],
        ),
        scene(
            "nothing",
            &["nothing"],
            4,
            &["no trial was run: the filters select none"],
        ),
        scene(
            "the ignored denied",
            &["--deny-ignored", "ignored"],
            3,
            &["inconclusive: ignored, which --deny-ignored forbids"],
        ),
        scene("a wrong argument", &["--strictly"], 2, &["--strictly"]),
    ]);
}

/// What a template slices is known like any other name of it.
#[test]
fn slices_name_what_they_slice() {
    check(&[
        Scene {
            name: "a fixture that the target lacks",
            cases: r#"
[[case]]
name = "cut"
clause = "status-404"
request = "read"
send.path = "/things/{{ fixture.thing[:-1] }}0"
expect = "not_found"
"#,
            exit: 4,
            says: &["ignored (target `api` has no fixture `thing`"],
            ..SCENE
        },
        Scene {
            name: "a credential that the target lacks",
            cases: r#"
[[case]]
name = "cut"
clause = "status-401"
request = "read"
as = "none"
send.headers.Authorization = "Bearer {{ secret.other[1:] }}"
expect = "unauthorized"
"#,
            exit: 4,
            says: &["ignored (target `api` has no credential `other`"],
            ..SCENE
        },
        Scene {
            name: "an unknown name",
            cases: r#"
[[case]]
name = "cut"
clause = "status-404"
request = "read"
send.path = "/things/{{ thing[:-1] }}0"
expect = "not_found"
"#,
            exit: 2,
            says: &["unknown template name `thing`", "--> case.toml:6:"],
            ..SCENE
        },
    ]);
}

#[test]
fn the_most_telling_comes_first() {
    let scene = Scene {
        name: "a warning at the body, and a violation at a header",
        cases: REFUSED_ONLY,
        script: |request, _| {
            (request.body == "{").then(|| {
                let body = format!("\u{feff}{}", error("bad_request", false, "null"));
                Reply::json(400, &[("cache-control", "private")], &body)
            })
        },
        exit: 101,
        says: &["violates[no-store]", "should[bom]"],
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    let at = |text: &str| ran.stdout.find(text).unwrap();
    assert!(
        at("violates[no-store]") < at("should[bom]"),
        "{}",
        ran.stdout
    );
    // Of equal levels, the step's own come before those of the requests around it.
    let scene = Scene {
        name: "the control's body, and the step's header",
        cases: REFUSED_ONLY,
        script: |request, _| {
            if request.body == "{" {
                let body = error("bad_request", false, "null");
                return Some(Reply::json(400, &[("cache-control", "private")], &body));
            }
            // The request's `success` holds, and the contract does not.
            Some(Reply::json(
                200,
                &[("content-encoding", "gzip")],
                "{\"id\":\"1\"}",
            ))
        },
        exit: 101,
        says: &["violates[coding]", "violates[no-store]"],
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    let at = |text: &str| ran.stdout.find(text).unwrap();
    assert!(
        at("violates[no-store]") < at("violates[coding]"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_text_of_a_violation() {
    let scene = Scene {
        name: "everything at once",
        script: |request, api| {
            (request.body == "{").then(|| {
                api.slip();
                Reply::json(
                    401,
                    &[
                        ("retry-after", "soon"),
                        ("content-type", "text/html"),
                        ("x-request-id", "r-1"),
                    ],
                    &error("nope", true, "-1"),
                )
            })
        },
        exit: 101,
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    snapshot("violation", &ran.stdout);
}

#[test]
fn the_text_of_an_effect() {
    let scene = Scene {
        name: "a second thing",
        cases: REPLAYED,
        script: |request, api| {
            if request.method == "POST" && api.times(request) == 2 {
                api.slip();
            }
            None
        },
        exit: 101,
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    snapshot("effect", &ran.stdout);
}

#[test]
fn the_text_of_an_inconclusive_trial() {
    let scene = Scene {
        name: "the control is refused",
        script: |request, _| (request.method == "POST").then(|| refusal(403, "forbidden")),
        exit: 3,
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    snapshot("inconclusive", &ran.stdout);
}

#[test]
fn the_text_of_a_burst() {
    let scene = Scene {
        name: "never limited",
        cases: BURST,
        exit: 101,
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    snapshot("burst", &ran.stdout);
}

#[test]
fn the_text_of_a_transport_fault() {
    let scene = Scene {
        name: "cut off",
        cases: REFUSED_ONLY,
        script: |request, _| {
            (request.body == "{").then(|| {
                bytes(b"HTTP/1.1 400 Bad\r\ncontent-length: 100\r\n\r\n{\"error\"".to_vec())
            })
        },
        exit: 101,
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    snapshot("transport", &ran.stdout);
}

/// A text that would clear the screen, hide itself, turn the line around, and pass for a line of the program's own.
const HOSTILE: &str = "\u{1b}[2J\u{1b}[8m\u{9b}0m\r\ntest case::no_json ... ok\n\u{202e}evil\u{200b}\u{feff}\u{7}\u{8}\u{7f}\u{2028}\u{e0041}";

#[test]
fn hostile_texts_are_neutralised() {
    let json = serde_json::to_string(HOSTILE).unwrap();
    // JSON allows what is no control character as it stands.
    let body = HOSTILE.replace(char::is_control, "");
    assert!(json.contains('\u{202e}') && body.contains('\u{202e}'));
    let scripts: [(&str, Script, i32); 6] = [
        (
            "in the code, in the message, in a name",
            |request, _| {
                let json = serde_json::to_string(HOSTILE).unwrap();
                let body = format!(
                    r#"{{"error":{{"code":{json},"message":[{json}],"retryable":true,"retry_after":{json},{json}:1,{json}:2}}}}"#
                );
                (request.body == "{").then(|| Reply::json(400, &[], &body))
            },
            101,
        ),
        (
            "in a body that is no JSON",
            |request, _| (request.body == "{").then(|| Reply::json(400, &[], HOSTILE)),
            101,
        ),
        (
            "in headers",
            |request, _| {
                let value = HOSTILE.replace(|letter: char| letter.is_ascii_control(), "");
                let names = ["content-type", "cache-control", "retry-after", "x-note"];
                let headers = names.map(|name| (name, value.as_str()));
                (request.body == "{").then(|| Reply::json(400, &headers, &error("c", true, "1")))
            },
            101,
        ),
        (
            "in bytes that are no text",
            |request, _| {
                let mut raw =
                    b"HTTP/1.1 400 \x1b[2J\r\nconnection: close\r\nx-note: \x9b\xff\r\n\r\n"
                        .to_vec();
                raw.extend(b"\x1b[2J\xff\x9b\xe2\x80\n\rtest case::no_json ... ok\n");
                (request.body == "{").then(|| bytes(raw))
            },
            101,
        ),
        (
            "in a header that no client takes",
            |request, _| {
                let raw = format!("HTTP/1.1 400 {HOSTILE}\r\nx: {HOSTILE}\r\n\r\n{{}}");
                (request.body == "{").then(|| bytes(raw.into_bytes()))
            },
            101,
        ),
        (
            "in a refused control",
            |request, _| {
                let json = serde_json::to_string(HOSTILE).unwrap();
                let body = error("forbidden", false, "null").replace("\"Wrong.\"", &json);
                (request.method == "POST")
                    .then(|| Reply::json(403, &[("x-note", "\u{202e}")], &body))
            },
            3,
        ),
    ];
    for (name, script, exit) in scripts {
        for colour in ["never", "always"] {
            let scene = Scene {
                name,
                cases: REFUSED_ONLY,
                script,
                exit,
                arguments: if colour == "never" {
                    &[]
                } else {
                    &["--color", "always"]
                },
                ..SCENE
            };
            let ran = scene.run();
            scene.judge(&ran);
            harmless(name, &ran.stdout, colour == "always");
            if colour == "never" && name == "in a body that is no JSON" {
                snapshot("hostile", &ran.stdout);
            }
        }
    }
}

/// Nothing in a text acts on a terminal, is hidden, or stands where the program's own lines do.
fn harmless(name: &str, text: &str, coloured: bool) {
    let mut text = text.to_owned();
    if coloured {
        // The program's own colours are sequences of digits and semicolons that end in `m`.
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("\u{1b}[") {
            let end = behind.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
            let end = end.unwrap_or(behind.len());
            assert!(behind[end..].starts_with('m'), "{name}: {behind:?}");
            assert_ne!(&behind[..end], "8", "{name}");
            plain.push_str(before);
            rest = &behind[end + 1..];
        }
        text = plain + rest;
    }
    for letter in text.chars() {
        let acts = letter.is_control() && letter != '\n';
        let hides = "\u{202e}\u{200b}\u{feff}\u{2028}\u{e0041}".contains(letter);
        assert!(!acts && !hides, "{name}: {letter:?} in\n{text:?}");
    }
    let own: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("test "))
        .collect();
    assert_eq!(own.len(), 2, "{name}: {own:?}");
    assert!(
        own[0].ends_with("FAILED") && own[1].starts_with("test result: FAILED"),
        "{name}: {own:?}"
    );
}

#[test]
fn large_bodies_are_not_printed() {
    let scripts: [(&str, Script); 4] = [
        ("text", |request, _| {
            (request.body == "{").then(|| Reply::json(400, &[], &"x".repeat(5_000_000)))
        }),
        ("an envelope", |request, _| {
            let body = error("bad_request", true, "null").replace("Wrong.", &"m".repeat(5_000_000));
            (request.body == "{").then(|| Reply::json(400, &[], &body))
        }),
        ("lines", |request, _| {
            (request.body == "{").then(|| Reply::json(400, &[], &"\n".repeat(5_000_000)))
        }),
        ("headers", |request, _| {
            let value = "h".repeat(4000);
            let names: Vec<String> = (0..60).map(|number| format!("x-{number}")).collect();
            let headers: Vec<_> = names
                .iter()
                .map(|name| (name.as_str(), value.as_str()))
                .collect();
            (request.body == "{").then(|| Reply::json(400, &headers, "{}"))
        }),
    ];
    for (name, script) in scripts {
        let scene = Scene {
            name,
            cases: REFUSED_ONLY,
            script,
            exit: 101,
            ..SCENE
        };
        let ran = scene.run();
        scene.judge(&ran);
        assert!(
            ran.stdout.len() < 8000,
            "{name}: {} bytes",
            ran.stdout.len()
        );
        assert!(ran.stdout.lines().count() < 200, "{name}");
    }
}

#[test]
fn many_faulty_answers_make_a_short_text() {
    let scene = Scene {
        name: "each answer of a poll has the same fault",
        cases: r#"
[[case]]
name = "ready"
clause = "lifecycle"
request = "read"
poll = { until = { "/status" = "ready" }, every = 0, within = 30 }
expect = "success"
"#,
        script: |request, api| {
            let status = if api.times(request) < 60 {
                "pending"
            } else {
                "ready"
            };
            let body = format!(r#"{{"id":"1","status":"{status}"}}"#);
            Some(Reply::json(200, &[("cache-control", "private")], &body))
        },
        exit: 101,
        says: &["violates[no-store]"],
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    assert_eq!(ran.sent.len(), 60);
    assert!(
        ran.stdout.len() < 4000,
        "{} bytes:\n{}",
        ran.stdout.len(),
        ran.stdout
    );
}

#[test]
fn secrets_are_taken_out() {
    let scene = Scene {
        name: "the server sends the token back",
        cases: r#"
[[case]]
name = "token_in_the_query"
clause = "status-401"
each.token = { whole = "{{ secret.member }}", cut = "{{ secret.member[:-4] }}" }
request = "create"
as = "none"
send.query.token = "{{ each.token }}"
send.headers.X-Token = "{{ each.token }}"
send.json.token = "{{ each.token }}"
expect = "unauthorized"
"#,
        script: |request, _| {
            let token = request.header("x-token")?;
            let body = error("forbidden", false, "null").replace("Wrong.", token);
            Some(Reply::json(403, &[("x-token", token)], &body))
        },
        exit: 101,
        says: &["$MEMBER_KEY", "{{ secret.member[:-4] }}", "2 failed"],
        ..SCENE
    };
    let ran = scene.run();
    scene.judge(&ran);
    // Not even most of it.
    assert!(!ran.stdout.contains("kat_live_member"), "{}", ran.stdout);
}

#[test]
fn redirects_are_not_followed() {
    let scene = Scene {
        name: "elsewhere",
        cases: REFUSED_ONLY,
        script: |request, _| {
            (request.body == "{").then(|| Reply::json(307, &[("location", "/count")], "{}"))
        },
        exit: 101,
        says: &["violates[known-status]", "was 307"],
        sent: &["POST /things", "POST /things"],
        ..SCENE
    };
    scene.check();
}

/// What stands in the text can be pasted into a shell, or is encoded so that it can.
#[test]
fn the_request_can_be_pasted() {
    let cases = r#"
[[case]]
name = "body"
clause = "robust"
each.body = { plain = "{'a': \"b\"}\n", mark = "\uFEFF{", control = "{\u0001\r", file = "@/etc/passwd", tab = "{\t", turned = "\u202E{" }
request = "create"
send.headers.Idempotency-Key = ""
send.text = "{{ each.body }}"
expect = "success"
"#;
    let scene = Scene {
        name: "bodies of all kinds",
        cases,
        script: |_, _| Some(refusal(400, "bad_request")),
        arguments: &["--test-threads", "1"],
        exit: 101,
        says: &[
            "-H 'idempotency-key;'",
            "--data-binary '{'\\''a'\\'': \"b\"}",
            "echo 77u/ew== | base64 -d | curl",
            "echo ewEN | base64 -d | curl",
            "echo QC9ldGMvcGFzc3dk | base64 -d | curl",
            "echo ewk= | base64 -d | curl",
            "echo 4oCuew== | base64 -d | curl",
        ],
        ..SCENE
    };
    scene.check();
}
