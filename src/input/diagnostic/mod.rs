//! A fault of an input file, or a warning about it: what was found where, what was expected, and how to mend it.
//!
//! Every loader gathers its faults in [`Faults`], so that one run shows all of a file's. Which faults exist is each
//! loader's own affair; how they look on a terminal is `render`'s.

mod fix;
mod hint;
mod machine;
mod render;
mod source;
mod text;

pub use fix::{Fix, mended};
pub use hint::{did_you_mean, list, misspelt, suggestion};
pub use machine::json_line;
pub use render::{Styling, counted, finding, number, render, render_all, unjudged};
pub use source::{Location, Source, Span};
pub use text::{is_hidden, one_line, printable, shortened};

/// How many faults are noted, and how many warnings: nobody mends more at a time, and a hostile file may have a million.
const NOTED: usize = 1_000;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// It can, and is likely a mistake all the same.
    Warning,
}

/// One fault of an input file, or one warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name of the kind of fault, such as `unknown-key`.
    pub code: &'static str,
    /// Where it is; none where a whole file is missing or unreadable.
    pub location: Option<Location>,
    /// What was found, in one line.
    pub message: String,
    /// What was expected there.
    pub expected: String,
    /// How to mend it.
    pub help: Option<String>,
    /// What mends it for certain.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    fn new(
        severity: Severity,
        code: &'static str,
        location: Option<&Location>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            location: location.cloned(),
            message: message.into(),
            expected: expected.into(),
            help: None,
            fix: None,
        }
    }
}

/// The faults gathered so far, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Faults {
    found: Vec<Diagnostic>,
    /// How bad the worst of those is that were one too many.
    more: Option<Severity>,
    /// Whether what came last is the last of `found`.
    kept: bool,
}

impl Faults {
    /// Starts with none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one more. What it quotes may be of any length, and is shortened.
    pub fn push(&mut self, fault: Diagnostic) {
        let severity = fault.severity;
        let room = |found: &[Diagnostic], most: usize| {
            let alike = found.iter().filter(|one| one.severity == severity);
            found.len() < most || alike.count() < most
        };
        let full = self.more == Some(severity) || self.is_full();
        self.kept = !full && room(&self.found, 2 * NOTED);
        if !full && !self.kept {
            // Many may be one: variants of a case repeat its faults.
            self.found = once(std::mem::take(&mut self.found));
            self.kept = room(&self.found, NOTED);
        }
        if self.kept {
            self.found.push(Diagnostic {
                message: shortened(fault.message),
                expected: shortened(fault.expected),
                help: fault.help.map(shortened),
                ..fault
            });
        } else if self.more != Some(Severity::Error) {
            self.more = Some(severity);
        }
    }

    /// Notes one at a place of a file.
    pub fn at(
        &mut self,
        location: &Location,
        code: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        help: Option<String>,
    ) {
        self.push(Diagnostic {
            help,
            ..Diagnostic::new(Severity::Error, code, Some(location), message, expected)
        });
    }

    /// Notes a name that is none of the known ones; `code` is that of the fault, `what` says what it should name.
    pub fn unknown<'a>(
        &mut self,
        location: &Location,
        (code, what): (&'static str, &str),
        name: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) {
        self.at(
            location,
            code,
            format!("unknown {what} `{name}`"),
            format!("expected {}", list(known.clone())),
            suggestion(name, known),
        );
    }

    /// Warns of something at a place of a file.
    pub fn warn(
        &mut self,
        location: &Location,
        code: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        help: Option<String>,
    ) {
        self.push(Diagnostic {
            help,
            ..Diagnostic::new(Severity::Warning, code, Some(location), message, expected)
        });
    }

    /// Says of what was noted last how to mend it.
    pub fn help(&mut self, help: &str) {
        if let Some(noted) = self.found.last_mut().filter(|_| self.kept) {
            noted.help = Some(help.to_owned());
        }
    }

    /// Says of what was noted last what mends it: `with` in place of what stands `at`.
    pub fn mend(&mut self, at: &Location, with: impl Into<String>) {
        if let Some(noted) = self.found.last_mut().filter(|_| self.kept) {
            noted.fix = Some(Fix {
                at: at.clone(),
                with: with.into(),
            });
        }
    }

    /// Notes one of a file as a whole.
    pub fn whole(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let fault = Diagnostic::new(Severity::Error, code, None, message, expected);
        self.push(fault);
    }

    /// Warns about a whole file.
    pub fn warn_whole(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let warning = Diagnostic::new(Severity::Warning, code, None, message, expected);
        self.push(warning);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether no more are noted: to look for them is in vain.
    pub fn is_full(&self) -> bool {
        self.more == Some(Severity::Error)
    }

    /// `value` where there are none, otherwise all of them, by file and line.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(self.into_sorted()),
        }
    }

    /// All of them, by file and line, each once.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        let mut once = once(self.found);
        for severity in [Severity::Error, Severity::Warning] {
            let mut count = 0;
            once.retain(|fault| {
                count += usize::from(fault.severity == severity);
                fault.severity != severity || count <= NOTED
            });
            if count > NOTED {
                self.more = self.more.or(Some(severity));
            }
        }
        if let Some(severity) = self.more {
            let message = format!("there are more than {NOTED}; the others are not shown");
            let expected = "they are reported once these are fixed";
            once.push(Diagnostic::new(
                severity, "too-many", None, message, expected,
            ));
        }
        once
    }
}

/// Faults by file and line, each once.
fn once(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    fn place(fault: &Diagnostic) -> Option<(&str, usize)> {
        let at = fault.location.as_ref();
        at.map(|at| (at.source.path(), at.span.start))
    }
    found.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut once: Vec<Diagnostic> = Vec::new();
    for fault in found {
        // Variants of one case repeat their faults, several at one place in turn.
        let of_place = place(&fault);
        let here = once.iter().rev();
        let known = here
            .take_while(|one| place(one) == of_place)
            .any(|one| *one == fault);
        if !known {
            once.push(fault);
        }
    }
    once
}

/// A single fault that is in no file.
pub fn one(
    code: &'static str,
    message: impl Into<String>,
    expected: impl Into<String>,
) -> Vec<Diagnostic> {
    let mut faults = Faults::new();
    faults.whole(code, message, expected);
    faults.into_sorted()
}

/// The same for a name that is none of the known ones.
pub fn unknown<'a>(
    code: &'static str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Vec<Diagnostic> {
    let message = format!("unknown {what} `{name}`");
    let mut faults = one(code, message, format!("expected {}", list(known.clone())));
    if let Some(fault) = faults.first_mut() {
        fault.help = suggestion(name, known);
    }
    faults
}
