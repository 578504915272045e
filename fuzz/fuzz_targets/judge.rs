//! The judge: any answer is judged, and no finding is longer than a person reads.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use gonogo::contract::{self, Contract};
use gonogo::exchange::{Exchange, Received, Sent};
use gonogo::judge::{echoed, judge, judge_alike, judge_echo};
use gonogo::input::shipped;
use libfuzzer_sys::fuzz_target;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| contract::load(&shipped::schemas(), "contract.toml").unwrap());

/// The first line is the status, the next ones are header fields up to an empty one, the rest is the body.
fn exchange(bytes: &[u8]) -> Exchange {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let status = lines.next().unwrap_or_default();
    let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok());
    let mut rest = lines.next().unwrap_or_default();
    let mut headers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            break;
        };
        let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
        headers.push((name, line[colon + 1..].to_vec()));
    }
    Exchange {
        sent: Sent {
            method: "GET".to_owned(),
            url: "http://localhost/".to_owned(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            size: 0,
            variables: Vec::new(),
        },
        answer: Ok(Received {
            status: status.unwrap_or(404),
            reason: Vec::new(),
            version: "HTTP/1.1".to_owned(),
            headers,
            body: bytes::Bytes::copy_from_slice(rest),
            size: rest.len(),
            trailers: Vec::new(),
        }),
        began: SystemTime::UNIX_EPOCH,
        head_after: None,
        took: Duration::ZERO,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let exchange = exchange(bytes);
    let mut findings = judge(&CONTRACT, None, &exchange);
    let echoed = echoed(&|bytes| bytes.contains(&b'!'), &exchange);
    findings.extend(echoed.and_then(|place| judge_echo(&CONTRACT, &place)));
    if let Some(finding) = findings.first() {
        let clause = finding.clause.clone();
        let alike = judge_alike(&clause, &[&exchange, &exchange], &exchange);
        assert!(alike.is_empty(), "{alike:?}");
    }
    for finding in &findings {
        assert!(finding.expected.len() + finding.actual.len() < 4096, "{finding:?}");
    }
});
