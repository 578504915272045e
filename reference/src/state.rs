//! All that exists, in memory: one ledger for each organization, so that nothing of another one can be found.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use super::assets::Asset;
use super::auth::Caller;
use super::billing::{Event, UsageType};
use super::envelope::Failure;
use super::jobs::{Job, Outcome};
use super::settings::{Capture, Mode, Settings, Workflow};
use super::shelf::Shelf;
use super::{lock, seed};

/// The most billing events that an organization keeps; the oldest goes first.
const MOST_EVENTS: usize = 10_000;

/// How long the time of a charge is remembered.
const CHARGED: Duration = Duration::from_secs(1);

/// What one organization owns.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By the id without its prefix, which an asset shares with its ingest.
    pub(super) assets: Shelf<Asset>,
    /// By the job's id.
    pub(super) jobs: Shelf<Job>,
    /// In the order in which they happened.
    pub(super) events: VecDeque<Event>,
    pub(super) generations: u64,
    pub(super) regenerations: u64,
    /// The times of the charges in the last second.
    charged: VecDeque<Instant>,
    /// Jobs that were dropped to make room: they still count.
    pub(super) dropped_succeeded: u64,
    pub(super) dropped_failed: u64,
}

impl Ledger {
    /// The asset that a `source_asset_id` names.
    pub(super) fn asset(&self, id: &str) -> Result<&Asset, Failure> {
        id.strip_prefix("ast_")
            .and_then(|id| self.assets.get(id))
            .ok_or(Failure::NotFound)
    }

    /// The asset that an `ingest_id` names.
    pub(super) fn ingest(&self, id: &str) -> Result<&Asset, Failure> {
        id.strip_prefix("ing_")
            .and_then(|id| self.assets.get(id))
            .ok_or(Failure::NotFound)
    }

    /// The job of that id.
    pub(super) fn job(&self, id: &str) -> Result<&Job, Failure> {
        self.jobs.get(id).ok_or(Failure::NotFound)
    }

    /// Adds a job, and what it costs.
    pub(super) fn add_job(&mut self, job: Job, usage: UsageType, now: SystemTime) {
        self.charge(&job, usage, now);
        let id = job.id.clone();
        match self.jobs.put(&id, job).map(|dropped| dropped.outcome) {
            Some(Outcome::Succeeds) => self.dropped_succeeded += 1,
            Some(Outcome::Fails) => self.dropped_failed += 1,
            None => {}
        }
    }

    /// How many jobs were charged for within this time.
    pub(super) fn charged_within(&self, time: Duration) -> u64 {
        let charged = self.charged.iter();
        charged.filter(|one| one.elapsed() < time).count() as u64
    }

    fn charge(&mut self, job: &Job, usage: UsageType, now: SystemTime) {
        match usage {
            UsageType::Generation => self.generations += 1,
            UsageType::Regeneration => self.regenerations += 1,
        }
        let at = Instant::now();
        while self.charged.front().is_some_and(|one| at - *one > CHARGED) {
            self.charged.pop_front();
        }
        self.charged.push_back(at);
        if self.events.len() >= MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event::new(job, usage, now));
    }
}

/// The ledgers, by organization.
pub(super) struct State(Mutex<HashMap<&'static str, Ledger>>);

impl State {
    /// What exists at the start: all of it is ready and done. Where it is `counted`, it shows in usage and billing.
    pub(super) fn seeded(now: Instant, counted: bool) -> Self {
        let mut ledgers: HashMap<_, Ledger> = HashMap::new();
        for organization in seed::ORGANIZATIONS {
            let ledger = ledgers.entry(organization.name).or_default();
            let Some(asset) = organization.asset else {
                continue;
            };
            ledger.assets.keep(asset, Asset::ready(asset, now));
            for id in organization.jobs {
                let job = Job {
                    id: (*id).to_owned(),
                    source_asset_id: format!("ast_{asset}"),
                    settings: seeded_settings(),
                    ingested_at: now,
                    finishes_at: now,
                    outcome: Outcome::Succeeds,
                };
                if counted {
                    ledger.charge(&job, UsageType::Generation, SystemTime::now());
                }
                ledger.jobs.keep(id, job);
            }
            // They are older than the server.
            ledger.charged.clear();
        }
        Self(Mutex::new(ledgers))
    }

    /// What there is in any ledger: only a fault looks there.
    pub(super) fn anywhere<T>(&self, find: impl Fn(&Ledger) -> Option<T>) -> Option<T> {
        lock(&self.0).values().find_map(find)
    }

    /// What each ledger says: only a fault asks all.
    pub(super) fn everywhere<T>(&self, tell: impl Fn(&Ledger) -> T) -> Vec<T> {
        lock(&self.0).values().map(tell).collect()
    }

    /// Works on the ledger of the caller's organization, and on no other.
    pub(super) fn ledger<T>(&self, caller: Caller, work: impl FnOnce(&mut Ledger) -> T) -> T {
        work(lock(&self.0).entry(caller.organization.name).or_default())
    }
}

fn seeded_settings() -> Settings {
    Settings {
        workflow: Workflow::Staging,
        capture_type: Capture::Photo,
        mode: Some(Mode::Clean),
        room_types: None,
        style_preset: None,
        reference: None,
        metadata: None,
        webhook: None,
    }
}
