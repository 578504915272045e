//! An input file's text and the places in it. Reading files is left to the loaders.

use std::ops::Range;
use std::sync::Arc;

/// A range of bytes of a source.
pub type Span = Range<usize>;

/// An input file: the path that a message shows, and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Takes a file's path, as it is to be shown, and its text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
        })
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

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes of it.
    pub span: Span,
}

impl Location {
    /// The line and the column, both counted from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let text = self.source.text();
        let mut end = self.span.start.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before
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

    /// The bytes of the place as text.
    pub fn text(&self) -> &str {
        self.source
            .text()
            .get(self.span.clone())
            .unwrap_or_default()
    }
}
