//! An input file's text and the places in it. Reading files is left to the loaders.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

/// A range of bytes of a source.
pub type Span = Range<usize>;

/// So many bytes of a text are looked through for the number of a line.
const BLOCK: usize = 64 * 1024;

/// An input file: the path that a message shows, and its text.
#[derive(Default, PartialEq, Eq)]
pub struct Source {
    path: String,
    text: String,
    /// How many line feeds stand before each block of the text: a thousand faults of a file ask for the numbers of their lines.
    feeds: Vec<usize>,
    /// How many lines the file has before the text.
    before: usize,
}

impl Source {
    /// Takes a file's path, as it is to be shown, and its text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Self::part(path, 1, text)
    }

    /// The same of a text that begins at a line of the file, counted from 1.
    pub fn part(path: impl Into<String>, line: usize, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let mut feeds = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            let last = feeds.last().copied().unwrap_or_default();
            feeds.push(last + count(block));
        }
        Arc::new(Self {
            path: path.into(),
            text,
            feeds,
            before: line.saturating_sub(1),
        })
    }

    /// The number of the line in which a byte of the text stands, counted from 1.
    pub fn line(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let block = at / BLOCK;
        let before = self.feeds.get(block).copied().unwrap_or_default();
        let here = &self.text.as_bytes()[block * BLOCK..at];
        self.before.saturating_add(before + count(here) + 1)
    }

    /// The path, as it is to be shown.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn count(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// The path alone: what holds a location is not to show a whole file.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Source").field(&self.path).finish()
    }
}

/// A place in a source. Its file and line are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Spot", into = "Spot")]
pub struct Location {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes of it.
    pub span: Span,
}

/// The file and the line: `cases/limits.toml:7`.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source.path(), self.line_column().0)
    }
}

impl Location {
    /// The line and the column, both counted from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = self.source.text();
        let mut end = self.span.start.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.source.line(end);
        let column = text[..end]
            .rsplit('\n')
            .next()
            .map_or(0, |rest| rest.chars().count())
            + 1;
        (line, column)
    }

    /// The place behind it, which has no letters.
    #[must_use]
    pub fn end(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            span: self.span.end..self.span.end,
        }
    }

    /// Writes it down with what stands there.
    pub fn with_text<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let text = self.text().to_owned();
        let spot = Spot::from(self.clone());
        Spot { text, ..spot }.serialize(out)
    }

    /// The bytes of the place as text.
    pub fn text(&self) -> &str {
        self.source
            .text()
            .get(self.span.clone())
            .unwrap_or_default()
    }
}

/// A place as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spot {
    file: String,
    line: usize,
    /// What stands there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
}

impl From<Location> for Spot {
    fn from(at: Location) -> Self {
        Self {
            file: at.source.path().to_owned(),
            line: at.line_column().0,
            text: String::new(),
        }
    }
}

impl From<Spot> for Location {
    fn from(Spot { file, line, text }: Spot) -> Self {
        Self {
            span: 0..text.len(),
            source: Source::part(file, line, text),
        }
    }
}
