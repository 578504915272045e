//! The sender: from a message and a scope to the request that goes out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use url::Url;

use super::reader::Reader;
use super::step::Stop;
use crate::client::{Client, Full, Outgoing, Unusable};
use crate::contract::Contract;
use crate::event::Bound;
use crate::exchange::{SHOWN, Sent};
use crate::plan;
use crate::secrets::is_telling;
use crate::suite::{
    Body, Engine, LONGEST, Message, Part, PartBody, RenderError, Rendering, Request, Scope, Tree,
    Trial,
};
use crate::targets::Target;

/// The most that the templates of a request's path, query and header fields make together, in bytes.
const LARGEST_HEAD: usize = 1024 * 1024;
/// The largest form, in bytes: files of a case are in it as they are.
const LARGEST_FORM: usize = 32 * 1024 * 1024;

/// Why a request cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// A template yields nothing.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// The path makes no address.
    #[error("`{0}` makes no address under the base URL")]
    Address(String),
    /// Its parts have more bytes together than a form may have.
    #[error("the parts of the form have more than {0} bytes together")]
    TooLarge(usize),
    /// The target has no such credential.
    #[error("the target has no credential `{0}`")]
    Credential(String),
}

/// Makes the requests of a run, and sends them.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) engine: Engine,
    target: Arc<Target>,
    reader: Arc<Reader>,
    /// What all templates may name.
    known: Scope,
    /// Large requests are made one at a time.
    making: tokio::sync::Mutex<()>,
}

