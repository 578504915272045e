//! The suite that the reports are of: one trial for each thing that can become of one, and a server that sees to it.

use std::path::Path;

use crate::server::{Reply, Request, Server};
use crate::support::{Folder, Output};

/// What the one credential holds.
pub(crate) const SECRET: &str = "kat_live_member.s3cr3t-of-the-member";

const CONTRACT: &str = r#"
name = "Things"
version = "2.0.0"
[envelope]
schema = "envelope.json"
media_type = "application/json"
code = "/error/code"
[[status]]
status = 400
code = "bad_request"
clause = "refused"
[[header]]
clause = "traced"
name = "x-trace"
on = ["4xx"]
[[clause]]
id = "refused"
level = "must"
text = "What is wrong is refused."
source = "the [documentation](https://docs.example.com), 1"
[[clause]]
id = "complete"
level = "must"
text = "A complete answer comes."
source = "RFC 9110"
check = "answer"
[[clause]]
id = "traced"
level = "should"
text = "A refusal can be traced."
source = "the documentation, 2"
"#;

const REQUESTS: &str = r#"
[request.thing]
method = "POST"
path = "/thing"
as = "member"
json = { name = "x" }
[request.refused]
method = "GET"
path = "/refused"
as = "member"
"#;

/// A case of `cases/things.toml`, in the order of the file.
fn case(name: &str, more: &str) -> String {
    format!("[[case]]\nname = \"{name}\"\nclause = \"refused\"\n{more}\nexpect = \"bad_request\"\n")
}

const CONFIG: &str = r#"
contract = "contract.toml"
cases = ["cases"]
[target.staging]
base_url = "BASE"
permits = ["writes"]
[target.staging.credentials]
member = { bearer = { env = "MEMBER_KEY" } }
[[target.staging.waiver]]
trial = "things::waived"
clauses = ["refused"]
reason = "mended in March"
owner = "platform"
until = 2999-03-31
[[target.staging.waiver]]
trial = "things::gone"
clauses = ["refused"]
reason = "nobody knows"
owner = "platform"
until = 2999-03-31
"#;

/// A folder with the suite, and that target.
pub(crate) fn folder(server: &Server) -> Folder {
    let wrong = |how: &str| format!("request = \"thing\"\nsend.query.how = \"{how}\"");
    let cases = [
        case("conforms", &wrong("right")),
        case("violates", &wrong("wrong")),
        case("untraced", &wrong("untraced")),
        case("hangs_up", &wrong("hang-up")),
        // Of a bare status nothing is asked that needs the body.
        case(
            "binary",
            "request = \"thing\"\nsend.query.how = \"binary\"\nsend.base64 = \"AP/+\"",
        )
        .replace("\"bad_request\"", "400"),
        case(
            "inconclusive",
            "request = \"refused\"\nsend.query.how = \"wrong\"",
        ),
        case("ignored", "request = \"thing\"\nas = \"nobody\""),
        case("waived", &wrong("wrong")),
    ];
    Folder::of(&[
        ("gonogo.toml", &CONFIG.replace("BASE", &server.base_url())),
        ("contract.toml", CONTRACT),
        ("envelope.json", r#"{ "required": ["error"] }"#),
        ("cases/requests.toml", REQUESTS),
        ("cases/things.toml", &cases.concat()),
    ])
}

/// Answers as the query asks for.
pub(crate) fn ordinary(request: &Request) -> Reply {
    let traced = [("x-trace", "1")];
    let refusal = |status, code| Reply::json(status, &traced, &failure(code));
    match request.path.split_once("?how=").map(|(_, how)| how) {
        None if request.path == "/refused" => refusal(403, "forbidden"),
        None => Reply::json(200, &[], "{}"),
        Some("right") => refusal(400, "bad_request"),
        Some("untraced") => Reply::json(400, &[], &failure("bad_request")),
        Some("hang-up") => Reply(Some(Vec::new())),
        Some("binary") => Reply(Some(
            b"HTTP/1.1 400 -\r\ncontent-length: 4\r\nx-trace: 1\r\n\r\n\xff\xfe\x00!".to_vec(),
        )),
        Some(_) => refusal(422, "nope"),
    }
}

fn failure(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}"}}}}"#)
}

