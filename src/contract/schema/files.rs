//! The files of a schema: the one that is named, and those that it refers to, in the same folder or below it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::{Retrieve, Uri};
use serde_json::Value;
use url::Url;

use super::weight::weigh;
use super::{SchemaWarning, draft, keywords};
use crate::input::files::Folder;

/// No schema is larger, in bytes, all of its files together: a validator takes forty times its length in memory.
const LARGEST: usize = 4 * 1024 * 1024;
/// The most files of one schema.
const MOST: usize = 100;
/// Where the files of a folder are, as a base for relative references. Nothing is fetched from there.
const HERE: &str = "gonogo://folder/";

/// A file of a schema.
#[derive(Debug)]
struct Document {
    /// The path as messages show it.
    shown: String,
    text: String,
    schema: Value,
}

/// The files of a schema, the named one first.
#[derive(Debug)]
pub(super) struct Documents {
    all: Vec<Document>,
    /// The address of the first.
    address: String,
    /// Each file by the addresses that references reach it by.
    by_address: Arc<BTreeMap<String, Value>>,
}

/// Yields the files of a schema, and fetches nothing.
pub(super) struct Offline(Arc<BTreeMap<String, Value>>);

impl Retrieve for Offline {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let address = uri.as_str();
        self.0.get(address).cloned().ok_or_else(|| {
            let file = address.strip_prefix(HERE).unwrap_or(address);
            format!("{file} is not in this folder, and nothing is fetched").into()
        })
    }
}

impl Documents {
    /// Reads a file, and all that it refers to.
    pub(super) fn read(folder: &Folder, file: &str) -> Result<Self, String> {
        let mut all: Vec<Document> = Vec::new();
        let mut by_address = BTreeMap::new();
        let mut left = LARGEST;
        // The files to read: the path, and the addresses that it is reached by.
        let here = Url::parse(HERE).map_err(|error| error.to_string())?;
        let address = here.join(file).map_err(|error| error.to_string())?;
        let root = address.to_string();
        let mut waiting = vec![(file.to_owned(), address)];
        while let Some((path, address)) = waiting.pop() {
            if by_address.contains_key(address.as_str()) {
                continue;
            }
            if by_address.len() >= MOST {
                return Err(format!("it refers to more than {MOST} files"));
            }
            let is_root = all.is_empty();
            let text = match folder.text(&path) {
                Ok(text) => text,
                Err(error) if is_root => return Err(error.to_string()),
                // Compiling the schema reports the broken reference.
                Err(_) => continue,
            };
            left = left
                .checked_sub(text.len())
                .ok_or_else(|| format!("it is larger than {} MiB", LARGEST / 1024 / 1024))?;
            let of = if is_root {
                String::new()
            } else {
                format!("{path}, which it refers to: ")
            };
            let schema: Value = serde_json::from_str(&text)
                .map_err(|error| format!("{of}it is not JSON: {error}"))?;
            draft(&schema).map_err(|error| of + &error)?;
            // References are relative to the `$id` where there is one; a file of that name beside this one stands for it.
            let id = schema.get("$id").and_then(Value::as_str);
            let base = id.and_then(|id| address.join(id).ok());
            let base = base.unwrap_or_else(|| address.clone());
            let mut references = Vec::new();
            relative(&schema, &mut references);
            for reference in references {
                let path = beside(&path, reference);
                let addresses = [base.join(reference), address.join(reference)];
                waiting.extend(addresses.into_iter().flatten().map(|mut address| {
                    address.set_fragment(None);
                    (path.clone(), address)
                }));
            }
            by_address.insert(address.to_string(), schema.clone());
            all.push(Document {
                shown: folder.shown(&path),
                text,
                schema,
            });
        }
        Ok(Self {
            all,
            address: root,
            by_address: Arc::new(by_address),
        })
    }

    /// The address of the named file, and its schema.
    pub(super) fn root(&self) -> (String, &Value) {
        let first = self.all.first();
        let schema = first.map_or(&Value::Null, |first| &first.schema);
        (self.address.clone(), schema)
    }

    pub(super) fn retriever(&self) -> Offline {
        Offline(Arc::clone(&self.by_address))
    }

    /// Whether a validator can be made of it, and held against any value.
    pub(super) fn weigh(&self) -> Result<(), &'static str> {
        let resources = self.by_address.iter();
        let resources = resources.map(|(address, schema)| (address.as_str(), schema));
        weigh(resources.collect(), self.retriever()).map_err(|_| {
            "its references expand to too many schemas: each refers to several others, which refer to several more"
        })
    }

    pub(super) fn path(&self) -> &str {
        self.all.first().map_or("", |first| &first.shown)
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|one| one.text.as_str())
    }

    pub(super) fn warnings(&self) -> Vec<SchemaWarning> {
        let mut warnings = Vec::new();
        for (index, one) in self.all.iter().enumerate() {
            keywords::check(
                &one.schema,
                &one.shown,
                &one.text,
                index == 0,
                &mut warnings,
            );
        }
        warnings
    }
}

/// The references of a schema to other files: without a scheme, and not only a fragment.
fn relative<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let file = reference.split('#').next().unwrap_or_default();
                if !file.is_empty() && !file.contains("://") && !file.starts_with('/') {
                    found.push(file);
                }
            }
            members.values().for_each(|member| relative(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| relative(item, found)),
        _ => {}
    }
}

/// The path of a file that is named in another one.
fn beside(file: &str, reference: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
