//! The embedded reference server as a target: started, and its profile.

use std::time::Duration;

use url::Url;

use super::load::one;
use crate::diagnostic::Diagnostic;
use crate::reference::{self, Limits, Options, Server, access};
use crate::target::{CredentialSource, HeaderSource, Profile, Secret, SecretSource};

/// Windows short enough that waiting for them is no wait, in place of the published minute.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// Starts the server, with short windows and forced errors.
pub(super) async fn start() -> Result<(Server, Profile), Vec<Diagnostic>> {
    let options = Options {
        limits: Limits {
            window: WINDOW,
            ..Limits::default()
        },
        forced_errors: true,
        ..Options::default()
    };
    let failed = |error: String| {
        one(
            "reference",
            format!("cannot start the reference server: {error}"),
            "expected a free port on 127.0.0.1",
        )
    };
    let server = reference::start(options)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let base_url = Url::parse(&server.base_url()).map_err(|error| failed(error.to_string()))?;
    let profile = profile(base_url, WINDOW);
    Ok((server, profile))
}

/// The profile of a reference server with this window of its limits.
pub(super) fn profile(base_url: Url, window: Duration) -> Profile {
    let credentials = access::CALLERS.iter().map(|caller| {
        let headers = caller.headers.iter();
        let source = CredentialSource {
            bearer: Some(SecretSource::Known(Secret::new(caller.token))),
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), HeaderSource::Plain((*value).to_owned())))
                .collect(),
            organization: Some(caller.organization.to_owned()),
        };
        (caller.name.to_owned(), source)
    });
    let fixtures = access::FIXTURES.iter();
    Profile {
        credentials: credentials.collect(),
        declared: [("window".to_owned(), (window.as_secs_f64(), None))].into(),
        fixtures: fixtures
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
        ..Profile::at("reference", base_url)
    }
}
