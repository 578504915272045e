//! The keys of `gonogo.toml`. Which of their values make sense together is left to `config`.

use super::config::{LARGEST, LONGEST};
use super::{Http, Permit};
use crate::input::document::{Form, Shape, needed, optional, schema};

/// The schema of `gonogo.toml`.
pub fn file_schema() -> serde_json::Value {
    schema(
        "gonogo.toml",
        "Which contract and which cases make the suite, and the targets. See docs/target-files.md; `gonogo lint` also checks what a schema cannot.",
        &CONFIG,
        None,
    )
}

const SECONDS: Form = Form::Between(0.0, LONGEST);
const BYTES: Form = Form::Whole(1, LARGEST);

pub(super) static CONFIG: Shape = Shape::new(
    "gonogo.toml",
    &[&[
        optional(
            "contract",
            Form::Text,
            "The contract's file. Left out: the shipped contract, which is in the program.",
            r#""schemas/contract.toml""#,
        ),
        optional(
            "cases",
            Form::List(&Form::Text),
            "Case files and folders; a folder counts with the ones below it. Left out: the shipped cases.",
            r#"["cases"]"#,
        ),
        optional(
            "default_target",
            Form::Text,
            "The target of a run without `--target`: a target of this file, or `reference`, the embedded reference server.",
            r#""staging""#,
        ),
        optional(
            "reports",
            Form::Map(&Form::Text),
            "The reports that each run writes: the kind, and the file. `--report` on the command line takes the place of the one of its kind.",
            r#"{ junit = "target/junit.xml" }"#,
        ),
        optional(
            "target",
            Form::Map(&Form::Table(&TARGET)),
            "The targets by name, for `--target NAME`. `reference` is the embedded reference server.",
            r#"{ staging = { base_url = "https://staging.example.com" } }"#,
        ),
    ]],
);

pub(super) static TARGET: Shape = Shape::new(
    "a target",
    &[&[
        needed(
            "base_url",
            Form::Text,
            "An http or https URL; the path of each request is put after it.",
            r#""https://staging.example.com""#,
        ),
        optional(
            "permits",
            Form::List(&Form::Word(|| {
                Permit::NAMES.iter().map(|(name, _)| *name).collect()
            })),
            "What the run may do. Without `writes` trials that write are ignored, without `bursts` those that burst or race. A target on loopback permits everything.",
            r#"["writes", "bursts"]"#,
        ),
        optional(
            "credentials",
            Form::Map(&Form::Table(&CREDENTIAL)),
            "Who requests are sent as, by name.",
            r#"{ member = { bearer = { env = "API_KEY" } } }"#,
        ),
        optional(
            "fixtures",
            Form::Map(&Form::Either(&[Form::Text, Form::Number, Form::Flag])),
            "What exists there, by name, for `{{ fixture.NAME }}`.",
            r#"{ job_id = "job_01J" }"#,
        ),
        optional(
            "headers",
            Form::Map(&Form::Text),
            "Header fields sent with every request, unless the request has them. They are shown: not for secrets.",
            r#"{ X-Trace = "gonogo" }"#,
        ),
        optional(
            "http",
            Form::Word(|| Http::NAMES.iter().map(|(name, _)| *name).collect()),
            "Which HTTP is spoken. Left out: HTTP/2 where a TLS target offers it, HTTP/1.1 otherwise.",
            r#""1.1""#,
        ),
        optional(
            "proxy",
            Form::Text,
            "An http or https URL of a proxy. None is taken from the environment.",
            r#""http://proxy.example.com:3128""#,
        ),
        optional(
            "ca",
            Form::Text,
            "A PEM file of certificates to trust beside the system's.",
            r#""ca.pem""#,
        ),
        optional(
            "client_certificate",
            Form::Text,
            "A PEM file with a certificate and its private key.",
            r#""client.pem""#,
        ),
        optional(
            "limits",
            Form::Table(&LIMITS),
            "What bounds a run.",
            "{ request = 10, wait = 90 }",
        ),
        optional(
            "declared",
            Form::Map(&Form::Number),
            "Limits of the target's own in place of the contract's, by name, for `{{ limit.NAME }}`.",
            "{ usage = 60 }",
        ),
        optional(
            "waiver",
            Form::List(&Form::Table(&WAIVER)),
            "Known failures. Each must fail until its last day.",
            r#"[{ trial = "limits::usage_*", clauses = ["retry-after"], reason = "the limiter ships in March", owner = "platform", until = 2027-03-31 }]"#,
        ),
    ]],
);

