//! Validation that overlooks something, or refuses too much: what a server with the fault makes of the fields before they are checked.
//! The records of idempotency see them as they were sent.

use serde_json::{Value, json};

use super::Fault as F;
use crate::envelope::Failure;
use crate::fields::Fields;
use crate::payload::Payload;
use crate::route::Class;

const OPEN_PLAN: [&str; 3] = ["Living Room", "Kitchen", "Dining Room"];
const WET: [&str; 3] = ["Bathroom", "Shower", "Toilet"];

/// Mends what the fault overlooks, so that the checks find nothing there.
pub(crate) fn overlook(fault: F, class: Class, payload: &mut Payload) {
    let regenerates = class == Class::Regenerate;
    let file = payload.file.is_some();
    let fields = &mut payload.fields;
    let known = |fields: &Fields, name: &str, values: &[&str]| {
        text(fields, name).is_none_or(|text| values.contains(&text))
    };
    match fault {
        F::AnyWorkflow if !known(fields, "workflow", &["staging", "pro_capture"]) => {
            put(fields, "workflow", json!("staging"));
        }
        F::NoWorkflow if class == Class::CreateGeneration && !fields.contains_key("workflow") => {
            put(fields, "workflow", json!("staging"));
        }
        F::AnyCapture
            if !known(
                fields,
                "capture_type",
                &["photo", "panorama360", "floorplan"],
            ) =>
        {
            put(fields, "capture_type", json!("photo"));
        }
        F::NoCapture
            if class == Class::CreateGeneration && !fields.contains_key("capture_type") =>
        {
            put(fields, "capture_type", json!("photo"));
        }
        F::AnyMode if !known(fields, "mode", &["clean", "furnish"]) => {
            put(fields, "mode", json!("clean"));
        }
        F::NoMode
            if !regenerates
                && text(fields, "workflow") == Some("staging")
                && text(fields, "capture_type") == Some("photo")
                && !fields.contains_key("mode") =>
        {
            put(fields, "mode", json!("clean"));
        }
        F::ModeFloorplan if text(fields, "capture_type") == Some("floorplan") => {
            fields.shift_remove("mode");
        }
        F::ModePanorama if text(fields, "capture_type") == Some("panorama360") => {
            fields.shift_remove("mode");
        }
        F::ModePro if text(fields, "workflow") == Some("pro_capture") => {
            fields.shift_remove("mode");
        }
        F::NoStyle if text(fields, "capture_type") == Some("panorama360") => style(fields),
        F::NoStylePro if text(fields, "workflow") == Some("pro_capture") => style(fields),
        F::RoomsText if text(fields, "room_types").is_some() => {
            let room = fields.get("room_types").cloned();
            put(fields, "room_types", json!([room]));
        }
        F::RoomsUnknown => keep_rooms(fields, |_, room| known_room(room)),
        F::RoomsFirst => keep_rooms(fields, |index, room| index == 0 || known_room(room)),
        F::RoomsMixed => keep_rooms(fields, |index, room| index == 0 || !known_room(room)),
        F::RoomsMixedRegenerate if regenerates => keep_rooms(fields, |index, _| index == 0),
        F::RoomsPair => keep_rooms(fields, |index, _| index < 2),
        F::AnyReference => keep(fields, "reference", Value::is_string),
        F::AnyMetadata => keep(fields, "metadata", Value::is_object),
        F::AnyStyle if fields.get("style_preset").is_some_and(Value::is_number) => {
            put(fields, "style_preset", json!("modern"));
        }
        F::AnyWebhook => keep(fields, "webhook", Value::is_object),
        F::AnyWebhookUrl if fields.get("webhook").is_some_and(Value::is_object) => {
            fields.shift_remove("webhook");
        }
        F::AnySourceUrl if fields.contains_key("source_url") => {
            put(
                fields,
                "source_url",
                json!("https://images.example.com/any.jpg"),
            );
        }
        F::BothSources if fields.contains_key("source_asset_id") => {
            fields.shift_remove("source_url");
        }
        F::FileAndUrl if file && class == Class::CreateGeneration => {
            fields.shift_remove("source_url");
        }
        F::AssetFileAndUrl if file && class == Class::CreateAsset => {
            fields.shift_remove("source_url");
        }
        F::FileAndAsset if file => {
            fields.shift_remove("source_asset_id");
        }
        F::NoSource
            if class == Class::CreateGeneration
                && !file
                && !fields.contains_key("source_asset_id")
                && !fields.contains_key("source_url") =>
        {
            put(
                fields,
                "source_url",
                json!("https://images.example.com/any.jpg"),
            );
        }
        F::FormUnchecked if file && class == Class::CreateGeneration => {
            for (name, value) in [
                ("workflow", "staging"),
                ("capture_type", "photo"),
                ("mode", "clean"),
            ] {
                put(fields, name, json!(value));
            }
        }
        _ => {}
    }
}

