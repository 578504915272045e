//! The least that a client in Rust can do: the requests of the benchmark's cases, sent by as many tasks, their answers read and thrown
//! away. What gonogo costs is held against it.
//!
//!     bare BASE_URL REQUESTS AT_ONCE TOKEN

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base_url, requests, at_once, token] = arguments.as_slice() else {
        // `cargo test --benches` and `cargo bench` call it without any.
        return Ok(());
    };
    let requests: usize = requests.parse()?;
    let at_once: usize = at_once.parse()?;
    // It may be installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..at_once)
        .map(|_| {
            let (client, next) = (client.clone(), Arc::clone(&next));
            let (base_url, token) = (base_url.clone(), token.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        return Ok::<(), reqwest::Error>(());
                    }
                    let url = format!("{base_url}/api/v1/generations/job_{number}");
                    let mut request = client.get(url);
                    if number % 2 == 1 {
                        request = request.bearer_auth(&token);
                    }
                    request.send().await?.bytes().await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}
