//! The embedded reference server: a small, honest implementation of the image generation API, for the shipped cases
//! to run against and for a demonstration without a network.
//!
//! It binds the loopback address only, keeps everything in memory, and knows nothing of contracts, cases or trials.
//! This file declares the parts and holds [`start`] and [`Server`]; the order of the checks is in `app`.

pub mod access;
mod app;
mod assets;
mod auth;
mod billing;
mod body;
mod clock;
mod content;
mod envelope;
mod faults;
mod fields;
mod fingerprint;
mod generation;
mod idempotency;
mod jobs;
mod json;
mod limits;
mod matrix;
mod multipart;
mod options;
mod payload;
mod query;
mod response;
mod route;
pub mod seed;
mod settings;
mod shelf;
mod source;
mod state;
mod styles;
mod usage;
mod webhook;
mod wire;
mod write;

use std::future::IntoFuture;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::handler::Handler;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use faults::{Category, Fault};
pub use options::{Limits, Options};
pub use styles::Style;

/// How long [`Server::stop`] waits for exchanges that are under way.
const STOP_TIME: Duration = Duration::from_secs(2);

/// A running reference server. Dropping it stops it as well, without waiting for exchanges that are under way.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    /// Everything that the server spawns ends when this sender is gone.
    running: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Binds the loopback address and serves on spawned tasks. Must be called inside a tokio runtime.
pub async fn start(options: Options) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    let breaks = options.fault.is_some();
    let (running, mut stopped) = watch::channel(());
    let app = Arc::new(app::App::new(options, stopped.clone()));
    let service = app::handle.with_state(app).into_make_service();
    let serve = axum::serve(
        wire::Wired {
            listener,
            breaks,
            kept: Arc::default(),
        },
        service,
    )
    .with_graceful_shutdown(async move {
        // Nothing is ever sent: closing the channel is the signal.
        while stopped.changed().await.is_ok() {}
    });
    let task = tokio::spawn(async move {
        // An accept loop that ends, for whatever reason, leaves a port that refuses: nothing is left to report to.
        let _ = serve.into_future().await;
    });
    Ok(Server {
        address,
        running,
        task,
    })
}

impl Server {
    /// The address that the server listens on; its port is never 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that the API's paths are appended to, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting, lets exchanges that are under way finish for up to two seconds, and drops pending webhooks.
    pub async fn stop(self) {
        drop(self.running);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(STOP_TIME, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Locks also after a panic elsewhere: one request that failed must not fail all that follow.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
