//! Values as TOML on one line, the way an author would type them.

use std::fmt::Write as _;

use serde_json::Value;

/// A string between quotes.
pub(super) fn string(text: &str) -> String {
    let mut made = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            letter if crate::input::diagnostic::is_hidden(letter) => {
                let _ = write!(made, "\\U{:08X}", u32::from(letter));
            }
            letter => made.push(letter),
        }
    }
    made.push('"');
    made
}

/// A key, between quotes where it needs them.
pub(super) fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        string(name)
    }
}

/// A value; TOML has no null, so a template stands for it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => string("{{ null }}"),
        Value::Bool(yes) => yes.to_string(),
        // What is beyond TOML's integers is left to the template engine, which keeps it.
        Value::Number(number) if number.is_u64() && !number.is_i64() => {
            string(&format!("{{{{ {number} }}}}"))
        }
        Value::Number(number) => number.to_string(),
        Value::String(text) => string(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{} = {}", key(name), self::value(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}
