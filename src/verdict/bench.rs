//! The bench: takes the evidence of one trial in, piece by piece, and yields what each of them comes to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::captured::{captured, comparable, missing};
use crate::contract::Contract;
use crate::event::{Answer, Bound, Item, Record, Redacted, Role, Shot, Stage};
use crate::exchange::{Exchange, Received};
use crate::input::diagnostic::Location;
use crate::judge::{self, Finding, Held, Place};
use crate::secrets::{Redact, Redactor};
use crate::suite::{CheckedPlace, Expectation, Step, Trial, Volley};

/// How many answers of one volley that break the same clause are kept: they are mostly the same.
const KEPT: usize = 5;

/// Judges a trial.
#[derive(Debug)]
pub struct Bench<'a> {
    contract: &'a Contract,
    trial: &'a Trial,
    redactor: Arc<Redactor>,
    /// Whether the evidence is redacted already; of the suite's lines that is never so.
    is_redacted: bool,
    /// The answers that steps remember, by name. They are compared, and never shown.
    remembered: HashMap<String, Exchange>,
}

/// What a piece of evidence comes to.
#[derive(Debug, Default)]
pub struct Judged {
    /// What is told of it.
    pub records: Vec<Record>,
    /// Whether a step went as expected. Otherwise no further one is taken: what follows builds on it.
    pub as_expected: bool,
    /// Why the trial cannot go on, if it cannot.
    pub stop: Option<String>,
    /// What later steps use of it.
    pub captured: Vec<(String, Value)>,
}

impl Judged {
    /// Whether both say the same: the same clauses broken at the same places, and the trial goes on or does not.
    pub fn agrees(&self, other: &Self) -> bool {
        let told = |judged: &Self| -> Vec<(Role, Vec<(String, Place)>)> {
            let records = judged.records.iter().map(|record| {
                let findings = record.findings.iter();
                let broken =
                    findings.map(|finding| (finding.clause.id.clone(), finding.place.clone()));
                (record.role.clone(), broken.collect())
            });
            records.collect()
        };
        self.as_expected == other.as_expected
            && self.stop.is_some() == other.stop.is_some()
            && told(self) == told(other)
    }
}

impl<'a> Bench<'a> {
    /// A bench for a trial in progress, held to a contract.
    pub fn new(contract: &'a Contract, trial: &'a Trial, redactor: &Arc<Redactor>) -> Self {
        Self {
            contract,
            trial,
            redactor: Arc::clone(redactor),
            is_redacted: false,
            remembered: HashMap::new(),
        }
    }

    /// A bench for evidence that is redacted already.
    pub fn again(contract: &'a Contract, trial: &'a Trial, redactor: &Arc<Redactor>) -> Self {
        Self {
            is_redacted: true,
            ..Self::new(contract, trial, redactor)
        }
    }

    /// Judges a piece of evidence. One of a step that the trial does not have comes to nothing.
    pub fn judge(&mut self, item: &Item) -> Judged {
        let judged = match item {
            Item::Again => {
                self.remembered.clear();
                None
            }
            Item::Rest => None,
            Item::Aside { role, answer } => self.aside(role, answer),
            Item::Step {
                step,
                stage,
                bound,
                answer,
            } => self.step(*step, *stage, bound, answer),
            Item::Volley {
                step,
                bound,
                answers,
                note,
            } => self.volley(*step, bound, answers, note),
            Item::Effect {
                effect,
                before,
                after,
            } => self.effect(*effect, *before, *after),
        };
        judged.unwrap_or(Judged {
            as_expected: true,
            ..Judged::default()
        })
    }

    /// A response that is checked against the contract only. A control that crashes the server is a finding of its own.
    fn aside(&self, role: &Role, answer: &Answer) -> Option<Judged> {
        let mut findings = self.findings(None, answer);
        if let (Role::Control(_), true) =
            (role, findings.is_empty() || answer.exchange.answer.is_ok())
        {
            let crashed = judge::judge_control(self.contract, &self.trial.clause, &answer.exchange);
            findings.splice(..0, crashed);
        }
        Some(Judged {
            records: vec![self.record(role, self.place(role)?, answer, findings)],
            as_expected: true,
            ..Judged::default()
        })
    }

