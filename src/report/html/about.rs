//! What the script draws of a run as a whole: the table's rows, the requests, the clauses, and what was exercised of them.

use serde::Serialize;

use crate::contract::Clause;
use crate::report::Run;
use crate::report::coverage::Standing;

/// All but the trials.
#[derive(Serialize)]
pub(super) struct About<'a> {
    rows: Vec<RowData<'a>>,
    requests: Vec<&'a str>,
    /// By row, then by request.
    pairs: Vec<Vec<Stood<'a>>>,
    clauses: Vec<ClauseData<'a>>,
    strict: bool,
}

#[derive(Serialize)]
struct RowData<'a> {
    name: &'a str,
    status: u16,
    /// Whether it is the limiter's.
    window: bool,
}

#[derive(Serialize)]
struct ClauseData<'a> {
    #[serde(flatten)]
    clause: &'a Clause,
    #[serde(flatten)]
    stood: Stood<'a>,
}

/// Whether something was exercised.
#[derive(Serialize)]
struct Stood<'a> {
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// A row that a request does not document.
const UNDOCUMENTED: Stood<'_> = Stood {
    standing: "undocumented",
    reason: None,
};

impl<'a> Stood<'a> {
    fn of(standing: &'a Standing) -> Self {
        let (standing, reason) = match standing {
            Standing::Gap => ("gap", None),
            Standing::Inconclusive => ("inconclusive", None),
            Standing::Ignored => ("ignored", None),
            Standing::Waived => ("waived", None),
            Standing::Failed => ("violates", None),
            Standing::Excluded(reason) => ("excluded", Some(reason.as_str())),
            Standing::Exercised => ("exercised", None),
        };
        Self { standing, reason }
    }
}

/// What is said of the run as a whole.
pub(super) fn about<'a>(run: &'a Run<'_>) -> About<'a> {
    let mut requests: Vec<&str> = Vec::new();
    for (_, request) in run.covered.pairs.keys() {
        if !requests.contains(&request.as_str()) {
            requests.push(request);
        }
    }
    let rows = run.contract.rows();
    let pair = |row: &str, request: &str| {
        let standing = run.covered.pairs.get(&(row.to_owned(), request.to_owned()));
        standing.map_or(UNDOCUMENTED, Stood::of)
    };
    About {
        pairs: rows
            .iter()
            .map(|row| {
                requests
                    .iter()
                    .map(|request| pair(&row.name, request))
                    .collect()
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| RowData {
                name: &row.name,
                status: row.status,
                window: row.window,
            })
            .collect(),
        requests,
        clauses: run
            .contract
            .clauses()
            .iter()
            .map(|clause| ClauseData {
                clause,
                stood: Stood::of(
                    run.covered
                        .clauses
                        .get(&clause.id)
                        .unwrap_or(&Standing::Gap),
                ),
            })
            .collect(),
        strict: run.started.strict,
    }
}
