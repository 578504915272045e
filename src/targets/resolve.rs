//! From a profile to a target: the secrets and certificates are read, once, when a run begins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::profile::{CredentialSource, HeaderSource, Profile, ReadSecret, SecretSource};
use super::reading::is_open_to_others;
use crate::input::diagnostic::{Diagnostic, Faults, Location};
use crate::secrets::{Redactor, Secret};

/// A target that requests can be sent to.
#[derive(Debug)]
pub struct Target {
    /// What is declared of it.
    pub profile: Profile,
    /// Who the requests can be sent as.
    pub credentials: BTreeMap<String, Credential>,
    /// Certificates to trust beside the system's (PEM).
    pub ca: Option<Vec<u8>>,
    /// A certificate and its key to show (PEM).
    pub client_certificate: Option<Secret>,
    /// Takes the secrets out of texts.
    pub redactor: Arc<Redactor>,
    /// What its owner should know before a run.
    pub warnings: Vec<String>,
}

/// A credential with its secrets.
#[derive(Debug)]
pub struct Credential {
    /// What templates know as `{{ secret.NAME }}`: the bearer token, otherwise the value of the only secret header, without the scheme
    /// of `Authorization`.
    pub secret: Option<Secret>,
    /// All header fields that it sends.
    pub headers: Vec<(String, Secret)>,
    /// What no answer may send back: the bearer token, the other values that are kept secret, and what these hold.
    pub secrets: Vec<Secret>,
    /// Whose it is.
    pub organization: String,
}

