//! Secrets taken out of texts, by value: as they are and in every coding that they may come back in.
//!
//! What is looked for is a secret in a few forms (as it is, base64 at any alignment, hex, UTF-16); where, is the text as it stands and
//! with its escapes undone (percent, JSON, HTML), once and twice. So any mixture of escapes is found. Upper and lower case are the same:
//! servers send names in lower case, and so do we show media types.

use std::sync::{LazyLock, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use zeroize::Zeroizing;

use super::unescape::{ESCAPES, View, unescaped};

/// Nothing shorter is looked for: it would be found everywhere, and is no secret. In bytes.
const SHORTEST: usize = 4;
/// The shortest beginning of a form that is taken out where a text was cut, in bytes.
const BEGINNING: usize = 3;
/// How often escapes are undone: a text in a URL in a JSON string has been escaped twice.
const LEVELS: usize = 2;
/// What one byte comes to where it is escaped so often (`\\u005cu0041`), in bytes at most.
const LONGEST_ESCAPE: usize = 36;
/// How much of a text is searched at a time, in bytes.
const PIECE: usize = 64 * 1024;
/// What stands where a text was cut.
const CUT: &[u8] = b"... (";
/// Finds it.
static CUTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(CUT));

/// Knows the secrets of a run, those that templates make of them included.
#[derive(Debug, Default)]
pub struct Redactor {
    known: RwLock<Forms>,
}

/// All forms of all secrets.
#[derive(Debug, Default)]
struct Forms {
    all: Vec<Known>,
    heads: Heads,
}

/// The pairs of bytes with which a form, an escape or the mark of a cut begins. Most places of a text are passed over by them: there are dozens
/// of forms, and preparing a search for each of them takes longer than all of a short text.
#[derive(Debug, Default)]
struct Heads(Vec<u64>);

impl Heads {
    /// Takes in how a form begins, in upper and in lower case.
    fn add(&mut self, form: &[u8]) {
        let [first, second, ..] = form else { return };
        if self.0.is_empty() {
            self.0.resize(1 << 10, 0);
            for first in ESCAPES {
                let (word, _) = place(*first, 0);
                // The pairs with one first byte stand together.
                self.0[word..word + 4].fill(u64::MAX);
            }
            let (word, bit) = place(CUT[0], CUT[1]);
            self.0[word] |= bit;
        }
        for first in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
            for second in [second.to_ascii_lowercase(), second.to_ascii_uppercase()] {
                let (word, bit) = place(first, second);
                self.0[word] |= bit;
            }
        }
    }

    fn have(&self, first: u8, second: u8) -> bool {
        let (word, bit) = place(first, second);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// Where a pair of bytes stands among all pairs.
fn place(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair >> 6, 1 << (pair & 63))
}

impl Forms {
    /// The forms that a text in lower case begins with.
    fn beginning<'a>(&'a self, text: &[u8]) -> impl Iterator<Item = &'a Known> {
        let begins = matches!(text, [first, second, ..] if self.heads.have(*first, *second));
        let all = if begins { self.all.as_slice() } else { &[] };
        all.iter().filter(|one| text.starts_with(&one.form))
    }

    fn is_not_at(&self, text: &[u8]) -> bool {
        let is_here = |one: &Known| {
            let here = text.get(..one.form.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(&one.form))
        };
        let escaped = text.first().is_some_and(|first| ESCAPES.contains(first));
        !escaped && !text.starts_with(CUT) && !self.all.iter().any(is_here)
    }

    /// Whether a text is free of all of them at first sight: nearly all texts are, and need no copy in lower case.
    fn are_not_in(&self, text: &[u8]) -> bool {
        let mut pairs = text.windows(2).enumerate();
        pairs.all(|(at, pair)| !self.heads.have(pair[0], pair[1]) || self.is_not_at(&text[at..]))
    }
}

/// One form of a secret, and what is shown in its place.
struct Known {
    form: Zeroizing<Vec<u8>>,
    shown: String,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A part of a text that is taken out: from, to, and what is put there.
type Hole<'a> = (usize, usize, &'a str);

impl Redactor {
    /// Takes in a secret and what is shown in its place.
    pub fn add(&self, secret: &str, shown: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let lower = Zeroizing::new(secret.to_ascii_lowercase());
        if known.all.iter().any(|one| **one.form == *lower.as_bytes()) {
            return;
        }
        for form in forms(secret) {
            known.heads.add(&form);
            known.all.push(Known {
                form: Zeroizing::new(form),
                shown: shown.to_owned(),
            });
        }
    }

