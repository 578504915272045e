//! Lanes: so many trials under way at a time, each lane taking the next one of the run. Whoever prints waits for one result at a time,
//! and no thread waits for each trial: to wake one for every answer would cost more than judging it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use libtest_mimic::{Completion, Failed};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::task::JoinHandle;

use super::{Line, Run, one};

/// How long whoever prints looks away where a result is not there yet.
const NAP: Duration = Duration::from_millis(2);

/// What libtest-mimic is told of a trial, or what it panicked with.
type Ended = Result<Result<Completion, Failed>, Box<dyn Any + Send>>;

/// The lanes of a run.
pub(super) struct Lanes(Vec<JoinHandle<()>>);

/// What will have come of one line.
pub(super) struct Pending(oneshot::Receiver<Ended>);

impl Lanes {
    /// Starts the lines, `at_once` at a time. What comes of them is in their order.
    pub(super) fn start(lines: Vec<Line>, at_once: usize, run: &Run) -> (Self, Vec<Pending>) {
        let lanes = at_once.clamp(1, lines.len().max(1));
        let (queue, results): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .map(|line| {
                let (sender, receiver) = oneshot::channel();
                ((line, sender), Pending(receiver))
            })
            .unzip();
        let queue = Arc::new(Mutex::new(queue.into_iter()));
        let next = move || {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.next()
        };
        let lane = || {
            let (next, run) = (next.clone(), run.clone());
            async move {
                while let Some((line, result)) = next() {
                    let ended = AssertUnwindSafe(one(&line, &run)).catch_unwind().await;
                    // Nobody waits for it where the output is lost.
                    let _ = result.send(ended);
                }
            }
        };
        let lanes = (0..lanes).map(|_| run.runtime.spawn(lane()));
        (Self(lanes.collect()), results)
    }

    /// Waits for the end of the last trial.
    pub(super) fn end(self, runtime: &Handle) {
        runtime.block_on(join_all(self.0));
    }
}

impl Pending {
    /// Waits for it. A panic of the trial goes on here, where libtest-mimic shows it.
    pub(super) fn wait(mut self) -> Result<Completion, Failed> {
        let ended = match self.0.try_recv() {
            // Many come meanwhile: to be woken for each of them would take longer than to judge it.
            Err(TryRecvError::Empty) => {
                thread::sleep(NAP);
                self.0.blocking_recv().ok()
            }
            ended => ended.ok(),
        };
        match ended {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(Failed::from("the trial was lost")),
        }
    }
}
