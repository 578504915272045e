//! `gonogo.toml`: finding it, and from its text to checked profiles, with all its faults at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::address::address;
use super::hide::hide;
use super::profile::{
    CredentialSource, HeaderSource, Http, Limits, Permit, Profile, ReadSecret, SecretSource,
};
use super::raw::{RawConfig, RawCredential, RawLimits, RawSecret, RawTarget};
use super::waiver::Waiver;
use crate::input::diagnostic::{Diagnostic, Faults, Location, Source, did_you_mean, list};
use crate::input::document::{
    self, Key, Node, Read, Spanned, Value, header_name, mismatch, one_of,
};
use crate::input::files;

/// The name of the configuration file.
pub const FILE_NAME: &str = "gonogo.toml";
/// The name of the embedded reference server among the targets.
pub const REFERENCE: &str = "reference";

/// The longest limit that can be set, in seconds: a day.
pub(super) const LONGEST: f64 = 86_400.0;
/// The most that a target declares of one of its limits.
const MOST_DECLARED: f64 = 1e9;
/// The largest limit that can be set, in bytes: many answers are held at a time.
pub(super) const LARGEST: usize = 256 * 1024 * 1024;

/// What a `gonogo.toml` says.
#[derive(Debug, Default)]
pub struct Config {
    /// The contract's file.
    pub contract: Option<PathBuf>,
    /// Where the contract is named.
    pub contract_at: Option<Location>,
    /// The cases' files and folders.
    pub cases: Option<Vec<PathBuf>>,
    /// The target of a run that names none.
    pub default_target: Option<String>,
    /// The reports that each run writes: the kind, where it is named, and the file.
    pub reports: Vec<(String, Location, PathBuf)>,
    /// The targets by name.
    pub targets: BTreeMap<String, Profile>,
}

impl Config {
    /// The nearest `gonogo.toml` in `folder` or above it, also one that cannot be read: it is not as if there were none.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        folder
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|file| file.symlink_metadata().is_ok())
    }

    /// Loads a configuration. Paths in it are relative to its folder.
    pub fn load(file: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut faults = Faults::new();
        let shown = file.display().to_string();
        let text = match files::read_text(file, super::reading::LARGEST) {
            Ok(text) => text,
            Err(error) => {
                faults.whole(
                    "unreadable",
                    format!("cannot read {shown}: {error}"),
                    "expected a configuration there",
                );
                return Err(faults.into_sorted());
            }
        };
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        // What is hidden of the faults depends on all of the file.
        let Some(root) = document::parse_broken(&Source::new(shown, text), &mut faults) else {
            return Err(faults.into_sorted());
        };
        let config = RawConfig::read(&root, &mut faults).map(|raw| Self {
            default_target: default_target(&raw, &mut faults),
            contract_at: raw.contract.as_ref().map(|path| path.at.clone()),
            contract: raw
                .contract
                .map(|path| existing(&folder, &path, "the contract", &mut faults)),
            cases: raw.cases.map(|paths| {
                let paths = paths.iter();
                paths
                    .map(|path| existing(&folder, path, "cases", &mut faults))
                    .collect()
            }),
            reports: raw
                .reports
                .iter()
                .map(|(kind, path)| (kind.name.clone(), kind.at.clone(), folder.join(path)))
                .collect(),
            targets: raw
                .target
                .iter()
                .filter_map(|(key, raw)| {
                    profile(key, raw, &folder, &mut faults)
                        .map(|profile| (key.name.clone(), profile))
                })
                .collect(),
        });
        faults.finish(config).map_err(|faults| hide(faults, &root))
    }
}

