//! Controls, each once a run. The valid request is sent unchanged: if it is rejected, a rejection of a changed one proves nothing. A
//! protected request is sent without its credential, as its negative control: if it is accepted, a success proves nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::lock::Use;
use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::Context;
use crate::event::{Bound, Role};
use crate::exchange::{Exchange, Received};
use crate::judge::unmatched;
use crate::suite::{Request, Step, Trial};

/// What came of each control: accepted, or why not.
type Outcome = Result<(), String>;

/// A control that is made once.
type Made = Arc<OnceCell<Outcome>>;

/// The controls of a run by request.
#[derive(Debug, Default)]
pub(super) struct Controls {
    of: Mutex<HashMap<(String, Kind), Made>>,
}

/// What a control is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    /// The request is accepted.
    Positive,
    /// The request is rejected without its credential.
    Negative,
}

impl Session {
    /// Makes the controls that a trial builds on, those that no other trial has made.
    pub(super) async fn controls(
        &self,
        context: &mut Context<'_>,
        trial: &Trial,
    ) -> Result<(), Stop> {
        let mut made = BTreeSet::new();
        for control in trial.steps.iter().filter_map(Step::control) {
            if made.insert((control.name.as_str(), Kind::Positive)) {
                self.control(context, control, Kind::Positive).await?;
            }
        }
        for request in trial.negative_controls() {
            if made.insert((request.name.as_str(), Kind::Negative)) {
                self.control(context, request, Kind::Negative).await?;
            }
        }
        Ok(())
    }

    async fn control(
        &self,
        context: &mut Context<'_>,
        request: &Arc<Request>,
        kind: Kind,
    ) -> Result<(), Stop> {
        let cell = {
            let mut of = self
                .controls
                .of
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(of.entry((request.name.clone(), kind)).or_default())
        };
        let outcome = cell
            .get_or_init(|| self.make_control(context, request, kind))
            .await;
        outcome.clone().map_err(|reason| {
            let name = &request.name;
            Stop::of(reason, |reason| match kind {
                Kind::Positive => format!(
                    "the control, the valid request `{name}`, {reason}: a refusal of a changed one tells nothing"
                ),
                Kind::Negative => format!(
                    "the negative control, the request `{name}` without its credential, {reason}: a success proves nothing"
                ),
            })
        })
    }

    /// Whether a success has what its request promises.
    fn is_promised(&self, request: &Request, received: &Received) -> Outcome {
        let bound = self.promised(request).map_err(|Stop(reason)| reason)?;
        match unmatched(&request.success, &bound, received) {
            None => Ok(()),
            Some((place, expected, actual)) => Err(format!(
                "was rejected with {}: {place}: expected {expected}, was {actual}",
                received.status
            )),
        }
    }

    /// What the templates of a request's `success` yield outside of a trial.
    pub(super) fn promised(&self, request: &Request) -> Result<Bound, Stop> {
        let scope = self.scope(None);
        let values = request.bound.iter();
        values
            .map(|tree| Ok(self.engine.value(tree, &scope)?))
            .collect()
    }

    async fn make_control(
        &self,
        context: &mut Context<'_>,
        request: &Arc<Request>,
        kind: Kind,
    ) -> Outcome {
        let message = match kind {
            Kind::Positive => request.message.clone(),
            Kind::Negative => request.without_credential(),
        };
        let organization = self.organization(message.credential.as_ref());
        let uses = [(organization, Use::Shared)].into();
        let _held = self.locks.take(&uses).await;
        let paced = Paced {
            request,
            message: &message,
            scope: &self.scope(None),
            limited_is_final: false,
            accepts: None,
            role: Role::Control(request.name.clone()),
            captures: &[],
        };
        let mut exchange = self.paced(context, &paced).await;
        if matches!(&exchange, Ok(Exchange { answer: Err(broken), .. }) if broken.is_of_connection())
        {
            // It is made for all trials, and nothing is counted: once more, now on a connection of its own.
            exchange = self.paced(context, &paced).await;
        }
        let exchange = exchange.map_err(|Stop(reason)| format!("could not be made ({reason})"))?;
        let outcome = match &exchange.answer {
            Ok(received) if received.is_success() => {
                match (kind, self.is_promised(request, received)) {
                    (Kind::Positive, promised) => promised,
                    (Kind::Negative, Ok(())) => {
                        Err(format!("was accepted with {}", received.status))
                    }
                    (Kind::Negative, Err(_)) => Ok(()),
                }
            }
            Ok(_) if kind == Kind::Negative => Ok(()),
            Ok(received) => Err(format!("was refused with {}", received.status)),
            Err(broken) => Err(Stop::of(broken.to_string(), |broken| {
                format!("was not answered ({broken})")
            })
            .0),
        };
        // A control that breaks the contract is the finding of the trial that made it.
        if exchange.answer.is_ok() {
            self.take_aside(context, &paced.role, exchange);
        }
        outcome
    }
}
