//! Resolving the controls that requests name, once all requests are known.

use std::sync::Arc;

use super::check::Checker;
use super::model::{Control, Request};
use crate::input::diagnostic::Faults;

impl Checker<'_> {
    /// Gives each request the control that it names. A control is its own control, so there are no chains and no circles.
    pub(super) fn resolve_controls(&mut self, faults: &mut Faults) {
        let mut resolved = Vec::new();
        for (name, control) in &self.controls {
            if control.value == "none" && !self.requests.contains_key("none") {
                faults.at(
                    &control.at,
                    "unknown-request",
                    "unknown request `none`",
                    "expected the name of a request, or `{ none = \"reason\" }` for no control",
                    None,
                );
                continue;
            }
            let Some(other) = self.request(control, faults) else {
                continue;
            };
            let (found, help) = if control.value == *name {
                (
                    format!("request `{name}` names itself as its control"),
                    "leave `control` out: a request is its own control",
                )
            } else if let Some(next) = self.controls.get(&other.name) {
                (
                    format!(
                        "the control `{}` has a control of its own, `{}`",
                        other.name, next.value
                    ),
                    "name a request without `control`",
                )
            } else if let Control::Without(_) = other.control {
                (
                    format!(
                        "the request `{}` cannot be a control: it has none",
                        other.name
                    ),
                    "name a request without `control`",
                )
            } else {
                resolved.push((name.clone(), other));
                continue;
            };
            faults.at(
                &control.at,
                "bad-control",
                found,
                "expected another request, which is sent unchanged and must be accepted",
                Some(help.to_owned()),
            );
        }
        for (name, other) in resolved {
            // A request that names a control cannot be the control of another one, so nothing shares it yet.
            let request = self.requests.get_mut(&name);
            if let Some(Request { control, .. }) = request.and_then(Arc::get_mut) {
                *control = Control::Of(other);
            }
        }
    }
}
