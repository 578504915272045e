//! A race: many requests that are complete at the same instant, each on a connection of its own (HTTP/1.1).
//!
//! Of each body all but the last byte goes out first; when all are that far, the last bytes are released together. A request
//! without a body is released whole, on a connection opened by sending it once before, where its method is safe. A race's
//! connections are its own: they end with it.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use reqwest::{Body, Request};
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

use super::connect::Client;
use super::receive::asks_for_compression;
use super::send::{Deadline, Outgoing, request};
use crate::exchange::{Broken, Exchange, Received};

/// Between the moment when all bodies but their last bytes are handed over and their release: time for them to reach the wire.
const SETTLE: Duration = Duration::from_millis(30);
/// The longest that the first requests wait for the last one: servers close a connection on which a body does not go on, some after 10 s.
const LINE_UP: Duration = Duration::from_secs(5);

/// What came of a race.
#[derive(Debug)]
pub struct Finish {
    /// The exchanges in the order of the requests.
    pub exchanges: Vec<Exchange>,
    /// From the first release to the last, by this machine's clock; none where fewer than two were released.
    pub spread: Option<Duration>,
}

/// Where the requests wait for each other.
#[derive(Debug)]
struct Gate {
    arrived: Semaphore,
    open: watch::Sender<bool>,
    released: Mutex<Vec<Instant>>,
}