/// What a hostile server puts wherever it can: markup, commands, control characters.
pub(crate) const EVIL: [&str; 12] = [
    "\u{1b}[31mFORGED\u{9b}0m",
    "]]></failure><testcase name='FORGED'/>",
    "\u{0}\u{b}\u{fffe}\u{ffff}FORGED",
    "\n::error::FORGED",
    "\n  ::warning file=FORGED::x",
    "##[error]FORGED",
    "` FORGED <b>FORGED `` FORGED ```",
    "\n```\n\n# FORGED\n<script>FORGED</script>",
    "[FORGED](https://evil.example) ![FORGED](x)",
    "|FORGED|\n|---|\n<!-- FORGED",
    "https://FORGED.example www.FORGED.example FORGED@example.com",
    "%0A::error::FORGED \u{202e}FORGED\u{2028}",
];

/// The same suite with a case for each of them, one that sends markup, and a clause that is a command.
pub(crate) fn hostile_folder(server: &Server) -> Folder {
    let folder = folder(server);
    let text = "What is wrong is refused.";
    folder.write(
        "contract.toml",
        CONTRACT.replace(text, "What is wrong ##[error] is refused."),
    );
    let mut cases = String::new();
    for number in 0..EVIL.len() {
        let more = format!("request = \"thing\"\nsend.query.how = \"evil-{number}\"");
        cases += &case(&format!("e{number}"), &more);
    }
    let sent =
        "request = \"thing\"\nsend.query.how = \"wrong\"\nsend.text = '''x\n```\n\n# FORGED'''";
    folder.write("cases/evil.toml", cases + &case("asks_in_markup", sent));
    folder
}

/// Answers what is to be refused with one of them or all, and with the secret that it was sent.
pub(crate) fn hostile(request: &Request) -> Reply {
    if !request.path.contains('?') {
        return ordinary(request);
    }
    let all = EVIL.concat();
    let number = request
        .path
        .split_once("evil-")
        .map(|(_, number)| number.parse::<usize>());
    let one = number.map_or(all.as_str(), |number| EVIL[number.unwrap()]);
    let sent = request
        .header("authorization")
        .unwrap_or_default()
        .to_owned();
    if request.path.contains("binary") {
        let mut bytes = b"HTTP/1.1 400 -\r\nconnection: close\r\n\r\n\xff\xfe".to_vec();
        bytes.extend_from_slice((all + &sent).as_bytes());
        return Reply(Some(bytes));
    }
    let body = serde_json::json!({ "error": { "code": one, "message": sent, &all: 1 } });
    let header = EVIL[8].to_owned() + &sent;
    let headers = [
        ("x-evil", header.as_str()),
        ("content-type", EVIL[6]),
        ("location", EVIL[10]),
    ];
    Reply::json(422, &headers, &body.to_string())
}

/// Runs the suite with these arguments, and nothing else in the environment than these variables and the secret.
pub(crate) fn run(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let variables = [&[("MEMBER_KEY", SECRET)], variables].concat();
    let arguments = [&["--target", "staging"], arguments].concat();
    folder.run_with("", &variables, &arguments)
}

/// A report of the suite, and what was printed.
pub(crate) fn report(kind: &str) -> (String, Output) {
    let server = Server::start(ordinary);
    reported(&server, &folder(&server), kind)
}

/// A report of the hostile suite.
pub(crate) fn hostile_report(kind: &str) -> String {
    let server = Server::start(hostile);
    reported(&server, &hostile_folder(&server), kind).0
}

fn reported(server: &Server, folder: &Folder, kind: &str) -> (String, Output) {
    let mut output = run(folder, &[], &["--report", &format!("{kind}=out/report")]);
    assert_eq!(output.code, 101, "{}", output.all());
    let text = std::fs::read_to_string(folder.path("out/report")).unwrap();
    let shown = |text: &str| text.replace(&server.base_url(), "http://SERVER");
    output.stdout = shown(&output.stdout);
    (shown(&text), output)
}

/// A file among the test data.
pub(crate) fn data(name: &str) -> serde_json::Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run/report_formats/schemas");
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}
