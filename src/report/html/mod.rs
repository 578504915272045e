//! The HTML report: one file that needs no network and no other file.
//!
//! The first screen is written here, as text. Everything below it is drawn from the data by `script/`, which makes text
//! nodes only; the page's policy lets nothing run but that script, and nothing be fetched. What the data hold is the
//! matter of `about` and `trials`; how they get into the page without harm, that of `embed`.

mod about;
mod embed;
mod first;
mod records;
mod trials;

use std::io::{self, Write};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::run::Run;

/// The page, with places that begin with `@`.
const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("script/dom.js"),
    include_str!("script/run.js"),
    include_str!("script/filter.js"),
    include_str!("script/json.js"),
    include_str!("script/exchange.js"),
    include_str!("script/volley.js"),
    include_str!("script/findings.js"),
    include_str!("script/matrix.js"),
    include_str!("script/trials.js"),
    include_str!("script/start.js"),
);

/// Writes it.
pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once('@') {
        out.write_all(before.as_bytes())?;
        let end = after
            .find(|letter: char| !letter.is_ascii_lowercase())
            .unwrap_or(after.len());
        let (place, after) = after.split_at(end);
        match place {
            "policy" => out.write_all(policy().as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "title" => out.write_all(first::title(run).as_bytes())?,
            "first" => out.write_all(first::screen(run).as_bytes())?,
            "run" => embed::json(&about::about(run), out)?,
            "trials" => trials::trials(run, out)?,
            unknown => {
                return Err(io::Error::other(format!(
                    "the template has no @{unknown} to fill in"
                )));
            }
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// What the page may do: show its own style and run its own script, each known by its digest, and make no markup of a text.
fn policy() -> String {
    let digest =
        |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}
