//! Small alterations of an answer: its status, one header field, its body, one member.

use bytes::Bytes;
use serde_json::Value;

use crate::contract::Pointer;
use crate::exchange::Received;

pub(super) fn status(received: &Received, status: u16) -> Received {
    Received {
        status,
        ..received.clone()
    }
}

/// With this value in place of all of the field's, or without the field.
pub(super) fn header(received: &Received, name: &str, value: Option<&str>) -> Received {
    let mut altered = received.clone();
    altered.headers.retain(|(known, _)| known != name);
    altered
        .headers
        .extend(value.map(|value| (name.to_owned(), value.as_bytes().to_vec())));
    altered
}

pub(super) fn body(received: &Received, body: impl Into<Bytes>) -> Received {
    Received {
        body: body.into(),
        ..received.clone()
    }
}

pub(super) fn json(received: &Received, value: &Value) -> Received {
    body(received, value.to_string())
}

/// With another value at the pointer.
pub(super) fn member(
    received: &Received,
    value: &Value,
    pointer: &Pointer,
    new: Value,
) -> Option<Received> {
    let mut altered = value.clone();
    *altered.pointer_mut(pointer.as_str())? = new;
    Some(json(received, &altered))
}

/// With this value at the pointer, added to its object where it is missing.
pub(super) fn put(
    received: &Received,
    value: &Value,
    pointer: &Pointer,
    new: Value,
) -> Option<Received> {
    if pointer.get(value).is_some() {
        return member(received, value, pointer, new);
    }
    let (parent, _) = pointer.as_str().rsplit_once('/')?;
    let mut altered = value.clone();
    let members = altered.pointer_mut(parent)?.as_object_mut()?;
    members.insert(pointer.parts().last()?.clone(), new);
    Some(json(received, &altered))
}

/// Without the member at the pointer.
pub(super) fn without(received: &Received, value: &Value, pointer: &Pointer) -> Option<Received> {
    let (parent, _) = pointer.as_str().rsplit_once('/')?;
    let name = pointer.parts().last()?;
    let mut altered = value.clone();
    match altered.pointer_mut(parent)? {
        Value::Object(members) => {
            members.shift_remove(name)?;
        }
        Value::Array(items) => {
            let index: usize = name.parse().ok().filter(|index| *index < items.len())?;
            items.remove(index);
        }
        _ => return None,
    }
    Some(json(received, &altered))
}

/// The pointers of all members inside a value, as far as objects lead.
pub(super) fn pointers(value: &Value, at: &str, found: &mut Vec<Pointer>) {
    let Some(members) = value.as_object() else {
        return;
    };
    for (name, member) in members {
        let at = format!("{at}/{}", Pointer::escape(name));
        found.extend(Pointer::parse(&at));
        pointers(member, &at, found);
    }
}

/// Of another JSON type: a string where there was none, otherwise a number.
pub(super) fn retyped(value: &Value) -> Value {
    if value.is_string() {
        Value::from(7)
    } else {
        Value::from("other")
    }
}

/// Another value of the same type.
pub(super) fn changed(value: &Value) -> Value {
    match value {
        Value::Null => Value::from("other"),
        Value::Bool(flag) => Value::Bool(!flag),
        Value::Number(number) => Value::from(number.as_f64().unwrap_or_default() + 1.0),
        Value::String(text) => Value::from(format!("{text}-other")),
        Value::Array(items) => {
            let mut items = items.clone();
            items.push(Value::from("other"));
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members = members.clone();
            members.insert("other".to_owned(), Value::from("other"));
            Value::Object(members)
        }
    }
}

/// The text with the member at the pointer standing twice.
pub(super) fn twice(value: &Value, pointer: &Pointer) -> Option<String> {
    let (parent, _) = pointer.as_str().rsplit_once('/')?;
    let name = pointer.parts().last()?;
    let member = pointer.get(value)?;
    let object = value.pointer(parent)?.to_string();
    let doubled = format!(
        "{{{}:{member},{}",
        Value::from(name.as_str()),
        object.strip_prefix('{')?
    );
    // The object stands once in the text, since it has the member and is the deepest to have it.
    Some(value.to_string().replacen(&object, &doubled, 1))
}
