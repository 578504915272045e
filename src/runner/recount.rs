//! Probes at the end of a run: counts that grew after their trials had ended, and counts that never moved.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::counts::{Known, Unsupported};
use super::finish::Closing;
use super::probe::{LATE, RECOUNT};
use super::trial::TrialRun;
use crate::suite::{Probe, Request};

impl Closing<'_> {
    /// Counts once more at the end of the run, to find effects that came after their trial was judged.
    pub(super) async fn surplus(&self) -> Vec<Unsupported> {
        let probes = &self.session.probes;
        let mut unsupported = Vec::new();
        for (trial, probe) in probes.relied() {
            let settled = probes.known().get(&probe.name).and_then(|known| {
                let settled = known.settled.as_ref()?;
                (!settled.passed.is_empty()).then_some(settled.touched)
            });
            if let Some(touched) = settled
                && self.session.ledger.touched(&probe) == touched
                && let Ok(last) = TrialRun::new(self.session, &trial).count(&probe).await
            {
                probes.note_settled(&probe, (last, last), (touched, touched));
            }
            let mut known = probes.known();
            let Some(known) = known.get_mut(&probe.name).filter(|known| known.surplus > 0) else {
                continue;
            };
            unsupported.push(Unsupported {
                reason: format!(
                    "the probe `{}` grew by {} after its trials had ended, and no write of this run explains the growth: either a rejected write was carried out late, or there was other traffic; set `settle` of the probe to find the trial",
                    probe.name, known.surplus
                ),
                passed: std::mem::take(&mut known.suspects),
                probe,
            });
        }
        unsupported
    }

    /// Finds the probes that never moved although a write should have moved them. The controls `again` were accepted after the last count.
    pub(super) async fn unmoved(&self, again: &BTreeMap<String, Arc<Request>>) -> Vec<Unsupported> {
        let probes = &self.session.probes;
        let mut unsupported = Vec::new();
        for (trial, probe) in probes.relied() {
            let last = {
                let known = probes.known();
                let known = known
                    .get(&probe.name)
                    .filter(|known| !known.still.is_empty());
                known
                    .filter(|known| self.should_move(&probe, known, again))
                    .and_then(|known| known.last)
            };
            let Some(last) = last else {
                continue;
            };
            let end = Instant::now() + probe.settle.unwrap_or(LATE);
            let mut run = TrialRun::new(self.session, &trial);
            let mut moved = false;
            while let Ok(count) = run.count(&probe).await {
                moved = count != last;
                if moved || Instant::now() >= end {
                    break;
                }
                tokio::time::sleep(RECOUNT).await;
            }
            if moved {
                continue;
            }
            let passed = match probes.known().get_mut(&probe.name) {
                Some(known) => std::mem::take(&mut known.still),
                None => Vec::new(),
            };
            unsupported.push(Unsupported {
                reason: format!(
                    "the probe `{}` never moved in this run, so a growth of 0 proves nothing",
                    probe.name
                ),
                probe,
                passed,
            });
        }
        unsupported
    }

    /// Whether something in this run should have moved a probe: a trial that expects it to grow, or an accepted control with a request
    /// that makes it grow in another trial. If there is no such trial, any accepted POST should have moved it.
    fn should_move(
        &self,
        probe: &Probe,
        known: &Known,
        again: &BTreeMap<String, Arc<Request>>,
    ) -> bool {
        let organization = |credential| self.session.ledger.organization(credential);
        let own = organization(probe.credential.as_ref());
        let movers = self.session.probes.movers.get(&probe.name);
        let mut controls = known.controls.iter().filter_map(|name| again.get(name));
        known.expected
            || (!self.session.is_partial
                && controls.any(|control| {
                    let message = &control.message;
                    organization(message.credential.as_ref()) == own
                        && match movers {
                            Some(movers) => movers.contains(&control.name),
                            None => message.method.is_literal("POST"),
                        }
                }))
    }
}
