//! The size of the validator of a JSON Schema, counted before it is compiled: with references that double along a chain, a few lines
//! take more work than a machine can do. The library interprets the schema.

use std::ptr;

use jsonschema::{Draft, Registry, uri};
use referencing::{Resolved, Resolver};
use serde_json::Value;

use super::files::Offline;

/// The most schemas that may come together where references are followed.
const MOST: usize = 100_000;
/// The most references and schemas in one another.
const DEEPEST: usize = 200;

/// Keywords whose schemas are held against the same value as the one that they stand in.
const IN_PLACE: [&str; 9] = [
    "allOf",
    "anyOf",
    "dependencies",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "oneOf",
    "then",
];
/// Keywords for which the schemas in place are made a second time, and these with them.
const GATHERING: [&str; 2] = ["unevaluatedItems", "unevaluatedProperties"];
const GATHERED: [&str; 5] = [
    "additionalProperties",
    "contains",
    "patternProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const REFERENCES: [&str; 3] = ["$dynamicRef", "$recursiveRef", "$ref"];

/// The error for a schema whose validator would be too large.
pub(super) struct TooHeavy;

/// Whether a validator can be made of a schema, and held against any value.
pub(super) fn weigh(files: Vec<(&str, &Value)>, retriever: Offline) -> Result<(), TooHeavy> {
    let registry = Registry::new()
        .retrieve_known_draft_meta_schemas(false)
        .retriever(retriever)
        .extend(files.iter().copied());
    // What does not stand alone is told when it is compiled.
    let Ok(registry) = registry.and_then(jsonschema::RegistryBuilder::prepare) else {
        return Ok(());
    };
    let mut weighing = Weighing { left: MOST };
    for (address, schema) in files {
        let Ok(base) = uri::from_str(address) else {
            continue;
        };
        weighing.made(schema, &registry.resolver(base))?;
    }
    Ok(())
}

struct Weighing {
    left: usize,
}

impl Weighing {
    /// Counts a schema and all that stands in it.
    fn made(&mut self, schema: &Value, outer: &Resolver<'_>) -> Result<(), TooHeavy> {
        match schema {
            Value::Array(items) => items.iter().try_for_each(|item| self.made(item, outer)),
            Value::Object(members) => {
                let resolver = inside(schema, outer);
                for keyword in GATHERING {
                    if members.contains_key(keyword) {
                        self.gathered(schema, &resolver, true, &mut Vec::new())?;
                    }
                }
                self.gathered(schema, &resolver, false, &mut Vec::new())?;
                members
                    .values()
                    .try_for_each(|member| self.made(member, &resolver))
            }
            _ => Ok(()),
        }
    }

    /// Counts what is held against the same value as a schema, through all references; `again` where all that is made once more for it.
    fn gathered(
        &mut self,
        schema: &Value,
        resolver: &Resolver<'_>,
        again: bool,
        path: &mut Vec<*const Value>,
    ) -> Result<(), TooHeavy> {
        let Value::Object(members) = schema else {
            return Ok(());
        };
        self.left = self.left.checked_sub(1).ok_or(TooHeavy)?;
        if path.len() > DEEPEST {
            return Err(TooHeavy);
        }
        path.push(ptr::from_ref(schema));
        for (keyword, member) in members {
            let keyword = keyword.as_str();
            if again && GATHERED.contains(&keyword) {
                self.made(member, resolver)?;
            }
            if IN_PLACE.contains(&keyword) {
                for child in schemas(keyword, member) {
                    if again {
                        self.made(child, resolver)?;
                    }
                    self.gathered(child, &inside(child, resolver), again, path)?;
                }
            }
            if REFERENCES.contains(&keyword)
                && let Some(target) = target(member, resolver)
                && !path.contains(&ptr::from_ref(target.contents()))
            {
                self.gathered(target.contents(), target.resolver(), again, path)?;
            }
        }
        path.pop();
        Ok(())
    }
}

/// The schemas under a keyword in place.
fn schemas<'a>(keyword: &str, member: &'a Value) -> Vec<&'a Value> {
    match member {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) if ["dependencies", "dependentSchemas"].contains(&keyword) => {
            members.values().collect()
        }
        schema => vec![schema],
    }
}

/// What references in a schema are resolved by: its `$id` changes that.
fn inside<'r>(schema: &Value, outer: &Resolver<'r>) -> Resolver<'r> {
    let draft = Draft::default().detect(schema);
    let resource = draft.create_resource_ref(schema);
    outer
        .in_subresource(resource)
        .unwrap_or_else(|_| outer.clone())
}

fn target<'r>(reference: &Value, resolver: &Resolver<'r>) -> Option<Resolved<'r>> {
    resolver.lookup(reference.as_str()?).ok()
}
