//! The usual reasons why a target is not reached, in words, and what mends each.

/// Nothing listens there.
pub const REFUSED: &str = "connection refused";
/// Its name has no address.
pub const NO_NAME: &str = "the host name does not resolve";
/// The target neither accepted nor refused the connection in time.
pub const SLOW: &str = "connecting took too long";
/// Nobody that is trusted has signed its certificate.
pub const NO_AUTHORITY: &str = "the certificate is signed by an unknown authority (UnknownIssuer)";
/// Its certificate is its own authority.
pub const SELF_SIGNED: &str = "the certificate is self-signed, and not trusted";
/// https to a port of http.
pub const NO_TLS: &str = "the server does not speak TLS on this port";
/// http to a port of https, or of something else.
pub const NO_HTTP: &str = "what came is not HTTP";

/// How the text of a `Broken::Connect` begins.
const CONNECT: &str = "no connection: ";
/// What rustls says of a certificate for other names.
const OTHER_NAME: &str = "certificate not valid for name";

const HELP: [(&str, &str); 7] = [
    (
        REFUSED,
        "nothing listens at this address and port: start the server, or correct `base_url` (or `proxy`)",
    ),
    (
        NO_NAME,
        "correct the host in `base_url`, or name a `proxy` that knows it",
    ),
    (
        SLOW,
        "check the address and the port in `base_url`, and whether a firewall or a `proxy` stands between",
    ),
    (
        NO_AUTHORITY,
        "add `ca = \"FILE.pem\"` to the target, with the certificate of the authority that signed the server's",
    ),
    (
        SELF_SIGNED,
        "add `ca = \"FILE.pem\"` to the target, with the server's own certificate",
    ),
    (
        OTHER_NAME,
        "name the host in `base_url` as the certificate does, or make one for it (openssl req -x509 -addext subjectAltName=DNS:HOST)",
    ),
    (
        NO_TLS,
        "if the port speaks plain http, write http:// in `base_url`",
    ),
];

/// Whether a reason is that the target was not reached: it says nothing of a single trial.
pub fn is_unreached(reason: &str) -> bool {
    reason.starts_with(CONNECT) || reason.ends_with(NO_HTTP)
}

/// What mends it.
pub fn help(reason: &str) -> Option<&'static str> {
    let mut known = HELP.iter();
    let (_, help) = known.find(|(words, _)| is_unreached(reason) && reason.contains(words))?;
    Some(help)
}
