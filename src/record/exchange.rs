//! An exchange in a record: texts as they are, bytes that are no text in base64, times in microseconds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::text::{micros, parse_time, time};
use crate::event::Answer;
use crate::exchange::{Broken, Exchange, Received, Sent, Variable};
use crate::judge::{Place, Useless};

/// Bytes: what is UTF-8 as text, anything else in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Blob {
    Text(String),
    Base64(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeShape {
    request: RequestShape,
    began: String,
    head_after_us: Option<u64>,
    took_us: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<ResponseShape>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    broken: Option<BrokenShape>,
    /// Where a credential came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    echoed: Option<Place>,
    /// Why the retry window does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    useless: Option<Useless>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestShape {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Blob,
    /// How many bytes the body had, where it is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    /// What a shell can put a secret in for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    variables: Vec<VariableShape>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableShape {
    text: String,
    /// Whether the secret is percent-encoded in the address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    encoded: bool,
}

impl VariableShape {
    fn variable(self) -> Result<Variable, String> {
        if !Variable::is_one(&self.text) {
            return Err(format!("`{}` is neither a variable nor a file", self.text));
        }
        Ok(Variable {
            text: self.text,
            is_encoded: self.encoded,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseShape {
    version: String,
    status: u16,
    headers: Vec<(String, Blob)>,
    body: Blob,
}

/// Why there is no response.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "kebab-case")]
enum BrokenShape {
    Connect(String),
    Local(String),
    Full,
    Closed,
    Calmed,
    /// After so many microseconds.
    Timeout(u64),
    TooLarge(usize),
    HeadTooLarge(usize),
    Coding(String),
    Protocol(String),
    Unsendable(String),
}

impl Blob {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    fn bytes(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Base64(text) => STANDARD
                .decode(text)
                .map_err(|error| format!("this is no base64: {error}")),
        }
    }
}

impl From<&Answer> for ExchangeShape {
    fn from(answer: &Answer) -> Self {
        let Exchange {
            sent,
            answer: came,
            began,
            head_after,
            took,
        } = &answer.exchange;
        Self {
            request: RequestShape {
                method: sent.method.clone(),
                url: sent.url.clone(),
                headers: sent.headers.clone(),
                body: Blob::of(&sent.body),
                size: (sent.size > sent.body.len()).then_some(sent.size),
                variables: sent
                    .variables
                    .iter()
                    .map(|one| VariableShape {
                        text: one.text.clone(),
                        encoded: one.is_encoded,
                    })
                    .collect(),
            },
            began: time(*began),
            head_after_us: head_after.map(micros),
            took_us: micros(*took),
            response: came.as_ref().ok().map(|received| ResponseShape {
                version: received.version.clone(),
                status: received.status,
                headers: received
                    .headers
                    .iter()
                    .map(|(name, value)| (name.clone(), Blob::of(value)))
                    .collect(),
                body: Blob::of(&received.body),
            }),
            broken: came.as_ref().err().map(BrokenShape::from),
            echoed: answer.echoed.clone(),
            useless: answer.useless,
        }
    }
}

impl From<&Broken> for BrokenShape {
    fn from(broken: &Broken) -> Self {
        match broken.clone() {
            Broken::Connect(text) => Self::Connect(text),
            Broken::Local(text) => Self::Local(text),
            Broken::Full => Self::Full,
            Broken::Closed => Self::Closed,
            Broken::Calmed => Self::Calmed,
            Broken::Timeout(after) => Self::Timeout(micros(after)),
            Broken::TooLarge(limit) => Self::TooLarge(limit),
            Broken::HeadTooLarge(limit) => Self::HeadTooLarge(limit),
            Broken::Coding(text) => Self::Coding(text),
            Broken::Protocol(text) => Self::Protocol(text),
            Broken::Unsendable(text) => Self::Unsendable(text),
        }
    }
}

impl From<BrokenShape> for Broken {
    fn from(shape: BrokenShape) -> Self {
        match shape {
            BrokenShape::Connect(text) => Self::Connect(text),
            BrokenShape::Local(text) => Self::Local(text),
            BrokenShape::Full => Self::Full,
            BrokenShape::Closed => Self::Closed,
            BrokenShape::Calmed => Self::Calmed,
            BrokenShape::Timeout(after) => Self::Timeout(Duration::from_micros(after)),
            BrokenShape::TooLarge(limit) => Self::TooLarge(limit),
            BrokenShape::HeadTooLarge(limit) => Self::HeadTooLarge(limit),
            BrokenShape::Coding(text) => Self::Coding(text),
            BrokenShape::Protocol(text) => Self::Protocol(text),
            BrokenShape::Unsendable(text) => Self::Unsendable(text),
        }
    }
}

impl TryFrom<ExchangeShape> for Answer {
    type Error = String;

    fn try_from(shape: ExchangeShape) -> Result<Self, String> {
        let answer = match (shape.response, shape.broken) {
            (Some(response), None) => {
                let headers = response.headers.into_iter();
                let body = Bytes::from(response.body.bytes()?);
                Ok(Received {
                    status: response.status,
                    // Of these two a record has only what was found in them: `echoed`.
                    reason: Vec::new(),
                    trailers: Vec::new(),
                    version: response.version,
                    headers: headers
                        .map(|(name, value)| Ok((name, value.bytes()?)))
                        .collect::<Result<_, String>>()?,
                    size: body.len(),
                    body,
                })
            }
            (None, Some(broken)) => Err(broken.into()),
            _ => return Err("an exchange has `response` or `broken`, one of them".to_owned()),
        };
        let began = parse_time(&shape.began);
        let body = Bytes::from(shape.request.body.bytes()?);
        let variables = shape.request.variables.into_iter();
        Ok(Self {
            exchange: Exchange {
                sent: Sent {
                    method: shape.request.method,
                    url: shape.request.url,
                    headers: shape.request.headers,
                    size: shape.request.size.unwrap_or(body.len()),
                    body,
                    variables: variables
                        .map(VariableShape::variable)
                        .collect::<Result<_, String>>()?,
                },
                answer,
                began: began.ok_or_else(|| format!("`{}` is no time", shape.began))?,
                head_after: shape.head_after_us.map(Duration::from_micros),
                took: Duration::from_micros(shape.took_us),
            },
            echoed: shape.echoed,
            useless: shape.useless,
        })
    }
}
