//! The lines of controls. Findings in a control do not belong to the trial that it was first made for.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::event::CONTROL;
use crate::suite::{Request, Step, Trial};

/// A line for each request that is sent as a control, by the request's name. A finding that no check of the contract covers breaks the
/// clause of the first trial that depends on the control.
pub fn control_trials<'a>(
    trials: impl IntoIterator<Item = &'a Arc<Trial>>,
) -> HashMap<String, Arc<Trial>> {
    let mut lines = HashMap::new();
    for trial in trials {
        let positive = trial.steps.iter().filter_map(Step::control);
        for request in positive.chain(trial.negative_controls()) {
            if !lines.contains_key(&request.name) {
                lines.insert(request.name.clone(), Arc::new(line(trial, request)));
            }
        }
    }
    lines
}

/// The line has no steps: its evidence is all of controls.
fn line(trial: &Trial, request: &Request) -> Trial {
    Trial {
        name: format!("{CONTROL}{}", request.name),
        at: request.at.clone(),
        clause: Arc::clone(&trial.clause),
        steps: Vec::new(),
        effects: Vec::new(),
        each: Value::Null,
    }
}