/// Reads a profile's secrets; `env` looks up an environment variable.
pub fn resolve(
    profile: Profile,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Target, Vec<Diagnostic>> {
    let mut faults = Faults::new();
    let redactor = Redactor::default();
    let mut credentials = BTreeMap::new();
    for (name, source) in &profile.credentials {
        if let Some(credential) = credential(name, source, env, &redactor, &mut faults) {
            credentials.insert(name.clone(), credential);
        }
    }
    let ca = profile
        .ca
        .as_ref()
        .and_then(|(path, at)| read(path, at, &mut faults));
    let client_certificate = profile
        .client_certificate
        .as_ref()
        .and_then(|(path, at)| read(path, at, &mut faults))
        .map(|pem| Secret::new(String::from_utf8_lossy(&pem)));
    let warnings = warnings(&profile);
    faults.finish(Some(Target {
        profile,
        credentials,
        ca,
        client_certificate,
        redactor: Arc::new(redactor),
        warnings,
    }))
}

/// The files with secrets in them that others than their owner may read.
fn warnings(profile: &Profile) -> Vec<String> {
    let of_credentials = profile.credentials.values().flat_map(|credential| {
        let headers = credential.secret_headers().map(|(_, source)| source);
        headers.chain(&credential.bearer)
    });
    let files = of_credentials.filter_map(|source| match source {
        SecretSource::Read(ReadSecret::File(path), _) => Some(path),
        _ => None,
    });
    let own = profile.client_certificate.iter().map(|(path, _)| path);
    let files: BTreeSet<_> = files.chain(own).collect();
    files
        .into_iter()
        .filter(|path| is_open_to_others(path))
        .map(|path| {
            let path = path.display();
            format!("others than its owner may read {path}, which holds a secret: chmod 600 it")
        })
        .collect()
}

fn credential(
    name: &str,
    source: &CredentialSource,
    env: &dyn Fn(&str) -> Option<String>,
    redactor: &Redactor,
    faults: &mut Faults,
) -> Option<Credential> {
    // All of them are looked for, so that each missing one is noted.
    let bearer = source
        .bearer
        .as_ref()
        .map(|source| secret(name, source, env, redactor, faults));
    let mut headers = Vec::new();
    let mut secrets: Vec<Secret> = bearer.iter().flatten().cloned().collect();
    for (header, source) in &source.headers {
        let value = match source {
            HeaderSource::Plain(text) => Some(Secret::new(text.clone())),
            HeaderSource::Secret(source) => {
                let secret = secret(name, source, env, redactor, faults);
                secrets.extend(secret.iter().flat_map(|secret| within(secret.expose())));
                secrets.extend(secret.clone());
                secret
            }
        };
        headers.push((header.to_ascii_lowercase(), value));
    }
    let bearer = match bearer {
        Some(found) => Some(found?),
        None => None,
    };
    if let Some(secret) = &bearer {
        let value = Secret::new(format!("Bearer {}", secret.expose()));
        headers.insert(0, ("authorization".to_owned(), Some(value)));
    }
    let headers: Vec<(String, Secret)> = headers
        .into_iter()
        .map(|(header, value)| Some((header, value?)))
        .collect::<Option<_>>()?;
    for (name, _) in source.secret_headers() {
        redactor.add_header(name, None);
    }
    for (name, value) in &headers {
        let mut secrets = secrets.iter();
        if redactor.is_secret_header(name)
            && secrets.any(|secret| value.expose().ends_with(secret.expose()))
        {
            redactor.add_header(name, Some(value));
        }
    }
    let only = source.secret_headers().map(|(header, _)| header).next();
    let only = only.filter(|_| source.secret().is_some());
    let only = only.and_then(|only| {
        let mut headers = headers.iter();
        headers.find(|(header, _)| header.eq_ignore_ascii_case(only))
    });
    Some(Credential {
        secret: bearer.or_else(|| only.map(|(header, value)| without_scheme(header, value))),
        headers,
        secrets,
        organization: source
            .organization
            .clone()
            .unwrap_or_else(|| format!("of {name}")),
    })
}

fn secret(
    name: &str,
    source: &SecretSource,
    env: &dyn Fn(&str) -> Option<String>,
    redactor: &Redactor,
    faults: &mut Faults,
) -> Option<Secret> {
    let (found, shown, holder) = match source {
        SecretSource::Known(secret) => {
            let shown = format!("<secret {name}>");
            (Some(secret.clone()), shown, format!("the secret {name}"))
        }
        SecretSource::Read(ReadSecret::Env(variable), at) => {
            let found = env(variable).filter(|value| !value.trim().is_empty());
            if found.is_none() {
                faults.at(
                    at,
                    "no-secret",
                    format!("the environment variable {variable} is not set"),
                    format!("expected the secret of the credential `{name}`"),
                    Some(format!("export {variable}=...")),
                );
            }
            let shown = if is_variable(variable) {
                format!("${variable}")
            } else {
                format!("<{variable}>") // A shell cannot name it.
            };
            (found.map(Secret::new), shown, variable.clone())
        }
        SecretSource::Read(ReadSecret::File(path), at) => {
            let text = read(path, at, faults);
            let text = text.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
            if text.as_deref() == Some("") {
                faults.at(
                    at,
                    "no-secret",
                    format!("{} is empty", path.display()),
                    format!("expected the secret of the credential `{name}`"),
                    None,
                );
                return None;
            }
            let holder = path.display().to_string();
            let shown = format!("$(cat {})", shell_word(&holder));
            (text.map(Secret::new), shown, holder)
        }
    };
    let found = found?;
    if http::HeaderValue::from_str(found.expose()).is_err() {
        let message = format!("the secret of the credential `{name}` cannot stand in a header");
        let expected = "expected visible characters without line breaks";
        match source {
            SecretSource::Read(_, at) => {
                faults.at(at, "unsendable-secret", message, expected, None);
            }
            SecretSource::Known(_) => faults.whole("unsendable-secret", message, expected),
        }
        return None;
    }
    if shown.starts_with('$') {
        redactor.add_to_shell(&found, &shown);
    }
    // Only the whole secret is what the variable or the file holds.
    let part = format!("<part of {holder}>");
    redactor.add_token(found.expose(), &shown, &part);
    for within in within(found.expose()) {
        let within = within.expose();
        redactor.add_token(within, &part, &part);
        // A password may be any word: it is redacted, but is a finding only where it is telling.
        if let Some((_, password)) = within.split_once(':') {
            redactor.add_token(password, &part, &part);
        }
    }
    Some(found)
}

/// Whether a shell takes a text for the name of a variable.
fn is_variable(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(word) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// A path as a word of a shell.
fn shell_word(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if path.bytes().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'./{}'", path.replace('\'', "'\\''")).replacen("'.//", "'/", 1)
    }
}

/// A header's value; of `Authorization` what follows the scheme, so that templates need not know how a target names its token.
fn without_scheme(header: &str, value: &Secret) -> Secret {
    match value.expose().split_once(' ') {
        Some((_, rest)) if header == "authorization" => Secret::new(rest.trim()),
        _ => value.clone(),
    }
}

/// The value of a header holds a secret and more: the words after the scheme, and what Basic encodes (RFC 7617).
fn within(secret: &str) -> Vec<Secret> {
    use base64::Engine as _;
    let Some((scheme, rest)) = secret.split_once(' ') else {
        return Vec::new();
    };
    let mut parts = vec![Secret::new(rest.trim())];
    if scheme.eq_ignore_ascii_case("basic")
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(rest.trim())
        && let Ok(text) = String::from_utf8(bytes)
    {
        parts.push(Secret::new(text));
    }
    parts
}

fn read(path: &Path, at: &Location, faults: &mut Faults) -> Option<Vec<u8>> {
    match super::reading::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            faults.at(
                at,
                "unreadable",
                format!("cannot read {}: {error}", path.display()),
                "expected a file there",
                None,
            );
            None
        }
    }
}
