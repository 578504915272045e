//! The keys of a matcher: the operators on a value, and on several.

use super::super::model::Kind;
use crate::input::document::{Form, Node, Read as _, tables};

/// What a member of a body must be.
pub(super) const MATCHER: Form = Form::Either(&[
    Form::Text,
    Form::Number,
    Form::Flag,
    Form::List(&Form::Any),
    RawMatcher::FORM,
]);
/// The same of a header field, which may be repeated.
pub(super) const HEADER_MATCHER: Form = Form::Either(&[
    Form::Text,
    Form::Number,
    Form::Flag,
    Form::List(&Form::Any),
    RawMatcherOfMany::FORM,
]);
const RANGE: Form = Form::Either(&[Form::Whole(0, usize::MAX), RawRange::FORM]);
const TEMPLATE: Form = Form::Like(r"\{\{");
/// A number, or a template that yields one.
const NUMBER: Form = Form::Either(&[Form::Number, TEMPLATE]);
/// An array, or a template that yields one.
const ARRAY: Form = Form::Either(&[Form::List(&Form::Any), TEMPLATE]);

tables! {
    pub(in crate::suite) struct RawRange: "a range" {
        /// The minimum.
        optional min: Option<Option<usize>>, "1";
        /// The maximum.
        optional max: Option<Option<usize>>, "50";
    }

    pub(in crate::suite) struct RawMatcher: "a matcher" {
        /// A kind, or a list of kinds. `any` is any value, null included. `1.0` is an integer.
        optional is: Option<Node> as Form::Either(&[Kind::FORM, Form::List(&Kind::FORM)]), r#""string""#;
        /// Equal: numbers by value, arrays in order, objects in any order. A bare literal means the same.
        optional equal: Option<Node>, r#"{ amount = 5, currency = "eur" }"#;
        /// Not equal.
        optional not_equal: Option<Node>, r#""{{ job }}""#;
        /// Equal to one of these.
        optional one_of: Option<Node> as ARRAY, r#"["ready", "failed"]"#;
        /// A regular expression that is found in the text. Unanchored; no templates.
        optional matches: Option<Node> as Form::Text, r#""^ord_[0-9]{12}$""#;
        /// A substring of the text, or an element of the array.
        optional contains: Option<Node>, r#""amount""#;
        /// A number of at least this.
        optional min: Option<Node> as NUMBER, "0";
        /// A number of at most this.
        optional max: Option<Node> as NUMBER, "100";
        /// A number above this.
        optional above: Option<Node> as NUMBER, r#""{{ version }}""#;
        /// A number below this.
        optional below: Option<Node> as NUMBER, "100";
        /// The number of Unicode scalar values, elements or members: a number, or `min` and `max`.
        optional length: Option<Node> as RANGE, "{ min = 1, max = 50 }";
        /// An array with exactly these elements, in any order.
        optional any_order: Option<Node> as ARRAY, r#"["a", "b"]"#;
        /// `true`: the value must be missing.
        optional absent: Option<Node> as Form::Flag, "true";
        /// `true`: the value may be missing.
        optional optional: Option<Node> as Form::Flag, "true";
    }

    pub(in crate::suite) struct RawMatcherOfMany: "a matcher of a header" {
        all one: RawMatcher;
        /// A matcher that at least one of the values passes.
        optional some: Option<Node> as MATCHER, r#"{ contains = "Secure" }"#;
        /// A matcher that every value passes; there must be one.
        optional all: Option<Node> as MATCHER, r#"{ contains = "Secure" }"#;
        /// The number of values: a number, or `min` and `max`.
        optional count: Option<Node> as RANGE, "2";
    }
}
