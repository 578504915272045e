//! The contract and the cases that are embedded in the binary.

use std::path::PathBuf;

use include_dir::{Dir, include_dir};

use crate::input::files::Folder;

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

/// All the files with their paths in a project.
pub fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for (name, dir) in [("schemas", &SCHEMAS), ("cases", &CASES)] {
        below(&PathBuf::from(name), dir, &mut found);
    }
    found
}

fn below(name: &std::path::Path, dir: &Dir<'_>, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for file in dir.files() {
        found.push((name.join(file.path()), file.contents().to_vec()));
    }
    for inner in dir.dirs() {
        below(name, inner, found);
    }
}
