//! The keys of a matcher: the operators on a value, and on several.

use crate::input::document::{Entry, Form, Shape, optional};

use super::super::model::Kind;

const KIND: Form = Form::Word(|| Kind::NAMES.iter().map(|(name, _)| *name).collect());
/// What a member of a body must be.
pub(super) const MATCHER_FORM: Form = Form::Either(&[
    Form::Text,
    Form::Number,
    Form::Flag,
    Form::List(&Form::Any),
    Form::Table(&MATCHER),
]);
/// The same of a header field, which may be repeated.
pub(super) const HEADER_MATCHER_FORM: Form = Form::Either(&[
    Form::Text,
    Form::Number,
    Form::Flag,
    Form::List(&Form::Any),
    Form::Table(&MATCHER_OF_MANY),
]);
const RANGE_FORM: Form = Form::Either(&[Form::Whole(0, usize::MAX), Form::Table(&RANGE)]);
/// A number, or a template that yields one.
const NUMBER_FORM: Form = Form::Either(&[Form::Number, Form::Like(r"\{\{")]);

pub(in crate::suite) static RANGE: Shape = Shape::new(
    "a range",
    &[&[
        optional("min", Form::Whole(0, usize::MAX), "The minimum.", "1"),
        optional("max", Form::Whole(0, usize::MAX), "The maximum.", "50"),
    ]],
);

/// The operators on one value.
const OPERATORS: &[Entry] = &[
    optional(
        "is",
        Form::Either(&[KIND, Form::List(&KIND)]),
        "A kind, or a list of kinds. `any` is any value, null included. `1.0` is an integer.",
        r#""string""#,
    ),
    optional(
        "equal",
        Form::Any,
        "Equal: numbers by value, arrays in order, objects in any order. A bare literal means the same.",
        r#"{ amount = 5, currency = "eur" }"#,
    ),
    optional("not_equal", Form::Any, "Not equal.", r#""{{ job }}""#),
    optional(
        "one_of",
        Form::Either(&[Form::List(&Form::Any), Form::Like(r"\{\{")]),
        "Equal to one of these.",
        r#"["ready", "failed"]"#,
    ),
    optional(
        "matches",
        Form::Text,
        "A regular expression that is found in the text. Unanchored; no templates.",
        r#""^ord_[0-9]{12}$""#,
    ),
    optional(
        "contains",
        Form::Any,
        "A substring of the text, or an element of the array.",
        r#""amount""#,
    ),
    optional("min", NUMBER_FORM, "A number of at least this.", "0"),
    optional("max", NUMBER_FORM, "A number of at most this.", "100"),
    optional(
        "above",
        NUMBER_FORM,
        "A number above this.",
        r#""{{ version }}""#,
    ),
    optional("below", NUMBER_FORM, "A number below this.", "100"),
    optional(
        "length",
        RANGE_FORM,
        "The number of Unicode scalar values, elements or members: a number, or `min` and `max`.",
        "{ min = 1, max = 50 }",
    ),
    optional(
        "any_order",
        Form::Either(&[Form::List(&Form::Any), Form::Like(r"\{\{")]),
        "An array with exactly these elements, in any order.",
        r#"["a", "b"]"#,
    ),
    optional(
        "absent",
        Form::Flag,
        "`true`: the value must be missing.",
        "true",
    ),
    optional(
        "optional",
        Form::Flag,
        "`true`: the value may be missing.",
        "true",
    ),
];

/// The operators on values that may be several.
const OPERATORS_ON_MANY: &[Entry] = &[
    optional(
        "some",
        MATCHER_FORM,
        "A matcher that at least one of the values passes.",
        r#"{ contains = "Secure" }"#,
    ),
    optional(
        "all",
        MATCHER_FORM,
        "A matcher that every value passes; there must be one.",
        r#"{ contains = "Secure" }"#,
    ),
    optional(
        "count",
        RANGE_FORM,
        "The number of values: a number, or `min` and `max`.",
        "2",
    ),
];

pub(in crate::suite) static MATCHER: Shape = Shape::new("a matcher", &[OPERATORS]);

pub(in crate::suite) static MATCHER_OF_MANY: Shape =
    Shape::new("a matcher of a header", &[OPERATORS, OPERATORS_ON_MANY]);
