//! Values as text: JSON in ASCII, so that no line separator, nothing invisible and no command of a CI system stands in a record as it
//! came; times.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Escapes all that is not visible ASCII, and the second of two `#`: they begin a command where a log of a pipeline is read.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut done = 0;
        for (at, letter) in fragment.char_indices() {
            let second = letter == '#' && fragment[done..at].ends_with('#');
            if matches!(letter, ' '..='~') && !second {
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

/// A value as one line, its line feed included.
pub(super) fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut made = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut made, Ascii))?;
    made.push(b'\n');
    Ok(made)
}

/// A time to the microsecond, as RFC 3339 writes it. A clock that is set before 1970 counts as 1970.
pub(super) fn time(time: SystemTime) -> String {
    DateTime::<Utc>::from(time.max(SystemTime::UNIX_EPOCH))
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A time that was written so.
pub(super) fn parse_time(text: &str) -> Option<SystemTime> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    let since = u64::try_from(time.timestamp_micros()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(since))
}

/// A duration in microseconds.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
