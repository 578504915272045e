//! Records of any length: no more memory than a run takes, to read one and to write one.

use std::collections::BTreeMap;
use std::fs;

use crate::attacks::json_answer;
use crate::files::case;
use crate::program::gonogo;
use crate::server::{Act, serve};

/// Records that would take more memory than a run, each refused; the last one is whole but for its end.
#[test]
fn no_record_takes_more_memory_than_a_run() {
    let (address, _) = serve(BTreeMap::new(), json_answer(200, "{}"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("c.toml"), case("")).unwrap();
    let url = format!("http://{address}");
    let report = [
        "--target",
        &url,
        "--cases",
        "c.toml",
        "--report",
        "jsonl=whole",
    ];
    gonogo(folder.path(), &report, &[]);
    let whole = fs::read_to_string(path("whole")).unwrap();
    let end = whole.match_indices('\n').nth(1).unwrap().0;
    let (head, rest) = whole.split_at(end);
    let many = format!("[{}0]", "0,".repeat(1_500_000));
    let waiver = r#"{"pattern":"t","clauses":[],"reason":"r","owner":"o","issue":null,"until":"2030-01-01","at":{"file":"f","line":4000000000,"text":"t"}}"#;
    let waivers = format!("\"waivers\":[{}]", [waiver].repeat(2_000).join(","));
    let rows = [
        (
            "no line feed",
            "\0".repeat(70 * 1024 * 1024),
            "line 1: it is longer than 67108864 bytes",
        ),
        (
            "no line feed later on",
            format!("{head}\n{}", "x".repeat(70 * 1024 * 1024)),
            "line 3: it is longer than 67108864 bytes",
        ),
        (
            "a list at first",
            format!("{many}\n"),
            "line 1: it has more than 1000000 values",
        ),
        (
            "a list later on",
            format!("{head}\n{{\"type\":\"trial-finished\",\"x\":{many}}}\n"),
            "line 3: it has more than 1000000 values",
        ),
        (
            "a long text",
            format!(
                "{{\"record\":3,\"x\":\"{}\"}}\n",
                "\\u0001".repeat(8_000_000)
            ),
            "line 1: ",
        ),
        (
            "waivers of far lines",
            format!("{}{rest}", head.replace("\"waivers\":[]", &waivers)),
            "it was altered",
        ),
    ];
    for (what, text, says) in rows {
        fs::write(path("r.jsonl"), text).unwrap();
        for arguments in [
            &["judge", "r.jsonl", "--cases", "c.toml"][..],
            &["merge", "r.jsonl", "whole", "-o", "o"],
        ] {
            let run = gonogo(folder.path(), arguments, &[]);
            let beginning = run.stderr.get(..400).unwrap_or(&run.stderr);
            assert_eq!(run.status, Some(2), "{what}: {beginning}");
            assert!(run.stderr.contains(says), "{what}: {beginning}");
            assert!(
                run.stderr.len() < 10_000,
                "{what}: {} bytes",
                run.stderr.len()
            );
            assert!(
                run.memory.is_none_or(|memory| memory < 256 * 1024),
                "{what}: {:?} KiB",
                run.memory
            );
        }
    }
}

/// What a volley brings in headers counts, too, in what is kept of it.
#[test]
fn a_volley_of_large_headers_makes_no_large_record() {
    let head = format!(
        "HTTP/1.1 200 X\r\nX-Large: {}\r\nContent-Length: 2\r\n\r\n{{}}",
        "x".repeat(32 * 1024)
    );
    let (address, _) = serve(BTreeMap::new(), vec![Act::Send(head.into_bytes())]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), case("burst.requests = 600")).unwrap();
    let url = format!("http://{address}");
    let report = [
        "--target",
        &url,
        "--cases",
        "c.toml",
        "--report",
        "jsonl=r.jsonl",
    ];
    gonogo(folder.path(), &report, &[]);
    let size = fs::metadata(folder.path().join("r.jsonl")).unwrap().len();
    assert!(size < 12 * 1024 * 1024, "{size}");
    let again = gonogo(
        folder.path(),
        &["judge", "r.jsonl", "--cases", "c.toml"],
        &[],
    );
    assert_eq!(again.status, Some(101), "{}", again.stderr);
}
