//! Secrets taken out of texts, by value: as they are and in every coding that they may come back in.
//!
//! A secret is looked for in the text as it stands, and in all that comes of it when its codings are undone, one after the other, until
//! nothing is left to be undone or a bound on the work is reached. So any mixture of codings is found. Upper and lower case are the same: names
//! of fields lose theirs.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use memchr::memmem;

use super::forms::{Form, Forms};
use super::packed::parts;
use super::secret::Secret;
use super::token::{CREDENTIAL_HEADERS, parts as parts_of};
use super::unescape::{joined, unescaped, unfolded, unquoted};
use super::view::{CUT, View};

/// The shortest beginning of a form that is taken out where a text was cut, in bytes.
const BEGINNING: usize = 3;
/// How many bytes are made of a text in all by undoing its codings: so many times its own, and so many more.
const MADE: (usize, usize) = (32, 64 * 1024);
/// What one byte of the longest form comes to in codings, in bytes at most. That form is hex: of the secret itself it is twice as much.
const LONGEST_CODING: usize = 24;
/// How much of a text is searched at a time, in bytes.
const PIECE: usize = 64 * 1024;
/// Finds where a text was cut.
static CUTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(CUT));

/// Knows the secrets of a run, those that templates make of them included.
#[derive(Debug, Default)]
pub struct Redactor {
    known: RwLock<Forms>,
    learned: AtomicBool,
    in_shell: RwLock<Vec<Arc<Known>>>,
    /// The header fields of requests that hold credentials beside those of any target, names in lower case, and the values that are known.
    headers: RwLock<BTreeMap<String, Vec<Secret>>>,
}

/// A secret that a shell can put in, and the text by which it does.
#[derive(Debug)]
pub(super) struct Known {
    /// `$NAME` or `$(cat FILE)`.
    pub(super) text: String,
    /// The secret.
    pub(super) secret: Secret,
}

impl Known {
    /// What is shown in place of the secret in a form that no shell makes of it.
    pub(super) fn other_form(&self) -> String {
        let text = self.text.strip_prefix("$(cat ").unwrap_or(&self.text);
        format!("<{} in another form>", text.trim_matches(['$', ')', '\'']))
    }
}

/// A part of a text that is taken out.
#[derive(Clone, Copy)]
struct Hole<'a> {
    from: usize,
    to: usize,
    form: &'a Form,
    /// Whether all of the form is in it, not only its beginning.
    is_whole: bool,
}

impl Redactor {
    /// Takes in a secret and what is shown in its place.
    pub fn add(&self, secret: &str, shown: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.add(secret, shown);
    }

    /// Takes in a token that a run comes by, and its parts, and what is shown in place of each.
    pub fn learn(&self, token: &str, shown: &str) {
        self.add_token(
            token,
            shown,
            &format!("<part of {}>", shown.trim_matches(['<', '>'])),
        );
        self.learned.store(true, Ordering::Relaxed);
    }

    /// Takes in by what a shell puts a secret in.
    pub fn add_to_shell(&self, secret: &Secret, text: &str) {
        let mut known = self
            .in_shell
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let (text, secret) = (text.to_owned(), secret.clone());
        known.push(Arc::new(Known { text, secret }));
        known.sort_by_key(|one| Reverse(one.text.len()));
        known.dedup_by(|one, other| one.text == other.text);
    }

    /// Takes in a header field that holds a credential, and the value that it has where its secrets are known.
    pub fn add_header(&self, name: &str, value: Option<&Secret>) {
        let mut headers = self.headers.write().unwrap_or_else(PoisonError::into_inner);
        let known = headers.entry(name.to_ascii_lowercase()).or_default();
        known.extend(value.cloned());
    }

    /// Whether a header field of requests holds a credential; `name` in lower case.
    pub fn is_secret_header(&self, name: &str) -> bool {
        let headers = self.headers.read().unwrap_or_else(PoisonError::into_inner);
        CREDENTIAL_HEADERS.contains(&name) || headers.contains_key(name)
    }

    /// Whether a header field holds a credential that is not the target's.
    pub(super) fn hides(&self, name: &str, value: &str) -> bool {
        let headers = self.headers.read().unwrap_or_else(PoisonError::into_inner);
        match headers.get(name) {
            Some(known) => known.iter().all(|one| one.expose() != value),
            None => CREDENTIAL_HEADERS.contains(&name),
        }
    }

