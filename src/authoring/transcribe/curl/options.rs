//! The options of curl (8.10): those that change the request, and those that concern only the connection or the output.

use crate::input::diagnostic::did_you_mean;

/// What an option changes about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that a case can express.
    Nothing,
    Address,
    Ascii,
    Bearer,
    Binary,
    Cookie,
    Form,
    FormString,
    Get,
    Globoff,
    Head,
    Header,
    Json,
    Method,
    Query,
    Range,
    Raw,
    Referer,
    UrlEncoded,
    User,
    UserAgent,
}

/// Options that change the request, their short names (a blank for options without one), and whether a value follows.
const CHANGING: [(&str, char, bool, Effect); 22] = [
    ("request", 'X', true, Effect::Method),
    ("url", ' ', true, Effect::Address),
    ("header", 'H', true, Effect::Header),
    ("user-agent", 'A', true, Effect::UserAgent),
    ("referer", 'e', true, Effect::Referer),
    ("cookie", 'b', true, Effect::Cookie),
    ("data", 'd', true, Effect::Ascii),
    ("data-ascii", ' ', true, Effect::Ascii),
    ("data-binary", ' ', true, Effect::Binary),
    ("data-raw", ' ', true, Effect::Raw),
    ("data-urlencode", ' ', true, Effect::UrlEncoded),
    ("json", ' ', true, Effect::Json),
    ("url-query", ' ', true, Effect::Query),
    ("form", 'F', true, Effect::Form),
    ("form-string", ' ', true, Effect::FormString),
    ("get", 'G', false, Effect::Get),
    ("head", 'I', false, Effect::Head),
    ("globoff", 'g', false, Effect::Globoff),
    ("user", 'u', true, Effect::User),
    ("basic", ' ', false, Effect::Nothing), // What `--user` means anyway.
    ("oauth2-bearer", ' ', true, Effect::Bearer),
    ("range", 'r', true, Effect::Range),
];

/// Options without a value that concern only the connection or the output.
const FLAGS: &str = "
    ca-native cert-status compressed create-dirs -q/disable doh-cert-status doh-insecure -f/fail fail-early fail-with-body
    false-start http0.9 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length -i/include -k/insecure
    -4/ipv4 -6/ipv6 -j/junk-session-cookies -L/location location-trusted mptcp no-alpn -N/no-buffer no-clobber no-compressed
    no-fail no-include no-insecure no-keepalive no-location no-npn no-progress-meter no-sessionid no-show-error no-silent
    no-verbose -Z/parallel parallel-immediate post301 post302 post303 -#/progress-bar proxy-anyauth proxy-basic proxy-ca-native proxy-digest
    proxy-insecure proxy-negotiate proxy-ntlm -p/proxytunnel raw -J/remote-header-name -O/remote-name remote-name-all
    -R/remote-time remove-on-error retry-all-errors retry-connrefused -S/show-error show-headers -s/silent skip-existing ssl
    ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort -2/sslv2 -3/sslv3 styled-output
    suppress-connect-headers tcp-fastopen tcp-nodelay -1/tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 trace-ids trace-time
    -v/verbose xattr";

/// Options with a value that concern only the connection or the output.
const VALUES: &str = "
    abstract-unix-socket alt-svc cacert capath -E/cert cert-type ciphers connect-timeout connect-to -c/cookie-jar
    create-file-mode crlfile curves dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url -D/dump-header ech engine
    etag-save expect100-timeout happy-eyeballs-timeout-ms hsts interface keepalive-cnt keepalive-time key key-type libcurl
    limit-rate local-port max-filesize max-redirs -m/max-time noproxy -o/output output-dir parallel-max pass pinnedpubkey
    preproxy proto proto-redir -x/proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile
    proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers
    proxy-tlsauthtype proxy-tlspassword proxy-tlsuser -U/proxy-user proxy1.0 rate resolve retry retry-delay retry-max-time
    socks4 socks4a socks5 socks5-hostname -Y/speed-limit -y/speed-time stderr tls-max tls13-ciphers tlsauthtype tlspassword
    tlsuser trace trace-ascii trace-config unix-socket -w/write-out";

