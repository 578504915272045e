//! The embedded reference server as a target: started, and its profile.
//!
//! What the server does is `reference`'s, who runs trials against it is left to others.

use std::time::Duration;

use url::Url;

use crate::input::diagnostic::{Diagnostic, one};
use crate::secrets::Secret;
use crate::targets::{CredentialSource, HeaderSource, Http, Profile, SecretSource};
use gonogo_reference::{self as reference, Limits, Options, Server, Style, access};

/// Windows short enough that waiting for them is no wait, in place of the published minute.
const WINDOW: Duration = Duration::from_secs(1);

/// Short windows and forced errors, otherwise the defaults.
pub fn options() -> Options {
    Options {
        limits: Limits {
            window: WINDOW,
            ..Limits::default()
        },
        forced_errors: true,
        ..Options::default()
    }
}

/// The same for a run of which many take place at once: limits that are reached with a handful of requests, in windows that are over
/// soon. Only the organization whose limits the cases use up is held to them, so that no other trial waits; jobs are done at once.
pub fn hurried() -> Options {
    const FEW: u32 = 6;
    let burst = access::CALLERS.iter().find(|caller| caller.name == "burst");
    let options = options();
    Options {
        limits: Limits {
            window: WINDOW / 2,
            writes: FEW,
            generation_reads: FEW,
            usage_reads: FEW,
            billing_reads: FEW,
            only: burst.map(|caller| caller.organization),
            ..options.limits
        },
        job_time: Duration::ZERO,
        // Whole seconds would make every wait one of a second.
        styles: vec![Style::FloatWindows],
        ..options
    }
}

/// Starts a server.
pub async fn start(options: Options) -> Result<(Server, Profile), Vec<Diagnostic>> {
    let limits = options.limits.clone();
    let frames = options.styles.contains(&Style::SmallFrames);
    let server = reference::start(options)
        .await
        .map_err(|error| failed(&error.to_string()))?;
    let base_url = Url::parse(&server.base_url()).map_err(|error| failed(&error.to_string()))?;
    let mut profile = profile(base_url, &limits);
    if frames {
        profile.http = Http::Two;
    }
    Ok((server, profile))
}

fn failed(error: &str) -> Vec<Diagnostic> {
    one(
        "reference",
        format!("cannot start the reference server: {error}"),
        "expected a free port on 127.0.0.1",
    )
}

/// The profile of a reference server with these limits.
pub fn profile(base_url: Url, limits: &Limits) -> Profile {
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
    let declared = [
        ("window", limits.window.as_secs_f64()),
        ("writes", limits.writes.into()),
        ("generation_reads", limits.generation_reads.into()),
        ("usage", limits.usage_reads.into()),
        ("billing", limits.billing_reads.into()),
        ("jobs_in_flight", limits.in_flight.into()),
    ];
    Profile {
        credentials: credentials.collect(),
        declared: declared
            .into_iter()
            .map(|(name, limit)| (name.to_owned(), (limit, None)))
            .collect(),
        fixtures: fixtures
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
        ..Profile::at("reference", base_url)
    }
}
