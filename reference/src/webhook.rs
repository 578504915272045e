//! Webhooks: one signed delivery when a job is finished, to loopback addresses only.
//!
//! Any web URL is accepted, but a reference server must never send traffic to another host: a delivery elsewhere, or
//! over TLS, is left out. There is one attempt; whoever misses it can read the job.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Request, Uri};
use hmac::{Hmac, Mac};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};

use super::app::App;
use super::auth::Caller;
use super::fingerprint::hex;
use super::jobs::Job;

/// Arranges for the callback of a job, if it has one. Needs a tokio runtime.
pub(super) fn schedule(app: &App, caller: Caller, job: Job) {
    let Some(url) = job.settings.webhook.clone() else {
        return;
    };
    let time = app.options.delivery_time;
    let mut stopped = app.stopped.clone();
    tokio::spawn(async move {
        let delivery = async {
            sleep_until(job.finishes_at.into()).await;
            let body = job.event().to_string();
            // A receiver that fails is its own affair: the job is finished either way.
            let _ = timeout(
                time,
                deliver(&url, caller.organization.webhook_secret, body),
            )
            .await;
        };
        tokio::select! {
            () = delivery => {}
            _ = stopped.changed() => {}
        }
    });
}

async fn deliver(
    url: &Uri,
    secret: &str,
    body: String,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let addresses = receivers(url);
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json")
        .header("x-katalo-signature", signature(secret, body.as_bytes())?)
        .body(Body::from(body))?;
    let stream = TcpStream::connect(&addresses[..]).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::select! {
        response = sender.send_request(request) => response.map(drop)?,
        ended = connection => {
            ended?;
            return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into());
        }
    }
    Ok(())
}

/// Hex HMAC-SHA256 of the raw body.
fn signature(secret: &str, body: &[u8]) -> Result<String, hmac::digest::InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(body);
    Ok(hex(&mac.finalize().into_bytes()))
}

/// The addresses that a URL may be delivered to. No name is looked up: a name server could answer anything.
fn receivers(url: &Uri) -> Vec<SocketAddr> {
    let host = url.host().unwrap_or_default();
    let candidates = if host.eq_ignore_ascii_case("localhost") {
        vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        literal.into_iter().collect()
    };
    let plain = url.scheme_str() == Some("http");
    let port = url.port_u16().unwrap_or(80);
    candidates
        .into_iter()
        .filter(|address| plain && address.is_loopback())
        .map(|address| SocketAddr::new(address, port))
        .collect()
}
