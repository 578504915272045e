//! Who asks: the bearer token of a request, and the key and organization behind it.

use std::collections::HashMap;

use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::app::App;
use super::envelope::Failure;
use super::faults::Fault;
use super::query::parameter;
use super::route::Class;
use super::seed::{self, Organization};
use super::styles::Style;

/// What every token begins with.
const PREFIX: &str = "kat_live_";

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
            let (id, secret) = parts(key.token)?;
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
    pub(super) fn caller(
        &self,
        app: &App,
        head: &Parts,
        class: Option<Class>,
    ) -> Result<Caller, Failure> {
        let token = match token(app, head) {
            Ok(Some(token)) => token,
            Ok(None) => return self.anonymous(app, class),
            Err(failure) => return Err(failure),
        };
        let (id, secret) = split(app, &token).ok_or_else(|| malformed(app))?;
        let (id, secret) = (
            cased(app, Fault::IdCase, id),
            cased(app, Fault::SecretCase, secret),
        );
        let known = self.0.get(id.as_str());
        // An unknown id costs the same work as a known one, and the comparison is in constant time.
        let digest = known.map_or([0; 32], |known| known.digest);
        let genuine = mac(&id, &secret).is_some_and(|mac| mac.verify_slice(&digest).is_ok())
            || app.shows(Fault::AnySecret)
            || app.shows(Fault::AnySecretRead) && class == Some(Class::ReadGeneration);
        let spared = app.shows(Fault::Revoked)
            || app.shows(Fault::RevokedRead) && class == Some(Class::ReadUsage);
        let caller = known
            .filter(|known| genuine && (!known.revoked || spared))
            .map(|known| known.caller)
            .ok_or_else(|| unknown(app))?;
        let served = app.shows(Fault::Disabled)
            || app.shows(Fault::DisabledRead) && class == Some(Class::ReadUsage)
            || app.shows(Fault::DisabledWrite) && class == Some(Class::CreateAsset);
        if caller.organization.api_access || served {
            Ok(caller)
        } else {
            Err(Failure::Forbidden)
        }
    }

    /// Whose key a request names, whatever its secret.
    pub(super) fn named(&self, app: &App, head: &Parts) -> Option<Caller> {
        let token = token(app, head).ok()??;
        let (id, _) = split(app, &token)?;
        self.0.get(id).map(|known| known.caller)
    }

    /// Who asks without a token: nobody, unless a fault lets them in.
    fn anonymous(&self, app: &App, class: Option<Class>) -> Result<Caller, Failure> {
        let open = match class {
            Some(Class::ReadUsage) => app.shows(Fault::NoTokenUsage),
            Some(Class::ReadGeneration) => app.shows(Fault::NoTokenJob),
            Some(Class::ReadAsset) => app.shows(Fault::NoTokenAsset),
            _ => false,
        };
        let first = seed::KEYS.first().and_then(|key| parts(key.token));
        let member = first.and_then(|(id, _)| self.0.get(id));
        if let Some(member) = member.filter(|_| open) {
            return Ok(member.caller);
        }
        Err(if app.shows(Fault::NoToken403) {
            Failure::Forbidden
        } else if app.shows(Fault::NoToken500) {
            Failure::Internal
        } else {
            Failure::Unauthorized
        })
    }
}

/// The failure of a token that has not the form of one.
fn malformed(app: &App) -> Failure {
    if app.shows(Fault::Malformed400) {
        Failure::BadRequest("The token is malformed.")
    } else if app.shows(Fault::Malformed500) {
        Failure::Internal
    } else {
        Failure::Unauthorized
    }
}

/// The failure of a token of the right form that no key has, or a revoked one.
fn unknown(app: &App) -> Failure {
    if app.shows(Fault::Unknown404) {
        Failure::NotFound
    } else if app.shows(Fault::Unknown500) {
        Failure::Internal
    } else if app.has(Style::UnknownKey403) {
        Failure::Forbidden
    } else {
        Failure::Unauthorized
    }
}

/// The credentials of the one `Authorization` header, if its scheme is `Bearer` in any case (RFC 9110, 11.1). None where there are
/// no credentials at all.
fn token(app: &App, head: &Parts) -> Result<Option<String>, Failure> {
    let values: Vec<_> = head.headers.get_all(AUTHORIZATION).iter().collect();
    let value = match values.as_slice() {
        [] => return Ok(elsewhere(app, head)),
        [value] => value,
        _ if app.shows(Fault::TwoHeaders500) => return Err(Failure::Internal),
        _ if app.has(Style::TwoHeaders400) => {
            return Err(Failure::BadRequest("One Authorization header is allowed."));
        }
        several if app.has(Style::TwoHeadersAny) => {
            let valid =
                |value: &&&HeaderValue| value.to_str().is_ok_and(|text| text.contains(PREFIX));
            several.iter().find(valid).ok_or(Failure::Unauthorized)?
        }
        _ => return Err(Failure::Unauthorized),
    };
    let text = value.to_str().map_err(|_| malformed(app))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| malformed(app))?;
    let known = scheme.eq_ignore_ascii_case("bearer")
        && (scheme == "Bearer" || !app.shows(Fault::SchemeCase));
    if !known && !app.shows(Fault::AnyScheme) {
        return Err(malformed(app));
    }
    let token = token.trim_start_matches(' ');
    let token = if app.shows(Fault::TextAfter) {
        token.split(' ').next().unwrap_or_default()
    } else if app.shows(Fault::QuotedToken) {
        token.trim_matches('"')
    } else {
        token
    };
    Ok(Some(token.to_owned()))
}

/// A token that is not where it belongs: nobody looks there, unless a fault does.
fn elsewhere(app: &App, head: &Parts) -> Option<String> {
    if app.shows(Fault::QueryToken) {
        return parameter(head.uri.query(), "access_token").ok()?;
    }
    if app.shows(Fault::CookieToken) {
        let cookie = head.headers.get(COOKIE)?.to_str().ok()?;
        return cookie.strip_prefix("access_token=").map(str::to_owned);
    }
    None
}

fn cased(app: &App, fault: Fault, text: &str) -> String {
    if app.shows(fault) {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

/// The public id and the secret of a token, as far as a fault does not take more for one.
fn split<'a>(app: &App, token: &'a str) -> Option<(&'a str, &'a str)> {
    if app.shows(Fault::AnyPrefix) && !token.starts_with(PREFIX) {
        return token.rsplit('_').next()?.split_once('.');
    }
    let begins = token.get(..PREFIX.len())?;
    let (id, secret) = if app.has(Style::PrefixCase) && begins.eq_ignore_ascii_case(PREFIX) {
        parts_after_prefix(token.get(PREFIX.len()..)?)?
    } else {
        parts(token)?
    };
    if app.shows(Fault::FurtherSegment) {
        return Some((id, secret.split('.').next().unwrap_or_default()));
    }
    Some((id, secret))
}

/// The public id and the secret of a token.
fn parts(token: &str) -> Option<(&str, &str)> {
    parts_after_prefix(token.strip_prefix(PREFIX)?)
}

fn parts_after_prefix(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.split_once('.')?;
    (!id.is_empty() && !secret.is_empty()).then_some((id, secret))
}

fn mac(id: &str, secret: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(id.as_bytes()).ok()?;
    mac.update(secret.as_bytes());
    Some(mac)
}
