//! The usage summary: what the organization may do, and what it has done.

use std::time::{Instant, SystemTime};

use serde_json::{Value, json};

use super::app::App;
use super::auth::Caller;
use super::clock;
use super::faults::Fault;
use super::jobs::Outcome;
use super::options::Limits;
use super::response::Reply;
use super::state::Ledger;
use super::styles::{LAG, Style};

/// `GET /usage/summary`
pub(super) fn summary(app: &App, caller: Caller) -> Reply {
    let (start, end) = clock::month(SystemTime::now());
    let (usage, jobs) = app.state.ledger(caller, |ledger| {
        let mut jobs = jobs(ledger, Instant::now());
        if app.has(Style::UsageLags) {
            let late = ledger.charged_within(LAG);
            jobs["total"] = (ledger.generations + ledger.regenerations - late).into();
        }
        (usage(ledger), jobs)
    });
    let jobs = if app.shows(Fault::UsageOfAll) {
        let all = app
            .state
            .everywhere(|ledger| ledger.generations + ledger.regenerations);
        json!({"total": all.iter().sum::<u64>(), "succeeded": 0, "failed": 0})
    } else {
        jobs
    };
    let mut jobs = jobs;
    if app.shows(Fault::UsageStuck) {
        jobs["total"] = 1.into();
    }
    Reply::found(&json!({
        "entitlement": {"plan": "reference", "api_access": caller.organization.api_access},
        "billing_period": {"start": start, "end": end},
        "usage": usage,
        "jobs": jobs,
        "rate_limits": rate_limits(&app.options.limits),
    }))
}

fn usage(ledger: &Ledger) -> Value {
    json!({"generation": ledger.generations, "regeneration": ledger.regenerations})
}

/// Every job that was ever accepted counts in `total`, at once.
fn jobs(ledger: &Ledger, now: Instant) -> Value {
    let finished = |outcome| {
        let jobs = ledger.jobs.all();
        jobs.filter(|job| job.outcome == outcome && job.finishes_at <= now)
            .count() as u64
    };
    json!({
        "total": ledger.generations + ledger.regenerations,
        "succeeded": ledger.dropped_succeeded + finished(Outcome::Succeeds),
        "failed": ledger.dropped_failed + finished(Outcome::Fails),
    })
}

/// The limits of one key, and what an organization may have in flight.
fn rate_limits(limits: &Limits) -> Value {
    json!({
        "window_seconds": limits.window.as_secs_f64(),
        "writes": limits.writes,
        "generation_reads": limits.generation_reads,
        "usage_reads": limits.usage_reads,
        "billing_reads": limits.billing_reads,
        "organization_factor": limits.organization_factor,
        "jobs_in_flight": limits.in_flight,
    })
}
