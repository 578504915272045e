//! Checks that evidence belongs to its trial: the trial has such a step, and sends such a request. Values that only the run knew
//! (captures, fixtures, secrets) are not compared.

use crate::event::{Answer, Evidence, Item, Role, Stage};
use crate::suite::{Body, Engine, Scope, Step, Tree, Trial};

/// The reason why a piece of evidence belongs to another trial, if it does.
pub(super) fn stray(
    trial: &Trial,
    evidence: &Evidence,
    (engine, base_url): (&Engine, &str),
) -> Option<String> {
    let of_step = |step: usize, fits: fn(&Step) -> bool, answers: &[&Answer]| {
        let Some(found) = trial.steps.get(step).filter(|step| fits(step)) else {
            return Some(format!("the trial has no step {}", step + 1));
        };
        let sent = Sent {
            engine,
            trial,
            step: found,
            base_url,
        };
        let what = answers.iter().find_map(|answer| sent.differs(answer))?;
        Some(format!(
            "the {what} of step {} is not what the trial sends",
            step + 1
        ))
    };
    match &*evidence.item {
        Item::Step {
            step,
            stage,
            answer,
            ..
        } => {
            let fits = match stage {
                Stage::Last => |step: &Step| step.volley.is_none(),
                Stage::Polled | Stage::Late => |step: &Step| step.poll.is_some(),
            };
            of_step(*step, fits, &[answer.as_ref()])
        }
        Item::Volley { step, answers, .. } if answers.is_empty() && evidence.lost.is_none() => {
            Some(format!("the volley of step {} has no exchanges", step + 1))
        }
        Item::Volley { step, answers, .. } => {
            let answers: Vec<&Answer> = answers.iter().collect();
            of_step(*step, |step| step.volley.is_some(), &answers)
        }
        Item::Aside { role, .. } => (!has(trial, role)).then(|| format!("the trial has no {role}")),
        Item::Effect { effect, .. } => {
            let none = trial.effects.get(*effect).is_none();
            none.then(|| format!("the trial has no effect {}", effect + 1))
        }
        Item::Again | Item::Rest => None,
    }
}

/// Whether an exchange of this role can be one of a trial.
fn has(trial: &Trial, role: &Role) -> bool {
    match role {
        Role::Step(number) => (1..=trial.steps.len()).contains(number),
        Role::Control(name) => {
            let mut steps = trial.steps.iter();
            steps.any(|step| {
                step.request.name == *name
                    || step.control().is_some_and(|control| control.name == *name)
            }) || trial
                .negative_controls()
                .any(|request| request.name == *name)
        }
        Role::Probe(name) | Role::Effect(name) => {
            let mut effects = trial.effects.iter();
            effects.any(|effect| effect.probe.name == *name)
        }
    }
}

/// What a step sends, as far as it is known without the run.
struct Sent<'a> {
    engine: &'a Engine,
    trial: &'a Trial,
    step: &'a Step,
    base_url: &'a str,
}

impl Sent<'_> {
    /// The part of a request that differs from what the step sends.
    fn differs(&self, answer: &Answer) -> Option<&'static str> {
        let sent = &answer.exchange.sent;
        let method = self.text(&self.step.message.method);
        if method.is_some_and(|method| method != sent.method) {
            return Some("method");
        }
        if !is_hidden(&sent.url)
            && !is_hidden(self.base_url)
            && self.url().is_some_and(|url| url != sent.url)
        {
            return Some("address");
        }
        let body = String::from_utf8_lossy(&sent.body);
        let whole = sent.size == sent.body.len() && !is_hidden(&body);
        if whole && self.body().is_some_and(|known| known != body) {
            return Some("body");
        }
        None
    }

    fn url(&self) -> Option<String> {
        let message = &self.step.message;
        let whole = self.base_url.trim_end_matches('/').to_owned() + &self.text(&message.path)?;
        let mut url = url::Url::parse(&whole).ok()?;
        let mut pairs = Vec::new();
        for (name, tree) in &message.query {
            match self.value(tree)? {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => pairs.push((name, text)),
                other => pairs.push((name, other.to_string())),
            }
        }
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Some(url.into())
    }

    fn body(&self) -> Option<String> {
        match self.step.message.body.as_ref() {
            Body::Empty => Some(String::new()),
            Body::Json(tree) => Some(self.value(tree)?.to_string()),
            Body::Text(tree) => self.text(tree),
            Body::Bytes(_) | Body::Multipart(_) => None,
        }
    }

    fn text(&self, tree: &Tree) -> Option<String> {
        let scope = self.scope(tree)?;
        self.engine.text(tree, &scope).ok()
    }

    fn value(&self, tree: &Tree) -> Option<serde_json::Value> {
        let scope = self.scope(tree)?;
        self.engine.value(tree, &scope).ok()
    }

    /// What the templates of a tree may name, where that is only the values of the trial's `each`.
    fn scope(&self, tree: &Tree) -> Option<Scope> {
        let known = |name: &String| name == "each" || name.starts_with("each.");
        let mut templates = tree.templates().into_iter();
        let fixed = templates.all(|one| !one.text.contains('(') && one.names.iter().all(known));
        if !fixed || tree.repeats() {
            return None;
        }
        let mut scope = Scope::default();
        scope.set("each", &self.trial.each);
        Some(scope)
    }
}

/// Whether a text may contain the placeholder of a secret.
fn is_hidden(text: &str) -> bool {
    text.contains(['$', '<']) || text.contains("{{")
}