/// Refuses what the fault takes for wrong, or fails on it.
pub(crate) fn refuse(fault: F, class: Class, payload: &Payload) -> Result<(), Failure> {
    const REFUSED: Failure = Failure::Validation("The fields are not supported.");
    let fields = &payload.fields;
    let rooms = || fields.get("room_types").and_then(Value::as_array);
    let has = |room: &str| rooms().is_some_and(|rooms| rooms.iter().any(|one| one == room));
    let sources = ["source_url", "source_asset_id"];
    let named = sources
        .iter()
        .filter(|name| fields.contains_key(**name))
        .count();
    let count = named + usize::from(payload.file.is_some());
    let (hit, failure) = match fault {
        F::PanoramaRefused => (text(fields, "capture_type") == Some("panorama360"), REFUSED),
        F::FloorplanRefused => (text(fields, "capture_type") == Some("floorplan"), REFUSED),
        F::ProRefused => (text(fields, "workflow") == Some("pro_capture"), REFUSED),
        F::TrioRefused => (rooms().is_some_and(|rooms| rooms.len() > 2), REFUSED),
        F::WetRefused => (has("Bathroom") && has("Toilet"), REFUSED),
        F::ShowerUnknown => (has("Shower"), REFUSED),
        F::AsciiReference => (
            text(fields, "reference").is_some_and(|text| !text.is_ascii()),
            REFUSED,
        ),
        F::FlatMetadata => (fields.get("metadata").is_some_and(is_nested), REFUSED),
        F::Type500 => (
            fields
                .get("workflow")
                .is_some_and(|value| !value.is_string()),
            Failure::Internal,
        ),
        F::RoomTypeRegenerate500 => {
            let rooms = fields.get("room_types").and_then(Value::as_array);
            let odd = rooms.is_some_and(|rooms| rooms.iter().any(|room| !room.is_string()));
            (odd && class == Class::Regenerate, Failure::Internal)
        }
        F::Sources422 => (
            count > 1,
            Failure::Validation("Exactly one source is required."),
        ),
        F::NoSource500 => (count == 0 && class != Class::Regenerate, Failure::Internal),
        _ => return Ok(()),
    };
    if hit { Err(failure) } else { Ok(()) }
}

/// The fields as the fault compares them under one key.
pub(crate) fn compared(fault: F, fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    match fault {
        F::MissedReference => {
            fields.shift_remove("reference");
        }
        F::MissedMetadata => {
            fields.shift_remove("metadata");
        }
        F::MissedNested => {
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                metadata.retain(|_, value| !value.is_object() && !value.is_array());
            }
        }
        F::MissedTypes => {
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                for value in metadata.values_mut().filter(|value| value.is_number()) {
                    *value = value.to_string().into();
                }
            }
        }
        F::MissedAdded => {
            fields.shift_remove("room_types");
        }
        _ => {}
    }
    fields
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

fn put(fields: &mut Fields, name: &str, value: Value) {
    fields.insert(name.to_owned(), value);
}

fn style(fields: &mut Fields) {
    if !fields.contains_key("style_preset") {
        put(fields, "style_preset", json!("modern"));
    }
}

/// Drops a field that is not of its type.
fn keep(fields: &mut Fields, name: &str, fits: fn(&Value) -> bool) {
    if fields
        .get(name)
        .is_some_and(|value| !value.is_null() && !fits(value))
    {
        fields.shift_remove(name);
    }
}

fn known_room(room: &Value) -> bool {
    room.as_str()
        .is_none_or(|room| OPEN_PLAN.contains(&room) || WET.contains(&room) || room == "Bedroom")
}

/// Drops rooms; where none is left, the field.
fn keep_rooms(fields: &mut Fields, keeps: impl Fn(usize, &Value) -> bool) {
    let Some(Value::Array(rooms)) = fields.get_mut("room_types") else {
        return;
    };
    let before = rooms.len();
    let mut index = 0;
    rooms.retain(|room| {
        index += 1;
        keeps(index - 1, room)
    });
    if rooms.is_empty() && before > 0 {
        fields.shift_remove("room_types");
    }
}

fn is_nested(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members
            .values()
            .any(|value| value.is_object() || value.is_array())
    })
}
