//! Problems of a whole run, reported once: an unreachable target, and a duplicate base path.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::contract::Class;
use crate::event::{Event, Finished, Listener, Outcome, Redacted};
use crate::exchange::{Exchange, unreached};
use crate::input::diagnostic::one_line;

/// How many ways not to be reached are told.
const LINES: usize = 4;
/// What a reason says where something else than HTTP came, or nothing.
const NO_RESPONSE: &str = "no complete HTTP response";
/// What nginx, Go and Apache say to plain HTTP on a port of https.
const ASKS_FOR_TLS: [&str; 3] = [
    "plain HTTP request was sent to HTTPS port",
    "Client sent an HTTP request to an HTTPS server",
    "speaking plain HTTP to an SSL-enabled server port",
];

/// Hears of a run what its trials have in common.
#[derive(Debug, Default)]
pub struct Hints {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is seen or not, whatever the others are"
)]
struct Seen {
    base_url: Option<Url>,
    /// What mends that the target is not reached.
    help: BTreeSet<&'static str>,
    /// How the base path and a request's path meet, where both have the same part and there is nothing at it.
    doubled: Option<String>,
    /// Whether there is something at such a path.
    right: bool,
    /// Whether any request was answered, and whether any was answered with something else.
    answered: bool,
    silent: bool,
    /// Whether an answer says that the port is one of https.
    asks_for_tls: bool,
}

impl Hints {
    /// Hears a run against a target at this address.
    pub fn against(base_url: &Url) -> Self {
        let hints = Self::default();
        hints.seen().base_url = Some(base_url.clone());
        hints
    }

    /// What to do, a line each.
    pub fn lines(&self) -> Vec<String> {
        let seen = self.seen();
        let mut lines: Vec<String> = seen
            .help
            .iter()
            .take(LINES)
            .map(|help| (*help).to_owned())
            .collect();
        if let (Some(doubled), false) = (&seen.doubled, seen.right) {
            lines.push(one_line(&format!(
                "`base_url` ends with {doubled}, and request paths begin with it, so that it is sent twice: remove it from one of them"
            )));
        }
        if seen.is_plain() && (seen.asks_for_tls || (seen.silent && !seen.answered)) {
            lines.push("if the port speaks https, write https:// in `base_url`".to_owned());
        }
        lines
    }

    /// The same for a terminal.
    pub fn text(&self) -> String {
        let lines = self.lines();
        lines
            .iter()
            .fold(String::new(), |text, line| text + "help: " + line + "\n")
    }

    /// Takes a trial in.
    pub fn take(&self, finished: &Finished) {
        let mut seen = self.seen();
        if let Outcome::Inconclusive { reason } = &finished.outcome {
            seen.help.extend(unreached::help(reason));
            seen.silent |= reason.contains(NO_RESPONSE);
        }
        for exchange in finished
            .records
            .iter()
            .filter_map(|one| one.exchange.as_ref())
        {
            seen.exchange(exchange);
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Hints {
    fn hear(&self, event: &Event) {
        match event {
            Event::RunStarted(started) => self.seen().base_url = Url::parse(&started.base_url).ok(),
            Event::TrialFinished(finished) => self.take(finished),
            Event::TrialStarted { .. }
            | Event::Notice { .. }
            | Event::TrialRevised(_)
            | Event::RunFinished(_) => {}
        }
    }
}

impl Seen {
    fn is_plain(&self) -> bool {
        let base_url = self.base_url.as_ref();
        base_url.is_some_and(|base_url| base_url.scheme() == "http")
    }

    fn exchange(&mut self, exchange: &Redacted<Exchange>) {
        let (Some(base_url), Some(status)) = (&self.base_url, exchange.status()) else {
            return;
        };
        self.answered = true;
        if let (400, Ok(received)) = (status, &exchange.answer) {
            let body = String::from_utf8_lossy(&received.body);
            self.asks_for_tls |= ASKS_FOR_TLS.iter().any(|words| body.contains(words));
        }
        // Without a path nothing is doubled, and the exchange need not be read.
        if base_url.path() == "/" {
            return;
        }
        let Some(doubled) = doubled(base_url, &exchange.sent.url) else {
            return;
        };
        if status == 404 {
            self.doubled.get_or_insert(doubled);
        } else if Class::of_status(status) == Class::Success {
            self.right = true;
        }
    }
}

/// The end of the base path with which the path behind it begins.
fn doubled(base_url: &Url, url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let base: Vec<&str> = segments(base_url.path());
    let path: Vec<&str> = segments(url.path());
    let behind = path.strip_prefix(base.as_slice())?;
    let ends = (0..base.len()).map(|from| &base[from..]);
    let same = ends.into_iter().find(|end| behind.starts_with(end))?;
    Some(format!("/{}", same.join("/")))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .collect()
}
