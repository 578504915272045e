//! The badge: one small SVG that says go or no-go, for a README or a dashboard.

use std::io::{self, Write};

use super::run::Run;

/// The width of a letter of the badge's font, in its units; what is written is short, so that a mean will do.
const LETTER: usize = 7;

/// Go or no-go and why in a few words, and the colour of that.
pub(super) fn verdict(run: &Run<'_>) -> (String, &'static str) {
    let counts = run.counts();
    if counts.violating > 0 {
        (format!("no-go, {} violate", counts.violating), "#b3261e")
    } else if counts.inconclusive > 0 || run.ended.early.is_some() {
        let text = format!("no-go, {} inconclusive", counts.inconclusive);
        (text, "#8a6100")
    } else if counts.conforming > 0 {
        (format!("go, {} conform", counts.conforming), "#1a7f37")
    } else {
        ("nothing ran".to_owned(), "#57606a")
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
