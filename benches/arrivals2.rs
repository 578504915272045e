//! A server that stamps when requests are complete, over TLS, in HTTP/2 or HTTP/1.1 as the client likes: how tight is a race?
//!
//!     arrivals2 CA_FILE
//!
//! It writes the certificate to trust to `CA_FILE` and prints `listening PORT`. One thread reads and stamps, in the order in which the
//! system has it: where two requests are in one packet, what lies between their stamps is its own time to decode.
//!     GET /reset      forgets everything
//!     GET /stats      `{"count":50,"connections":1,"spread_ns":40000}` of the POSTs since
//!     POST            is stamped, and answered with 200 `{}`
//!     anything else   is 401 `unauthorized` in the envelope of the shipped contract, and /ready is 200 `{}`

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn Error + Send + Sync>;

const ENVELOPE: &str = r#"{"error":{"code":"unauthorized","message":"There is no valid token.","retryable":false,"retry_after":null}}"#;

/// When each POST was complete, and on which connection.
type Stamps = Arc<Mutex<Vec<(usize, Instant)>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let Some(file) = std::env::args().nth(1).filter(|first| first != "--bench") else {
        // `cargo test --benches` and `cargo bench` call it without any.
        return Ok(());
    };
    let (ca, config) = certified()?;
    std::fs::write(file, ca)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    print(&format!("listening {}\n", listener.local_addr()?.port()))?;
    let stamps = Stamps::default();
    for number in 0.. {
        let (stream, _) = listener.accept().await?;
        let (acceptor, stamps) = (acceptor.clone(), Arc::clone(&stamps));
        // A client that has gone is its own affair.
        tokio::spawn(async move { connection(stream, acceptor, number, stamps).await });
    }
    Ok(())
}

fn print(text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    std::io::stdout().write_all(text.as_bytes())
}

/// A certificate for the loopback address, and the one of who has issued it.
fn certified() -> Result<(String, rustls::ServerConfig), Failure> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "arrivals2");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate()?;
    let params = CertificateParams::new(["127.0.0.1".to_owned()])?;
    let certificate = params.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((ca, config))
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    number: usize,
    stamps: Stamps,
) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        second(stream, number, stamps).await
    } else {
        first(stream, number, &stamps).await
    }
}

/// The answer to a request that is complete now.
fn answer(method: &str, path: &str, number: usize, stamps: &Stamps) -> (u16, String) {
    let now = Instant::now();
    let mut stamps = stamps.lock().unwrap_or_else(PoisonError::into_inner);
    match (method, path) {
        ("POST", _) => stamps.push((number, now)),
        (_, "/reset") => stamps.clear(),
        (_, "/ready") => {}
        (_, "/stats") => return (200, stats(&stamps)),
        _ => return (401, ENVELOPE.to_owned()),
    }
    (200, "{}".to_owned())
}

fn stats(stamps: &[(usize, Instant)]) -> String {
    let connections: BTreeSet<_> = stamps.iter().map(|(number, _)| number).collect();
    let times = || stamps.iter().map(|(_, at)| *at);
    let spread = times().max().zip(times().min());
    let spread = spread.map_or(0, |(last, first)| last.duration_since(first).as_nanos());
    let (count, connections) = (stamps.len(), connections.len());
    format!(r#"{{"count":{count},"connections":{connections},"spread_ns":{spread}}}"#)
}

/// HTTP/2.
async fn second<T>(stream: T, number: usize, stamps: Stamps) -> Result<(), Failure>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (mut request, mut respond) = request?;
        let stamps = Arc::clone(&stamps);
        tokio::spawn(async move {
            while let Some(piece) = request.body_mut().data().await {
                let length = piece?.len();
                request.body_mut().flow_control().release_capacity(length)?;
            }
            let (method, path) = (request.method().as_str(), request.uri().path());
            let (status, body) = answer(method, path, number, &stamps);
            let head = http::Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(())?;
            let mut stream = respond.send_response(head, false)?;
            stream.send_data(Bytes::from(body), true)?;
            Ok::<_, Failure>(())
        });
    }
    Ok(())
}

/// HTTP/1.1, with connections that are kept.
async fn first<T>(stream: T, number: usize, stamps: &Stamps) -> Result<(), Failure>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8(head)?;
        let lower = head.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next());
        let mut body = vec![0; length.map_or(Ok(0), str::parse)?];
        stream.read_exact(&mut body).await?;
        let mut words = head.split(' ');
        let (method, path) = (words.next(), words.next());
        let path = path.unwrap_or_default();
        let (status, body) = answer(method.unwrap_or_default(), path, number, stamps);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.get_mut().write_all(answer.as_bytes()).await?;
        stream.get_mut().flush().await?;
    }
}
