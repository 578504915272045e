//! A request as a curl command that can be pasted into a shell. Its secrets are already replaced, most of them by the
//! variable that holds them.

use std::fmt::Write as _;

use base64::Engine as _;

use crate::diagnostic::is_hidden;
use crate::exchange::Sent;

/// The largest body that is shown whole, in bytes.
const LARGEST: usize = 4096;

/// The command for a request.
pub(super) fn curl(sent: &Sent) -> String {
    let mut command = match sent.method.as_str() {
        "HEAD" => format!("curl -i --head {}", quoted(&sent.url)),
        method => format!("curl -i -X {} {}", quoted(method), quoted(&sent.url)),
    };
    for (name, value) in &sent.headers {
        let header = if value.is_empty() {
            format!("{name};") // How curl writes a header without a value.
        } else {
            format!("{name}: {value}")
        };
        let _ = write!(command, " \\\n  -H {}", quoted_header(&header));
    }
    if sent.body.is_empty() {
        return command;
    }
    if sent.size > LARGEST {
        let _ = write!(
            command,
            " \\\n  --data-binary @body    # {} bytes, too many to show",
            sent.size
        );
        return command;
    }
    match std::str::from_utf8(&sent.body) {
        // What is not printed as it is cannot be pasted, and curl takes what begins with `@` for the name of a file.
        Ok(text)
            if !text.starts_with('@')
                && !text
                    .chars()
                    .any(|letter| is_hidden(letter) && letter != '\n') =>
        {
            let _ = write!(command, " \\\n  --data-binary {}", quoted(text));
            command
        }
        _ => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(&sent.body);
            format!("echo {encoded} | base64 -d | {command} \\\n  --data-binary @-")
        }
    }
}

/// A word as a shell takes it: in single quotes, unless it needs none.
pub fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.,:/@=%".contains(&byte));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// In double quotes where it ends in the variable that holds its secret, so that the shell puts it in.
fn quoted_header(header: &str) -> String {
    let variable = header.rsplit_once('$').is_some_and(|(before, name)| {
        !before.contains(['$', '`', '"', '\\'])
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    if variable {
        format!("\"{header}\"")
    } else {
        quoted(header)
    }
}
