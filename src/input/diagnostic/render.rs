//! Diagnostics as text: file, line, column, the line itself, what was expected under it, the help.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Location, Severity, Span, one_line};

/// How many are shown: nobody mends more at a time.
const MOST: usize = 200;
/// After how much text, in bytes, no other is shown.
const ENOUGH: usize = 128 * 1024;
/// How much of a line is shown before and behind the beginning of a place, in bytes.
const WIDTH: usize = 400;

/// Whether a rendering may carry colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Styling {
    /// Text alone.
    #[default]
    Plain,
    /// With ANSI escape sequences.
    Coloured,
}

/// One diagnostic as text, without a final newline.
pub fn render(fault: &Diagnostic, styling: Styling) -> String {
    // They quote the file, and files come from others.
    let (message, expected) = (one_line(&fault.message), one_line(&fault.expected));
    let help = fault.help.as_deref().map(one_line);
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&message).id(fault.code);
    let shown = fault.location.as_ref().map(Shown::of);
    let group = match &shown {
        Some(shown) => title.element(shown.snippet(&expected)),
        None => title.element(Level::NOTE.message(&expected)),
    };
    let group = match &help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    renderer(styling).render(&[group])
}

/// All of them, and how many there are.
pub fn render_all(faults: &[Diagnostic], styling: Styling) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for fault in faults.iter().take(MOST) {
        if text.len() > ENOUGH {
            break;
        }
        text.push_str(&render(fault, styling));
        text.push_str("\n\n");
        shown += 1;
    }
    text.push_str(&counted(faults));
    text.push_str(" found");
    if faults.len() > shown {
        text.push_str(&format_args!(", the first {shown} are shown").to_string());
    }
    text.push('\n');
    text
}

/// How many faults and warnings there are: `2 faults, 1 warning`.
pub fn counted(found: &[Diagnostic]) -> String {
    let warnings = found.iter().filter(|one| one.severity == Severity::Warning);
    let warnings = warnings.count();
    match (found.len() - warnings, warnings) {
        (faults, 0) => number(faults, "fault"),
        (0, warnings) => number(warnings, "warning"),
        (faults, warnings) => {
            format!(
                "{}, {}",
                number(faults, "fault"),
                number(warnings, "warning")
            )
        }
    }
}

/// So many of them, in words: `1 fault`, `2 faults`.
pub fn number(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

/// The line of a place, fit to be printed.
struct Shown {
    path: String,
    line: usize,
    text: String,
    span: Span,
}

impl Shown {
    /// A place of several lines (a table) is shown by its first line.
    fn of(location: &Location) -> Self {
        let text = location.source.text();
        let boundary = |at: usize| {
            let at = at.min(text.len());
            (0..=at)
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0)
        };
        let start = boundary(location.span.start);
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
        // A long line is shown around its place: no terminal holds a megabyte.
        let from = from.max(boundary(start.saturating_sub(WIDTH)));
        let to = to.min(boundary(start + WIDTH)).max(start);
        let end = boundary(location.span.end).clamp(start, to);
        let before = one_line(&text[from..start]);
        let place = one_line(&text[start..end]);
        let after = one_line(text[end..to].trim_end());
        Self {
            path: one_line(location.source.path()),
            line: location.source.line(start),
            span: before.len()..before.len() + place.len(),
            text: format!("{before}{place}{after}"),
        }
    }

    /// The line with `label` under the place.
    fn snippet<'a>(&'a self, label: &'a str) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        Snippet::source(self.text.as_str())
            .path(self.path.as_str())
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(self.span.clone()).label(label))
    }
}

pub(crate) fn renderer(styling: Styling) -> Renderer {
    let renderer = match styling {
        Styling::Plain => Renderer::plain(),
        Styling::Coloured => Renderer::styled(),
    };
    renderer.decor_style(DecorStyle::Ascii)
}

/// A broken clause at the line of the case that asks for it. All texts must be fit to be printed.
pub fn finding(
    level: &str,
    clause: &str,
    title: &str,
    location: &Location,
    under: &str,
    sentence: &str,
    styling: Styling,
) -> String {
    let shown = Shown::of(location);
    let group = Level::ERROR
        .with_name(level)
        .primary_title(title)
        .id(clause)
        .element(shown.snippet(under))
        .element(Level::NOTE.with_name("clause").message(sentence));
    renderer(styling).render(&[group])
}

/// A trial that was not judged, at the line of its case, which is shown with what is `under` it. All texts must be fit to be printed.
pub fn unjudged(
    outcome: &str,
    reason: &str,
    location: &Location,
    under: Option<&str>,
    styling: Styling,
) -> String {
    let shown = Shown::of(location);
    let title = Level::WARNING.with_name(outcome).primary_title(reason);
    let group = if let Some(under) = under {
        title.element(shown.snippet(under))
    } else {
        let (line, column) = location.line_column();
        let origin = Origin::path(shown.path.as_str());
        title.element(origin.line(line).char_column(column))
    };
    renderer(styling).render(&[group])
}
