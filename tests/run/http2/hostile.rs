//! Servers that break HTTP/2, or make use of what it allows: each comes to a verdict in bounded time and memory. What breaks it is never
//! green; what it allows is never red.

use std::io::{Result, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::folder;
use super::frames::{
    CONTINUATION, DATA, END, END_HEADERS, Event, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    answer, conform, field, frame, serve, setting,
};
use crate::program::gonogo;

/// A refusal asked for once, and in a race; the control of both is accepted.
const CASES: &str = r#"
[request.create]
method = "POST"
path = "/things"
as = "member"
json = { name = "a" }
control = "read"

[request.read]
method = "GET"
path = "/things"
as = "member"

[[case]]
name = "single"
clause = "refused"
request = "create"
send.json.name = "b"
expect = "bad_request"

[[case]]
name = "race"
clause = "refused"
request = "create"
send.json.name = "b"
race = { requests = 12, within = 30 }
expect.each = ["bad_request"]
"#;

/// What the requests are sent with.
const SECRET: &str = "sk_live_9f8e7d6c5b4a39281706";

/// The most memory that a run may hold, in KiB.
const MEMORY: u64 = 64 * 1024;

const REFUSAL: &str = r#"{"error":{"code":"bad_request"}}"#;

/// What is sent and whether the connection is kept.
type Attack = fn(Event, &mut TcpStream) -> Result<bool>;

/// Sends something over and over, until the client has had enough.
fn flood(stream: &mut TcpStream, bytes: &[u8]) -> Result<bool> {
    let many = bytes.repeat(1 + 65_536 / bytes.len());
    loop {
        stream.write_all(&many)?;
    }
}

/// A GOAWAY: the last stream that is taken, and why.
fn goaway(last: u32, reason: u32) -> Vec<u8> {
    let payload = [last.to_be_bytes(), reason.to_be_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

/// A name, the attack, and what the failures of the single request and of the race say.
const ATTACKS: [(&str, Attack, &str, &str); 35] = [
    ("nothing wrong", right, "ok", "ok"),
    (
        "small data frames",
        |event, stream| match event {
            Event::Whole(id) => stream.write_all(&in_pieces(id, 1, 16)).map(|()| true),
            other => conform(other, stream),
        },
        "ok",
        "ok",
    ),
    // Our library takes a hundred on a connection.
    (
        "empty data frames",
        |event, stream| match event {
            Event::Whole(id) => stream.write_all(&in_pieces(id, 60, 16)).map(|()| true),
            other => conform(other, stream),
        },
        "ok",
        "ok",
    ),
    (
        "many empty data frames",
        |event, stream| match event {
            Event::Whole(id) => stream.write_all(&in_pieces(id, 150, 16)).map(|()| true),
            other => conform(other, stream),
        },
        CALMED,
        CALMED,
    ),
    (
        "goaway",
        |event, stream| match event {
            Event::Whole(_) => stream.write_all(&goaway(0, 0)).map(|()| true),
            other => right(other, stream),
        },
        "no complete HTTP response",
        UNREAD,
    ),
    (
        "goaway that tells a secret",
        |event, stream| match event {
            Event::Whole(_) => {
                let more = format!("{SECRET}\u{1b}[2J ").repeat(400);
                let payload = [&[0; 4], &2_u32.to_be_bytes(), more.as_bytes()].concat();
                stream
                    .write_all(&frame(GOAWAY, 0, 0, &payload))
                    .map(|()| true)
            }
            other => right(other, stream),
        },
        "GOAWAY: unexpected internal error",
        "GOAWAY: unexpected internal error",
    ),
    (
        "goaway in the middle",
        |event, stream| match event {
            Event::Head(7) => stream.write_all(&goaway(5, 0)).map(|()| true),
            Event::Whole(id) if id > 5 => Ok(true),
            other => right(other, stream),
        },
        "",
        "ok",
    ),
    (
        "reset",
        |event, stream| match event {
            Event::Whole(id) => stream
                .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 2]))
                .map(|()| true),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "reset of single streams",
        |event, stream| match event {
            Event::Whole(id) if id % 4 == 3 => stream
                .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 2]))
                .map(|()| true),
            other => right(other, stream),
        },
        "",
        "no complete HTTP response",
    ),
    (
        "single streams refused unread",
        |event, stream| match event {
            Event::Whole(id) if id % 4 == 3 => stream
                .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 7]))
                .map(|()| true),
            other => right(other, stream),
        },
        "",
        "ok",
    ),
    (
        "every stream refused unread",
        |event, stream| match event {
            Event::Whole(id) => stream
                .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 7]))
                .map(|()| true),
            other => right(other, stream),
        },
        "no complete HTTP response",
        UNREAD,
    ),
    (
        "an answer before all is read",
        |event, stream| match event {
            Event::Head(id) => {
                stream.write_all(&answer(id, 400, REFUSAL))?;
                stream
                    .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 0]))
                    .map(|()| true)
            }
            Event::Whole(_) => Ok(true),
            other => right(other, stream),
        },
        "ok",
        "ok",
    ),
    (
        "trailers",
        |event, stream| match event {
            Event::Whole(id) => stream.write_all(&with_trailers(id, 1)).map(|()| true),
            other => right(other, stream),
        },
        "ok",
        "ok",
    ),
    (
        "large trailers",
        |event, stream| match event {
            Event::Whole(id) => stream.write_all(&with_trailers(id, 5000)).map(|()| true),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "a large head",
        |event, stream| match event {
            Event::Whole(id) => {
                let status = field(":status", "400");
                stream.write_all(&frame(HEADERS, 0, id, &status))?;
                stream.write_all(&large(id, 5000))?;
                stream
                    .write_all(&frame(DATA, END, id, REFUSAL.as_bytes()))
                    .map(|()| true)
            }
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "an answer in drops",
        |event, stream| match event {
            Event::Whole(id) => {
                stream.write_all(&frame(HEADERS, END_HEADERS, id, &field(":status", "400")))?;
                loop {
                    thread::sleep(Duration::from_millis(300));
                    stream.write_all(&frame(DATA, 0, id, b" "))?;
                }
            }
            other => right(other, stream),
        },
        "no complete response within 2 s",
        "no complete response within 2 s",
    ),
    (
        "endless frames that nobody knows",
        |event, stream| match event {
            Event::Whole(id) => flood(stream, &frame(0x42, 0, id, &[0; 64])),
            other => right(other, stream),
        },
        "no complete",
        "no complete",
    ),
    (
        "reset of a body",
        |event, stream| match event {
            Event::Head(id) => stream
                .write_all(&frame(RST_STREAM, 0, id, &[0, 0, 0, 0]))
                .map(|()| true),
            Event::Whole(_) => Ok(true),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "dies with the head",
        |event, stream| match event {
            Event::Head(_) => Ok(false),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "closes a kept connection",
        |event, stream| match event {
            Event::Whole(id) if id > 1 => Ok(false),
            other => right(other, stream),
        },
        "ok",
        "",
    ),
    (
        "says that it closes a kept connection",
        |event, stream| match event {
            Event::Whole(id) if id > 1 => stream.write_all(&goaway(1, 0)).map(|()| true),
            other => right(other, stream),
        },
        "ok",
        "ok",
    ),
    (
        "dies when all is sent",
        |event, stream| match event {
            Event::Whole(_) => Ok(false),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "dies in the answer",
        |event, stream| match event {
            Event::Whole(id) => {
                let bytes = answer(id, 400, REFUSAL);
                stream.write_all(&bytes[..bytes.len() - 3]).map(|()| false)
            }
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "silence",
        |event, stream| match event {
            Event::Whole(_) => Ok(true),
            other => right(other, stream),
        },
        "no complete response within 2 s",
        "no complete response within 2 s",
    ),
    (
        "no settings and no answer to a ping",
        |event, stream| match event {
            Event::Opened | Event::Ping(_) => Ok(true),
            other => right(other, stream),
        },
        "",
        "no complete response within 2 s",
    ),
    (
        "no window",
        |event, stream| match event {
            Event::Opened => stream.write_all(&setting(4, 0)).map(|()| true),
            other => right(other, stream),
        },
        "",
        "no complete response within 2 s",
    ),
    (
        "no streams",
        |event, stream| match event {
            Event::Opened => stream.write_all(&setting(3, 0)).map(|()| true),
            other => right(other, stream),
        },
        "",
        "its SETTINGS_MAX_CONCURRENT_STREAMS is 0",
    ),
    (
        "endless continuation",
        |event, stream| match event {
            Event::Whole(id) => {
                stream.write_all(&frame(HEADERS, 0, id, &field(":status", "400")))?;
                flood(
                    stream,
                    &frame(CONTINUATION, 0, id, &field("x-more", "0123456789")),
                )
            }
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "endless empty continuation",
        |event, stream| match event {
            Event::Whole(id) => {
                stream.write_all(&frame(HEADERS, 0, id, &field(":status", "400")))?;
                flood(stream, &frame(CONTINUATION, 0, id, &[]))
            }
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
    (
        "endless informational answers",
        |event, stream| match event {
            Event::Whole(id) => {
                let head = field(":status", "103");
                flood(stream, &frame(HEADERS, END_HEADERS, id, &head))
            }
            other => right(other, stream),
        },
        "no complete",
        "no complete",
    ),
    (
        "endless data",
        |event, stream| match event {
            Event::Whole(id) => {
                let head = field(":status", "400");
                stream.write_all(&frame(HEADERS, END_HEADERS, id, &head))?;
                flood(stream, &frame(DATA, 0, id, &[b' '; 1024]))
            }
            other => right(other, stream),
        },
        "no complete HTTP response|larger than the limit",
        "no complete HTTP response|larger than the limit",
    ),
    (
        "endless empty data",
        |event, stream| match event {
            Event::Whole(id) => {
                let head = field(":status", "400");
                stream.write_all(&frame(HEADERS, END_HEADERS, id, &head))?;
                flood(stream, &frame(DATA, 0, id, &[]))
            }
            other => right(other, stream),
        },
        CALMED,
        CALMED,
    ),
    (
        "endless pings",
        |event, stream| match event {
            Event::Whole(_) => flood(stream, &frame(PING, 0, 0, &[0; 8])),
            other => right(other, stream),
        },
        "no complete",
        "no complete",
    ),
    (
        "endless settings",
        |event, stream| match event {
            Event::Whole(_) => flood(stream, &frame(SETTINGS, 0, 0, &[])),
            other => right(other, stream),
        },
        "no complete",
        "no complete",
    ),
    (
        "another protocol",
        |event, stream| match event {
            Event::Whole(_) => stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .map(|()| false),
            other => right(other, stream),
        },
        "no complete HTTP response",
        "no complete HTTP response",
    ),
];

/// What is said where requests were given back unread, again and again.
const UNREAD: &str = "inconclusive: the connection was closed as the request went out on it";

/// The message when our own library closes the connection.
const CALMED: &str = "inconclusive: gonogo's HTTP library closed the connection after too many small or empty frames";

/// The expected response, with `empty` empty DATA frames and the body in pieces of `size` bytes.
fn in_pieces(id: u32, empty: usize, size: usize) -> Vec<u8> {
    let head = [
        field(":status", "400"),
        field("content-type", "application/json"),
    ];
    let body = REFUSAL.replace(
        "{\"error",
        &format!("{{\"pad\":\"{}\",\"error", "x".repeat(4000)),
    );
    let mut frames = frame(HEADERS, END_HEADERS, id, &head.concat());
    frames.extend(frame(DATA, 0, id, &[]).repeat(empty));
    for piece in body.as_bytes().chunks(size) {
        frames.extend(frame(DATA, 0, id, piece));
    }
    frames.extend(frame(DATA, END, id, &[]));
    frames
}

/// So many header fields that end a header block.
fn large(id: u32, fields: usize) -> Vec<u8> {
    let fields = field("x-more", "0123456789").repeat(fields);
    let mut frames = Vec::new();
    for piece in fields.chunks(16_384) {
        frames.extend(frame(CONTINUATION, 0, id, piece));
    }
    frames.extend(frame(CONTINUATION, END_HEADERS, id, &[]));
    frames
}

/// The right answer, with so many fields behind it.
fn with_trailers(id: u32, fields: usize) -> Vec<u8> {
    let head = [
        field(":status", "400"),
        field("content-type", "application/json"),
    ];
    let mut frames = frame(HEADERS, END_HEADERS, id, &head.concat());
    frames.extend(frame(DATA, 0, id, REFUSAL.as_bytes()));
    frames.extend(frame(HEADERS, END, id, &field("x-check", "1")));
    frames.extend(large(id, fields));
    frames
}

/// The right answer.
fn right(event: Event, stream: &mut TcpStream) -> Result<bool> {
    match event {
        Event::Whole(id) => stream.write_all(&answer(id, 400, REFUSAL)).map(|()| true),
        other => conform(other, stream),
    }
}

#[test]
fn what_breaks_the_protocol_is_never_green_and_what_it_allows_never_red() {
    let rest = Mutex::new(ATTACKS.iter());
    let next = || rest.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((name, attack, single, race)) = next() {
                    for (trial, says) in [("single", single), ("race", race)] {
                        attacked(name, *attack, trial, says);
                    }
                }
            });
        }
    });
}

/// Runs a trial against an attack. `says` is `ok`, or what its failure says, alternatives between bars; where it is empty, the attack is
/// none for this trial.
fn attacked(name: &str, attack: Attack, trial: &str, says: &str) {
    if says.is_empty() {
        return;
    }
    // Only what never ends takes all of the time.
    let never_ends = ["no complete", "no complete response within 2 s"].contains(&says);
    let seconds = if never_ends { 2 } else { 30 };
    let settings = format!(
        "http = \"2\"\nlimits = {{ request = {seconds}, body = 65536 }}\n\
        credentials.member.headers = {{ X-Key = {{ env = \"KEY\" }} }}"
    );
    let url = format!("http://{}", serve(attack));
    let folder = folder(&url, &settings, CASES);
    let arguments = ["--target", "it", trial];
    let run = gonogo(&folder.path(""), &arguments, &[("KEY", SECRET)]);
    let all = format!("{}{}", run.stdout, run.stderr);
    let what = format!("{name}, {trial}\n{all}");
    let outcome = &run.outcomes()[&format!("http::{trial}")];
    if says == "ok" {
        assert_eq!((run.status, outcome.as_str()), (Some(0), "ok"), "{what}");
    } else {
        assert!(matches!(run.status, Some(3 | 101)), "{what}");
        assert!(says.split('|').any(|says| outcome.contains(says)), "{what}");
    }
    assert!(all.len() < 8192, "{what}");
    assert!(!all.contains("panicked") && !all.contains(SECRET), "{what}");
    assert!(run.memory.unwrap_or_default() < MEMORY, "{what}");
}

/// What the contract says of credentials.
const NO_CREDENTIALS: &str = r#"
[[clause]]
id = "no-credentials"
level = "must"
text = "No response has a credential."
source = "the documentation"
check = "secret-echo"
"#;

#[test]
fn a_credential_in_the_trailers_is_found_and_shown_nowhere() {
    let url = serve(|event, stream| match event {
        Event::Whole(id) => {
            let head = [
                field(":status", "400"),
                field("content-type", "application/json"),
            ];
            let mut frames = frame(HEADERS, END_HEADERS, id, &head.concat());
            frames.extend(frame(DATA, 0, id, REFUSAL.as_bytes()));
            let trailer = field("x-key", SECRET);
            frames.extend(frame(HEADERS, END | END_HEADERS, id, &trailer));
            stream.write_all(&frames).map(|()| true)
        }
        other => conform(other, stream),
    });
    let settings =
        "http = \"2\"\ncredentials.member.headers = { X-Key = { env = \"KEY\" } }".to_owned();
    let folder = folder(&format!("http://{url}"), &settings, CASES);
    let contract = folder.path("contract.toml");
    let text = std::fs::read_to_string(&contract).unwrap() + NO_CREDENTIALS;
    std::fs::write(contract, text).unwrap();
    let run = gonogo(&folder.path(""), &["--target", "it"], &[("KEY", SECRET)]);
    let all = format!("{}{}", run.stdout, run.stderr);
    for trial in ["single", "race"] {
        let outcome = &run.outcomes()[&format!("http::{trial}")];
        assert!(
            outcome.contains("violates[no-credentials]"),
            "{trial}: {all}"
        );
    }
    assert!(!all.contains(SECRET), "{all}");
}

/// Our library sometimes closes a connection that has other requests in progress.
#[test]
fn an_empty_data_frame_in_every_response_is_no_fault() {
    let url = serve(|event, stream| match event {
        Event::Whole(id) => stream.write_all(&in_pieces(id, 1, 16)).map(|()| true),
        other => conform(other, stream),
    });
    let numbers: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let cases = format!(
        "{CASES}\n[[case]]\nname = \"many\"\nclause = \"refused\"\nrequest = \"create\"\neach.number = [{}]\n\
         send.json.name = \"{{{{ each.number }}}}\"\nexpect = \"bad_request\"\n\
         \n[[case]]\nname = \"burst\"\nclause = \"refused\"\nrequest = \"create\"\nsend.json.name = \"b\"\n\
         burst = {{ requests = 60, at_once = 16 }}\nexpect.each = \"bad_request\"\n",
        numbers.join(", ")
    );
    let settings = "http = \"2\"\ncredentials.member.headers = { X-Key = { env = \"KEY\" } }";
    let folder = folder(&format!("http://{url}"), settings, &cases);
    let run = gonogo(&folder.path(""), &["--target", "it"], &[("KEY", SECRET)]);
    assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
}

/// A limit in windows of a second.
const LIMITED: &str = r#"
name = "Things"
[envelope]
schema = "envelope.json"
media_type = "application/json"
code = "/error/code"
window = "/error/wait"
[[status]]
status = 429
code = "limited"
window = true
clause = "limit"
[[clause]]
id = "limit"
level = "must"
text = "The limit is as documented."
source = "handbook"
[limits]
window = 1
"#;

/// The server may have counted a request whose response our library did not read.
#[test]
fn a_burst_up_to_a_limit_counts_no_request_twice() {
    const LIMIT: usize = 80;
    let window = Mutex::new((Instant::now(), 0));
    let url = serve(move |event, stream| match event {
        Event::Whole(id) => {
            let mut window = window.lock().unwrap();
            if window.0.elapsed() >= Duration::from_secs(1) {
                *window = (Instant::now(), 0);
            }
            window.1 += 1;
            let mut bytes = if window.1 > LIMIT {
                answer(id, 429, r#"{"error":{"code":"limited","wait":1}}"#)
            } else {
                answer(id, 200, "{}")
            };
            // Behind the head, whose length the first three bytes have.
            let head = 9 + usize::from(bytes[2]);
            bytes.splice(head..head, frame(DATA, 0, id, &[]).repeat(2));
            stream.write_all(&bytes).map(|()| true)
        }
        other => conform(other, stream),
    });
    let cases = format!(
        "[request.put]\nmethod = \"PUT\"\npath = \"/thing\"\n\n[[case]]\nname = \"burst\"\nclause = \"limit\"\n\
         request = \"put\"\nburst = {{ requests = {LIMIT}, at_once = 16, fresh = true }}\nexpect.each = \"success\"\n"
    );
    let folder = folder(&format!("http://{url}"), "http = \"2\"", &cases);
    std::fs::write(folder.path("contract.toml"), LIMITED).unwrap();
    let run = gonogo(&folder.path(""), &["--target", "it"], &[]);
    assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
}
