//! What a contract has to exercise: each row on each request that documents it, and each clause. Runs and `lint` share this.

use std::collections::BTreeMap;

use super::{Class, Contract, Excluded, Row, Statuses};

/// A row and a request, by name.
pub type Pair = (String, String);

impl Contract {
    /// The rows that can be exercised on each request: the rows that it documents, otherwise all. An excluded row has its reason.
    pub fn pairs<'a>(
        &self,
        requests: impl IntoIterator<Item = (&'a str, Option<&'a [String]>)>,
    ) -> BTreeMap<Pair, Option<&str>> {
        let mut pairs = BTreeMap::new();
        for (request, documented) in requests {
            let documents = |row: &Row| documented.is_none_or(|names| names.contains(&row.name));
            for row in self.rows().iter().filter(|row| documents(row)) {
                let reason = self.excluded_row(&row.name, request);
                pairs.insert((row.name.clone(), request.to_owned()), reason);
            }
        }
        pairs
    }

    fn excluded_row(&self, row: &str, request: &str) -> Option<&str> {
        let exclude = self.excludes().iter().find(|exclude| {
            let mut requests = exclude.requests.iter().flatten();
            matches!(&exclude.of, Excluded::Row(name) if name == row)
                && (exclude.requests.is_none() || requests.any(|name| name == request))
        });
        exclude.map(|exclude| exclude.reason.as_str())
    }

    /// The reason why no case can exercise a clause, if the contract excludes it.
    pub fn excluded_clause(&self, id: &str) -> Option<&str> {
        let mut excludes = self.excludes().iter();
        let exclude = excludes.find(|one| matches!(&one.of, Excluded::Clause(name) if name == id));
        exclude.map(|exclude| exclude.reason.as_str())
    }

    /// The clauses that apply to a response with this status and row.
    pub fn held_to<'a>(
        &'a self,
        status: u16,
        row: Option<&'a str>,
    ) -> impl Iterator<Item = &'a str> {
        let is_failure = Class::of_status(status) == Class::Failure;
        let checks = self.checks();
        let checks = checks.filter(move |(check, _)| is_failure || check.is_of_success());
        let headers = self.headers().iter();
        let headers = headers.filter(move |rule| {
            let mut on = rule.on.iter();
            on.any(|on: &Statuses| on.contain(status))
        });
        let leaks = self.leaks().iter().filter(move |_| is_failure);
        let row = row.and_then(|name| self.row(name).ok());
        let clauses = checks.map(|(_, clause)| clause);
        let clauses = clauses.chain(headers.map(|rule| &rule.clause));
        let clauses = clauses.chain(leaks.map(|leak| &leak.clause));
        let clauses = clauses.chain(row.map(|row| &row.clause));
        clauses.map(|clause| clause.id.as_str())
    }
}
