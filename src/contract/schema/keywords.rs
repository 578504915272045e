//! Warnings about keywords that a schema's draft does not know, and about schemas that accept everything.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::draft;
use crate::contract::Pointer;
use crate::input::diagnostic::{did_you_mean, misspelt};

/// A probable mistake in a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaWarning {
    /// The file, as messages show it.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The bytes of the text that it is about.
    pub span: std::ops::Range<usize>,
    /// What was found.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// How to fix it.
    pub help: Option<String>,
}

/// What a keyword's value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A schema, or a list of schemas.
    Schemas,
    /// Schemas by name.
    Named,
    /// No schema.
    Nothing,
}

use Draft::{Draft4, Draft6, Draft7, Draft201909, Draft202012};
use Holds::{Named, Nothing, Schemas};

/// The keywords that assert something: the first and the last draft that knows each.
const ASSERTIONS: [(&str, Draft, Draft, Holds); 42] = [
    ("$dynamicRef", Draft202012, Draft202012, Nothing),
    ("$recursiveRef", Draft201909, Draft201909, Nothing),
    ("$ref", Draft4, Draft202012, Nothing),
    ("additionalItems", Draft4, Draft201909, Schemas),
    ("additionalProperties", Draft4, Draft202012, Schemas),
    ("allOf", Draft4, Draft202012, Schemas),
    ("anyOf", Draft4, Draft202012, Schemas),
    ("const", Draft6, Draft202012, Nothing),
    ("contains", Draft6, Draft202012, Schemas),
    ("dependencies", Draft4, Draft7, Named),
    ("dependentRequired", Draft201909, Draft202012, Nothing),
    ("dependentSchemas", Draft201909, Draft202012, Named),
    ("else", Draft7, Draft202012, Schemas),
    ("enum", Draft4, Draft202012, Nothing),
    ("exclusiveMaximum", Draft4, Draft202012, Nothing),
    ("exclusiveMinimum", Draft4, Draft202012, Nothing),
    ("format", Draft4, Draft202012, Nothing),
    ("if", Draft7, Draft202012, Schemas),
    ("items", Draft4, Draft202012, Schemas),
    ("maxContains", Draft201909, Draft202012, Nothing),
    ("maxItems", Draft4, Draft202012, Nothing),
    ("maxLength", Draft4, Draft202012, Nothing),
    ("maxProperties", Draft4, Draft202012, Nothing),
    ("maximum", Draft4, Draft202012, Nothing),
    ("minContains", Draft201909, Draft202012, Nothing),
    ("minItems", Draft4, Draft202012, Nothing),
    ("minLength", Draft4, Draft202012, Nothing),
    ("minProperties", Draft4, Draft202012, Nothing),
    ("minimum", Draft4, Draft202012, Nothing),
    ("multipleOf", Draft4, Draft202012, Nothing),
    ("not", Draft4, Draft202012, Schemas),
    ("oneOf", Draft4, Draft202012, Schemas),
    ("pattern", Draft4, Draft202012, Nothing),
    ("patternProperties", Draft4, Draft202012, Named),
    ("prefixItems", Draft202012, Draft202012, Schemas),
    ("properties", Draft4, Draft202012, Named),
    ("propertyNames", Draft6, Draft202012, Schemas),
    ("required", Draft4, Draft202012, Nothing),
    ("then", Draft7, Draft202012, Schemas),
    ("type", Draft4, Draft202012, Nothing),
    ("unevaluatedItems", Draft201909, Draft202012, Schemas),
    ("unevaluatedProperties", Draft201909, Draft202012, Schemas),
];

/// Those of them that hold nothing but other schemas, which may accept everything.
const APPLICATORS: [Holds; 2] = [Schemas, Named];

/// Keywords that say something of a schema, and assert nothing.
const ANNOTATIONS: [&str; 25] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$id",
    "$recursiveAnchor",
    "$schema",
    "$vocabulary",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "id",
    "readOnly",
    "title",
    "uniqueItems",
    "writeOnly",
    "xml",
];

/// Keywords of other vocabularies, and what to write instead.
const FOREIGN: [(&str, &str); 3] = [
    (
        "nullable",
        "OpenAPI 3.0 has it; write `\"type\": [\"string\", \"null\"]`",
    ),
    (
        "optional",
        "a property is optional unless `required` names it",
    ),
    ("divisibleBy", "write `multipleOf`"),
];

/// Looks through the schema of a file.
pub(super) fn check(
    schema: &Value,
    file: &str,
    text: &str,
    is_root: bool,
    warnings: &mut Vec<SchemaWarning>,
) {
    let draft = draft(schema).unwrap_or_default();
    let mut checker = Checker {
        draft,
        file,
        text,
        looked: 0,
        asserts: false,
        has_format: false,
        warnings,
    };
    checker.schema(schema, "");
    if is_root && !checker.asserts && *schema != Value::Bool(false) {
        checker.warn(
            0..text.len().min(1),
            "this schema accepts everything".to_owned(),
            "expected a keyword that some value breaks, such as `type` or `required`".to_owned(),
            None,
        );
    }
}

struct Checker<'a> {
    draft: Draft,
    file: &'a str,
    text: &'a str,
    /// How far the text has been looked through: keywords are met in its order.
    looked: usize,
    /// Whether any keyword asserts something.
    asserts: bool,
    /// Whether a format that is not checked is reported: once is enough for a file.
    has_format: bool,
    warnings: &'a mut Vec<SchemaWarning>,
}

