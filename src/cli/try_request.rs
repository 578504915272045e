//! `gonogo try`: one request of the suite is sent once, and its answer is judged.

use std::io::{self, Write as _};
use std::sync::Arc;

use clap::Args;

use super::choose::choose;
use super::load::{Loaded, load};
use super::run::start;
use super::runtime::runtime;
use super::session::{Manner, open};
use super::{CommandResult, Environment, Exit, SuiteArgs, TargetArgs};
use crate::contract::Clause;
use crate::event::Outcome;
use crate::input::diagnostic::{Diagnostic, printable, unknown};
use crate::judge::row_of;
use crate::plan::lacks;
use crate::report::{Hints, failure, verdict};
use crate::runner::attempt;
use crate::suite::Request;

#[derive(Debug, Clone, Args)]
pub(super) struct TryArgs {
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// The credential to use instead of the request's; `none`: no credential
    #[arg(long = "as", value_name = "CREDENTIAL")]
    credential: Option<String>,
    /// Treat findings of level `should` as violations
    #[arg(long)]
    strict: bool,
    /// A request of the suite, by name
    request: String,
}

/// Sends the request that the arguments name.
pub(super) fn try_request(arguments: &TryArgs, surroundings: &Environment) -> CommandResult {
    let loaded = load(&arguments.suite, surroundings)?;
    let request = named(&arguments.request, &loaded)?;
    let chosen = choose(&arguments.target, &loaded)?;
    let runtime = runtime()?;
    let started = start(chosen, &runtime)?;
    let mut message = request.message.clone();
    if let Some(credential) = &arguments.credential {
        message.credential = Some(credential.clone()).filter(|name| name != "none");
    }
    if let Some(reason) = lacks(&message, &started.profile) {
        started.stop(&runtime);
        let _ = writeln!(io::stderr(), "nothing was sent: {}", printable(&reason));
        return Ok(Exit::NothingRan);
    }
    if let Some(fixture) = message.deletes() {
        let _ = writeln!(
            io::stderr(),
            "warning: this request deletes `{}` of the target `{}`; later requests that need it will fail",
            printable(fixture),
            printable(&started.profile.name)
        );
    }
    let manner = Manner {
        partial: false,
        strict: arguments.strict,
        keeps_evidence: false,
        max_inconclusive: 0,
    };
    let opened = open(&loaded, &started.profile, &manner, Vec::new(), &runtime)?;
    let base_url = started.profile.base_url.clone();
    let clause = promising(&loaded, &request);
    let finished = runtime.block_on(attempt(&opened.session, &request, &message, clause));
    started.stop(&runtime);
    let missing = printable(&opened.session.missing_secrets());
    let _ = io::stderr().write_all(missing.as_bytes());
    let mut records = finished.records.iter();
    let answer = records.find_map(|record| record.exchange.as_ref()?.answer.as_ref().ok());
    let row = answer.and_then(|received| row_of(&loaded.contract, received));
    let hints = Hints::against(&base_url);
    hints.take(&finished);
    let text = format!(
        "{}\n\n{}{}\n",
        failure(&finished, arguments.strict, surroundings.stdout(None)),
        hints.text(),
        verdict(&loaded.contract, &finished, row.map(|row| &**row))
    );
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(match finished.outcome {
        Outcome::Conforms => Exit::Conforming,
        Outcome::Violates => Exit::Violating,
        _ => Exit::Inconclusive,
    })
}

fn named(name: &str, loaded: &Loaded) -> Result<Arc<Request>, Vec<Diagnostic>> {
    let requests = &loaded.suite.requests;
    if let Some(request) = requests.get(name) {
        return Ok(Arc::clone(request));
    }
    let names = requests.keys().map(String::as_str);
    Err(unknown("unknown-request", "request", name, names))
}

/// The clause by which a success of the valid request carries what it promises: that of a case which sends it as it stands.
fn promising<'a>(loaded: &'a Loaded, request: &Request) -> Option<&'a Arc<Clause>> {
    let mut trials = loaded.suite.trials.iter();
    let trial = trials.find(|trial| {
        let [step] = trial.steps.as_slice() else {
            return false;
        };
        step.request.name == request.name
            && step.message == request.message
            && step.expect.is_success()
    });
    trial.map(|trial| &trial.clause)
}
