//! A volley: a burst, as fast as allowed until one is answered as the step waits for, or a race, all at the same instant.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::latency::percentiles;
use super::pace;
use super::step::{Current, Stop, follow};
use super::trial::TrialRun;
use crate::client::{Finish, Outgoing};
use crate::event::Item;
use crate::exchange::{Broken, Exchange};
use crate::judge;
use crate::suite::{Burst, Expected, Race, Scope, Volley};

/// The most requests of one burst.
const LARGEST_BURST: usize = 100_000;
/// The most that the bodies of one burst may have together, in bytes: they are held until all are judged.
const LARGEST_BODIES: usize = 64 * 1024 * 1024;
/// How much of the requests' bodies is shown of a volley, in bytes: of the first ones.
const SHOWN: usize = 2 * 1024 * 1024;

/// A volley of a trial in progress.
pub(super) struct VolleyRun<'r, 'a> {
    pub(super) run: &'r mut TrialRun<'a>,
    pub(super) current: &'r Current<'r>,
}

impl VolleyRun<'_, '_> {
    /// Fires a volley and judges each of its answers, then all of them; yields whether they are as expected.
    pub(super) async fn fire(&mut self, volley: &Volley, scope: &mut Scope) -> Result<bool, Stop> {
        let (session, current) = (self.run.session, self.current);
        let (exchanges, mut note) = match volley {
            Volley::Burst(burst) => self.burst(burst, scope).await?,
            Volley::Race(race) => self.race(race, scope).await?,
        };
        // What this machine could not do is no answer of the target's, and no silence either.
        if let Some(broken) = ours(&exchanges) {
            return Err(Stop(format!("step {}: {note}: {broken}", current.number)));
        }
        if !session.has_answered() {
            let broken = exchanges.iter().find_map(|one| one.answer.as_ref().err());
            let reason = broken.map(ToString::to_string).unwrap_or_default();
            let told = |_| format!("step {}: the target does not respond", current.number);
            return Err(Stop::of(reason, told));
        }
        if let Some(latencies) = percentiles(&exchanges) {
            note.push_str("; ");
            note.push_str(&latencies);
        }
        let limited = exchanges
            .iter()
            .any(|exchange| session.reader.is_limited(exchange));
        let answers = exchanges
            .into_iter()
            .map(|exchange| session.reader.answer(exchange));
        let item = Item::Volley {
            step: current.number - 1,
            bound: current.bound.clone(),
            answers: answers.collect(),
            note,
        };
        if limited
            && matches!(volley, Volley::Burst(_))
            && self.has_neighbour()
            && !self.run.evidence.judge(&item).as_expected
        {
            return Err(Stop(format!(
                "step {} was rate limited while another run against this target was in progress on this machine",
                current.number
            )));
        }
        follow(self.run.evidence.take(item), scope)
    }

    /// Whether another run may have used the limiter's window, too.
    fn has_neighbour(&self) -> bool {
        let window =
            Duration::try_from_secs_f64(self.run.session.reader.longest_window.unwrap_or_default());
        let window = window.unwrap_or_default();
        let neighbours = self.run.session.neighbours.as_ref();
        neighbours.is_some_and(|neighbours| neighbours.within(window))
    }

    /// The exchanges of a burst. One that needs an unused window, and met the limit in a used one, proves nothing and is repeated: after
    /// the advertised wait, then with the whole window unused.
    async fn burst(
        &mut self,
        burst: &Burst,
        scope: &Scope,
    ) -> Result<(Vec<Exchange>, String), Stop> {
        let (session, current) = (self.run.session, self.current);
        let credential = current.step.message.credential.as_deref();
        let name = current.step.request.name.as_str();
        let mut advertised = true;
        let mut waited = None;
        loop {
            let used = self.used_window(credential);
            let turn = session.pace.turn(pace::key(credential, name)).await;
            let (mut exchanges, note) = self.shoot(burst, scope).await?;
            drop(turn);
            let Some(window) = self.limited_early(&exchanges).filter(|_| burst.fresh) else {
                return Ok((exchanges, note));
            };
            if let Some(useless) = self.useless(&exchanges, waited) {
                let limited = exchanges.swap_remove(useless);
                let in_vain = waited.map(|(_, window)| window);
                self.run
                    .evidence
                    .take_limited(&current.source.role, limited, in_vain)?;
            }
            // Another run, or somebody else, may have used the window in which the first attempt began.
            if used.is_zero() && !advertised {
                self.begun_unlimited(&exchanges)?;
                return Ok((exchanges, note));
            }
            let wait = if advertised {
                window
            } else {
                self.used_window(credential)
            };
            waited = advertised.then(|| (session.pace.through(), window));
            advertised = false;
            session.within_limit(wait)?;
            let text = format!("waits {:.1} s for an unused window", wait.as_secs_f64());
            self.run.notice(&text);
            tokio::time::sleep(wait).await;
        }
    }

