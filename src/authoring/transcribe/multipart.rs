//! Splitting the text of a multipart body into its parts.

use super::RecordedPart;

/// The parts of a form, where its text is one; browsers leave the contents of files out.
pub(super) fn parts(media_type: &str, text: &str) -> Option<Vec<RecordedPart>> {
    let boundary = parameter(media_type, "boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    // Some tools save the line breaks as their system has them.
    let text = if text.contains("\r\n") {
        format!("\r\n{text}")
    } else {
        format!("\r\n{}", text.replace('\n', "\r\n"))
    };
    let mut pieces = text.split(delimiter.as_str());
    pieces.next().filter(|before| before.trim().is_empty())?;
    let mut parts = Vec::new();
    for piece in pieces {
        if piece.starts_with("--") {
            return Some(parts);
        }
        parts.push(part(piece.strip_prefix("\r\n")?)?);
    }
    None // It has no end.
}

fn part(text: &str) -> Option<RecordedPart> {
    let (head, content) = match text.strip_prefix("\r\n") {
        Some(content) => ("", content),
        None => text.split_once("\r\n\r\n")?,
    };
    let mut part = RecordedPart::default();
    for line in head.lines() {
        let (name, value) = line.split_once(':')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                value.trim().starts_with("form-data").then_some(())?;
                part.name = parameter(value, "name");
                part.filename = parameter(value, "filename");
            }
            "content-type" => part.media_type = Some(value.trim().to_owned()),
            _ => return None, // A case cannot send it.
        }
    }
    if part.filename.is_none() || !content.is_empty() {
        part.text = Some(content.to_owned());
    }
    Some(part)
}

/// A parameter of a header's value, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, below)) = rest.split_once(';') {
        let below = below.trim_start();
        let (key, value) = below.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim().replace("%22", "\""));
        }
        rest = after;
    }
    None
}