    /// The secrets that a shell can put in, those with the longest texts first.
    pub(super) fn shell_secrets(&self) -> Vec<Arc<Known>> {
        let known = self.in_shell.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// Takes in a token, and its parts.
    pub fn add_token(&self, token: &str, shown: &str, part: &str) {
        self.add(token, shown);
        for one in parts_of(token) {
            self.add(one, part);
        }
    }

    /// Whether it knows more than at the beginning of the run: what it has read before, it may read otherwise.
    pub(super) fn has_learned(&self) -> bool {
        self.learned.load(Ordering::Relaxed)
    }

    /// What a text has beside the secrets.
    pub(super) fn rest(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let holes = Search::all(&known).over(text.as_bytes(), false);
        let rest = without(text.as_bytes(), holes, |_| "");
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// The text without the secrets, and without their beginnings where it was cut.
    pub fn redact(&self, text: &str) -> String {
        self.redacted(text).unwrap_or_else(|| text.to_owned())
    }

    /// The same in place.
    pub(super) fn redact_in(&self, text: &mut String) {
        if let Some(redacted) = self.redacted(text) {
            *text = redacted;
        }
    }

    fn redacted(&self, text: &str) -> Option<String> {
        let bytes = self.redact_bytes(text.as_bytes(), false)?;
        // Forms begin and end between characters, so what is left is text; if not, it is not shown as it came.
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.as_bytes())))
    }

    /// Whether one of the secrets is in a text, in any coding. However long the text is, little memory is used.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        !Search::whole(&known).over(bytes, false).is_empty()
    }

    /// Bytes without the secrets, also without the beginning of one where `is_cut` says that more followed; none where there is nothing to
    /// change.
    pub(super) fn redact_bytes(&self, bytes: &[u8], is_cut: bool) -> Option<Vec<u8>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let holes = Search::all(&known).over(bytes, is_cut);
        (!holes.is_empty()).then(|| without(bytes, holes, |form| &form.shown))
    }
}

/// A search for secrets.
struct Search<'a> {
    known: &'a Forms,
    /// Whether it ends with the first whole one. Otherwise beginnings are looked for, too, where a text was cut.
    once: bool,
    holes: Vec<Hole<'a>>,
    /// How many bytes may still be made.
    left: usize,
}

impl<'a> Search<'a> {
    /// For one secret.
    fn whole(known: &'a Forms) -> Self {
        Self {
            known,
            once: true,
            holes: Vec::new(),
            left: 0,
        }
    }

    /// For all of them, and their beginnings.
    fn all(known: &'a Forms) -> Self {
        Self {
            once: false,
            ..Self::whole(known)
        }
    }

