//! From a message and a scope to the request that goes out.

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use url::Url;

use super::session::Session;
use crate::client::Outgoing;
use crate::exchange::Sent;
use crate::suite::{Body, Message, Part, PartBody, RenderError, Scope, Tree};

/// Why a request cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmade {
    /// A template yields nothing.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// The path makes no address.
    #[error("`{0}` makes no address under the base URL")]
    Address(String),
    /// The target has no such credential.
    #[error("the target has no credential `{0}`")]
    Credential(String),
}

impl Session {
    /// The request that a message makes, with its secrets, and the same as it may be shown.
    pub(super) fn outgoing(&self, message: &Message, scope: &Scope) -> Result<Outgoing, Unmade> {
        let text = |tree: &Tree| self.engine.text(tree, scope);
        self.learn_derived_secrets(message, scope)?;
        let method = text(&message.method)?;
        let url = self.address(&text(&message.path)?, message, scope)?;
        let mut headers = Vec::new();
        for (name, tree) in &message.headers {
            let value = self.unless_null(tree, scope)?;
            headers.push((name.to_ascii_lowercase(), value));
        }
        self.add_credential(message, &mut headers)?;
        for (name, value) in &self.target.profile.headers {
            add_unless_there(&mut headers, name, value);
        }
        let (body, media_type) = self.body(&message.body, scope)?;
        if let Some(media_type) = media_type {
            add_unless_there(&mut headers, "content-type", &media_type);
        }
        // A null is not sent, and nothing is sent in its place.
        let headers: Vec<(String, String)> = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let redact = |text: &str| self.target.redactor.redact(text);
        let shown = Sent {
            method: method.clone(),
            url: redact(url.as_str()),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), redact(value)))
                .collect(),
            body: self.hidden(body.as_ref().unwrap_or(&Bytes::new())),
        };
        Ok(Outgoing {
            method,
            url,
            headers,
            body,
            shown,
        })
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
            let shown = template.text.replace(['"', '\\'], "'");
            let made = self.engine.text(&Tree::Template(template.clone()), scope)?;
            let parts = self.engine.parts(template, scope);
            for part in parts.iter().chain([&made]) {
                self.target.redactor.add(part, &shown);
                for word in part.split_whitespace().filter(|word| word.len() >= 8) {
                    self.target.redactor.add(word, &shown);
                }
            }
        }
        Ok(())
    }

    fn address(&self, path: &str, message: &Message, scope: &Scope) -> Result<Url, Unmade> {
        // What a template puts before the first `/` would become a part of the host.
        if !path.starts_with('/') {
            return Err(Unmade::Address(path.to_owned()));
        }
        let mut url = under(&self.target.profile.base_url, path)
            .map_err(|_| Unmade::Address(path.to_owned()))?;
        if !message.query.is_empty() {
            let mut pairs = Vec::new();
            for (name, tree) in &message.query {
                pairs.extend(self.unless_null(tree, scope)?.map(|text| (name, text)));
            }
            if !pairs.is_empty() {
                url.query_pairs_mut().extend_pairs(pairs);
            }
        }
        Ok(url)
    }

    /// A value as text; a null says that there is nothing to send.
    fn unless_null(&self, tree: &Tree, scope: &Scope) -> Result<Option<String>, RenderError> {
        Ok(match self.engine.value(tree, scope)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        })
    }

    fn add_credential(
        &self,
        message: &Message,
        headers: &mut Vec<(String, Option<String>)>,
    ) -> Result<(), Unmade> {
        let Some(name) = &message.credential else {
            return Ok(());
        };
        let credential = self
            .target
            .credentials
            .get(name)
            .ok_or_else(|| Unmade::Credential(name.clone()))?;
        for (name, value) in &credential.headers {
            add_unless_there(headers, name, value.expose());
        }
        Ok(())
    }

    /// A body and its media type.
    fn body(
        &self,
        body: &Body,
        scope: &Scope,
    ) -> Result<(Option<Bytes>, Option<String>), RenderError> {
        let json = || Some("application/json".to_owned());
        Ok(match body {
            Body::Empty => (None, None),
            Body::Json(tree) => {
                let value = self.engine.value(tree, scope)?;
                (Some(Bytes::from(value.to_string())), json())
            }
            Body::Text(tree) => (Some(Bytes::from(self.engine.text(tree, scope)?)), json()),
            Body::Bytes(bytes) => (Some(bytes.clone()), json()),
            Body::Multipart(parts) => {
                let boundary = format!("gonogo-{}", uuid::Uuid::new_v4().simple());
                let body = self.multipart(parts, &boundary, scope)?;
                let media_type = format!("multipart/form-data; boundary={boundary}");
                (Some(body), Some(media_type))
            }
        })
    }

    /// The parts between their boundaries (RFC 7578, 4). Our own, since a client library's never yields its bytes, and they are recorded.
    fn multipart(
        &self,
        parts: &[Part],
        boundary: &str,
        scope: &Scope,
    ) -> Result<Bytes, RenderError> {
        let mut body = BytesMut::new();
        for part in parts {
            let mut head = format!("--{boundary}\r\nContent-Disposition: form-data");
            for (key, tree) in [("name", &part.name), ("filename", &part.filename)] {
                if let Some(tree) = tree {
                    let value = self.engine.text(tree, scope)?.replace('"', "%22");
                    let _ = write!(head, "; {key}=\"{value}\"");
                }
            }
            if let Some(tree) = &part.media_type {
                let _ = write!(head, "\r\nContent-Type: {}", self.engine.text(tree, scope)?);
            }
            body.put(head.as_bytes());
            body.put(&b"\r\n\r\n"[..]);
            match &part.body {
                PartBody::Text(tree) => body.put(self.engine.text(tree, scope)?.as_bytes()),
                PartBody::Bytes(bytes) => body.put(bytes.clone()),
            }
            body.put(&b"\r\n"[..]);
        }
        body.put(format!("--{boundary}--\r\n").as_bytes());
        Ok(body.freeze())
    }
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
