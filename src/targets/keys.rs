//! The keys of `gonogo.toml`: each is declared here, once. Which of their values make sense together is left to `config`.

use std::time::Duration;

use url::Url;

use super::address::address;
use super::waiver::Day;
use super::{Http, Permit, Waiver};
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Form, Key, Node, Read, Spanned, schema, tables};

/// The longest limit that can be set, in seconds: a day.
const LONGEST: f64 = 86_400.0;
/// The largest limit that can be set, in bytes: many answers are held at a time.
const LARGEST: usize = 256 * 1024 * 1024;

/// The schema of `gonogo.toml`.
pub fn file_schema() -> serde_json::Value {
    schema(
        "gonogo.toml",
        "Which contract and which cases make the suite, and the targets. See docs/target-files.md; `gonogo lint` also checks what a schema cannot.",
        RawConfig::SHAPE,
        None,
    )
}

tables! {
    pub(super) struct RawConfig: "gonogo.toml" {
        /// The contract's file. Left out: the shipped contract, which is in the program.
        optional contract: Option<Spanned<String>>, r#""schemas/contract.toml""#;
        /// Case files and folders; a folder counts with the ones below it. Left out: the shipped cases.
        optional cases: Option<Vec<Spanned<String>>>, r#"["cases"]"#;
        /// The target of a run without `--target`: a target of this file, or `reference`, the embedded reference server.
        optional default_target: Option<Spanned<String>>, r#""staging""#;
        /// The reports that each run writes: the kind, and the file. `--report` on the command line takes the place of the one of
        /// its kind.
        optional reports: Vec<(Key, String)>, r#"{ junit = "target/junit.xml" }"#;
        /// The targets by name, for `--target NAME`. `reference` is the embedded reference server.
        optional target: Vec<(Key, RawTarget)>, r#"{ staging = { base_url = "https://staging.example.com" } }"#;
    }

    pub(super) struct RawTarget: "a target" {
        /// An http or https URL; the path of each request is put after it.
        needed base_url: Option<Url>, r#""https://staging.example.com""#;
        /// What the run may do. Without `writes` trials that write are ignored, without `bursts` those that burst or race. A target
        /// on loopback permits everything.
        optional permits: Vec<Permit>, r#"["writes", "bursts"]"#;
        /// Who requests are sent as, by name.
        optional credentials: Vec<(Key, RawCredential)>, r#"{ member = { bearer = { env = "API_KEY" } } }"#;
        /// What exists there, by name, for `{{ fixture.NAME }}`.
        optional fixtures: Vec<(Key, Node)> as Form::Map(&Form::Either(&[Form::Text, Form::Number, Form::Flag])),
            r#"{ job_id = "job_01J" }"#;
        /// Header fields sent with every request, unless the request has them. They are shown: not for secrets.
        optional headers: Vec<(Key, Option<String>)>, r#"{ X-Trace = "gonogo" }"#;
        /// Which HTTP is spoken. Left out: HTTP/2 where a TLS target offers it, HTTP/1.1 otherwise.
        optional http: Option<Http>, r#""1.1""#;
        /// An http or https URL of a proxy. None is taken from the environment.
        optional proxy: Option<Url>, r#""http://proxy.example.com:3128""#;
        /// A PEM file of certificates to trust beside the system's.
        optional ca: Option<Spanned<String>>, r#""ca.pem""#;
        /// A PEM file with a certificate and its private key.
        optional client_certificate: Option<Spanned<String>>, r#""client.pem""#;
        /// What bounds a run.
        optional limits: Option<RawLimits>, "{ request = 10, wait = 90 }";
        /// Limits of the target's own in place of the contract's, by name, for `{{ limit.NAME }}`.
        optional declared: Vec<(Key, Spanned<f64>)>, "{ usage = 60 }";
        /// Known failures. Each must fail until its last day.
        optional waiver: Vec<Waiver>,
            r#"[{ trial = "limits::usage_*", clauses = ["retry-after"], reason = "the limiter ships in March", owner = "platform", until = 2027-03-31 }]"#;
    }

    pub(super) struct RawCredential: "a credential" {
        /// Where the bearer token is; sent as `Authorization: Bearer TOKEN`, and known to templates as `{{ secret.NAME }}`.
        optional bearer: Option<Node> as RawSecret::FORM, r#"{ env = "API_KEY" }"#;
        /// Header fields sent with the credential: text as it stands, or where a secret is. Without `bearer`, a single secret
        /// header is known to templates as `{{ secret.NAME }}`.
        optional headers: Vec<(Key, Node)> as Form::Map(&Form::Either(&[Form::Text, RawSecret::FORM])),
            r#"{ X-Api-Key = { file = "secrets/partner.key" }, X-Partner = "initech" }"#;
        /// Whose it is: trials that count effects of one organization run one after another. Left out: of an organization of its
        /// own.
        optional organization: Option<String>, r#""acme""#;
    }

    pub(super) struct RawSecret: "a secret" {
        /// The environment variable that it is in. This or `file`; never the secret itself.
        optional env: Option<Spanned<String>>, r#""API_KEY""#;
        /// The file that it is in; white space around it is not part of it.
        optional file: Option<Spanned<String>>, r#""/run/secrets/key""#;
    }

    pub(super) struct RawLimits: "`limits`" {
        /// Seconds for one request, from connecting to the last byte; 30 where it is left out.
        optional request: Option<Seconds>, "10";
        /// Seconds for one trial, its waits included; 300 where it is left out.
        optional trial: Option<Seconds>, "600";
        /// Seconds for the whole run. After this time the run ends early: trials in progress, and trials that did not begin, are
        /// inconclusive. Left out: no limit.
        optional run: Option<Seconds>, "1800";
        /// Seconds for one wait that the target asks for or that a case says; 60 where it is left out.
        optional wait: Option<Seconds>, "90";
        /// Bytes for the body of one response, as it comes and after decoding; 8388608 where it is left out.
        optional body: Option<Bytes>, "1048576";
        /// Bytes for the header fields of one response together; 65536 where it is left out.
        optional headers: Option<Bytes>, "16384";
    }

    pub(super) struct RawWaiver: "a waiver" {
        /// The trials that it covers; `*` stands for anything.
        needed trial: Option<String>, r#""limits::usage_*""#;
        // Required, too: the reader reports its absence, with what to write.
        /// The clauses whose findings it covers, by id. Any other finding still fails.
        optional clauses: Option<Spanned<Option<Vec<Spanned<String>>>>>, r#"["retry-after"]"#;
        /// Why they fail; printed.
        needed reason: Option<Said>, r#""the limiter ships in March""#;
        /// Who answers for it.
        needed owner: Option<Said>, r#""platform""#;
        /// Where it is tracked.
        optional issue: Option<String>, r#""API-123""#;
        /// The last day on which it holds, in UTC.
        needed until: Option<Day>, "2027-03-31";
    }
}