impl Sender {
    pub(super) fn new(
        contract: &Contract,
        target: &Arc<Target>,
        reader: &Arc<Reader>,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            client: Client::new(target)?,
            engine: Engine::default(),
            target: Arc::clone(target),
            reader: Arc::clone(reader),
            known: known(contract, target),
            making: tokio::sync::Mutex::default(),
        })
    }

    /// What a trial's templates may name, before anything is captured.
    pub(super) fn scope(&self, trial: Option<&Trial>) -> Scope {
        let mut scope = self.known.clone();
        scope.renew_key();
        if let Some(trial) = trial {
            scope.set("each", &trial.each);
        }
        scope
    }

    /// What the templates of a request's `success` yield outside of a trial.
    pub(super) fn promised(&self, request: &Request) -> Result<Bound, Stop> {
        let scope = self.scope(None);
        let values = request.bound.iter();
        values
            .map(|tree| Ok(self.engine.value(tree, &scope)?))
            .collect()
    }

    /// The request that a message makes, once there is room for it beside the others. Large ones are made one at a time.
    pub(super) async fn prepared(
        &self,
        message: &Message,
        scope: &Scope,
    ) -> Result<Outgoing, Stop> {
        let _alone = if message.repeats() {
            Some(self.making.lock().await)
        } else {
            None
        };
        let outgoing = self.made(message, scope)?;
        let room = self.client.make_room(outgoing).await;
        room.map_err(|Full| Stop("there is no room for the request".to_owned()))
    }

    /// The same, of a volley: where there is no room for one, there will be none.
    pub(super) fn prepared_at_once(
        &self,
        message: &Message,
        scope: &Scope,
    ) -> Result<Outgoing, Stop> {
        let room = self.client.find_room(self.made(message, scope)?);
        room.map_err(|Full| {
            Stop(
                "the requests of volleys that are held at once have too many bytes together"
                    .to_owned(),
            )
        })
    }

    /// Made of a `repeat` it may be large: what that takes on the way is freed where all others are made, too.
    fn made(&self, message: &Message, scope: &Scope) -> Result<Outgoing, RequestError> {
        let bytes = if message.repeats() { LONGEST } else { 0 };
        self.reader.read(bytes, || self.outgoing(message, scope))
    }

    /// The request that a message makes. The secrets that are in it by hand are learned.
    fn outgoing(&self, message: &Message, scope: &Scope) -> Result<Outgoing, RequestError> {
        let head = &self.engine.rendering(scope, LARGEST_HEAD);
        self.learn_derived_secrets(message, scope)?;
        let method = head.text(&message.method)?;
        let url = self.address(&head.text(&message.path)?, message, head)?;
        let mut headers = Vec::new();
        for (name, tree) in &message.headers {
            let value = unless_null(tree, head)?;
            headers.push((name.to_ascii_lowercase(), value));
        }
        self.add_credential(message, &mut headers)?;
        for (name, value) in &self.target.profile.headers {
            add_unless_there(&mut headers, name, value);
        }
        let whole = &self.engine.rendering(scope, LONGEST);
        let (body, media_type) = body(&message.body, whole)?;
        if let Some(media_type) = media_type {
            add_unless_there(&mut headers, "content-type", &media_type);
        }
        // A null is not sent, and nothing is sent in its place.
        let headers: Vec<(String, String)> = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        for (name, value) in &headers {
            self.target.redactor.learn_header(name, value);
        }
        let mut sent = Sent {
            method,
            url: url.to_string(),
            headers,
            body: body.clone().unwrap_or_default(),
            size: body.as_ref().map_or(0, Bytes::len),
            variables: Vec::new(),
        };
        sent.cut(SHOWN);
        Ok(Outgoing { url, body, sent })
    }

    /// What a template makes of a secret is a secret too: a token cut short is most of it.
    fn learn_derived_secrets(&self, message: &Message, scope: &Scope) -> Result<(), RenderError> {
        let of_secrets = |name: &String| name == "secret" || name.starts_with("secret.");
        for template in message.templates() {
            // The text as well: better one too many than one that an engine's list of names leaves out.
            let secret = template.names.iter().any(of_secrets) || template.text.contains("secret.");
            if !secret {
                continue;
            }
            // A quotation mark in what is put in place of a secret would end a JSON string that a server has put the secret into.
            let shown = |text: &str| text.replace(['"', '\\'], "'");
            let parts = self.engine.parts(template, scope);
            for (expression, part) in &parts {
                self.add_derived(part, &shown(&format!("{{{{ {expression} }}}}")));
            }
            // What stands around the expressions is no secret. Where they are more than they seem, all of it may be one.
            if template.text.contains("{%") || parts.len() != template.text.matches("{{").count() {
                let made = self.engine.text(&Tree::Template(template.clone()), scope)?;
                self.add_derived(&made, &shown(&template.text));
            }
        }
        Ok(())
    }

    fn add_derived(&self, made: &str, shown: &str) {
        let redactor = &self.target.redactor;
        redactor.add(made, shown);
        for word in made.split_whitespace().filter(|word| is_telling(word)) {
            redactor.add(word, shown);
        }
    }

    fn address(
        &self,
        path: &str,
        message: &Message,
        head: &Rendering<'_>,
    ) -> Result<Url, RequestError> {
        // What a template puts before the first `/` would become a part of the host.
        if !path.starts_with('/') {
            return Err(RequestError::Address(path.to_owned()));
        }
        let mut url = under(&self.target.profile.base_url, path)
            .map_err(|_| RequestError::Address(path.to_owned()))?;
        if !message.query.is_empty() {
            let mut pairs = Vec::new();
            for (name, tree) in &message.query {
                pairs.extend(unless_null(tree, head)?.map(|text| (name, text)));
            }
            if !pairs.is_empty() {
                url.query_pairs_mut().extend_pairs(pairs);
            }
        }
        Ok(url)
    }

    fn add_credential(
        &self,
        message: &Message,
        headers: &mut Vec<(String, Option<String>)>,
    ) -> Result<(), RequestError> {
        let Some(name) = &message.credential else {
            return Ok(());
        };
        let credential = self
            .target
            .credentials
            .get(name)
            .ok_or_else(|| RequestError::Credential(name.clone()))?;
        for (name, value) in &credential.headers {
            add_unless_there(headers, name, value.expose());
        }
        Ok(())
    }
}

