//! Why no connection was made, in the user's words: what a library says of it names neither the cause nor a remedy.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::CertificateError;

use super::connect::chain;
use crate::exchange::unreached;

/// The reason in words; where there are none, all that the error says.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(one) = next {
        if let Some(words) = known(one) {
            return words;
        }
        next = one.source();
    }
    chain(error)
}

fn known(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error).map_or_else(|| error.to_string(), str::to_owned));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // What it wraps is not among its sources.
        let inner = error.get_ref().and_then(|inner| known(inner));
        return inner.or_else(|| of_kind(error.kind()).map(str::to_owned));
    }
    // The type of this error is private to the library.
    (error.to_string() == "dns error").then(|| unreached::NO_NAME.to_owned())
}

fn of_kind(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::ConnectionRefused => Some(unreached::REFUSED),
        ErrorKind::TimedOut => Some(unreached::SLOW),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Option<&'static str> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some(unreached::NO_AUTHORITY)
        }
        rustls::Error::InvalidCertificate(error) if is_own_authority(error) => {
            Some(unreached::SELF_SIGNED)
        }
        // The first bytes of the answer are no record of TLS.
        rustls::Error::InvalidMessage(_) => Some(unreached::NO_TLS),
        _ => None,
    }
}

/// Whether a certificate is one of an authority, and is used as a server's. What webpki says of it has no name in rustls.
pub(super) fn is_own_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity"))
}
