//! The form of a step or a trial, as a value that can be compared, without its location in a file.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::contract::Pointer;
use crate::suite::{
    Assertion, Body, CaptureFrom, Matcher, Message, Part, PartBody, Poll, Step, Tree, Trial, Volley,
};

/// How many bytes are few.
const FEW: usize = 64 * 1024;

/// What a trial asks and expects, hashed: two trials of the same form cannot come to different outcomes.
pub(super) fn of_trial(trial: &Trial) -> [u8; 32] {
    let steps: Vec<Value> = trial.steps.iter().map(of_step).collect();
    let effects = trial
        .effects
        .iter()
        .map(|effect| json!([effect.probe.name, effect.growth]));
    let effects: Vec<Value> = effects.collect();
    let templates = trial.steps.iter().flat_map(|step| step.message.templates());
    let mut names = templates.flat_map(|template| &template.names);
    // What of `each` is put in already makes no difference any more.
    let each = names.any(|name| name.starts_with("each"));
    let each = each.then_some(&trial.each);
    let form = json!([trial.clause.id, steps, effects, each]);
    let mut hash = Sha256::new();
    // Neither a value that was just made nor a hash can fail to be written.
    let _ = serde_json::to_writer(&mut hash, &form);
    hash.finalize().into()
}

fn of_step(step: &Step) -> Value {
    let captures = step.captures.iter().map(|(name, from)| match from {
        CaptureFrom::Body(pointer) => json!([name, pointer.as_str()]),
        CaptureFrom::Header(header) => json!([name, { "header": header }]),
    });
    json!([
        of_message(&step.message),
        of_expectation(step),
        step.remember,
        captures.collect::<Vec<_>>(),
        step.wait.as_deref().map(of_tree),
        step.poll.as_deref().map(of_poll),
        step.volley.as_deref().map(of_volley),
    ])
}

/// What is sent.
pub(super) fn of_message(message: &Message) -> Value {
    let fields = |fields: &[(String, Tree)]| -> Vec<Value> {
        let fields = fields.iter();
        fields
            .map(|(name, tree)| json!([name, of_tree(tree)]))
            .collect()
    };
    let body = match &*message.body {
        Body::Empty => Value::Null,
        Body::Json(tree) => json!({ "json": of_tree(tree) }),
        Body::Text(tree) => json!({ "text": of_tree(tree) }),
        Body::Bytes(bytes) => of_bytes(bytes),
        Body::Multipart(parts) => json!({ "parts": parts.iter().map(of_part).collect::<Vec<_>>() }),
    };
    json!([
        of_tree(&message.method),
        of_tree(&message.path),
        message.credential,
        fields(&message.headers),
        fields(&message.query),
        body,
    ])
}

fn of_part(part: &Part) -> Value {
    let tree = |tree: &Option<Tree>| tree.as_ref().map(of_tree);
    let body = match &part.body {
        PartBody::Text(tree) => json!({ "text": of_tree(tree) }),
        PartBody::Bytes(bytes) => of_bytes(bytes),
    };
    json!([
        tree(&part.name),
        tree(&part.filename),
        tree(&part.media_type),
        body
    ])
}

/// The bytes themselves where they are few. Of a large file it is enough that one request has it: all the trials on that share it.
fn of_bytes(bytes: &Bytes) -> Value {
    if bytes.len() <= FEW {
        return json!({ "bytes": bytes.as_ref() });
    }
    json!({ "file": [bytes.as_ptr().addr(), bytes.len()] })
}

fn of_tree(tree: &Tree) -> Value {
    match tree {
        Tree::Literal(value) => value.clone(),
        // No literal can be taken for one: a string with braces is a template.
        Tree::Template(template) => template.text.as_str().into(),
        Tree::Array(items) => items.iter().map(of_tree).collect(),
        Tree::Object(entries) => entries
            .iter()
            .map(|(name, tree)| (name.clone(), of_tree(tree)))
            .collect(),
    }
}

fn of_expectation(step: &Step) -> Value {
    let expectation = &step.expect;
    let alternatives = expectation.alternatives.iter().map(|one| {
        let any_of: Vec<String> = one.any_of.iter().map(ToString::to_string).collect();
        let schema = one.schema.as_ref().map(|schema| &schema.file);
        json!([any_of, of_assertions(&one.assertions), schema])
    });
    let same = expectation.same.iter().map(Pointer::as_str);
    let count = expectation.count.iter();
    let count = count.map(|(expected, number)| json!([expected.to_string(), number]));
    json!([
        alternatives.collect::<Vec<_>>(),
        step.bound.iter().map(of_tree).collect::<Vec<_>>(),
        expectation.like,
        same.collect::<Vec<_>>(),
        count.collect::<Vec<_>>(),
    ])
}

fn of_assertions(assertions: &[Assertion]) -> Value {
    let assertions = assertions.iter();
    assertions
        .map(|one| json!([one.place.to_string(), of_matcher(&one.matcher)]))
        .collect()
}

fn of_matcher(matcher: &Matcher) -> Value {
    format!("{:?} {:?}", matcher.presence, matcher.operators).into()
}

fn of_poll(poll: &Poll) -> Value {
    json!([
        of_assertions(&poll.until),
        poll.every.as_secs_f64(),
        poll.within.as_secs_f64()
    ])
}

fn of_volley(volley: &Volley) -> Value {
    match volley {
        Volley::Burst(burst) => json!([
            of_tree(&burst.requests),
            burst.most,
            burst.fresh,
            burst.at_once,
            burst.until.as_ref().map(ToString::to_string)
        ]),
        Volley::Race(race) => json!([race.requests, race.within.as_secs_f64()]),
    }
}
