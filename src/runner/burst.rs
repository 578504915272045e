//! A burst: as many requests as allowed, as fast as allowed, until one is answered as the step waits for.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::session::Session;
use super::step::{Current, Stop, captures};
use super::trial::Context;
use crate::event::Record;
use crate::exchange::Exchange;
use crate::judge::judge_volley;
use crate::suite::{Burst, Scope};

/// How many faulty answers of one burst are kept: they are mostly the same.
const KEPT: usize = 5;

impl Session {
    /// Fires a burst and judges each of its answers, then all of them; yields whether they are as expected.
    pub(super) async fn burst(
        &self,
        context: &mut Context<'_>,
        current: &Current<'_>,
        burst: &Burst,
        scope: &mut Scope,
    ) -> Result<bool, Stop> {
        let exchanges = self.volley(current, burst, scope).await?;
        if !self.has_answered() {
            return Err(Stop(format!(
                "step {}: the target does not answer",
                current.number
            )));
        }
        let mut faulty = 0;
        for exchange in &exchanges {
            let findings = self.judge(Some(&current.held), exchange);
            if findings.is_empty() {
                continue;
            }
            faulty += 1;
            if faulty <= KEPT {
                let at = &current.step.expect.at;
                context.record(self, current.role(), at, exchange.clone(), findings);
            }
        }
        let findings = judge_volley(&current.held, burst, &exchanges);
        let as_expected = faulty == 0 && findings.is_empty();
        context.records.push(Record {
            role: current.role(),
            at: current.step.expect.at.clone(),
            exchange: None,
            findings,
        });
        // The answer that ended it, or the last one: what follows builds on it.
        let telling = exchanges
            .iter()
            .rev()
            .filter_map(|exchange| exchange.answer.as_ref().ok())
            .find(|answer| {
                burst
                    .until
                    .as_ref()
                    .is_none_or(|until| until.accepts(answer.status))
            });
        if as_expected && let Some(telling) = telling {
            captures(current.step, telling, scope)?;
        }
        Ok(as_expected)
    }

    /// The exchanges in the order in which they ended.
    async fn volley(
        &self,
        current: &Current<'_>,
        burst: &Burst,
        scope: &Scope,
    ) -> Result<Vec<Exchange>, Stop> {
        let mut under_way = FuturesUnordered::new();
        let mut exchanges = Vec::new();
        let mut sent = 0;
        let mut over = false;
        loop {
            while !over && sent < burst.requests && under_way.len() < burst.at_once {
                let outgoing = self.outgoing(&current.step.message, scope)?;
                under_way.push(async move { self.client.send(&outgoing).await });
                sent += 1;
            }
            let Some(exchange) = under_way.next().await else {
                return Ok(exchanges);
            };
            self.note_answer(&exchange);
            over |= match (&burst.until, &exchange.answer) {
                (Some(until), Ok(answer)) => until.accepts(answer.status),
                _ => false,
            };
            exchanges.push(exchange);
        }
    }
}
