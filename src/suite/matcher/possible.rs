//! Matchers that no value can pass, or none can fail: both are faults of the file.

use serde_json::Value;

use super::read::Of;
use super::{Matcher, Operand, Operator, Presence, Relation};
use crate::input::diagnostic::Faults;
use crate::input::document::Node;
use crate::suite::model::Kind;

/// All kinds of values.
const KINDS: [Kind; 6] = [
    Kind::String,
    Kind::Number,
    Kind::Boolean,
    Kind::Array,
    Kind::Object,
    Kind::Null,
];

/// What is wrong with a matcher, and what is expected of it.
type Fault = (String, &'static str);

/// A matcher that some value can fail, and some value can pass.
pub(super) fn checked(
    node: &Node,
    of: Of,
    presence: Presence,
    operators: Vec<Operator>,
    faults: &mut Faults,
) -> Option<Matcher> {
    let fault = toothless(presence, &operators)
        .or_else(|| of_field(of, presence))
        .or_else(|| without_effect(of, &operators))
        .or_else(|| bounds(&operators))
        .or_else(|| kinds(of, &operators))
        .or_else(|| counts(&operators));
    let Some((message, expected)) = fault else {
        return Some(Matcher {
            presence,
            operators,
        });
    };
    faults.at(&node.at, "matcher", message, expected, None);
    None
}

fn toothless(presence: Presence, operators: &[Operator]) -> Option<Fault> {
    // An optional matcher is only asked if there is a value, so that one is counted at least.
    let fewest = usize::from(presence == Presence::Optional);
    let constrains = operators.iter().any(|operator| match operator {
        Operator::Is(kinds) => !is_everything(kinds),
        Operator::Count(range) => range.min > fewest || range.max.is_some(),
        _ => true,
    });
    let counts = operators
        .iter()
        .any(|operator| matches!(operator, Operator::Count(_)));
    let accepts_all = "this matcher accepts everything".to_owned();
    match presence {
        Presence::Absent if !operators.is_empty() => Some((
            "`absent` allows no other operators".to_owned(),
            "expected `absent = true` alone",
        )),
        Presence::Optional if !constrains => {
            Some((accepts_all, "expected an operator beside `optional`"))
        }
        Presence::Required if operators.is_empty() => {
            Some((accepts_all, "expected an operator, such as `is`"))
        }
        // Also nothing at all is counted.
        Presence::Required if counts && !constrains => {
            Some((accepts_all, "expected a `count` that can fail"))
        }
        _ => None,
    }
}

/// The fields that `some` and `all` look at are there.
fn of_field(of: Of, presence: Presence) -> Option<Fault> {
    let (name, effect) = match presence {
        Presence::Absent => ("absent", "can never pass"),
        Presence::Optional => ("optional", "has no effect"),
        Presence::Required => return None,
    };
    (of == Of::Field).then(|| {
        (
            format!("`{name}` {effect} inside `some` and `all`: each field has a value"),
            "expected `absent` or `optional` beside `some` and `all`, not inside",
        )
    })
}

/// Operators beside one that decides alone, and a second bound on the same side.
fn without_effect(of: Of, operators: &[Operator]) -> Option<Fault> {
    // The text of a header is compared with a number by value, so that a pattern can say how it is written.
    let decides = |value: &Value| of == Of::Body || !value.is_number();
    let decisive = operators.iter().find(|operator| match operator {
        Operator::Equal(Operand::Literal(value)) => decides(value),
        Operator::OneOf(Operand::Literal(Value::Array(items))) => items.iter().all(decides),
        _ => false,
    });
    if let Some(decisive) = decisive
        && let Some(other) = operators
            .iter()
            .find(|other| other.name() != decisive.name() && !is_made(other))
    {
        return Some((
            format!(
                "`{}` lists the accepted values: `{}` beside it has no effect, or excludes them",
                decisive.name(),
                other.name()
            ),
            "expected one of the two",
        ));
    }
    for (one, other) in [
        (Relation::Min, Relation::Above),
        (Relation::Max, Relation::Below),
    ] {
        let written = |relation| literals(operators).any(|(known, _)| known == relation);
        if written(one) && written(other) {
            return Some((
                format!(
                    "only one of `{}` and `{}` has an effect",
                    one.name(),
                    other.name()
                ),
                "expected one of the two",
            ));
        }
    }
    None
}

/// Whether a template makes what an operator compares with, so that nobody knows beforehand what it excludes.
fn is_made(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Equal(Operand::Bound(_))
            | Operator::NotEqual(Operand::Bound(_))
            | Operator::OneOf(Operand::Bound(_))
            | Operator::Contains(Operand::Bound(_))
            | Operator::Bound(_, Operand::Bound(_))
            | Operator::AnyOrder(Operand::Bound(_))
    )
}

/// Whether some number is within the bounds that are written as numbers.
fn bounds(operators: &[Operator]) -> Option<Fault> {
    let of = |relations: [Relation; 2]| {
        literals(operators)
            .filter(move |(relation, _)| relations.contains(relation))
            .map(|(_, bound)| bound)
    };
    let lower = of([Relation::Min, Relation::Above]).fold(f64::NEG_INFINITY, f64::max);
    let upper = of([Relation::Max, Relation::Below]).fold(f64::INFINITY, f64::min);
    let excluded = |relation, bound| literals(operators).any(|known| known == (relation, bound));
    let (above, below) = (
        excluded(Relation::Above, lower),
        excluded(Relation::Below, upper),
    );
    if lower > upper || (lower >= upper && (above || below)) {
        return Some((
            "no number is within these bounds".to_owned(),
            "expected a lower bound below the upper one",
        ));
    }
    let whole = operators.iter().any(|operator| {
        matches!(operator, Operator::Is(kinds) if kinds.iter().all(|kind| {
            !matches!(kind, Kind::Any | Kind::Number)
        }))
    });
    let first = if above {
        lower.floor() + 1.0
    } else {
        lower.ceil()
    };
    let last = if below {
        upper.ceil() - 1.0
    } else {
        upper.floor()
    };
    // Beyond 2^53, one more is the same double.
    let exact = lower.abs() < 9e15 && upper.abs() < 9e15;
    (whole && exact && first > last).then(|| {
        (
            "no integer is within these bounds".to_owned(),
            "expected bounds with an integer between them, or `is = \"number\"`",
        )
    })
}

