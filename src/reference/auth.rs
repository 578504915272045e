//! Who asks: the bearer token of a request, and the key and organization behind it.

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::envelope::Failure;
use super::seed::{self, Organization};

/// The key that a request was made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    /// The public id of the key.
    pub(super) key: &'static str,
    pub(super) organization: &'static Organization,
}

/// What is known of a key. Its secret is kept only as a digest.
struct Known {
    caller: Caller,
    digest: [u8; 32],
    revoked: bool,
}

/// All keys, by their public id.
pub(super) struct Keys(HashMap<&'static str, Known>);

impl Keys {
    pub(super) fn seeded() -> Self {
        let known = seed::KEYS.iter().filter_map(|key| {
            let (id, secret) = split(key.token)?;
            let known = Known {
                caller: Caller {
                    key: id,
                    organization: key.organization,
                },
                digest: mac(id, secret)?.finalize().into_bytes().into(),
                revoked: key.revoked,
            };
            Some((id, known))
        });
        Self(known.collect())
    }

    /// The caller of a request. A missing, malformed, unknown or revoked token is one and the same failure.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let (id, secret) = bearer(headers)
            .and_then(split)
            .ok_or(Failure::Unauthorized)?;
        let known = self.0.get(id);
        // An unknown id costs the same work as a known one, and the comparison is in constant time.
        let digest = known.map_or([0; 32], |known| known.digest);
        let genuine = mac(id, secret).is_some_and(|mac| mac.verify_slice(&digest).is_ok());
        let caller = known
            .filter(|known| genuine && !known.revoked)
            .map(|known| known.caller)
            .ok_or(Failure::Unauthorized)?;
        if caller.organization.api_access {
            Ok(caller)
        } else {
            Err(Failure::Forbidden)
        }
    }
}

/// The credentials of the one `Authorization` header, if its scheme is `Bearer` in any case (RFC 9110, 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start_matches(' '))
}

/// The public id and the secret of a token.
fn split(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.strip_prefix("kat_live_")?.split_once('.')?;
    (!id.is_empty() && !secret.is_empty()).then_some((id, secret))
}

fn mac(id: &str, secret: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(id.as_bytes()).ok()?;
    mac.update(secret.as_bytes());
    Some(mac)
}
