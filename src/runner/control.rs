//! Controls. The valid request is sent unchanged: if the server rejects it, rejecting a changed request proves nothing. A protected
//! request is also sent without its credential, as a negative control: if the server accepts it, a success proves nothing.
//!
//! The run repeats a control when it is too old, and once more at the end. A server may start to reject a valid request during the run,
//! for example when a quota is used up, and then the rejections since the last accepted control prove nothing. Findings in the control
//! itself get a line of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::finish::Passed;
use super::learner::Source;
use super::lock::Use;
use super::pace;
use super::sender::Sender;
use super::session::Session;
use super::step::{Paced, Stop};
use super::trial::TrialRun;
use crate::event::{Evidence, Record, Role};
use crate::exchange::{Broken, Exchange, Received};
use crate::judge::unmatched;
use crate::suite::{Request, Step, Trial};

/// A control younger than this is not repeated.
const GOOD_FOR: Duration = Duration::from_secs(60);
/// A control is not repeated within this many requests of the run, so that controls are a small share of the traffic.
const GOOD_FOR_REQUESTS: u64 = 500;
/// How many failed attempts of a control are kept.
const KEPT: usize = 5;

/// Accepted, or the reason why not.
type Outcome = Result<(), String>;

/// The controls of a run.
#[derive(Debug, Default)]
pub(super) struct Controls {
    of: Mutex<BTreeMap<(String, Kind), Arc<Control>>>,
    /// The lines of controls by request.
    pub(super) lines: HashMap<String, Arc<Trial>>,
}

/// What a control is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The request is accepted.
    Positive,
    /// The request is rejected without its credential.
    Negative,
}

/// A control of a run.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) request: Arc<Request>,
    pub(super) kind: Kind,
    state: tokio::sync::Mutex<State>,
    /// The trials that have passed on the strength of this control since it was last accepted.
    relied: Mutex<Vec<Arc<Passed>>>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Last>,
    broke: Vec<Broke>,
}

/// The latest attempt of a control.
#[derive(Debug)]
struct Last {
    outcome: Outcome,
    at: Instant,
    /// How many requests the run had sent.
    sent: u64,
}

/// What a control broke.
#[derive(Debug)]
pub(super) struct Broke {
    pub(super) records: Vec<Record>,
    pub(super) evidence: Vec<Evidence>,
    /// The clauses of the findings that violate.
    pub(super) broken: BTreeSet<String>,
    /// Whether no response came. That does not count against a target that has never responded.
    silent: bool,
    pub(super) began: SystemTime,
    pub(super) took: Duration,
}

impl Controls {
    fn of(&self, request: &Arc<Request>, kind: Kind) -> Arc<Control> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let control = of.entry((request.name.clone(), kind)).or_insert_with(|| {
            Arc::new(Control {
                request: Arc::clone(request),
                kind,
                state: tokio::sync::Mutex::default(),
                relied: Mutex::default(),
            })
        });
        Arc::clone(control)
    }

    /// All that were made, by name.
    pub(super) fn all(&self) -> Vec<Arc<Control>> {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.values().map(Arc::clone).collect()
    }

    /// Notes that a trial has passed, and which controls its rejections depend on.
    pub(super) fn rely(&self, trial: &Trial, passed: &Arc<Passed>) {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let names: BTreeSet<&String> = trial
            .steps
            .iter()
            .filter_map(Step::control)
            .map(|control| &control.name)
            .collect();
        for name in names {
            if let Some(control) = of.get(&(name.clone(), Kind::Positive)) {
                control.relied().push(Arc::clone(passed));
            }
        }
    }
}

