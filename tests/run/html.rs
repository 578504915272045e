//! The HTML report: one file that loads nothing, runs nothing but its own script, shows what a server sent as text, and stays
//! small. Where Chromium is installed, the page is opened in it.
#![cfg(unix)]
use crate::browser;
use crate::support;

use std::fs;

use base64::Engine as _;
use browser::Browser;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::{Answer, CONTRACT, ENVELOPE, Folder, Server};

/// What would be markup, end the script, begin a comment or turn the text around, if it were more than text.
const EVIL: &str =
    "</script><!--<script><img src=x onerror=\"window.hacked=1\">\u{2028}\u{202e}&lt;";

const CASES: &str = r#"
[request.read_thing]
method = "GET"
path = "/thing"
[[case]]
name = "refused"
clause = "refused"
request = "read_thing"
send.query.id = "odd"
expect = "bad_request"
[[case]]
name = "evil"
clause = "accepted"
request = "read_thing"
expect = { row = "success", body = { "/name" = "fine" } }
[[case]]
name = "many"
clause = "accepted"
request = "read_thing"
burst = { requests = 12, at_once = 4 }
expect.each = "success"
[[case]]
name = "needs_a_credential"
clause = "accepted"
request = "read_thing"
as = "nobody"
expect = "success"
"#;

fn folder(cases: &str) -> Folder {
    Folder::of(&[
        ("contract.toml", CONTRACT),
        ("envelope.json", ENVELOPE),
        (
            "gonogo.toml",
            "contract = \"contract.toml\"\ncases = [\"cases\"]\n",
        ),
        ("cases/things.toml", cases),
    ])
}

/// A run of which every part of the report has something to show.
fn run() -> (Folder, String) {
    let server = Server::start(|asked| {
        if asked.target.contains('?') {
            Answer::failure(400, "bad_request")
        } else {
            Answer::json(200, json!({ "name": EVIL }).to_string()).with("x-evil", "<b>bold</b>")
        }
    });
    let folder = folder(CASES);
    let output = folder.run(&[
        "--target",
        "reference",
        "--base-url",
        &server.url(),
        "--report",
        "html=report.html",
    ]);
    assert_eq!(output.code, 101, "{}", output.all());
    let page = fs::read_to_string(folder.path("report.html")).unwrap();
    (folder, page)
}

/// What stands between two texts, the first of its kind.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn the_page_may_do_nothing_but_run_its_own_script() {
    let (_folder, page) = run();
    let digest =
        |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let script = between(&page, "<script>", "</script>");
    let style = between(&page, "<style>", "</style>");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for source in [
        format!("script-src 'sha256-{}';", digest(script)),
        format!("style-src 'sha256-{}';", digest(style)),
    ] {
        assert!(policy.contains(&source), "{source} is not in {policy}");
    }
    let data = [
        between(&page, "id=\"run-data\">", "</script>"),
        between(&page, "id=\"trial-data\">", "</script>"),
    ];
    for data in data {
        serde_json::from_str::<Value>(data).unwrap();
    }
    // What is left is ours: it names no address, and nothing to be fetched.
    let ours = data
        .iter()
        .fold(page.clone(), |ours, data| ours.replace(data, ""));
    let ours = ours.replace("http://www.w3.org/2000/svg", "");
    let told = between(&ours, "<dl class=\"facts\">", "</dl>").to_owned();
    let ours = ours.replace(&told, "");
    for loads in [
        "http:",
        "https:",
        "src=",
        "url(",
        "@import",
        "import(",
        "fetch(",
        "innerHTML",
        "style=\"",
    ] {
        assert!(!ours.contains(loads), "{loads}");
    }
    assert_eq!(page.matches("</script").count(), 3);
    assert!(!page.contains("<!--"));
    assert!(!page.contains('\u{2028}') && !page.contains('\u{202e}'));
}

#[test]
fn the_first_screen_is_there_without_the_script() {
    let (_folder, page) = run();
    let first = between(&page, "<header>", "</header>");
    for told in [
        "<h1>No-go</h1>",
        "1 of 3 trials that ran violates the contract.",
        "<dt>Target</dt>",
        "<dt>Began</dt>",
        "digest ",
    ] {
        assert!(first.contains(told), "{told} is not in {first}");
    }
}

