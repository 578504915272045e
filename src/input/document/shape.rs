//! What a table of a file may have in it: its keys, each with what it may be, what it means, and an example.
//!
//! A reader goes by these tables ([`super::Fields`] knows keys, and misses them, from nowhere else), and so do the schemas that
//! editors check and complete by ([`super::schema`]). So neither can know a key that the other does not.

/// A table of a file.
#[derive(Debug)]
pub struct Shape {
    /// What messages call it: `a case`.
    pub what: &'static str,
    /// Its keys, in groups: some are shared with another table.
    pub keys: &'static [&'static [Entry]],
    /// Where this key is absent, the keys of that table stand here: a case of one step has the step's keys beside its own.
    pub or: Option<(&'static str, &'static Shape)>,
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
    /// A table with these keys.
    pub const fn new(what: &'static str, keys: &'static [&'static [Entry]]) -> Self {
        Self {
            what,
            keys,
            or: None,
        }
    }

    /// The keys that it has of its own.
    pub fn entries(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.keys.iter().flat_map(|group| group.iter())
    }
}

/// A key that must be there.
pub const fn needed(
    name: &'static str,
    form: Form,
    text: &'static str,
    example: &'static str,
) -> Entry {
    Entry {
        name,
        needed: true,
        form,
        text,
        example,
    }
}

/// A key that may be left out.
pub const fn optional(
    name: &'static str,
    form: Form,
    text: &'static str,
    example: &'static str,
) -> Entry {
    Entry {
        name,
        needed: false,
        form,
        text,
        example,
    }
}
