//! The rows that the API documents for a request, and cases that expect another one.

use super::keys::RawRequest;
use super::model::{Expectation, Expected, Request, Volley};
use crate::contract::Contract;
use crate::input::diagnostic::{Faults, list};

/// The names of the rows of a request; none means all rows of the contract.
pub(super) fn rows(
    raw: &RawRequest,
    contract: &Contract,
    faults: &mut Faults,
) -> Option<Vec<String>> {
    let rows = raw.rows.as_ref()?;
    for row in rows {
        if let Err(help) = contract.row(&row.value) {
            let known = contract.rows().iter().map(|row| row.name.as_str());
            faults.at(
                &row.at,
                "unknown-row",
                format!("unknown row `{}`", row.value),
                format!("expected rows of the contract: {}", list(known)),
                Some(help),
            );
        }
    }
    Some(rows.iter().map(|row| row.value.clone()).collect())
}

/// Reports the rows that a step expects but its request does not document.
pub(super) fn undocumented(
    request: &Request,
    expect: &Expectation,
    volley: Option<&Volley>,
    faults: &mut Faults,
) {
    let until = match volley {
        Some(Volley::Burst(burst)) => burst.until.as_ref().zip(burst.until_at.as_ref()),
        _ => None,
    };
    let counted = expect.count.iter().map(|(expected, _)| expected);
    let expected = expect.any_of.iter().chain(counted);
    let expected = expected.map(|expected| (expected, &expect.at));
    for (expected, at) in expected.chain(until) {
        let Expected::Row(row) = expected else {
            continue;
        };
        if !request.documents(row) {
            faults.at(
                at,
                "undocumented-row",
                format!(
                    "`{}` does not document the row `{}`",
                    request.name, row.name
                ),
                format!(
                    "expected a row in the `rows` of the request: {}",
                    list(request.rows.iter().flatten().map(String::as_str))
                ),
                Some(format!(
                    "add \"{}\" to `rows` of `{}` in {}, or expect another row",
                    row.name, request.name, request.at
                )),
            );
        }
    }
}
