//! The keys of an expectation: what a response may be, and what is asserted of it.

use super::matcher::{HEADER_MATCHER, MATCHER};
use crate::contract::Pointer;
use crate::input::document::{Form, Key, Node, Read as _, Spanned, tables};

const STATUS: Form = Form::Whole(100, 599);
/// What may come back: a row, `success`, a status.
pub(super) const ANSWER: Form = Form::Either(&[Form::Text, STATUS]);
const ANSWERS: Form = Form::Either(&[Form::Text, STATUS, Form::List(&ANSWER)]);
/// Accepted answers, each alone or with what is asserted of it.
const LIST: Form = Form::List(&Form::Either(&[Form::Text, STATUS, RawAlternative::FORM]));
const ALTERNATIVES: Form = Form::Either(&[Form::Text, STATUS, LIST]);
pub(super) const EXPECT: Form = Form::Either(&[Form::Text, STATUS, LIST, RawExpect::FORM]);

tables! {
    pub(in crate::suite) struct RawAsserted: "what is asserted of a response" {
        /// Members of the body: JSON Pointer to a matcher. It applies to every response that is accepted here.
        optional body: Option<Spanned<Vec<(Key, Node)>>> as Form::Pointers(&MATCHER),
            r#"{ "/job_id" = "{{ job }}", "/outputs" = { is = "array" } }"#;
        /// Header fields: name to a matcher. A header that may be repeated needs `some`, `all` or `count`.
        optional headers: Option<Spanned<Vec<(Key, Node)>>> as Form::Map(&HEADER_MATCHER), r#"{ Location = { matches = "^/orders/" } }"#;
        /// A JSON Schema for the body, in a file beside this one or below it.
        optional schema: Option<Spanned<String>>, r#""job.schema.json""#;
    }

    pub(in crate::suite) struct RawAlternative: "an expectation of a list" {
        /// The accepted responses: a row, `success`, a status, or a list of these.
        needed row: Option<Node> as ANSWERS, r#""success""#;
        all asserted: RawAsserted;
    }

    pub(in crate::suite) struct RawExpect: "`expect`" {
        /// The accepted responses: a row, `success`, a status, or a list of these; an element of the list may be a table with
        /// assertions of its own.
        optional row: Option<Node> as ALTERNATIVES, r#""success""#;
        /// For a volley, instead of `row`: the responses that each of its requests may get.
        optional each: Option<Node> as ALTERNATIVES, r#"["success", "rate_limited"]"#;
        all asserted: RawAsserted;
        /// The name of a remembered response, or a list: this response must be indistinguishable from it.
        optional like: Option<Node> as Form::Either(&[Form::Text, Form::List(&Form::Text)]), r#"["unknown", "unknown_too"]"#;
        /// Instead of `row`: any status below this one. Nothing else is checked.
        optional below: Option<Node> as Form::Whole(101, 600), "500";
        /// Of a volley: JSON Pointers whose values are the same in all its successes.
        optional same: Option<Vec<Pointer>>, r#"["/job_id"]"#;
        /// For a volley: row or `success` to the number of its responses that must match.
        optional count: Option<Spanned<Vec<(Key, Option<usize>)>>>, "{ success = 1 }";
    }
}