/// The target of a run that names none: one of the file, or the reference server, whose name no target of the file takes.
fn default_target(raw: &RawConfig, faults: &mut Faults) -> Option<String> {
    for (key, _) in raw.target.iter().filter(|(key, _)| key.name == REFERENCE) {
        faults.at(
            &key.at,
            "reserved-name",
            format!("`{REFERENCE}` cannot name a target"),
            "expected another name: this one is the embedded reference server",
            None,
        );
    }
    let name = raw.default_target.as_ref()?;
    let names = || {
        let targets = raw.target.iter().map(|(key, _)| key.name.as_str());
        targets.chain([REFERENCE])
    };
    if !names().any(|known| known == name.value) {
        faults.at(
            &name.at,
            "unknown-target",
            format!("unknown target `{}`", name.value),
            format!("expected {}", list(names())),
            did_you_mean(&name.value, names()).map(|name| format!("did you mean `{name}`?")),
        );
    }
    Some(name.value.clone())
}

/// A path of the file; that nothing is there is a fault of the line that says so.
fn existing(folder: &Path, path: &Spanned<String>, what: &str, faults: &mut Faults) -> PathBuf {
    let file = folder.join(&path.value);
    if !file.exists() {
        faults.at(
            &path.at,
            "unreadable",
            format!("there is no {}", file.display()),
            format!("expected {what} there"),
            None,
        );
    }
    file
}

fn profile(key: &Key, raw: &RawTarget, folder: &Path, faults: &mut Faults) -> Option<Profile> {
    let base_url = raw.base_url.as_ref().and_then(|text| url(text, faults));
    let permits = raw
        .permits
        .iter()
        .filter_map(|name| permit(name, faults))
        .collect();
    let credentials = raw
        .credentials
        .iter()
        .map(|(key, raw)| (key.name.clone(), credential(key, raw, folder, faults)))
        .collect();
    let fixtures = raw
        .fixtures
        .iter()
        .filter_map(|(key, node)| fixture(node, faults).map(|value| (key.name.clone(), value)))
        .collect();
    let headers = raw
        .headers
        .iter()
        .filter_map(|(key, node)| {
            header_name(&key.name, &key.at, faults);
            String::read(node, faults).map(|value| (key.name.clone(), value))
        })
        .collect();
    let file = |path: &Option<Spanned<String>>| {
        path.as_ref()
            .map(|path| (folder.join(&path.value), path.at.clone()))
    };
    Some(Profile {
        permits,
        credentials,
        fixtures,
        headers,
        http: raw
            .http
            .as_ref()
            .and_then(|name| http(name, faults))
            .unwrap_or_default(),
        proxy: raw.proxy.as_ref().and_then(|text| url(text, faults)),
        ca: file(&raw.ca),
        client_certificate: file(&raw.client_certificate),
        limits: limits(raw.limits.as_ref(), faults),
        waivers: raw.waiver.iter().cloned().map(Waiver::new).collect(),
        declared: raw
            .declared
            .iter()
            .filter_map(|(key, limit)| {
                let value = declared(limit, faults)?;
                Some((key.name.clone(), (value, Some(key.at.clone()))))
            })
            .collect(),
        ..Profile::at(key.name.clone(), base_url?)
    })
}

fn url(text: &Spanned<String>, faults: &mut Faults) -> Option<Url> {
    match address(&text.value) {
        Ok(url) => Some(url),
        Err(error) => {
            faults.at(
                &text.at,
                "base-url",
                error.to_string(),
                error.expected(),
                error.help(),
            );
            None
        }
    }
}

fn permit(name: &Spanned<String>, faults: &mut Faults) -> Option<Permit> {
    one_of(&Permit::NAMES, name, ("unknown-permit", "permit"), faults)
}

fn http(name: &Spanned<String>, faults: &mut Faults) -> Option<Http> {
    one_of(
        &Http::NAMES,
        name,
        ("unknown-http", "version of HTTP"),
        faults,
    )
}

fn credential(
    key: &Key,
    raw: &RawCredential,
    folder: &Path,
    faults: &mut Faults,
) -> CredentialSource {
    let bearer = raw
        .bearer
        .as_ref()
        .and_then(|node| secret(node, folder, faults));
    let mut headers = Vec::new();
    for (key, node) in &raw.headers {
        header_name(&key.name, &key.at, faults);
        let value = match &node.value {
            Value::String(text) => Some(HeaderSource::Plain(text.clone())),
            _ => secret(node, folder, faults).map(HeaderSource::Secret),
        };
        headers.extend(value.map(|value| (key.name.clone(), value)));
    }
    if raw.bearer.is_none() && raw.headers.is_empty() {
        faults.at(
            &key.at,
            "empty-credential",
            format!("the credential `{}` says nothing", key.name),
            "expected `bearer` or `headers`",
            None,
        );
    }
    CredentialSource {
        bearer,
        headers,
        organization: raw.organization.clone(),
    }
}

