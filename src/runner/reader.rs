//! The reader of what a target sent. It reads large bodies one at a time.
//!
//! As a value a body takes up to eighty times the memory of its text. How much of the texts is held at once is `client`'s.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::pace;
use crate::contract::Contract;
use crate::event::Answer;
use crate::exchange::{Exchange, Received};
use crate::judge::{self, Finding, Held, Place, Useless};
use crate::secrets::{Redactor, last_part};
use crate::suite::Expectation;
use crate::targets::Target;

/// From how many bytes a body is read alone.
const LARGE: usize = 32 * 1024;
/// The shortest secret that is looked for in answers, in bytes.
const SHORTEST_SECRET: usize = 8;
/// The name of the limit that says how long the limiter's window is, in seconds.
const WINDOW: &str = "window";

/// Reads and judges what comes back.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) contract: Arc<Contract>,
    /// Finds the secrets of the credentials in what comes back.
    tokens: Redactor,
    /// Finds the tokens that the run obtained.
    pub(super) obtained: Redactor,
    /// The longest that a limiter may ask to wait, in seconds: declared by the target, otherwise published.
    pub(super) longest_window: Option<f64>,
    /// The one thread that reads large bodies. What a thread frees, it keeps for itself: with many of them that comes to several times of
    /// what is read.
    thread: OnceLock<Option<ThreadPool>>,
}

impl Reader {
    pub(super) fn new(contract: &Arc<Contract>, target: &Target) -> Self {
        let declared = target.profile.declared.get(WINDOW);
        let declared = declared.map(|(limit, _)| *limit);
        Self {
            contract: Arc::clone(contract),
            tokens: tokens(target),
            obtained: Redactor::default(),
            longest_window: declared.or_else(|| contract.limits().get(WINDOW).copied()),
            thread: OnceLock::new(),
        }
    }

    /// Started for the first body; none where the system has no thread left.
    fn thread(&self) -> Option<&ThreadPool> {
        let start = || ThreadPoolBuilder::new().num_threads(1).build().ok();
        self.thread.get_or_init(start).as_ref()
    }

    /// Reads bodies of so many bytes; where these are many, in the one thread that does so.
    pub(super) fn read<T: Send>(&self, bytes: usize, read: impl FnOnce() -> T + Send) -> T {
        if bytes <= LARGE {
            return read();
        }
        match self.thread() {
            Some(thread) => aside(|| thread.install(read)),
            None => read(),
        }
    }

    /// Judges an exchange that is not of a trial.
    pub(super) fn judge(&self, held: Option<&Held<'_>>, exchange: &Exchange) -> Vec<Finding> {
        let judge = || {
            let mut findings = judge::judge(&self.contract, held, exchange);
            let echoed = self.echoed(exchange);
            findings.extend(echoed.and_then(|place| judge::judge_echo(&self.contract, &place)));
            findings
        };
        self.read(size(exchange), judge)
    }

    /// An exchange as it is judged.
    pub(super) fn answer(&self, exchange: Exchange) -> Answer {
        let echoed = self.read(size(&exchange), || self.echoed(&exchange));
        let useless = self.too_long(&exchange);
        Answer {
            exchange,
            echoed,
            useless,
        }
    }

    /// Where a response sends a secret back: one of the target's credentials or, in the body of a failure, a token that the run obtained.
    /// Tokens are legitimate in successes, and in cookies that are set again.
    fn echoed(&self, exchange: &Exchange) -> Option<Place> {
        let echoes = |bytes: &[u8]| self.tokens.finds(bytes);
        judge::echoed(&echoes, exchange).or_else(|| {
            let received = exchange.answer.as_ref().ok()?;
            let is_echo = self.contract.is_failure(received) && self.obtained.finds(&received.body);
            is_echo.then_some(Place::Body)
        })
    }

    /// Whether a response is one of those that a step accepts.
    pub(super) fn accepts(&self, expectation: &Expectation, received: &Received) -> bool {
        let mut any_of = expectation.any_of.iter();
        any_of.any(|one| judge::is_of(&self.contract, one, received))
    }

    /// Whether a limiter has refused an exchange.
    pub(super) fn is_limited(&self, exchange: &Exchange) -> bool {
        let answer = exchange.answer.as_ref();
        answer.is_ok_and(|received| judge::limiter(&self.contract, received).is_some())
    }

    /// The window that a limiter's answer advertises.
    pub(super) fn window(&self, received: &Received) -> Duration {
        self.read(received.body.len(), || {
            pace::window(&self.contract, received)
        })
    }

    /// Whether the window that a limiter's answer advertises cannot be waited for, as the answer alone shows.
    pub(super) fn is_useless(&self, exchange: &Exchange) -> bool {
        let absolute = match &exchange.answer {
            Ok(received) => judge::is_absolute(&self.contract, received),
            Err(_) => false,
        };
        absolute || self.too_long(exchange).is_some()
    }

    /// Whether the window of an exchange is longer than the one that the target or the contract declares for the limiter.
    fn too_long(&self, exchange: &Exchange) -> Option<Useless> {
        let (Ok(received), Some(longest)) = (&exchange.answer, self.longest_window) else {
            return None;
        };
        self.read(size(exchange), || {
            judge::too_long(&self.contract, received, longest)
        })
    }
}

/// Finds what no answer may send back. Shorter ones are found by chance.
fn tokens(target: &Target) -> Redactor {
    let tokens = Redactor::default();
    for secret in target.credentials.values().flat_map(|of| &of.secrets) {
        let secret = secret.expose();
        if secret.len() >= SHORTEST_SECRET {
            tokens.add(secret, "a secret");
        }
        if let Some(last) = last_part(secret) {
            tokens.add(last, "a secret");
        }
    }
    tokens
}

/// Does what takes long. Where others wait for this thread, they go on in another.
fn aside<T>(long: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(long),
        _ => long(),
    }
}

/// The bytes of the body that an exchange brought.
pub(super) fn size(exchange: &Exchange) -> usize {
    let answer = exchange.answer.as_ref();
    answer.map_or(0, |answer| answer.body.len())
}
