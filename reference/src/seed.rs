//! What exists when the server starts: organizations, their keys, and the objects that cases refer to by name.
//!
//! The secrets are constants and plainly not real. Nothing here decides anything: `auth` reads the keys, `state` puts
//! the objects on their shelves.

/// A key of the organization `acme`.
pub const MEMBER: &str = "kat_live_member.reference-member-secret";
/// Another key of the organization `acme`.
pub const SECOND_MEMBER: &str = "kat_live_secondmember.reference-second-member-secret";
/// A key of another organization, `globex`.
pub const OTHER: &str = "kat_live_other.reference-other-secret";
/// A key of `hooli`, an organization of its own, so that using up its limits starves nobody else.
pub const BURST: &str = "kat_live_burst.reference-burst-secret";
/// A key of `initech`, which has no API access: 403.
pub const FORBIDDEN: &str = "kat_live_forbidden.reference-forbidden-secret";
/// A revoked key of `acme`: 401.
pub const REVOKED: &str = "kat_live_revoked.reference-revoked-secret";

/// A job of `acme` that has succeeded.
pub const ACME_JOB: &str = "job_acme_1";
/// A second job of `acme` that has succeeded.
pub const ACME_SECOND_JOB: &str = "job_acme_2";
/// A third job of `acme` that has succeeded.
pub const ACME_THIRD_JOB: &str = "job_acme_3";
/// A ready source asset of `acme`.
pub const ACME_ASSET: &str = "ast_acme";
/// The ingest that made [`ACME_ASSET`].
pub const ACME_INGEST: &str = "ing_acme";
/// What `acme`'s webhooks are signed with.
pub const ACME_WEBHOOK_SECRET: &str = "reference-acme-webhook-secret";

/// A job of `globex` that has succeeded.
pub const GLOBEX_JOB: &str = "job_globex_1";
/// A ready source asset of `globex`.
pub const GLOBEX_ASSET: &str = "ast_globex";
/// The ingest that made [`GLOBEX_ASSET`].
pub const GLOBEX_INGEST: &str = "ing_globex";
/// What `globex`'s webhooks are signed with.
pub const GLOBEX_WEBHOOK_SECRET: &str = "reference-globex-webhook-secret";

/// A job of `hooli` that has succeeded.
pub const HOOLI_JOB: &str = "job_hooli_1";
/// A ready source asset of `hooli`.
pub const HOOLI_ASSET: &str = "ast_hooli";
/// The ingest that made [`HOOLI_ASSET`].
pub const HOOLI_INGEST: &str = "ing_hooli";
/// What `hooli`'s webhooks are signed with.
pub const HOOLI_WEBHOOK_SECRET: &str = "reference-hooli-webhook-secret";

/// An organization and what it owns at the start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Organization {
    pub(super) name: &'static str,
    pub(super) api_access: bool,
    pub(super) webhook_secret: &'static str,
    /// The id of a ready source asset, without its prefix.
    pub(super) asset: Option<&'static str>,
    /// The ids of jobs that have succeeded.
    pub(super) jobs: &'static [&'static str],
}

/// A key: the whole bearer token, and whom it speaks for.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) token: &'static str,
    pub(super) organization: &'static Organization,
    pub(super) revoked: bool,
}

static ACME: Organization = Organization {
    name: "acme",
    api_access: true,
    webhook_secret: ACME_WEBHOOK_SECRET,
    asset: Some("acme"),
    jobs: &[ACME_JOB, ACME_SECOND_JOB, ACME_THIRD_JOB],
};
static GLOBEX: Organization = Organization {
    name: "globex",
    api_access: true,
    webhook_secret: GLOBEX_WEBHOOK_SECRET,
    asset: Some("globex"),
    jobs: &[GLOBEX_JOB],
};
static HOOLI: Organization = Organization {
    name: "hooli",
    api_access: true,
    webhook_secret: HOOLI_WEBHOOK_SECRET,
    asset: Some("hooli"),
    jobs: &[HOOLI_JOB],
};
static INITECH: Organization = Organization {
    name: "initech",
    api_access: false,
    webhook_secret: "reference-initech-webhook-secret",
    asset: None,
    jobs: &[],
};

pub(super) static ORGANIZATIONS: [&Organization; 4] = [&ACME, &GLOBEX, &HOOLI, &INITECH];

pub(super) static KEYS: [Key; 6] = [
    key(MEMBER, &ACME),
    key(SECOND_MEMBER, &ACME),
    key(OTHER, &GLOBEX),
    key(BURST, &HOOLI),
    key(FORBIDDEN, &INITECH),
    Key {
        token: REVOKED,
        organization: &ACME,
        revoked: true,
    },
];

const fn key(token: &'static str, organization: &'static Organization) -> Key {
    Key {
        token,
        organization,
        revoked: false,
    }
}
