//! The bodies of a request or a `send`: at most one of the kinds, read and checked.

use bytes::Bytes;

use super::keys::{RawMessage, RawPart};
use super::model::{Body, Part, PartBody};
use super::template::Tree;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Node, Spanned};
use crate::input::files::Folder;

/// What the bodies of a file need: its folder, and how to read templates.
pub(super) struct Bodies<'a> {
    pub(super) folder: &'a Folder,
    /// The folder of the file inside `folder`, with a final `/`, or empty.
    pub(super) below: String,
    pub(super) tree: &'a dyn Fn(&Node, &mut Faults) -> Tree,
}

impl Bodies<'_> {
    /// The body, or `None` if the file has none.
    pub(super) fn body(&self, raw: &RawMessage, faults: &mut Faults) -> Option<Body> {
        let mut found: Vec<(&Location, Option<Body>)> = Vec::new();
        if let Some(node) = &raw.json {
            found.push((&node.at, Some(Body::Json((self.tree)(node, faults)))));
        }
        if let Some(node) = &raw.text {
            found.push((&node.at, Some(Body::Text((self.tree)(node, faults)))));
        }
        if let Some(text) = &raw.base64 {
            found.push((&text.at, base64(text, faults).map(Body::Bytes)));
        }
        if let Some(path) = &raw.file {
            found.push((&path.at, self.file(path, faults).map(Body::Bytes)));
        }
        if let Some(parts) = &raw.multipart {
            // Each part is read, so that each faulty one is noted.
            let read: Vec<_> = parts
                .value
                .iter()
                .map(|part| self.part(part, faults))
                .collect();
            let read: Option<Vec<Part>> = read.into_iter().collect();
            found.push((&parts.at, read.map(Body::Multipart)));
        }
        found.sort_by_key(|(at, _)| at.span.start);
        if let [_, (at, _), ..] = found.as_slice() {
            two_bodies(at, faults);
        }
        found.into_iter().next().and_then(|(_, body)| body)
    }

    fn part(&self, raw: &Spanned<RawPart>, faults: &mut Faults) -> Option<Part> {
        let Spanned { at, value: raw } = raw;
        let tree = |node: &Option<Node>, faults: &mut Faults| {
            node.as_ref().map(|node| (self.tree)(node, faults))
        };
        let (name, filename) = (tree(&raw.name, faults), tree(&raw.filename, faults));
        let media_type = tree(&raw.media_type, faults);
        let text = tree(&raw.text, faults);
        let body = match (text, &raw.base64, &raw.file) {
            (Some(text), None, None) => PartBody::Text(text),
            (None, Some(text), None) => PartBody::Bytes(base64(text, faults)?),
            (None, None, Some(path)) => PartBody::Bytes(self.file(path, faults)?),
            (None, None, None) => PartBody::Bytes(Bytes::new()),
            _ => {
                two_bodies(at, faults);
                return None;
            }
        };
        Some(Part {
            name,
            filename,
            media_type,
            body,
        })
    }

    fn file(&self, path: &Spanned<String>, faults: &mut Faults) -> Option<Bytes> {
        match self.folder.bytes(&format!("{}{}", self.below, path.value)) {
            Ok(bytes) => Some(Bytes::from(bytes)),
            Err(error) => {
                faults.at(
                    &path.at,
                    "unreadable",
                    format!("cannot read `{}`: {error}", path.value),
                    "expected a file beside this one or below it",
                    None,
                );
                None
            }
        }
    }
}

fn base64(text: &Spanned<String>, faults: &mut Faults) -> Option<Bytes> {
    use base64::Engine as _;
    match base64::engine::general_purpose::STANDARD.decode(&text.value) {
        Ok(bytes) => Some(Bytes::from(bytes)),
        Err(error) => {
            faults.at(
                &text.at,
                "base64",
                format!("this is not base64: {error}"),
                "expected base64 with padding (RFC 4648, 4)",
                None,
            );
            None
        }
    }
}

fn two_bodies(at: &Location, faults: &mut Faults) {
    faults.at(
        at,
        "two-bodies",
        "more than one body",
        "expected one of `json`, `text`, `base64`, `file` and `multipart`",
        None,
    );
}
