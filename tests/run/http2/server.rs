//! A server that speaks HTTP/2 by a library, over TLS that offers it, or without TLS to who begins with it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{Request, Response};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The number of its connection.
    pub(crate) connection: usize,
    /// Whether it came as HTTP/2.
    pub(crate) second: bool,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// The status and the JSON of an answer.
pub(crate) type Reply = (u16, String);

type Respond = dyn Fn(Seen) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync;

/// What a server offers.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// The protocols of the TLS handshake (ALPN); none without TLS.
    pub(crate) tls: Option<Vec<&'static str>>,
    /// How many streams it allows on a connection (`SETTINGS_MAX_CONCURRENT_STREAMS`).
    pub(crate) streams: Option<u32>,
}

/// A server on the loopback address, until the tests end.
pub(crate) struct Server {
    /// Its address, without a final `/`.
    pub(crate) url: String,
    /// The certificate of who has issued its own.
    pub(crate) ca: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start<F>(
        offer: Offer,
        respond: impl Fn(Seen) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let respond: Arc<Respond> = Arc::new(move |seen| Box::pin(respond(seen)));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let scheme = if offer.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (ca, config) = certified(offer.tls.as_deref().unwrap_or_default());
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                for connection in 0.. {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (offer, config) = (offer.clone(), Arc::clone(&config));
                    let told = Told {
                        connection,
                        kept: Arc::clone(&kept),
                        respond: Arc::clone(&respond),
                    };
                    // A client that is gone early is its own affair.
                    tokio::spawn(async move { told.serve(stream, &offer, config).await });
                }
            });
        });
        Self { url, ca, seen }
    }

    /// What it was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A certificate for the loopback address, and who has issued it.
fn certified(protocols: &[&str]) -> (String, Arc<rustls::ServerConfig>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let names = protocols.iter().map(|name| name.as_bytes().to_vec());
    config.alpn_protocols = names.collect();
    (ca, Arc::new(config))
}

/// What a connection is to do.
#[derive(Clone)]
struct Told {
    connection: usize,
    kept: Arc<Mutex<Vec<Seen>>>,
    respond: Arc<Respond>,
}

impl Told {
    async fn serve(
        self,
        stream: TcpStream,
        offer: &Offer,
        config: Arc<rustls::ServerConfig>,
    ) -> Option<()> {
        if offer.tls.is_none() {
            // Clients send a head, or the preface with its settings, at once.
            let mut start = [0; 3];
            let length = stream.peek(&mut start).await.ok()?;
            return match &start[..length] {
                b"PRI" => self.second(stream, offer.streams).await,
                _ => self.first(stream).await,
            };
        }
        let stream = TlsAcceptor::from(config).accept(stream).await.ok()?;
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.second(stream, offer.streams).await
        } else {
            self.first(stream).await
        }
    }

    async fn answer(&self, second: bool, method: &str, path: &str, body: &[u8]) -> Reply {
        let seen = Seen {
            connection: self.connection,
            second,
            method: method.to_owned(),
            path: path.to_owned(),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        self.kept.lock().unwrap().push(seen.clone());
        (self.respond)(seen).await
    }

    /// HTTP/2.
    async fn second<T>(self, stream: T, streams: Option<u32>) -> Option<()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let mut builder = h2::server::Builder::new();
        if let Some(streams) = streams {
            builder.max_concurrent_streams(streams);
        }
        let mut connection = builder.handshake::<_, Bytes>(stream).await.ok()?;
        while let Some(request) = connection.accept().await {
            let (request, respond) = request.ok()?;
            let told = self.clone();
            tokio::spawn(async move { told.stream(request, respond).await });
        }
        Some(())
    }

    async fn stream(
        self,
        mut request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
    ) -> Option<()> {
        let mut body = Vec::new();
        while let Some(piece) = request.body_mut().data().await {
            let piece = piece.ok()?;
            let room = request.body_mut().flow_control();
            room.release_capacity(piece.len()).ok()?;
            body.extend_from_slice(&piece);
        }
        let (method, path) = (request.method().as_str(), request.uri().path());
        let (status, text) = self.answer(true, method, path, &body).await;
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(())
            .unwrap();
        let mut stream = respond.send_response(response, false).ok()?;
        stream.send_data(text.into(), true).ok()
    }

    /// HTTP/1.1, one request a connection.
    async fn first<T>(self, mut stream: T) -> Option<()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            text.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(text).ok()?.to_lowercase();
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.ok()?;
        let mut words = head.split(' ');
        let (method, path) = (words.next()?.to_uppercase(), words.next()?);
        let (status, text) = self.answer(false, &method, path, &body).await;
        let length = text.len();
        let answer = format!(
            "HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{text}"
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.shutdown().await.ok()
    }
}