/// The bounds that are written as numbers.
fn literals(operators: &[Operator]) -> impl Iterator<Item = (Relation, f64)> + '_ {
    operators.iter().filter_map(|operator| match operator {
        Operator::Bound(relation, Operand::Literal(bound)) => Some((*relation, bound.as_f64()?)),
        _ => None,
    })
}

/// Whether some kind of value passes all operators, and whether `not_equal` excludes a value of such a kind.
fn kinds(of: Of, operators: &[Operator]) -> Option<Fault> {
    let mut left: Vec<Kind> = match of {
        Of::Body => KINDS.to_vec(),
        Of::Header | Of::Field => vec![Kind::String, Kind::Number],
    };
    for operator in operators {
        let kinds = accepted(of, operator);
        if left.iter().any(|kind| kinds.contains(kind)) {
            left.retain(|kind| kinds.contains(kind));
            continue;
        }
        let fits = "expected operators that accept the same kind of value";
        let others = operators.iter().map(|other| (other, accepted(of, other)));
        let mut others = others.filter(|(_, other)| !other.iter().any(|kind| kinds.contains(kind)));
        return Some(
            match others.find(|(other, _)| other.name() != operator.name()) {
                Some((other, accepts)) if !accepts.is_empty() => (
                    format!(
                        "no value passes this matcher: `{}` accepts {}, `{}` accepts {}",
                        other.name(),
                        named(&accepts),
                        operator.name(),
                        named(&kinds)
                    ),
                    fits,
                ),
                _ if of == Of::Body => (
                    "no value passes all operators of this matcher".to_owned(),
                    fits,
                ),
                _ => (
                    format!(
                        "no header field passes `{}` with this value",
                        operator.name()
                    ),
                    "expected text, or a number that the text is read as",
                ),
            },
        );
    }
    let excluded = operators.iter().find_map(|operator| match operator {
        Operator::NotEqual(Operand::Literal(value)) => Some(kind(value)),
        _ => None,
    });
    // A number in a header is text, too: one way of writing it can be excluded.
    if of != Of::Body && left.contains(&Kind::Number) {
        left.push(Kind::String);
    }
    excluded.filter(|kind| !left.contains(kind)).map(|kind| {
        (
            format!(
                "`not_equal` has no effect: no value here is of the kind {}",
                kind.name()
            ),
            "expected a value that the other operators accept",
        )
    })
}

/// The kinds of values that an operator can accept.
fn accepted(of: Of, operator: &Operator) -> Vec<Kind> {
    let mut kinds = match operator {
        Operator::Is(kinds) if is_everything(kinds) => KINDS.to_vec(),
        Operator::Is(kinds) => kinds
            .iter()
            .map(|kind| match kind {
                Kind::Integer => Kind::Number,
                kind => *kind,
            })
            .collect(),
        Operator::Equal(Operand::Literal(value)) => vec![kind(value)],
        Operator::OneOf(Operand::Literal(Value::Array(items))) => items.iter().map(kind).collect(),
        Operator::Matches(_) => vec![Kind::String],
        Operator::Contains(Operand::Literal(part)) if !part.is_string() => vec![Kind::Array],
        Operator::Contains(_) => vec![Kind::String, Kind::Array],
        Operator::Bound(..) => vec![Kind::Number],
        Operator::Length(_) => vec![Kind::String, Kind::Array, Kind::Object],
        Operator::AnyOrder(_) => vec![Kind::Array],
        _ => KINDS.to_vec(),
    };
    if of != Of::Body {
        // A number in a header is text, too.
        if kinds.contains(&Kind::String) {
            kinds.push(Kind::Number);
        }
        kinds.retain(|kind| matches!(kind, Kind::String | Kind::Number));
    }
    kinds
}

/// Whether so many fields can pass: of several, only `some`, `all` and `count` accept any.
fn counts(operators: &[Operator]) -> Option<Fault> {
    let count = operators.iter().find_map(|operator| match operator {
        Operator::Count(range) => Some(*range),
        _ => None,
    })?;
    let fault = |message: String| {
        Some((
            message,
            "expected a `count` that agrees with the other operators",
        ))
    };
    for operator in operators {
        match operator {
            Operator::Some(_) | Operator::All(_) if count.max == Some(0) => {
                return fault(format!(
                    "`{}` needs a field, and `count` allows none",
                    operator.name()
                ));
            }
            Operator::Count(_) | Operator::Some(_) | Operator::All(_) => {}
            _ if !count.contains(1) => {
                return fault(format!(
                    "`{}` accepts exactly one field, and `count` does not",
                    operator.name()
                ));
            }
            _ => {}
        }
    }
    None
}

/// The kind of a value.
fn kind(value: &Value) -> Kind {
    let kind = KINDS.into_iter().find(|kind| kind.fits(value));
    kind.unwrap_or(Kind::Any)
}

fn named(kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" or ")
}

/// Whether every value is of one of these kinds.
fn is_everything(kinds: &[Kind]) -> bool {
    kinds.contains(&Kind::Any) || KINDS.iter().all(|kind| kinds.contains(kind))
}
