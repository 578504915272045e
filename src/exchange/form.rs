//! How an exchange is written down: texts as they are, bytes that are no text in base64, times to the microsecond.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{Broken, Received, Variable};

/// Bytes: what is UTF-8 as text, anything else in base64.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Blob<'a> {
    Text(Cow<'a, str>),
    Base64(String),
}

impl<'a> Blob<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    fn bytes<E: Error>(self) -> Result<Vec<u8>, E> {
        match self {
            Self::Text(text) => Ok(text.into_owned().into_bytes()),
            Self::Base64(text) => STANDARD
                .decode(text)
                .map_err(|error| E::custom(format!("this is no base64: {error}"))),
        }
    }
}

/// A response, or why there is none.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Result<Received, Broken>")]
pub(super) enum Answer {
    #[serde(rename = "response")]
    Ok(Received),
    #[serde(rename = "broken")]
    Err(Broken),
}

pub(super) fn variable<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if Variable::is_one(&text) {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "`{text}` is neither a variable nor a file"
    )))
}

pub(crate) mod bytes {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Blob;

    pub(crate) fn serialize<S: Serializer>(bytes: &Bytes, out: S) -> Result<S::Ok, S::Error> {
        Blob::of(bytes).serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        Blob::deserialize(from)?.bytes().map(Bytes::from)
    }
}

pub(crate) mod headers {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Blob;

    type Headers = Vec<(String, Vec<u8>)>;

    pub(crate) fn serialize<S: Serializer>(headers: &Headers, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(headers.iter().map(|(name, value)| (name, Blob::of(value))))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Headers, D::Error> {
        let headers = Vec::<(String, Blob<'_>)>::deserialize(from)?.into_iter();
        headers
            .map(|(name, value)| Ok((name, value.bytes()?)))
            .collect()
    }
}

/// A time as RFC 3339 writes it. A clock that is set before 1970 counts as 1970.
pub(crate) mod time {
    use super::{
        DateTime, Deserialize, Deserializer, Duration, Error, SecondsFormat, SystemTime, Utc,
    };
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, out: S) -> Result<S::Ok, S::Error> {
        let time = DateTime::<Utc>::from((*time).max(SystemTime::UNIX_EPOCH));
        out.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(from)?;
        let time = DateTime::parse_from_rfc3339(&text).ok();
        time.and_then(|time| u64::try_from(time.timestamp_micros()).ok())
            .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(since)))
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no time")))
    }
}

pub(crate) mod micros {
    use super::{Deserialize, Deserializer, Duration};
    use serde::Serializer;

    pub(crate) fn serialize<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}

pub(crate) mod micros_if_any {
    use super::{Deserialize, Deserializer, Duration, micros};
    use serde::Serializer;

    #[expect(clippy::ref_option, reason = "serde asks for it")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => micros::serialize(time, out),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(from)?.map(Duration::from_micros))
    }
}
