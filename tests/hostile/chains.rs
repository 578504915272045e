//! Nothing that goes wrong on the way shows a secret: no refused connection, no address, no backtrace. No list of processes does, and no
//! terminal.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::codings::undone;
use crate::program::gonogo;
use crate::server::{Act, serve};

const TOKEN: &str = "kat_live_chain.S3cr3t-of-no-message";
const KEY: &str = "another-S3cr3t/of+no=message";

/// Requests that carry a secret wherever one can be: in a header, the address, the body.
const CASES: &str = r#"
[request.read]
method = "GET"
path = "/read"
as = "member"

[request.write]
method = "POST"
path = "/write"
as = "member"
query.token = "{{ secret.member }}"
json = { token = "{{ secret.member }}" }

[[case]]
name = "read"
clause = "accepted"
request = "read"
expect = "success"

[[case]]
name = "write"
clause = "accepted"
request = "write"
send.path = "/write/{{ secret.member }}"
expect = "success"
"#;

fn folder(target: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("cases.toml", CASES);
    write("key", KEY);
    let config = format!(
        "cases = [\"cases.toml\"]\n[target.x]\n{target}\n[target.x.credentials.member]\n\
         bearer.env = \"TOKEN\"\nheaders.X-Key.file = \"key\"\n"
    );
    write("gonogo.toml", &config);
    folder
}

fn shows_none(what: &str, text: &str) {
    let basic = STANDARD.encode(format!("user:{TOKEN}"));
    for reading in undone(text) {
        for secret in [TOKEN, KEY, basic.as_str()] {
            assert!(!reading.contains(secret), "{what}: {text}");
        }
    }
}

#[test]
fn no_error_shows_a_secret() {
    let (plain, _) = serve(BTreeMap::new(), vec![Act::Close]);
    let garbage = format!("{TOKEN}\r\n\r\n").into_bytes();
    let (garbage, _) = serve(BTreeMap::new(), vec![Act::Send(garbage), Act::Close]);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let address = |address: &str| format!("base_url = \"{address}\"");
    let through =
        |proxy: &str| format!("base_url = \"https://api.example.com\"\nproxy = \"{proxy}\"");
    let run: &[&str] = &["--target", "x"];
    let with_password = format!("http://user:{TOKEN}@{plain}");
    for (what, target, arguments, status) in [
        ("down", address(&format!("http://{closed}")), run, 3),
        ("no name", address("http://no-such-host.invalid"), run, 3),
        ("no TLS", address(&format!("https://{plain}")), run, 3),
        ("closes", address(&format!("http://{plain}")), run, 3),
        ("garbage", address(&format!("http://{garbage}")), run, 3),
        ("proxy down", through(&format!("http://{closed}")), run, 3),
        ("proxy refuses", through(&format!("http://{plain}")), run, 3),
        (
            "proxy of garbage",
            through(&format!("http://{garbage}")),
            run,
            3,
        ),
        ("proxy with a password", through(&with_password), run, 2),
        ("target with a password", address(&with_password), run, 2),
        (
            "address with a password",
            address("http://localhost"),
            &["--target", "x", "--base-url", &with_password],
            2,
        ),
        (
            "argument with a password",
            address("http://localhost"),
            &["--target", &with_password],
            2,
        ),
        (
            "try",
            address(&format!("http://{closed}")),
            &["try", "write", "--target", "x"],
            3,
        ),
    ] {
        let folder = folder(&target);
        let run = gonogo(
            folder.path(),
            arguments,
            &[
                ("TOKEN", TOKEN),
                ("RUST_BACKTRACE", "full"),
                ("RUST_LOG", "trace"),
            ],
        );
        assert_eq!(
            run.status,
            Some(status),
            "{what}: {}{}",
            run.stdout,
            run.stderr
        );
        shows_none(what, &run.stdout);
        shows_none(what, &run.stderr);
    }
}

/// What everybody on the machine may read of a process: its arguments, and those of its children. It has none.
#[cfg(target_os = "linux")]
#[test]
fn no_list_of_processes_shows_a_secret() {
    use std::process::{Command, Stdio};

    let (address, seen) = serve(BTreeMap::new(), vec![Act::Hush]);
    let folder = folder(&format!("base_url = \"http://{address}\""));
    let mut child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .current_dir(folder.path())
        .args(["--target", "x", "--report=har=har"])
        .env("TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while seen.heads().is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let sent = seen.heads().concat();
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let mut children = String::new();
    for task in fs::read_dir(format!("/proc/{}/task", child.id())).unwrap() {
        let list = task.unwrap().path().join("children");
        children.push_str(&fs::read_to_string(list).unwrap_or_default());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(sent.contains(TOKEN), "{sent}");
    shows_none("arguments", &String::from_utf8_lossy(&arguments));
    assert_eq!(children.trim(), "");
}

/// On a terminal a line is drawn over and over, and says what a run waits for.
#[cfg(target_os = "linux")]
#[test]
fn no_terminal_shows_a_secret() {
    let limited = format!(
        "{{\"error\":{{\"code\":\"rate_limited\",\"message\":\"{TOKEN}\",\"retryable\":true,\"retry_after\":1}}}}"
    );
    let scripts = BTreeMap::from([(
        "/read".to_owned(),
        vec![
            crate::attacks::json_answer(429, &limited),
            crate::attacks::json_answer(404, &limited),
        ],
    )]);
    let (address, _) = serve(scripts, vec![Act::Close]);
    let folder = folder(&format!("base_url = \"http://{address}\""));
    let program = env!("CARGO_BIN_EXE_gonogo");
    let ran = std::process::Command::new("script")
        .args(["-qec", &format!("{program} --target x"), "typescript"])
        .current_dir(folder.path())
        .env("TOKEN", TOKEN)
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output();
    // Where there is no `script`, there is no terminal.
    let Ok(ran) = ran else { return };
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(text.contains("no-credentials"), "{text}");
    shows_none("terminal", &text);
}