impl Control {
    pub(super) fn relied(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Passed>>> {
        self.relied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the control can be repeated. A DELETE cannot: the object is gone.
    pub(super) fn is_repeatable(&self) -> bool {
        self.kind == Kind::Positive && !self.request.message.method.is_literal("DELETE")
    }

    /// What the control broke, for the report at the end of the run.
    pub(super) async fn broke(&self, has_answered: bool) -> Vec<Broke> {
        let mut broke = std::mem::take(&mut self.state.lock().await.broke);
        broke.retain(|broke| !broke.silent || has_answered);
        broke
    }

    /// The reason why the control was rejected, if it was.
    pub(super) async fn rejected(&self) -> Option<String> {
        let state = self.state.lock().await;
        state.last.as_ref()?.outcome.clone().err()
    }
}

/// A control in progress. Its findings count even if the trial's time limit ends it.
struct Making<'a, 's> {
    own: Option<TrialRun<'a>>,
    broke: &'s mut Vec<Broke>,
    began: SystemTime,
    start: Instant,
}

impl<'a> Making<'a, '_> {
    /// Keeps the findings if there are any, or if the control is `rejected` only now. Otherwise returns the evidence to its trial.
    fn end(mut self, rejected: bool) -> Option<TrialRun<'a>> {
        let own = self.own.take()?;
        self.keep(own, rejected)
    }

    fn keep(&mut self, own: TrialRun<'a>, rejected: bool) -> Option<TrialRun<'a>> {
        let violates = own.evidence.told.violates();
        if !violates && !rejected {
            return Some(own);
        }
        if self.broke.len() < KEPT || rejected {
            self.broke.push(Broke {
                silent: own.answered != Some(true),
                broken: own.evidence.told.broken().clone(),
                records: own.evidence.told.into_records(),
                evidence: own.evidence.pieces,
                began: self.began,
                took: self.start.elapsed(),
            });
        }
        None
    }
}

impl Drop for Making<'_, '_> {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            self.keep(own, false);
        }
    }
}

impl Last {
    fn is_good(&self, sent: u64) -> bool {
        self.outcome.is_err()
            || self.at.elapsed() <= GOOD_FOR
            || sent.saturating_sub(self.sent) <= GOOD_FOR_REQUESTS
    }
}

impl Control {
    /// Repeats the control at the end of the run, and returns whether it was accepted.
    pub(super) async fn again(&self, session: &Session) -> bool {
        let mut state = self.state.lock().await;
        let good = state.last.as_ref().is_some_and(|last| last.outcome.is_ok());
        good && self.make(session, None, &mut state).await.is_ok() && self.relied().is_empty()
    }

    /// Makes the control. Its evidence goes to the trial that needs it, or to a line of its own if it broke something.
    async fn make(
        &self,
        session: &Session,
        trial: Option<&mut TrialRun<'_>>,
        state: &mut State,
    ) -> Outcome {
        let line = session.controls.lines.get(&self.request.name);
        let Some(line) = line.map(Arc::clone) else {
            return Err("belongs to no trial of the suite".to_owned());
        };
        let again = state.last.is_some();
        let mut making = Making {
            own: Some(TrialRun::new(session, &line)),
            broke: &mut state.broke,
            began: SystemTime::now(),
            start: Instant::now(),
        };
        let Some(own) = making.own.as_mut() else {
            return Ok(());
        };
        let made = own.send_control(&self.request, self.kind, again).await;
        let unmade = made.is_err();
        let answered = own.answered;
        let outcome = match made {
            Ok(outcome) => outcome,
            // The control was not rejected: a rate limiter may have stopped it, for example.
            Err(_) if again => Ok(()),
            Err(Stop(reason)) => Err(format!("could not be made ({reason})")),
        };
        let own = making.end(again && outcome.is_err());
        if let Some(trial) = trial {
            trial.answered = answered.or(trial.answered);
            if let Some(own) = own {
                trial.take_over(own);
            }
        }
        if again && !unmade && outcome.is_ok() {
            self.relied().clear();
        }
        state.last = Some(Last {
            outcome: outcome.clone(),
            at: Instant::now(),
            sent: session.pace.through(),
        });
        outcome
    }
}

