//! Fields that a style reads more leniently, or asks more of, before they are checked.

use serde_json::Value;

use super::Style;
use crate::envelope::Failure;
use crate::payload::Payload;
use crate::route::Class;
use crate::settings;
use crate::source;

/// Makes of the fields what a server of this style makes of them.
pub(crate) fn settle(style: Style, class: Class, payload: &mut Payload) -> Result<(), Failure> {
    const NOT_SUPPORTED: Failure = Failure::Validation("The fields are not supported.");
    let regenerates = class == Class::Regenerate;
    let file = payload.file.is_some();
    let fields = &mut payload.fields;
    let names = |name: &str| fields.contains_key(name);
    match style {
        Style::NoSource400 if !regenerates && !file && !source::FIELDS.into_iter().any(names) => {
            return Err(Failure::BadRequest("A source is required."));
        }
        Style::RegenerateStrict if regenerates && fields.is_empty() => {
            return Err(Failure::BadRequest("A field is required."));
        }
        Style::RegenerateLenient if regenerates => {
            fields.retain(|name, _| !source::FIELDS.contains(&name.as_str()));
        }
        Style::FieldsLenient => {
            let known =
                |name: &str| settings::NAMES.contains(&name) || source::FIELDS.contains(&name);
            let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            fields.retain(|name, value| known(name) && !value.is_null() && !empty(value));
        }
        Style::FurnishNeeds
            if fields.get("mode").is_some_and(|mode| mode == "furnish")
                && !(names("room_types") && names("style_preset")) =>
        {
            return Err(NOT_SUPPORTED);
        }
        Style::SixRooms => {
            let rooms = fields.get("room_types").and_then(Value::as_array);
            if rooms.is_some_and(|rooms| rooms.iter().any(|room| room == "Bedroom")) {
                return Err(NOT_SUPPORTED);
            }
        }
        _ => {}
    }
    Ok(())
}
