//! Strict JSON (RFC 8259): one value, valid UTF-8, nothing after it, bounded depth, and a list of duplicate keys.
//!
//! Where RFC 8259 leaves the choice, the parser rejects numbers beyond a double, lone surrogates in escapes, more than 127 levels and
//! more than 100,000 values: a value takes many times the memory of its two bytes of text.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::contract::Pointer;

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xEF\xBB\xBF";
/// The most values of one text, those inside of others included.
const VALUES: usize = 100_000;
/// The most members noted that stand twice, of each kind: the first ones tell the rest.
const DUPLICATES: usize = 20;
/// How much is noted of the names on the way to one, in characters each: nobody reads more.
const NAME: usize = 256;

/// A JSON text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The value. Of duplicate keys the last one counts.
    pub value: Value,
    /// The members that stand twice: a pointer to the object, and the name.
    pub duplicates: Vec<(String, String)>,
    /// Whether a byte order mark came first.
    pub bom: bool,
}

/// Why a text is not JSON. The message follows "this is not JSON: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Faulty {
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The bytes are not UTF-8.
    #[error("invalid UTF-8 at byte {0}")]
    Encoding(usize),
    /// The grammar is broken.
    #[error("{0}")]
    Grammar(String),
}

/// Reads one JSON text.
pub fn read(bytes: &[u8]) -> Result<Reading, Faulty> {
    read_along(bytes, None)
}

/// The same. Duplicate keys in the objects on the path of a pointer are noted even if too many others were found.
pub(super) fn read_along(bytes: &[u8], along: Option<&Pointer>) -> Result<Reading, Faulty> {
    let (bom, rest) = match bytes.strip_prefix(BOM) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let text = std::str::from_utf8(rest)
        .map_err(|error| Faulty::Encoding(bytes.len() - rest.len() + error.valid_up_to()))?;
    if text.is_empty() {
        return Err(Faulty::Empty);
    }
    let mut noted = Noted {
        of: along,
        ..Noted::default()
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Strict {
        at: &Path::Root,
        noted: &mut noted,
    };
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| Faulty::Grammar(error.to_string()))?;
    Ok(Reading {
        value,
        duplicates: noted.duplicates,
        bom,
    })
}

/// What is noted of a text on the way.
#[derive(Debug, Default)]
struct Noted<'a> {
    of: Option<&'a Pointer>,
    values: usize,
    /// How many of the duplicates are of the objects that `of` leads through.
    own: usize,
    duplicates: Vec<(String, String)>,
}

/// Where a value stands. It is written down only where something is noted of it.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl Noted<'_> {
    /// Notes a duplicate key in the object at a path, unless enough of its kind are noted.
    fn twice(&mut self, at: &Path<'_>, name: &str) {
        let own = self.of.is_some_and(|pointer| at.leads(pointer).is_some());
        let known = if own {
            self.own
        } else {
            self.duplicates.len() - self.own
        };
        if known < DUPLICATES {
            self.own += usize::from(own);
            self.duplicates.push((at.to_string(), cut(name).to_owned()));
        }
    }
}

impl Path<'_> {
    /// How many parts of a pointer lead here, where it leads through here to a member.
    fn leads(&self, pointer: &Pointer) -> Option<usize> {
        let parts = match self {
            Self::Root => 0,
            Self::Member(parent, name) => {
                let before = parent.leads(pointer)?;
                (pointer.parts().get(before)? == name).then_some(before + 1)?
            }
            Self::Item(..) => return None,
        };
        (parts < pointer.parts().len()).then_some(parts)
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                write!(f, "{parent}/{}", Pointer::escape(cut(name)))
            }
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// The beginning of a name: it may be as long as the text.
fn cut(name: &str) -> &str {
    match name.char_indices().nth(NAME) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}

/// Builds a value and notes duplicate keys, which the library's own reader hides.
struct Strict<'a, 'p> {
    at: &'a Path<'a>,
    noted: &'a mut Noted<'p>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.noted.values += 1;
        if self.noted.values > VALUES {
            return Err(Error::custom(format!("more than {VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            let seed = Strict {
                at: &Path::Item(self.at, array.len()),
                noted: &mut *self.noted,
            };
            match items.next_element_seed(seed)? {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let seed = Strict {
                at: &Path::Member(self.at, &name),
                noted: &mut *self.noted,
            };
            let value = members.next_value_seed(seed)?;
            match object.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(mut entry) => {
                    self.noted.twice(self.at, entry.key());
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any JSON value, with numbers that are written and read alike.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in values(), bom in any::<bool>()) {
            let text = format!("{}{value}", if bom { "\u{feff}" } else { "" });
            let reading = read(text.as_bytes()).unwrap();
            prop_assert_eq!(&reading.value, &value);
            prop_assert_eq!(reading.bom, bom);
            prop_assert!(reading.duplicates.is_empty());
        }

        /// Bytes that are nearly JSON: what the library reads is read, what it refuses is refused.
        #[test]
        fn any_bytes_are_judged_as_by_the_library(
            value in values(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let library: Result<Value, _> = serde_json::from_slice(&bytes);
            let ours = read(&bytes);
            prop_assert_eq!(ours.is_ok(), library.is_ok(), "{:?}", ours);
            if let (Ok(ours), Ok(library)) = (ours, library) {
                prop_assert_eq!(ours.value, library);
            }
        }

        #[test]
        fn a_member_that_stands_twice_is_noted(value in values(), name in "[a-z~/]{1,8}") {
            let key = Value::from(name.as_str());
            let text = format!("[{value},{{{key}:1,\"other\":{value},{key}:2}}]");
            let reading = read(text.as_bytes()).unwrap();
            prop_assume!(name != "other");
            prop_assert_eq!(reading.duplicates, vec![("/1".to_owned(), name)]);
        }
    }

    #[test]
    fn what_the_standard_leaves_open() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let many = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        for (text, accepted) in [
            ("1e308".to_owned(), true),
            ("1e999".to_owned(), false),
            ("1e-999".to_owned(), true),
            ("-0".to_owned(), true),
            ("123456789012345678901234567890".to_owned(), true),
            (r#""\ud800\udc00""#.to_owned(), true),
            (r#""\ud800""#.to_owned(), false),
            (r#""\u0000""#.to_owned(), true),
            (deep(127), true),
            (deep(128), false),
            (many(VALUES), true),
            (many(VALUES + 1), false),
        ] {
            let shown = &text[..text.len().min(40)];
            assert_eq!(read(text.as_bytes()).is_ok(), accepted, "{shown}");
        }
    }
}
