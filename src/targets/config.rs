//! `gonogo.toml`: finding it, and from its text to checked profiles, with all its faults at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::hide::hide;
use super::keys::{RawConfig, RawCredential, RawLimits, RawSecret, RawTarget, bad_limit};
use super::profile::{CredentialSource, HeaderSource, Limits, Profile, ReadSecret, SecretSource};
use crate::input::diagnostic::{Diagnostic, Faults, Location, Source};
use crate::input::document::{self, Key, Node, Read, Spanned, Value, header_name, mismatch};
use crate::input::files;

/// The name of the configuration file.
pub const FILE_NAME: &str = "gonogo.toml";
/// The name of the embedded reference server among the targets.
pub const REFERENCE: &str = "reference";

/// The most that a target declares of one of its limits.
const MOST_DECLARED: f64 = 1e9;

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
        let config =
            RawConfig::read(&without_misplaced(&root, &mut faults), &mut faults).map(|raw| Self {
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
                    .into_iter()
                    .filter_map(|(key, raw)| {
                        let profile = profile(&key, raw, &folder, &mut faults)?;
                        Some((key.name, profile))
                    })
                    .collect(),
            });
        faults.finish(config).map_err(|faults| hide(faults, &root))
    }
}

/// A top-level key that authors easily write below a table header by mistake.
const DEFAULT: &str = "default_target";

/// The file's tree without the `default_target` of its targets' tables, each noted.
fn without_misplaced(root: &Node, faults: &mut Faults) -> Node {
    let Some(entries) = root.table() else {
        return root.clone();
    };
    let entries = entries.iter().map(|(key, value)| {
        let kept = key.name != "target";
        let value = if kept {
            value.clone()
        } else {
            without_default(value, faults)
        };
        (key.clone(), value)
    });
    Node {
        at: root.at.clone(),
        value: Value::Table(entries.collect()),
    }
}

fn without_default(node: &Node, faults: &mut Faults) -> Node {
    let Some(entries) = node.table() else {
        return node.clone();
    };
    let mut kept = Vec::new();
    for (key, value) in entries {
        if key.name == DEFAULT && value.table().is_none() {
            faults.at(
                &key.at,
                "unknown-key",
                format!("`{DEFAULT}` is below a table header, so it belongs to that table"),
                "expected it above the first table of the file",
                Some(format!(
                    "move `{DEFAULT}` above the first line that begins with `[`"
                )),
            );
        } else {
            kept.push((key.clone(), without_default(value, faults)));
        }
    }
    Node {
        at: node.at.clone(),
        value: Value::Table(kept.into()),
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
        faults.unknown(&name.at, ("unknown-target", "target"), &name.value, names());
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

fn profile(key: &Key, raw: RawTarget, folder: &Path, faults: &mut Faults) -> Option<Profile> {
    let credentials = raw
        .credentials
        .into_iter()
        .map(|(key, raw)| (key.name.clone(), credential(&key, raw, folder, faults)))
        .collect();
    let fixtures = raw
        .fixtures
        .into_iter()
        .filter_map(|(key, node)| Some((key.name, fixture(&node, faults)?)))
        .collect();
    let headers = raw
        .headers
        .into_iter()
        .filter_map(|(key, value)| {
            header_name(&key.name, &key.at, faults);
            Some((key.name, value?))
        })
        .collect();
    let file = |path: Option<Spanned<String>>| path.map(|path| (folder.join(&path.value), path.at));
    Some(Profile {
        permits: raw.permits.into_iter().collect(),
        credentials,
        fixtures,
        headers,
        http: raw.http.unwrap_or_default(),
        proxy: raw.proxy,
        ca: file(raw.ca),
        client_certificate: file(raw.client_certificate),
        limits: raw.limits.map_or_else(Limits::default, limits),
        waivers: raw.waiver,
        declared: raw
            .declared
            .into_iter()
            .filter_map(|(key, limit)| {
                let value = declared(&limit, faults)?;
                Some((key.name, (value, Some(key.at))))
            })
            .collect(),
        ..Profile::at(key.name.clone(), raw.base_url?)
    })
}

fn credential(
    key: &Key,
    raw: RawCredential,
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
        organization: raw.organization,
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
    let expected = format!("expected a number from 0 to {MOST_DECLARED}");
    bad_limit(&limit.at, limit.value, expected, faults);
    None
}

fn limits(raw: RawLimits) -> Limits {
    let default = Limits::default();
    Limits {
        request: raw.request.map_or(default.request, |limit| limit.0),
        trial: raw.trial.map_or(default.trial, |limit| limit.0),
        run: raw.run.map(|limit| limit.0),
        wait: raw.wait.map_or(default.wait, |limit| limit.0),
        body: raw.body.map_or(default.body, |limit| limit.0),
        headers: raw.headers.map_or(default.headers, |limit| limit.0),
    }
}
