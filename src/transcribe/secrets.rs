//! What is known of the target: whose secret is whose, what exists there. Nothing secret is written into a case.

use serde_json::Value;
use url::Url;

use super::Recorded;
use crate::suite::{Engine, Scope, Tree};
use crate::target::{HeaderSource, Profile, ReadSecret, Secret, SecretSource, resolve};

/// Words in the names of headers, parameters and members whose values are secret.
const SECRET: [&str; 8] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "password",
    "api-key",
    "apikey",
    "signature",
];

/// The shortest text that is looked for as a secret, in bytes.
const SHORTEST: usize = 8;

/// What is known of the target that was recorded.
#[derive(Debug)]
pub struct Known {
    profile: Profile,
    /// The bearer tokens that could be read, by credential.
    tokens: Vec<(String, Secret)>,
    engine: Engine,
    scope: Scope,
}

/// Who a request was sent as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// With nothing secret.
    Nobody,
    /// As this credential.
    Credential(String),
    /// As somebody whose secret the target does not have.
    Unknown,
}

impl Known {
    /// Reads those secrets of a target that are there; `env` looks up an environment variable.
    pub fn of(profile: Profile, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut tokens = Vec::new();
        for (name, source) in &profile.credentials {
            // One by one: a secret that is not there is no fault here.
            let alone = Profile {
                credentials: [(name.clone(), source.clone())].into(),
                ca: None,
                client_certificate: None,
                ..profile.clone()
            };
            let target = resolve(alone, env).ok();
            let bearer = target.and_then(|target| target.credentials.get(name)?.bearer.clone());
            tokens.extend(bearer.map(|secret| (name.clone(), secret)));
        }
        let mut scope = Scope::default();
        let fixtures = profile.fixtures.clone();
        let fixtures: Value = fixtures.into_iter().collect();
        scope.set("fixture", &fixtures);
        Self {
            profile,
            tokens,
            engine: Engine::default(),
            scope,
        }
    }

    /// The same exchange, its address put after the target's.
    pub(super) fn relative(&self, recorded: &Recorded) -> Recorded {
        let base = self.profile.base_url.path().trim_end_matches('/');
        let mut recorded = recorded.clone();
        let below = recorded.url.path().strip_prefix(base);
        if let Some(below) = below
            .filter(|below| below.starts_with('/'))
            .map(str::to_owned)
        {
            recorded.url.set_path(&below);
        }
        recorded
    }

    /// Who sent these header fields.
    pub(super) fn sender(&self, headers: &[(String, String)]) -> Sender {
        let secret: Vec<&(String, String)> = headers
            .iter()
            .filter(|(name, _)| is_secret(name) && name != "cookie")
            .collect();
        for (name, value) in &secret {
            if let Some(credential) = self.credential(name, value) {
                return Sender::Credential(credential);
            }
        }
        if secret.is_empty() {
            Sender::Nobody
        } else {
            Sender::Unknown
        }
    }

    /// The credential of a header's value: by its secret, by the variable that holds it, or as a failure's text shows it.
    fn credential(&self, header: &str, value: &str) -> Option<String> {
        let word = value.rsplit_once(' ').map_or(value, |(_, word)| word);
        if let Some((_, rest)) = value.split_once("<secret ") {
            let name = rest.split_once('>')?.0;
            return Some(name.to_owned()).filter(|name| self.has(name));
        }
        if let Some((name, _)) = self.tokens.iter().find(|(_, token)| token.expose() == word) {
            return Some(name.clone());
        }
        let variable = word.strip_prefix('$')?;
        let variable = variable.trim_start_matches('{').trim_end_matches('}');
        let held = |source: &SecretSource| match source {
            SecretSource::Read(ReadSecret::Env(name), _) => name == variable,
            _ => false,
        };
        let mut credentials = self.profile.credentials.iter();
        let found = credentials.find(|(_, source)| {
            let mut headers = source.headers.iter();
            source.bearer.as_ref().is_some_and(held)
                || headers.any(|(known, source)| {
                    known.eq_ignore_ascii_case(header)
                        && matches!(source, HeaderSource::Secret(source) if held(source))
                })
        });
        found.map(|(name, _)| name.clone())
    }

    fn has(&self, credential: &str) -> bool {
        self.profile.credentials.contains_key(credential)
    }

    /// Whether a credential, or the target itself, sends a header field of this name.
    pub(super) fn sends(&self, credential: Option<&str>, header: &str) -> bool {
        let of_target = self.profile.headers.iter().map(|(name, _)| name);
        let source = credential.and_then(|name| self.profile.credentials.get(name));
        let of_credential = source.iter().flat_map(|source| &source.headers);
        of_target
            .chain(of_credential.map(|(name, _)| name))
            .any(|name| name.eq_ignore_ascii_case(header))
    }

    /// The value of a tree, as far as it is known before a run.
    pub(super) fn render(&self, tree: &Tree) -> Option<Value> {
        let fresh = |text: &str| text.contains("uuid") || text.contains("key");
        if tree
            .templates()
            .iter()
            .any(|template| fresh(&template.text))
        {
            return None;
        }
        self.engine.value(tree, &self.scope).ok()
    }

    /// A recorded text as a case may have it: a fixture and a secret by their names, and no template by accident.
    pub(super) fn text(&self, text: &str) -> String {
        let mut fixtures = self.profile.fixtures.iter();
        let fixture = fixtures.find(|(_, value)| value.as_str() == Some(text));
        if let Some((name, _)) = fixture {
            return format!("{{{{ fixture.{name} }}}}");
        }
        let mut made = escaped(text);
        for (name, token) in &self.tokens {
            if token.expose().len() >= SHORTEST {
                made = made.replace(token.expose(), &format!("{{{{ secret.{name} }}}}"));
            }
        }
        made
    }

    /// A recorded path, fixtures by their names.
    pub(super) fn path(&self, url: &Url) -> String {
        let parts = url.path().split('/').map(|part| self.text(part));
        parts.collect::<Vec<_>>().join("/")
    }

    /// A recorded JSON value, its strings as [`Known::text`] has them.
    pub(super) fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, member)| (name.clone(), self.json(member)));
                Value::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    /// The last look: no known secret stands in the text.
    pub(super) fn hidden(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, token) in &self.tokens {
            if token.expose().len() >= SHORTEST {
                text = text.replace(token.expose(), &format!("<secret {name}>"));
            }
        }
        text
    }
}

/// Whether what is named so is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET.iter().any(|word| name.contains(word))
}

/// Two braces that are no template.
fn escaped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["{{", "{%", "{#"]
        .iter()
        .filter_map(|opens| rest.find(opens))
        .min()
    {
        let (before, opens) = (&rest[..at], &rest[at..at + 2]);
        made.push_str(before);
        made.push_str("{{ \"");
        made.push_str(opens);
        made.push_str("\" }}");
        rest = &rest[at + 2..];
    }
    made.push_str(rest);
    made
}
