//! The plan: which trials run against a target, and why the others do not. It needs no network and no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::input::diagnostic::{Location, list, suggestion};
use crate::suite::{Engine, Message, Scope, Step, Suite, Template, Trial, Volley};
use crate::targets::{Permit, Profile, Waiver};

/// A trial and whether it can run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The trial.
    pub trial: Arc<Trial>,
    /// Why it does not run, if it does not.
    pub ignored: Option<String>,
    /// The waivers that cover it.
    pub waivers: Vec<Waiver>,
}

/// Plans all trials of a suite against a target.
pub fn plan(suite: &Suite, profile: &Profile) -> Vec<Planned> {
    suite
        .trials
        .iter()
        .map(|trial| Planned {
            trial: Arc::clone(trial),
            ignored: needs(trial)
                .unmet(profile)
                .or_else(|| too_many(trial, &suite.limits, profile)),
            waivers: profile
                .waivers
                .iter()
                .filter(|waiver| waiver.covers(&trial.name))
                .cloned()
                .collect(),
        })
        .collect()
}

/// The limits of a target by name, for templates: the declared ones, otherwise the published ones.
pub fn limits(published: &BTreeMap<String, f64>, profile: &Profile) -> Value {
    let published = published.iter().map(|(name, limit)| (name, *limit));
    let declared = profile.declared.iter();
    let declared = declared.map(|(name, (limit, _))| (name, *limit));
    let all = published.chain(declared);
    let all = all.map(|(name, limit)| (name.clone(), number(limit)));
    Value::Object(all.collect())
}

/// Whole where it is whole: a count is rendered as `120`, not as `120.0`.
fn number(limit: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked: it has no fraction and is exact"
    )]
    if limit.fract() == 0.0 && limit.abs() < 9e15 {
        Value::from(limit as i64)
    } else {
        Value::from(limit)
    }
}

/// A burst that is larger on this target than the case sends, as a reason. What only a run can tell is left to the run.
fn too_many(trial: &Trial, published: &BTreeMap<String, f64>, profile: &Profile) -> Option<String> {
    trial.steps.iter().find_map(|step| {
        let Some(Volley::Burst(burst)) = step.volley.as_deref() else {
            return None;
        };
        let most = burst.most?;
        let mut scope = Scope::default();
        scope.set("limit", &limits(published, profile));
        let requests = Engine::default().value(&burst.requests, &scope).ok()?;
        let requests = requests
            .as_u64()
            .or_else(|| requests.as_str()?.trim().parse().ok())?;
        (requests > u64::try_from(most).ok()?).then(|| {
            format!(
                "a burst of {requests} would be needed on target `{}`, and the case sends at most {most}: `declared` can give a smaller limit",
                profile.name
            )
        })
    })
}

/// The waivers of a target that match no trial of the suite, no control and no probe of one.
pub fn unmatched<'a>(suite: &Suite, profile: &'a Profile) -> Vec<&'a Waiver> {
    let lines = lines(suite);
    let idle = |waiver: &&Waiver| !lines.iter().any(|line| waiver.covers(line));
    profile.waivers.iter().filter(idle).collect()
}

/// The lines that a run of a suite may have: its trials, and the controls and probes that they depend on.
pub fn lines(suite: &Suite) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for trial in &suite.trials {
        lines.insert(trial.name.clone());
        let positive = trial.steps.iter().filter_map(Step::control);
        let controls = positive.chain(trial.negative_controls());
        lines.extend(controls.map(|request| format!("control::{}", request.name)));
        let probes = trial.effects.iter();
        lines.extend(probes.map(|effect| format!("probe::{}", effect.probe.name)));
    }
    lines
}

/// All trials of a suite, for a target that lacks nothing.
pub fn all(suite: &Suite) -> Vec<Planned> {
    suite
        .trials
        .iter()
        .map(|trial| Planned {
            trial: Arc::clone(trial),
            ignored: None,
            waivers: Vec::new(),
        })
        .collect()
}

