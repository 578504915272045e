//! Reading files that a target names, within bounds: any of them may be a device that never ends.

use std::path::Path;

use crate::input::files::{self, Unreadable};

/// No configuration, secret or certificate is larger, in bytes.
pub(super) const LARGEST: u64 = 4 * 1024 * 1024;

/// All of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    files::read(path, LARGEST)
}

/// Whether others than its owner may do anything with a file; where the system has no such thing, nobody knows.
#[cfg(unix)]
pub(super) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS: u32 = 0o077;
    std::fs::metadata(path)
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & OTHERS != 0)
}

#[cfg(not(unix))]
pub(super) fn is_open_to_others(_: &Path) -> bool {
    false
}
