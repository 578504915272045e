//! What TLS trusts, shows and offers: one configuration for single requests and for races.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::connect::{Unusable, chain};
use crate::target::{Http, Target};

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
    let unusable = |error: rustls::Error| Unusable::Tls(chain(&error));
    let provider = Arc::new(default_provider());
    let trusted = match &target.ca {
        Some(pem) => authorities(pem)?,
        None => Vec::new(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = if target.profile.encrypts() {
        let verifier = Verifier::new_with_extra_roots(trusted, provider).map_err(unusable)?;
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