    /// Searches a text, piece by piece. `cut` says that its end was cut.
    fn over(mut self, bytes: &[u8], cut: bool) -> Vec<Hole<'a>> {
        // What the end of one piece cuts, the next one has whole.
        let overlap = self.known.longest * LONGEST_CODING;
        let mut from = 0;
        loop {
            let to = bytes.len().min(from + overlap + PIECE);
            let last = to == bytes.len();
            let (piece, cut) = (&bytes[from..to], cut && last);
            if cut || !self.known.is_absent_from(piece) {
                self.left = piece.len() * MADE.0 + MADE.1;
                self.look(View::plain(piece, from, cut));
            }
            if last || self.is_done() {
                return self.holes;
            }
            from = to - overlap;
        }
    }

    fn is_done(&self) -> bool {
        self.once && !self.holes.is_empty()
    }

    /// Looks at one reading of a text, and at all that comes of it. Each coding that is undone makes it shorter, so this ends.
    fn look(&mut self, mut view: View) {
        loop {
            self.secrets(&view);
            for join in [joined, unfolded] {
                if let Some(joined) = join(&view).filter(|made| self.may_make(made)) {
                    self.secrets(&joined);
                }
            }
            if self.is_done() {
                return;
            }
            for part in parts(&view, self.known.shortest) {
                // Then it was read before.
                if part.is_as_it_stood(&view) {
                    continue;
                }
                let known = self.known;
                let worth = |bytes: &[u8]| !known.is_absent_from(bytes);
                for reading in part.readings(&view, known.shortest, worth) {
                    if !self.may_make(&reading) {
                        return;
                    }
                    self.look(reading);
                }
            }
            if let Some(unquoted) = unquoted(&view).filter(|made| self.may_make(made)) {
                self.look(unquoted);
            }
            let Some(next) = unescaped(&view).filter(|made| self.may_make(made)) else {
                return;
            };
            view = next;
        }
    }

    fn may_make(&mut self, view: &View) -> bool {
        let left = self.left.checked_sub(view.bytes.len());
        self.left = left.unwrap_or_default();
        left.is_some()
    }

    /// Finds secrets, and their beginnings where they count.
    fn secrets(&mut self, view: &View) {
        self.wholes(view);
        if !self.once {
            self.beginnings(view);
        }
    }

    /// Finds whole secrets.
    fn wholes(&mut self, view: &View) {
        for at in 0..view.bytes.len() {
            for one in self.known.beginning(&view.bytes[at..]) {
                let (from, to) = (view.origin(at), view.origin(at + one.text.len()));
                self.holes.push(Hole {
                    from,
                    to,
                    form: one,
                    is_whole: true,
                });
            }
        }
    }

    /// Finds the beginnings of secrets where a text was cut, also where the cut made another character of the last escape.
    fn beginnings(&mut self, view: &View) {
        let mut ends: Vec<usize> = CUTS.find_iter(&view.bytes).collect();
        ends.extend(view.cut.then_some(view.bytes.len()));
        for one in self.known.all.iter().filter(|_| !ends.is_empty()) {
            let form: &[u8] = &one.text;
            for (end, last) in ends
                .iter()
                .flat_map(|end| [(end, *end), (end, end.saturating_sub(1))])
            {
                let before = &view.bytes[..last];
                let longest = form.len().saturating_sub(1).min(before.len());
                let beginning = (BEGINNING..=longest).rev().find(|length| {
                    let (_, here) = before.split_at(before.len() - length);
                    here.eq_ignore_ascii_case(&form[..*length])
                });
                if let Some(length) = beginning {
                    let (from, to) = (view.origin(last - length), view.origin(*end));
                    self.holes.push(Hole {
                        from,
                        to,
                        form: one,
                        is_whole: false,
                    });
                }
            }
        }
    }
}

/// The text with each hole filled; of those that overlap, the first and longest says with what, and of equal ones the plain secret.
fn without<'a>(bytes: &[u8], holes: Vec<Hole<'a>>, fill: impl Fn(&'a Form) -> &'a str) -> Vec<u8> {
    let mut holes = once(holes);
    holes.sort_by_key(|hole| (hole.from, Reverse(hole.to), !hole.form.is_plain));
    let mut made = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for Hole { from, to, form, .. } in holes {
        if from >= done {
            made.extend_from_slice(&bytes[done..from]);
            made.extend_from_slice(fill(form).as_bytes());
        }
        done = done.max(to);
    }
    made.extend_from_slice(&bytes[done..]);
    made
}

