//! What TLS trusts, shows and offers: one configuration for single requests and for races.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::connect::{Unusable, chain};
use super::words::is_own_authority;
use crate::targets::{Http, Target};

/// The protocols that are offered in the handshake (ALPN), the preferred one first.
pub(super) fn offered(http: Http) -> Vec<Vec<u8>> {
    let names: &[&str] = match http {
        Http::Offered => &["h2", "http/1.1"],
        Http::One => &["http/1.1"],
        Http::Two => &["h2"],
    };
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

/// The system's authorities and the target's are trusted, and the target's certificate is shown to who asks for one.
pub(super) fn config(target: &Target) -> Result<ClientConfig, Unusable> {
    let unusable = |error: Error| Unusable::Tls(chain(&error));
    let provider = Arc::new(default_provider());
    let trusted = match &target.ca {
        Some(pem) => authorities(pem)?,
        None => Vec::new(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = if target.profile.encrypts() {
        let verifier = SelfSigned {
            known: trusted.clone(),
            inner: Verifier::new_with_extra_roots(trusted, provider).map_err(unusable)?,
        };
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        // To read the system's certificates takes longer than all else.
        builder.with_root_certificates(RootCertStore::empty())
    };
    let Some(pem) = &target.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let (certificates, key) = identity(pem.expose().as_bytes())?;
    builder
        .with_client_auth_cert(certificates, key)
        .map_err(|error| Unusable::ClientCertificate(chain(&error)))
}

/// Trusts, as the system does, what an authority has signed, and a server's own certificate where `ca` has it. That one is mostly
/// made by `openssl req -x509`, as one of an authority, which is no server's by the rules.
#[derive(Debug)]
struct SelfSigned {
    known: Vec<CertificateDer<'static>>,
    inner: Verifier,
}

impl ServerCertVerifier for SelfSigned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // That it is valid now is known by then (webpki looks at it first), its name is not.
            Err(Error::InvalidCertificate(error))
                if is_own_authority(&error) && self.known.contains(end_entity) =>
            {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Unusable::Ca(chain(&error)))?;
    if certificates.is_empty() {
        return Err(Unusable::Ca("there is no certificate in it".to_owned()));
    }
    Ok(certificates)
}

type Certified = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(pem: &[u8]) -> Result<Certified, Unusable> {
    let unusable =
        |error: rustls::pki_types::pem::Error| Unusable::ClientCertificate(chain(&error));
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(unusable)?;
    if certificates.is_empty() {
        let missing = "there is no certificate in it";
        return Err(Unusable::ClientCertificate(missing.to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(unusable)?;
    Ok((certificates, key))
}
