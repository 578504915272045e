//! The file of a record: a line with its version, the events of the run as lines of JSON, and a line that seals those before.
//!
//! `docs/reports.md` and `schemas/record.schema.json` describe it; a change that an older reader would misread raises [`FORMAT`].

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use serde::{Deserialize, Serialize};
use serde_json::Serializer;
use serde_json::ser::Formatter;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::event::{Counts, Event};

/// The version of the format.
pub(super) const FORMAT: u64 = 3;

/// The longest line, in bytes: what is read of it takes three times as much memory.
pub const LONGEST: u64 = 64 * 1024 * 1024;

/// The first line, which all versions begin with.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    /// The version.
    pub(super) record: u64,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seal {
    pub(super) counts: Counts,
    /// SHA-256 over all lines before this one, in hexadecimal.
    pub(super) sha256: String,
}

/// A record that is whole.
#[derive(Debug)]
pub struct Sealed {
    /// The file.
    pub file: NamedTempFile,
    /// SHA-256 over all of it, in hexadecimal.
    pub sha256: String,
}

/// A record under way, and the hash of what stands in it.
#[derive(Debug)]
pub struct Out {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
}

impl Out {
    /// Begins a record in a file.
    pub fn new(file: NamedTempFile) -> io::Result<Self> {
        let mut out = Self {
            file: BufWriter::new(file),
            hash: Sha256::new(),
        };
        out.bytes(&line(&Head { record: FORMAT })?)?;
        Ok(out)
    }

    /// Writes a line as it is.
    pub fn bytes(&mut self, line: &[u8]) -> io::Result<()> {
        self.hash.update(line);
        self.file.write_all(line)
    }

    /// Writes an event.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.bytes(&line(event)?)
    }

    /// Writes the last line.
    pub fn seal(mut self, counts: Counts) -> io::Result<Sealed> {
        let sha256 = hex(&self.hash.clone().finalize());
        self.bytes(&line(&Seal { counts, sha256 })?)?;
        self.file.flush()?;
        let file = self.file.into_inner();
        Ok(Sealed {
            file: file.map_err(io::IntoInnerError::into_error)?,
            sha256: hex(&self.hash.finalize()),
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// JSON in which some letters are escaped, and the second of two `#`: they begin a command where a log of a pipeline is read.
struct Escaping(fn(char) -> bool);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut done = 0;
        for (at, letter) in fragment.char_indices() {
            let second = letter == '#' && fragment[done..at].ends_with('#');
            if !second && !(self.0)(letter) {
                continue;
            }
            out.write_all(&fragment.as_bytes()[done..at])?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            done = at + letter.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[done..])
    }
}

/// Writes a value as JSON in one line, in which letters of some kinds are escaped.
pub fn escaped(value: &impl Serialize, kinds: fn(char) -> bool, out: impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Escaping(kinds));
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// A value as one line of visible ASCII, its line feed included.
pub fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut made = Vec::new();
    escaped(value, |letter| !matches!(letter, ' '..='~'), &mut made)?;
    made.push(b'\n');
    Ok(made)
}
