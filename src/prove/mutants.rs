//! The mutants of one trial, judged.

use memchr::memmem;

use crate::contract::Contract;
use crate::event::Evidence;
use crate::exchange::Exchange;
use crate::judge::mutants::{Mutant, likeness_mutants, mutants, volley_mutants};
use crate::judge::{self, Finding, Held};
use crate::suite::{Step, Trial};

/// What a trial's mutants show.
#[derive(Debug, Default)]
pub struct Proof {
    /// The trial.
    pub trial: String,
    /// The mutants that were rejected, and the clause that each was rejected for.
    pub killed: Vec<(String, String)>,
    /// The mutants that were accepted.
    pub survivors: Vec<Survivor>,
}

/// A mutant that a trial accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// What was altered, and in which step.
    pub mutant: String,
    /// The clause that nobody holds it to.
    pub clause: String,
    /// What to add.
    pub advice: String,
}

/// What is said of a survivor whose mutant has no advice of its own: the judge itself should have rejected it.
const NO_ADVICE: &str = "the judge accepts it: this is a fault of the gauge, or a check that the contract does not name";

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
    for one in evidence {
        match one {
            Evidence::Answer {
                step,
                equal,
                differ,
                exchange,
                like,
            } => {
                let Some(tested) = trial.steps.get(*step) else {
                    continue;
                };
                let held = bench.held(tested, equal.clone(), differ.clone());
                for mutant in mutants(contract, &held, exchange, secret) {
                    let findings = bench.findings(&held, &mutant);
                    proof.note(*step, &mutant, &findings);
                }
                bench.likenesses(&held, *step, exchange, like, &mut proof);
            }
            Evidence::Volley { step, exchanges } => {
                let Some(tested) = trial.steps.get(*step) else {
                    continue;
                };
                bench.volley(tested, *step, exchanges, &mut proof);
            }
            Evidence::Effect { effect, growth } => bench.effect(*effect, *growth, &mut proof),
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
    fn held(
        &self,
        step: &'a Step,
        equal: Vec<serde_json::Value>,
        differ: Vec<serde_json::Value>,
    ) -> Held<'a> {
        Held {
            clause: &self.trial.clause,
            expectation: &step.expect,
            equal,
            differ,
        }
    }

    fn findings(&self, held: &Held<'_>, mutant: &Mutant) -> Vec<Finding> {
        let mut findings = judge::judge(self.contract, Some(held), &mutant.exchange);
        // A mutant has it as it is.
        let echoes = |bytes: &[u8]| {
            let mut secrets = self.secrets.iter();
            secrets.any(|secret| memmem::find(bytes, secret.as_bytes()).is_some())
        };
        findings.extend(judge::judge_echo(self.contract, &echoes, &mutant.exchange));
        findings
    }

    /// An answer that must be like others, made to differ from them.
    fn likenesses(
        &self,
        held: &Held<'_>,
        step: usize,
        exchange: &Exchange,
        like: &[Exchange],
        proof: &mut Proof,
    ) {
        let Ok(received) = &exchange.answer else {
            return;
        };
        if like.is_empty() {
            return;
        }
        let like: Vec<_> = like.iter().collect();
        for (name, received) in likeness_mutants(self.contract, received) {
            let altered = Exchange {
                answer: Ok(received),
                ..exchange.clone()
            };
            let findings = judge::judge_alike(held.clause, &like, &altered);
            proof.outcome(step, name, &held.clause.id, "", !findings.is_empty());
        }
    }

    fn volley(&self, step: &'a Step, number: usize, exchanges: &[Exchange], proof: &mut Proof) {
        let Some(volley) = &step.volley else { return };
        let held = self.held(step, Vec::new(), Vec::new());
        for mutant in volley_mutants(&held, volley, exchanges) {
            let findings = mutant
                .exchanges
                .iter()
                .flat_map(|one| judge::judge(self.contract, Some(&held), one))
                .chain(judge::judge_volley(&held, volley, &mutant.exchanges));
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
