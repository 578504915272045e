//! Choosing the target of a run: the given one, the default of the project, or the embedded reference server.

use std::collections::BTreeMap;

use url::Url;

use super::TargetArgs;
use super::load::Loaded;
use crate::input::diagnostic::{Diagnostic, list, one, suggestion};
use crate::targets::{self, FILE_NAME, Profile, REFERENCE};

/// The chosen target.
pub(super) enum Chosen {
    /// The embedded reference server, or one like it at another address.
    Reference(Option<Url>),
    /// A target of the configuration, or an address.
    Profile(Box<Profile>),
}

/// The target that the arguments name.
pub(super) fn choose(arguments: &TargetArgs, loaded: &Loaded) -> Result<Chosen, Vec<Diagnostic>> {
    let targets = &loaded.targets;
    let base_url = arguments.base_url.as_deref().map(address).transpose()?;
    let asked = arguments.target.as_deref();
    let target = match asked.or(loaded.default_target.as_deref()) {
        Some(REFERENCE) => return Ok(Chosen::Reference(base_url)),
        None if !loaded.is_own => return Ok(Chosen::Reference(base_url)),
        None => return Err(no_target(targets)),
        Some(target) => target,
    };
    let mut profile = if target.contains("://") {
        Profile::at(target.to_owned(), address(target)?)
    } else {
        named(target, targets)?
    };
    if let Some(base_url) = base_url {
        profile.base_url = base_url;
    }
    Ok(Chosen::Profile(Box::new(profile)))
}

/// The fault for a project with its own contract or cases: the target is not guessed.
fn no_target(targets: &BTreeMap<String, Profile>) -> Vec<Diagnostic> {
    let names = targets.keys().map(String::as_str).chain([REFERENCE]);
    let mut faults = one(
        "no-target",
        "no target is given",
        format!("expected `--target NAME`: {}, or an address", list(names)),
    );
    if let Some(fault) = faults.first_mut() {
        let name = targets.keys().next().map_or("NAME", String::as_str);
        fault.help = Some(format!(
            "or set `default_target = \"{name}\"` at the top of {FILE_NAME}"
        ));
    }
    faults
}

fn named(name: &str, targets: &BTreeMap<String, Profile>) -> Result<Profile, Vec<Diagnostic>> {
    if let Some(profile) = targets.get(name) {
        return Ok(profile.clone());
    }
    let names = || targets.keys().map(String::as_str).chain([REFERENCE]);
    let expected = if targets.is_empty() {
        format!(
            "expected `[target.{name}]` in {FILE_NAME}, or an address such as https://staging.example.com"
        )
    } else {
        format!("expected {}, or an address", list(names()))
    };
    let mut faults = one(
        "unknown-target",
        format!("unknown target `{name}`"),
        expected,
    );
    if let Some(fault) = faults.first_mut() {
        fault.help = suggestion(name, names());
    }
    Err(faults)
}

pub(super) fn address(text: &str) -> Result<Url, Vec<Diagnostic>> {
    targets::address(text).map_err(|error| one("base-url", error.to_string(), error.expected()))
}
