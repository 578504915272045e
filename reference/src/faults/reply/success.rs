//! Successes that do not carry what the surface promises.

use serde_json::{Value, json};

use super::edit::Edit::{Bytes, Rename, Set, Shape, Without};
use super::{Deviation, Fault as F, success};
use crate::route::Class::{
    CreateAsset, CreateGeneration, ReadAsset, ReadBilling, ReadGeneration, ReadUsage, Regenerate,
};

/// As many characters of a reference are kept.
const SHORT: usize = 8;

/// One line a fault.
#[rustfmt::skip]
pub(super) fn of(fault: F) -> Deviation {
    Some(match fault {
        F::NoJobId => (success(CreateGeneration), Without("/job_id")),
        F::IdForJobId => (success(Regenerate), Rename("/job_id", "id")),
        F::NumberJobId => (success(CreateGeneration), Set("/job_id", "17")),
        F::NoStatus => (success(Regenerate), Without("/status")),
        F::SuccessWrapped => (success(CreateAsset), Shape(|value| json!({"data": value}))),
        F::SuccessList => (success(ReadGeneration), Shape(|value| json!([value]))),
        F::SuccessTail => (success(ReadGeneration), Bytes(|text| format!("{text}null").into())),
        F::NoIngestId => (success(CreateAsset), Without("/ingest_id")),
        F::NoAssetId => (success(ReadAsset), Without("/source_asset_id")),
        F::UsageNoJobs => (success(ReadUsage), Without("/jobs/failed")),
        F::UsageNoLimits => (success(ReadUsage), Without("/rate_limits")),
        F::BillingArray => (success(ReadBilling), Shape(|mut value| value["events"].take())),
        F::BillingNoCursor => (success(ReadBilling), Without("/next_cursor")),
        F::ReadNoOutputs => (success(ReadGeneration), Without("/outputs")),
        F::ReadNoReference => (success(ReadGeneration), Without("/reference")),
        F::ReadOther => (success(ReadGeneration), Set("/job_id", r#""job_acme_2""#)),
        F::ReferenceDropped => (success(ReadGeneration), Set("/reference", "null")),
        F::ReferenceCut => (success(ReadGeneration), Shape(|value| reference(value, |text| text.chars().take(SHORT).collect()))),
        F::ReferenceEscaped => (success(ReadGeneration), Shape(|value| reference(value, |text| text.replace('&', "&amp;").replace('<', "&lt;")))),
        F::MetadataText => (success(ReadGeneration), Shape(text_of_metadata)),
        F::MetadataDropped => (success(ReadGeneration), Set("/metadata", "null")),
        _ => return None,
    })
}

/// The value with its reference changed.
fn reference(mut value: Value, change: fn(&str) -> String) -> Value {
    if let Some(text) = value["reference"].as_str().map(change) {
        value["reference"] = text.into();
    }
    value
}

fn text_of_metadata(mut value: Value) -> Value {
    value["metadata"] = value["metadata"].to_string().into();
    value
}
