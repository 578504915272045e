//! The printed curl command, pasted: a shell with the same variables and files sends the request that gonogo sent.
#![cfg(unix)]
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use crate::support;
use support::{Answer, Asked, CONTRACT, ENVELOPE, Folder, Server};

const PLAIN: &str = "AIzaPla1nKey_9-x";
const SIGNS: &str = r#"k3y/with+all=of&these %"'$HOME`\!;"#;
const FILE: &str = "f1le-held/secret+Key";
const BASIC: &str = "Basic b3BlcmF0b3I6dHIwdWI0ZG9yJjM=";

/// What a case changes, and what its command has.
const CASES: [(&str, &str, &str); 21] = [
    (
        "bearer",
        "as = \"plain\"",
        "\"authorization: Bearer $PLAIN\"",
    ),
    ("basic", "as = \"basic\"", "\"authorization: $BASIC\""),
    (
        "file",
        "as = \"file\"",
        "\"authorization: Bearer $(cat held.key)\"",
    ),
    (
        "spaced",
        "as = \"spaced\"",
        "\"authorization: Bearer $(cat './a key')\"",
    ),
    (
        "signs",
        "as = \"signs\"",
        "\"authorization: Bearer $SIGNS\"",
    ),
    (
        "query",
        "send.query.key = \"{{ secret.plain }}\"",
        "?key=$PLAIN\"",
    ),
    (
        "path",
        "send.path = \"/case/path/{{ secret.plain }}/x\"",
        "/$PLAIN/x\"",
    ),
    (
        "glued",
        "send.query.key = \"a{{ secret.plain }}b_{{ secret.file }}c\"",
        "=a${PLAIN}b_$(",
    ),
    (
        "encoded",
        "send.query = { a = \"{{ secret.signs }}\", b = 1 }",
        "\"$SIGNS\" | od",
    ),
    (
        "encoded_path",
        "send.path = \"/case/encoded_path/{{ secret.file }}?x=[1]{2}\"",
        "$(cat held.key)",
    ),
    (
        "encoded_file",
        "send.query.a = \"{{ secret.file }}\"",
        "$(cat held.key)",
    ),
    (
        "header",
        "send.headers.X-Key = \"v1 {{ secret.signs }} end\"",
        "\"x-key: v1 $SIGNS end\"",
    ),
    (
        "json",
        "send.json = { key = \"{{ secret.plain }}\", text = \"$HOME `id` \\\\ !\" }",
        "\"$PLAIN\"",
    ),
    (
        "form",
        "send.headers.Content-Type = \"application/x-www-form-urlencoded\"\nsend.text = \"secret={{ secret.plain }}&x=1\"",
        "\"secret=$PLAIN&x=1\"",
    ),
    (
        "typeless",
        "send.headers.Content-Type = []\nsend.text = \"a={{ secret.file }}\\nb\"",
        "-H content-type:",
    ),
    (
        "control",
        "send.text = \"a\\u0001{{ secret.plain }}\\r\\nend {{ secret.file }}\"",
        "printf %s \"$PLAIN\"",
    ),
    (
        "parts",
        "send.multipart = [{ name = \"key\", text = \"{{ secret.signs }}\" }, { name = \"b\", text = \"x\" }]",
        "printf %s \"$SIGNS\"",
    ),
    (
        "both",
        "as = \"plain\"\nsend.query.k = \"{{ secret.plain }}\"\nsend.text = \"{{ secret.plain }}{{ secret.plain }}\"",
        "$PLAIN$PLAIN",
    ),
    // Text that only looks like a variable is sent unchanged.
    (
        "letters",
        "send.text = \"$HOME $(id) `id` $PLAINER ${PLAIN}\"",
        "'$HOME $(id)",
    ),
    ("captured", "send.query.x = \"$(id) $HOME\"", "%24HOME"),
    ("empty", "send.headers.X-Empty = \"\"", "'x-empty;'"),
];

/// What no shell makes: it is plain that it cannot be pasted.
const UNPASTEABLE: [(&str, &str, &str); 4] = [
    (
        "planted",
        "as = \"plain\"\nsend.text = \"$PLAIN\"",
        "--data-binary '$PLAIN'",
    ),
    (
        "upper",
        "send.query.k = \"{{ secret.plain | upper }}\"",
        "<PLAIN in another form>",
    ),
    (
        "json_signs",
        "send.json.k = \"{{ secret.signs }}\"",
        "<SIGNS in another form>",
    ),
    (
        "half",
        "send.headers.X-Key = \"{{ secret.file[3:] }}\"",
        "{{ secret.file[3:] }}",
    ),
];

fn respond(asked: &Asked) -> Answer {
    if asked.target == "/valid" {
        Answer::json(200, "{}")
    } else {
        Answer::json(201, "{}")
    }
}