/// The credentials that a trial's own requests are sent as, or make something of. Its controls are made before it, and apart.
pub fn credentials(trial: &Trial) -> BTreeSet<String> {
    let mut needs = Wanted::default();
    for step in &trial.steps {
        needs.message(&step.message);
    }
    needs.credentials
}

/// What trials need of their target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The credentials.
    pub credentials: BTreeSet<String>,
    /// The fixtures.
    pub fixtures: BTreeSet<String>,
    /// What it must permit.
    pub permits: BTreeSet<Permit>,
    /// The credentials of which a template names the secret, and where the first one does.
    pub secrets: BTreeMap<String, Location>,
}

/// What the trials of a suite name of their target.
pub fn wanted(suite: &Suite) -> Wanted {
    let mut wanted = Wanted::default();
    for needs in suite.trials.iter().map(|trial| needs(trial)) {
        wanted.credentials.extend(needs.credentials);
        wanted.fixtures.extend(needs.fixtures);
        wanted.permits.extend(needs.permits);
        for (name, at) in needs.secrets {
            wanted.secrets.entry(name).or_insert(at);
        }
    }
    wanted
}

/// What a message needs of its target: the first thing that this one lacks, as a reason.
pub fn lacks(message: &Message, profile: &Profile) -> Option<String> {
    let mut needs = Wanted::default();
    needs.message(message);
    needs.unmet(profile)
}

/// What a trial needs of its target.
pub fn needs(trial: &Trial) -> Wanted {
    let mut needs = Wanted::default();
    for step in &trial.steps {
        needs.message(&step.message);
        if let Some(control) = step.control() {
            needs.message(&control.message);
            for tree in &control.bound {
                needs.templates(&tree.templates());
            }
        }
        for tree in &step.bound {
            needs.templates(&tree.templates());
        }
        if let Some(wait) = &step.wait {
            needs.templates(&wait.templates());
        }
        if step.volley.is_some() {
            needs.permits.insert(Permit::Bursts);
        }
    }
    for request in trial.negative_controls() {
        needs.message(&request.without_credential());
    }
    for effect in &trial.effects {
        needs.message(&effect.probe.request.message);
        needs.credentials.extend(effect.probe.credential.clone());
    }
    needs
}

impl Wanted {
    fn message(&mut self, message: &Message) {
        self.credentials.extend(message.credential.clone());
        self.templates(&message.templates());
        if message.writes() {
            self.permits.insert(Permit::Writes);
        }
    }

    fn templates(&mut self, templates: &[&Template]) {
        for template in templates {
            for name in &template.names {
                let mut parts = name.split('.');
                let (root, name) = (parts.next(), parts.next().map(str::to_owned));
                match root {
                    Some("fixture") => self.fixtures.extend(name),
                    Some("secret") => {
                        self.credentials.extend(name.clone());
                        let at = || template.at.clone();
                        name.map(|name| self.secrets.entry(name).or_insert_with(at));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The first thing that the target lacks, as a reason.
    fn unmet(&self, profile: &Profile) -> Option<String> {
        let lacks = |what: &str, name: &str, known: Vec<&str>| {
            let hint = match suggestion(name, known.iter().copied()) {
                Some(hint) => format!("; {hint}"),
                None if known.is_empty() => String::new(),
                None => format!("; it has {}", list(known)),
            };
            format!("target `{}` has no {what} `{name}`{hint}", profile.name)
        };
        for name in &self.credentials {
            if !profile.credentials.contains_key(name) {
                let known = profile.credentials.keys().map(String::as_str).collect();
                return Some(lacks("credential", name, known));
            }
        }
        for name in &self.fixtures {
            if !profile.fixtures.contains_key(name) {
                let known = profile.fixtures.keys().map(String::as_str).collect();
                return Some(lacks("fixture", name, known));
            }
        }
        for permit in &self.permits {
            if !profile.permits(*permit) {
                return Some(format!(
                    "target `{}` does not permit {}",
                    profile.name,
                    permit.name()
                ));
            }
        }
        None
    }
}