pub(super) static CREDENTIAL: Shape = Shape::new(
    "a credential",
    &[&[
        optional(
            "bearer",
            Form::Table(&SECRET),
            "Where the bearer token is; sent as `Authorization: Bearer TOKEN`, and known to templates as `{{ secret.NAME }}`.",
            r#"{ env = "API_KEY" }"#,
        ),
        optional(
            "headers",
            Form::Map(&Form::Either(&[Form::Text, Form::Table(&SECRET)])),
            "Header fields sent with the credential: text as it stands, or where a secret is. Without `bearer`, a single secret header is known to templates as `{{ secret.NAME }}`.",
            r#"{ X-Api-Key = { file = "secrets/partner.key" }, X-Partner = "initech" }"#,
        ),
        optional(
            "organization",
            Form::Text,
            "Whose it is: trials that count effects of one organization run one after another. Left out: of an organization of its own.",
            r#""acme""#,
        ),
    ]],
);

pub(super) static SECRET: Shape = Shape::new(
    "a secret",
    &[&[
        optional(
            "env",
            Form::Text,
            "The environment variable that it is in. This or `file`; never the secret itself.",
            r#""API_KEY""#,
        ),
        optional(
            "file",
            Form::Text,
            "The file that it is in; white space around it is not part of it.",
            r#""/run/secrets/key""#,
        ),
    ]],
);

pub(super) static LIMITS: Shape = Shape::new(
    "`limits`",
    &[&[
        optional(
            "request",
            SECONDS,
            "Seconds for one request, from connecting to the last byte; 30 where it is left out.",
            "10",
        ),
        optional(
            "trial",
            SECONDS,
            "Seconds for one trial, its waits included; 300 where it is left out.",
            "600",
        ),
        optional(
            "run",
            SECONDS,
            "Seconds for the whole run. After this time the run ends early: trials in progress, and trials that did not begin, are inconclusive. Left out: no limit.",
            "1800",
        ),
        optional(
            "wait",
            SECONDS,
            "Seconds for one wait that the target asks for or that a case says; 60 where it is left out.",
            "90",
        ),
        optional(
            "body",
            BYTES,
            "Bytes for the body of one response, as it comes and after decoding; 8388608 where it is left out.",
            "1048576",
        ),
        optional(
            "headers",
            BYTES,
            "Bytes for the header fields of one response together; 65536 where it is left out.",
            "16384",
        ),
    ]],
);

pub(super) static WAIVER: Shape = Shape::new(
    "a waiver",
    &[&[
        needed(
            "trial",
            Form::Text,
            "The trials that it covers; `*` stands for anything.",
            r#""limits::usage_*""#,
        ),
        // Required, too: the reader reports its absence, with what to write.
        optional(
            "clauses",
            Form::List(&Form::Text),
            "The clauses whose findings it covers, by id. Any other finding still fails.",
            r#"["retry-after"]"#,
        ),
        needed(
            "reason",
            Form::Text,
            "Why they fail; printed.",
            r#""the limiter ships in March""#,
        ),
        needed("owner", Form::Text, "Who answers for it.", r#""platform""#),
        optional("issue", Form::Text, "Where it is tracked.", r#""API-123""#),
        needed(
            "until",
            Form::DAY,
            "The last day on which it holds, in UTC.",
            "2027-03-31",
        ),
    ]],
);
