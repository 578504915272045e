//! The operations on generations: create, read, regenerate. Each either makes all of what it makes, or nothing.

use std::time::{Instant, SystemTime};

use uuid::Uuid;

use super::app::App;
use super::assets::Asset;
use super::auth::Caller;
use super::billing::UsageType;
use super::envelope::Failure;
use super::jobs::{self, Job, Outcome};
use super::payload::Payload;
use super::response::Reply;
use super::settings::{self, Draft, Settings};
use super::source::{self, Source};
use super::state::Ledger;
use super::{fields, matrix, webhook};

/// `POST /generations`
pub(super) fn create(app: &App, caller: Caller, payload: &Payload) -> Result<Reply, Failure> {
    let source = Source::of(payload)?;
    fields::only(
        &payload.fields,
        &[&settings::NAMES[..], &source::FIELDS].concat(),
    )?;
    let settings = matrix::settle(Draft::read(&payload.fields)?)?;
    start(app, caller, UsageType::Generation, |ledger, now| {
        let known = match &source {
            Source::Asset(id) => Some(ledger.asset(id)?.clone()),
            Source::Upload | Source::Url(_) => None,
        };
        jobs::check_in_flight(ledger, app.options.limits.in_flight, now)?;
        if let Some(asset) = known {
            return Ok(job_of(app, &asset, settings, now));
        }
        // The ingest is a part of the job's time.
        let asset = Asset::new(&source, now, app.options.job_time / 3);
        ledger.assets.put(asset.key(), asset.clone());
        Ok(Job {
            finishes_at: now + app.options.job_time,
            ..job_of(app, &asset, settings, now)
        })
    })
}

/// `GET /generations/{job_id}`
pub(super) fn read(app: &App, caller: Caller, id: &str) -> Result<Reply, Failure> {
    app.state.ledger(caller, |ledger| {
        Ok(Reply::found(&ledger.job(id)?.view(Instant::now())))
    })
}

/// Whether there is such a job for the caller.
pub(super) fn find(app: &App, caller: Caller, id: &str) -> Result<(), Failure> {
    app.state.ledger(caller, |ledger| ledger.job(id).map(drop))
}

/// `POST /generations/{job_id}/regenerate`
pub(super) fn regenerate(
    app: &App,
    caller: Caller,
    id: &str,
    payload: &Payload,
) -> Result<Reply, Failure> {
    fields::only(&payload.fields, &settings::NAMES)?;
    let draft = Draft::read(&payload.fields)?;
    start(app, caller, UsageType::Regeneration, |ledger, now| {
        let before = ledger.job(id)?.clone();
        let settings = matrix::settle_over(before.settings, draft)?;
        jobs::check_in_flight(ledger, app.options.limits.in_flight, now)?;
        let ingested_at = before.ingested_at.max(now);
        Ok(Job {
            id: new_id(),
            settings,
            ingested_at,
            finishes_at: ingested_at + app.options.job_time,
            ..before
        })
    })
}

/// Adds the job that `make` makes, under one lock with the checks that `make` does.
fn start(
    app: &App,
    caller: Caller,
    usage: UsageType,
    make: impl FnOnce(&mut Ledger, Instant) -> Result<Job, Failure>,
) -> Result<Reply, Failure> {
    let now = Instant::now();
    let job = app.state.ledger(caller, |ledger| {
        let job = make(ledger, now)?;
        ledger.add_job(job.clone(), usage, SystemTime::now());
        Ok(job)
    })?;
    let reply = Reply::accepted(&job.receipt(now));
    webhook::schedule(app, caller, job);
    Ok(reply)
}

fn job_of(app: &App, asset: &Asset, settings: Settings, now: Instant) -> Job {
    let ingested_at = asset.ready_at.max(now);
    Job {
        id: new_id(),
        source_asset_id: asset.id(),
        settings,
        ingested_at,
        finishes_at: ingested_at + app.options.job_time,
        outcome: if asset.unavailable {
            Outcome::Fails
        } else {
            Outcome::Succeeds
        },
    }
}

fn new_id() -> String {
    format!("job_{}", Uuid::new_v4().simple())
}