/// Other options of curl: those of HTTP that a case cannot express, and those of other protocols.
const OTHERS: &str = "
    anyauth append aws-sigv4 config continue-at crlf delegation digest disallow-username-in-url egd-file etag-compare
    form-escape haproxy-clientip haproxy-protocol help http1.0 ip-tos krb list-only login-options mail-auth mail-from manual
    metalink negotiate netrc netrc-file netrc-optional next ntlm ntlm-wb path-as-is proto-default quote random-file
    request-target sasl-authzid service-name sslv2 telnet-option time-cond tr-encoding upload-file use-ascii variable version
    vlan-priority";

/// What the user should do about an option that is not supported.
const HINTS: [(&str, &str); 6] = [
    (
        "-T --upload-file",
        "write its body after --data-binary, with -X PUT",
    ),
    ("-: --next", "record one request at a time"),
    (
        "-K --config",
        "write the options of that file into the command",
    ),
    (
        "-n --netrc --netrc-file --netrc-optional",
        "write -u in its place",
    ),
    ("--variable", "write the value in its place"),
    ("--request-target", "write the path into the address"),
];

/// An option as it is written, with its value.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) effect: Effect,
    pub(super) value: String,
}

/// The options of one word, such as `--head`, `-XPOST` or `-sSXPOST`; `next` yields the word behind it.
pub(super) fn options(
    word: &str,
    mut next: impl FnMut() -> Option<String>,
) -> Result<Vec<Choice>, String> {
    if let Some(long) = word.strip_prefix("--") {
        let (effect, takes) = find(|name, _| name == long).ok_or_else(|| unsupported(word))?;
        let value = if takes { next() } else { Some(String::new()) };
        return Ok(vec![Choice {
            name: word.to_owned(),
            effect,
            value: value.ok_or_else(|| format!("the option `{word}` has no value"))?,
        }]);
    }
    let mut choices = Vec::new();
    let mut letters = word.chars().skip(1);
    while let Some(letter) = letters.next() {
        let name = format!("-{letter}");
        let (effect, takes) = find(|_, short| short == letter).ok_or_else(|| unsupported(&name))?;
        let mut value = String::new();
        if takes {
            value = letters.by_ref().collect();
            if value.is_empty() {
                value = next().ok_or_else(|| format!("the option `{name}` has no value"))?;
            }
        }
        choices.push(Choice {
            name,
            effect,
            value,
        });
    }
    Ok(choices)
}

/// The options that are understood: long name, short name, effect, and whether a value follows.
fn all() -> impl Iterator<Item = (&'static str, char, Effect, bool)> {
    let split =
        |word: &'static str| match word.strip_prefix('-').and_then(|word| word.split_once('/')) {
            Some((short, long)) => (long, short.chars().next().unwrap_or(' ')),
            None => (word, ' '),
        };
    let named = move |list: &'static str, takes: bool| {
        let words = list.split_whitespace().map(split);
        words.map(move |(long, short)| (long, short, Effect::Nothing, takes))
    };
    let changing = CHANGING.into_iter();
    changing
        .map(|(long, short, takes, effect)| (long, short, effect, takes))
        .chain(named(FLAGS, false))
        .chain(named(VALUES, true))
}

fn find(is: impl Fn(&str, char) -> bool) -> Option<(Effect, bool)> {
    let mut all = all();
    let found = all.find(|(long, short, ..)| is(long, *short));
    found.map(|(_, _, effect, takes)| (effect, takes))
}

fn unsupported(option: &str) -> String {
    // Behind an `=` there may be a secret.
    let (name, value) = match option.split_once('=') {
        Some((name, _)) => (name, true),
        None => (option, false),
    };
    if value && find(|long, _| name.strip_prefix("--") == Some(long)).is_some() {
        return format!(
            "curl does not accept `{name}=…`: write `{name}` and its value as two words"
        );
    }
    let is = |names: &str| names.split(' ').any(|known| known == name);
    let hint = HINTS.iter().find(|(names, _)| is(names));
    let hint = hint.map(|(_, hint)| (*hint).to_owned()).or_else(|| {
        let long = name.strip_prefix("--")?;
        if OTHERS.split_whitespace().any(|known| known == long) {
            return None;
        }
        let near = did_you_mean(long, all().map(|(known, ..)| known))?;
        Some(format!("did you mean `--{near}`?"))
    });
    let hint = hint.unwrap_or_else(|| "remove it if the request is the same without it".to_owned());
    format!("the option `{name}` is not supported: {hint}")
}