    fn step(
        &mut self,
        number: usize,
        stage: Stage,
        bound: &Bound,
        answer: &Answer,
    ) -> Option<Judged> {
        let step = self.trial.steps.get(number)?;
        Some(match stage {
            Stage::Last => self.last(step, number, bound, answer),
            Stage::Polled | Stage::Late => {
                self.polled(step, number, stage == Stage::Late, bound, answer)?
            }
        })
    }

    /// An answer on the way: it shows what its request promises; the rest is asked of the last one.
    fn polled(
        &self,
        step: &Step,
        number: usize,
        late: bool,
        bound: &Bound,
        answer: &Answer,
    ) -> Option<Judged> {
        let poll = step.poll.as_ref()?;
        let expect = &step.expect;
        let on_the_way = Expectation {
            like: expect.like.clone(),
            ..Expectation::plain(expect.at.clone(), expect.any_of.clone())
        };
        let held = self.held(step, &on_the_way, bound);
        let mut findings = self.findings(Some(&held), answer);
        let missing = missing(
            self.contract,
            self.trial,
            step,
            poll,
            bound,
            &answer.exchange,
        );
        let within = poll.within.as_secs_f64();
        let stop = if self.prepares(number) {
            let own = self.take_own(answer, &mut findings);
            match (own.first(), missing.filter(|_| late)) {
                (Some(broke), _) => Some(unprepared(number, broke, None)),
                (None, Some(missing)) => {
                    let waited = format!("it was polled for {within} s");
                    Some(unprepared(number, &missing, Some(&waited)))
                }
                (None, None) => None,
            }
        } else {
            missing.filter(|_| late).map(|missing| {
                findings.push(missing);
                format!(
                    "step {} did not show what it waits for within {within} s",
                    number + 1
                )
            })
        };
        let told = stop.is_some() || !findings.is_empty();
        let role = Role::Step(number + 1);
        let record = told.then(|| self.record(&role, &step.expect.at, answer, findings));
        Some(Judged {
            records: record.into_iter().collect(),
            as_expected: true,
            stop,
            captured: Vec::new(),
        })
    }

    fn last(&mut self, step: &Step, number: usize, bound: &Bound, answer: &Answer) -> Judged {
        let role = Role::Step(number + 1);
        let held = self.held(step, &step.expect, bound);
        let mut findings = self.findings(Some(&held), answer);
        let like = step.expect.like.iter();
        let like: Vec<&Exchange> = like.filter_map(|name| self.remembered.get(name)).collect();
        let compared = if like.is_empty() && step.remember.is_none() {
            Ok(())
        } else {
            comparable(&answer.exchange)
        };
        if compared.is_ok() {
            let clause = &self.trial.clause;
            findings.extend(judge::judge_alike(clause, &like, &answer.exchange));
        }
        let own = self.own(answer, &findings);
        if let (true, Some(broke)) = (self.prepares(number), own.first()) {
            let stop = unprepared(number, broke, None);
            self.take_own(answer, &mut findings);
            return Judged {
                records: vec![self.record(&role, &step.expect.at, answer, findings)],
                stop: Some(stop),
                ..Judged::default()
            };
        }
        if let Some(name) = step.remember.as_ref().filter(|_| compared.is_ok()) {
            self.remembered
                .insert(name.clone(), answer.exchange.clone());
        }
        let as_expected = own.is_empty();
        let captured = match &answer.exchange.answer {
            Ok(received) if as_expected => captured(step, received),
            _ => Ok(Vec::new()),
        };
        let at = written_at(&step.expect, &findings);
        let mut judged = Judged {
            records: vec![self.record(&role, at, answer, findings)],
            as_expected,
            ..Judged::default()
        };
        match captured.and_then(|captured| compared.map(|()| captured)) {
            Ok(captured) => judged.captured = captured,
            Err(reason) => judged.stop = Some(reason),
        }
        judged
    }