impl Checker<'_> {
    fn warn(
        &mut self,
        span: std::ops::Range<usize>,
        message: String,
        expected: String,
        help: Option<String>,
    ) {
        self.warnings.push(SchemaWarning {
            file: self.file.to_owned(),
            text: self.text.to_owned(),
            span,
            message,
            expected,
            help,
        });
    }

    fn schema(&mut self, schema: &Value, at: &str) {
        match schema {
            Value::Object(members) => self.members(members, at),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.schema(item, &format!("{at}/{index}"));
                }
            }
            Value::Bool(false) => self.asserts = true,
            _ => {}
        }
    }

    fn members(&mut self, members: &Map<String, Value>, at: &str) {
        // Up to draft 7 nothing beside a reference counts.
        let alone = self.draft <= Draft7 && members.contains_key("$ref");
        for (keyword, value) in members {
            let below = format!("{at}/{}", Pointer::escape(keyword));
            let known = ASSERTIONS.iter().find(|(name, ..)| name == keyword);
            match known {
                Some((_, first, last, holds)) if (*first..=*last).contains(&self.draft) => {
                    if alone && keyword != "$ref" {
                        self.beside_reference(keyword, &below);
                    }
                    if keyword == "format" && self.draft > Draft7 {
                        self.format(&below);
                        continue;
                    }
                    self.asserts |= !APPLICATORS.contains(holds);
                    match holds {
                        Nothing => {}
                        Schemas => self.schema(value, &below),
                        Named => self.named(value, &below),
                    }
                }
                Some((_, first, ..)) => self.of_another_draft(keyword, *first, &below),
                None if ["$defs", "definitions"].contains(&keyword.as_str()) => {
                    // What is defined asserts nothing by itself.
                    let asserts = self.asserts;
                    self.named(value, &below);
                    self.asserts = asserts;
                }
                None if keyword == "uniqueItems" => self.asserts = true,
                None if ANNOTATIONS.contains(&keyword.as_str()) || keyword.starts_with("x-") => {}
                None => self.unknown(keyword, &below),
            }
        }
    }

    fn named(&mut self, value: &Value, at: &str) {
        let Value::Object(schemas) = value else {
            return;
        };
        for (name, schema) in schemas {
            // A dependency may be a list of names.
            if schema.is_array() {
                self.asserts = true;
                continue;
            }
            self.schema(schema, &format!("{at}/{}", Pointer::escape(name)));
        }
    }

    fn unknown(&mut self, keyword: &str, at: &str) {
        let foreign = FOREIGN.iter().find(|(name, _)| *name == keyword);
        let names = || ASSERTIONS.iter().map(|(name, ..)| *name);
        let help = match foreign {
            Some((_, help)) => Some((*help).to_owned()),
            None => misspelt(keyword, names())
                .or_else(|| did_you_mean(keyword, names()))
                .map(|name| format!("did you mean `{name}`?")),
        };
        let span = self.find(keyword);
        self.warn(
            span,
            format!("unknown keyword `{keyword}` at {at}"),
            "it has no effect; expected a keyword of JSON Schema, or a name that begins with `x-`"
                .to_owned(),
            help,
        );
    }

    fn of_another_draft(&mut self, keyword: &str, first: Draft, at: &str) {
        let help = match (keyword, first > self.draft) {
            ("dependencies", _) => "write `dependentRequired` or `dependentSchemas`".to_owned(),
            ("additionalItems", _) => "write `items` beside `prefixItems`".to_owned(),
            ("$recursiveRef", _) => "write `$dynamicRef`".to_owned(),
            (_, true) => "name a later draft in `$schema`".to_owned(),
            _ => "name an earlier draft in `$schema`".to_owned(),
        };
        let span = self.find(keyword);
        self.warn(
            span,
            format!(
                "`{keyword}` at {at} is not a keyword of {}",
                name(self.draft)
            ),
            "it has no effect in this draft".to_owned(),
            Some(help),
        );
    }

    /// Since 2019-09 a format is an annotation.
    fn format(&mut self, at: &str) {
        if std::mem::replace(&mut self.has_format, true) {
            return;
        }
        let span = self.find("format");
        self.warn(
            span,
            format!("`format` at {at} is not checked"),
            format!("in {} it is an annotation", name(self.draft)),
            Some(
                "write a `pattern`, or name draft-07 in `$schema`, which checks formats".to_owned(),
            ),
        );
    }

    fn beside_reference(&mut self, keyword: &str, at: &str) {
        let span = self.find(keyword);
        self.warn(
            span,
            format!("`{keyword}` at {at} has no effect"),
            format!(
                "beside `$ref`, {} ignores all other keywords",
                name(self.draft)
            ),
            Some("put the reference into an `allOf`".to_owned()),
        );
    }

    /// The range of a keyword in the text. Keywords are visited in the order of the text, so the search starts after the previous one.
    fn find(&mut self, keyword: &str) -> std::ops::Range<usize> {
        let quoted = format!("\"{keyword}\"");
        let behind = |from: usize| {
            let rest = self.text.get(from..)?;
            rest.find(&quoted).map(|at| from + at)
        };
        let Some(at) = behind(self.looked).or_else(|| behind(0)) else {
            return 0..0;
        };
        self.looked = at + quoted.len();
        at..self.looked
    }
}

fn name(draft: Draft) -> &'static str {
    match draft {
        Draft4 => "draft-04",
        Draft6 => "draft-06",
        Draft7 => "draft-07",
        Draft201909 => "draft 2019-09",
        _ => "draft 2020-12",
    }
}
