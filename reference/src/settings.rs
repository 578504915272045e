//! What a generation is asked to be: the fields beside its source, as they are typed.
//!
//! A [`Draft`] is what one request says; [`Settings`] are complete and obey the matrix. Only `matrix` makes the one
//! into the other.

use axum::http::Uri;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::envelope::Failure;
use super::fields::{self, Fields};
use super::fingerprint::Fingerprint;

/// The fields that a generation has beside its source.
pub(super) const NAMES: [&str; 8] = [
    "workflow",
    "capture_type",
    "mode",
    "room_types",
    "style_preset",
    "reference",
    "metadata",
    "webhook",
];

/// The longest `style_preset`, in characters.
const LONGEST_STYLE: usize = 255;
/// The longest `reference`, in characters.
const LONGEST_REFERENCE: usize = 1_000;
/// The longest `metadata`, in bytes of JSON.
const LONGEST_METADATA: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Workflow {
    Staging,
    ProCapture,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Capture {
    Photo,
    Panorama360,
    Floorplan,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    Clean,
    Furnish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Room {
    #[serde(rename = "Living Room")]
    Living,
    Kitchen,
    #[serde(rename = "Dining Room")]
    Dining,
    Bathroom,
    Shower,
    Toilet,
    Bedroom,
}

/// Rooms that may be in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    OpenPlan,
    Wet,
}

impl Room {
    /// The family of a room; one without a family stands alone.
    pub(super) fn family(self) -> Option<Family> {
        match self {
            Self::Living | Self::Kitchen | Self::Dining => Some(Family::OpenPlan),
            Self::Bathroom | Self::Shower | Self::Toilet => Some(Family::Wet),
            Self::Bedroom => None,
        }
    }
}

/// What one request says.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) workflow: Option<Workflow>,
    pub(super) capture_type: Option<Capture>,
    pub(super) mode: Option<Mode>,
    pub(super) room_types: Option<Vec<Room>>,
    pub(super) style_preset: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) webhook: Option<Uri>,
}

/// What a job does, and what it tells about itself.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) workflow: Workflow,
    pub(super) capture_type: Capture,
    pub(super) mode: Option<Mode>,
    pub(super) room_types: Option<Vec<Room>>,
    pub(super) style_preset: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) webhook: Option<Uri>,
}

impl Draft {
    /// Reads the fields, each for itself.
    pub(super) fn read(fields: &Fields) -> Result<Self, Failure> {
        Ok(Self {
            workflow: fields::choice(
                fields,
                "workflow",
                "workflow must be staging or pro_capture.",
            )?,
            capture_type: fields::choice(
                fields,
                "capture_type",
                "capture_type must be photo, panorama360 or floorplan.",
            )?,
            mode: fields::choice(fields, "mode", "mode must be clean or furnish.")?,
            room_types: fields::choices(
                fields,
                "room_types",
                "room_types must be a list of known rooms that is not empty.",
            )?,
            style_preset: fields::text(
                fields,
                "style_preset",
                LONGEST_STYLE,
                "style_preset must be a string of 1 to 255 characters.",
            )?,
            reference: fields::text(
                fields,
                "reference",
                LONGEST_REFERENCE,
                "reference must be a string of 1 to 1000 characters.",
            )?,
            metadata: metadata(fields)?,
            webhook: webhook(fields)?,
        })
    }
}

impl Settings {
    /// Equal for jobs that make the same picture of the same source.
    pub(super) fn fingerprint(&self) -> String {
        let config = json!({
            "workflow": self.workflow,
            "capture_type": self.capture_type,
            "mode": self.mode,
            "room_types": self.room_types,
            "style_preset": self.style_preset,
        });
        Fingerprint::of(&config).hex()
    }
}

fn metadata(fields: &Fields) -> Result<Option<Value>, Failure> {
    match fields.get("metadata") {
        None => Ok(None),
        Some(value) if value.is_object() && value.to_string().len() <= LONGEST_METADATA => {
            Ok(Some(value.clone()))
        }
        Some(_) => Err(Failure::Validation(
            "metadata must be an object of at most 64 KiB.",
        )),
    }
}

fn webhook(fields: &Fields) -> Result<Option<Uri>, Failure> {
    const MESSAGE: &str = "webhook must be an object with an http or https url.";
    match fields.get("webhook") {
        None => Ok(None),
        Some(Value::Object(webhook)) => {
            fields::only(webhook, &["url"])?;
            let url = fields::url(webhook, "url", MESSAGE)?;
            url.map(Some).ok_or(Failure::Validation(MESSAGE))
        }
        Some(_) => Err(Failure::Validation(MESSAGE)),
    }
}
