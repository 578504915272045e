//! Compiling a JSON Schema: offline, with patterns that cannot backtrack, and of bounded size. What is held to it is left to `judge`.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::weight::weigh;

/// No schema is larger, in bytes: a validator takes forty times its length in memory.
const LARGEST: usize = 4 * 1024 * 1024;

/// Compiles a schema of draft 2020-12. The error says what is wrong with it.
///
/// A reference out of the file is never fetched: it is an error.
pub fn compile(text: &str) -> Result<Validator, String> {
    if text.len() > LARGEST {
        return Err(format!("it is larger than {} MiB", LARGEST / 1024 / 1024));
    }
    let schema: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    weigh(&schema).map_err(
        |_| "its references make too much of it: one followed by two, each by two more, and so on",
    )?;
    jsonschema::draft202012::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map_err(|error| format!("it is not a JSON Schema that stands alone: {error}"))
}
