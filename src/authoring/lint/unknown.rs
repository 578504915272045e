//! Names of credentials and fixtures that no target of the project has. The trials that need them are ignored on every target.

use std::collections::BTreeSet;

use crate::input::diagnostic::{Faults, Location, did_you_mean, list, misspelt};
use crate::suite::{Message, Suite, Template, Tree};

/// What the targets of a project have, all together.
#[derive(Debug, Default)]
pub struct Targets<'a> {
    /// The names of their credentials.
    pub credentials: BTreeSet<&'a str>,
    /// The names of their fixtures.
    pub fixtures: BTreeSet<&'a str>,
    /// Whether the cases are written for these targets, so that every name should be one of theirs. Otherwise only probable misspellings
    /// are reported.
    pub own: bool,
}

/// Warns about each name once, at its first use.
pub(super) fn names(suite: &Suite, targets: &Targets<'_>, warnings: &mut Faults) {
    let mut names = Names {
        targets,
        told: BTreeSet::new(),
        warnings,
    };
    for request in suite.requests.values() {
        names.message(&request.message, &request.at);
        names.trees(&request.bound);
    }
    for probe in suite.probes.values() {
        if let Some(name) = &probe.credential {
            names.name("credential", name, &probe.at);
        }
    }
    for trial in &suite.trials {
        for step in &trial.steps {
            names.message(&step.message, &trial.at);
            names.trees(&step.bound);
            names.trees(step.wait.as_deref());
        }
    }
}

struct Names<'a, 'b> {
    targets: &'a Targets<'a>,
    /// The kinds and names already checked.
    told: BTreeSet<(&'static str, String)>,
    warnings: &'b mut Faults,
}

impl Names<'_, '_> {
    fn message(&mut self, message: &Message, at: &Location) {
        if let Some(name) = &message.credential {
            self.name("credential", name, at);
        }
        self.templates(&message.templates());
    }

    fn trees<'t>(&mut self, trees: impl IntoIterator<Item = &'t Tree>) {
        for tree in trees {
            self.templates(&tree.templates());
        }
    }

    fn templates(&mut self, templates: &[&Template]) {
        for template in templates {
            for name in &template.names {
                match name.split_once('.') {
                    Some(("secret", name)) => self.name("credential", name, &template.at),
                    Some(("fixture", name)) => self.name("fixture", name, &template.at),
                    _ => {}
                }
            }
        }
    }

    fn name(&mut self, kind: &'static str, name: &str, at: &Location) {
        let known = match kind {
            "fixture" => &self.targets.fixtures,
            _ => &self.targets.credentials,
        };
        if known.contains(name) || !self.told.insert((kind, name.to_owned())) {
            return;
        }
        let names = || known.iter().copied();
        let near = if self.targets.own {
            did_you_mean(name, names())
        } else {
            misspelt(name, names())
        };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if !self.targets.own => return,
            None if known.is_empty() => format!("the targets have no {kind}s"),
            None => format!("the targets have {}", list(names())),
        };
        let message = format!("no target has the {kind} `{name}`");
        let expected = "expected a name that at least one target has; otherwise the trials that need it never run";
        let warnings = &mut *self.warnings;
        match kind {
            "fixture" => warnings.warn(at, "unknown-fixture", message, expected, Some(help)),
            _ => warnings.warn(at, "unknown-credential", message, expected, Some(help)),
        }
    }
}
