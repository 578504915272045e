//! A JSON Schema, compiled offline by the draft that it names, with patterns that cannot backtrack, and of bounded size. `judge`
//! validates bodies against it.

mod files;
mod keywords;
mod weight;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};

use files::Documents;

pub use keywords::SchemaWarning;

use crate::input::files::Folder;

/// A compiled schema, with the files that it was made of.
#[derive(Debug)]
pub struct Schema {
    /// The file, as the author names it.
    pub file: String,
    /// The validator.
    pub validator: Validator,
    documents: Documents,
}

/// The drafts by the `$schema` that names them.
const DRAFTS: &str = "draft-04, draft-06, draft-07, 2019-09 or 2020-12 of https://json-schema.org";

impl Schema {
    /// Compiles the schema `file` of a folder. A reference to another file is relative to the file that it stands in, and does not
    /// leave the folder; nothing is fetched. The error says what is wrong, and where.
    pub fn load(folder: &Folder, file: &str, named: &str) -> Result<Self, String> {
        let documents = Documents::read(folder, file)?;
        documents.weigh()?;
        let (base, schema) = documents.root();
        let validator = jsonschema::options()
            .with_draft(draft(schema)?)
            .with_base_uri(base)
            .with_retriever(documents.retriever())
            .with_pattern_options(PatternOptions::regex())
            .build(schema)
            .map_err(|error| reason(&error))?;
        Ok(Self {
            file: named.to_owned(),
            validator,
            documents,
        })
    }

    /// The path of its file, as messages show it.
    pub fn path(&self) -> &str {
        self.documents.path()
    }

    /// The texts of all its files.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.documents.texts()
    }

    /// Parts of the schema that are valid but probably a mistake.
    pub fn warnings(&self) -> Vec<SchemaWarning> {
        self.documents.warnings()
    }
}

/// The draft that a schema names; 2020-12 where it names none.
fn draft(schema: &serde_json::Value) -> Result<Draft, String> {
    match Draft::default().detect(schema) {
        Draft::Unknown => Err(format!(
            "its `$schema` is {}, expected {DRAFTS}",
            schema.get("$schema").unwrap_or_default()
        )),
        draft => Ok(draft),
    }
}

/// Why a schema does not compile, with the JSON Pointer of the place.
fn reason(error: &ValidationError<'_>) -> String {
    let place = error.instance_path().as_str();
    let keyword = place.rsplit('/').next().unwrap_or_default();
    let value = error.instance();
    let what = match error.kind() {
        ValidationErrorKind::Referencing(error) => format!("cannot resolve a `$ref`: {error}"),
        ValidationErrorKind::Format { format } if format == "regex" => {
            format!(
                "the pattern {value} does not compile (look-around and back-references are not supported)"
            )
        }
        ValidationErrorKind::AnyOf { .. } if keyword == "type" => {
            format!("the type {value} is unknown")
        }
        _ if ["pattern", "patternProperties"].contains(&keyword) => {
            format!(
                "the pattern {value} does not compile (look-around and back-references are not supported): {error}"
            )
        }
        _ => error.to_string(),
    };
    match place {
        "" => what,
        place => format!("at {place}: {what}"),
    }
}
