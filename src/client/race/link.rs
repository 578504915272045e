//! A connection of HTTP/2, opened for a race as the target's settings say.

use std::error::Error;
use std::net::IpAddr;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Ping, Reason};
use http::Uri;
use http::uri::InvalidUri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service as _;
use url::{Host, Url};

use crate::client::connect::{Client, chain};
use crate::client::receive::{is_calmed, is_exhausted};
use crate::client::words::words;
use crate::exchange::{Broken, unreached};
use crate::targets::Http;

/// An open connection.
pub(super) struct Link {
    pub(super) sender: SendRequest<Bytes>,
    /// How many streams the server allows at once.
    pub(super) streams: usize,
}

impl Client {
    /// Opens a connection to the host of an address; none where it does not speak HTTP/2 on it.
    pub(super) async fn link(&self, url: &Url) -> Result<Option<Link>, Broken> {
        let secure = url.scheme() == "https";
        let at_once = match self.direct() {
            Some(Http::Two) => true,
            Some(Http::Offered) if secure => false,
            _ => return Ok(None),
        };
        let stream = self.in_time(self.reached(url)).await?;
        if !secure {
            return self.speak(stream).await.map(Some);
        }
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
            Some(Host::Ipv4(address)) => Ok(ServerName::from(IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Ok(ServerName::from(IpAddr::from(address))),
            None => return Ok(None),
        };
        let name = name.map_err(|error| Broken::Connect(error.to_string()))?;
        let handshake = TlsConnector::from(self.tls()).connect(name, stream);
        let stream = self
            .in_time(async { handshake.await.map_err(|error| unconnected(&error)) })
            .await?;
        if !at_once && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Ok(None);
        }
        self.speak(stream).await.map(Some)
    }

    async fn in_time<T>(&self, what: impl Future<Output = Result<T, Broken>>) -> Result<T, Broken> {
        tokio::time::timeout(self.connecting(), what)
            .await
            .unwrap_or_else(|_| Err(Broken::Connect(unreached::SLOW.to_owned())))
    }

    /// As the library reaches a host: where it has addresses of both families, neither waits for the other (RFC 8305).
    async fn reached(&self, url: &Url) -> Result<TcpStream, Broken> {
        let address: Uri = url
            .as_str()
            .parse()
            .map_err(|error: InvalidUri| Broken::Unsendable(error.to_string()))?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(self.connecting()));
        let stream = connector.call(address).await;
        Ok(stream.map_err(|error| unconnected(&error))?.into_inner())
    }

    /// The connection, once the server's settings have come.
    async fn speak<T>(&self, stream: T) -> Result<Link, Broken>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let headers = u32::try_from(self.limits.headers).unwrap_or(u32::MAX);
        let (sender, mut connection) = h2::client::Builder::new()
            .enable_push(false)
            .max_header_list_size(headers)
            // Small frames are legal, and other limits bound the size of a response.
            .data_frame_budget(usize::MAX)
            .handshake(stream)
            .await
            .map_err(|error| broken(&error))?;
        let ping = connection.ping_pong();
        // What ends it is told to each of its streams.
        tokio::spawn(connection);
        if let Some(mut ping) = ping {
            // The answer comes behind the server's settings.
            ping.ping(Ping::opaque())
                .await
                .map_err(|error| broken(&error))?;
        }
        let streams = sender.current_max_send_streams();
        Ok(Link { sender, streams })
    }
}

fn unconnected(error: &(dyn Error + 'static)) -> Broken {
    if is_exhausted(error) {
        Broken::Local(chain(error))
    } else {
        Broken::Connect(words(error))
    }
}

/// Why a stream or its connection has ended.
pub(super) fn broken(error: &h2::Error) -> Broken {
    // Both say of a request that it was not processed, as a server may that closes a connection or takes no more on it (RFC 9113, 8.7).
    let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    let closing = error.is_go_away() && error.reason() == Some(Reason::NO_ERROR);
    if error.is_remote() && (refused || closing) {
        Broken::Closed
    } else if is_calmed(error) {
        Broken::Calmed
    } else {
        Broken::Protocol(chain(error))
    }
}
