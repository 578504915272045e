//! One write: made once, whatever a fault or a style makes of it.

use std::sync::atomic::Ordering;

use tokio::time::sleep;

use super::app::App;
use super::auth::Caller;
use super::envelope::Failure;
use super::faults::{self, ACCEPTED, CHECK_THEN_INSERT, Fault, TOGETHER};
use super::idempotency::{Scope, Use};
use super::payload::Payload;
use super::response::Reply;
use super::styles::{self, Style, UNDER_WAY};

impl App {
    /// Runs a write under its key, unless it ran before.
    pub(super) async fn once(
        &self,
        caller: Caller,
        job: Option<String>,
        key: String,
        payload: &Payload,
        write: impl FnOnce(&Payload) -> Result<Reply, Failure>,
    ) -> Result<Reply, Failure> {
        let route = payload.route;
        let used = Use {
            organization: caller.organization.name,
            route,
            job,
        };
        let scope = Scope::new(self, &used, key);
        let fingerprint = payload.fingerprint(self);
        let write = || {
            let mut payload = payload.clone();
            if let Some(fault) = self.options.fault {
                faults::fields::refuse(fault, route, &payload)?;
                faults::fields::overlook(fault, route, &mut payload);
            }
            for style in &self.options.styles {
                styles::fields::settle(*style, route, &mut payload)?;
            }
            if self.shows(Fault::WritesRunOut) && self.writes.load(Ordering::Relaxed) >= ACCEPTED {
                return Err(Failure::Validation("The request is not valid."));
            }
            let reply = write(&payload)?;
            self.writes.fetch_add(1, Ordering::Relaxed);
            Ok(reply)
        };
        if self.shows(Fault::ReplayNoneUpload) && payload.file.is_some() {
            return write();
        }
        if self.shows(Fault::CheckThenInsert) && !self.records.contain(&scope) {
            sleep(CHECK_THEN_INSERT).await;
            let reply = write()?;
            self.records.insert(scope, used, fingerprint, reply.clone());
            return Ok(reply);
        }
        if let Some(failure) = self.under_way().filter(|_| !self.records.contain(&scope)) {
            if !self.records.begin(&scope) {
                return Err(failure);
            }
            sleep(UNDER_WAY).await;
            let outcome = self
                .records
                .once(self, scope.clone(), used, fingerprint, write);
            self.records.end(&scope);
            return outcome;
        }
        if self.shows(Fault::RaceNoId) && !self.records.contain(&scope) {
            let first = self.records.begin(&scope);
            sleep(TOGETHER).await;
            let joined = !first || self.records.end(&scope);
            let mut reply = self.records.once(self, scope, used, fingerprint, write)?;
            if joined {
                reply.remove_ids();
            }
            return Ok(reply);
        }
        self.records.once(self, scope, used, fingerprint, write)
    }

    /// The failure for a write while another with the same key is in progress, if a style or fault rejects it.
    fn under_way(&self) -> Option<Failure> {
        if self.has(Style::Concurrent409) {
            Some(Failure::IdempotencyConflict)
        } else if self.has(Style::Concurrent429) {
            Some(Failure::RateLimited { wait: UNDER_WAY })
        } else if self.shows(Fault::RaceCode409) {
            Some(Failure::Other(409, "request_in_progress", false))
        } else {
            None
        }
    }
}
