//! Jobs: their progress, which is nothing but elapsed time, and how they are shown.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::envelope::Failure;
use super::settings::Settings;
use super::state::Ledger;

/// How a job will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeds,
    Fails,
}

/// A generation, from the moment it was accepted.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) source_asset_id: String,
    pub(super) settings: Settings,
    /// When its source is there.
    pub(super) ingested_at: Instant,
    pub(super) finishes_at: Instant,
    pub(super) outcome: Outcome,
}

impl Job {
    /// The published status at an instant.
    pub(super) fn status(&self, now: Instant) -> &'static str {
        let work = self.finishes_at.saturating_duration_since(self.ingested_at);
        if now >= self.finishes_at {
            match self.outcome {
                Outcome::Succeeds => "succeeded",
                Outcome::Fails => "failed",
            }
        } else if now < self.ingested_at {
            "ingesting"
        } else if now < self.ingested_at + work / 2 {
            "queued"
        } else {
            "processing"
        }
    }

    /// What a write that made the job answers.
    pub(super) fn receipt(&self, now: Instant) -> Value {
        json!({"job_id": self.id, "status": self.status(now)})
    }

    /// What reading the job answers.
    pub(super) fn view(&self, now: Instant) -> Value {
        let status = self.status(now);
        json!({
            "job_id": self.id,
            "status": status,
            "source_asset_id": self.source_asset_id,
            "outputs": self.outputs(status),
            "failure": failure(status),
            "reference": self.settings.reference,
            "metadata": self.settings.metadata,
        })
    }

    /// What the callback is told when the job is finished.
    pub(super) fn event(&self) -> Value {
        let status = self.status(self.finishes_at);
        let event_type = match self.outcome {
            Outcome::Succeeds => "generation.completed",
            Outcome::Fails => "generation.failed",
        };
        json!({
            "event_type": event_type,
            "job_id": self.id,
            "source_asset_id": self.source_asset_id,
            "reference": self.settings.reference,
            "outputs": self.outputs(status),
            "failure": failure(status),
            "metadata": self.settings.metadata,
        })
    }

    fn outputs(&self, status: &str) -> Value {
        if status == "succeeded" {
            let url = format!("https://outputs.example.com/{}/1.jpg", self.id);
            json!([{"url": url, "media_type": "image/jpeg"}])
        } else {
            json!([])
        }
    }
}

fn failure(status: &str) -> Value {
    if status == "failed" {
        json!({"code": "source_unavailable", "message": "The source could not be fetched."})
    } else {
        Value::Null
    }
}

/// Refuses one job more than may be in flight, until the first of them is finished.
pub(super) fn check_in_flight(ledger: &Ledger, limit: u32, now: Instant) -> Result<(), Failure> {
    let running = ledger.jobs.all().filter(|job| job.finishes_at > now);
    let (count, first) = running.fold((0_u32, None), |(count, first), job| {
        let wait = job.finishes_at.saturating_duration_since(now);
        (
            count.saturating_add(1),
            Some(first.map_or(wait, |first: Duration| first.min(wait))),
        )
    });
    if count < limit {
        return Ok(());
    }
    Err(Failure::RateLimited {
        wait: first.unwrap_or(Duration::from_secs(1)),
    })
}
