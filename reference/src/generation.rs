//! The operations on generations: create, read, regenerate. Each either makes all of what it makes, or nothing.

use std::time::{Instant, SystemTime};

use uuid::Uuid;

use super::app::App;
use super::assets::Asset;
use super::auth::Caller;
use super::billing::UsageType;
use super::envelope::Failure;
use super::faults::Fault;
use super::jobs::{self, Job, Outcome};
use super::payload::Payload;
use super::response::Reply;
use super::route::Class;
use super::settings::{self, Draft, Settings};
use super::source::{self, Source};
use super::state::Ledger;
use super::styles::Style;
use super::{fields, matrix, webhook};

/// An id beyond this is too much for [`Fault::Long500`], in bytes.
const LONG_ID: usize = 200;

/// `POST /generations`
pub(super) fn create(app: &App, caller: Caller, payload: &Payload) -> Result<Reply, Failure> {
    let source = Source::of(payload)?;
    fields::only(
        &payload.fields,
        &[&settings::NAMES[..], &source::FIELDS].concat(),
    )?;
    let settings = matrix::settle(Draft::read(&payload.fields)?)?;
    let foreign = foreign_asset(app, caller, &source)?;
    start(app, caller, UsageType::Generation, |ledger, now| {
        let known = match &source {
            Source::Asset(id) => match ledger.asset(id) {
                Ok(asset) => Some(asset.clone()),
                Err(failure) => Some(foreign.clone().ok_or(failure)?),
            },
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
    let now = Instant::now();
    Ok(Reply::found(
        &job(app, caller, id, Class::ReadGeneration)?.view(now),
    ))
}

/// The caller's job of that id.
fn job(app: &App, caller: Caller, id: &str, class: Class) -> Result<Job, Failure> {
    let long = id.len() > LONG_ID && app.shows(Fault::Long500);
    if long {
        return Err(Failure::Internal);
    }
    let own = app.state.ledger(caller, |ledger| ledger.job(id).cloned());
    own.or_else(|_| app.foreign(class, |ledger| ledger.job(id).ok().cloned()))
}

/// Another organization's asset, where a fault lets the caller have it; none where it is the caller's own, or no asset is named.
fn foreign_asset(app: &App, caller: Caller, source: &Source) -> Result<Option<Asset>, Failure> {
    let Source::Asset(id) = source else {
        return Ok(None);
    };
    if app.state.ledger(caller, |ledger| ledger.asset(id).is_ok()) {
        return Ok(None);
    }
    let found = app.foreign(Class::CreateGeneration, |ledger| {
        ledger.asset(id).ok().cloned()
    });
    match found {
        Err(Failure::NotFound) if app.has(Style::Asset422) => {
            Err(Failure::Validation("The source asset does not exist."))
        }
        found => found.map(Some),
    }
}

/// Adds a job that nobody asked for, as a fault does.
pub(super) fn unasked(app: &App, caller: Caller) {
    let now = Instant::now();
    app.state.ledger(caller, |ledger| {
        let before = ledger.jobs.all().next().cloned();
        if let Some(before) = before {
            let job = Job {
                id: new_id(),
                ..before
            };
            ledger.add_job(
                Job {
                    finishes_at: now,
                    ..job
                },
                UsageType::Generation,
                SystemTime::now(),
            );
        }
    });
}

/// Whether there is such a job for the caller.
pub(super) fn find(app: &App, caller: Caller, id: &str) -> Result<(), Failure> {
    job(app, caller, id, Class::Regenerate).map(drop)
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
    let before = job(app, caller, id, Class::Regenerate)?;
    start(app, caller, UsageType::Regeneration, |ledger, now| {
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
        if app.shows(Fault::NotReadable) && usage == UsageType::Regeneration {
            ledger.jobs.remove(&job.id);
        }
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