/// A time that bounds a run.
#[derive(Debug)]
pub(super) struct Seconds(pub(super) Duration);

/// A size that bounds a response.
#[derive(Debug)]
pub(super) struct Bytes(pub(super) usize);

/// A text that says something.
#[derive(Debug)]
pub(super) struct Said(pub(super) String);

/// Notes that a limit is out of its bounds.
pub(super) fn bad_limit(
    at: &Location,
    limit: impl std::fmt::Display,
    expected: String,
    faults: &mut Faults,
) {
    let found = format!("{limit} is not a valid limit");
    faults.at(at, "limit", found, expected, None);
}

impl Read for Seconds {
    const FORM: Form = Form::Between(0.0, LONGEST);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let limit = f64::read(node, faults)?;
        if limit > 0.0 && limit <= LONGEST {
            return Some(Self(Duration::from_secs_f64(limit)));
        }
        let expected = format!("expected seconds, more than 0 and at most {LONGEST}");
        bad_limit(&node.at, limit, expected, faults);
        None
    }
}

impl Read for Bytes {
    const FORM: Form = Form::Whole(1, LARGEST);

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let limit = usize::read(node, faults)?;
        if (1..=LARGEST).contains(&limit) {
            return Some(Self(limit));
        }
        let expected = format!("expected bytes, from 1 to {LARGEST}");
        bad_limit(&node.at, limit, expected, faults);
        None
    }
}

impl Read for Said {
    const FORM: Form = Form::Text;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let text = String::read(node, faults)?;
        if text.trim().is_empty() {
            let expected = "expected a word or more";
            faults.at(&node.at, "empty", "this says nothing", expected, None);
            return None;
        }
        Some(Self(text))
    }
}

impl Read for Url {
    const FORM: Form = Form::Text;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let text = String::read(node, faults)?;
        let noted = address(&text).map_err(|error| {
            let (expected, help) = (error.expected(), error.help());
            faults.at(&node.at, "base-url", error.to_string(), expected, help);
        });
        noted.ok()
    }
}
