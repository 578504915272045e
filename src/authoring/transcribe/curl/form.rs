//! The parts of a form as `curl -F` reads them.

use crate::authoring::transcribe::RecordedPart;

/// The media types that curl knows by the end of a file's name.
const TYPES: [(&str, &str); 10] = [
    (".gif", "image/gif"),
    (".jpg", "image/jpeg"),
    (".jpeg", "image/jpeg"),
    (".png", "image/png"),
    (".svg", "image/svg+xml"),
    (".txt", "text/plain"),
    (".htm", "text/html"),
    (".html", "text/html"),
    (".pdf", "application/pdf"),
    (".xml", "application/xml"),
];

/// A part of `--form-string`: `name=text`.
pub(super) fn literal(field: &str) -> Result<RecordedPart, String> {
    let (name, text) = named("--form-string", field)?;
    Ok(RecordedPart {
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        text: Some(text.to_owned()),
        ..RecordedPart::default()
    })
}

/// A part of `-F`: `name=text`, `name=@file` or `name=<file`, with `;type=` and `;filename=` behind it.
pub(super) fn part(field: &str) -> Result<RecordedPart, String> {
    let (name, content) = named("-F", field)?;
    if content.starts_with('(') || (name.is_empty() && content == ")") {
        return Err(format!(
            "`-F '{name}=('` is a form within a form, which a case cannot send"
        ));
    }
    let mut rest = content.trim_start_matches(['@', '<']);
    let sign = &content[..content.len() - rest.len()];
    if sign.len() > 1 {
        return Err(format!("`-F '{name}={sign}'` names no file"));
    }
    let text = word(&mut rest)?;
    let mut part = RecordedPart {
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        text: sign.is_empty().then(|| text.clone()),
        ..RecordedPart::default()
    };
    if !sign.is_empty() && text == "-" {
        return Err(format!("`-F '{name}={sign}-'` reads standard input"));
    }
    if sign == "@" {
        if text.contains(',') {
            return Err(format!("`-F '{name}=@…'` names several files"));
        }
        part.filename = text.rsplit('/').next().map(str::to_owned);
    }
    attributes(name, rest, &mut part)?;
    if part.media_type.is_none() {
        let of_curl = part.filename.as_deref().and_then(|filename| {
            let filename = filename.to_ascii_lowercase();
            let mut types = TYPES.iter();
            let known = types.find(|(end, _)| filename.ends_with(end));
            known.map(|(_, media_type)| *media_type)
        });
        let unknown = (sign == "@").then_some("application/octet-stream");
        part.media_type = of_curl.or(unknown).map(str::to_owned);
    }
    Ok(part)
}

fn named<'a>(option: &str, field: &'a str) -> Result<(&'a str, &'a str), String> {
    field
        .split_once('=')
        .ok_or_else(|| format!("the value of `{option}` has no `=`"))
}

/// What follows the content: `;type=...;filename=...`.
fn attributes(name: &str, mut rest: &str, part: &mut RecordedPart) -> Result<(), String> {
    while let Some(below) = rest.strip_prefix(';') {
        rest = below.trim_start();
        if let Some(value) = rest.strip_prefix("filename=") {
            rest = value;
            part.filename = Some(word(&mut rest)?);
        } else if let Some(value) = rest.strip_prefix("type=") {
            // Parameters of the media type are part of it.
            let ends = [";filename=", ";headers=", ";encoder="];
            let end = ends.iter().filter_map(|end| value.find(end)).min();
            let (media_type, below) = value.split_at(end.unwrap_or(value.len()));
            part.media_type = Some(media_type.trim().to_owned());
            rest = below;
        } else {
            let key = rest.split(['=', ';']).next().unwrap_or_default();
            return Err(if ["headers", "encoder"].contains(&key) {
                format!("`;{key}=` in `-F '{name}=…'` is not supported")
            } else {
                format!(
                    "what follows the `;` in `-F '{name}=…'` is neither `type=` nor `filename=`, and curl drops it: \
                     use --form-string to send it"
                )
            });
        }
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "there is text behind the quotes in `-F '{name}=…'`"
        ))
    }
}

/// A word up to the next `;`, or in quotes.
fn word(rest: &mut &str) -> Result<String, String> {
    let text = rest.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, below) = text.split_at(text.find(';').unwrap_or(text.len()));
        *rest = below;
        return Ok(word.trim_end().to_owned());
    };
    let mut word = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next() {
            Some('"') => {
                *rest = letters.as_str().trim_start();
                return Ok(word);
            }
            Some('\\') if letters.as_str().starts_with(['"', '\\']) => word.extend(letters.next()),
            Some(letter) => word.push(letter),
            None => return Err("a quote in the value of `-F` is not closed".to_owned()),
        }
    }
}
