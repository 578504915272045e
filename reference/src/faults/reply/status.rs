//! Answers under another status, each with the envelope that a team would send under it.

use super::edit::Edit::{self, As, Body, Redirect, Status};
use super::{Deviation, Fault as F, on};
use crate::envelope::Failure;
use crate::route::Class::{
    CreateAsset, CreateGeneration, ReadAsset, ReadBilling, ReadGeneration, ReadUsage, Regenerate,
};

const HTML: &str = "text/html";
const GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";
const APPLICATION: &str = "<!DOCTYPE html><html><body><div id=\"root\"></div><script src=\"/app.js\"></script></body></html>";

/// A failure under a status that the table does not have.
const fn other(status: u16, code: &'static str, retryable: bool) -> Edit {
    As(Failure::Other(status, code, retryable))
}

const BAD: Edit = As(Failure::BadRequest("The request is not valid."));
const INVALID: Edit = As(Failure::Validation("The request is not valid."));

/// One line a fault.
#[rustfmt::skip]
pub(super) fn of(fault: F) -> Deviation {
    Some(match fault {
        F::Job200 => (on(404).at(ReadGeneration), Status(200)),
        F::Refused200 => (on(422).at(Regenerate), Status(200)),
        F::Job410 => (on(404).at(ReadGeneration), other(410, "gone", false)),
        F::Job500 => (on(404).at(ReadGeneration), As(Failure::Internal)),
        F::JobRegenerate422 => (on(404).at(Regenerate), INVALID),
        F::Ingest400 => (on(404).at(ReadAsset), BAD),
        F::Ingest200 => (on(404).at(ReadAsset), Edit::Pending),
        F::Disabled401 => (on(403), As(Failure::Unauthorized)),
        F::Disabled402 => (on(403), other(402, "payment_required", false)),
        F::Disabled500 => (on(403), As(Failure::Internal)),
        F::Conflict422 => (on(409).at(CreateGeneration), INVALID),
        F::Conflict400 => (on(409).at(CreateAsset), BAD),
        F::Conflict412 => (on(409).at(Regenerate), other(412, "precondition_failed", false)),
        F::Conflict500 => (on(409).at(CreateGeneration), As(Failure::Internal)),
        F::Matrix400 => (on(422).at(CreateGeneration), BAD),
        F::MatrixRegenerate400 => (on(422).at(Regenerate), BAD),
        F::Matrix409 => (on(422).at(CreateGeneration), As(Failure::IdempotencyConflict)),
        F::Matrix500 => (on(422).at(Regenerate), As(Failure::Internal)),
        F::Limit503 => (on(429).at(ReadUsage), other(503, "unavailable", true)),
        F::Limit403 => (on(429).at(ReadBilling), As(Failure::Forbidden)),
        F::Limit400 => (on(429).at(CreateGeneration), BAD),
        F::Limit200 => (on(429).at(ReadUsage), Status(200)),
        F::Internal200 => (on(500), Status(200)),
        F::Internal400 => (on(500), BAD),
        F::Internal502 => (on(500), Edit::Page(502, GATEWAY)),
        F::MethodDetail => (on(405), Body("application/json", r#"{"detail":"Method Not Allowed"}"#)),
        F::Path500 => (on(404).unknown_path(), As(Failure::Internal)),
        F::Path400 => (on(404).unknown_path(), BAD),
        F::Path302 => (on(404).unknown_path(), Redirect("/docs")),
        F::Path200 => (on(404).unknown_path(), Edit::Page(200, APPLICATION)),
        F::NoToken302 => (on(401).at(ReadUsage), Redirect("/login")),
        F::SuccessPage => (super::success(CreateGeneration), Body(HTML, APPLICATION)),
        F::Created303 => (super::success(Regenerate), Status(303)),
        _ => return None,
    })
}