    /// How long until nothing of this run is in the credential's window.
    fn used_window(&self, credential: Option<&str>) -> Duration {
        let window = self.run.session.reader.longest_window.unwrap_or_default();
        let window = Duration::try_from_secs_f64(window).unwrap_or_default();
        self.run.session.ledger.until_unused(credential, window)
    }

    /// The longest window that was advertised, if the limiter stepped in although nothing but success is expected, or before as many
    /// successes as are counted.
    fn limited_early(&self, exchanges: &[Exchange]) -> Option<Duration> {
        let (session, current) = (self.run.session, self.current);
        let reader = &session.reader;
        let answers = || {
            exchanges
                .iter()
                .filter_map(|exchange| exchange.answer.as_ref().ok())
        };
        let successes = answers()
            .filter(|answer| session.contract.is_success(answer))
            .count();
        let mut counts = current.step.expect.count.iter();
        let few = counts.any(|(of, number)| *of == Expected::Success && successes < *number);
        answers()
            .filter(|answer| few || !reader.accepts(&current.step.expect, answer))
            .filter(|answer| judge::limiter(&session.contract, answer).is_some())
            .map(|answer| reader.window(answer))
            .max()
    }

    /// A limiter's answer to a volley whose window does not help: it is too long by itself, or all of the volley is limited after a wait in
    /// which nothing of the run got through.
    fn useless(&self, exchanges: &[Exchange], waited: Option<(u64, Duration)>) -> Option<usize> {
        let session = self.run.session;
        let by_itself = exchanges
            .iter()
            .position(|one| session.reader.is_useless(one));
        let in_vain = waited.is_some_and(|(before, _)| before == session.pace.through());
        by_itself.or(in_vain.then_some(0).filter(|_| !exchanges.is_empty()))
    }

