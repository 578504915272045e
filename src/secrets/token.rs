//! The parts of a token, and the credentials in the value of a header. Ordinary words do not count, so that redacting them does not
//! destroy other texts.

/// The header fields that hold credentials for any target, in lower case.
pub const CREDENTIAL_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// The placeholder for a credential that a case writes by hand.
pub(super) const BY_HAND: &str = "<written in the case>";
/// The shortest part of a token that is a secret by itself, in bytes.
const SHORTEST_PART: usize = 8;
/// A text of letters alone is a word up to this length, and one of digits alone a number, in bytes.
const LONGEST_WORD: usize = 19;
const LONGEST_NUMBER: usize = 11;
/// A text with fewer different characters is filler, such as `xxxxxxxx`.
const LEAST_VARIED: usize = 4;
/// Separate the parts of a token.
const STRONG: &[char] = &['.', ':', ';', ',', '~', '|', '=', ' ', '"'];
/// Separate parts, too, but may also stand inside of one: they are digits of base64url.
const WEAK: &[char] = &['_', '-'];
/// The authentication schemes (RFC 9110, 16.4.1, and those in wide use), in lower case.
const SCHEMES: [&str; 20] = [
    "apikey",
    "api-key",
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hmac",
    "hoba",
    "key",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "privatetoken",
    "signature",
    "token",
    "vapid",
];
/// The parameters of schemes that hold no secret (RFC 7616, RFC 9421 and AWS's), in lower case.
const PUBLIC: [&str; 11] = [
    "algorithm",
    "credential",
    "domain",
    "headers",
    "keyid",
    "nc",
    "qop",
    "realm",
    "signedheaders",
    "uri",
    "version",
];

/// The parts of a token that are secrets by themselves. Parts of ordinary words, such as `kat_live`, are not, unless they come last.
pub(super) fn parts(token: &str) -> Vec<&str> {
    let is_of_words = |part: &str| part.split(WEAK).all(is_word);
    let mut parts: Vec<&str> = token
        .split(STRONG)
        .filter(|part| !is_of_words(part))
        .collect();
    let within = parts.clone();
    parts.extend(within.into_iter().flat_map(|part| part.split(WEAK)));
    parts.extend(last_part(token));
    parts.retain(|part| part.len() < token.len() && is_telling(part));
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The most secret part of a token, which is the last one: `SECRET` of `kat_live_ID.SECRET`, and of `sk_live_SECRET`.
pub fn last_part(token: &str) -> Option<&str> {
    let mut strong = token.split(STRONG).filter(|part| !part.is_empty());
    let last = strong.next_back()?;
    let last = if strong.next().is_some() {
        last
    } else {
        token.rsplit(WEAK).find(|part| !part.is_empty())?
    };
    Some(last).filter(|part| part.len() < token.len() && is_telling(part))
}

/// Whether a text is long enough, and too peculiar to stand in other texts by chance.
pub fn is_telling(text: &str) -> bool {
    text.len() >= SHORTEST_PART && !is_word(text)
}

/// Whether a text is an ordinary word, a number, or filler.
fn is_word(text: &str) -> bool {
    let all = |is: fn(&u8) -> bool| text.bytes().all(|byte| is(&byte));
    let rest = text.get(1..).unwrap_or_default();
    let one_case = all(u8::is_ascii_lowercase)
        || all(u8::is_ascii_uppercase)
        || all(u8::is_ascii_alphabetic) && rest.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut bytes = text.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    one_case && text.len() <= LONGEST_WORD
        || all(u8::is_ascii_digit) && text.len() <= LONGEST_NUMBER
        || bytes.len() < LEAST_VARIED
}

/// Hides the credentials in the value of a header, except those for which `keep` returns true.
pub fn hide_credentials(value: &str, keep: impl Fn(&std::ops::Range<usize>) -> bool) -> String {
    let mut shown = String::new();
    let mut done = 0;
    for range in credentials(value) {
        if !keep(&range) {
            shown.push_str(&value[done..range.start]);
            shown.push_str(BY_HAND);
            done = range.end;
        }
    }
    shown.push_str(&value[done..]);
    shown
}

/// The ranges of the credentials in the value of a header: the text after the scheme, and the values of parameters and cookies.
pub fn credentials(value: &str) -> Vec<std::ops::Range<usize>> {
    let begin = value.len() - value.trim_start().len();
    let rest = &value[begin..];
    let (first, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
    let has_more = !after.trim().is_empty();
    let is_pair = first.contains('=') && !first.trim_end_matches('=').contains(' ') && has_more;
    let is_scheme = SCHEMES.contains(&first.to_ascii_lowercase().as_str())
        || has_more && !is_pair && !is_telling(first);
    let from = if is_scheme {
        begin + first.len()
    } else {
        begin
    };
    let mut found = Vec::new();
    let mut at = from;
    for piece in value[from..].split_inclusive([' ', ',', ';']) {
        let end = at + piece.len();
        let trimmed = piece.trim_end_matches([' ', ',', ';']);
        let mut range = at..at + trimmed.len();
        at = end;
        // A parameter or a cookie. The padding of base64 is not a value.
        if let Some((name, rest)) = trimmed.split_once('=')
            && !rest.trim_matches('=').is_empty()
        {
            if PUBLIC.contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            range.start += name.len() + 1;
            if let Some(inner) = rest
                .strip_prefix('"')
                .map(|rest| rest.trim_end_matches('"'))
            {
                range.start += 1;
                range.end = range.start + inner.len();
            }
        }
        if !range.is_empty() {
            found.push(range);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_parts_and_its_last_is_the_most_secret() {
        for (token, all, last) in [
            (
                "kat_live_pub1ic1d.s3cretha1f",
                "kat_live_pub1ic1d pub1ic1d s3cretha1f",
                "s3cretha1f",
            ),
            (
                "acme-staging.correct-horse-battery",
                "correct-horse-battery",
                "correct-horse-battery",
            ),
            (
                "kat_live_short.s3cret-ha1f_x9",
                "s3cret-ha1f_x9",
                "s3cret-ha1f_x9",
            ),
            ("sk_live_4eC39HqLyjWD", "4eC39HqLyjWD", "4eC39HqLyjWD"),
            ("test-token-administrator", "", ""),
            ("at_20240101", "", ""),
            ("a-token-aaaaaaaaaaaaaaaaaaaaaa", "", ""),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                "c2lnbmF0dXJl eyJhbGciOiJIUzI1NiJ9 eyJzdWIiOiIxIn0",
                "c2lnbmF0dXJl",
            ),
            ("4eC39HqLyjWD", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(parts(token).join(" "), all, "{token}");
            assert_eq!(last_part(token).unwrap_or_default(), last, "{token}");
        }
    }

    #[test]
    fn the_scheme_and_public_parameters_are_no_credentials() {
        for (value, expected) in [
            ("Bearer abc", "abc"),
            ("Bearer", ""),
            ("hunter2", "hunter2"),
            ("  Basic  dXNlcjpwYXNz== ", "dXNlcjpwYXNz=="),
            ("sid=abc; theme=dark", "abc dark"),
            ("sid=", "sid="),
            ("Custom one two", "one two"),
            (
                "Digest username=\"me\", realm=\"x@y\", uri=\"/a\", response=\"66\"",
                "me 66",
            ),
            ("AWS4-HMAC-SHA256 Credential=A/b, Signature=fe5f", "fe5f"),
        ] {
            let found: Vec<&str> = credentials(value)
                .into_iter()
                .map(|at| &value[at])
                .collect();
            assert_eq!(found.join(" "), expected, "{value}");
        }
    }
}
