//! Finding the request of a suite for a recorded one: same method and path, fewest differences.

use std::sync::Arc;

use serde_json::Value;

use super::Recorded;
use super::difference::{Difference, of_request};
use super::secrets::Known;
use crate::suite::{Request, Suite, Tree};

/// The nearest request, and the difference to it; `anonymous`: an unknown sender is nobody.
pub(super) fn nearest<'a>(
    suite: &'a Suite,
    known: &Known,
    recorded: &Recorded,
    anonymous: bool,
) -> Option<(&'a Arc<Request>, Difference)> {
    suite
        .requests
        .values()
        .filter(|request| is_of(request, recorded))
        .map(|request| (request, of_request(known, request, recorded, anonymous)))
        .min_by_key(|(_, difference)| difference.entries.len())
}

/// Whether method and path are those of a request; a template stands for anything within a part of a path.
fn is_of(request: &Request, recorded: &Recorded) -> bool {
    let method = match &*request.message.method {
        Tree::Literal(Value::String(method)) => *method == recorded.method,
        _ => true,
    };
    method && fits(&written(&request.message.path), recorded.url.path())
}

/// A path as it is written, its query left out.
fn written(path: &Tree) -> String {
    let text = match path {
        Tree::Literal(Value::String(text)) => text.clone(),
        Tree::Template(template) => template.text.clone(),
        _ => String::new(),
    };
    match text.split_once('?') {
        Some((path, _)) => path.to_owned(),
        None => text,
    }
}

fn fits(written: &str, path: &str) -> bool {
    let mut pattern = String::from("^");
    let mut rest = written;
    while let Some((before, from)) = rest.split_once("{{") {
        pattern.push_str(&regex::escape(before));
        pattern.push_str("[^/]+");
        rest = from.split_once("}}").map_or("", |(_, after)| after);
    }
    pattern.push_str(&regex::escape(rest));
    pattern.push('$');
    regex::Regex::new(&pattern).is_ok_and(|pattern| pattern.is_match(path))
}

/// A name for a request that the suite does not have: `get_widgets`. Fixtures and secrets of the path are no part of it.
pub(super) fn name(known: &Known, recorded: &Recorded) -> String {
    let words = recorded.url.path().split('/').filter(|part| {
        let is_word = |letter: char| letter.is_ascii_alphabetic() || "-_".contains(letter);
        !part.is_empty() && part.chars().all(is_word) && known.text(part) == *part
    });
    let mut name = recorded.method.to_ascii_lowercase();
    for word in words {
        name.push('_');
        name.push_str(&word.to_ascii_lowercase().replace('-', "_"));
    }
    name
}
