//! The mutants of each trial, judged.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use futures_util::stream;
use memchr::memmem;

use super::proof::{Proof, Survivor, Unproven};
use crate::contract::Contract;
use crate::event::{Bound, Evidence, Finished, Item, Outcome, Stage};
use crate::exchange::Exchange;
use crate::judge::mutants::{Mutant, likeness_mutants, mutants, volley_mutants};
use crate::judge::{self, Finding, Held};
use crate::plan::Planned;
use crate::runner::Session;
use crate::suite::{Step, Trial};

/// The advice for a mutant that the contract forbids and the judge accepts: no file of the user's is at fault.
const NO_ADVICE: &str =
    "the contract forbids it, and the judge accepts it: this is a bug of gonogo, please report it";

/// Runs the trials, some at once, and judges mutants of what each was judged on. Those that did not begin have no proof. `progress` hears
/// how many have ended.
pub async fn prove_all(
    session: &Session,
    contract: &Contract,
    planned: &[Planned],
    at_once: usize,
    progress: impl Fn(usize),
) -> Vec<Proof> {
    let mut proofs = stream::iter(planned.iter().enumerate())
        .map(|(index, planned)| async move {
            let finished = session.run(planned).await;
            (index, of(session, contract, planned, &finished))
        })
        .buffer_unordered(at_once);
    let mut proven = Vec::new();
    let mut done = 0;
    while let Some((index, proof)) = proofs.next().await {
        done += 1;
        progress(done);
        proven.extend(proof.map(|proof| (index, proof)));
    }
    proven.sort_by_key(|(index, _)| *index);
    proven.into_iter().map(|(_, proven)| proven).collect()
}

/// The proof of one trial; none where the run ended before it began.
fn of(
    session: &Session,
    contract: &Contract,
    planned: &Planned,
    finished: &Finished,
) -> Option<Proof> {
    let unproven = match &finished.outcome {
        Outcome::Conforms => None,
        Outcome::Ignored { .. } => return None,
        Outcome::Violates => Some(Unproven::Violates),
        Outcome::Inconclusive { reason } => Some(Unproven::Inconclusive(reason.to_string())),
        Outcome::StaleWaiver { reason } => Some(Unproven::StaleWaiver(reason.to_string())),
        Outcome::Waived { until, .. } => Some(Unproven::Waived(until.clone())),
    };
    let trial = &planned.trial;
    if unproven.is_some() {
        return Some(Proof {
            trial: trial.name.clone(),
            unproven,
            ..Proof::default()
        });
    }
    let secret = session.secrets().first().copied();
    Some(proof_of(contract, trial, &finished.evidence, secret))
}

/// Makes and judges the mutants of what a trial was judged on. `secret` is a credential that must not come back.
pub fn proof_of(
    contract: &Contract,
    trial: &Trial,
    evidence: &[Evidence],
    secret: Option<&str>,
) -> Proof {
    let mut proof = Proof {
        trial: trial.name.clone(),
        ..Proof::default()
    };
    let secrets: Vec<&str> = secret.into_iter().collect();
    let bench = Bench {
        contract,
        trial,
        secrets,
    };
    let mut remembered: HashMap<&str, &Exchange> = HashMap::new();
    // Of a trial that began anew, only what it ended with shows anything.
    let last = evidence.rsplit(|one| matches!(*one.item, Item::Again));
    let kept = last.into_iter().next().unwrap_or_default().iter();
    for one in kept.filter(|one| one.lost.is_none()) {
        match &*one.item {
            Item::Step {
                step,
                stage: Stage::Last,
                bound,
                answer,
            } => {
                let Some(tested) = trial.steps.get(*step) else {
                    continue;
                };
                let held = bench.held(tested, bound);
                for mutant in mutants(contract, &held, &answer.exchange, secret) {
                    let findings = bench.findings(&held, &mutant);
                    proof.note(*step, &mutant, &findings);
                }
                let like = tested.expect.like.iter();
                let like: Vec<&Exchange> = like
                    .filter_map(|name| remembered.get(name.as_str()).copied())
                    .collect();
                bench.likenesses(&held, *step, &answer.exchange, &like, &mut proof);
                if let Some(name) = &tested.remember {
                    remembered.insert(name, &answer.exchange);
                }
            }
            Item::Volley {
                step,
                bound,
                answers,
                ..
            } => {
                let Some(tested) = trial.steps.get(*step) else {
                    continue;
                };
                let exchanges: Vec<Exchange> =
                    answers.iter().map(|one| one.exchange.clone()).collect();
                bench.volley(tested, *step, bound, &exchanges, &mut proof);
            }
            Item::Effect {
                effect,
                before,
                after,
            } => bench.effect(*effect, after.saturating_sub(*before), &mut proof),
            Item::Again | Item::Aside { .. } | Item::Step { .. } | Item::Rest => {}
        }
    }
    proof
}