    /// The first answer of a burst in an unused window is not limited, unless somebody else has used it up.
    fn begun_unlimited(&self, exchanges: &[Exchange]) -> Result<(), Stop> {
        let session = self.run.session;
        match exchanges.first().map(|first| &first.answer) {
            Some(Ok(answer)) if judge::limiter(&session.contract, answer).is_some() => Err(Stop(
                "the limit was used up before the burst began, by somebody else".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The exchanges of a burst in the order in which they ended.
    async fn shoot(
        &mut self,
        burst: &Burst,
        scope: &Scope,
    ) -> Result<(Vec<Exchange>, String), Stop> {
        let (session, current) = (self.run.session, self.current);
        let requests = self.size(burst, scope)?;
        let client = Arc::new(self.run.client()?.of_volley());
        let begun = Instant::now();
        // Tasks, so that one thread does not send them all.
        let mut under_way = JoinSet::new();
        let mut exchanges = Vec::new();
        let mut sent = 0;
        let mut over = false;
        let mut held = 0;
        let mut shown = SHOWN;
        loop {
            while !over && sent < requests && under_way.len() < burst.at_once {
                let mut outgoing = session
                    .sender
                    .prepared_at_once(&current.step.message, scope)?;
                outgoing.sent.cut(shown);
                shown -= outgoing.sent.body.len();
                let client = Arc::clone(&client);
                under_way.spawn(async move { client.send(&outgoing).await });
                sent += 1;
            }
            let Some(ended) = under_way.join_next().await else {
                let note = format!("a burst of {sent}, {} at once", burst.at_once);
                self.fast_enough(burst, &exchanges, begun.elapsed())?;
                return Ok((exchanges, note));
            };
            let exchange = ended.unwrap_or_else(|error| resume_unwind(error.into_panic()));
            self.run
                .note(&current.source, &current.step.message, &exchange);
            over |= match (&burst.until, &exchange.answer) {
                (Some(until), Ok(answer)) => judge::is_of(&session.contract, until, answer),
                _ => false,
            };
            held += exchange
                .answer
                .as_ref()
                .map_or(0, |answer| answer.body.len());
            if held > LARGEST_BODIES {
                return Err(Stop(format!(
                    "step {}: the answers of the burst have more than {LARGEST_BODIES} bytes together",
                    current.number
                )));
            }
            exchanges.push(exchange);
        }
    }

    /// A burst that takes longer than the limiter's window may never meet the limit: then it proves nothing, and the trial is repeated.
    fn fast_enough(
        &mut self,
        burst: &Burst,
        exchanges: &[Exchange],
        took: Duration,
    ) -> Result<(), Stop> {
        let (session, current) = (self.run.session, self.current);
        let Some(until) = &burst.until else {
            return Ok(());
        };
        let mut answers = exchanges
            .iter()
            .filter_map(|exchange| exchange.answer.as_ref().ok());
        let met = answers.any(|answer| judge::is_of(&session.contract, until, answer));
        let window = self
            .run
            .session
            .reader
            .longest_window
            .unwrap_or(f64::INFINITY);
        if met || took.as_secs_f64() <= window {
            return Ok(());
        }
        let reason = format!(
            "step {}: the burst took {:.1} s, and the limiter's window is {window} s: the limit may never have been met",
            current.number,
            took.as_secs_f64()
        );
        self.run.loose = Some(reason.clone());
        Err(Stop(reason))
    }

    fn size(&self, burst: &Burst, scope: &Scope) -> Result<usize, Stop> {
        let value = self
            .run
            .session
            .sender
            .engine
            .value(&burst.requests, scope)?;
        let requests = value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok())
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| (1..=LARGEST_BURST).contains(number));
        requests.ok_or_else(|| {
            let shown = judge::excerpt(&value.to_string());
            Stop(format!(
                "{shown} is no number of requests, from 1 to {LARGEST_BURST}"
            ))
        })
    }

    /// The exchanges of a race. A race that was released too loosely is noted: its findings count, but a pass does not.
    async fn race(&mut self, race: &Race, scope: &Scope) -> Result<(Vec<Exchange>, String), Stop> {
        let (session, current) = (self.run.session, self.current);
        let mut shown = SHOWN;
        let outgoing: Vec<Outgoing> = (0..race.requests)
            .map(|_| {
                let mut outgoing = session
                    .sender
                    .prepared_at_once(&current.step.message, scope)?;
                outgoing.sent.cut(shown);
                shown -= outgoing.sent.body.len();
                Ok(outgoing)
            })
            .collect::<Result<_, Stop>>()?;
        let finish = self.unlimited_race(&outgoing).await?;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let requests = race.requests;
        let what = match finish.shared {
            None => format!("a race of {requests}"),
            Some(1) => format!("a race of {requests} over one HTTP/2 connection"),
            Some(several) => format!("a race of {requests} over {several} HTTP/2 connections"),
        };
        let note = match finish.spread {
            Some(spread) => format!(
                "{what}, released within {:.2} ms (budget {} ms)",
                milliseconds(spread),
                milliseconds(race.within)
            ),
            None => format!("{what} that was never released"),
        };
        let is_loose = finish.spread.is_none_or(|spread| spread > race.within);
        // What could not be sent says more than that it was late.
        if is_loose && ours(&finish.exchanges).is_none() {
            self.run.loose = Some(format!("step {}: {note}", current.number));
        }
        self.run.notice(&note);
        Ok((finish.exchanges, note))
    }

    /// A race that the limiter let run. One that it refused whole has done nothing, and is run again. Where it refused a part that the step
    /// does not expect to be refused, the race was none: the whole trial is repeated.
    async fn unlimited_race(&mut self, outgoing: &[Outgoing]) -> Result<Finish, Stop> {
        let (session, current) = (self.run.session, self.current);
        let credential = current.step.message.credential.as_deref();
        let name = current.step.request.name.as_str();
        let mut turn = session.pace.turn(pace::key(credential, name)).await;
        loop {
            let mut finish = self.run.client()?.race(outgoing).await;
            let mut windows = Vec::new();
            let mut unexpected = 0;
            for exchange in &finish.exchanges {
                self.run
                    .note(&current.source, &current.step.message, exchange);
                if let Ok(answer) = &exchange.answer
                    && judge::limiter(&session.contract, answer).is_some()
                {
                    windows.push(session.reader.window(answer));
                    unexpected +=
                        usize::from(!session.reader.accepts(&current.step.expect, answer));
                }
            }
            let window = windows.iter().max().copied().unwrap_or_default();
            let whole = windows.len() == outgoing.len();
            if !whole && unexpected == 0 {
                return Ok(finish);
            }
            let in_vain = turn.in_vain().filter(|_| whole);
            let mut exchanges = finish.exchanges.iter();
            let by_itself = exchanges.position(|one| session.reader.is_useless(one));
            if let Some(useless) = by_itself.or(in_vain.map(|_| 0)) {
                let limited = finish.exchanges.swap_remove(useless);
                self.run
                    .evidence
                    .take_limited(&current.source.role, limited, in_vain)?;
            }
            session.within_limit(window)?;
            let extent = if whole { "whole" } else { "in part" };
            let seconds = window.as_secs_f64();
            self.run
                .notice(&format!("a race was limited {extent}; waits {seconds} s"));
            if !whole {
                session.pace.pause(pace::key(credential, name), window);
                for exchange in finish.exchanges {
                    if !matches!(&exchange.answer, Err(broken) if broken.is_ours()) {
                        self.run.evidence.take_aside(&current.source.role, exchange);
                    }
                }
                let reason = format!(
                    "step {}: of a race of {}, {unexpected} met the target's limit for `{name}`, which others of this run use up, too",
                    current.number,
                    outgoing.len()
                );
                self.run.loose = Some(reason.clone());
                return Err(Stop(reason));
            }
            turn.wait(window).await;
        }
    }
}

/// What this machine or the case is the reason of.
fn ours(exchanges: &[Exchange]) -> Option<&Broken> {
    exchanges
        .iter()
        .filter_map(|exchange| exchange.answer.as_ref().err())
        .find(|broken| broken.is_ours())
}
