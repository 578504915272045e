//! The parts of a text that may be base64 (RFC 4648) or hex, read as such: in them a secret may stand in any other coding.

use super::unescape::leads;
use super::view::{CUT, View};

const BASE64: u8 = 1;
const WRAP: u8 = 2;
const HEX: u8 = 4;
const BETWEEN: u8 = 8;
/// What stands in secrets, and in what they are coded in.
const LEGIBLE: u8 = 16;
/// A part of what is not seen, which may stand between legible bytes.
const UNSEEN: u8 = 32;

/// How far the digits of one part may be from each other, in bytes: `"6b", "61"`.
const MOST_BETWEEN: usize = 4;

/// What a byte can be in such a part, and in what it is unpacked to.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < classes.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 256")]
        let byte = at as u8;
        let mut class = 0;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
            class |= BASE64;
        }
        if matches!(byte, b'\r' | b'\n') {
            class |= WRAP;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        } else if byte.is_ascii_whitespace()
            || byte.is_ascii_punctuation()
            || matches!(byte, b'x' | b'X')
        {
            class |= BETWEEN;
        }
        if byte.is_ascii_graphic() || byte.is_ascii_whitespace() {
            class |= LEGIBLE;
        } else if leads(byte) || matches!(byte, 0x80..=0xbf) {
            class |= UNSEEN;
        }
        classes[at] = class;
        at += 1;
    }
    classes
};

/// How many characters come to a secret: none shorter are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shortest {
    /// In any form, as it stands: no coding makes a text shorter.
    pub(super) form: usize,
    base64: usize,
    hex: usize,
    legible: usize,
}

impl Default for Shortest {
    fn default() -> Self {
        Self {
            form: usize::MAX,
            base64: usize::MAX,
            hex: usize::MAX,
            legible: usize::MAX,
        }
    }
}

impl Shortest {
    /// Takes in a secret.
    pub(super) fn add(&mut self, secret: &str) {
        self.base64 = self.base64.min(secret.len() * 8 / 6);
        self.hex = self.hex.min(secret.len() * 2);
        let legible = secret
            .bytes()
            .filter(|byte| CLASSES[usize::from(*byte)] & LEGIBLE != 0)
            .count();
        // What else stands in it may be anything.
        let all = if secret.is_ascii() { legible } else { 0 };
        self.legible = self.legible.min(all);
    }

    /// Takes in one of its forms, of so many bytes.
    pub(super) fn add_form(&mut self, form: usize) {
        self.form = self.form.min(form);
    }
}

/// Whether a part of a text may hold a secret in base64 or hex.
pub(super) fn is_possible(text: &[u8], shortest: Shortest) -> bool {
    let base64 = |part: &[u8]| (0..4).any(|first| holds(part, BASE64, 6, first, shortest));
    // Where the digits of `0x` begin is not looked for here.
    let hex = |part: &[u8]| {
        part.iter().any(|byte| byte.eq_ignore_ascii_case(&b'x'))
            || (0..2).any(|first| holds(part, HEX, 4, first, shortest))
    };
    long(text, BASE64, WRAP, shortest.base64, base64) || long(text, HEX, BETWEEN, shortest.hex, hex)
}

/// Whether one of the parts that are long enough is what is looked for. Only some bytes of a text are looked at: such a part has one of them.
fn long(
    text: &[u8],
    of: u8,
    between: u8,
    shortest: usize,
    is_looked_for: impl Fn(&[u8]) -> bool,
) -> bool {
    let is_in = |byte: &&u8| CLASSES[usize::from(**byte)] & (of | between) != 0;
    let mut at = shortest.saturating_sub(1);
    while at < text.len() {
        if is_in(&&text[at]) {
            let before = text[..at].iter().rev().take_while(is_in).count();
            let behind = text[at..].iter().take_while(is_in).count();
            let part = &text[at - before..at + behind];
            let class = |byte: &&u8| CLASSES[usize::from(**byte)] & of != 0;
            let is_long = part.len() >= shortest && part.iter().filter(class).count() >= shortest;
            if is_long && is_looked_for(part) {
                return true;
            }
            at += behind;
        }
        at += shortest;
    }
    false
}

/// Whether a part, read from one of its characters on, may hold a secret.
fn holds(part: &[u8], of: u8, bits: usize, first: usize, shortest: Shortest) -> bool {
    let characters = part
        .iter()
        .filter(|byte| CLASSES[usize::from(**byte)] & of != 0);
    may_hold(read(characters.skip(first).copied(), bits), shortest)
}

/// Whether what was unpacked may hold a secret: so many legible bytes, with nothing between them but what is not seen. Whatever a secret
/// is coded in, it is legible, and longer than itself; what was never packed comes out as noise.
fn may_hold(mut bytes: impl Iterator<Item = u8>, shortest: Shortest) -> bool {
    let mut legible = 0;
    bytes.any(|byte| {
        match CLASSES[usize::from(byte)] & (LEGIBLE | UNSEEN) {
            LEGIBLE => legible += 1,
            UNSEEN => {}
            _ => legible = 0,
        }
        legible >= shortest.legible
    })
}

