//! The suite: requests, probes and cases, loaded from TOML files into complete trials.
//!
//! `keys` is what authors type; `each` makes one tree a variant; `check` makes the domain types of `model` out of it, in which
//! only valid values exist. Sending anything is left to `client` and `runner`.

mod applied;
mod body;
mod check;
mod control;
mod documented;
mod each;
mod expect;
mod globals;
mod keys;
mod load;
mod matcher;
mod merge;
mod message;
mod migrate;
mod model;
mod names;
mod nested;
mod render;
mod slice;
mod step;
mod template;
mod write;

pub use globals::LONGEST;
pub use keys::file_schema;
pub use load::{Input, load, load_only};
pub use matcher::{Assertion, CheckedPlace, Matcher, Operand, Operator, Presence, Range, Relation};
pub use migrate::migrated;
pub use model::{
    Alternative, Body, Burst, CaptureFrom, Control, Effect, Expectation, Expected, Kind, Message,
    Part, PartBody, Poll, Probe, Race, Request, Step, Suite, Trial, Volley,
};
pub use render::{Engine, RenderError, Rendering, Scope};
pub use template::{Template, Tree};
pub use write::Writer;
