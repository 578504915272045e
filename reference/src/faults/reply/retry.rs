//! Retry advice that a client should not follow.

use super::edit::Edit::{Header, Set, Window, Without};
use super::{Deviation, Fault as F, on};
use crate::route::Class::{
    CreateAsset, CreateGeneration, ReadAsset, ReadBilling, ReadGeneration, ReadUsage, Regenerate,
};

const RETRYABLE: &str = "/error/retryable";
const WINDOW: &str = "/error/retry_after";
const HEADER: &str = "retry-after";

/// One line a fault.
#[rustfmt::skip]
pub(super) fn of(fault: F) -> Deviation {
    let yes = Set(RETRYABLE, "true");
    let no = Set(RETRYABLE, "false");
    Some(match fault {
        F::Retryable400 => (on(400).at(CreateAsset), yes),
        F::Retryable401 => (on(401).at(ReadBilling), yes),
        F::Retryable403 => (on(403), yes),
        F::Retryable404 => (on(404).at(ReadGeneration), yes),
        F::RetryableIngest404 => (on(404).at(ReadAsset), yes),
        F::Retryable409 => (on(409).at(Regenerate), yes),
        F::Retryable422 => (on(422).at(CreateGeneration), yes),
        F::RetryableBilling => (on(422).at(ReadBilling), yes),
        F::Final429 => (on(429).at(ReadUsage), no),
        F::FinalWrite429 => (on(429).at(CreateGeneration), no),
        F::Final500 => (on(500), no),
        F::WindowNull429 => (on(429).at(ReadBilling), Set(WINDOW, "null")),
        F::WindowMissing429 => (on(429), Without(WINDOW)),
        F::WindowText429 => (on(429), Set(WINDOW, r#""1""#)),
        F::WindowUnit429 => (on(429), Set(WINDOW, r#""1s""#)),
        F::WindowNegative429 => (on(429), Set(WINDOW, "-1")),
        F::WindowTrue429 => (on(429), Set(WINDOW, "true")),
        F::WindowDate429 => (on(429), Set(WINDOW, r#""2030-01-01T00:00:00Z""#)),
        F::WindowMilliseconds => (on(429), Set(WINDOW, "1000")),
        F::WindowZero => (on(429).at(ReadBilling), Set(WINDOW, "0")),
        F::WindowEpoch => (on(429).at(ReadUsage), Window("1893456000")),
        F::WindowHour => (on(429).at(CreateGeneration), Window("3600")),
        F::HeaderFixed => (on(429), Header(HEADER, Some("3600"))),
        F::HeaderSoon => (on(429), Header(HEADER, Some("soon"))),
        F::HeaderFraction => (on(429), Header(HEADER, Some("0.5"))),
        F::HeaderPast => (on(429), Header(HEADER, Some("Sun, 06 Nov 1994 08:49:37 GMT"))),
        F::WindowNegative422 => (on(422).at(CreateGeneration), Set(WINDOW, "-1")),
        F::WindowText404 => (on(404).at(ReadGeneration), Set(WINDOW, r#""""#)),
        F::WindowFalse401 => (on(401).at(ReadUsage), Set(WINDOW, "false")),
        F::WindowText500 => (on(500), Set(WINDOW, r#""30""#)),
        _ => return None,
    })
}