/// The holes, of each secret at a place the shortest: where what follows it may be half an escape, such as the `=1` of a form, some readings
/// take that in.
fn once(mut holes: Vec<Hole<'_>>) -> Vec<Hole<'_>> {
    holes.sort_by_key(|hole| (hole.from, !hole.is_whole, hole.to));
    let mut kept: Vec<Hole<'_>> = Vec::with_capacity(holes.len());
    for hole in holes {
        let mut here = kept.iter().rev().take_while(|one| one.from == hole.from);
        if !here.any(|one| one.is_whole && std::ptr::eq(one.form, hole.form)) {
            kept.push(hole);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    /// One byte of a secret as a server may write it.
    fn written(byte: u8, how: u8) -> String {
        match how % 21 {
            0 => format!("%{byte:02X}"),
            1 => format!("%{byte:02x}"),
            2 => format!("\\u{byte:04x}"),
            3 => format!("\\u00{byte:02X}"),
            4 => format!("&#{byte};"),
            5 => format!("&#x{byte:x};"),
            6 => format!("%25{byte:02x}"),
            7 => char::from(byte).to_ascii_uppercase().to_string(),
            8 => format!("%2525{byte:02X}"),
            9 => format!("\\u{{{byte:x}}}"),
            10 => format!("\\x{byte:02x}"),
            11 => format!("\\{byte:03o}"),
            12 => format!("%u{byte:04X}"),
            13 => format!("{}\u{200b}", char::from(byte)),
            14 => format!("{}\0", char::from(byte)),
            15 => format!("&amp;#{byte:04};"),
            16 => format!("{}\r\n", char::from(byte)),
            17 => format!("{}\t", char::from(byte)),
            18 => format!("{}\\r\\n", char::from(byte)),
            19 => format!("{}\\t", char::from(byte)),
            _ => char::from(byte).to_string(),
        }
    }

    /// All of a text in another coding, as a server may send it.
    fn coded(text: &str, how: u8) -> String {
        let each = |write: &dyn Fn(u8) -> String| text.bytes().map(write).collect::<String>();
        let letters = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
        let special = |byte: u8| !byte.is_ascii_alphanumeric();
        match how % 13 {
            0 => STANDARD.encode(text),
            1 => URL_SAFE_NO_PAD.encode(format!("x:{text}")),
            2 => {
                let lines: Vec<String> = STANDARD
                    .encode(text)
                    .into_bytes()
                    .chunks(19)
                    .map(|line| String::from_utf8_lossy(line).into_owned())
                    .collect();
                lines.join("\r\n")
            }
            3 => each(&|byte| {
                if special(byte) {
                    format!("%{byte:02X}")
                } else {
                    char::from(byte).to_string()
                }
            }),
            4 => each(&|byte| {
                if special(byte) {
                    format!("={byte:02X}=\n")
                } else {
                    char::from(byte).to_string()
                }
            }),
            5 => each(&|byte| format!("{byte:02x}")),
            6 => each(&|byte| format!("{byte:02X}:")),
            7 => each(&|byte| format!("0x{byte:02x}, ")),
            8 => serde_json::Value::from(text).to_string(),
            9 => serde_json::Value::from(serde_json::Value::from(text).to_string()).to_string(),
            10 => letters(&|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter.to_string()
                } else {
                    format!("&#{};", u32::from(letter))
                }
            }),
            11 => letters(&|letter| format!("{letter}\u{feff}")),
            _ => letters(&|letter| format!("{letter}\0")),
        }
    }

    proptest! {
        #[test]
        fn any_mixture_of_escapes_is_found(
            // A backslash, a percent sign or `&` before what looks like the rest of an escape is an escape, and no secret.
            secret in "[ -$'-\\[\\]-~]{4,40}",
            hows in prop::collection::vec(any::<u8>(), 40),
            before in "[a-z ]{0,20}",
            after in "[a-z ]{0,20}",
        ) {
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            let mut text: String = secret.bytes().zip(&hows).map(|(byte, how)| written(byte, *how)).collect();
            // A break after the last byte splits nothing, and is not part of the secret.
            for end in ["\r\n", "\t", "\\r\\n", "\\t"] {
                text.truncate(text.strip_suffix(end).unwrap_or(&text).len());
            }
            let redacted = redactor.redact(&format!("{before}|{text}|{after}"));
            prop_assert_eq!(redacted, format!("{before}|$SECRET|{after}"));
        }

        #[test]
        fn codings_of_codings_are_found(
            secret in "[a-zA-Z0-9/+_.~=-]{8,40}",
            hows in prop::collection::vec(any::<u8>(), 1..4),
            before in "[a-z ]{0,20}",
        ) {
            let redactor = Redactor::default();
            redactor.add(&secret, "$SECRET");
            let text = hows.iter().fold(secret, |text, how| coded(&text, *how));
            let text = format!("{before}|{text}|");
            prop_assert!(redactor.finds(text.as_bytes()), "{}", text);
            let redacted = redactor.redact(&text);
            prop_assert!(redacted.contains("$SECRET"), "{} of {}", redacted, text);
            prop_assert!(!redactor.finds(redacted.as_bytes()), "{} of {}", redacted, text);
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
            let shown = redactor.redact_bytes(&bytes.as_bytes()[..before.len() + 1 + first.len()], true).unwrap();
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
            let first = bytes.get(..most).unwrap_or(&bytes);
            let shown = redactor.redact_bytes(first, most < bytes.len()).unwrap_or(first.to_vec());
            prop_assert!(memmem::find(&shown, secret.as_bytes()).is_none());
        }
    }
}