fn secret(node: &Node, folder: &Path, faults: &mut Faults) -> Option<SecretSource> {
    const HELP: &str = "a secret is named by where it is: { env = \"API_KEY\" } or { file = \"/run/secrets/key\" }";
    if node.text().is_some() {
        // Not `mismatch`: it would show the text, and this is likely to be the secret itself.
        faults.at(
            &node.at,
            "secret-in-file",
            "a secret is written down",
            "expected where the secret is, not the secret",
            Some(HELP.to_owned()),
        );
        return None;
    }
    let raw = RawSecret::read(node, faults)?;
    if let Some(name) = &raw.env
        && !is_variable(&name.value)
    {
        // Most likely the secret itself.
        faults.at(
            &name.at,
            "secret-in-file",
            "this cannot name an environment variable",
            "expected the name of a variable: letters, digits and `_`",
            Some(HELP.to_owned()),
        );
        return None;
    }
    let from = match (raw.env, raw.file) {
        (Some(name), None) => ReadSecret::Env(name.value),
        (None, Some(path)) => ReadSecret::File(folder.join(path.value)),
        _ => {
            faults.at(
                &node.at,
                "secret",
                "this does not say where the secret is",
                "expected `env` or `file`, one of them",
                Some(HELP.to_owned()),
            );
            return None;
        }
    };
    Some(SecretSource::Read(from, node.at.clone()))
}

fn is_variable(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty()
        && name.bytes().all(word)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

fn fixture(node: &Node, faults: &mut Faults) -> Option<serde_json::Value> {
    match &node.value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Integer(number) => Some((*number).into()),
        Value::Float(number) => Some((*number).into()),
        Value::Boolean(flag) => Some((*flag).into()),
        _ => {
            mismatch(node, "a string, a number or a boolean", faults);
            None
        }
    }
}

/// What the target declares of its own limits: a number, or seconds.
fn declared(limit: &Spanned<f64>, faults: &mut Faults) -> Option<f64> {
    if (0.0..=MOST_DECLARED).contains(&limit.value) {
        return Some(limit.value);
    }
    faults.at(
        &limit.at,
        "limit",
        format!("{} is not a valid limit", limit.value),
        format!("expected a number from 0 to {MOST_DECLARED}"),
        None,
    );
    None
}

fn seconds(limit: Option<&Spanned<f64>>, faults: &mut Faults) -> Option<Duration> {
    let limit = limit?;
    if limit.value > 0.0 && limit.value <= LONGEST {
        return Some(Duration::from_secs_f64(limit.value));
    }
    faults.at(
        &limit.at,
        "limit",
        format!("{} is not a valid limit", limit.value),
        "expected seconds, more than 0 and at most 86400",
        None,
    );
    None
}

fn limits(raw: Option<&RawLimits>, faults: &mut Faults) -> Limits {
    let mut limits = Limits::default();
    let Some(raw) = raw else { return limits };
    for (into, from) in [
        (&mut limits.request, &raw.request),
        (&mut limits.trial, &raw.trial),
        (&mut limits.wait, &raw.wait),
    ] {
        *into = seconds(from.as_ref(), faults).unwrap_or(*into);
    }
    limits.run = seconds(raw.run.as_ref(), faults);
    for (into, from) in [
        (&mut limits.body, &raw.body),
        (&mut limits.headers, &raw.headers),
    ] {
        let Some(from) = from else { continue };
        if (1..=LARGEST).contains(&from.value) {
            *into = from.value;
        } else {
            faults.at(
                &from.at,
                "limit",
                format!("{} is not a valid limit", from.value),
                format!("expected bytes, from 1 to {LARGEST}"),
                None,
            );
        }
    }
    limits
}
