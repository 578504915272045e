//! Turning an exchange of another tool, a curl command or a HAR entry, into the text of a case.
//!
//! The request becomes a change to the most similar request of the suite, or a new request. Secrets are never written: the case names
//! the credential instead. `cli` reads files and prints.

mod body;
mod curl;
mod difference;
mod har;
mod matching;
mod multipart;
mod secrets;

use bytes::Bytes;
use serde_json::Value;
use url::Url;

pub use curl::from_curl;
pub use har::from_har;
pub use secrets::Known;

use self::secrets::Sender;
use crate::contract::{Check, Contract};
use crate::exchange::Received;
use crate::judge::{code_of, excerpt_of, row_of};
use crate::suite::{Request, Suite, Writer};

/// An exchange as it was recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: Url,
    /// The header fields in the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
    /// The response, where there is one.
    pub answer: Option<Received>,
    /// The variables of the shell that it contains outside of headers with secrets, as they are written.
    pub variables: Vec<String>,
    /// What a reader of the case should know.
    pub notes: Vec<String>,
}

/// What was sent as a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedBody {
    /// No body.
    Empty,
    /// Text.
    Text(String),
    /// Parts of a form.
    Form(Vec<RecordedPart>),
}

/// A part of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedPart {
    /// The field's name.
    pub name: Option<String>,
    /// The file's name.
    pub filename: Option<String>,
    /// The media type.
    pub media_type: Option<String>,
    /// The content; that of a file is not recorded.
    pub text: Option<String>,
}

/// Why a recording cannot be turned into a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// The text is not a curl command that can be read.
    #[error("cannot read this curl command: {0}")]
    Curl(String),
    /// The file is not a HAR file that can be read.
    #[error("cannot read this HAR file: {0}")]
    Har(String),
    /// The HAR file has several entries.
    #[error("this HAR file has {} entries: choose one with --entry", .0.len())]
    Which(Vec<String>),
    /// There is no response, and nothing else says what is expected.
    #[error("the recording has no response, so the expectation is unknown: add --expect")]
    NoAnswer,
    /// Something that the user named does not exist.
    #[error("{0}")]
    Unknown(String),
}

/// What the user says of the case.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Its name.
    pub name: Option<String>,
    /// Its clause, by id.
    pub clause: Option<String>,
    /// What it expects: a row, `success` or a status.
    pub expect: Option<String>,
}

/// The text of a case that sends what was recorded, and expects what came back.
pub fn case(
    contract: &Contract,
    suite: &Suite,
    known: &Known,
    recorded: &Recorded,
    asked: &Asked,
) -> Result<String, RecordingError> {
    if let Some(name) = recorded.variables.iter().find(|name| !known.knows(name)) {
        return Err(RecordingError::Curl(format!(
            "the value of `{name}` is unknown: write the value itself, or quote it for the shell if it is not a variable"
        )));
    }
    let expect = expected(contract, recorded, asked)?;
    let row = contract.row(&expect).ok();
    let status = row.map_or_else(|| expect.parse().ok(), |row| Some(row.status));
    let recorded = known.relative(recorded);
    // An unknown token that was rejected is the same as no token.
    let anonymous = status == Some(401) && known.sender(&recorded) == Sender::Unknown;
    let nearest = matching::nearest(suite, known, &recorded, anonymous);
    let mut writer = Writer::default();
    let (request, difference) = if let Some((request, difference)) = nearest {
        (request.name.clone(), difference)
    } else {
        let name = matching::name(known, &recorded);
        let mut difference = difference::whole(known, &recorded, suite);
        writer.table(&["request", &name]);
        for (path, value) in difference.entries.drain(..) {
            writer.entry(&path, &value);
        }
        if expect != "success" {
            writer.comment("Make this request a valid one: it is sent unchanged first, and must be accepted. What is wrong with it");
            writer.comment("belongs into the `send` of the case.");
        }
        writer.blank();
        if anonymous {
            difference.set(&["as"], "none");
        }
        (name, difference)
    };
    let (clause, why) = clause(contract, suite, &request, &expect, asked)?;
    let name = match &asked.name {
        Some(name) => name.clone(),
        None => format!("{request}_{expect}"),
    };
    let unknown = unknown_code(contract, &recorded, asked);
    let notes = difference.notes.iter();
    for note in recorded.notes.iter().chain(notes).chain(&unknown) {
        writer.comment(note);
    }
    writer.case(&name, &clause, why.as_deref(), &request);
    for (path, value) in &difference.entries {
        writer.entry(path, value);
    }
    let is_limited = status == Some(429) || row.is_some_and(|row| row.window);
    let expect = match expect.parse::<u16>() {
        Ok(status) => status.into(),
        Err(_) => Value::from(expect),
    };
    if is_limited {
        writer.comment("One request does not reach a limit: send more than it allows.");
        writer.burst(&expect);
    } else {
        writer.entry(&["expect"], &expect);
    }
    let text = writer.into_text();
    let hidden = known.hidden(&text);
    Ok(if hidden == text {
        text
    } else {
        format!(
            "# A secret has an encoding that templates cannot write: replace `<secret …>`.\n{hidden}"
        )
    })
}