/// A value as text; a null says that there is nothing to send.
fn unless_null(tree: &Tree, head: &Rendering<'_>) -> Result<Option<String>, RenderError> {
    Ok(match head.value(tree)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// A body and its media type.
fn body(
    body: &Body,
    whole: &Rendering<'_>,
) -> Result<(Option<Bytes>, Option<String>), RequestError> {
    let json = || Some("application/json".to_owned());
    Ok(match body {
        Body::Empty => (None, None),
        Body::Json(tree) => {
            let value = whole.value(tree)?;
            (Some(Bytes::from(value.to_string())), json())
        }
        Body::Text(tree) => (Some(Bytes::from(whole.text(tree)?)), json()),
        Body::Bytes(bytes) => (Some(bytes.clone()), json()),
        Body::Multipart(parts) => {
            let boundary = format!("gonogo-{}", uuid::Uuid::new_v4().simple());
            let body = multipart(parts, &boundary, whole)?;
            let media_type = format!("multipart/form-data; boundary={boundary}");
            (Some(body), Some(media_type))
        }
    })
}

/// The parts between their boundaries (RFC 7578, 4). Our own, since a client library's never yields its bytes, and they are recorded.
fn multipart(parts: &[Part], boundary: &str, whole: &Rendering<'_>) -> Result<Bytes, RequestError> {
    let mut body = BytesMut::new();
    for part in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data");
        for (key, tree) in [("name", &part.name), ("filename", &part.filename)] {
            if let Some(tree) = tree {
                let value = whole.text(tree)?.replace('"', "%22");
                let _ = write!(head, "; {key}=\"{value}\"");
            }
        }
        if let Some(tree) = &part.media_type {
            let _ = write!(head, "\r\nContent-Type: {}", whole.text(tree)?);
        }
        body.put(head.as_bytes());
        body.put(&b"\r\n\r\n"[..]);
        match &part.body {
            PartBody::Text(tree) => body.put(whole.text(tree)?.as_bytes()),
            PartBody::Bytes(bytes) => body.put(bytes.clone()),
        }
        body.put(&b"\r\n"[..]);
        if body.len() > LARGEST_FORM {
            return Err(RequestError::TooLarge(LARGEST_FORM));
        }
    }
    body.put(format!("--{boundary}--\r\n").as_bytes());
    Ok(body.freeze())
}

/// A path put after a base URL.
fn under(base: &Url, path: &str) -> Result<Url, url::ParseError> {
    let whole = format!("{}{path}", base.path().trim_end_matches('/'));
    // What cannot be read as another host (`//host`, `/\\host`) need not be read together with this one, which takes longest.
    let is_path = whole
        .as_bytes()
        .get(1)
        .is_some_and(u8::is_ascii_alphanumeric);
    if is_path {
        base.join(&whole)
    } else {
        Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/')))
    }
}

fn add_unless_there(headers: &mut Vec<(String, Option<String>)>, name: &str, value: &str) {
    if !headers
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        headers.push((name.to_ascii_lowercase(), Some(value.to_owned())));
    }
}

/// What all templates of a run may name.
fn known(contract: &Contract, target: &Target) -> Scope {
    let mut scope = Scope::default();
    let fixtures: BTreeMap<_, _> = target.profile.fixtures.clone();
    let secrets: serde_json::Map<String, Value> = target
        .credentials
        .iter()
        .filter_map(|(name, credential)| {
            let secret = credential.secret.as_ref()?;
            Some((name.clone(), Value::from(secret.expose())))
        })
        .collect();
    scope.set("fixture", &fixtures.into_iter().collect());
    scope.set("secret", &Value::Object(secrets));
    scope.set("limit", &plan::limits(contract.limits(), &target.profile));
    scope
}
