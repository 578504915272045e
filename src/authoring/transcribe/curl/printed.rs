//! The response below a curl command, as `curl -i` prints it.

use crate::authoring::transcribe::received;
use crate::exchange::Received;

/// Reads a response, or returns `None` if there is no output.
///
/// Interim responses and the response of a proxy to `CONNECT` come before the one that counts.
pub(super) fn response(text: &str) -> Result<Option<Received>, String> {
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Ok(None);
    }
    let mut passed = Vec::new();
    loop {
        let (status, headers, body) = head(rest)?;
        let follows = body.starts_with("HTTP/");
        let is_interim = (100..200).contains(&status) && status != 101;
        let is_proxy = status == 200
            && !headers.iter().any(|(name, _)| {
                ["content-length", "content-type", "transfer-encoding"].contains(&name.as_str())
            });
        if follows && (is_interim || is_proxy) {
            rest = body;
            continue;
        }
        if is_interim {
            return Err(format!(
                "below the command there is an interim response ({status}) and no final one"
            ));
        }
        passed.push(status.to_string());
        if follows {
            rest = body;
            continue;
        }
        if passed.len() > 1 {
            return Err(format!(
                "below the command there are {} responses ({}): keep the one to this request",
                passed.len(),
                passed.join(", ")
            ));
        }
        let body = body.strip_suffix('\n').unwrap_or(body);
        let mut received = received(status, body.to_owned());
        received.headers = headers;
        return Ok(Some(received));
    }
}

/// The status, the header fields, and what is below them.
type Head<'a> = (u16, Vec<(String, Vec<u8>)>, &'a str);

fn head(text: &str) -> Result<Head<'_>, String> {
    let wrong = || {
        "the text below the command is not a response with a status line (`HTTP/…`): \
         paste what `curl -i` printed"
            .to_owned()
    };
    let (line, mut rest) = text.split_once('\n').unwrap_or((text, ""));
    let status = line.strip_prefix("HTTP/").ok_or_else(wrong)?;
    let status = status.split_whitespace().nth(1);
    let status = status
        .and_then(|status| status.parse().ok())
        .ok_or_else(wrong)?;
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = below;
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name = name.trim().to_ascii_lowercase();
        headers.push((name, value.trim().as_bytes().to_vec()));
    }
    Ok((status, headers, rest))
}
