//! What `record` makes of curl commands and HAR entries, and which of them it refuses.

use insta::assert_snapshot;

use crate::support;
use support::{CONTRACT, ENVELOPE, Folder};

const REQUESTS: &str = r#"
[request.make]
method = "POST"
path = "/things"
as = "member"
json = { name = "one" }

[request.form]
method = "POST"
path = "/form"
as = "member"
headers = { Content-Type = "application/x-www-form-urlencoded" }
text = "a=1"

[request.upload]
method = "POST"
path = "/upload"
multipart = [{ name = "file", filename = "a.png", type = "image/png", text = "" }]

[request.search]
method = "GET"
path = "/search"
query = { q = "x" }

[[case]]
name = "all"
clause = "accepted"
each.request = ["make", "form", "upload", "search"]
request = "{{ each.request }}"
expect = "success"
"#;

const TARGET: &str = r#"
contract = "contract.toml"
cases = ["cases"]
[target.there]
base_url = "http://127.0.0.1:9"
[target.there.credentials]
member = { bearer = { env = "KEY" } }
partner = { headers = { X-Api-Key = { env = "PARTNER" }, X-Partner = "initech" } }
basic = { headers = { Authorization = { env = "BASIC" } } }
session = { headers = { Cookie = { env = "COOKIE" } } }
"#;

const SECRETS: [(&str, &str); 4] = [
    ("KEY", "member-key+/12345"),
    ("PARTNER", "partner-key-12345"),
    ("BASIC", "Basic bWU6cGFzc3dvcmQtMTIz"), // me:password-123
    ("COOKIE", "sid=session-12345"),
];

const REFUSED: &str = "\nHTTP/1.1 400 Bad Request\ncontent-type: application/json\n\n{\"error\": {\"code\": \"bad_request\"}}\n";

fn folder() -> Folder {
    Folder::of(&[
        ("gonogo.toml", TARGET),
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        ("cases/requests.toml", REQUESTS),
    ])
}