    /// Each answer of a volley, then all of them.
    fn volley(
        &self,
        number: usize,
        bound: &Bound,
        answers: &[Answer],
        note: &str,
    ) -> Option<Judged> {
        let step = self.trial.steps.get(number)?;
        let volley = step.volley.as_ref()?;
        let (role, at) = (Role::Step(number + 1), &step.expect.at);
        let held = self.held(step, &step.expect, bound);
        let exchanges: Vec<&Exchange> = answers.iter().map(|answer| &answer.exchange).collect();
        let findings = judge::judge_volley(self.contract, &held, volley, &exchanges);
        let mut judged = Judged {
            as_expected: findings.is_empty(),
            ..Judged::default()
        };
        let mut kept: HashMap<String, usize> = HashMap::new();
        let one = |shot: usize, findings| Record {
            shot: Some(shot + 1),
            ..self.record(&role, at, &answers[shot], findings)
        };
        for (shot, answer) in answers.iter().enumerate() {
            let findings = self.findings(Some(&held), answer);
            judged.as_expected &= self.own(answer, &findings).is_empty();
            // Each clause for itself: many answers that break one must not hide one that breaks another.
            let telling = findings.iter().any(|finding| {
                let count = kept.entry(finding.clause.id.clone()).or_default();
                *count += 1;
                *count <= KEPT
            });
            if telling {
                judged.records.push(one(shot, findings));
            }
        }
        let told = telling(self.contract, volley, &exchanges);
        // What the volley as a whole broke is shown with one of its answers.
        if let (None, false, Some(last)) = (told, findings.is_empty(), answers.len().checked_sub(1))
        {
            judged.records.push(one(last, Vec::new()));
        }
        judged.records.push(Record {
            role: role.clone(),
            at: self.at(burst_at(volley, &findings).unwrap_or(at)),
            exchange: None,
            shot: None,
            rows: self.rows(&exchanges),
            findings: self.redacted(findings),
            note: Some(self.redacted(note.to_owned())),
            shots: exchanges
                .iter()
                .map(|exchange| Shot::from(*exchange))
                .collect(),
        });
        if let Some((shot, received)) = told {
            judged.records.push(one(shot, Vec::new()));
            if judged.as_expected {
                match captured(step, received) {
                    Ok(captured) => judged.captured = captured,
                    Err(reason) => judged.stop = Some(reason),
                }
            }
        }
        Some(judged)
    }

    fn effect(&self, index: usize, before: i64, after: i64) -> Option<Judged> {
        let effect = self.trial.effects.get(index)?;
        let finding = judge::judge_effect(&self.trial.clause, effect, before, after)?;
        Some(Judged {
            records: vec![Record {
                role: Role::Effect(effect.probe.name.clone()),
                at: self.at(&effect.at),
                exchange: None,
                shot: None,
                rows: Vec::new(),
                findings: self.redacted(vec![finding]),
                note: None,
                shots: Vec::new(),
            }],
            as_expected: true,
            ..Judged::default()
        })
    }

    fn record(
        &self,
        role: &Role,
        at: &Location,
        answer: &Answer,
        findings: Vec<Finding>,
    ) -> Record {
        Record {
            role: role.clone(),
            at: self.at(at),
            exchange: Some(self.redacted(answer.exchange.clone())),
            shot: None,
            rows: self.rows(&[&answer.exchange]),
            findings: self.redacted(findings),
            note: None,
            shots: Vec::new(),
        }
    }

    fn at(&self, at: &Location) -> Redacted<Location> {
        Redacted::new(at.clone(), &self.redactor)
    }

    fn redacted<T: Redact>(&self, value: T) -> Redacted<T> {
        if self.is_redacted {
            Redacted::without_secrets(value)
        } else {
            Redacted::new(value, &self.redactor)
        }
    }

    /// The rows that responses are of, each once.
    fn rows(&self, exchanges: &[&Exchange]) -> Vec<String> {
        let exchanges = exchanges.iter();
        let rows = exchanges.flat_map(|exchange| judge::rows_of(self.contract, exchange));
        let names: BTreeSet<&str> = rows.map(|row| row.name.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    fn held<'b>(
        &'b self,
        step: &'b Step,
        expectation: &'b Expectation,
        bound: &'b Bound,
    ) -> Held<'b> {
        Held {
            clause: &self.trial.clause,
            expectation,
            success: &step.request.success,
            bound,
        }
    }

