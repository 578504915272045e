//! A project for a team to own. It has the shipped contract, cases and schemas, a configuration that names what they need, a workflow
//! that gates on the exit status, and a README.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::input::shipped;
use crate::plan::{Wanted, wanted};
use crate::suite::{Suite, Writer};
use crate::targets::FILE_NAME;

/// What a project has of its own, beside the shipped files.
const WORKFLOW: (&str, &str) = (".github/workflows/gonogo.yml", include_str!("workflow.yml"));
/// The file that most folders have already.
pub const README: &str = "README.md";

/// The files of a project around the shipped suite.
pub fn files(suite: &Suite) -> Vec<(PathBuf, Vec<u8>)> {
    let wanted = wanted(suite);
    let own = [
        (FILE_NAME, configuration(&wanted)),
        (WORKFLOW.0, workflow(&wanted)),
        (README, include_str!("README.md").to_owned()),
    ];
    let own = own.map(|(path, text)| (PathBuf::from(path), text.into_bytes()));
    own.into_iter().chain(shipped::files()).collect()
}

/// The environment variable of a credential of staging.
fn variable(credential: &str) -> String {
    format!("STAGING_{}_KEY", credential.to_ascii_uppercase())
}

/// A configuration with everything in it that the cases name.
fn configuration(wanted: &Wanted) -> String {
    let mut writer = Writer::after(include_str!("gonogo.toml"));
    writer.comment("Where each secret is, never the secret. Keys of one organization say so: organization = \"...\".");
    writer.comment("The trials that need a key which is left out are ignored.");
    writer.table(&["target", "staging", "credentials"]);
    for name in &wanted.credentials {
        writer.entry(&[name], &json!({ "bearer": { "env": variable(name) } }));
    }
    writer.blank();
    writer.comment("What exists there already. The trials that need what is left out are ignored.");
    writer.table(&["target", "staging", "fixtures"]);
    for name in &wanted.fixtures {
        writer.comment(&format!("{name} = \"...\""));
    }
    writer.into_text()
}

/// A workflow that hands the secrets on.
fn workflow(wanted: &Wanted) -> String {
    let mut secrets = String::new();
    for name in wanted.credentials.iter().map(|name| variable(name)) {
        let _ = writeln!(secrets, "          {name}: ${{{{ secrets.{name} }}}}");
    }
    WORKFLOW
        .1
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{secrets}\n", &secrets)
}
