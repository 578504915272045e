//! Reading a curl command as a shell does, and the output of `curl -i` below it, if there is any.

mod form;
mod options;
mod printed;
mod shell;

use std::collections::VecDeque;
use std::fmt::Write as _;

use base64::Engine as _;
use url::Url;

use self::options::{Choice, Effect};
use self::shell::Word;
use super::secrets::is_secret;
use super::{Recorded, RecordedBody, RecordedPart, RecordingError};
use crate::exchange::Received;

/// Reads a curl command and the response below it.
pub fn from_curl(text: &str) -> Result<Recorded, RecordingError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = unbarred(&text.replace("\r\n", "\n"));
    read(&text).map_err(RecordingError::Curl)
}

/// A text without the bars that a failure's text has before each line.
fn unbarred(text: &str) -> String {
    let bar = |line: &str| line.trim_start().starts_with("| ");
    if !text
        .lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(bar)
    {
        return text.to_owned();
    }
    let lines = text.lines().filter(|line| !line.ends_with(" ms:"));
    let lines = lines.map(|line| {
        let barred = line.trim_start().strip_prefix('|');
        barred.map_or(line, |line| line.strip_prefix(' ').unwrap_or(line))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn read(text: &str) -> Result<Recorded, String> {
    let line = shell::split(text)?;
    let mut words: VecDeque<Word> = line.words.into();
    if words.front().is_some_and(|word| word.text == "$") {
        words.pop_front(); // The prompt.
    }
    let program = words.pop_front().unwrap_or_default();
    if !["curl", "curl.exe"].contains(&program.text.as_str()) {
        return Err("it does not begin with `curl`".to_owned());
    }
    let mut command = Command::default();
    command.take(words)?;
    command.finish(printed::response(&line.rest)?)
}

/// What the options say so far.
#[derive(Default)]
struct Command {
    method: Option<String>,
    address: Option<String>,
    headers: Vec<(String, String)>,
    /// The names of the headers that curl leaves out (`-H 'Name:'`).
    removed: Vec<String>,
    cookies: Vec<String>,
    user: Option<String>,
    bearer: Option<String>,
    data: Option<String>,
    query: Option<String>,
    form: Vec<RecordedPart>,
    /// The options without a value, and `--json`.
    flags: Vec<Effect>,
    variables: Vec<String>,
}

impl Command {
    fn take(&mut self, mut words: VecDeque<Word>) -> Result<(), String> {
        let mut options_end = false;
        while let Some(word) = words.pop_front() {
            if word.text == "--" && !options_end {
                options_end = true;
                continue;
            }
            if options_end || !word.text.starts_with('-') {
                self.variables.extend(word.variables);
                self.address(word.text)?;
                continue;
            }
            if word.text == "-" {
                return Err("`-` is not an option".to_owned());
            }
            let mut variables = word.variables;
            let choices = options::options(&word.text, || {
                let value = words.pop_front()?;
                variables.extend(value.variables);
                Some(value.text)
            })?;
            for choice in choices {
                let hidden = match choice.effect {
                    Effect::Nothing | Effect::Bearer | Effect::Cookie | Effect::User => true,
                    Effect::Header => is_secret(choice.value.split(':').next().unwrap_or_default()),
                    _ => false,
                };
                if !hidden {
                    self.variables.append(&mut variables);
                }
                self.apply(choice)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, choice: Choice) -> Result<(), String> {
        let Choice {
            name,
            effect,
            value,
        } = choice;
        match effect {
            Effect::Nothing => {}
            Effect::Address => self.address(value)?,
            Effect::Ascii | Effect::Binary | Effect::Json if value.starts_with('@') => {
                return Err(in_file(&name));
            }
            Effect::Ascii | Effect::Binary | Effect::Raw => join(&mut self.data, "&", &value),
            Effect::Json => {
                self.flags.push(effect);
                join(&mut self.data, "", &value);
            }
            Effect::UrlEncoded => join(&mut self.data, "&", &encoded(&name, &value)?),
            Effect::Query => {
                let piece = match value.strip_prefix('+') {
                    Some(piece) => piece.to_owned(),
                    None => encoded(&name, &value)?,
                };
                join(&mut self.query, "&", &piece);
            }
            Effect::Bearer => self.bearer = Some(value),
            Effect::Cookie if value.contains('=') => self.cookies.push(value),
            Effect::Cookie if value.is_empty() => {}
            Effect::Cookie => {
                return Err(format!(
                    "`{name}` names a file with cookies: write the cookies themselves (`NAME=VALUE`)"
                ));
            }
            Effect::Form => self.form.push(form::part(&value)?),
            Effect::FormString => self.form.push(form::literal(&value)?),
            Effect::Get | Effect::Globoff | Effect::Head => self.flags.push(effect),
            Effect::Header => self.header(&value)?,
            Effect::Method => self.method = Some(value),
            Effect::Range => self.add("range", format!("bytes={value}")),
            Effect::Referer => {
                let value = value.strip_suffix(";auto").unwrap_or(&value).to_owned();
                self.add("referer", value);
            }
            Effect::User => self.user = Some(value),
            Effect::UserAgent => self.add("user-agent", value),
        }
        Ok(())
    }

    fn address(&mut self, address: String) -> Result<(), String> {
        if self.address.is_some() {
            return Err("it has a second address: record one request at a time".to_owned());
        }
        self.address = Some(address);
        Ok(())
    }

    /// A header that an option of its own makes; an empty one is not sent.
    fn add(&mut self, name: &str, value: String) {
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value));
        }
    }

    fn header(&mut self, field: &str) -> Result<(), String> {
        if field.starts_with('@') {
            return Err(
                "`-H @…` reads headers from a file: write the headers themselves".to_owned(),
            );
        }
        let (name, value, colon) = match (field.split_once(':'), field.strip_suffix(';')) {
            (Some((name, value)), _) => (name, value.trim(), true),
            (None, Some(name)) => (name, "", false),
            (None, None) => {
                return Err("a header has no `:`, so curl does not send it".to_owned());
            }
        };
        let name = name.trim().to_ascii_lowercase();
        if ["content-length", "transfer-encoding"].contains(&name.as_str()) && !value.is_empty() {
            return Err(format!(
                "the header `{name}` would change how the body is sent, which a case cannot do: remove it"
            ));
        }
        if colon && value.is_empty() {
            if name == "host" {
                return Err("a case cannot leave out the header `host`".to_owned());
            }
            self.removed.push(name);
        } else {
            self.headers.push((name, value.to_owned()));
        }
        Ok(())
    }

    fn has(&self, name: &str) -> bool {
        let mut names = self.headers.iter().map(|(known, _)| known);
        names.any(|known| known == name) || self.removed.iter().any(|known| known == name)
    }

    /// Whether the options contradict each other, for curl or for a case.
    fn check(&self) -> Result<(), String> {
        let kinds = [
            self.data.is_some() && !self.flags.contains(&Effect::Get),
            !self.form.is_empty(),
            self.flags.contains(&Effect::Head),
        ];
        if kinds.iter().filter(|kind| **kind).count() > 1
            || (self.flags.contains(&Effect::Get) && !self.form.is_empty())
        {
            return Err(
                "curl sends only one of a body (-d), a form (-F) and a HEAD request (-I)"
                    .to_owned(),
            );
        }
        if self.flags.contains(&Effect::Get) && self.query.is_some() {
            return Err(
                "`-G` with `--url-query` depends on the version of curl: use one of them"
                    .to_owned(),
            );
        }
        let media_type = self.headers.iter().find(|(name, _)| name == "content-type");
        if let Some((_, value)) = media_type
            && !self.form.is_empty()
            && !value
                .to_ascii_lowercase()
                .starts_with("multipart/form-data")
        {
            return Err(
                "`-F` with a Content-Type other than multipart/form-data is not supported"
                    .to_owned(),
            );
        }
        if let Some(method) = &self.method
            && (method.is_empty()
                || !method
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte)))
        {
            return Err(format!("`{method}` is not a method"));
        }
        Ok(())
    }

    fn finish(mut self, answer: Option<Received>) -> Result<Recorded, String> {
        self.check()?;
        let text = self.address.as_deref().unwrap_or_default();
        let mut url = self.located(text)?;
        let get = self.flags.contains(&Effect::Get);
        let data = self.data.take_if(|_| get).or(self.query.take());
        if let Some(more) = data.filter(|more| !more.is_empty()) {
            let query = url.query().filter(|query| !query.is_empty());
            let query = query.map_or(more.clone(), |query| format!("{query}&{more}"));
            url.set_query(Some(&query));
        }
        self.credentials(&mut url);
        if !self.cookies.is_empty() {
            self.headers
                .push(("cookie".to_owned(), self.cookies.join(";")));
        }
        // What curl itself sends.
        if self.data.is_some() && !self.has("content-type") {
            let media_type = if self.flags.contains(&Effect::Json) {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            self.add("content-type", media_type.to_owned());
        }
        let usual = if self.flags.contains(&Effect::Head) {
            "HEAD"
        } else if self.data.is_some() || !self.form.is_empty() {
            "POST"
        } else {
            "GET"
        };
        Ok(Recorded {
            method: self.method.unwrap_or_else(|| usual.to_owned()),
            url,
            headers: self.headers,
            body: if self.form.is_empty() {
                let data = self.data.filter(|data| !data.is_empty());
                data.map_or(RecordedBody::Empty, RecordedBody::Text)
            } else {
                RecordedBody::Form(self.form)
            },
            answer,
            variables: self.variables,
            notes: Vec::new(),
        })
    }

    /// The address; curl makes several of one with braces or brackets.
    fn located(&self, text: &str) -> Result<Url, String> {
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
        let globbed = text.contains(['{', '}']) || authority[end..].contains(['[', ']']);
        if globbed && !self.flags.contains(&Effect::Globoff) {
            return Err("curl reads `{…}` and `[…]` in an address as several addresses: add --globoff if they are part of it".to_owned());
        }
        if self
            .variables
            .iter()
            .any(|name| name.starts_with("$(") && text.contains(name))
        {
            return Err(
                "its address contains a command (`$(…)`): write the address itself".to_owned(),
            );
        }
        address(text).ok_or_else(|| match text {
            "" => "it has no address".to_owned(),
            _ => "its address is not an HTTP address".to_owned(),
        })
    }

    /// What the user and the token become; a header that is given has precedence.
    fn credentials(&mut self, url: &mut Url) {
        if !url.username().is_empty() || url.password().is_some() {
            let password = decoded(url.password().unwrap_or_default());
            let user = format!("{}:{password}", decoded(url.username()));
            self.user.get_or_insert(user);
            // An address with a host can do without a user.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        if self.has("authorization") {
            return;
        }
        if let Some(token) = self.bearer.take() {
            self.add("authorization", format!("Bearer {token}"));
        } else if let Some(user) = self.user.take() {
            let user = if user.contains(':') {
                user
            } else {
                format!("{user}:")
            };
            let encoded = base64::engine::general_purpose::STANDARD.encode(user);
            self.add("authorization", format!("Basic {encoded}"));
        }
    }
}

fn in_file(option: &str) -> String {
    format!("`{option} @…` reads from a file: write the text itself")
}

fn join(all: &mut Option<String>, between: &str, more: &str) {
    match all {
        Some(all) => {
            all.push_str(between);
            all.push_str(more);
        }
        None => *all = Some(more.to_owned()),
    }
}

/// The value of `--data-urlencode`: `text`, `=text` or `name=text`; the text is encoded, the name is not.
fn encoded(option: &str, value: &str) -> Result<String, String> {
    let (name, text) = match value.split_once('=') {
        Some((name, text)) => (name, text),
        None if value.contains('@') => return Err(in_file(option)),
        None => ("", value),
    };
    let encoded = escaped(text);
    Ok(if name.is_empty() {
        encoded
    } else {
        format!("{name}={encoded}")
    })
}

/// A text as curl encodes it in a form.
fn escaped(text: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => made.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                made.push(char::from(byte));
            }
            byte => {
                let _ = write!(made, "%{byte:02X}");
            }
        }
    }
    made
}

/// A user or a password without its percent signs.
fn decoded(text: &str) -> String {
    let text = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs
        .next()
        .map(|(text, _)| text.into_owned())
        .unwrap_or_default()
}

/// An address; without a scheme it is one of http.
pub(super) fn address(text: &str) -> Option<Url> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&whole).ok()?;
    (url.has_host() && ["http", "https"].contains(&url.scheme())).then_some(url)
}
