//! A text as somebody may read it, of which each byte knows where it stood in the original.

/// What stands where a text was cut.
pub(super) const CUT: &[u8] = b"... (";

/// A reading of a text.
#[derive(Debug)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// Whether it ends in the middle of something.
    pub(super) cut: bool,
    /// Where each byte began, and one more: where the original ends. None where it is the original, which begins at `base`.
    from: Option<Vec<u32>>,
    base: usize,
}

impl View {
    /// The text as it stands, and where that is.
    pub(super) fn plain(bytes: &[u8], base: usize, cut: bool) -> Self {
        Self {
            bytes: bytes.to_owned(),
            cut,
            from: None,
            base,
        }
    }

    /// Another reading of a text: its bytes, and where each of them began, and the end.
    pub(super) fn other(
        of: &Self,
        cut: bool,
        from: impl Iterator<Item = usize>,
        bytes: Vec<u8>,
    ) -> Self {
        Self {
            bytes,
            cut,
            from: Some(from.map(|at| narrow(at - of.base)).collect()),
            base: of.base,
        }
    }

    /// So many first bytes of it, to be gone on with.
    pub(super) fn beginning(&self, length: usize) -> Self {
        let from = match &self.from {
            Some(from) => from[..length].to_vec(),
            None => (0..length).map(narrow).collect(),
        };
        Self {
            bytes: self.bytes[..length].to_vec(),
            cut: self.cut,
            from: Some(from),
            base: self.base,
        }
    }

    /// Goes on with a byte that began there in the original.
    pub(super) fn push(&mut self, byte: u8, origin: usize) {
        self.bytes.push(byte);
        self.end(origin);
    }

    /// Ends where that stands in the original.
    pub(super) fn end(&mut self, origin: usize) {
        let base = self.base;
        self.from
            .get_or_insert_default()
            .push(narrow(origin - base));
    }

    /// Whether what is between two bytes, and they themselves, stood in the original just so. Of the original itself that is not asked.
    pub(super) fn is_as_it_stood(&self, first: usize, last: usize) -> bool {
        self.from.is_some() && self.origin(last) - self.origin(first) == last - first
    }

    /// Where a byte, or the end, stood in the original.
    pub(super) fn origin(&self, at: usize) -> usize {
        let at = match &self.from {
            Some(from) => from.get(at).map_or(at, |at| *at as usize),
            None => at,
        };
        self.base + at
    }
}

/// Views are of pieces, which are small.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
