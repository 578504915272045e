//! Connections that the client opened, did not need at once and used later. A server may close them in between, as it may close a
//! connection after a response.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::program::gonogo;
use crate::tls::server_config;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}";

/// How the server ends a connection.
#[derive(Debug, Clone, Copy)]
enum End {
    Close,
    Reset,
}

/// How many requests met a connection that was about to be closed.
type Met = Arc<Mutex<usize>>;

/// Opens every second connection late, so that the client has no need of it any more. Requests on connections that have been without a
/// request for 50 ms are not answered, and neither are those for `/never`.
fn serve(config: rustls::ServerConfig, end: End) -> (SocketAddr, Met) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let met = Met::default();
    let shared = (Arc::new(config), Arc::clone(&met));
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let (config, met) = shared.clone();
            thread::spawn(move || {
                if number % 2 == 1 {
                    thread::sleep(Duration::from_millis(200));
                }
                // The client hangs up at the end of the run.
                let _ = connection(stream, config, end, &met);
            });
        }
    });
    (address, met)
}

fn connection(
    mut stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    end: End,
    met: &Met,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut tls = rustls::ServerConnection::new(config).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    let opened = Instant::now();
    let mut first = true;
    loop {
        let mut part = [0; 4096];
        let mut head = String::new();
        while !head.contains("\r\n\r\n") {
            let read = rustls::Stream::new(&mut tls, &mut stream).read(&mut part)?;
            if read == 0 {
                return Ok(());
            }
            head.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        let idle = first && opened.elapsed() >= Duration::from_millis(50);
        *met.lock().unwrap() += usize::from(idle);
        if idle || head.contains("/never") {
            if matches!(end, End::Close) {
                tls.send_close_notify();
                tls.complete_io(&mut stream)?;
            } else {
                // Unread bytes make the system answer with a reset.
                thread::sleep(Duration::from_millis(50));
            }
            return Ok(());
        }
        first = false;
        thread::sleep(Duration::from_millis(20));
        rustls::Stream::new(&mut tls, &mut stream).write_all(ANSWER)?;
    }
}

#[test]
fn the_closing_of_a_connection_that_was_never_used_is_no_fault() {
    let burst = |wait: &str, path: &str, request: &str| {
        format!(
            "{{ request = \"{request}\", send.path = \"{path}\", {wait}burst = {{ requests = 2, at_once = 2 }}, expect.each = \"success\" }}"
        )
    };
    for (name, request, path, end, violates) in [
        ("a read", "read", "/", End::Close, false),
        ("a write", "write", "/", End::Close, false),
        ("a read, reset", "large", "/", End::Reset, false),
        ("never answered", "read", "/never", End::Close, true),
        ("writes never answered", "write", "/never", End::Close, true),
    ] {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let (address, met) = serve(server_config(certificate.der().clone(), key), end);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", &certificate.pem());
        write(
            "gonogo.toml",
            &format!(
                "[target.x]\nbase_url = \"https://localhost:{}\"\nca = \"ca.pem\"\n",
                address.port()
            ),
        );
        write(
            "c.toml",
            &format!(
                "[request.read]\nmethod = \"GET\"\npath = \"/\"\n\
                 [request.write]\nmethod = \"POST\"\npath = \"/\"\n\
                 [request.large]\nmethod = \"PUT\"\npath = \"/\"\njson.pad = \"{{{{ repeat('x', 16000) }}}}\"\n\
                 [[case]]\nname = \"c\"\nclause = \"accepted\"\nstep = [\n{},\n{},\n]\n",
                burst("", "/", "read"),
                burst("wait = 0.5, ", path, request)
            ),
        );
        let arguments = ["--target", "x", "--cases", "c.toml"];
        let run = gonogo(folder.path(), &arguments, &[]);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(*met.lock().unwrap() > 0, "{name}: {all}");
        let outcome = &run.outcomes()["c::c"];
        if violates {
            let says = "violates[answer]: connection: expected a complete HTTP response";
            assert!(outcome.contains(says), "{name}: {all}");
        } else {
            assert_eq!(outcome, "ok", "{name}: {all}");
            let told = "1 request was repeated because a kept connection closed";
            assert!(all.contains(told), "{name}: {all}");
        }
    }
}
