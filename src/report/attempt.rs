//! What came of one request by itself, in a line.

use crate::contract::{Contract, Row};
use crate::event::{Finished, Outcome};
use crate::input::diagnostic::{one_line, printable};

/// The verdict, with the row of the answer, if it is of one.
pub fn verdict(contract: &Contract, finished: &Finished, row: Option<&Row>) -> String {
    let mut records = finished.records.iter();
    let answer = records.find_map(|record| record.exchange.as_ref()?.answer.as_ref().ok());
    let what = match (answer, row) {
        (_, Some(row)) => format!("{}, the row `{}`", row.status, one_line(&row.name)),
        (Some(answer), None) if contract.is_success(answer) => {
            format!("{}, a success", answer.status)
        }
        (Some(answer), None) => format!("{}, of no row of the table", answer.status),
        (None, _) => "no answer".to_owned(),
    };
    match &finished.outcome {
        Outcome::Conforms => format!("conforms: {what}"),
        Outcome::Violates => {
            let findings = finished.records.iter().flat_map(|record| &record.findings);
            let mut clauses: Vec<&str> =
                findings.map(|finding| finding.clause.id.as_str()).collect();
            clauses.dedup();
            format!("violates {}: {what}", one_line(&clauses.join(", ")))
        }
        Outcome::Inconclusive { reason } if answer.is_some() => {
            format!("inconclusive: {what}: {}", printable(reason))
        }
        _ => format!("inconclusive: {what}"),
    }
}