/// What comes back: what the user says, otherwise the row of the response, `success`, or its bare status.
fn expected(
    contract: &Contract,
    recorded: &Recorded,
    asked: &Asked,
) -> Result<String, RecordingError> {
    if let Some(expect) = &asked.expect {
        let known = expect == "success" || expect.parse::<u16>().is_ok();
        if !known {
            contract.row(expect).map_err(|help| {
                RecordingError::Unknown(format!("unknown row `{expect}`: {help}"))
            })?;
        }
        return Ok(expect.clone());
    }
    let answer = recorded.answer.as_ref().ok_or(RecordingError::NoAnswer)?;
    if contract.is_success(answer) {
        return Ok("success".to_owned());
    }
    // A code that the contract does not know has no row. A response without a code matches if its status has a single row.
    let mut rows = contract.rows_of(answer.status);
    let only = rows.next().filter(|_| rows.next().is_none());
    let only = only.filter(|_| code_of(contract, answer).is_none());
    let row = row_of(contract, answer).or(only);
    Ok(row.map_or(answer.status.to_string(), |row| row.name.clone()))
}

/// A comment for the author about a code that no row of the contract has.
fn unknown_code(contract: &Contract, recorded: &Recorded, asked: &Asked) -> Option<String> {
    let answer = recorded
        .answer
        .as_ref()
        .filter(|answer| contract.is_failure(answer));
    let answer = answer.filter(|answer| row_of(contract, answer).is_none())?;
    let code = code_of(contract, answer)?;
    let instead = match &asked.expect {
        Some(_) => "check `expect`",
        None => "only the status is expected",
    };
    Some(format!(
        "The response had the code {}, which no row of status {} has: {instead}.",
        excerpt_of(&code),
        answer.status
    ))
}

/// The clause that a failure breaks, and why it is that one unless the user names it: that of the row, otherwise that of a case which
/// expects the same of the request.
fn clause(
    contract: &Contract,
    suite: &Suite,
    request: &str,
    expect: &str,
    asked: &Asked,
) -> Result<(String, Option<String>), RecordingError> {
    if let Some(id) = &asked.clause {
        return contract
            .clause(id)
            .map(|clause| (clause.id.clone(), None))
            .map_err(|help| RecordingError::Unknown(format!("unknown clause `{id}`: {help}")));
    }
    if let Ok(row) = contract.row(expect) {
        let why = format!("the clause of the row {}", row.name);
        return Ok((row.clause.id.clone(), Some(why)));
    }
    let mut trials = suite.trials.iter();
    let alike = trials.find(|trial| {
        let of = |request: &Request, name: &str| request.name == name;
        let last = trial.steps.last();
        last.is_some_and(|step| of(&step.request, request) && step.expect.is_success())
    });
    if let Some(trial) = alike {
        let why = format!("copied from {}, which sends the same request", trial.name);
        return Ok((trial.clause.id.clone(), Some(why)));
    }
    let answer = contract.check(Check::Answer);
    let why = match answer {
        Some(_) => "a guess: no case expects this, so it is the clause of the check `answer`",
        None => "a guess: no case expects this, so it is the contract's first clause",
    };
    let clause = answer.or_else(|| contract.clauses().first());
    let id = clause.map(|clause| clause.id.clone()).unwrap_or_default();
    Ok((id, Some(why.to_owned())))
}

/// A response as it was recorded.
fn received(status: u16, body: impl Into<Bytes>) -> Received {
    let body = body.into();
    Received {
        status,
        reason: Vec::new(),
        version: "HTTP/1.1".to_owned(),
        headers: Vec::new(),
        size: body.len(),
        body,
        trailers: Vec::new(),
    }
}
