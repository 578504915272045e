//! Certificates that are not to be trusted: the run is inconclusive and says what is wrong with them; nothing is sent.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::program::gonogo;

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
            Some("UnknownIssuer"),
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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let port = serve(config).port();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", &authority.pem());
        write("c.toml", CASES);
        write(
            "gonogo.toml",
            &format!("[target.x]\nbase_url = \"https://localhost:{port}\"\nca = \"ca.pem\"\n"),
        );
        let run = gonogo(folder.path(), &["--target", "x", "--cases", "c.toml"], &[]);
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