    fn findings(&self, held: Option<&Held<'_>>, answer: &Answer) -> Vec<Finding> {
        let mut findings = judge::judge(self.contract, held, &answer.exchange);
        let echo = answer.echoed.as_ref();
        findings.extend(echo.and_then(|place| judge::judge_echo(self.contract, place)));
        if let (Some(useless), Ok(received)) = (answer.useless, &answer.exchange.answer) {
            findings.extend(judge::judge_useless(self.contract, received, useless));
        }
        findings
    }

    /// What breaks the trial's own clause here. What the contract asks of every answer is not among it, also where it is the same
    /// clause.
    fn own(&self, answer: &Answer, findings: &[Finding]) -> Vec<Finding> {
        if findings.is_empty() {
            return Vec::new();
        }
        let everywhere = self.findings(None, answer);
        findings
            .iter()
            .filter(|one| one.clause == self.trial.clause && !everywhere.contains(one))
            .cloned()
            .collect()
    }

    /// The same, taken out of the findings.
    fn take_own(&self, answer: &Answer, findings: &mut Vec<Finding>) -> Vec<Finding> {
        let own = self.own(answer, findings);
        findings.retain(|finding| !own.contains(finding));
        own
    }

    /// Whether a step only prepares what is tested: then its failure is no finding, but the end of the trial.
    fn prepares(&self, number: usize) -> bool {
        let last = number + 1 == self.trial.steps.len();
        let step = self.trial.steps.get(number);
        !last && step.is_some_and(|step| step.expect.is_success())
    }

    /// Where what an exchange is held to is written.
    fn place(&self, role: &Role) -> Option<&'a Location> {
        let mut steps = self.trial.steps.iter();
        let mut effects = self.trial.effects.iter();
        match role {
            Role::Step(number) => Some(&steps.nth(number.checked_sub(1)?)?.expect.at),
            Role::Control(_) if self.trial.steps.is_empty() => Some(&self.trial.at),
            Role::Control(name) => {
                let mut controls = steps.filter_map(|step| {
                    step.control()
                        .or(Some(&step.request))
                        .filter(|control| control.name == *name)
                });
                Some(&controls.next()?.at)
            }
            Role::Probe(name) => {
                let effect = effects.find(|effect| effect.probe.name == *name)?;
                Some(&effect.probe.request.at)
            }
            Role::Effect(name) => {
                let effect = effects.find(|effect| effect.probe.name == *name)?;
                Some(&effect.at)
            }
        }
    }
}

/// The trial cannot go on, since it is not prepared.
fn unprepared(number: usize, broke: &Finding, after: Option<&str>) -> String {
    let after = after.map_or(String::new(), |after| format!("; {after}"));
    format!(
        "step {}, which prepares the trial, failed: {} should be {}, was {}{after}",
        number + 1,
        broke.place,
        broke.expected,
        broke.actual
    )
}

/// Where the most telling of the findings has its expectation: a value that a member must have stands in a line of its own.
fn written_at<'a>(expect: &'a Expectation, findings: &[Finding]) -> &'a Location {
    let at = findings.first().and_then(|first| {
        expect
            .assertions()
            .find(|one| match (&one.place, &first.place) {
                (CheckedPlace::Body(known), Place::Member(pointer)) => known.as_str() == pointer,
                (CheckedPlace::Header(known), Place::Header(name)) => known == name,
                _ => false,
            })
    });
    at.map_or(&expect.at, |one| &one.at)
}

/// The same for what a volley as a whole broke, if that is beside `expect`.
fn burst_at<'a>(volley: &'a Volley, findings: &[Finding]) -> Option<&'a Location> {
    match (volley, &findings.first()?.place) {
        (Volley::Burst(burst), Place::Volley(what)) if what == "until" => burst.until_at.as_ref(),
        _ => None,
    }
}

/// The answer that later steps build on: the one that ended a burst, otherwise the last success.
fn telling<'a>(
    contract: &Contract,
    volley: &Volley,
    exchanges: &[&'a Exchange],
) -> Option<(usize, &'a Received)> {
    let until = match volley {
        Volley::Burst(burst) => burst.until.as_ref(),
        Volley::Race(_) => None,
    };
    let answers = exchanges.iter().enumerate().rev();
    answers
        .filter_map(|(shot, exchange)| Some((shot, exchange.answer.as_ref().ok()?)))
        .find(|(_, answer)| match until {
            Some(until) => judge::is_of(contract, until, answer),
            None => contract.is_success(answer),
        })
}
