//! The forms in which a secret is looked for, and whether a text can hold one at all: nearly none can, and those are passed over.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::{memchr3, memmem};
use zeroize::Zeroizing;

use super::packed::{Shortest, is_possible};
use super::unescape::{escape, is_break, leads, quoted, unescaped};
use super::view::{CUT, View};

/// Nothing shorter is looked for: it would be found everywhere, and is no secret. In bytes.
const SHORTEST: usize = 4;

/// All forms of all secrets.
#[derive(Debug, Default)]
pub(super) struct Forms {
    pub(super) all: Vec<Form>,
    /// Which of them begin with a pair of bytes: a run may learn thousands.
    by_head: BTreeMap<[u8; 2], Vec<usize>>,
    /// The length of the longest, in bytes.
    pub(super) longest: usize,
    heads: Heads,
    pub(super) shortest: Shortest,
}

/// One form of a secret, and what is shown in its place.
pub(super) struct Form {
    /// In lower case.
    pub(super) text: Zeroizing<Vec<u8>>,
    pub(super) shown: String,
    /// Whether it is the secret itself, and no coding of it.
    pub(super) is_plain: bool,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Form {
    fn begins(&self, text: &[u8]) -> bool {
        let here = text.get(..self.text.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(&self.text))
    }
}

impl Forms {
    /// Takes in a secret and what is shown in its place.
    pub(super) fn add(&mut self, secret: &str, shown: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        self.shortest.add(secret);
        let plain = secret.to_ascii_lowercase().into_bytes();
        let known = |one: &Form| one.is_plain && *one.text == plain;
        if self.with_head(&plain).any(known) {
            return;
        }
        for form in forms(secret) {
            self.shortest.add_form(form.len());
            self.longest = self.longest.max(form.len());
            self.heads.add(&form);
            if let [first, second, ..] = form[..] {
                let alike = self.by_head.entry([first, second]).or_default();
                alike.push(self.all.len());
            }
            self.all.push(Form {
                is_plain: form == plain,
                text: Zeroizing::new(form),
                shown: shown.to_owned(),
            });
        }
    }

    /// The forms that begin with the two bytes that a text begins with.
    fn with_head(&self, text: &[u8]) -> impl Iterator<Item = &Form> {
        let head = match text {
            [first, second, ..] => [first.to_ascii_lowercase(), second.to_ascii_lowercase()],
            _ => [0; 2],
        };
        let alike = self.by_head.get(&head).into_iter().flatten();
        alike.filter_map(|at| self.all.get(*at))
    }

    /// The forms that a text begins with.
    pub(super) fn beginning<'a>(&'a self, text: &[u8]) -> impl Iterator<Item = &'a Form> {
        let possible = self.heads.begin(text).then(|| self.with_head(text));
        possible
            .into_iter()
            .flatten()
            .filter(|one| one.begins(text))
    }

    /// Whether a text contains none of them in any encoding: neither one of them nor anything that can be decoded.
    pub(super) fn is_absent_from(&self, text: &[u8]) -> bool {
        if self.all.is_empty()
            || text.len() < self.shortest.form && memmem::find(text, CUT).is_none()
        {
            return true;
        }
        for (at, pair) in text.windows(2).enumerate() {
            if self.heads.have(pair[0], pair[1]) && !self.is_absent_at(&text[at..]) {
                return false;
            }
        }
        let last = text.last().filter(|last| self.heads.have(**last, 0));
        last.is_none_or(|last| self.is_absent_at(&[*last]))
            && !is_possible(text, self.shortest)
            && [false, true]
                .iter()
                .all(|fold| self.is_absent_when_joined(text, *fold))
    }

    /// Whether a text has none of them, even split by line breaks and tabs; `fold` also ignores the spaces after a line break.
    fn is_absent_when_joined(&self, text: &[u8], fold: bool) -> bool {
        let begins = memchr3(b'\t', b'\n', b'\r', text).is_some();
        if !begins || fold && memmem::find(text, b"\n ").is_none() {
            return true;
        }
        let mut folded = false;
        let joined = text.iter().copied().filter(|byte| {
            folded =
                fold && (matches!(byte, b'\n' | b'\r') || folded && matches!(byte, b' ' | b'\t'));
            !folded && !is_break(*byte)
        });
        !self.are_in_plain(&joined.collect::<Vec<u8>>())
    }

    fn are_in_plain(&self, text: &[u8]) -> bool {
        (0..text.len()).any(|at| self.beginning(&text[at..]).next().is_some())
    }

    fn is_absent_at(&self, text: &[u8]) -> bool {
        let undone = || text.first().is_some_and(|first| leads(*first)) && escape(text).is_some();
        let cut = || text.starts_with(CUT);
        let here = || self.with_head(text).any(|one| one.begins(text));
        !undone() && quoted(text).is_none() && !cut() && !here()
    }
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
            for first in (0..=u8::MAX).filter(|byte| leads(*byte) || *byte == b'=') {
                let (word, _) = place(first, 0);
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

    /// Whether a text begins with one of the pairs; its last byte may begin one.
    fn begin(&self, text: &[u8]) -> bool {
        let (first, second) = match text {
            [first, second, ..] => (*first, *second),
            [first] => (*first, 0),
            [] => return false,
        };
        self.have(first, second)
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

/// A secret as it may stand in a text whose escapes are undone, in lower case. Base64 and hex are here, too, and not only undone: of them a
/// beginning may be left where a text was cut, or upper and lower case be lost.
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
    ];
    // What looks like an escape in it is undone together with those around it.
    let mut view = View::plain(bytes, 0, false);
    while let Some(next) = unescaped(&view) {
        forms.push(next.bytes.clone());
        view = next;
    }
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
