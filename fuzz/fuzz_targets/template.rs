//! Templates: any text is refused when it is loaded, or is rendered within its bounds.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use gonogo::contract::{self, Contract};
use gonogo::input::files::Folder;
use gonogo::input::shipped;
use gonogo::suite::{Engine, Input, Scope, Tree, load};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tempfile::TempDir;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| contract::load(&shipped::schemas(), "contract.toml").unwrap());
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fuzz_target!(|text: &str| {
    // A JSON string is a TOML string, but for this.
    let quoted = Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    let file = format!(
        "[request.r]\nmethod = \"POST\"\npath = \"/\"\n[[case]]\nname = \"c\"\nclause = \"status-400\"\nrequest = \"r\"\n\
         each.a = [1, \"b\"]\nsend.text = {quoted}\nexpect = \"bad_request\"\n"
    );
    fs::write(FOLDER.path().join("cases.toml"), file).unwrap();
    let input = Input {
        folder: Folder::Disk(FOLDER.path().to_owned()),
        file: "cases.toml".to_owned(),
        runs: true,
    };
    let Ok(suite) = load(&CONTRACT, &[input]) else {
        return;
    };
    let engine = Engine::default();
    let mut scope = Scope::default();
    scope.set("key", &json!("k"));
    scope.set("limit", &json!({ "window": 1 }));
    for step in suite.trials.iter().flat_map(|trial| &trial.steps) {
        for template in step.message.templates() {
            if let Ok(made) = engine.text(&Tree::Template(template.clone()), &scope) {
                assert!(made.len() <= 64 * 1024 * 1024);
            }
        }
    }
});
