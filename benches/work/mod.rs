//! The pieces of work that are measured: by `pieces` in time, by `counts` in instructions.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gonogo::contract::{self, Contract};
use gonogo::event::{Answer, Bound, Evidence, Item, Redacted, Stage};
use gonogo::exchange::{Exchange, Received, Sent};
use gonogo::input::files::Folder;
use gonogo::input::shipped;
use gonogo::judge::{self, Held};
use gonogo::prove::proof_of;
use gonogo::secrets::Redactor;
use gonogo::suite::{self, Engine, Input, Scope, Suite, Tree, Trial};
use serde_json::json;

/// A 404 as the shipped contract wants it, 130 bytes long.
const ENVELOPE: &str = r#"{"error":{"code":"not_found","message":"The requested resource does not exist, or no more.","retryable":false,"retry_after":null}}"#;

/// A trial of one refusal.
const TRIAL: &str = "not_found::unknown_job";

/// What the pieces work on.
pub(crate) struct Work {
    contract: Contract,
    trial: Arc<Trial>,
    exchange: Exchange,
    tokens: Redactor,
    engine: Engine,
    scope: Scope,
    template: Tree,
    page: String,
}

impl Work {
    /// Loads the shipped contract and one trial of the shipped suite, and makes an answer to it.
    pub(crate) fn new() -> Self {
        let contract = contract();
        let inputs = Input::all(&shipped::cases(), true).expect("the shipped cases");
        let suite = suite::load_only(&contract, &inputs, Some(TRIAL)).expect("the shipped suite");
        let trial = Arc::clone(suite.trials.first().expect("the trial"));
        let template = suite.requests["create_generation"].message.headers[0]
            .1
            .clone();
        let tokens = Redactor::default();
        tokens.add("kat_live_bench.Q7mXv2LrT9cKz4WnB8dYf3Hs", "a token");
        let mut scope = Scope::default();
        scope.set("key", &json!("0f8fad5b-d9cb-469f-a165-70867728950e"));
        let events: Vec<_> = (0..100).map(|id| json!({ "id": format!("evt_{id}"), "amount": id, "settled": true, "note": null })).collect();
        Self {
            exchange: exchange(ENVELOPE),
            tokens,
            engine: Engine::default(),
            page: json!({ "events": events, "next_cursor": "evt_100" }).to_string(),
            contract,
            trial,
            scope,
            template,
        }
    }

    /// Judges one exchange on all clauses; yields the number of findings, which is none.
    pub(crate) fn judge(&self) -> usize {
        let step = &self.trial.steps[0];
        let held = Held {
            clause: &self.trial.clause,
            expectation: &step.expect,
            success: &step.request.success,
            bound: &[],
        };
        let findings = judge::judge(&self.contract, Some(&held), &self.exchange);
        let echoes = |bytes: &[u8]| self.tokens.finds(bytes);
        let echo = judge::echoed(&echoes, &self.exchange);
        findings.len() + usize::from(echo.is_some())
    }

    /// Makes all the mutants of that exchange, and judges them; yields their number.
    pub(crate) fn mutants(&self) -> usize {
        let answer = Box::new(Answer {
            exchange: self.exchange.clone(),
            echoed: None,
            useless: None,
        });
        let evidence = [Evidence {
            item: Redacted::without_secrets(Item::Step {
                step: 0,
                stage: Stage::Last,
                bound: Bound::default(),
                answer,
            }),
            lost: None,
            records: 1,
        }];
        let proof = proof_of(&self.contract, &self.trial, &evidence, Some("kat_live_x.y"));
        proof.killed.len() + proof.survivors.len()
    }

    /// Reads a page of 100 events as strict JSON.
    pub(crate) fn json(&self) -> usize {
        judge::read(self.page.as_bytes()).map_or(0, |reading| reading.duplicates.len())
    }

    /// Renders a template of a header.
    pub(crate) fn template(&self) -> usize {
        self.engine
            .text(&self.template, &self.scope)
            .map_or(0, |text| text.len())
    }
}

/// Loads the shipped contract.
pub(crate) fn contract() -> Contract {
    contract::load(&shipped::schemas(), shipped::CONTRACT).expect("the shipped contract")
}

/// Loads the shipped suite.
pub(crate) fn suite(contract: &Contract) -> Suite {
    let inputs = Input::all(&shipped::cases(), true).expect("the shipped cases");
    suite::load(contract, &inputs).expect("the shipped suite")
}

/// Writes a suite of so many cases into the folder `cases`, a hundred a file.
pub(crate) fn write_cases(folder: &Path, cases: usize) {
    let folder = folder.join("cases");
    fs::create_dir(&folder).expect("a folder");
    let request =
        "[request.read]\nmethod = \"GET\"\npath = \"/api/v1/generations/job_0\"\nas = \"member\"\n";
    fs::write(folder.join("requests.toml"), request).expect("a file");
    for file in 0..cases.div_ceil(100) {
        let numbers = file * 100..cases.min((file + 1) * 100);
        let mut text = String::new();
        for number in numbers {
            let _ = write!(
                text,
                "[[case]]\nname = \"job_{number}\"\nclause = \"status-404\"\nrequest = \"read\"\n\
                 send.path = \"/api/v1/generations/job_{number}\"\nexpect = \"not_found\"\n\n"
            );
        }
        fs::write(folder.join(format!("jobs_{file:03}.toml")), text).expect("a file");
    }
}

/// Loads the suite of a folder; of its trials `only` one, where it is given.
pub(crate) fn load(contract: &Contract, folder: &Path, only: Option<&str>) -> usize {
    let inputs = Input::all(&Folder::Disk(folder.join("cases")), true).expect("a folder");
    let suite = suite::load_only(contract, &inputs, only).expect("a suite");
    suite.trials.len()
}

fn exchange(body: &'static str) -> Exchange {
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Exchange {
        sent: Sent {
            method: "GET".to_owned(),
            url: "https://api.example.com/api/v1/generations/job_7".to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer $MEMBER".to_owned())],
            body: "".into(),
            size: 0,
            variables: Vec::new(),
        },
        answer: Ok(Received {
            status: 404,
            reason: Vec::new(),
            version: "HTTP/1.1".to_owned(),
            headers: vec![
                header("server", "nginx"),
                header("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                header("content-type", "application/json"),
                header("content-length", "130"),
                header("cache-control", "no-store"),
                header("connection", "keep-alive"),
            ],
            size: body.len(),
            body: body.into(),
            trailers: Vec::new(),
        }),
        began: SystemTime::UNIX_EPOCH,
        head_after: None,
        took: Duration::from_millis(1),
    }
}
