//! The TOML loader: any text makes a suite, or faults that can be rendered.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use gonogo::contract::{self, Contract};
use gonogo::input::diagnostic::{Styling, render_all};
use gonogo::input::files::Folder;
use gonogo::input::shipped;
use gonogo::suite::{Input, load};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| contract::load(&shipped::schemas(), "contract.toml").unwrap());
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|text: &str| {
    fs::write(FOLDER.path().join("cases.toml"), text).unwrap();
    let input = Input {
        folder: Folder::Disk(FOLDER.path().to_owned()),
        file: "cases.toml".to_owned(),
        runs: true,
    };
    if let Err(faults) = load(&CONTRACT, &[input]) {
        let shown = render_all(&faults, Styling::Plain);
        assert!(!shown.chars().any(|letter| letter.is_control() && letter != '\n'));
    }
});
