//! Mending files: replacements of parts of their text, so that comments and layout stay as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Diagnostic, Location, Source};

/// A replacement that mends a fault, and that cannot change what the author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub at: Location,
    /// What takes its place.
    pub with: String,
}

/// Sources with the fixes that some diagnostics have, and how many each got. Of two that overlap the first is made.
pub fn mended(found: &[Diagnostic]) -> Vec<(Arc<Source>, String, usize)> {
    let mut of_file: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
    for fix in found.iter().filter_map(|found| found.fix.as_ref()) {
        of_file.entry(fix.at.source.path()).or_default().push(fix);
    }
    of_file
        .into_values()
        .filter_map(|mut fixes| {
            fixes.sort_by_key(|fix| fix.at.span.start);
            let source = Arc::clone(&fixes.first()?.at.source);
            let (mut text, mut end, mut made) = (String::new(), 0, 0);
            for fix in fixes {
                let span = fix.at.span.clone();
                let Some(between) = source.text().get(end..span.start) else {
                    continue; // It overlaps the one before.
                };
                text.push_str(between);
                text.push_str(&fix.with);
                (end, made) = (span.end, made + 1);
            }
            text.push_str(source.text().get(end..).unwrap_or_default());
            Some((source, text, made))
        })
        .collect()
}