    /// The text without the secrets, and without their beginnings where it was cut.
    pub fn redact(&self, text: &str) -> String {
        self.redacted(text).unwrap_or_else(|| text.to_owned())
    }

    /// The same in place.
    pub fn redact_in(&self, text: &mut String) {
        if let Some(redacted) = self.redacted(text) {
            *text = redacted;
        }
    }

    fn redacted(&self, text: &str) -> Option<String> {
        let bytes = self.bytes(text.as_bytes(), false)?;
        // Forms begin and end between characters, so what is left is text; if not, it is not shown as it came.
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.as_bytes())))
    }

    /// The first bytes without the secrets, also without one that the end cuts; none where there is nothing to change.
    pub fn redact_bytes(&self, bytes: &[u8], most: usize) -> Option<Vec<u8>> {
        match bytes.get(..most) {
            Some(first) if bytes.len() > most => {
                Some(self.bytes(first, true).unwrap_or_else(|| first.to_owned()))
            }
            _ => self.bytes(bytes, false),
        }
    }

    /// Whether one of the secrets is in a text, in any coding. However long the text is, little memory is used.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let longest = known.all.iter().map(|one| one.form.len()).max();
        let Some(longest) = longest else { return false };
        if known.are_not_in(bytes) {
            return false;
        }
        // What the end of one piece cuts, the next one has whole.
        let overlap = longest * LONGEST_ESCAPE;
        let mut from = 0;
        loop {
            let to = bytes.len().min(from + overlap + PIECE);
            let mut holes = Vec::new();
            for view in views(&bytes[from..to]) {
                wholes(&known, &view, &mut holes);
            }
            if !holes.is_empty() {
                return true;
            }
            if to == bytes.len() {
                return false;
            }
            from = to - overlap;
        }
    }

    fn bytes(&self, bytes: &[u8], cut: bool) -> Option<Vec<u8>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.all.is_empty() || !cut && known.are_not_in(bytes) {
            return None;
        }
        let mut holes: Vec<Hole<'_>> = Vec::new();
        for view in views(bytes) {
            wholes(&known, &view, &mut holes);
            beginnings(&known, &view, cut, &mut holes);
        }
        (!holes.is_empty()).then(|| without(bytes, holes))
    }
}

/// A text as it stands, and with its escapes undone once and twice.
fn views(bytes: &[u8]) -> impl Iterator<Item = View> {
    let mut next = Some(View::plain(bytes));
    (0..=LEVELS).map_while(move |level| {
        let view = next.take()?;
        if level < LEVELS {
            next = unescaped(&view);
        }
        Some(view)
    })
}

/// Finds whole secrets.
fn wholes<'a>(known: &'a Forms, view: &View, holes: &mut Vec<Hole<'a>>) {
    for at in 0..view.bytes.len() {
        for one in known.beginning(&view.bytes[at..]) {
            let (from, to) = view.place(at, at + one.form.len());
            holes.push((from, to, &one.shown));
        }
    }
}

/// Finds the beginnings of secrets where a text was cut.
fn beginnings<'a>(known: &'a Forms, view: &View, cut: bool, holes: &mut Vec<Hole<'a>>) {
    let mut ends: Vec<usize> = CUTS.find_iter(&view.bytes).collect();
    if cut {
        ends.push(view.bytes.len());
    }
    for one in known.all.iter().filter(|_| !ends.is_empty()) {
        let form: &[u8] = &one.form;
        for end in &ends {
            let before = &view.bytes[..*end];
            let longest = form.len().saturating_sub(1).min(before.len());
            let beginning = (BEGINNING..=longest)
                .rev()
                .find(|length| before.ends_with(&form[..*length]));
            if let Some(length) = beginning {
                let (from, to) = view.place(end - length, *end);
                holes.push((from, to, &one.shown));
            }
        }
    }
}

/// The text with each hole filled; of those that overlap, the first and longest says with what.
fn without(bytes: &[u8], mut holes: Vec<Hole<'_>>) -> Vec<u8> {
    holes.sort_by_key(|(from, to, _)| (*from, std::cmp::Reverse(*to)));
    let mut made = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for (from, to, shown) in holes {
        if from >= done {
            made.extend_from_slice(&bytes[done..from]);
            made.extend_from_slice(shown.as_bytes());
        }
        done = done.max(to);
    }
    made.extend_from_slice(&bytes[done..]);
    made
}

