//! Billing events: one for each accepted job, in the order in which they happened, page by page.

use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::app::App;
use super::auth::Caller;
use super::clock;
use super::envelope::Failure;
use super::faults::Fault;
use super::jobs::Job;
use super::query::parameter;
use super::response::Reply;
use super::styles::Style;

/// The events of a page when the request does not say.
const USUAL: usize = 20;
/// The most events of a page.
const MOST: usize = 100;

/// What was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsageType {
    Generation,
    Regeneration,
}

/// One line of the bill.
#[derive(Debug, Clone)]
pub(super) struct Event {
    id: String,
    job_id: String,
    usage: UsageType,
    config_fingerprint: String,
    created_at: String,
}

impl Event {
    pub(super) fn new(job: &Job, usage: UsageType, now: SystemTime) -> Self {
        Self {
            id: format!("evt_{}", job.id.trim_start_matches("job_")),
            job_id: job.id.clone(),
            usage,
            config_fingerprint: job.settings.fingerprint(),
            created_at: clock::timestamp(now),
        }
    }

    fn view(&self) -> Value {
        let usage_type = match self.usage {
            UsageType::Generation => "generation",
            UsageType::Regeneration => "regeneration",
        };
        json!({
            "event_id": self.id,
            "job_id": self.job_id,
            "usage_type": usage_type,
            "config_fingerprint": self.config_fingerprint,
            "created_at": self.created_at,
        })
    }
}

/// `GET /billing/events?limit=&cursor=`
pub(super) fn page(app: &App, caller: Caller, query: Option<&str>) -> Result<Reply, Failure> {
    let limit = parameter(query, "limit")?.map_or(Ok(USUAL), |text| limit(app, &text))?;
    let cursor = parameter(query, "cursor")?;
    app.state.ledger(caller, |ledger| {
        let mut events: Vec<&Event> = ledger.events.iter().collect();
        if app.has(Style::NewestFirst) {
            events.reverse();
        }
        let before = match cursor.as_deref().map(last_id) {
            None => 0,
            // A cursor names the last event of the page before: one that is not the caller's is no page of theirs.
            Some(last) => {
                let position =
                    last.and_then(|last| events.iter().position(|event| event.id == last));
                match position {
                    Some(_) if app.shows(Fault::CursorRefused) => return Err(Failure::NotFound),
                    Some(position) => position + 1,
                    None if app.shows(Fault::Cursor500) => return Err(Failure::Internal),
                    None if app.has(Style::PagingLenient) => 0,
                    None if app.has(Style::Paging400) => {
                        return Err(Failure::BadRequest("The cursor is not valid."));
                    }
                    None => return Err(Failure::NotFound),
                }
            }
        };
        let page: Vec<&Event> = events.iter().copied().skip(before).take(limit).collect();
        let more = before + page.len() < events.len();
        let next = page
            .last()
            .filter(|_| more)
            .map(|event| cursor_after(event));
        Ok(Reply::found(&json!({
            "events": page.into_iter().map(Event::view).collect::<Vec<_>>(),
            "next_cursor": next,
        })))
    })
}

fn limit(app: &App, text: &str) -> Result<usize, Failure> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(limit @ 1..=MOST) if digits => Ok(limit),
        Ok(0) if app.shows(Fault::Zero500) => Err(Failure::Internal),
        Err(_) if app.shows(Fault::Paging500) => Err(Failure::Internal),
        _ if app.has(Style::PagingLenient) => Ok(USUAL),
        _ if app.has(Style::Paging400) => Err(Failure::BadRequest("limit is not valid.")),
        _ => Err(Failure::Validation(
            "limit must be a whole number from 1 to 100.",
        )),
    }
}

fn cursor_after(event: &Event) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&event.id)
}

fn last_id(cursor: &str) -> Option<String> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}