/// What distinguishes the case from its request, its notes included.
fn recorded(folder: &Folder, recording: &str, arguments: &[&str]) -> Result<String, String> {
    folder.write("recording", recording);
    let arguments = [&["record", "--target", "there"], arguments, &["recording"]].concat();
    let output = folder.run_with("", &SECRETS, &arguments);
    let all = output.stdout.clone() + &output.stderr;
    for secret in [
        "member-key",
        "partner-key",
        "bWU6",
        "password-123",
        "session-12345",
        "hush",
    ] {
        assert!(!all.contains(secret), "{recording}\n{all}");
    }
    if output.code != 0 {
        assert_eq!(
            (output.code, output.stdout.as_str()),
            (2, ""),
            "{recording}"
        );
        let told = output
            .stderr
            .lines()
            .find(|line| line.contains("error"))
            .unwrap();
        let (_, told) = told.split_once("]: ").unwrap();
        return Err(told.to_owned());
    }
    folder.write("recorded.toml", &output.stdout);
    let lint = folder.run(&["lint", "--cases", "recorded.toml"]);
    assert_eq!(
        lint.code, 0,
        "{recording}\n{}{}",
        output.stdout, lint.stderr
    );
    let usual = [
        "[[case]]",
        "name = ",
        "clause = ",
        "expect = \"bad_request\"",
    ];
    let lines = output.stdout.lines();
    let lines = lines.filter(|line| !usual.iter().any(|usual| line.starts_with(usual)));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Commands of which each changes one thing about what is sent.
const COMMANDS: [&str; 52] = [
    // Quoting of bash.
    r#"curl 127.0.0.1:9/things --json '{"name": "it'\''s"}' -H "Authorization: Bearer $KEY""#,
    r#"curl 127.0.0.1:9/things --json "{\"name\": \"\\\\ \n\"}""#,
    r#"curl $'127.0.0.1:9/th\x69ngs' --data-raw $'{"name": "\'\\u0041\u0021\ud83d\ude00\303\xa9\\n"}' -H $'content-type: application/json'"#,
    "# From the docs\n\n$ curl \\\n  127.0.0.1:9/things \\\n  -d 'a\n b' # that is all\n",
    "curl 127.0.0.1:9/things -d a\\ b\\'c\"d\"'e' ;",
    // Quoting of cmd.exe.
    "curl ^\"http://127.0.0.1:9/things^\" ^\n  -H ^\"content-type: application/json^\" ^\n  --data-raw ^\"^{^\\^\"name^\\^\":^\\^\"100^%^20 ^^ ^& it's C:^\\^\\^\\^\\^\\^\"^}^\"",
    "curl ^\"http://127.0.0.1:9/things^\" --data-raw ^\"a^\n\nb^\"",
    r#"curl "http://127.0.0.1:9/things" --compressed -H "Content-Type: application/json" --data-raw "{""name"":""a^b""}""#,
    "curl \"http://127.0.0.1:9/search?q=caf%C3%A9\" ^\r\n  -H \"Authorization: Bearer %KEY%\" ^\r\n  --compressed\r\n",
    // Short options in one word, and options that change nothing.
    "curl -sSXPUT 127.0.0.1:9/search?q=x",
    "curl -isSkLgo out.txt -m 3 --http2 --retry 2 -w '%{http_code}' --resolve a:80:127.0.0.1 -x http://p:3128 -U u:hush --cert c.pem:hush -- 127.0.0.1:9/search?q=x",
    "curl -I 127.0.0.1:9/search?q=x",
    "curl -X DELETE --url 127.0.0.1:9/search?q=x",
    // Data.
    "curl 127.0.0.1:9/form -d a=1",
    "curl 127.0.0.1:9/form -d a=1 -d b=2 --data-ascii c=3 --data-raw @d --data-binary e",
    "curl 127.0.0.1:9/form --data-urlencode 'a=x y&z' --data-urlencode '=é~' --data-urlencode 'p*'",
    r#"curl 127.0.0.1:9/things --json '{"name":' --json '"two"}'"#,
    "curl 127.0.0.1:9/things -d ''",
    "curl 127.0.0.1:9/form -X PATCH -H 'Content-Type:' -d a=1",
    // Queries.
    "curl -G 127.0.0.1:9/search -d q=y --data-urlencode 'r=a b&c'",
    "curl -G '127.0.0.1:9/search?q=x' -d r=1",
    "curl '127.0.0.1:9/search?q=x#part' --url-query 'r=a b' --url-query +s=%20",
    "curl -g '127.0.0.1:9/search?q=x&in[]={a}'",
    // Forms.
    "curl 127.0.0.1:9/upload -F 'meta={\"a\":1};type=application/json' -F 'file=@x.bin;type=application/octet-stream;filename=evil.php'",
    "curl 127.0.0.1:9/upload -F file=@d/a.png",
    "curl 127.0.0.1:9/upload -F file=@d/evil.png",
    "curl 127.0.0.1:9/upload -F 'file=@a.png;type=image/svg+xml; charset=utf-8'",
    "curl 127.0.0.1:9/upload -F 'a=\"x;\\\"y\";filename=n.txt' --form-string 'b=@x;type=y' -F 'c=<text.txt' -F '=d'",
    "curl 127.0.0.1:9/upload -F a=1 -H 'Content-Type: multipart/form-data'",
    // Headers.
    "curl 127.0.0.1:9/search?q=x -H 'X-A: 1' -H 'x-a: 2' -H 'X-Empty;' -H 'Accept:' -r 0-9",
    "curl 127.0.0.1:9/search?q=x -H 'Accept: text/html' -H 'Host: elsewhere' -H 'Content-Type: text/plain'",
    "curl 127.0.0.1:9/search?q=x -H 'Accept: application/json, */*' -A me -e 'http://a/;auto' -H 'Origin: http://a' -H 'Sec-Fetch-Mode: cors' -H 'sec-ch-ua: a' -H 'Host: 127.0.0.1:9'",
    // Secrets of the target.
    "curl 127.0.0.1:9/search?q=x -H 'Authorization: Bearer member-key+/12345'",
    "curl 127.0.0.1:9/search?q=x --oauth2-bearer member-key+/12345",
    "curl 127.0.0.1:9/search?q=x -H 'X-Api-Key: member-key+/12345'",
    "curl 127.0.0.1:9/search?q=x -H 'X-Whatever: partner-key-12345'",
    "curl 127.0.0.1:9/search?q=x -H 'X-Api-Key: partner-key-12345' -H 'X-Partner: initech'",
    "curl 127.0.0.1:9/search?q=x -H 'X-Api-Key: partner-key-12345' -H 'X-Partner: acme' -H 'Authorization: Bearer hush'",
    "curl '127.0.0.1:9/search?q=x&key=member-key%2B/12345'",
    "curl \"127.0.0.1:9/search?q=x&key=$PARTNER\"",
    "curl 127.0.0.1:9/search?q=x -u me:password-123",
    "curl http://me:password-123@127.0.0.1:9/search?q=x",
    "curl 127.0.0.1:9/search?q=x -b 'a=hush; sid=session-12345'",
    "curl 127.0.0.1:9/form -H 'Authorization: Bearer member-key+/12345' -d 'a=1&k=member-key%2B%2F12345&p=partner-key-12345'",
    "curl 127.0.0.1:9/things/member-key+%2F12345 -H 'X-Api-Key: partner-key-12345' -d 'bWU6cGFzc3dvcmQtMTIz'",
    "curl \"127.0.0.1:9/things/${PARTNER}\" -H \"X-Api-Key: $PARTNER\"",
    // Secrets that nobody knows.
    "curl 127.0.0.1:9/form -u me:hush -b 'a=hush' -d 'a=1&password=hush&secret='",
    "curl 127.0.0.1:9/search?q=x -H \"Authorization: Bearer $OTHER\"",
    "curl '127.0.0.1:9/search?q=x&access_token=hush'",
    "curl 127.0.0.1:9/upload -F password=hush -F 'token=;type=text/x'",
    // What gonogo itself prints.
    "  | curl -i -X POST http://127.0.0.1:9/things \\\n  |   -H \"authorization: Bearer $KEY\" \\\n  |   -H 'content-type: application/json' \\\n  |   --data-binary '{\"name\":\"two\"}'\nstep 1, response after 3 ms:\n  | HTTP/1.1 400\n  | content-type: application/json\n  | \n  | {\"error\":{\"code\":\"bad_request\"}}\n",
    "\u{feff}curl 127.0.0.1:9/search",
];

#[test]
fn curl_commands_are_read_as_a_shell_and_curl_read_them() {
    let folder = folder();
    let mut told = Vec::new();
    for command in COMMANDS {
        let response = if command.contains("HTTP/") {
            ""
        } else {
            REFUSED
        };
        let made = recorded(&folder, &format!("{command}{response}"), &["--curl"]);
        let made = made.unwrap_or_else(|refused| panic!("{command}\n{refused}"));
        told.push(format!("## {command}\n{made}\n"));
    }
    assert_snapshot!(told.join("\n"));
}

/// What stands behind `curl 127.0.0.1:9/search?q=x`, of which a case would say nothing or something else.
const REFUSED_OPTIONS: [&str; 56] = [
    "--request=POST",
    "-X=POST",
    "-X",
    "--reques POST",
    "--heder 'a: b'",
    "--digest",
    "--ntlm -u me:hush",
    "--negotiate",
    "--anyauth",
    "--aws-sigv4 aws:amz",
    "-sSzq",
    "-T x",
    "--upload-file x",
    "-K x",
    "-n",
    "--next",
    "-: -d x",
    "-0",
    "-C 5",
    "--etag-compare x",
    "--request-target /x",
    "--path-as-is",
    "--tr-encoding",
    "--crlf -d x",
    "--variable a=b",
    "--expand-url a",
    "--haproxy-protocol",
    "-V",
    "-",
    "127.0.0.1:9/more",
    "--url 127.0.0.1:9/more",
    "-d @x",
    "-d a -d @x",
    "--json @x",
    "--data-binary @x",
    "--data-urlencode a@x",
    "--url-query @x",
    "-b jar.txt",
    "-H @x",
    "-H nothing",
    "-H 'Content-Length: 3' -d x",
    "-H 'Transfer-Encoding: chunked' -d x",
    "-d a -F b=c",
    "-I -d a",
    "-G -d a --url-query b",
    "-F a",
    "-F 'a=b;c'",
    "-F 'a=b;headers=\"X: 1\"'",
    "-F 'a=b;encoder=base64'",
    "-F 'a=@b,c'",
    "-F 'a=@-'",
    "-F '=(;type=multipart/mixed' -F b=c -F '=)'",
    "-F a=b -H 'Content-Type: text/plain'",
    "-H \"X-A: $OTHER\"",
    "-d \"$(date)\"",
    "-d $'\\xff'",
];

/// Whole recordings that are refused.
const REFUSED_COMMANDS: [&str; 18] = [
    "wget 127.0.0.1:9",
    "KEY=1 curl 127.0.0.1:9",
    "curl",
    "curl ftp://127.0.0.1/x",
    "curl 'http://127.0.0.1:9/a[1-3]'",
    "curl http://127.0.0.1:9/{a,b}",
    "curl 'http://127.0.0.1:9/{a,b}'",
    "curl 127.0.0.1:9/search?q=x&r=y",
    "curl 127.0.0.1:9/search | jq .",
    "curl 127.0.0.1:9/search > out.txt",
    "curl 127.0.0.1:9/search `date`",
    "curl 'http://127.0.0.1:9",
    "curl ^\"http://127.0.0.1:9/^\" -H ^\"X-A: %OTHER%^\"",
    "curl ^\"http://127.0.0.1:9/^\" ^\n  & curl ^\"http://127.0.0.1:9/^\"",
    "curl $'127.0.0.1:9/\\u0000'",
    "curl 127.0.0.1:9/search\ncurl 127.0.0.1:9/search",
    "curl 127.0.0.1:9/search\n\n{\"error\": {}}\n",
    "curl 127.0.0.1:9/search\nHTTP/1.1 100 Continue\n\n",
];

#[test]
fn what_a_case_cannot_send_is_refused_by_its_name() {
    let folder = folder();
    let mut told = Vec::new();
    let options = REFUSED_OPTIONS.map(|options| {
        let command = format!("curl 127.0.0.1:9/search?q=x {options}{REFUSED}");
        (options, command)
    });
    let commands = REFUSED_COMMANDS.map(|command| (command, format!("{command}\n")));
    for (shown, command) in options.iter().chain(&commands) {
        let message = recorded(&folder, command, &["--curl"]).unwrap_err();
        let (_, message) = message.split_once(": ").unwrap();
        told.push(format!("{shown}\n    {message}"));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn interim_responses_are_passed_over() {
    let folder = folder();
    let proxy = "HTTP/1.1 200 Connection established\nProxy-Agent: x\n\n";
    let interim = "HTTP/1.1 100 Continue\n\nHTTP/2 103 \nlink: </a>\n\n";
    for (before, told) in [
        (String::new(), Ok("")),
        (interim.to_owned(), Ok("")),
        (proxy.to_owned(), Ok("")),
        (format!("{proxy}{interim}"), Ok("")),
        (
            "HTTP/1.1 302 Found\nLocation: /x\n\n".to_owned(),
            Err("2 responses (302, 400)"),
        ),
        (
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n".to_owned(),
            Err("2 responses (200, 400)"),
        ),
    ] {
        let recording = format!("curl 127.0.0.1:9/search?q=x\n{before}{}", &REFUSED[1..]);
        for recording in [recording.replace('\n', "\r\n"), recording] {
            match (recorded(&folder, &recording, &["--curl"]), told) {
                (Ok(made), Ok(_)) => assert_eq!(made, "request = \"search\"", "{recording}"),
                (Err(message), Err(told)) => assert!(message.contains(told), "{message}"),
                (made, _) => panic!("{recording}\n{made:?}"),
            }
        }
    }
}

/// Entries of a HAR file: the request's `postData` and more of it, and the response.
const ENTRIES: [(&str, &str, &str); 22] = [
    (
        "text",
        r#""postData": {"mimeType": "application/json", "text": "{\"name\": \"it's\"}"}"#,
        ANSWER,
    ),
    (
        "text in base64",
        r#""postData": {"mimeType": "application/json", "encoding": "base64", "text": "eyJuYW1lIjogInR3byJ9"}"#,
        ANSWER,
    ),
    (
        "text without a media type",
        r#""postData": {"text": "x"}"#,
        ANSWER,
    ),
    (
        "a form of text",
        r#""postData": {"mimeType": "application/x-www-form-urlencoded", "text": "a=x%20y", "params": [{"name": "a", "value": "x y"}]}"#,
        ANSWER,
    ),
    (
        "encoded parameters",
        r#""postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "x%20y"}, {"name": "a", "value": "2"}]}"#,
        ANSWER,
    ),
    (
        "parameters that are not encoded",
        r#""postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "x y&z"}, {"name": "password", "value": "hush"}]}"#,
        ANSWER,
    ),
    (
        "a form of parts",
        r#""postData": {"mimeType": "multipart/form-data; boundary=B", "text": "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\nthere\r\n--B--\r\n"}"#,
        ANSWER,
    ),
    (
        "the same with other line breaks",
        r#""postData": {"mimeType": "multipart/form-data; boundary=\"B\"", "text": "--B\nContent-Disposition: form-data; name=f; filename=b.txt\n\ntext\n--B--\n"}"#,
        ANSWER,
    ),
    (
        "a form without an end",
        r#""postData": {"mimeType": "multipart/form-data; boundary=B", "text": "--B\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nhi"}"#,
        ANSWER,
    ),
    (
        "a part with a header of its own",
        r#""postData": {"mimeType": "multipart/form-data; boundary=B", "text": "--B\r\nContent-Disposition: form-data; name=\"f\"\r\nX-A: 1\r\n\r\nhi\r\n--B--"}"#,
        ANSWER,
    ),
    (
        "parts as parameters",
        r#""postData": {"mimeType": "multipart/form-data; boundary=B", "params": [{"name": "f", "fileName": "b.png", "contentType": "image/png"}, {"name": "note", "value": "hi"}]}"#,
        ANSWER,
    ),
    ("a body that was not saved", r#""bodySize": 12"#, ANSWER),
    (
        "an empty one that was not saved",
        r#""bodySize": 12, "postData": {"mimeType": "text/plain", "text": ""}"#,
        ANSWER,
    ),
    ("nothing", r#""bodySize": 0"#, ANSWER),
    (
        "a body that is not text",
        r#""postData": {"mimeType": "image/png", "encoding": "base64", "text": "/w=="}"#,
        ANSWER,
    ),
    (
        "cookies",
        r#""cookies": [{"name": "sid", "value": "session-12345"}]"#,
        ANSWER,
    ),
    (
        "a failed request",
        r#""bodySize": 0"#,
        r#"{"status": 0, "content": {"size": 0}}"#,
    ),
    (
        "a cancelled request",
        r#""bodySize": 0"#,
        r#"{"status": -1}"#,
    ),
    ("no response", r#""bodySize": 0"#, "null"),
    (
        "a response in base64",
        r#""bodySize": 0"#,
        r#"{"status": 400, "content": {"encoding": "base64", "text": "eyJlcnJvciI6IHsiY29kZSI6ICJiYWRfcmVxdWVzdCJ9fQ=="}}"#,
    ),
    (
        "a response that is not in base64",
        r#""bodySize": 0"#,
        r#"{"status": 400, "content": {"encoding": "base64", "text": "!"}}"#,
    ),
    (
        "a response without a body",
        r#""bodySize": 0"#,
        r#"{"status": 400}"#,
    ),
];

const ANSWER: &str =
    r#"{"status": 400, "content": {"text": "{\"error\": {\"code\": \"bad_request\"}}"}}"#;

#[test]
fn har_entries_are_whole_or_refused() {
    let folder = folder();
    let mut told = Vec::new();
    for (what, request, response) in ENTRIES {
        let har = format!(
            "\u{feff}{{\"log\": {{\"entries\": [{{\"request\": {{\"method\": \"POST\", \"url\": \"http://127.0.0.1:9/things\", \
             \"headers\": [{{\"name\": \":path\", \"value\": \"/things\"}}, {{\"name\": \"Authorization\", \"value\": \"Bearer member-key+/12345\"}}], \
             {request}}}, \"response\": {response}}}]}}}}"
        );
        let made = recorded(&folder, &har, &["--har"]);
        let made = made.unwrap_or_else(|refused| format!("refused: {refused}"));
        told.push(format!("## {what}\n{made}\n"));
    }
    assert_snapshot!(told.join("\n"));
}

/// A case never contradicts its recording, and causes no lint warnings.
/// What is not in the case, and what was chosen for it, is said there.
#[test]
fn a_case_says_what_was_left_out_and_why_it_has_its_clause() {
    let folder = folder();
    folder.write(
        "cases/more.toml",
        "[request.numbered]\nmethod = \"POST\"\npath = \"/numbered\"\nas = \"member\"\n\
         json = { number = \"{{ uuid() }}\", name = \"one\" }\n",
    );
    let sent = "curl http://127.0.0.1:9/numbered -H 'Authorization: Bearer member-key+/12345' --json '{\"number\":\"7\",\"name\":\"two\"}'\n";
    let left_out = "# The member /number was left out: the request computes it with a template whose value changes or is unknown here.";
    let ok = "\nHTTP/1.1 200 OK\ncontent-type: application/json\n\n{}\n";
    for (answer, arguments, lines) in [
        (
            REFUSED,
            &[][..],
            [
                left_out,
                "clause = \"refused\" # the clause of the row bad_request",
            ],
        ),
        (
            REFUSED,
            &["--clause", "refused"],
            [left_out, "clause = \"refused\""],
        ),
        (
            ok,
            &[],
            [
                left_out,
                "clause = \"refused\" # a guess: no case expects this, so it is the contract's first clause",
            ],
        ),
    ] {
        folder.write("recording", format!("{sent}{answer}"));
        let record = ["record", "--target", "there", "--curl", "recording"];
        let output = folder.run_with("", &SECRETS, &[&record, arguments].concat());
        assert_eq!(output.code, 0, "{}", output.stderr);
        for line in lines {
            let has = output.stdout.lines().any(|one| one == line);
            assert!(has, "{line}\n{}", output.stdout);
        }
    }
}

#[test]
fn a_case_does_not_contradict_its_recording() {
    let folder = folder();
    folder.write(
        "contract.toml",
        CONTRACT.to_owned()
            + "[[status]]\nstatus = 401\ncode = \"unauthorized\"\nclause = \"refused\"\n\
               [[status]]\nstatus = 429\ncode = \"rate_limited\"\nclause = \"refused\"\n",
    );
    let odd = "curl http://127.0.0.1:9/things -H 'Authorization: Bearer member-key+/12345' --json '{\"name\":\"two\"}'\n";
    let unknown = "curl http://127.0.0.1:9/things -H 'Authorization: Bearer hush-hush-hush' --json '{\"name\":\"one\"}'\n";
    let answer = |status: &str, code: &str| {
        format!(
            "\nHTTP/1.1 {status}\ncontent-type: application/json\n\n{{\"error\": {{\"code\": \"{code}\"}}}}\n"
        )
    };
    folder.write(
        "cases/signed.toml",
        "[request.signed]\nmethod = \"POST\"\npath = \"/signed\"\nas = \"member\"\nquery.signature = \"s\"\n\
         headers = { X-Request-Token = \"{{ uuid() }}\", X-Lot = \"1\" }\njson = { name = \"one\" }\n",
    );
    let signed = "curl 'http://127.0.0.1:9/signed?signature=hush-hush' -H 'Authorization: Bearer member-key+/12345' -H 'X-Request-Token: hush-hush' --json '{\"name\":\"one\"}'\n";
    let rows: [(String, &[&str], bool); 5] = [
        (
            // What was sent and cannot be told is not removed.
            signed.to_owned() + &answer("400 Bad Request", "bad_request"),
            &[
                "# The header x-request-token was left out: it may be a secret.",
                "# The parameter signature was left out: it may be a secret.",
                "send.remove = [\"/headers/x-lot\"]",
            ],
            true,
        ),
        (
            odd.to_owned() + &answer("400 Bad Request", "invalid_name"),
            &[
                "# The response had the code \"invalid_name\", which no row of status 400 has: only the status is expected.",
                "expect = 400",
            ],
            // The contract has a row of this status: that is worth a warning.
            false,
        ),
        (
            odd.to_owned() + &answer("400 Bad Request", "bad_request"),
            &["expect = \"bad_request\""],
            true,
        ),
        (
            unknown.to_owned() + &answer("401 Unauthorized", "unauthorized"),
            &["as = \"none\"", "expect = \"unauthorized\""],
            true,
        ),
        (
            odd.to_owned() + &answer("429 Too Many Requests", "rate_limited"),
            &[
                "burst = { requests = 300, until = \"rate_limited\" }",
                "expect.each = [\"success\", \"rate_limited\"]",
            ],
            true,
        ),
    ];
    for (recording, lines, clean) in rows {
        folder.write("recording", &recording);
        let record = ["record", "--target", "there", "--curl", "recording"];
        let output = folder.run_with("", &SECRETS, &record);
        assert_eq!(output.code, 0, "{recording}\n{}", output.stderr);
        for line in lines {
            let has = output.stdout.lines().any(|one| one == *line);
            assert!(has, "{line}\n{}", output.stdout);
        }
        folder.write("recorded.toml", &output.stdout);
        let lint = ["lint", "--deny-warnings", "--cases", "recorded.toml"];
        let lint = folder.run(&lint);
        assert_eq!(lint.code == 0, clean, "{}\n{}", output.stdout, lint.stderr);
    }
}
