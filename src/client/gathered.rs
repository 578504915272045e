//! A body while it comes in: on the heap where it is small; a large one in pages of its own, which go back to the system with it.
//!
//! What the heap frees it keeps, for each thread apart: with many large bodies that comes to several times of what is held.

use std::io;
use std::ops::Deref;

use memmap2::MmapMut;

/// What is gathered on the heap, in bytes.
const SMALL: usize = 64 * 1024;

/// Bytes that become more.
#[derive(Debug)]
pub(super) enum Gathered {
    /// On the heap.
    Small(Vec<u8>),
    /// In pages of its own, and how many bytes of them are used.
    Large(MmapMut, usize),
}

impl Gathered {
    pub(super) fn new() -> Self {
        Self::Small(Vec::new())
    }

    /// Adds bytes; of all together there are never more than `most`.
    pub(super) fn push(&mut self, more: &[u8], most: usize) -> io::Result<()> {
        let together = self.len() + more.len();
        if let Self::Small(bytes) = self
            && together > SMALL
        {
            // Pages that are never written take no memory.
            let mut pages = MmapMut::map_anon(most.max(together))?;
            pages[..bytes.len()].copy_from_slice(bytes);
            *self = Self::Large(pages, bytes.len());
        }
        match self {
            Self::Small(bytes) => bytes.extend_from_slice(more),
            Self::Large(pages, used) => {
                let free = pages.get_mut(*used..together);
                free.ok_or(io::ErrorKind::OutOfMemory)?
                    .copy_from_slice(more);
                *used = together;
            }
        }
        Ok(())
    }
}

impl Deref for Gathered {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(pages, used) => pages.get(..*used).unwrap_or_default(),
        }
    }
}
