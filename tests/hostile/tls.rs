//! Certificates that are not to be trusted: the run is inconclusive and says what is wrong with them; nothing is sent.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::program::{Run, gonogo};

const CASES: &str = "[request.read]\nmethod = \"GET\"\npath = \"/\"\n\
    [[case]]\nname = \"c\"\nclause = \"accepted\"\nrequest = \"read\"\nexpect = \"success\"\n";

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n";

/// Answers each connection once, with this certificate; what was sent is of no matter.
fn serve(config: rustls::ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut tls, &mut stream);
            // A client that does not like the certificate hangs up.
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(ANSWER);
            }
        }
    });
    address
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

#[test]
fn a_certificate_that_is_not_to_be_trusted_is_said() {
    let authority = authority("ours");
    let stranger = self::authority("another");
    for (what, host, last_year, issuer, says) in [
        ("trusted", "localhost", 4000, Some(&authority), None),
        (
            "expired",
            "localhost",
            2001,
            Some(&authority),
            Some("certificate expired"),
        ),
        (
            "wrong host",
            "example.com",
            4000,
            Some(&authority),
            Some("certificate not valid for name \"localhost\""),
        ),
        (
            "unknown issuer",
            "localhost",
            4000,
            Some(&stranger),
            Some(
                "help: add `ca = \"FILE.pem\"` to the target, with the certificate of the authority",
            ),
        ),
        (
            "self-signed",
            "localhost",
            4000,
            None,
            Some("UnknownIssuer"),
        ),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let certificate = match issuer {
            Some(issuer) => params.signed_by(&key, issuer).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let port = serve(server_config(certificate.der().clone(), key)).port();
        let run = run_against(
            &format!("https://localhost:{port}"),
            "ca = \"ca.pem\"\n",
            &authority.pem(),
        );
        let expected = if says.is_some() { 3 } else { 0 };
        assert_eq!(
            run.status,
            Some(expected),
            "{what}: {}{}",
            run.stdout,
            run.stderr
        );
        let says = says.unwrap_or("... ok");
        assert!(run.stdout.contains(says), "{what}: {}", run.stdout);
    }
}

/// As `openssl req -x509` makes it: an authority's certificate, used as the server's own.
#[test]
fn a_certificate_that_is_its_own_authority_is_trusted_as_ca_only() {
    for (what, hosts, last_year, trusted, says) in [
        ("as ca", "localhost", 4000, true, "... ok"),
        (
            "not as ca",
            "localhost",
            4000,
            false,
            "help: add `ca = \"FILE.pem\"` to the target, with the server's own certificate",
        ),
        (
            "expired",
            "localhost",
            2001,
            true,
            "inconclusive: no connection: invalid peer certificate: certificate expired",
        ),
        (
            "wrong host",
            "example.com",
            4000,
            true,
            "help: name the host in `base_url` as the certificate does",
        ),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([hosts.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let port = serve(server_config(certificate.der().clone(), key)).port();
        let ca = if trusted { "ca = \"ca.pem\"\n" } else { "" };
        let run = run_against(&format!("https://localhost:{port}"), ca, &certificate.pem());
        let expected = if says == "... ok" { 0 } else { 3 };
        assert_eq!(run.status, Some(expected), "{what}: {}", run.stdout);
        assert_eq!(
            run.stdout.matches(says).count(),
            1,
            "{what}: {}",
            run.stdout
        );
    }
}

#[test]
fn a_wrong_scheme_is_said() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]);
    let certificate = certificate.unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let secure = serve(server_config(certificate.der().clone(), key)).port();
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    // nginx, Go and Apache answer in plain HTTP.
    let polite = TcpListener::bind("127.0.0.1:0").unwrap();
    let polite_port = polite.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in polite.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let text = "Client sent an HTTP request to an HTTPS server.\n";
            let length = text.len();
            let _ = write!(
                stream,
                "HTTP/1.0 400 Bad Request\r\nContent-Length: {length}\r\n\r\n{text}"
            );
        }
    });
    for (what, says) in [
        (
            format!("https://localhost:{port}"),
            "help: if the port speaks plain http, write http:// in `base_url`\n",
        ),
        (
            format!("http://localhost:{secure}"),
            "help: if the port speaks https, write https:// in `base_url`\n",
        ),
        (
            format!("http://localhost:{polite_port}"),
            "help: if the port speaks https, write https:// in `base_url`\n",
        ),
    ] {
        let run = run_against(&what, "", "");
        assert!(run.stdout.contains(says), "{what}: {}", run.stdout);
    }
}

pub(crate) fn server_config(
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// One trial against this address; `ca` is the line of the target that names `ca.pem`.
fn run_against(url: &str, ca: &str, pem: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("ca.pem", pem);
    write("c.toml", CASES);
    write(
        "gonogo.toml",
        &format!("[target.x]\nbase_url = \"{url}\"\n{ca}"),
    );
    gonogo(folder.path(), &["--target", "x", "--cases", "c.toml"], &[])
}
