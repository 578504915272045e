//! `gonogo init`: a project for a team to own. It has the shipped contract, cases and schemas, a configuration that names what they
//! need, a workflow that gates on the exit status, and a README.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Exit;
use super::load::shipped_suite;
use crate::input::diagnostic::{Styling, one_line, render_all};
use crate::input::shipped;
use crate::plan::{Wanted, wanted};
use crate::targets::FILE_NAME;

/// What a project has of its own, beside the shipped files.
const WORKFLOW: (&str, &str) = (".github/workflows/gonogo.yml", include_str!("workflow.yml"));
const README: (&str, &str) = ("README.md", include_str!("README.md"));

#[derive(Debug, Clone, Args)]
pub(super) struct InitArgs {
    /// The folder to write to; created if missing
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the files, unless one of them is there already. A README that is there stays.
pub(super) fn init(arguments: &InitArgs) -> Exit {
    let wanted = match shipped_suite() {
        Ok(suite) => wanted(&suite),
        Err(faults) => {
            let text = render_all(&faults, Styling::Plain);
            let _ = io::stderr().write_all(text.as_bytes());
            return Exit::Usage;
        }
    };
    let folder = &arguments.folder;
    let own = [
        (FILE_NAME, configuration(&wanted)),
        (WORKFLOW.0, workflow(&wanted)),
        (README.0, README.1.to_owned()),
    ];
    let own = own.map(|(path, text)| (PathBuf::from(path), text.into_bytes()));
    let mut files: Vec<(PathBuf, Vec<u8>)> = own.into_iter().chain(shipped::files()).collect();
    // Most folders have one, and it is about more than this.
    files.retain(|(path, _)| path != Path::new(README.0) || !folder.join(path).exists());
    let taken = files.iter().map(|(path, _)| folder.join(path));
    // A link is there, too, also one to nothing: what is written to it goes elsewhere.
    if let Some(path) = taken
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok())
    {
        let path = one_line(&path.display().to_string());
        let _ = writeln!(io::stderr(), "{path} is there already: nothing was written");
        return Exit::Usage;
    }
    for (path, bytes) in &files {
        if let Err(error) = write(&folder.join(path), bytes) {
            let path = one_line(&path.display().to_string());
            let _ = writeln!(io::stderr(), "cannot write {path}: {error}");
            return Exit::Usage;
        }
    }
    let _ = io::stdout().write_all(next(folder, files.len()).as_bytes());
    Exit::Conforming
}

/// What was written, and what to do with it.
fn next(folder: &Path, number: usize) -> String {
    let enter = match folder.to_str() {
        Some("." | "") => String::new(),
        _ => one_line(&format!("  cd {}", folder.display())) + "\n",
    };
    format!(
        "wrote {number} files: gonogo.toml, the contract and its schemas, the cases, a workflow\n\
        next:\n\
        {enter}  gonogo                      certify the embedded reference server with them\n\
        \x20 gonogo new NAME --request REQUEST --row ROW\n\
        \x20                             begin a case of your own\n\
        \x20 gonogo --target staging     once gonogo.toml says where it is, and what it has\n\
        GitHub runs .github/workflows only at the root of a repository: move the folder there if this is not the root.\n"
    )
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// The environment variable of a credential of staging.
fn variable(credential: &str) -> String {
    format!("STAGING_{}_KEY", credential.to_ascii_uppercase())
}

/// A configuration with everything in it that the cases name.
fn configuration(wanted: &Wanted) -> String {
    let mut text = include_str!("gonogo.toml").to_owned();
    text.push_str("\n# Where each secret is, never the secret. Keys of one organization say so: organization = \"...\".\n");
    text.push_str("# The trials that need a key which is left out are ignored.\n");
    text.push_str("[target.staging.credentials]\n");
    for name in &wanted.credentials {
        let _ = writeln!(
            text,
            "{name} = {{ bearer = {{ env = \"{}\" }} }}",
            variable(name)
        );
    }
    text.push_str(
        "\n# What exists there already. The trials that need what is left out are ignored.\n",
    );
    text.push_str("[target.staging.fixtures]\n");
    for name in &wanted.fixtures {
        let _ = writeln!(text, "# {name} = \"...\"");
    }
    text
}

/// A workflow that hands the secrets on.
fn workflow(wanted: &Wanted) -> String {
    let mut secrets = String::new();
    for name in wanted.credentials.iter().map(|name| variable(name)) {
        let _ = writeln!(secrets, "          {name}: ${{{{ secrets.{name} }}}}");
    }
    WORKFLOW
        .1
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{secrets}\n", &secrets)
}
