//! Compiling a JSON Schema: offline, and with patterns that cannot backtrack. What is held to it is left to `judge`.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// Compiles a schema of draft 2020-12. The error says what is wrong with it.
///
/// A reference out of the file is never fetched: it is an error.
pub fn compile(text: &str) -> Result<Validator, String> {
    let schema: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    jsonschema::draft202012::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map_err(|error| format!("it is not a JSON Schema that stands alone: {error}"))
}
