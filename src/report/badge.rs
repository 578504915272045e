//! The badge: one small SVG that says go, no-go or partial, for a README or a dashboard.

use std::io::{self, Write};

use super::run::{Extent, Run, Verdict};

/// The width of a letter of the badge's font, in its units; what is written is short, so that a mean will do.
const LETTER: usize = 7;

/// The text of the badge, such as `go, 6 conform`, and its colour.
pub(super) fn verdict(run: &Run<'_>) -> (String, &'static str) {
    let counts = run.counts();
    let Extent { run: ran, of, .. } = run.extent();
    let inconclusive = format!("{} inconclusive", counts.inconclusive);
    match run.verdict() {
        Verdict::Go => (format!("go, {} conform", counts.conforming), "#1a7f37"),
        Verdict::Violated => (format!("no-go, {} violate", counts.violating), "#b3261e"),
        Verdict::Inconclusive => (format!("no-go, {inconclusive}"), "#8a6100"),
        Verdict::Partial if counts.inconclusive > 0 => {
            (format!("partial: {ran} of {of}, {inconclusive}"), "#8a6100")
        }
        Verdict::Partial => (format!("partial: {ran} of {of}"), "#8a6100"),
        Verdict::Nothing => ("nothing ran".to_owned(), "#57606a"),
    }
}

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (text, colour) = verdict(run);
    let label = "gonogo";
    let (left, right) = (width(label), width(&text));
    let all = left + right;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" aria-label=\"{label}: {text}\">\n\
         <title>{label}: {text}</title>\n\
         <rect width=\"{left}\" height=\"20\" fill=\"#24292f\"/>\n\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/>\n\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\n\
         <text x=\"{}\" y=\"14\">{label}</text>\n\
         <text x=\"{}\" y=\"14\">{text}</text>\n\
         </g>\n\
         </svg>",
        left / 2,
        left + right / 2,
    )
}

fn width(text: &str) -> usize {
    text.len() * LETTER + 12
}
