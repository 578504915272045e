//! The filters and tests that a template applies: the engine misses them only when it gets there, an author at once.

use minijinja::machinery::{Instruction, Instructions, get_compiled_template};
use minijinja::{Environment, Value};

use crate::diagnostic::{Faults, Location, misspelt};

/// The filters that are offered for an unknown one: those that a request may need.
const FILTERS: [&str; 24] = [
    "abs",
    "capitalize",
    "count",
    "default",
    "first",
    "float",
    "format",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "replace",
    "reverse",
    "round",
    "slice",
    "split",
    "string",
    "title",
    "trim",
    "upper",
];

/// The tests that are offered for an unknown one.
const TESTS: [&str; 12] = [
    "defined", "even", "false", "integer", "iterable", "mapping", "none", "number", "odd",
    "sequence", "string", "true",
];

/// Notes the filters and tests of a template that the engine does not have.
pub(super) fn check(engine: &Environment<'_>, text: &str, at: &Location, faults: &mut Faults) {
    let Ok(template) = engine.template_from_str(text) else {
        return; // That it does not parse is noted already.
    };
    let compiled = get_compiled_template(&template);
    for instructions in std::iter::once(&compiled.instructions).chain(compiled.blocks.values()) {
        for instruction in all(instructions) {
            let (what, name, offered) = match instruction {
                Instruction::ApplyFilter(name, ..) => ("filter", name, FILTERS.as_slice()),
                Instruction::PerformTest(name, ..) => ("test", name, TESTS.as_slice()),
                _ => continue,
            };
            known(engine, what, name, offered, at, faults);
        }
    }
}

fn all<'a, 's>(instructions: &'a Instructions<'s>) -> impl Iterator<Item = &'a Instruction<'s>> {
    (0..).map_while(|index| instructions.get(index))
}

/// Notes a name that the engine has no `what` of; it has a test for each kind.
fn known(
    engine: &Environment<'_>,
    what: &str,
    name: &str,
    offered: &[&str],
    at: &Location,
    faults: &mut Faults,
) {
    let has = engine
        .empty_state()
        .perform_test(what, &[Value::from(name)]);
    if !matches!(has, Ok(false)) {
        return;
    }
    faults.at(
        at,
        "unknown-filter",
        format!("unknown {what} `{name}`"),
        format!("expected a {what} that MiniJinja has, without its optional features"),
        misspelt(name, offered.iter().copied()).map(|name| format!("did you mean `{name}`?")),
    );
}