#[test]
fn the_report_stays_small_whatever_a_server_sends() {
    let server = Server::start(|_| Answer::json(200, "<".repeat(60_000)));
    let names: Vec<String> = (0..300).map(|number| format!("\"v{number}\"")).collect();
    let folder = folder(&format!(
        "[request.read_thing]\nmethod = \"GET\"\npath = \"/thing\"\n\
         [[case]]\nname = \"many\"\nclause = \"refused\"\neach.n = [{}]\nrequest = \"read_thing\"\n\
         send.query.n = \"{{{{ each.n }}}}\"\nexpect = \"success\"\n",
        names.join(", ")
    ));
    let output = folder.run(&[
        "--target",
        "reference",
        "--base-url",
        &server.url(),
        "--report",
        "html=report.html",
    ]);
    let page = fs::read_to_string(folder.path("report.html")).unwrap();
    assert!(page.len() < 10 << 20, "{} bytes", page.len());
    let trials = between(&page, "id=\"trial-data\">", "</script>");
    let trials: Vec<Value> = serde_json::from_str(trials).unwrap();
    assert_eq!(trials.len(), 300, "{}", output.all());
    let left_out = trials.iter().filter(|trial| !trial["left_out"].is_null());
    assert!(left_out.count() > 0);
}

#[test]
fn a_browser_shows_it() {
    let Some(mut browser) = Browser::start() else {
        println!("skipped: there is no Chromium to open the report in");
        return;
    };
    let (folder, _) = run();
    let url = format!("file://{}", folder.path("report.html").display());
    let click = |what: &str| format!("document.querySelector({what:?}).click()");
    let count = "document.getElementById('count').textContent";

    browser.open(&url);
    assert_eq!(browser.value(count), "All 4 trials");

    // A part of the picture shows its trials alone, and the address says which.
    browser.value(&click(".chip.violates"));
    assert_eq!(browser.value(count), "1 of 4 trials");
    assert_eq!(browser.value("location.hash"), "#outcome=violates");
    browser.value(&click("#filter button"));
    assert_eq!(browser.value(count), "All 4 trials");
    browser.value(&click("#matrix button"));
    assert_eq!(browser.value(count), "1 of 4 trials");
    assert_eq!(
        browser.value("location.hash"),
        "#row=bad_request&request=read_thing"
    );
    browser.value("history.back()");
    browser.open(&format!("{url}#q=EVIL"));
    assert_eq!(browser.value(count), "1 of 4 trials");

    // A finding leads to its trial.
    let followed = "new Promise((done) => {
        addEventListener('popstate', () => done(document.querySelectorAll('.detail').length));
        document.querySelector('#findings a').click();
    })";
    assert_eq!(browser.value(followed), 1);

    // By keyboard: to the search, and into a trial.
    browser.open(&url);
    browser.press("/", "/");
    let focused = "document.activeElement.id";
    assert_eq!(browser.value(focused), "filter-q");
    browser.value("document.querySelector('.line').focus()");
    browser.press("Enter", "\r");
    let expanded = "document.querySelector('.line').getAttribute('aria-expanded')";
    assert_eq!(browser.value(expanded), "true");
    assert_eq!(browser.value("location.hash"), "#trial=things%3A%3Aevil");

    // What the server sent is text, and marked where the finding is.
    let marked = browser.value("document.querySelector('.found').textContent");
    let marked = marked.as_str().unwrap();
    assert!(
        marked.contains("</script><!--<script><img src=x"),
        "{marked}"
    );
    assert!(marked.contains("U+202E"), "{marked}");
    assert_eq!(browser.value("document.querySelectorAll('img').length"), 0);
    assert_eq!(
        browser.value("document.querySelectorAll('script').length"),
        3
    );
    assert_eq!(browser.value("typeof window.hacked"), "undefined");
    assert_eq!(browser.complaints(), Vec::<Value>::new());

    // Markup of a text is refused even to a script of the page's own.
    let thrown = browser.value("document.body.innerHTML = '<b>x</b>'");
    assert!(thrown.as_str().unwrap().contains("TrustedHTML"), "{thrown}");

    // A volley is drawn, each request of it.
    browser.open(&format!("{url}#trial=things::many"));
    let drawn = browser.value("document.querySelector('.plots svg').getAttribute('aria-label')");
    assert!(
        drawn.as_str().unwrap().starts_with("12 requests"),
        "{drawn}"
    );
    let told = browser.value("document.querySelector('.figures tbody').textContent");
    assert!(told.as_str().unwrap().starts_with("20012"), "{told}");

    // On a phone nothing stands beyond the edge, whatever is open.
    let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.call("Emulation.setDeviceMetricsOverride", &phone);
    for trial in ["", "#trial=things::many", "#trial=things::evil"] {
        browser.open(&format!("{url}{trial}"));
        let width = browser.value("document.documentElement.scrollWidth");
        assert_eq!(width, 360, "{trial}");
    }
    assert_eq!(browser.complaints(), Vec::<Value>::new());
}
