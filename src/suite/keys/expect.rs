//! The keys of an expectation: what a response may be, and what is asserted of it.

use crate::input::document::{Entry, Form, Shape, needed, optional};

use super::matcher::{HEADER_MATCHER_FORM, MATCHER_FORM};
use super::{ANSWERS, STATUS};

/// An accepted answer, alone or with what is asserted of it.
const ALTERNATIVES: Form = Form::Either(&[
    Form::Text,
    STATUS,
    Form::List(&Form::Either(&[
        Form::Text,
        STATUS,
        Form::Table(&ALTERNATIVE),
    ])),
]);

/// What is asserted of an accepted response.
const ASSERTED: &[Entry] = &[
    optional(
        "body",
        Form::Pointers(&MATCHER_FORM),
        "Members of the body: JSON Pointer to a matcher. It applies to every response that is accepted here.",
        r#"{ "/job_id" = "{{ job }}", "/outputs" = { is = "array" } }"#,
    ),
    optional(
        "headers",
        Form::Map(&HEADER_MATCHER_FORM),
        "Header fields: name to a matcher. A header that may be repeated needs `some`, `all` or `count`.",
        r#"{ Location = { matches = "^/orders/" } }"#,
    ),
    optional(
        "schema",
        Form::Text,
        "A JSON Schema for the body, in a file beside this one or below it.",
        r#""job.schema.json""#,
    ),
];

pub(in crate::suite) static ALTERNATIVE: Shape = Shape::new(
    "an expectation of a list",
    &[
        &[needed(
            "row",
            ANSWERS,
            "The accepted responses: a row, `success`, a status, or a list of these.",
            r#""success""#,
        )],
        ASSERTED,
    ],
);

pub(in crate::suite) static EXPECT: Shape = Shape::new(
    "`expect`",
    &[
        &[
            optional(
                "row",
                ALTERNATIVES,
                "The accepted responses: a row, `success`, a status, or a list of these; an element of the list may be a table with assertions of its own.",
                r#""success""#,
            ),
            optional(
                "each",
                ALTERNATIVES,
                "For a volley, instead of `row`: the responses that each of its requests may get.",
                r#"["success", "rate_limited"]"#,
            ),
        ],
        ASSERTED,
        &[
            optional(
                "like",
                Form::Either(&[Form::Text, Form::List(&Form::Text)]),
                "The name of a remembered response, or a list: this response must be indistinguishable from it.",
                r#"["unknown", "unknown_too"]"#,
            ),
            optional(
                "below",
                Form::Whole(101, 600),
                "Instead of `row`: any status below this one. Nothing else is checked.",
                "500",
            ),
            optional(
                "same",
                Form::List(&Form::POINTER),
                "Of a volley: JSON Pointers whose values are the same in all its successes.",
                r#"["/job_id"]"#,
            ),
            optional(
                "count",
                Form::Map(&Form::Whole(0, usize::MAX)),
                "For a volley: row or `success` to the number of its responses that must match.",
                "{ success = 1 }",
            ),
        ],
    ],
);