impl Gate {
    async fn opened(&self) {
        // An error says that the gate is gone, and with it the race.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// Arrives at the gate, at the latest when it is dropped: a request that is answered early holds nobody up.
#[derive(Debug)]
struct Runner {
    gate: Arc<Gate>,
    arrived: bool,
}

impl Runner {
    fn new(gate: &Arc<Gate>) -> Self {
        Self {
            gate: Arc::clone(gate),
            arrived: false,
        }
    }

    fn arrive(&mut self) {
        if !self.arrived {
            self.arrived = true;
            self.gate.arrived.add_permits(1);
        }
    }

    /// Waits at the gate, and notes when it was let through.
    async fn pass(&mut self) {
        self.arrive();
        self.gate.opened().await;
        self.gate
            .released
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Instant::now());
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.arrive();
    }
}

impl Client {
    /// Sends all requests so that they are complete at the same instant.
    ///
    /// One thread of its own writes all the last bytes, one after the other: to wake others takes longer than to write.
    pub async fn race(&self, outgoing: &[Outgoing]) -> Finish {
        let (client, requests) = (self.clone(), outgoing.to_vec());
        let (mut result, finish) = oneshot::channel();
        let begun = thread::Builder::new().spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
                return;
            };
            let finish = runtime.block_on(async {
                tokio::select! {
                    finish = client.race_here(&requests) => Some(finish),
                    // Its trial has ended.
                    () = result.closed() => None,
                }
            });
            // Nobody waits for it where the trial ends at this very moment.
            let _ = finish.map(|finish| result.send(finish));
        });
        let finish = match begun {
            Ok(_) => finish.await.map_err(|_| "a race was lost".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        finish.unwrap_or_else(|error| Finish::broken(outgoing, &Broken::Local(error)))
    }

    async fn race_here(&self, outgoing: &[Outgoing]) -> Finish {
        let inner = match self.racing() {
            Ok(inner) => inner,
            Err(broken) => return Finish::broken(outgoing, &broken),
        };
        let gate = Arc::new(Gate {
            arrived: Semaphore::new(0),
            open: watch::Sender::new(false),
            released: Mutex::default(),
        });
        let of_volley = self.of_volley();
        let running = outgoing.iter().map(|outgoing| {
            let (client, inner) = (of_volley.clone(), inner.clone());
            let (gate, outgoing) = (Arc::clone(&gate), outgoing.clone());
            tokio::spawn(async move { client.run(&inner, &outgoing, &gate).await })
        });
        let running: Vec<_> = running.collect();
        let all = u32::try_from(outgoing.len()).unwrap_or(u32::MAX);
        // One that does not get so far is let through when it does, or ends by its own time limit; the others are released without it.
        let longest = LINE_UP.min(self.limits.request);
        let _ = tokio::time::timeout(longest, gate.arrived.acquire_many(all)).await;
        tokio::time::sleep(SETTLE).await;
        gate.open.send_replace(true);
        let ended = join_all(running).await;
        let exchanges = ended
            .into_iter()
            .zip(outgoing)
            .map(|(ended, outgoing)| {
                ended.unwrap_or_else(|error| {
                    lost(
                        outgoing,
                        Broken::Protocol(format!("the request was lost: {error}")),
                    )
                })
            })
            .collect();
        let released = gate.released.lock().unwrap_or_else(PoisonError::into_inner);
        Finish {
            exchanges,
            spread: spread(&released),
        }
    }

    async fn run(
        &self,
        inner: &reqwest::Client,
        outgoing: &Outgoing,
        gate: &Arc<Gate>,
    ) -> Exchange {
        let began = SystemTime::now();
        let start = Instant::now();
        let mut head = None;
        let answer = match self.lined_up(inner, outgoing, gate).await {
            Ok(request) => self.released(inner, request, gate, &mut head).await,
            Err(broken) => Err(broken),
        };
        Exchange {
            sent: outgoing.shown.clone(),
            answer,
            began,
            head_after: head.map(|head| head.duration_since(start)),
            took: start.elapsed(),
        }
    }

    /// The exchange within the target's time for a request, which begins when the gate opens: to wait for others is not the target's time.
    async fn released(
        &self,
        inner: &reqwest::Client,
        request: Request,
        gate: &Gate,
        head: &mut Option<Instant>,
    ) -> Result<Received, Broken> {
        let asked = asks_for_compression(request.headers());
        let mut response = pin!(inner.execute(request));
        let early = tokio::select! {
            biased;
            response = &mut response => Some(response),
            () = gate.opened() => None,
        };
        let deadline = Deadline::after(self.limits.request);
        let begun = Instant::now();
        let response = match early {
            Some(response) => response,
            None => deadline.bound(response).await?,
        };
        let response = response.map_err(|error| self.broken(error, begun))?;
        *head = Some(Instant::now());
        self.receive(response, asked, deadline).await
    }

    /// The request at the gate: with a body that stops there, or, without a body, let through already.
    async fn lined_up(
        &self,
        inner: &reqwest::Client,
        outgoing: &Outgoing,
        gate: &Arc<Gate>,
    ) -> Result<Request, Broken> {
        let mut runner = Runner::new(gate);
        let mut made = request(outgoing)?;
        if let Some(body) = &outgoing.body
            && let Some(last) = body.len().checked_sub(1)
        {
            let length = body.len().into();
            made.headers_mut()
                .insert(reqwest::header::CONTENT_LENGTH, length);
            *made.body_mut() = Some(withheld(body, last, runner));
            return Ok(made);
        }
        if made.method().is_safe() {
            let warm = request(outgoing)?;
            // Whatever it answers: it only opens the connection.
            let _ = self.bounded(inner, warm, &mut None).await;
        }
        runner.pass().await;
        Ok(made)
    }
}

/// A body that gives its last byte only when the gate opens.
fn withheld(body: &Bytes, last: usize, runner: Runner) -> Body {
    let parts = (Some(body.slice(..last)), body.slice(last..), runner);
    Body::wrap_stream(stream::unfold(Some(parts), |state| async move {
        let (first, rest, mut runner) = state?;
        if let Some(first) = first.filter(|first| !first.is_empty()) {
            let next = Some((None, rest, runner));
            return Some((Ok::<_, std::convert::Infallible>(first), next));
        }
        runner.pass().await;
        Some((Ok(rest), None))
    }))
}

fn spread(released: &[Instant]) -> Option<Duration> {
    let (first, last) = (released.iter().min()?, released.iter().max()?);
    (released.len() > 1).then(|| last.duration_since(*first))
}

fn lost(outgoing: &Outgoing, broken: Broken) -> Exchange {
    Exchange {
        sent: outgoing.shown.clone(),
        answer: Err(broken),
        began: SystemTime::now(),
        head_after: None,
        took: Duration::ZERO,
    }
}

impl Finish {
    fn broken(outgoing: &[Outgoing], broken: &Broken) -> Self {
        Self {
            exchanges: outgoing
                .iter()
                .map(|outgoing| lost(outgoing, broken.clone()))
                .collect(),
            spread: None,
        }
    }
}
