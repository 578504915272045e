//! A JSON Schema of a kind of file, written from the tables that its reader goes by, for editors: TOML language servers complete,
//! explain and check by it. It is of draft 7, which all of them know.
//!
//! A schema asks for less than the loader, and never for more: names, bounds across keys and whether a file is there are left to `gonogo lint`.

use serde_json::{Map, Value, json};

use super::shape::{Entry, Form, Shape};

/// What a template in place of any value looks like.
const TEMPLATE: &str = r"\{\{";

/// The schema of the files whose root is `root`. In the table `templated`, and in those within, a template may stand for any value.
pub fn schema(
    title: &str,
    description: &str,
    root: &'static Shape,
    templated: Option<&'static Shape>,
) -> Value {
    let mut writer = Writer {
        templated,
        templates: false,
        definitions: Map::new(),
    };
    let body = writer.table(root);
    let mut made = Map::new();
    made.insert(
        "$schema".into(),
        "http://json-schema.org/draft-07/schema#".into(),
    );
    made.insert("title".into(), title.into());
    made.insert("description".into(), description.into());
    made.extend(body);
    let mut definitions = writer.definitions;
    definitions.sort_keys();
    made.insert("definitions".into(), definitions.into());
    made.into()
}

struct Writer {
    templated: Option<&'static Shape>,
    /// Whether that is where it is.
    templates: bool,
    /// The tables that were met, by name.
    definitions: Map<String, Value>,
}

impl Writer {
    fn table(&mut self, shape: &'static Shape) -> Map<String, Value> {
        let own = shape.entries();
        let other = shape.or.map_or(Vec::new(), |(_, other)| other.entries());
        let properties: Map<String, Value> = own
            .iter()
            .chain(&other)
            .map(|entry| (entry.name.to_owned(), self.entry(entry)))
            .collect();
        let mut made = keywords(json!({
            "type": "object",
            "additionalProperties": false,
            "required": required(&own),
            "properties": properties,
        }));
        if let Some((key, _)) = shape.or {
            let absent = other
                .iter()
                .map(|entry| (entry.name.to_owned(), false.into()));
            let absent: Map<String, Value> = absent.collect();
            made.extend(keywords(json!({
                "if": open(json!({ "required": [key] })),
                "then": open(json!({ "properties": absent })),
                "else": open(json!({ "required": required(&other) })),
            })));
        }
        made
    }

    fn entry(&mut self, entry: &'static Entry) -> Value {
        let Entry {
            name,
            text,
            example,
            ..
        } = entry;
        let description = format!("{text}\n\nExample: `{name} = {example}`");
        let mut made =
            keywords(json!({ "description": description, "examples": [value(example)] }));
        let form = self.form(&entry.form);
        if form.contains_key("$ref") {
            // Beside a reference, draft 7 heeds nothing else.
            made.insert("allOf".into(), json!([form]));
        } else {
            made.extend(form);
        }
        made.into()
    }

    /// The keywords of a form, a template in its place included.
    fn form(&mut self, form: &'static Form) -> Map<String, Value> {
        let made = match form {
            Form::Table(shape) => return self.reference(shape),
            form => self.plain(form),
        };
        if self.templates {
            or_template(made)
        } else {
            made
        }
    }

    fn plain(&mut self, form: &'static Form) -> Map<String, Value> {
        let made = match form {
            Form::Any => open(json!({})),
            Form::Text => json!({ "type": "string" }),
            Form::Flag => json!({ "type": "boolean" }),
            Form::Integer => json!({ "type": "integer" }),
            Form::Whole(least, usize::MAX) => json!({ "type": "integer", "minimum": least }),
            Form::Whole(least, most) => {
                json!({ "type": "integer", "minimum": least, "maximum": most })
            }
            Form::Number => json!({ "type": "number" }),
            Form::Between(least, most) => {
                json!({ "type": "number", "minimum": least, "maximum": most })
            }
            Form::Like(pattern) => json!({ "type": "string", "pattern": pattern }),
            Form::Word(words) => json!({ "type": "string", "enum": words() }),
            Form::List(item) => json!({ "type": "array", "items": self.form(item) }),
            Form::Map(value) => {
                json!({ "type": "object", "additionalProperties": self.form(value) })
            }
            Form::Pointers(value) => {
                let names = self.form(&Form::POINTER);
                json!({ "type": "object", "propertyNames": names, "additionalProperties": self.form(value) })
            }
            Form::Table(shape) => return self.table(shape),
            Form::Either(forms) => return self.either(forms),
        };
        keywords(made)
    }

    /// Forms of different types in one: each keyword concerns one type only, and an error in one form is told where it is.
    fn either(&mut self, forms: &'static [Form]) -> Map<String, Value> {
        let mut made = Map::new();
        let mut types: Vec<Value> = Vec::new();
        for form in forms {
            let mut form = self.plain(form);
            types.extend(form.remove("type"));
            made.extend(form);
        }
        made.insert("type".into(), types.into());
        made
    }

    fn reference(&mut self, shape: &'static Shape) -> Map<String, Value> {
        let name = shape
            .what
            .trim_start_matches("a ")
            .trim_start_matches("an ");
        let name = name.replace('`', "").replace(' ', "-");
        if !self.definitions.contains_key(&name) {
            let outside = self.templates;
            self.templates |= self.templated.is_some_and(|table| table.what == shape.what);
            let made = self.table(shape);
            let made = if outside { or_template(made) } else { made };
            self.definitions.insert(name.clone(), made.into());
            self.templates = outside;
        }
        keywords(json!({ "$ref": format!("#/definitions/{name}") }))
    }
}

/// A form, or a template in its place.
fn or_template(mut form: Map<String, Value>) -> Map<String, Value> {
    if form.contains_key("enum") {
        return keywords(json!({ "anyOf": [form, { "type": "string", "pattern": TEMPLATE }] }));
    }
    let types: Vec<Value> = match form.get("type") {
        None => return form,
        Some(Value::Array(types)) => types.clone(),
        Some(one) => vec![one.clone()],
    };
    let pattern = form.get("pattern").and_then(Value::as_str);
    let pattern = match pattern {
        Some(pattern) => format!("{pattern}|{TEMPLATE}"),
        None if types.contains(&"string".into()) => return form,
        None => TEMPLATE.to_owned(),
    };
    let mut types = types;
    if !types.contains(&"string".into()) {
        types.push("string".into());
    }
    form.insert(
        "type".into(),
        if types.len() == 1 {
            types.remove(0)
        } else {
            types.into()
        },
    );
    form.insert("pattern".into(), pattern.into());
    form
}

/// A schema that says so of keys that it does not name: a language server that is strict of its own accord asks for it.
fn open(mut schema: Value) -> Value {
    schema["additionalProperties"] = true.into();
    schema
}

fn keywords(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(keywords) => keywords,
        _ => Map::new(),
    }
}

fn required(entries: &[&Entry]) -> Value {
    let needed = entries.iter().filter(|entry| entry.needed);
    needed.map(|entry| entry.name).collect()
}

/// A TOML value as JSON, or null if it is not TOML.
fn value(text: &str) -> Value {
    let table: Result<Map<String, Value>, _> = toml::from_str(&format!("value = {text}"));
    let value = table.ok().and_then(|mut table| table.remove("value"));
    value.unwrap_or_default()
}