fn folder(server: &Server) -> Folder {
    let mut cases = "[request.make]\nmethod = \"POST\"\npath = \"/valid\"\n".to_owned();
    for (name, change, _) in CASES.iter().chain(&UNPASTEABLE) {
        let path = if change.contains("send.path") {
            String::new()
        } else {
            format!("send.path = \"/case/{name}\"\n")
        };
        let _ = write!(
            cases,
            "[[case]]\nname = \"{name}\"\nclause = \"refused\"\nrequest = \"make\"\n{path}{change}\nexpect = \"bad_request\"\n"
        );
    }
    let config = format!(
        "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.local]\nbase_url = \"{}\"\npermits = [\"writes\"]\n\
         [target.local.credentials]\nplain.bearer.env = \"PLAIN\"\nsigns.bearer.env = \"SIGNS\"\n\
         file.bearer.file = \"held.key\"\nspaced.bearer.file = \"a key\"\nbasic.headers.Authorization.env = \"BASIC\"\n",
        server.url()
    );
    Folder::of(&[
        ("gonogo.toml", &config),
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        ("cases/x.toml", &cases),
        ("held.key", &format!("{FILE}\n")),
        ("a key", "an0ther-held-secret\n"),
    ])
}

/// The command of each trial, as printed.
fn commands(output: &str) -> BTreeMap<String, String> {
    let mut commands = BTreeMap::new();
    for failure in output.split("\n---- ").skip(1) {
        let name = failure.split(" ----").next().unwrap();
        let name = name.trim_start_matches("x::").to_owned();
        let mut lines = failure
            .lines()
            .skip_while(|line| !line.ends_with(", request:"));
        lines.next();
        let lines: Vec<&str> = lines.map_while(|line| line.strip_prefix("  | ")).collect();
        commands.insert(name, lines.join("\n"));
    }
    commands
}

/// What both clients send: not what curl adds, and the address with its percent-encoding undone.
fn essence(asked: &Asked) -> String {
    let mut text = asked.text();
    let (line, rest) = text.split_once('\n').unwrap();
    let mut target = Vec::new();
    let mut left = line.as_bytes();
    while let [first, after @ ..] = left {
        let digits = after
            .get(..2)
            .map(|two| String::from_utf8_lossy(two).into_owned());
        match digits.and_then(|two| u8::from_str_radix(&two, 16).ok()) {
            Some(byte) if *first == b'%' => {
                target.push(byte);
                left = &after[2..];
            }
            _ => {
                target.push(if *first == b'+' { b' ' } else { *first });
                left = after;
            }
        }
    }
    let mut rest: Vec<&str> = rest.lines().collect();
    rest.retain(|line| !line.starts_with("accept-encoding") && !line.starts_with("connection"));
    text = format!("{}\n{}", String::from_utf8_lossy(&target), rest.join("\n"));
    text
}

#[test]
fn the_printed_command_sends_the_same_request() {
    let server = Server::start(respond);
    let folder = folder(&server);
    let variables = [("PLAIN", PLAIN), ("SIGNS", SIGNS), ("BASIC", BASIC)];
    let output = folder.run_with(
        "",
        &variables,
        &[
            "--target",
            "local",
            "--report=jsonl=run.jsonl",
            "--report=markdown=run.md",
        ],
    );
    assert_eq!(output.code, 101, "{}", output.all());
    for secret in [PLAIN, SIGNS, FILE, &BASIC[6..]] {
        assert!(!output.all().contains(secret), "{}", output.all());
    }
    let printed = commands(&output.stdout);
    // A record has what it takes to print them again.
    let again = folder.run_with("", &[], &["judge", "run.jsonl"]);
    let again = commands(&again.stdout);
    let markdown = std::fs::read_to_string(folder.path("run.md")).unwrap();
    assert!(
        markdown.contains("-H \"authorization: $BASIC\""),
        "{markdown}"
    );
    for (name, _, has) in CASES.iter().chain(&UNPASTEABLE) {
        let command = printed
            .get(*name)
            .unwrap_or_else(|| panic!("{name} did not fail: {}", output.all()));
        assert!(command.contains(has), "{name}: {has} is not in {command}");
        assert_eq!(Some(command), again.get(*name), "{name}");
    }
    for (name, _, _) in CASES {
        let of_case = |asked: &Asked| {
            asked.target.starts_with(&format!("/case/{name}"))
                && !asked.target[6 + name.len()..].starts_with('_')
        };
        let sent = server.asked().into_iter().find(of_case).unwrap();
        let before = server.asked().len();
        for shell in ["sh", "bash"] {
            let ran = Command::new(shell)
                .arg("-c")
                .arg(&printed[name])
                .current_dir(folder.path(""))
                .envs(variables)
                .output()
                .unwrap();
            assert!(ran.status.success(), "{name}: {}: {ran:?}", printed[name]);
        }
        let asked = server.asked();
        assert_eq!(asked.len(), before + 2, "{name}: {}", printed[name]);
        for pasted in &asked[before..] {
            assert_eq!(essence(pasted), essence(&sent), "{name}: {}", printed[name]);
            assert_eq!(
                pasted.body.len(),
                sent.body.len(),
                "{name}: {}",
                printed[name]
            );
        }
    }
}
