//! A project of a few files in a folder of its own, run by the built program against a server.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

use super::server::Server;

/// What comes of a run of the program.
pub(crate) struct Run {
    pub(crate) status: i32,
    /// What it printed, standard output first.
    pub(crate) text: String,
}

/// A folder with these files. `gonogo.toml` is written around `target`, further lines of the target's table, unless it is among the files.
pub(crate) fn folder(server: &Server, files: &[(&str, &str)], target: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "contract = \"contract.toml\"\ncases = [\"cases\"]\n[target.test]\nbase_url = \"{}\"\n{target}",
        server.base_url()
    );
    fs::create_dir(folder.path().join("cases")).unwrap();
    fs::write(folder.path().join("gonogo.toml"), config).unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// Runs the program in a folder, against the server if the command has a target.
pub(crate) fn gonogo(folder: &Path, arguments: &[&str]) -> Run {
    let needs_target = !matches!(arguments, ["lint" | "explain" | "judge", ..]);
    let target: &[&str] = if needs_target {
        &["--target", "test"]
    } else {
        &[]
    };
    let mut program = Command::cargo_bin("gonogo").unwrap();
    let output = program
        .current_dir(folder)
        .args(arguments)
        .args(target)
        .env("KEYS_TEST_SECRET", "s3cr3t-of-the-keys-test")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    Run {
        status: output.status.code().unwrap(),
        text: String::from_utf8(text).unwrap(),
    }
}

/// Runs the program in a folder with these files.
pub(crate) fn run(
    server: &Server,
    files: &[(&str, &str)],
    target: &str,
    arguments: &[&str],
) -> Run {
    gonogo(folder(server, files, target).path(), arguments)
}