/// A secret as it may stand in a text whose escapes are undone, in lower case.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex = bytes.iter().flat_map(|byte| {
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default() as u8;
        [digit(byte >> 4), digit(byte & 15)]
    });
    let mut forms = vec![
        bytes.to_vec(),
        // How forms write a space.
        secret.replace(' ', "+").into_bytes(),
        hex.collect(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let text = engine.encode([&[0; 3][..before], bytes].concat());
            // Only what the secret alone decides, whatever stands before and behind it.
            let from = (before * 8).div_ceil(6);
            let to = (before + bytes.len()) * 8 / 6;
            forms.extend(text.get(from..to).map(|form| form.as_bytes().to_vec()));
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    for form in &mut forms {
        form.make_ascii_lowercase();
    }
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One byte of a secret as a server may write it.
    fn written(byte: u8, how: u8) -> String {
        match how % 9 {
            0 => format!("%{byte:02X}"),
            1 => format!("%{byte:02x}"),
            2 => format!("\\u{byte:04x}"),
            3 => format!("\\u00{byte:02X}"),
            4 => format!("&#{byte};"),
            5 => format!("&#x{byte:x};"),
            6 => format!("%25{byte:02x}"),
            7 => char::from(byte).to_ascii_uppercase().to_string(),
            _ => char::from(byte).to_string(),
        }
    }

    proptest! {
        #[test]
        fn any_mixture_of_escapes_is_found(
            secret in "[ -~]{4,40}",
            hows in prop::collection::vec(any::<u8>(), 40),
            before in "[a-z ]{0,20}",
            after in "[a-z ]{0,20}",
        ) {
            // A backslash or a percent sign before what looks like the rest of an escape is an escape, and no secret.
            prop_assume!(!secret.contains(['\\', '%', '&']));
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            let text: String = secret.bytes().zip(&hows).map(|(byte, how)| written(byte, *how)).collect();
            let redacted = redactor.redact(&format!("{before}|{text}|{after}"));
            prop_assert_eq!(redacted, format!("{before}|$SECRET|{after}"));
        }

        #[test]
        fn base64_is_found_at_any_alignment(secret in "[!-~]{8,40}", before in ".{0,7}", after in ".{0,7}") {
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                let redacted = redactor.redact(&text);
                prop_assert!(redacted.contains("$SECRET"), "{}", redacted);
                // What is left of it beside its neighbours is less than two characters, one at each end.
                let left = redacted.len() - "$SECRET".len();
                let of_neighbours = (before.len() + after.len()) * 8 / 6;
                prop_assert!(left <= of_neighbours + 4, "{}", redacted);
            }
        }

        #[test]
        fn a_text_cut_anywhere_shows_no_beginning(secret in "[a-z]{8,40}", before in "[A-Z ]{0,9}", cut in 3_usize..40) {
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            let first = &secret[..cut.min(secret.len() - 1)];
            let text = format!("{before}{first}... (99 bytes)");
            prop_assume!(!before.to_lowercase().contains(&first[..3]));
            prop_assert_eq!(redactor.redact(&text), format!("{before}$SECRET... (99 bytes)"));
            let bytes = format!("{before}|{secret}");
            let shown = redactor.redact_bytes(bytes.as_bytes(), before.len() + 1 + first.len()).unwrap();
            prop_assert_eq!(shown, format!("{before}|$SECRET").into_bytes());
        }

        #[test]
        fn what_holds_no_secret_stays(text in ".*", secret in "[a-z]{12,20}") {
            prop_assume!(!text.contains(&secret) && !text.contains("... ("));
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            prop_assert_eq!(redactor.redact(&text), text);
        }

        #[test]
        fn any_bytes_can_be_redacted(bytes in prop::collection::vec(any::<u8>(), 0..200), secret in "[ -~]{4,9}", most in 0_usize..250) {
            let redactor = Redactor::default();
            redactor.add(&secret, "\u{1}");
            let shown = redactor.redact_bytes(&bytes, most).unwrap_or(bytes);
            prop_assert!(memmem::find(&shown, secret.as_bytes()).is_none());
        }
    }
}
