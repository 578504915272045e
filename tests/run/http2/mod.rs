//! HTTP/2 through the program: which version is spoken, what a race sends, what it finds, and servers that break the protocol.

mod frames;
mod hostile;
mod proxy;
mod server;
use crate::support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Mutex;

use server::{Offer, Reply, Seen, Server};
use support::{CONTRACT, ENVELOPE, Folder, Output};

const CASES: &str = r#"
[request.create]
method = "POST"
path = "/things"
json = { name = "a" }

[request.read]
method = "GET"
path = "/things"

[request.touch]
method = "POST"
path = "/things/touch"

[request.remove]
method = "DELETE"
path = "/things/a"

[probe.things]
request = "read"
pointer = "/total"

[[case]]
name = "single"
clause = "accepted"
request = "create"
expect = "success"

[[case]]
name = "burst"
clause = "accepted"
request = "read"
burst = { requests = 100, at_once = 8 }
expect.each = ["success"]

[[case]]
name = "race_write"
clause = "accepted"
request = "create"
race = { requests = 50, within = 30 }
expect.each = ["success"]

[[case]]
name = "race_read"
clause = "accepted"
request = "read"
race = { requests = 50, within = 30 }
expect.each = ["success"]

[[case]]
name = "race_touch"
clause = "accepted"
request = "touch"
race = { requests = 50, within = 30 }
expect.each = ["success"]

[[case]]
name = "race_remove"
clause = "accepted"
request = "remove"
race = { requests = 50, within = 30 }
expect.each = ["success"]

[[case]]
name = "large"
clause = "accepted"
request = "create"
send.json.name = "{{ 'x' * 3000 }}"
race = { requests = 50, within = 30 }
expect.each = ["success"]

[[case]]
name = "of_the_connection"
clause = "accepted"
request = "create"
send.headers.Connection = "close"
race = { requests = 2, within = 30 }
expect.each = ["success"]

[[case]]
name = "equal_writes"
clause = "accepted"
request = "create"
send.json.name = "{{ key }}"
race = { requests = 10, within = 30 }
effect.things = 1
expect.each = ["success"]
"#;

/// A folder with these cases and a target.
fn folder(url: &str, settings: &str, cases: &str) -> Folder {
    let config = format!(
        "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.it]\nbase_url = \"{url}\"\n{settings}\n"
    );
    Folder::of(&[
        ("gonogo.toml", &config),
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        ("cases/http.toml", cases),
    ])
}

fn run(server: &Server, settings: &str, filter: &str) -> Output {
    let settings = format!("ca = \"ca.pem\"\n{settings}");
    let folder = folder(&server.url, &settings, CASES);
    folder.write("ca.pem", &server.ca);
    folder.run(&["--target", "it", filter])
}

