//! A trial as it is announced before a run.

use crate::event::{Announced, AnnouncedStep, AnnouncedVolley};
use crate::suite::{Expected, Trial, Volley};

/// What a trial asks for.
pub fn announced(trial: &Trial) -> Announced {
    let steps = trial.steps.iter().map(|step| {
        let rows: Vec<String> = step
            .expect
            .any_of
            .iter()
            .filter_map(|expected| match expected {
                Expected::Row(row) => Some(row.name.clone()),
                _ => None,
            })
            .collect();
        AnnouncedStep {
            request: step.request.name.clone(),
            sole: rows.len() == step.expect.any_of.len(),
            rows,
            volley: step.volley.as_deref().map(|volley| match volley {
                Volley::Burst(_) => AnnouncedVolley::Burst,
                Volley::Race(_) => AnnouncedVolley::Race,
            }),
        }
    });
    Announced {
        trial: trial.name.clone(),
        clause: trial.clause.id.clone(),
        steps: steps.collect(),
    }
}
