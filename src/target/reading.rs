//! Reading files that a target names, within bounds: any of them may be a device that never ends.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// No configuration, secret or certificate is larger, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// All of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        let text = format!("it is larger than {} MiB", LARGEST / 1024 / 1024);
        return Err(Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
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