/// Conforms to all cases but `equal_writes`.
async fn conforming(_: Seen) -> Reply {
    (200, r#"{"total":1}"#.to_owned())
}

fn both(streams: Option<u32>) -> Offer {
    Offer {
        tls: Some(vec!["h2", "http/1.1"]),
        streams,
    }
}

/// How many requests to a path with a method came on each connection, the most first.
fn on_each(server: &Server, method: &str, path: &str) -> Vec<usize> {
    let mut on_each = BTreeMap::<usize, usize>::new();
    for seen in server.seen() {
        if seen.method == method && seen.path == path {
            *on_each.entry(seen.connection).or_default() += 1;
        }
    }
    let mut on_each: Vec<_> = on_each.into_values().collect();
    on_each.sort_unstable_by(|one, other| other.cmp(one));
    on_each
}

#[test]
fn what_the_target_offers_is_spoken_and_the_target_may_say_otherwise() {
    let only = |name| Offer {
        tls: Some(vec![name]),
        streams: None,
    };
    let plain = Offer {
        tls: None,
        streams: None,
    };
    for (offer, settings, second) in [
        (both(None), "", true),
        (both(None), "http = \"2\"", true),
        (both(None), "http = \"1.1\"", false),
        (only("http/1.1"), "", false),
        (only("h2"), "", true),
        (plain.clone(), "", false),
        (plain, "http = \"2\"", true),
    ] {
        for filter in ["single", "burst", "race"] {
            let what = format!("{offer:?} {settings} {filter}");
            let server = Server::start(offer.clone(), conforming);
            let output = run(&server, settings, filter);
            assert_eq!(output.code, 0, "{what}\n{}", output.all());
            let seen = server.seen();
            assert!(!seen.is_empty());
            assert!(seen.iter().all(|seen| seen.second == second), "{what}");
        }
    }
}

#[test]
fn a_race_through_a_proxy_has_a_connection_for_each_request() {
    for (filter, second, tunnels) in [("single", true, 1), ("race_write", false, 50)] {
        let server = Server::start(both(None), conforming);
        let (proxy, opened) = proxy::start();
        let output = run(&server, &format!("proxy = \"{proxy}\""), filter);
        assert_eq!(output.code, 0, "{}", output.all());
        let seen = server.seen();
        assert!(seen.iter().all(|seen| seen.second == second), "{filter}");
        assert_eq!(opened.load(Ordering::SeqCst), tunnels, "{filter}");
    }
}

#[test]
fn a_race_is_streams_of_one_connection() {
    for (streams, expected) in [
        (None, vec![50]),
        (Some(10), vec![10; 5]),
        (Some(49), vec![49, 1]),
        (Some(1), vec![1; 50]),
    ] {
        let variants = [
            ("write", "POST", "/things"),
            ("read", "GET", "/things"),
            ("touch", "POST", "/things/touch"),
            ("remove", "DELETE", "/things/a"),
        ];
        // How the streams are dealt out is the same for all of them.
        let few = if streams.is_none() { 4 } else { 1 };
        for (variant, method, path) in &variants[..few] {
            let server = Server::start(both(streams), conforming);
            let output = run(&server, "", &format!("race_{variant}"));
            assert_eq!(output.code, 0, "{}", output.all());
            assert_eq!(on_each(&server, method, path), expected, "{variant}");
        }
    }
}

#[test]
fn what_completes_the_requests_leaves_in_one_write() {
    for (variant, kind, length) in [("write", frames::DATA, 1), ("read", frames::HEADERS, 0)] {
        let (address, reads) = frames::listen();
        let folder = folder(&format!("http://{address}"), "http = \"2\"", CASES);
        let output = folder.run(&["--target", "it", &format!("race_{variant}")]);
        assert_eq!(output.code, 0, "{}", output.all());
        let reads = reads.lock().unwrap();
        let ends = |read: &&Vec<frames::Frame>| read.iter().any(frames::Frame::ends_stream);
        let [race] = reads.iter().filter(ends).collect::<Vec<_>>()[..] else {
            panic!("{reads:?}");
        };
        assert_eq!(race.len(), 50, "{race:?}");
        let alike = |frame: &frames::Frame| {
            frame.ends_stream()
                && frame.kind == kind
                && (length == 0 || frame.payload.len() == length)
        };
        assert!(race.iter().all(alike), "{race:?}");
    }
}

#[test]
fn bodies_that_one_connection_has_no_room_for_go_over_several() {
    let server = Server::start(both(None), conforming);
    let output = run(&server, "", "large");
    assert_eq!(output.code, 0, "{}", output.all());
    let on_each = on_each(&server, "POST", "/things");
    assert_eq!(on_each, [21, 21, 8]);
    let whole = |seen: &Seen| seen.body.len() > 3000 || seen.body == r#"{"name":"a"}"#;
    assert!(server.seen().iter().all(whole));
}

#[test]
fn a_header_that_http_2_forbids_is_no_fault_of_the_target() {
    for (settings, code, says) in [
        (
            "",
            3,
            "this request cannot be sent: HTTP/2 has no header field `connection`",
        ),
        ("http = \"1.1\"", 0, "... ok"),
    ] {
        let server = Server::start(both(None), conforming);
        let output = run(&server, settings, "of_the_connection");
        assert_eq!(output.code, code, "{}", output.all());
        assert!(output.stdout.contains(says), "{}", output.all());
    }
}

#[test]
fn a_race_finds_what_is_checked_and_then_written() {
    let checked = |apart: bool| {
        let things = Arc::new(Mutex::new(Vec::new()));
        move |seen: Seen| {
            let things = Arc::clone(&things);
            async move {
                let mut held = things.lock().await;
                if seen.method == "GET" {
                    return (200, format!(r#"{{"total":{}}}"#, held.len()));
                }
                let is_new = !held.contains(&seen.body);
                if apart {
                    drop(held);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    held = things.lock().await;
                }
                if is_new {
                    held.push(seen.body);
                }
                (201, "{}".to_owned())
            }
        }
    };
    let server = Server::start(both(None), checked(false));
    let output = run(&server, "", "equal_writes");
    assert_eq!(output.code, 0, "{}", output.all());
    let server = Server::start(both(None), checked(true));
    let output = run(&server, "", "equal_writes");
    assert_eq!(output.code, 101, "{}", output.all());
    let note = "a race of 10 over one HTTP/2 connection, released within ";
    assert!(output.stdout.contains(note), "{}", output.all());
    assert!(
        output.stdout.contains("violates[accepted]: effect"),
        "{}",
        output.all()
    );
}
