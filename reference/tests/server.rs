//! The embedded reference server on a real socket: every row of its error contract, every decision it takes where
//! nothing is published, and what it must withstand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::HashSet;
use std::sync::Once;
use std::time::Duration;

use futures_util::future::join_all;
use gonogo_reference::{Limits, Options, Server, seed, start};
use hmac::{Hmac, Mac};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const GENERATIONS: &str = "/api/v1/generations";
const ASSETS: &str = "/api/v1/source-assets";
const USAGE: &str = "/api/v1/usage/summary";
const EVENTS: &str = "/api/v1/billing/events";

/// One request, built up step by step.
#[derive(Clone)]
struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What came back: the envelope and the headers were checked already.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
    json: Value,
}

struct Api {
    server: Server,
    client: Client,
}

impl Call {
    fn new(method: &str, path: &str) -> Self {
        let call = Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        call.token(seed::MEMBER)
    }

    fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A JSON write under a fresh idempotency key.
    fn post(path: &str, body: &Value) -> Self {
        Self::raw(path, body.to_string().as_bytes())
    }

    fn raw(path: &str, body: &[u8]) -> Self {
        let mut call = Self::new("POST", path)
            .header("content-type", "application/json")
            .key(&uuid::Uuid::new_v4().to_string());
        call.body = body.to_vec();
        call
    }

    /// A multipart write of parts, each a name with its parameters and its content.
    fn form(path: &str, parts: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, content) in parts {
            body += "--b\r\ncontent-disposition: form-data; name=";
            body += name;
            body += "\r\n\r\n";
            body += content;
            body += "\r\n";
        }
        Self::raw(path, (body + "--b--\r\n").as_bytes())
            .header("content-type", "multipart/form-data; boundary=b")
    }

    fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    fn another(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, value.parse().unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }
}

impl Api {
    async fn new(options: Options) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider()
                .install_default()
                .unwrap();
        });
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30));
        Self {
            server: start(options).await.unwrap(),
            client: client.build().unwrap(),
        }
    }

    async fn send(&self, call: &Call) -> Answer {
        let url = self.server.base_url() + &call.path;
        let request = self
            .client
            .request(call.method.clone(), url)
            .headers(call.headers.clone())
            .body(call.body.clone());
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = if call.method == Method::HEAD {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} is no JSON: {text}"))
        };
        let answer = Answer {
            status,
            headers,
            text,
            json,
        };
        if call.method != Method::HEAD {
            answer.check();
        }
        answer
    }

    /// Sends and expects a status and a code; `""` for a success.
    async fn expect(&self, name: &str, call: &Call, status: u16, code: &str) -> Answer {
        let answer = self.send(call).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{name}: {}",
            answer.text
        );
        answer
    }

    async fn table(&self, rows: &[(&str, Call, u16, &str)]) {
        for (name, call, status, code) in rows {
            self.expect(name, call, *status, code).await;
        }
    }

    async fn jobs(&self) -> u64 {
        let usage = self.expect("usage", &Call::get(USAGE), 200, "").await;
        usage.json["jobs"]["total"].as_u64().unwrap()
    }

    /// Polls until `pointer` has one of the values.
    async fn until(&self, path: &str, pointer: &str, last: &[&str]) -> Value {
        for _ in 0..1_000 {
            let answer = self.expect(path, &Call::get(path), 200, "").await;
            let value = answer.json.pointer(pointer).and_then(Value::as_str);
            if value.is_some_and(|value| last.contains(&value)) {
                return answer.json;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{path} never became one of {last:?}");
    }
}

impl Answer {
    fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    fn job(&self) -> &str {
        self.json["job_id"].as_str().unwrap()
    }

    /// What part 1 says of every response.
    fn check(&self) {
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.headers["content-type"], "application/json");
        if self.status < 400 {
            assert!(self.json.get("error").is_none());
            return;
        }
        let rows = [
            (400, "bad_request", false),
            (401, "unauthorized", false),
            (403, "forbidden", false),
            (404, "not_found", false),
            (409, "idempotency_conflict", false),
            (422, "validation_error", false),
            (429, "rate_limited", true),
            (500, "internal_error", true),
        ];
        let error = self.json["error"].as_object().unwrap();
        let retryable = error["retryable"].as_bool().unwrap();
        assert!(
            rows.contains(&(self.status, self.code(), retryable)),
            "{}",
            self.text
        );
        assert_eq!(self.json.as_object().unwrap().len(), 1);
        assert_eq!(error.len(), 4);
        assert_ne!(error["message"].as_str().unwrap(), "");
        let retry_after = error["retry_after"].as_u64();
        assert_eq!(retry_after.is_some(), self.status == 429);
        assert_eq!(error["retry_after"].is_null(), self.status != 429);
        let header = self.headers.get("retry-after");
        assert_eq!(
            header.map(HeaderValue::as_bytes),
            retry_after
                .map(|seconds| seconds.to_string().into_bytes())
                .as_deref()
        );
        assert_eq!(
            self.headers.contains_key("www-authenticate"),
            self.status == 401
        );
    }
}

