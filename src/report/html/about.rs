//! What the script draws of a run as a whole: the table's rows, the requests, the clauses, and what was exercised of them.

use serde_json::{Value, json};

use crate::report::Run;
use crate::report::coverage::Standing;

/// What is said of the run as a whole. A row that a request does not document has no standing.
pub(super) fn about(run: &Run<'_>) -> Value {
    let mut requests: Vec<&str> = Vec::new();
    for (_, request) in run.covered.pairs.keys() {
        if !requests.contains(&request.as_str()) {
            requests.push(request);
        }
    }
    let rows = run.contract.rows().iter();
    let rows = rows.map(|row| {
        let pair = |request: &&str| {
            let pair = (row.name.clone(), (*request).to_owned());
            run.covered.pairs.get(&pair)
        };
        json!({
            "name": row.name,
            "status": row.status,
            // Whether it is the limiter's.
            "window": row.window,
            "requests": requests.iter().map(pair).collect::<Vec<_>>(),
        })
    });
    let clauses = run.contract.clauses().iter();
    let clauses = clauses.map(|clause| {
        let standing = run.covered.clauses.get(&clause.id);
        json!({ "clause": clause, "standing": standing.unwrap_or(&Standing::Gap) })
    });
    json!({
        "rows": rows.collect::<Vec<_>>(),
        "requests": requests,
        "clauses": clauses.collect::<Vec<_>>(),
        "strict": run.started.strict,
    })
}
