//! `gonogo init`: the shipped contract and cases, written out for a team to own, with a configuration that names what they need.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Exit;
use super::load::shipped_suite;
use crate::diagnostic::{Styling, render_all};
use crate::plan::{Wanted, wanted};
use crate::shipped;
use crate::target::FILE_NAME;

#[derive(Debug, Clone, Args)]
pub(super) struct InitArgs {
    /// Where to write; made if it is not there
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the files, unless one of them is there already.
pub(super) fn init(arguments: &InitArgs) -> Exit {
    let wanted = match shipped_suite() {
        Ok(suite) => wanted(&suite),
        Err(faults) => {
            let text = render_all(&faults, Styling::Plain);
            let _ = io::stderr().write_all(text.as_bytes());
            return Exit::Usage;
        }
    };
    let mut files: Vec<(PathBuf, Vec<u8>)> = vec![(
        PathBuf::from(FILE_NAME),
        configuration(&wanted).into_bytes(),
    )];
    files.extend(shipped::files());
    let taken = files
        .iter()
        .map(|(path, _)| arguments.folder.join(path))
        .find(|path| path.exists());
    if let Some(path) = taken {
        let _ = writeln!(
            io::stderr(),
            "{} is there already: nothing was written",
            path.display()
        );
        return Exit::Usage;
    }
    for (path, bytes) in &files {
        if let Err(error) = write(&arguments.folder.join(path), bytes) {
            let _ = writeln!(io::stderr(), "cannot write {}: {error}", path.display());
            return Exit::Usage;
        }
    }
    let _ = writeln!(
        io::stdout(),
        "wrote {} files; `gonogo` runs them against the reference server, `gonogo --target staging` against yours",
        files.len()
    );
    Exit::Conforming
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// A configuration with everything in it that the cases name.
fn configuration(wanted: &Wanted) -> String {
    let mut text = "contract = \"schemas/contract.toml\"\n\
        cases = [\"cases\"]\n\n\
        [target.staging]\n\
        base_url = \"https://staging.example.com\"\n\
        permits = [\"writes\", \"bursts\"]\n\n\
        # A secret is named by where it is, never written here. What is left out makes the trials that need it ignored. Keys of one\n\
        # organization say so: organization = \"...\".\n\
        [target.staging.credentials]\n"
        .to_owned();
    for name in &wanted.credentials {
        let variable = format!("STAGING_{}_KEY", name.to_ascii_uppercase());
        let _ = writeln!(text, "{name} = {{ bearer = {{ env = \"{variable}\" }} }}");
    }
    text.push_str("\n[target.staging.fixtures]\n");
    for name in &wanted.fixtures {
        let _ = writeln!(text, "# {name} = \"...\"");
    }
    text
}
