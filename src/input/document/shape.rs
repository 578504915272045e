//! What a table of a file may have in it: its keys, each with what it may be, what it means, and an example.
//!
//! [`super::tables`] makes these from the declaration of a table, together with its reader; the schemas that editors check and complete by
//! ([`super::schema`]) come from them. So neither can know a key that the other does not.

/// A table of a file.
#[derive(Debug)]
pub struct Shape {
    /// What messages call it: `a case`.
    pub what: &'static str,
    /// Its keys, in the order in which messages list them.
    pub keys: &'static [Keys],
    /// Where this key is absent, the keys of that table stand here: a case of one step has the step's keys beside its own.
    pub or: Option<(&'static str, &'static Shape)>,
}

/// Keys of a table.
#[derive(Debug)]
pub enum Keys {
    /// One of its own.
    One(Entry),
    /// Those that it shares with another table.
    Of(&'static Shape),
}

/// A key of a table.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub name: &'static str,
    /// Whether its absence is a fault.
    pub needed: bool,
    /// What its value may be.
    pub form: Form,
    /// What it means, as sentences.
    pub text: &'static str,
    /// A value, as TOML.
    pub example: &'static str,
}

/// What a value may be.
#[derive(Debug)]
pub enum Form {
    /// Anything.
    Any,
    /// A string.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Integer,
    /// A whole number within bounds.
    Whole(usize, usize),
    /// A number.
    Number,
    /// A number within bounds.
    Between(f64, f64),
    /// A string that a regular expression finds something in.
    Like(&'static str),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A list.
    List(&'static Form),
    /// A table whose keys the author chooses.
    Map(&'static Form),
    /// A table whose keys are JSON Pointers.
    Pointers(&'static Form),
    /// A table with keys of its own.
    Table(&'static Shape),
    /// Any of these.
    Either(&'static [Form]),
}

impl Form {
    /// A JSON Pointer (RFC 6901).
    pub const POINTER: Self = Self::Like("^(/|$)");
    /// A day, such as `2027-03-31`.
    pub const DAY: Self = Self::Like(r"^\d+-\d+-\d+$");
}

impl Shape {
    /// Its entries, those that it shares included.
    pub fn entries(&self) -> Vec<&'static Entry> {
        let mut entries = Vec::with_capacity(self.keys.len());
        for keys in self.keys {
            match keys {
                Keys::One(entry) => entries.push(entry),
                Keys::Of(shape) => entries.extend(shape.entries()),
            }
        }
        entries
    }
}
