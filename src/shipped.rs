//! The contract and the cases that are embedded in the binary.

use include_dir::{Dir, include_dir};

use crate::files::Folder;

static SCHEMAS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schemas");
static CASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/cases");

/// The file of the contract in [`schemas`].
pub const CONTRACT: &str = "contract.toml";

/// The contract and its schemas.
pub fn schemas() -> Folder {
    Folder::Embedded("schemas", &SCHEMAS)
}

/// The requests, probes and cases.
pub fn cases() -> Folder {
    Folder::Embedded("cases", &CASES)
}
