//! What is told of a trial, within bounds: a poll may make thousands of exchanges, and a hostile target large ones.

use std::collections::{BTreeSet, HashSet};

use crate::event::{Record, Redacted};
use crate::judge::Finding;

/// How many exchanges of a trial are kept in any case.
const RECORDS: usize = 100;
/// How much of its answers, in bytes; of the rest the beginnings are kept.
const RECORDED: usize = 128 * 1024;

/// The records of a trial so far.
#[derive(Debug)]
pub struct Told {
    strict: bool,
    records: Vec<Record>,
    /// How many bytes of answers they hold.
    recorded: usize,
    /// How many were not kept.
    unkept: usize,
    /// The clauses that they tell of, by id.
    clauses: HashSet<String>,
    /// The clauses of the findings that violate, kept or not.
    broken: BTreeSet<String>,
}

impl Told {
    /// None so far; in a `strict` run every finding is a violation.
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            records: Vec::new(),
            recorded: 0,
            unkept: 0,
            clauses: HashSet::new(),
            broken: BTreeSet::new(),
        }
    }

    /// Keeps a record: the first ones of a trial, and all that tell of another clause.
    pub fn keep(&mut self, mut record: Record) {
        let strict = self.strict;
        let violating = record.findings.iter();
        let violating = violating.filter(|finding: &&Finding| finding.violates(strict));
        self.broken
            .extend(violating.map(|finding| finding.clause.id.clone()));
        let mut new = self.records.len() < RECORDS;
        for finding in &record.findings {
            new |= self.clauses.insert(finding.clause.id.clone());
        }
        if !new {
            self.unkept += 1;
            return;
        }
        if let Some(exchange) = &mut record.exchange {
            self.recorded += exchange.cut(RECORDED.saturating_sub(self.recorded));
        }
        self.records.push(record);
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether any of them, kept or not, violates.
    pub fn violates(&self) -> bool {
        !self.broken.is_empty()
    }

    /// The clauses of the findings that violate, by id, kept or not.
    pub fn broken(&self) -> &BTreeSet<String> {
        &self.broken
    }

    /// The records, the last with the number of those that were not kept.
    pub fn into_records(mut self) -> Vec<Record> {
        if let Some(last) = self.records.last_mut().filter(|_| self.unkept > 0) {
            let more = format!("{} more exchanges of this trial are not kept", self.unkept);
            last.note = Some(Redacted::without_secrets(match last.note.take() {
                Some(note) => format!("{note}; {more}"),
                None => more,
            }));
        }
        self.records
    }
}
