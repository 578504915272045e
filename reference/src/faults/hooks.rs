//! What a fault does to the course of a request: before the token is looked at, to what is not the caller's, and after the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::foreign::{Foreign, foreign};
use super::{Fault, LATE, effect};
use crate::app::App;
use crate::envelope::Failure;
use crate::response::Reply;
use crate::route::{Class, Route};
use crate::state::Ledger;
use crate::{generation, lock};

/// The refusals that a fault makes last, by idempotency key.
pub(crate) type Spoiled = Mutex<HashMap<String, Failure>>;

impl App {
    /// What is to be done about an object that is not the caller's: nothing, unless a fault says otherwise.
    pub(crate) fn foreign<T>(
        &self,
        class: Class,
        find: impl Fn(&Ledger) -> Option<T>,
    ) -> Result<T, Failure> {
        let foreign = self.options.fault.and_then(|fault| foreign(fault, class));
        let Some(foreign) = foreign else {
            return Err(Failure::NotFound);
        };
        let object = self.state.anywhere(find).ok_or(Failure::NotFound)?;
        match foreign {
            Foreign::Shown => Ok(object),
            Foreign::Refused(failure) => Err(failure),
        }
    }

    /// The fault that looks for a job before it looks who asks.
    pub(crate) fn exists_first(&self, route: Option<&Route>) -> Result<(), Failure> {
        if let (true, Some(Route::ReadGeneration(id))) = (self.shows(Fault::ExistsFirst), route) {
            let job = self.state.anywhere(|ledger| ledger.jobs.get(id).map(drop));
            return job.ok_or(Failure::NotFound);
        }
        Ok(())
    }

    /// What a fault does about a write beside answering it.
    pub(crate) fn aftermath(self: &Arc<Self>, head: &Parts, outcome: &Result<Reply, Failure>) {
        let Some(fault) = self.options.fault else {
            return;
        };
        let class = self.route(head).map(|route| route.class());
        let status = match outcome {
            Ok(reply) => reply.status,
            Err(failure) => failure.row().status,
        };
        if effect::makes_job(fault, class, status.as_u16())
            && let Some(caller) = self.keys.named(self, head)
        {
            generation::unasked(self, caller);
        }
        if effect::makes_late(fault, class, status.as_u16())
            && let Some(caller) = self.keys.named(self, head)
        {
            let app = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(LATE).await;
                generation::unasked(&app, caller);
            });
        }
        if let Err(failure) = outcome
            && effect::spoils_key(fault, status.as_u16())
            && let Some(key) = raw_key(&head.headers)
        {
            lock(&self.spoiled).insert(key, failure.clone());
        }
    }

    /// The refusal that a fault gives a key ever after.
    pub(crate) fn spoiled(&self, headers: &HeaderMap) -> Option<Failure> {
        let key = raw_key(headers)?;
        lock(&self.spoiled).get(&key).cloned()
    }
}

fn raw_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key")?;
    Some(String::from_utf8_lossy(key.as_bytes()).into_owned())
}
