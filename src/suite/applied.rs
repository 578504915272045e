//! Checking the filters, tests and methods of a template when it is loaded. The engine itself notices an unknown one only when it
//! renders it.

use minijinja::machinery::{Instruction, Instructions, get_compiled_template};
use minijinja::{Environment, Value};

use crate::input::diagnostic::{Faults, Location, misspelt};

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

/// The methods that there are: those of a loop.
const METHODS: [&str; 2] = ["changed", "cycle"];

/// Notes the filters, tests and methods of a template that the engine does not have.
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
                Instruction::CallMethod(name, _) if !METHODS.contains(name) => {
                    method(name, at, faults);
                    continue;
                }
                _ => continue,
            };
            known(engine, what, name, offered, at, faults);
        }
    }
}

/// Notes a method: no value that a request is made of has any.
fn method(name: &str, at: &Location, faults: &mut Faults) {
    let filter = misspelt(name, FILTERS);
    faults.at(
        at,
        "unknown-filter",
        format!("unknown method `{name}`"),
        "a value has no methods in MiniJinja",
        filter.map(|name| format!("a filter does it: `| {name}`")),
    );
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
