//! Diagnostics as text: file, line, column, the line itself, what was expected under it, the help.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Location};

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
    let title = Level::ERROR
        .primary_title(fault.message.as_str())
        .id(fault.code);
    let group = match &fault.location {
        Some(location) => title.element(snippet(location, &fault.expected)),
        None => title.element(Level::NOTE.message(fault.expected.as_str())),
    };
    let group = match &fault.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    renderer(styling).render(&[group])
}

/// All of them, and how many there are.
pub fn render_all(faults: &[Diagnostic], styling: Styling) -> String {
    let mut text = String::new();
    for fault in faults {
        text.push_str(&render(fault, styling));
        text.push_str("\n\n");
    }
    let s = if faults.len() == 1 { "" } else { "s" };
    text.push_str(&format_args!("{} fault{s} found\n", faults.len()).to_string());
    text
}

/// The source's line with `label` under the place.
pub(crate) fn snippet<'a>(
    location: &'a Location,
    label: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = location.source.text();
    let end = location.span.end.min(text.len());
    let start = location.span.start.min(end);
    // A place of several lines (a table) is shown by its first: the rest tells nothing more.
    let first_line = text
        .get(start..end)
        .and_then(|place| place.find('\n'))
        .map_or(end, |newline| start + newline);
    Snippet::source(text)
        .path(location.source.path())
        .annotation(
            AnnotationKind::Primary
                .span(start..first_line.max(start))
                .label(label),
        )
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
    let group = Level::ERROR
        .with_name(level)
        .primary_title(title)
        .id(clause)
        .element(snippet(location, under))
        .element(Level::NOTE.with_name("clause").message(sentence));
    renderer(styling).render(&[group])
}