/// What the mutants of a trial are judged with.
struct Bench<'a> {
    contract: &'a Contract,
    trial: &'a Trial,
    secrets: Vec<&'a str>,
}

impl<'a> Bench<'a> {
    fn held(&self, step: &'a Step, bound: &'a Bound) -> Held<'a> {
        Held {
            clause: &self.trial.clause,
            expectation: &step.expect,
            success: &step.request.success,
            bound,
        }
    }

    fn findings(&self, held: &Held<'_>, mutant: &Mutant) -> Vec<Finding> {
        let mut findings = judge::judge(self.contract, Some(held), &mutant.exchange);
        // A mutant has it as it is.
        let echoes = |bytes: &[u8]| {
            let mut secrets = self.secrets.iter();
            secrets.any(|secret| memmem::find(bytes, secret.as_bytes()).is_some())
        };
        let echoed = judge::echoed(&echoes, &mutant.exchange);
        findings.extend(echoed.and_then(|place| judge::judge_echo(self.contract, &place)));
        findings
    }

    /// An answer that must be like others, made to differ from them.
    fn likenesses(
        &self,
        held: &Held<'_>,
        step: usize,
        exchange: &Exchange,
        like: &[&Exchange],
        proof: &mut Proof,
    ) {
        let Ok(received) = &exchange.answer else {
            return;
        };
        if like.is_empty() {
            return;
        }
        for (name, received) in likeness_mutants(self.contract, received) {
            let altered = Exchange {
                answer: Ok(received),
                ..exchange.clone()
            };
            let findings = judge::judge_alike(held.clause, like, &altered);
            proof.outcome(step, name, &held.clause.id, "", !findings.is_empty());
        }
    }

    fn volley(
        &self,
        step: &'a Step,
        number: usize,
        bound: &'a Bound,
        exchanges: &[Exchange],
        proof: &mut Proof,
    ) {
        let Some(volley) = &step.volley else { return };
        let held = self.held(step, bound);
        for mutant in volley_mutants(self.contract, &held, volley, exchanges) {
            let all: Vec<&Exchange> = mutant.exchanges.iter().collect();
            let findings = mutant
                .exchanges
                .iter()
                .flat_map(|one| judge::judge(self.contract, Some(&held), one))
                .chain(judge::judge_volley(self.contract, &held, volley, &all));
            let id = &held.clause.id;
            let killed = findings.into_iter().any(|finding| finding.clause.id == *id);
            proof.outcome(number, mutant.name, id, "", killed);
        }
        // One answer of each status stands for the others: they are held to the same.
        let mut seen = Vec::new();
        for exchange in exchanges {
            let Ok(received) = &exchange.answer else {
                continue;
            };
            if seen.contains(&received.status) {
                continue;
            }
            seen.push(received.status);
            for mutant in mutants(
                self.contract,
                &held,
                exchange,
                self.secrets.first().copied(),
            ) {
                let findings = self.findings(&held, &mutant);
                proof.note(number, &mutant, &findings);
            }
        }
    }

    fn effect(&self, index: usize, growth: i64, proof: &mut Proof) {
        let Some(effect) = self.trial.effects.get(index) else {
            return;
        };
        for (name, off) in [("effect_one_more", 1), ("effect_one_less", -1)] {
            let altered = growth.saturating_add(off);
            if effect.growth.contains(&altered) {
                continue; // Accepted as well.
            }
            let finding = judge::judge_effect(&self.trial.clause, effect, 0, altered);
            proof.outcome(0, name, &self.trial.clause.id, "", finding.is_some());
        }
    }
}

impl Proof {
    fn note(&mut self, step: usize, mutant: &Mutant, findings: &[Finding]) {
        let id = &mutant.clause.id;
        let killed = findings.iter().any(|finding| finding.clause.id == *id);
        self.outcome(step, &mutant.name, id, mutant.advice, killed);
    }

    fn outcome(&mut self, step: usize, name: &str, clause: &str, advice: &str, killed: bool) {
        if killed {
            self.killed.push((name.to_owned(), clause.to_owned()));
            return;
        }
        let advice = if advice.is_empty() { NO_ADVICE } else { advice };
        self.survivors.push(Survivor {
            mutant: format!("step_{}::{name}", step + 1),
            clause: clause.to_owned(),
            advice: advice.to_owned(),
        });
    }
}