/// The bytes that characters of so many bits come to.
fn read(characters: impl Iterator<Item = u8>, bits: usize) -> impl Iterator<Item = u8> {
    let (mut made, mut held) = (0_u32, 0);
    characters.filter_map(move |character| {
        made = made << bits | value(character, bits);
        held += bits;
        (held >= 8).then(|| {
            held -= 8;
            let [.., byte] = (made >> held).to_be_bytes();
            byte
        })
    })
}

/// A part of a text that may be packed.
#[derive(Debug)]
pub(super) struct Part {
    /// Where each of its characters stands.
    places: Vec<usize>,
    /// How many bits each of them holds.
    bits: usize,
}

/// The parts of a text that are long enough.
pub(super) fn parts(view: &View, shortest: Shortest) -> Vec<Part> {
    let mut parts = Vec::new();
    for (of, between, bits, shortest) in [
        (BASE64, WRAP, 6, shortest.base64),
        (HEX, BETWEEN, 4, shortest.hex),
    ] {
        let mut places: Vec<usize> = Vec::new();
        let mut end = |places: &mut Vec<usize>| {
            if places.len() >= shortest {
                let places = std::mem::take(places);
                parts.push(Part { places, bits });
            }
            places.clear();
        };
        for (at, byte) in view.bytes.iter().enumerate() {
            let class = CLASSES[usize::from(*byte)];
            if class & of != 0 {
                places.push(at);
                continue;
            }
            let near = places.last().is_some_and(|last| at - last <= MOST_BETWEEN);
            let begins_hex = matches!(byte, b'x' | b'X')
                && places
                    .last()
                    .is_some_and(|last| last + 1 == at && view.bytes[*last] == b'0');
            if begins_hex && bits == 4 {
                // The `0` of `0x`.
                places.pop();
            } else if class & between == 0 || !near || byte.eq_ignore_ascii_case(&b'x') {
                end(&mut places);
            }
        }
        end(&mut places);
    }
    parts
}

impl Part {
    /// Whether it stands in the original as it does here, so that it was found there, too.
    pub(super) fn is_as_it_stood(&self, view: &View) -> bool {
        let ends = self.places.first().zip(self.places.last());
        ends.is_some_and(|(first, last)| view.is_as_it_stood(*first, *last))
    }

    /// What it is, read from its first character and from those after it: nothing tells where a byte begins. Those that `are_worth` it.
    pub(super) fn readings<'a>(
        &'a self,
        view: &'a View,
        shortest: Shortest,
        are_worth: impl Fn(&[u8]) -> bool + 'a,
    ) -> impl Iterator<Item = View> + 'a {
        let ways = if self.bits == 6 { 4 } else { 2 };
        let end = self.places.last().map_or(0, |last| last + 1);
        let rest = &view.bytes[end..];
        let ends = |rest: &[u8]| rest.is_empty() && view.cut || rest.starts_with(CUT);
        let between = if self.bits == 6 { WRAP } else { BETWEEN };
        let between = |byte: &&u8| CLASSES[usize::from(**byte)] & between != 0;
        let between = rest.iter().take(MOST_BETWEEN).take_while(between).count();
        let cut = (0..=between).any(|between| ends(&rest[between..]));
        (0..ways).filter_map(move |first| {
            let places = self.places.get(first..)?;
            let characters = places.iter().map(|at| view.bytes[*at]);
            let bytes = || read(characters.clone(), self.bits);
            if !cut && !may_hold(bytes(), shortest) {
                return None;
            }
            let bytes: Vec<u8> = bytes().collect();
            (cut || are_worth(&bytes)).then(|| {
                let begins = |byte: usize| view.origin(places[byte * 8 / self.bits]);
                let from = (0..bytes.len()).map(begins).chain([view.origin(end)]);
                View::other(view, cut, from, bytes)
            })
        })
    }
}

/// What a character stands for: in base64, and, where it is a digit of that, in hex.
const VALUES: [(u8, u8); 256] = {
    let mut values = [(63, 0); 256];
    let mut at = 0;
    while at < values.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 256")]
        let byte = at as u8;
        values[at] = match byte {
            b'A'..=b'F' => (byte - b'A', byte - b'A' + 10),
            b'G'..=b'Z' => (byte - b'A', 0),
            b'a'..=b'f' => (byte - b'a' + 26, byte - b'a' + 10),
            b'g'..=b'z' => (byte - b'a' + 26, 0),
            b'0'..=b'9' => (byte - b'0' + 52, byte - b'0'),
            b'+' | b'-' => (62, 0),
            _ => (63, 0),
        };
        at += 1;
    }
    values
};

fn value(byte: u8, bits: usize) -> u32 {
    let (of_base64, of_hex) = VALUES[usize::from(byte)];
    u32::from(if bits == 4 { of_hex } else { of_base64 })
}