impl TrialRun<'_> {
    /// Makes the controls that the trial depends on, unless another trial has made them recently.
    pub(super) async fn controls(&mut self) -> Result<(), Stop> {
        let trial = self.trial;
        let mut made = BTreeSet::new();
        for control in trial.steps.iter().filter_map(Step::control) {
            if made.insert((control.name.as_str(), Kind::Positive)) {
                self.control(control, Kind::Positive).await?;
            }
        }
        for request in trial.negative_controls() {
            if made.insert((request.name.as_str(), Kind::Negative)) {
                self.control(request, Kind::Negative).await?;
            }
        }
        Ok(())
    }

    async fn control(&mut self, request: &Arc<Request>, kind: Kind) -> Result<(), Stop> {
        let session = self.session;
        let control = session.controls.of(request, kind);
        let mut state = control.state.lock().await;
        let sent = session.pace.through();
        let outcome = match &state.last {
            Some(last) if last.is_good(sent) || !control.is_repeatable() => last.outcome.clone(),
            _ => control.make(session, Some(self), &mut state).await,
        };
        outcome.map_err(|reason| {
            let name = &request.name;
            Stop::of(reason, |reason| match kind {
                Kind::Positive => format!(
                    "the control, the valid request `{name}`, {reason}, so a rejection proves nothing"
                ),
                Kind::Negative => format!(
                    "the negative control, the request `{name}` without its credential, {reason}, so a success proves nothing"
                ),
            })
        })
    }

    async fn send_control(
        &mut self,
        request: &Arc<Request>,
        kind: Kind,
        again: bool,
    ) -> Result<Outcome, Stop> {
        let message = match kind {
            Kind::Positive => request.message.clone(),
            Kind::Negative => request.without_credential(),
        };
        let session = self.session;
        let organization = session.ledger.organization(message.credential.as_ref());
        let uses = [(organization, Use::Shared)].into();
        let _held = session.locks.take(&uses).await;
        let source = Source {
            request,
            captures: &[],
            role: Role::Control(request.name.clone()),
        };
        let paced = Paced {
            source: &source,
            message: &message,
            scope: &session.sender.scope(None),
            limited_is_final: again,
            accepts: None,
        };
        if again {
            let key = pace::key(message.credential.as_deref(), &request.name);
            drop(session.pace.turn(key).await);
        }
        let mut exchange = self.paced(&paced).await;
        if matches!(&exchange, Ok(Exchange { answer: Err(broken), .. }) if broken.is_of_connection())
        {
            // It is made for all trials, and nothing is counted: once more, now on a connection of its own.
            exchange = self.paced(&paced).await;
        }
        let exchange = exchange?;
        // A documented quota that the run has used up limits the control, too.
        let is_quota = |received: &Received| {
            let rows = session.contract.rows_of(received.status);
            received.status == 429 && rows.count() > 0
        };
        let limited = again
            && (session.reader.is_limited(&exchange)
                || exchange.answer.as_ref().is_ok_and(is_quota));
        let outcome = match &exchange.answer {
            Ok(received) if session.contract.is_success(received) => {
                match (kind, is_promised(&session.sender, request, received)) {
                    (Kind::Positive, promised) => promised,
                    (Kind::Negative, Ok(())) => {
                        Err(format!("was accepted with {}", received.status))
                    }
                    (Kind::Negative, Err(_)) => Ok(()),
                }
            }
            Ok(_) if kind == Kind::Negative => Ok(()),
            Ok(received) => Err(format!("was rejected with {}", received.status)),
            Err(broken) => Err(Stop::of(broken.to_string(), |broken| {
                format!("was not answered ({broken})")
            })
            .0),
        };
        // A valid request that ends a connection has crashed the server.
        let crashed =
            kind == Kind::Positive && matches!(&exchange.answer, Err(Broken::Protocol(_)));
        if exchange.answer.is_ok() || crashed {
            self.evidence.take_aside(&source.role, exchange);
        }
        if limited {
            return Err(Stop("the control was rate limited".to_owned()));
        }
        Ok(outcome)
    }
}

/// Whether a success has what its request promises.
fn is_promised(sender: &Sender, request: &Request, received: &Received) -> Outcome {
    let bound = sender.promised(request).map_err(|Stop(reason)| reason)?;
    match unmatched(&request.success, &bound, received) {
        None => Ok(()),
        Some((place, expected, actual)) => Err(format!(
            "got {} without what its `success` promises: {place}: expected {expected}, was {actual}",
            received.status
        )),
    }
}
