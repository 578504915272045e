//! The one writer of suites: tables, keys and values as TOML, the way an author would type them. `migrate` rewrites existing files.

use std::fmt::Write as _;

use serde_json::{Value, json};
use toml_writer::{ToTomlKey as _, ToTomlValue as _, TomlKeyBuilder, TomlStringBuilder};

use crate::input::diagnostic::{is_hidden, one_line};

/// How many requests the burst of a new case sends, until the author changes it.
const BURST: usize = 300;

/// The text of a suite, written line by line.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
}

impl Writer {
    /// Goes on after a text, with an empty line between.
    pub fn after(text: &str) -> Self {
        let text = format!("{text}\n");
        Self { text }
    }

    /// The text that was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Writes a comment.
    pub fn comment(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {}", one_line(text));
    }

    /// Writes an empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes the header of a table.
    pub fn table(&mut self, path: &[&str]) {
        let _ = writeln!(self.text, "[{}]", dotted(path));
    }

    /// Writes a key, dotted if it has several parts, and its value.
    pub fn entry(&mut self, path: &[impl AsRef<str>], value: &Value) {
        let _ = writeln!(self.text, "{} = {}", dotted(path), written(value));
    }

    /// Begins a case; `why` it has this clause is a comment.
    pub fn case(&mut self, name: &str, clause: &str, why: Option<&str>, request: &str) {
        let why = why.map_or(String::new(), |why| format!(" # {}", one_line(why)));
        let (name, clause, request) = (string(name), string(clause), string(request));
        let _ = write!(
            self.text,
            "[[case]]\nname = {name}\nclause = {clause}{why}\nrequest = {request}\n"
        );
    }

    /// Writes the burst of a case that reaches a limit, and what it expects.
    pub fn burst(&mut self, until: &Value) {
        self.entry(&["burst"], &json!({ "requests": BURST, "until": until }));
        self.entry(&["expect", "each"], &json!(["success", until]));
    }
}

fn dotted(path: &[impl AsRef<str>]) -> String {
    let parts: Vec<String> = path.iter().map(|part| key(part.as_ref())).collect();
    parts.join(".")
}

fn key(name: &str) -> String {
    let key = TomlKeyBuilder::new(name);
    let key = key.as_unquoted().unwrap_or_else(|| key.as_basic());
    visible(&key.to_toml_key())
}

fn string(text: &str) -> String {
    visible(&TomlStringBuilder::new(text).as_basic().to_toml_value())
}

/// Escapes the characters that TOML allows between quotes and nobody can see.
fn visible(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    for letter in quoted.chars() {
        if is_hidden(letter) {
            let _ = write!(text, "\\U{:08X}", u32::from(letter));
        } else {
            text.push(letter);
        }
    }
    text
}

/// A value on one line; TOML has no null, so a template stands for it.
fn written(value: &Value) -> String {
    match value {
        Value::Null => string("{{ null }}"),
        Value::Bool(yes) => yes.to_string(),
        // Numbers beyond TOML's integers are left to the template engine, which keeps them.
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            string(&format!("{{{{ {number} }}}}"))
        }
        Value::Number(number) => number.to_string(),
        Value::String(text) => string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{} = {}", key(name), written(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}
