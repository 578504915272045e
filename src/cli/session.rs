//! A session against a target: prints the warnings of its files, and ends the run on Ctrl-C or SIGTERM.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tokio::runtime::Runtime;

use super::interrupt::asked_to_end;
use super::load::Loaded;
use crate::client::Unusable;
use crate::event::Listener;
use crate::input::diagnostic::{Diagnostic, one};
use crate::report::one_line;
use crate::runner::{INTERRUPTED, Neighbours, Session};
use crate::targets::{Day, Profile, resolve};

/// How a run is meant.
pub(super) struct Manner {
    /// A broken `should` is a violation, too.
    pub(super) strict: bool,
    /// Each trial keeps what it was judged on.
    pub(super) keeps_evidence: bool,
    /// Only a part of the suite was loaded.
    pub(super) partial: bool,
    /// How many trials in a row may get no answer; 0: any number.
    pub(super) max_inconclusive: usize,
}

/// A session, and whether Ctrl-C has ended it.
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    interrupted: Arc<AtomicBool>,
}

impl Opened {
    /// Whether the user has ended the run.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Prepares a run; its secrets are read here.
pub(super) fn open(
    loaded: &Loaded,
    profile: &Profile,
    manner: &Manner,
    listeners: Vec<Arc<dyn Listener>>,
    runtime: &Runtime,
) -> Result<Opened, Vec<Diagnostic>> {
    let target = resolve(profile.clone(), &super::variable)?;
    for warning in &target.warnings {
        let _ = writeln!(io::stderr(), "warning: {}", one_line(warning));
    }
    let today = Day::of(SystemTime::now());
    let contract = Arc::clone(&loaded.contract);
    let session = Session::new(contract, target, manner.strict, today, listeners)
        .map_err(|error| unusable(&error, profile))?
        .among(neighbours(profile))
        .knowing(&loaded.suite.trials)
        .partly(manner.partial)
        .stopping_after(manner.max_inconclusive);
    let session = Arc::new(if manner.keeps_evidence {
        session.keeping_evidence()
    } else {
        session
    });
    Ok(Opened {
        interrupted: interruptible(&session, runtime),
        session,
    })
}

/// Announces the run to other runs against the same target on this machine, and prints a note if there is one.
fn neighbours(profile: &Profile) -> Option<Neighbours> {
    // Without the lock, the run continues and cannot detect other runs.
    let neighbours = Neighbours::among(&std::env::temp_dir(), &profile.base_url).ok()?;
    if neighbours.look() {
        let _ = writeln!(
            io::stderr(),
            "note: another run against this target is in progress on this machine; counts that grow by more than expected are inconclusive"
        );
    }
    Some(neighbours)
}

fn unusable(error: &Unusable, profile: &Profile) -> Vec<Diagnostic> {
    let at = match error {
        Unusable::Ca(_) => profile.ca.as_ref(),
        Unusable::ClientCertificate(_) => profile.client_certificate.as_ref(),
        Unusable::Proxy(_) | Unusable::Tls(_) => None,
    };
    let mut faults = one(
        "target",
        error.to_string(),
        "expected settings that make a client",
    );
    if let (Some(fault), Some((_, at))) = (faults.first_mut(), at) {
        fault.location = Some(at.clone());
    }
    faults
}

/// Lets Ctrl-C end the run; yields whether it has.
fn interruptible(session: &Arc<Session>, runtime: &Runtime) -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (session, said) = (Arc::clone(session), Arc::clone(&interrupted));
    runtime.spawn(async move {
        asked_to_end().await;
        said.store(true, Ordering::Relaxed);
        session.brake().stop(INTERRUPTED);
    });
    interrupted
}
