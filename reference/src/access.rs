//! What a target's profile says of this server: who may call it, and what exists on it.

use super::seed;

/// Somebody who calls the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// What cases call the credential.
    pub name: &'static str,
    /// The bearer token.
    pub token: &'static str,
    /// Whose it is.
    pub organization: &'static str,
    /// Header fields sent with it.
    pub headers: &'static [(&'static str, &'static str)],
}

/// The credentials that cases name.
pub const CALLERS: [Caller; 6] = [
    caller("member", seed::MEMBER, "acme"),
    caller("other", seed::OTHER, "globex"),
    caller("burst", seed::BURST, "hooli"),
    caller("forbidden", seed::FORBIDDEN, "initech"),
    caller("revoked", seed::REVOKED, "acme"),
    Caller {
        headers: &[("x-force-error", "internal_error")],
        ..caller("failing", seed::SECOND_MEMBER, "acme")
    },
];

/// The fixtures that cases name.
pub const FIXTURES: [(&str, &str); 8] = [
    ("source_asset_id", seed::ACME_ASSET),
    ("ingest_id", seed::ACME_INGEST),
    ("job_id", seed::ACME_JOB),
    ("other_source_asset_id", seed::GLOBEX_ASSET),
    ("other_job_id", seed::GLOBEX_JOB),
    ("burst_source_asset_id", seed::HOOLI_ASSET),
    ("source_url", "https://images.example.com/room.jpg"),
    ("style_preset", "modern"),
];

const fn caller(name: &'static str, token: &'static str, organization: &'static str) -> Caller {
    Caller {
        name,
        token,
        organization,
        headers: &[],
    }
}
