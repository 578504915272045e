//! The secrets and fixtures of the target, by which a recording is recognised. No secret is written into a case.

use serde_json::Value;
use url::Url;

use super::Recorded;
use crate::secrets::{Redactor, Secret};
use crate::suite::{Engine, Scope, Tree};
use crate::targets::{HeaderSource, Profile, ReadSecret, SecretSource, resolve};

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
    /// All secrets that could be read, and their parts, by credential.
    secrets: Vec<(String, Secret)>,
    /// Those that templates know.
    tokens: Vec<(String, Secret)>,
    /// How a shell writes where a secret is, by credential; the longest first.
    aliases: Vec<(String, String)>,
    /// Finds the secrets in any coding.
    redactor: Redactor,
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
        let (mut secrets, mut tokens, mut aliases) = (Vec::new(), Vec::new(), Vec::new());
        let redactor = Redactor::default();
        for (name, source) in &profile.credentials {
            let headers = source.secret_headers().map(|(_, source)| source);
            for source in headers.chain(&source.bearer) {
                aliases.extend(
                    written(source)
                        .into_iter()
                        .map(|alias| (alias, name.clone())),
                );
            }
            // One by one: a secret that is not there is no fault here.
            let alone = Profile {
                credentials: [(name.clone(), source.clone())].into(),
                ca: None,
                client_certificate: None,
                ..profile.clone()
            };
            let target = resolve(alone, env).ok();
            let Some(credential) = target
                .as_ref()
                .and_then(|target| target.credentials.get(name))
            else {
                continue;
            };
            for secret in &credential.secrets {
                redactor.add(secret.expose(), &format!("<secret {name}>"));
                secrets.push((name.clone(), secret.clone()));
            }
            tokens.extend(
                credential
                    .secret
                    .iter()
                    .map(|secret| (name.clone(), secret.clone())),
            );
        }
        aliases.sort_by_key(|(alias, _)| std::cmp::Reverse(alias.len()));
        let mut scope = Scope::default();
        let fixtures = profile.fixtures.clone();
        let fixtures: Value = fixtures.into_iter().collect();
        scope.set("fixture", &fixtures);
        Self {
            profile,
            secrets,
            tokens,
            aliases,
            redactor,
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

    /// Whether a variable of the shell is known to hold a secret of the target.
    pub(super) fn knows(&self, variable: &str) -> bool {
        self.aliases.iter().any(|(alias, _)| alias == variable)
    }

    /// Who sent a request: the credential that most of its header fields and parameters hold a secret of.
    pub(super) fn sender(&self, recorded: &Recorded) -> Sender {
        let headers = recorded.headers.iter().cloned();
        let parameters = recorded.url.query_pairs();
        let parameters = parameters.map(|(name, value)| (name.into_owned(), value.into_owned()));
        let fields: Vec<(String, String)> = headers.chain(parameters).collect();
        let holders: Vec<String> = fields
            .iter()
            .filter_map(|(name, value)| self.holder(name, value))
            .collect();
        let number = |name: &String| holders.iter().filter(|other| *other == name).count();
        // Of several, `max_by_key` takes the last.
        let most = holders.iter().rev().max_by_key(|name| number(name));
        if let Some(name) = most {
            return Sender::Credential(name.clone());
        }
        let mut fields = fields.iter();
        if fields.any(|(name, _)| is_secret(name) && name != "cookie") {
            Sender::Unknown
        } else {
            Sender::Nobody
        }
    }

    /// The credential whose secret a header field or a parameter holds: the secret itself, where a shell would find it, or as a
    /// failure's text shows it.
    pub(super) fn holder(&self, field: &str, value: &str) -> Option<String> {
        if let Some((_, rest)) = value.split_once("<secret ") {
            let name = rest.split_once('>')?.0;
            return Some(name.to_owned())
                .filter(|name| self.profile.credentials.contains_key(name));
        }
        let word = value.rsplit_once(' ').map_or(value, |(_, word)| word);
        let is = |text: &str| {
            let mut cookies = value.split(';').filter(|_| field == "cookie");
            text == value || text == word || cookies.any(|cookie| cookie.trim() == text)
        };
        let secret = self.secrets.iter().find(|(name, secret)| {
            // A short one may be any word.
            let text = secret.expose();
            (text.len() >= SHORTEST || self.sends(Some(name), field)) && is(text)
        });
        let mut aliases = self.aliases.iter();
        secret.map(|(name, _)| name.clone()).or_else(|| {
            let alias = aliases.find(|(alias, _)| is(alias));
            alias.map(|(_, name)| name.clone())
        })
    }

    /// Whether a credential sends a secret in a header field of this name.
    pub(super) fn sends(&self, credential: Option<&str>, header: &str) -> bool {
        let source = credential.and_then(|name| self.profile.credentials.get(name));
        source.is_some_and(|source| {
            let mut secret = source.secret_headers();
            (source.bearer.is_some() && header.eq_ignore_ascii_case("authorization"))
                || secret.any(|(name, _)| name.eq_ignore_ascii_case(header))
        })
    }

    /// Whether a credential, or the target itself, adds this very header field.
    pub(super) fn adds(&self, credential: Option<&str>, header: &str, value: &str) -> bool {
        let of_target = self.profile.headers.iter();
        let source = credential.and_then(|name| self.profile.credentials.get(name));
        let of_credential = source.iter().flat_map(|source| &source.headers);
        let of_credential = of_credential.filter_map(|(name, source)| match source {
            HeaderSource::Plain(value) => Some((name, value)),
            HeaderSource::Secret(_) => None,
        });
        of_target
            .map(|(name, value)| (name, value))
            .chain(of_credential)
            .any(|(name, known)| name.eq_ignore_ascii_case(header) && known == value)
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
        for (alias, name) in &self.aliases {
            let source = self.profile.credentials.get(name);
            if source.is_some_and(|source| source.secret().is_some()) {
                made = made.replace(alias, &format!("{{{{ secret.{name} }}}}"));
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

    /// Redacts the final text: it must not contain a known secret in any encoding.
    pub(super) fn hidden(&self, text: &str) -> String {
        self.redactor.redact(text)
    }
}

/// How a shell writes where a secret is.
fn written(source: &SecretSource) -> Vec<String> {
    match source {
        SecretSource::Read(ReadSecret::Env(name), _) => {
            vec![format!("${name}"), format!("%{name}%")]
        }
        SecretSource::Read(ReadSecret::File(path), _) => vec![format!("$(cat {})", path.display())],
        SecretSource::Known(_) => Vec::new(),
    }
}

/// Whether what is named so is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    SECRET.iter().any(|word| name.contains(word))
}

/// Escapes two literal braces.
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
