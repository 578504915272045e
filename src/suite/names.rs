//! The names that templates may use: those of the format and of the case, and the fault for an unknown one.

use std::collections::BTreeMap;

use super::globals::{self, taken};
use crate::input::diagnostic::{Faults, Location, did_you_mean, list, suggestion};

/// What the templates of a place may name, beside what all may.
#[derive(Debug, Clone)]
pub(super) struct Names<'a> {
    /// The keys of the case's `each`.
    pub(super) each: &'a [String],
    /// The captures of the case, and the steps that make them, counted from 1.
    pub(super) captures: &'a [(String, usize)],
    /// The contract's published limits.
    pub(super) limits: &'a BTreeMap<String, f64>,
    /// The step, which knows the captures of the steps before it.
    pub(super) step: usize,
}

impl Names<'_> {
    pub(super) fn know(&self, name: &str) -> bool {
        let mut parts = name.split('.');
        let (root, below) = (parts.next().unwrap_or_default(), parts.next());
        match root {
            "fixture" | "secret" => below.is_some(),
            "limit" => below.is_some_and(|below| self.limits.contains_key(below)),
            "key" => true,
            "each" => below.is_some_and(|below| self.each.iter().any(|known| known == below)),
            _ => self
                .captures
                .iter()
                .any(|(known, step)| known == root && *step < self.step),
        }
    }

    /// Notes that `name` is unknown.
    pub(super) fn unknown(&self, name: &str, at: &Location, faults: &mut Faults) {
        let mut parts = name.split('.');
        let (root, below) = (parts.next().unwrap_or_default(), parts.next());
        if root == "each" {
            unknown_each(name, below.unwrap_or_default(), self.each, at, faults);
            return;
        }
        let mut captures = self.captures.iter();
        let limits = self.limits.keys().map(String::as_str);
        let help = if root == "limit" {
            did_you_mean(below.unwrap_or_default(), limits)
                .map(|known| format!("did you mean `limit.{known}`?"))
        } else if let Some((_, step)) = captures.find(|(known, _)| known == root) {
            Some(format!(
                "step {step} captures it: only the steps after that one know it"
            ))
        } else if taken().contains(&root) {
            None
        } else {
            let captures = self.captures.iter().map(|(known, _)| known.as_str());
            suggestion(root, taken().into_iter().chain(captures))
        };
        faults.at(
            at,
            "unknown-name",
            format!("unknown template name `{name}`"),
            format!(
                "expected {}, or what an earlier step captures",
                list(globals::ALL.iter().map(|global| global.written))
            ),
            help,
        );
    }
}

/// Notes that an `each` has no `missing`, which `name` names.
pub(super) fn unknown_each<K: AsRef<str>>(
    name: &str,
    missing: &str,
    each: &[K],
    at: &Location,
    faults: &mut Faults,
) {
    let known = || each.iter().map(AsRef::as_ref);
    faults.at(
        at,
        "unknown-name",
        format!("unknown template name `{name}`"),
        if each.is_empty() {
            "this case has no `each`".to_owned()
        } else {
            format!("this `each` has {}", list(known()))
        },
        suggestion(missing, known()),
    );
}