/// A valid generation.
fn clean() -> Value {
    json!({"source_asset_id": seed::ACME_ASSET, "workflow": "staging", "capture_type": "photo", "mode": "clean"})
}

/// The valid generation with members replaced, or removed by null.
fn with(change: &Value) -> Value {
    let mut body = clean();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

fn generation(change: &Value) -> Call {
    Call::post(GENERATIONS, &with(change))
}

fn create() -> Call {
    generation(&json!({}))
}

fn read(job: &str) -> Call {
    Call::get(&format!("{GENERATIONS}/{job}"))
}

fn regenerate(job: &str, body: &str) -> Call {
    Call::raw(&format!("{GENERATIONS}/{job}/regenerate"), body.as_bytes())
}

fn page(query: &str) -> Call {
    Call::get(&format!("{EVENTS}?{query}"))
}

/// Limits that no table of requests reaches.
fn roomy() -> Options {
    Options {
        limits: Limits {
            writes: 10_000,
            in_flight: 10_000,
            body_bytes: 64 * 1024,
            ..Limits::default()
        },
        forced_errors: true,
        ..Options::default()
    }
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn tokens() {
    let api = Api::new(roomy()).await;
    let get = || Call::get(USAGE);
    let auth = |value: &str| get().header("authorization", value);
    let bearer = format!("Bearer {}", seed::MEMBER);
    api.table(&[
        ("valid", get(), 200, ""),
        ("second key", get().token(seed::SECOND_MEMBER), 200, ""),
        ("lower case", auth(&bearer.replace("Bearer", "bearer")), 200, ""),
        ("missing", get().without("authorization"), 401, "unauthorized"),
        ("empty", auth(""), 401, "unauthorized"),
        ("no token", auth("Bearer"), 401, "unauthorized"),
        ("another scheme", auth(&bearer.replace("Bearer", "Basic")), 401, "unauthorized"),
        ("no scheme", auth(seed::MEMBER), 401, "unauthorized"),
        ("no secret", auth("Bearer kat_live_member"), 401, "unauthorized"),
        ("empty secret", auth("Bearer kat_live_member."), 401, "unauthorized"),
        ("wrong secret", auth("Bearer kat_live_member.wrong"), 401, "unauthorized"),
        ("longer secret", auth(&format!("{bearer}x")), 401, "unauthorized"),
        ("another key's secret", auth("Bearer kat_live_member.reference-other-secret"), 401, "unauthorized"),
        ("unknown", auth("Bearer kat_live_nobody.reference-member-secret"), 401, "unauthorized"),
        ("revoked", get().token(seed::REVOKED), 401, "unauthorized"),
        ("two headers", get().another("authorization", &bearer), 401, "unauthorized"),
        ("in the query", Call::get(&format!("{USAGE}?token={0}&access_token={0}", seed::MEMBER)).without("authorization"), 401, "unauthorized"),
        ("before the path", Call::get("/nowhere").without("authorization"), 401, "unauthorized"),
        ("before the body", Call::raw(GENERATIONS, b"{").without("authorization"), 401, "unauthorized"),
        ("disabled", get().token(seed::FORBIDDEN), 403, "forbidden"),
        ("forced", get().header("x-force-error", "internal_error"), 500, "internal_error"),
        ("forced otherwise", get().header("x-force-error", "other"), 200, ""),
    ]).await;
    api.server.stop().await;

    let strict = Api::new(Options::default()).await;
    strict.expect("not forced", &get().header("x-force-error", "internal_error"), 200, "").await;
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn paths_and_methods() {
    let api = Api::new(roomy()).await;
    let mut rows = Vec::new();
    for path in ["/", "/api/v1", "/api/v1/", "/nowhere", "/api/v1/generations/", "/api/v2/generations", "/API/v1/generations", "/api/v1/generations/a/b", "/api/v1//generations", "/api/v1/usage", "/api/v1/generations/%ff"] {
        rows.push((path, Call::get(path), 404, "not_found"));
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        rows.push((method, Call::new(method, GENERATIONS), 404, "not_found"));
    }
    rows.push(("GET", Call::get(GENERATIONS), 404, "not_found"));
    rows.push(("POST", Call::new("POST", USAGE), 404, "not_found"));
    rows.push(("absent job", read("job_none"), 404, "not_found"));
    rows.push(("absent ingest", Call::get(&format!("{ASSETS}/ing_none")), 404, "not_found"));
    rows.push(("absent regenerate", regenerate("job_none", "{}"), 404, "not_found"));
    api.table(&rows).await;
    let head = api.send(&Call::new("HEAD", USAGE)).await;
    assert_eq!((head.status, head.text.as_str()), (404, ""));
    assert_eq!(head.headers["cache-control"], "no-store");
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn bodies_and_keys() {
    let api = Api::new(roomy()).await;
    let raw = |body: &str| Call::raw(GENERATIONS, body.as_bytes());
    let typed = |value: &str| create().header("content-type", value);
    let valid = clean().to_string();
    let extended = |tail: &str| raw(&format!("{},{tail}}}", &valid[..valid.len() - 1]));
    let nested = |depth: usize| {
        extended(&format!("\"metadata\":{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)))
    };
    let upload = ("file; filename=a.jpg", "JPEG");
    let form = |parts: &[(&str, &str)]| {
        let fixed = [("workflow", "staging"), ("capture_type", "photo"), ("mode", "clean")];
        Call::form(GENERATIONS, &[&fixed, parts].concat())
    };
    let before = api.jobs().await;
    api.table(&[
        ("no key", create().without("idempotency-key"), 400, "bad_request"),
        ("empty key", create().key(""), 400, "bad_request"),
        ("blank key", create().key("  "), 400, "bad_request"),
        ("two keys", create().another("idempotency-key", "b"), 400, "bad_request"),
        ("long key", create().key(&"k".repeat(256)), 400, "bad_request"),
        ("key before body", raw("{").without("idempotency-key"), 400, "bad_request"),
        ("truncated", raw("{\"workflow\":"), 400, "bad_request"),
        ("empty", raw(""), 400, "bad_request"),
        ("trailing comma", raw("{\"workflow\":\"staging\",}"), 400, "bad_request"),
        ("trailing text", raw(&format!("{valid} x")), 400, "bad_request"),
        ("comment", raw("{/**/}"), 400, "bad_request"),
        ("single quotes", raw("{'a':1}"), 400, "bad_request"),
        ("NaN", raw("{\"n\":NaN}"), 400, "bad_request"),
        ("byte order mark", raw(&format!("\u{feff}{valid}")), 400, "bad_request"),
        ("no UTF-8", Call::raw(GENERATIONS, b"{\"reference\":\"\xff\"}"), 400, "bad_request"),
        ("UTF-16", Call::raw(GENERATIONS, b"{\0}\0"), 400, "bad_request"),
        ("duplicate", extended("\"mode\":\"clean\""), 400, "bad_request"),
        ("deep duplicate", extended("\"metadata\":{\"a\":[{\"b\":1,\"\\u0062\":2}]}"), 400, "bad_request"),
        ("array", raw("[]"), 400, "bad_request"),
        ("null", raw("null"), 400, "bad_request"),
        ("string", raw("\"a\""), 400, "bad_request"),
        ("lone surrogate", extended("\"reference\":\"\\ud800\""), 400, "bad_request"),
        ("beyond a double", extended("\"metadata\":{\"n\":1e999}"), 400, "bad_request"),
        ("depth 200", nested(200), 400, "bad_request"),
        ("depth 30000", nested(30_000), 400, "bad_request"),
        ("no media type", create().without("content-type"), 400, "bad_request"),
        ("text", typed("text/plain"), 400, "bad_request"),
        ("form", typed("application/x-www-form-urlencoded"), 400, "bad_request"),
        ("json suffix", typed("application/problem+json"), 400, "bad_request"),
        ("two media types", create().another("content-type", "application/json"), 400, "bad_request"),
        ("multipart without a boundary", typed("multipart/form-data"), 400, "bad_request"),
        ("JSON as multipart", typed("multipart/form-data; boundary=b"), 400, "bad_request"),
        ("too long", extended(&format!("\"reference\":\"{}\"", "x".repeat(64 * 1024))), 400, "bad_request"),
        ("far too long", raw(&"x".repeat(8 * 1024 * 1024)), 400, "bad_request"),
        ("two sources", generation(&json!({"source_url": "https://a.example/a.jpg"})), 400, "bad_request"),
        ("file as a field beside", generation(&json!({"file": "x"})), 400, "bad_request"),
        ("upload and asset", form(&[upload, ("source_asset_id", seed::ACME_ASSET)]), 400, "bad_request"),
        ("two uploads", form(&[upload, upload]), 400, "bad_request"),
        ("part twice", form(&[upload, ("reference", "a"), ("reference", "a")]), 400, "bad_request"),
        ("part without JSON", form(&[upload, ("metadata", "{")]), 400, "bad_request"),
        ("asset: two sources", Call::post(ASSETS, &json!({"source_url": "https://a.example/", "source_asset_id": "a"})), 400, "bad_request"),
        ("asset: upload and URL", Call::form(ASSETS, &[upload, ("source_url", "https://a.example/")]), 400, "bad_request"),
        ("regenerate: multipart", Call::form(&format!("{GENERATIONS}/{}/regenerate", seed::ACME_JOB), &[("mode", "clean")]), 400, "bad_request"),
        ("regenerate: array", regenerate(seed::ACME_JOB, "[]"), 400, "bad_request"),
    ]).await;
    assert_eq!(api.jobs().await, before);
    api.table(&[
        ("key of 255", create().key(&"k".repeat(255)), 202, ""),
        ("charset", typed("application/json; charset=utf-8"), 202, ""),
        ("upper case", typed("Application/JSON"), 202, ""),
        ("depth 100", nested(100), 202, ""),
        ("NUL", extended("\"reference\":\"\\u0000\""), 202, ""),
        ("upload", form(&[upload]), 202, ""),
        ("parts as JSON", form(&[upload, ("metadata", "{\"a\":1}"), ("room_types", "[\"Kitchen\",\"Living Room\"]")]), 202, ""),
        ("parts repeated", form(&[upload, ("room_types", "Shower"), ("room_types", "Toilet")]), 202, ""),
        ("rooms of two families", form(&[upload, ("room_types", "Shower"), ("room_types", "Kitchen")]), 422, "validation_error"),
        ("empty upload", form(&[("file; filename=a.jpg", "")]), 422, "validation_error"),
        ("unknown part", form(&[upload, ("other", "x")]), 422, "validation_error"),
    ]).await;
    assert_eq!(api.jobs().await, before + 8);
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn fields() {
    let api = Api::new(roomy()).await;
    let before = api.jobs().await;
    let broken = [
        json!({"source_asset_id": null}),
        json!({"source_asset_id": null, "file": "x"}),
        json!({"source_asset_id": 1}),
        json!({"source_asset_id": null, "source_url": "ftp://a.example/a"}),
        json!({"source_asset_id": null, "source_url": "not a url"}),
        json!({"source_asset_id": null, "source_url": "/relative"}),
        json!({"source_asset_id": null, "source_url": "https://user:secret@a.example/"}),
        json!({"workflow": null}),
        json!({"workflow": "other"}),
        json!({"workflow": {"staging": null}}),
        json!({"capture_type": null}),
        json!({"capture_type": "video"}),
        json!({"mode": null}),
        json!({"mode": "other"}),
        json!({"mode": 1}),
        json!({"workflow": "pro_capture"}),
        json!({"capture_type": "floorplan"}),
        json!({"capture_type": "panorama360", "mode": null}),
        json!({"capture_type": "panorama360", "style_preset": "modern"}),
        json!({"room_types": []}),
        json!({"room_types": "Kitchen"}),
        json!({"room_types": ["Garage"]}),
        json!({"room_types": [1]}),
        json!({"room_types": ["Kitchen", "Toilet"]}),
        json!({"room_types": ["Kitchen", "Dining Room", "Toilet"]}),
        json!({"room_types": ["Kitchen", "Bedroom"]}),
        json!({"style_preset": 1}),
        json!({"style_preset": ""}),
        json!({"reference": 1}),
        json!({"metadata": []}),
        json!({"metadata": "text"}),
        json!({"webhook": "https://a.example/"}),
        json!({"webhook": {}}),
        json!({"webhook": {"url": 1}}),
        json!({"webhook": {"url": "ftp://a.example/"}}),
        json!({"webhook": {"url": "https://a.example/", "other": 1}}),
        json!({"other": 1}),
    ];
    for change in &broken {
        api.expect(&change.to_string(), &generation(change), 422, "validation_error").await;
    }
    for name in ["source_url", "source_asset_id", "mode", "room_types", "style_preset", "reference", "metadata", "webhook", "file"] {
        let mut body = clean();
        body[name] = Value::Null;
        api.expect(name, &Call::post(GENERATIONS, &body), 422, "validation_error").await;
    }
    let url = json!({"source_url": "https://a.example/"});
    api.table(&[
        ("unknown asset", generation(&json!({"source_asset_id": "ast_none"})), 404, "not_found"),
        ("an ingest is no asset", generation(&json!({"source_asset_id": seed::ACME_INGEST})), 404, "not_found"),
        ("asset: none", Call::post(ASSETS, &json!({})), 422, "validation_error"),
        ("asset: unknown", Call::post(ASSETS, &json!({"source_url": "https://a.example/", "other": 1})), 422, "validation_error"),
        ("asset: asset", Call::post(ASSETS, &json!({"source_asset_id": seed::ACME_ASSET})), 422, "validation_error"),
        ("regenerate: source", regenerate(seed::ACME_JOB, &url.to_string()), 422, "validation_error"),
        ("regenerate: mode", regenerate(seed::ACME_JOB, r#"{"capture_type":"floorplan","mode":"clean"}"#), 422, "validation_error"),
        ("regenerate: matrix", regenerate(seed::ACME_JOB, r#"{"capture_type":"panorama360"}"#), 422, "validation_error"),
    ]).await;
    assert_eq!(api.jobs().await, before);

    let accepted = [
        json!({}),
        json!({"mode": "furnish"}),
        json!({"mode": "furnish", "room_types": ["Bedroom"], "style_preset": "modern"}),
        json!({"room_types": ["Living Room", "Kitchen", "Dining Room"]}),
        json!({"room_types": ["Bathroom", "Shower", "Toilet"]}),
        json!({"mode": null, "workflow": "pro_capture"}),
        json!({"mode": null, "workflow": "pro_capture", "capture_type": "floorplan"}),
        json!({"mode": null, "capture_type": "panorama360", "style_preset": "modern"}),
        json!({"source_asset_id": null, "source_url": "https://a.example/a.jpg?x=1"}),
        json!({"reference": "r", "metadata": {}, "webhook": {"url": "https://a.example/hook"}}),
    ];
    for change in &accepted {
        api.expect(&change.to_string(), &generation(change), 202, "").await;
    }
    for body in ["", "{}", r#"{"capture_type":"floorplan"}"#] {
        api.expect(body, &regenerate(seed::ACME_JOB, body), 202, "").await;
    }
    api.expect("untyped", &regenerate(seed::ACME_JOB, "").without("content-type"), 202, "").await;
    assert_eq!(api.jobs().await, before + accepted.len() as u64 + 4);
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn life_of_an_asset_and_of_a_job() {
    let api = Api::new(roomy()).await;
    let made = api.expect("asset", &Call::form(ASSETS, &[("file; filename=a.jpg", "JPEG")]), 202, "").await;
    assert_eq!(made.json["status"], "pending");
    let path = format!("{ASSETS}/{}", made.json["ingest_id"].as_str().unwrap());
    let asset = api.until(&path, "/status", &["ready", "failed"]).await;
    assert_eq!(asset["status"], "ready");

    let told = json!({"source_asset_id": asset["source_asset_id"], "reference": "r-1", "metadata": {"b": 1, "a": [null]}});
    let made = api.expect("job", &generation(&told), 202, "").await;
    assert_eq!(made.json["status"], "queued");
    let path = format!("{GENERATIONS}/{}", made.job());
    let job = api.until(&path, "/status", &["succeeded", "failed"]).await;
    assert_eq!(job["status"], "succeeded");
    for (name, value) in told.as_object().unwrap() {
        assert_eq!(&job[name], value);
    }
    assert_eq!(job["outputs"].as_array().unwrap().len(), 1);

    let again = api.expect("again", &regenerate(made.job(), r#"{"reference":"r-2"}"#), 202, "").await;
    assert_ne!(again.job(), made.job());
    let again = api.expect("again", &read(again.job()), 200, "").await;
    assert_eq!((&again.json["reference"], &again.json["metadata"]), (&json!("r-2"), &told["metadata"]));

    let lost = generation(&json!({"source_asset_id": null, "source_url": "https://gone.invalid/a.jpg"}));
    let lost = api.expect("lost", &lost, 202, "").await;
    assert_eq!(lost.json["status"], "ingesting");
    let lost = api.until(&format!("{GENERATIONS}/{}", lost.job()), "/status", &["succeeded", "failed"]).await;
    assert_eq!((&lost["status"], &lost["outputs"]), (&json!("failed"), &json!([])));

    let usage = api.expect("usage", &Call::get(USAGE), 200, "").await.json;
    for name in ["entitlement", "billing_period", "usage", "rate_limits"] {
        assert!(usage[name].is_object(), "{name}");
    }
    assert_eq!((usage["jobs"]["total"].as_u64(), usage["jobs"]["failed"].as_u64()), (Some(6), Some(1)));
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn writes_happen_once() {
    let api = Api::new(roomy()).await;
    let before = api.jobs().await;
    let body = |text: &str| Call::raw(GENERATIONS, text.as_bytes()).key("k");
    let fixed = r#""source_asset_id":"ast_acme","workflow":"staging","capture_type":"photo""#;
    let first = api.expect("first", &body(&format!(r#"{{{fixed},"mode":"clean","metadata":{{"n":1,"m":10}}}}"#)), 202, "").await;
    for (name, text) in [
        ("order and space", format!(r#" {{ "metadata":{{"m":10,"n":1}}, "mode":"clean", {fixed} }}"#)),
        ("numbers", format!(r#"{{{fixed},"mode":"clean","metadata":{{"n":1.0,"m":1e1}}}}"#)),
        ("escapes", format!(r#"{{{fixed},"mode":"cl\u0065an","metadata":{{"n":1,"m":10}}}}"#)),
    ] {
        let again = api.expect(name, &body(&text), 202, "").await;
        assert_eq!(again.text, first.text, "{name}");
    }
    assert_eq!(api.jobs().await, before + 1);
    for (name, text) in [
        ("other value", format!(r#"{{{fixed},"mode":"clean","metadata":{{"n":2,"m":10}}}}"#)),
        ("type", format!(r#"{{{fixed},"mode":"clean","metadata":{{"n":"1","m":10}}}}"#)),
        ("less", format!(r#"{{{fixed},"mode":"clean"}}"#)),
        ("invalid fields", "{}".to_owned()),
    ] {
        api.expect(name, &body(&text), 409, "idempotency_conflict").await;
    }
    api.expect("unreadable", &body("{"), 400, "bad_request").await;
    assert_eq!(api.jobs().await, before + 1);

    // Separate records: organization, route, job. A second key of the organization shares them.
    let keyed = |call: Call| call.key("k2");
    let mut made = HashSet::new();
    for (name, call, new) in [
        ("create", keyed(create()), true),
        ("another key of the organization", keyed(create()).token(seed::SECOND_MEMBER), false),
        ("another organization", keyed(generation(&json!({"source_asset_id": seed::GLOBEX_ASSET}))).token(seed::OTHER), true),
        ("regenerate", keyed(regenerate(seed::ACME_JOB, "")), true),
        ("regenerate empty", keyed(regenerate(seed::ACME_JOB, "{}")), false),
        ("regenerate another", keyed(regenerate(seed::ACME_SECOND_JOB, "{}")), true),
    ] {
        let answer = api.expect(name, &call, 202, "").await;
        assert_eq!(made.insert(answer.job().to_owned()), new, "{name}");
    }
    api.expect("another route", &keyed(Call::post(ASSETS, &json!({"source_url": "https://a.example/"}))), 202, "").await;

    // A refused write leaves no record.
    for (name, refused, status, code) in [
        ("400", Call::raw(GENERATIONS, b"{"), 400, "bad_request"),
        ("422", generation(&json!({"mode": "other"})), 422, "validation_error"),
        ("404", generation(&json!({"source_asset_id": "ast_none"})), 404, "not_found"),
        ("500", create().header("x-force-error", "internal_error"), 500, "internal_error"),
    ] {
        api.expect(name, &refused.key(name), status, code).await;
        api.expect(name, &create().key(name), 202, "").await;
    }

    let part = |content| Call::form(ASSETS, &[("file; filename=a.jpg", content)]).key("form");
    let upload = api.expect("upload", &part("one"), 202, "").await;
    assert_eq!(api.expect("same upload", &part("one"), 202, "").await.text, upload.text);
    api.expect("other upload", &part("two"), 409, "idempotency_conflict").await;
}

#[tokio::test]
async fn equal_writes_at_one_instant_make_one_job() {
    let api = Api::new(roomy()).await;
    let before = api.jobs().await;
    let call = create();
    let answers = join_all((0..20).map(|_| api.send(&call))).await;
    let texts: HashSet<_> = answers
        .iter()
        .map(|answer| (answer.status, &answer.text))
        .collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(answers[0].status, 202);
    assert_eq!(api.jobs().await, before + 1);
    join_all((0..20).map(|_| async { api.send(&create()).await })).await;
    assert_eq!(api.jobs().await, before + 21);
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn limits() {
    let limits = Limits {
        window: Duration::from_millis(1_700),
        writes: 3,
        generation_reads: 5,
        usage_reads: 2,
        billing_reads: 2,
        ..Limits::default()
    };
    let api = Api::new(Options { limits, ..Options::default() }).await;
    let rows = [
        ("create", create(), 3),
        ("regenerate", regenerate(seed::ACME_JOB, ""), 3),
        ("asset", Call::post(ASSETS, &json!({"source_url": "https://a.example/"})), 3),
        ("refused", Call::raw(GENERATIONS, b"{").token(seed::SECOND_MEMBER), 3),
        ("read", read(seed::ACME_JOB), 5),
        ("poll", Call::get(&format!("{ASSETS}/{}", seed::ACME_INGEST)), 5),
        ("usage", Call::get(USAGE), 2),
        ("billing", Call::get(EVENTS), 2),
    ];
    join_all(rows.map(|(name, call, limit)| {
        let api = &api;
        async move {
            let answers = join_all((0..=limit).map(|_| api.send(&call))).await;
            let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
            assert_eq!(limited.len(), 1, "{name}");
            let wait = limited[0].json["error"]["retry_after"].as_u64().unwrap();
            tokio::time::sleep(Duration::from_secs(wait)).await;
            assert_ne!(api.send(&call).await.status, 429, "{name}: waited {wait} s");
        }
    })).await;
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn a_limited_write_makes_nothing_and_keeps_its_key() {
    let limits = Limits { writes: 1, organization_factor: 2, window: Duration::from_secs(2), ..Limits::default() };
    let api = Api::new(Options { limits, ..Options::default() }).await;
    let before = api.jobs().await;
    api.expect("first", &create(), 202, "").await;
    let limited = create();
    // The limit comes before the key and the body.
    let answer = api.expect("second", &limited, 429, "rate_limited").await;
    api.expect("no key", &create().without("idempotency-key"), 429, "rate_limited").await;
    assert_eq!(api.jobs().await, before + 1);
    let wait = answer.json["error"]["retry_after"].as_u64().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    api.expect("again", &limited, 202, "").await;
    assert_eq!(api.jobs().await, before + 2);
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn an_organization_has_a_limit_of_its_own() {
    let limits = Limits { usage_reads: 3, organization_factor: 1, ..Limits::default() };
    let api = Api::new(Options { limits, ..Options::default() }).await;
    let get = |token| Call::get(USAGE).token(token);
    api.table(&[
        ("member", get(seed::MEMBER), 200, ""),
        ("member", get(seed::MEMBER), 200, ""),
        ("second", get(seed::SECOND_MEMBER), 200, ""),
        ("second, organization full", get(seed::SECOND_MEMBER), 429, "rate_limited"),
        ("another organization", get(seed::OTHER), 200, ""),
    ]).await;
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn jobs_in_flight_are_limited() {
    let limits = Limits { in_flight: 2, ..Limits::default() };
    let api = Api::new(Options { limits, job_time: Duration::from_secs(2), ..Options::default() }).await;
    let before = api.jobs().await;
    let answers = join_all((0..6).map(|_| async { api.send(&create()).await })).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    let limited = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(accepted, 2);
    api.expect("regenerate", &regenerate(seed::ACME_JOB, ""), 429, "rate_limited").await;
    assert_eq!(api.jobs().await, before + 2);
    let wait = limited.json["error"]["retry_after"].as_u64().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    api.expect("after the wait", &create(), 202, "").await;
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn nothing_of_another_organization_is_seen() {
    let api = Api::new(roomy()).await;
    let first = api.expect("cursor", &page("limit=1"), 200, "").await;
    let cursor = first.json["next_cursor"].as_str().unwrap();
    for (name, theirs, none) in [
        ("job", read(seed::ACME_JOB), read("job_none")),
        ("ingest", Call::get(&format!("{ASSETS}/{}", seed::ACME_INGEST)), Call::get(&format!("{ASSETS}/ing_none"))),
        ("regenerate", regenerate(seed::ACME_JOB, "{}"), regenerate("job_none", "{}")),
        ("asset", create(), generation(&json!({"source_asset_id": "ast_none"}))),
        ("cursor", page(&format!("cursor={cursor}")), page("cursor=none")),
    ] {
        let theirs = api.expect(name, &theirs.token(seed::OTHER), 404, "not_found").await;
        let none = api.expect(name, &none.token(seed::OTHER), 404, "not_found").await;
        assert_eq!(theirs.text, none.text, "{name}");
        let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&theirs), names(&none), "{name}");
    }
    for (token, job) in [(seed::MEMBER, seed::ACME_JOB), (seed::OTHER, seed::GLOBEX_JOB), (seed::BURST, seed::HOOLI_JOB)] {
        api.expect(job, &read(job).token(token), 200, "").await;
        let events = api.expect(job, &page("").token(token), 200, "").await;
        assert!(events.text.contains(job));
        assert_eq!(events.text.contains(seed::ACME_JOB), token == seed::MEMBER);
    }
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn pages() {
    let api = Api::new(roomy()).await;
    let mut seen = Vec::new();
    let mut next = page("limit=1");
    loop {
        let answer = api.expect("page", &next, 200, "").await.json;
        let events = answer["events"].as_array().unwrap();
        assert_eq!(events.len(), 1);
        for name in ["event_id", "job_id", "usage_type", "config_fingerprint", "created_at"] {
            assert!(events[0][name].is_string(), "{name}");
        }
        seen.push(events[0]["job_id"].as_str().unwrap().to_owned());
        match answer["next_cursor"].as_str() {
            Some(cursor) => next = page(&format!("limit=1&cursor={cursor}")),
            None => break,
        }
    }
    assert_eq!(seen, [seed::ACME_JOB, seed::ACME_SECOND_JOB, seed::ACME_THIRD_JOB]);
    for limit in ["0", "-1", "101", "text", "", "1.5", "%2B1", "99999999999999999999", "1&limit=1"] {
        api.expect(limit, &page(&format!("limit={limit}")), 422, "validation_error").await;
    }
    for cursor in ["", "broken", "%00", "%", "%ff", "bm9uZQ", "%F0%9F%8D%8B"] {
        api.expect(cursor, &page(&format!("cursor={cursor}")), 404, "not_found").await;
    }
    for fine in ["limit=100", "limit=%31", "other=1"] {
        api.expect(fine, &page(fine), 200, "").await;
    }
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn webhooks_are_signed() {
    let api = Api::new(roomy()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for (host, source, event) in [
        ("127.0.0.1", json!({"metadata": {"a": "é"}}), "generation.completed"),
        ("localhost", json!({"source_asset_id": null, "source_url": "http://gone.invalid/"}), "generation.failed"),
    ] {
        let mut body = with(&source);
        body["webhook"] = json!({"url": format!("http://{host}:{port}/hook?x=1")});
        body["reference"] = json!("ours");
        let made = api.expect(event, &Call::post(GENERATIONS, &body), 202, "").await;
        let (mut stream, _) = tokio::time::timeout(Duration::from_secs(10), listener.accept()).await.unwrap().unwrap();
        let (head, sent) = message(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        assert!(head.starts_with("POST /hook?x=1 HTTP/1.1"), "{head}");
        let mut mac = Hmac::<Sha256>::new_from_slice(seed::ACME_WEBHOOK_SECRET.as_bytes()).unwrap();
        mac.update(&sent);
        let signature = format!("x-katalo-signature: {:x}\r\n", mac.finalize().into_bytes());
        assert!(head.contains(&signature), "{head}");
        let told: Value = serde_json::from_slice(&sent).unwrap();
        let job = api.expect(event, &read(made.job()), 200, "").await.json;
        assert_eq!(told["event_type"], event);
        for name in ["job_id", "source_asset_id", "reference", "outputs", "failure", "metadata"] {
            assert!(told.get(name).is_some(), "{name}");
            assert_eq!(told[name], job[name], "{name}");
        }
    }
}

#[tokio::test]
#[rustfmt::skip] // one row a line
async fn what_is_no_http_gets_the_envelope() {
    let api = Api::new(roomy()).await;
    let token = format!("host: a\r\nauthorization: Bearer {}\r\n", seed::MEMBER);
    let post = format!("POST {GENERATIONS} HTTP/1.1\r\n{token}content-type: application/json\r\nidempotency-key: k\r\n");
    let valid = clean().to_string();
    let chunk = 65_536 + valid.len();
    let cases = [
        ("no header name", format!("GET {USAGE} HTTP/1.1\r\n: a\r\n\r\n"), 400),
        ("no request line", "hello\r\n\r\n".to_owned(), 400),
        ("bad length", format!("{post}content-length: x\r\n\r\n"), 400),
        ("bad transfer coding", format!("{post}transfer-encoding: other\r\n\r\n"), 400),
        ("bad chunk", format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n"), 400),
        ("too many headers", format!("GET {USAGE} HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(300)), 400),
        ("long target", format!("GET /{} HTTP/1.1\r\n{token}\r\n", "a".repeat(70_000)), 400),
        ("header beyond ASCII", format!("GET {USAGE} HTTP/1.1\r\n{token}x: \u{fe}é\r\nconnection: close\r\n\r\n"), 200),
        ("key beyond ASCII", format!("{post}connection: close\r\n\r\n{{}}").replace("key: k", "key: é"), 400),
        ("token beyond ASCII", format!("GET {USAGE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer é\r\nconnection: close\r\n\r\n"), 401),
        ("asterisk", format!("OPTIONS * HTTP/1.1\r\n{token}connection: close\r\n\r\n"), 404),
        ("CONNECT", format!("CONNECT a:1 HTTP/1.1\r\n{token}connection: close\r\n\r\n"), 404),
        ("absolute target", format!("GET http://a{USAGE} HTTP/1.1\r\n{token}connection: close\r\n\r\n"), 200),
        ("an answer before", format!("GET {USAGE} HTTP/1.1\r\n{token}\r\n: a\r\n\r\n"), 200),
        ("long body", format!("{post}content-length: 8000000\r\n\r\n{}", " ".repeat(8_000_000)), 400),
        ("long body in chunks", format!("{post}transfer-encoding: chunked\r\n\r\n{chunk:x}\r\n{}{valid}\r\n0\r\n\r\n", " ".repeat(65_536)), 400),
        ("body in chunks", format!("{post}transfer-encoding: chunked\r\n\r\n{:x}\r\n{valid}\r\n0\r\n\r\n", valid.len()), 202),
        ("body never asked for", format!("{post}connection: close\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n"), 400),
    ];
    for (name, request, status) in cases {
        let mut stream = TcpStream::connect(api.server.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let (head, body) = message(&mut stream).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {head}");
        assert!(head.contains("cache-control: no-store\r\n"), "{name}: {head}");
        let json: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json["error"].is_object(), status >= 400, "{name}: {json}");
        if name == "an answer before" {
            let (head, body) = message(&mut stream).await;
            assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["error"]["code"], "bad_request");
        }
    }
    api.expect("still there", &Call::get(USAGE), 200, "").await;
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let api = Api::new(Options::default()).await;
    let address = api.server.address();
    assert!(address.ip().is_loopback() && address.port() != 0);
    api.expect("up", &Call::get(USAGE), 200, "").await;
    api.server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

/// Reads one HTTP message that has a content length: its head, in lower-case names, and its body.
async fn message(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.split_once("content-length: ").unwrap().1;
    let mut body = vec![0; length.split_once("\r\n").unwrap().0.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    (head, body)
}
