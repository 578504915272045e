//! Mutants: accepted responses, each corrupted to break one clause. A trial that accepts one does not check that clause.
//!
//! Changes that the contract allows are not mutants: another member, another order, another header. `prove` judges mutants and reports
//! the survivors.

mod alike;
mod asserted;
mod edit;
mod failure;
mod success;
mod volley;

use std::sync::Arc;

pub use alike::likeness_mutants;
pub use volley::{VolleyMutant, volley_mutants};

use super::{Held, coding, json};
use crate::contract::{Check, Class, Clause, Contract};
use crate::exchange::{Broken, Exchange, Received};
use crate::suite::Expected;

/// A page as a proxy or a framework sends it.
const PAGE: &str = "<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>";

/// An altered answer.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// What was altered, such as `retry_flag_flipped`.
    pub name: String,
    /// The clause that it breaks: a finding of it kills the mutant.
    pub clause: Arc<Clause>,
    /// The exchange with the altered answer.
    pub exchange: Exchange,
    /// How to change a trial that accepts the mutant.
    pub advice: &'static str,
}

/// Makes mutants of one exchange.
pub(super) struct Maker<'a> {
    pub(super) contract: &'a Contract,
    pub(super) held: &'a Held<'a>,
    pub(super) exchange: &'a Exchange,
    pub(super) received: &'a Received,
    pub(super) made: Vec<Mutant>,
}

/// All mutants of an exchange that was judged and found right. `secret` is a credential that must not come back.
pub fn mutants(
    contract: &Contract,
    held: &Held<'_>,
    exchange: &Exchange,
    secret: Option<&str>,
) -> Vec<Mutant> {
    let Ok(received) = &exchange.answer else {
        return Vec::new();
    };
    let mut maker = Maker {
        contract,
        held,
        exchange,
        received,
        made: Vec::new(),
    };
    maker.of_any(secret);
    maker.of_another_row();
    if held.expectation.is_only_below() {
        return maker.made;
    }
    maker.of_headers();
    match contract.classify(received) {
        Class::Failure => maker.of_failure(),
        Class::Success => maker.of_success(),
        Class::Other => maker.of_row(),
    }
    maker.of_asserted();
    maker.made
}

impl Maker<'_> {
    /// One more mutant; none where the contract does not ask for `check`.
    pub(super) fn check(&mut self, check: Check, name: impl Into<String>, received: Received) {
        if let Some(clause) = self.contract.check(check) {
            self.push(&Arc::clone(clause), name, received, "");
        }
    }

    /// One more mutant that the trial's own expectation must reject.
    pub(super) fn own(
        &mut self,
        name: impl Into<String>,
        received: Received,
        advice: &'static str,
    ) {
        self.push(&Arc::clone(self.held.clause), name, received, advice);
    }

    /// One more mutant that breaks what the row of the answer says; where the contract does not ask for `check`, the case does that
    /// names the row.
    pub(super) fn row_check(&mut self, check: Check, name: impl Into<String>, received: Received) {
        let status = self.received.status;
        let mut any_of = self.held.expectation.any_of.iter();
        let named = any_of.any(|one| matches!(one, Expected::Row(row) if row.status == status));
        let own = Some(self.held.clause).filter(|_| named);
        if let Some(clause) = self.contract.check(check).or(own) {
            self.push(&Arc::clone(clause), name, received, "");
        }
    }

    pub(super) fn push(
        &mut self,
        clause: &Arc<Clause>,
        name: impl Into<String>,
        received: Received,
        advice: &'static str,
    ) {
        let exchange = Exchange {
            answer: Ok(received),
            ..self.exchange.clone()
        };
        self.made.push(Mutant {
            name: name.into(),
            clause: Arc::clone(clause),
            exchange,
            advice,
        });
    }

    /// What breaks every answer.
    fn of_any(&mut self, secret: Option<&str>) {
        let accepts = |status| self.held.expectation.accepts(status);
        if let Some(clause) = self.contract.check(Check::Answer) {
            let exchange = Exchange {
                answer: Err(Broken::Protocol("closed".to_owned())),
                ..self.exchange.clone()
            };
            self.made.push(Mutant {
                name: "connection_closed".to_owned(),
                clause: Arc::clone(clause),
                exchange,
                advice: "",
            });
        }
        let unexpected = [500, 503, 502].into_iter().find(|status| !accepts(*status));
        if let Some(status) = unexpected {
            let advice =
                "`expect` accepts every failure of the server: name the rows that are right";
            self.own("server_failed", edit::status(self.received, status), advice);
        }
        if let Some(secret) = secret {
            let echo = edit::header(self.received, "x-echo", Some(secret));
            self.check(Check::SecretEcho, "secret_echoed", echo);
            let shown = edit::body(self.received, secret.to_owned());
            self.check(Check::SecretEcho, "secret_in_the_body", shown);
        }
    }

    /// A refusal for another reason than the row whose clause the trial is about. Where its expectation takes most of the refusals,
    /// nobody would notice a wrong one; two or three beside the right one are what a contract may leave open.
    fn of_another_row(&mut self) {
        let (contract, held) = (self.contract, self.held);
        let Some(own) = contract
            .rows()
            .iter()
            .find(|row| row.clause.id == held.clause.id)
        else {
            return;
        };
        let of_its_class = || {
            let rows = contract.rows().iter();
            rows.filter(|row| row.status / 100 == own.status / 100)
        };
        let taken = || of_its_class().filter(|row| held.expectation.accepts(row.status));
        if taken().count() * 2 <= of_its_class().count() {
            return;
        }
        let Some(other) = taken().find(|row| row.clause.id != own.clause.id) else {
            return;
        };
        let answer = edit::status(self.received, other.status);
        let answer = json::read(&answer.body)
            .ok()
            .and_then(|reading| {
                let code = contract.envelope().code.as_ref()?;
                edit::member(&answer, &reading.value, code, other.code.json()?)
            })
            .unwrap_or(answer);
        let advice = "`expect` accepts most rows of this class, so a rejection for the wrong reason passes: list only the correct rows, \
                      or name a clause that any rejection satisfies";
        self.own("refused_for_another_reason", answer, advice);
    }

    /// Header fields that the contract demands: removed, and without their directive.
    fn of_headers(&mut self) {
        let asked = self.exchange.sent.headers.iter();
        if !asked.into_iter().any(|(name, _)| name == "accept-encoding") {
            let coded = edit::header(self.received, "content-encoding", Some("gzip"));
            self.check(Check::Coding, "coded_unasked", coded);
        }
        if !coding::asks(&self.exchange.sent) {
            let compressed = edit::header(self.received, "content-encoding", Some("br"));
            self.check(Check::Coding, "compressed_unasked", compressed);
        }
        for rule in self.contract.headers() {
            if !rule.on.iter().any(|on| on.contain(self.received.status)) {
                continue;
            }
            // A `should` that the answer breaks already cannot be broken further.
            if self.received.header(&rule.name).is_none() {
                continue;
            }
            let name = &rule.name;
            let removed = edit::header(self.received, name, None);
            self.push(&rule.clause, format!("{name}_removed"), removed, "");
            if rule.directive.is_some() {
                let changed = edit::header(self.received, name, Some("public, max-age=60"));
                self.push(&rule.clause, format!("{name}_changed"), changed, "");
            }
        }
    }
}
