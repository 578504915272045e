//! A race: many requests that are complete at the same instant.
//!
//! Of each body all but the last byte goes out first; when all are that far, the last bytes are released together. Where the
//! target speaks HTTP/2 the requests are streams of one connection (`streams`), otherwise each has its own (`connections`).

mod connections;
mod gate;
mod link;
mod streams;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use h2::client::SendRequest;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::connect::Client;
use super::send::{Outgoing, Timing};
use crate::exchange::{Broken, Exchange};
use gate::{Gate, Runner};

/// What came of a race.
#[derive(Debug)]
pub struct Finish {
    /// The exchanges in the order of the requests.
    pub exchanges: Vec<Exchange>,
    /// From the first release to the last, by this machine's clock; none where fewer than two were released.
    pub spread: Option<Duration>,
    /// Of how many connections they were streams (HTTP/2); none where each had a connection of its own.
    pub shared: Option<usize>,
}

/// What a request of a race goes out on.
#[derive(Clone)]
enum Lane {
    /// A connection of its own (HTTP/1.1), which this client opens.
    Connection(reqwest::Client),
    /// A stream of a connection that others share (HTTP/2).
    Stream(SendRequest<bytes::Bytes>),
}

/// A lane for each request, and of how many connections they are streams.
struct Lanes {
    each: Vec<Lane>,
    shared: Option<usize>,
}

impl Client {
    /// Sends all requests so that they are complete at the same instant.
    ///
    /// One thread of its own writes all the last bytes, one after the other: to wake others takes longer than to write.
    pub async fn race(&self, outgoing: &[Outgoing]) -> Finish {
        let (client, requests) = (self.of_volley(), outgoing.to_vec());
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
        let lanes = match self.lanes(outgoing).await {
            Ok(lanes) => lanes,
            Err(broken) => return Finish::broken(outgoing, &broken),
        };
        let gate = Arc::new(Gate::new());
        let running = outgoing.iter().zip(lanes.each).map(|(outgoing, lane)| {
            let (client, outgoing, gate) = (self.clone(), outgoing.clone(), Arc::clone(&gate));
            tokio::spawn(async move { client.run(lane, &outgoing, &gate).await })
        });
        let running: Vec<_> = running.collect();
        gate.open(outgoing.len(), self.limits.request).await;
        let ended = join_all(running).await;
        let exchanges = ended
            .into_iter()
            .zip(outgoing)
            .map(|(ended, outgoing)| {
                ended.unwrap_or_else(|error| {
                    let broken = Broken::Protocol(format!("the request was lost: {error}"));
                    lost(outgoing, broken)
                })
            })
            .collect();
        Finish {
            exchanges,
            spread: gate.spread(),
            shared: lanes.shared,
        }
    }

    async fn lanes(&self, outgoing: &[Outgoing]) -> Result<Lanes, Broken> {
        let limit = self.limits.request;
        let opening = tokio::time::timeout(limit, self.streams(outgoing));
        let shared = opening.await.map_err(|_| Broken::Timeout(limit))?;
        if let Some(shared) = shared? {
            return Ok(shared);
        }
        let lane = Lane::Connection(self.racing()?);
        Ok(Lanes {
            each: vec![lane; outgoing.len()],
            shared: None,
        })
    }

    async fn run(&self, lane: Lane, outgoing: &Outgoing, gate: &Arc<Gate>) -> Exchange {
        let mut timing = Timing::begin();
        let head = &mut timing.head;
        let runner = Runner::new(gate);
        let answer = match lane {
            Lane::Connection(inner) => self.connected(&inner, outgoing, runner, head).await,
            Lane::Stream(sender) => self.streamed(sender, outgoing, runner, head).await,
        };
        let exchange = timing.exchange(outgoing, answer);
        self.note(&exchange);
        exchange
    }
}

fn lost(outgoing: &Outgoing, broken: Broken) -> Exchange {
    Timing::begin().exchange(outgoing, Err(broken))
}

impl Finish {
    fn broken(outgoing: &[Outgoing], broken: &Broken) -> Self {
        Self {
            exchanges: outgoing
                .iter()
                .map(|outgoing| lost(outgoing, broken.clone()))
                .collect(),
            spread: None,
            shared: None,
        }
    }
}
