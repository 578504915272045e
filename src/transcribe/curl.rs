//! A curl command as a shell takes it, and behind it, where it is there, the response that `curl -i` has printed.

use url::Url;

use super::{Recorded, RecordedBody, RecordedPart, Untold, received};

/// Options without a value that change nothing of what is sent, or nothing that a case can say.
const FLAGS: [&str; 18] = [
    "-i",
    "--include",
    "-s",
    "--silent",
    "-S",
    "--show-error",
    "-k",
    "--insecure",
    "-L",
    "--location",
    "-v",
    "--verbose",
    "-f",
    "--fail",
    "-g",
    "--globoff",
    "--compressed",
    "--http1.1",
];
/// Options with a value that change nothing of what a case can say.
const IGNORED: [&str; 10] = [
    "-o",
    "--output",
    "-w",
    "--write-out",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--cacert",
    "-A",
    "--user-agent",
];
/// Options whose value is, or may be, a secret: they count as a credential that is not known.
const SECRET: [&str; 4] = ["-u", "--user", "--oauth2-bearer", "-E"];

/// Reads a curl command and the response below it.
pub fn from_curl(text: &str) -> Result<Recorded, Untold> {
    let text = text.replace("\r\n", "\n");
    let (command, answer) = match text.find("\nHTTP/") {
        Some(at) => (&text[..at], response(&text[at + 1..])),
        None => (text.as_str(), None),
    };
    // As it stands in a failure's text, behind bars.
    let command: Vec<&str> = command
        .lines()
        .map(|line| line.trim_start().strip_prefix("| ").unwrap_or(line))
        .collect();
    let words = shlex::split(&command.join("\n"))
        .ok_or_else(|| Untold::Curl("its quotes do not match".to_owned()))?;
    let mut words = words.into_iter();
    match words.next().as_deref() {
        Some("$") if words.next().as_deref() == Some("curl") => {}
        Some("curl") => {}
        _ => return Err(Untold::Curl("it does not begin with `curl`".to_owned())),
    }
    let mut command = Command::default();
    command.take(words)?;
    command.finish(answer)
}

/// What the options say so far.
#[derive(Default)]
struct Command {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    form: Vec<RecordedPart>,
    json: bool,
    get: bool,
    head: bool,
}

impl Command {
    fn take(&mut self, mut words: impl Iterator<Item = String>) -> Result<(), Untold> {
        while let Some(word) = words.next() {
            if word.is_empty() {
                continue; // What a line's continuation leaves.
            }
            if !word.starts_with('-') || word == "-" {
                self.url = Some(word);
                continue;
            }
            for (option, attached) in options(&word) {
                let mut value = || {
                    attached
                        .clone()
                        .or_else(|| words.next())
                        .ok_or_else(|| Untold::Curl(format!("`{option}` has no value")))
                };
                match option.as_str() {
                    "-X" | "--request" => self.method = Some(value()?),
                    "--url" => self.url = Some(value()?),
                    "-H" | "--header" => self.header(&value()?),
                    "-b" | "--cookie" => {
                        value()?;
                        self.header("cookie: -");
                    }
                    "-e" | "--referer" => drop(value()?),
                    "-d" | "--data" | "--data-ascii" | "--data-raw" | "--data-binary" => {
                        self.data.push(value()?);
                    }
                    "--json" => {
                        self.json = true;
                        self.data.push(value()?);
                    }
                    "-F" | "--form" | "--form-string" => self.form.push(form(&value()?)?),
                    "-G" | "--get" => self.get = true,
                    "-I" | "--head" => self.head = true,
                    option if FLAGS.contains(&option) => {}
                    option if IGNORED.contains(&option) => drop(value()?),
                    option if SECRET.contains(&option) => {
                        value()?;
                        self.header("authorization: -");
                    }
                    option => {
                        return Err(Untold::Curl(format!("the option `{option}` is not known")));
                    }
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, field: &str) {
        if let Some((name, value)) = field.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            self.headers.push((name, value.trim().to_owned()));
        } else if let Some(name) = field.strip_suffix(';') {
            let name = name.trim().to_ascii_lowercase();
            self.headers.push((name, String::new()));
        }
    }

    fn finish(self, answer: Option<crate::exchange::Received>) -> Result<Recorded, Untold> {
        let text = self
            .url
            .ok_or_else(|| Untold::Curl("it names no address".to_owned()))?;
        let mut url = address(&text)?;
        let data = self.data.join("&");
        if data.starts_with('@') {
            let said = "its body is in a file: put the text itself after --data-binary";
            return Err(Untold::Curl(said.to_owned()));
        }
        if self.get && !data.is_empty() {
            url.set_query(Some(&data));
        }
        let (sends_data, mut headers) = (!self.data.is_empty() && !self.get, self.headers);
        let usual = match (self.head, sends_data || !self.form.is_empty()) {
            (true, _) => "HEAD",
            (_, true) => "POST",
            _ => "GET",
        };
        if !url.username().is_empty() || url.password().is_some() {
            headers.push(("authorization".to_owned(), "-".to_owned()));
        }
        let has_type = headers.iter().any(|(name, _)| name == "content-type");
        if sends_data && !has_type {
            // What curl itself sends.
            let media_type = if self.json {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            headers.push(("content-type".to_owned(), media_type.to_owned()));
        }
        Ok(Recorded {
            method: self.method.unwrap_or_else(|| usual.to_owned()),
            url,
            headers,
            body: if !self.form.is_empty() {
                RecordedBody::Form(self.form)
            } else if sends_data {
                RecordedBody::Text(data)
            } else {
                RecordedBody::Empty
            },
            answer,
        })
    }
}

pub(super) fn address(text: &str) -> Result<Url, Untold> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    Url::parse(&whole)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| Untold::Curl("its address is none".to_owned()))
}

/// One word as options, short ones taken apart: `-sSi`, `-XPOST`, `--request=POST`.
fn options(word: &str) -> Vec<(String, Option<String>)> {
    const WITH_VALUE: &str = "XHdFbeuoAmwE";
    if let Some(long) = word.strip_prefix("--") {
        return match long.split_once('=') {
            Some((name, value)) => vec![(format!("--{name}"), Some(value.to_owned()))],
            None => vec![(word.to_owned(), None)],
        };
    }
    let mut options = Vec::new();
    for (at, letter) in word.char_indices().skip(1) {
        let rest = &word[at + letter.len_utf8()..];
        let takes = WITH_VALUE.contains(letter);
        let attached = Some(rest.to_owned()).filter(|rest| takes && !rest.is_empty());
        options.push((format!("-{letter}"), attached));
        if takes {
            break;
        }
    }
    options
}

/// A part of a form: `name=text` or `name=@file;type=...`.
fn form(field: &str) -> Result<RecordedPart, Untold> {
    let (name, content) = field
        .split_once('=')
        .ok_or_else(|| Untold::Curl("a part of its form has no `=`".to_owned()))?;
    let file = content.strip_prefix('@').map(|rest| {
        let path = rest.split(';').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    });
    Ok(RecordedPart {
        name: name.to_owned(),
        text: if file.is_some() {
            String::new()
        } else {
            content.to_owned()
        },
        filename: file,
    })
}

/// A response as curl prints it, or as a failure's text has it behind bars.
fn response(text: &str) -> Option<crate::exchange::Received> {
    let mut lines = text.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let body: Vec<&str> = lines.skip_while(|line| !line.is_empty()).skip(1).collect();
    Some(received(status, body.join("\n")))
}
