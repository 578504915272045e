//! `gonogo init`: a project for a team to own.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::load::shipped_suite;
use super::{CommandError, CommandResult, Exit};
use crate::authoring::init::{README, files};
use crate::input::diagnostic::one_line;

#[derive(Debug, Clone, Args)]
pub(super) struct InitArgs {
    /// The folder to write to; created if missing
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the files, unless one of them is there already. A README that is there stays.
pub(super) fn init(arguments: &InitArgs) -> CommandResult {
    let folder = &arguments.folder;
    let mut files = files(&shipped_suite()?);
    // Most folders have one, and it is about more than this.
    files.retain(|(path, _)| path != Path::new(README) || !folder.join(path).exists());
    let mut taken = files.iter().map(|(path, _)| folder.join(path));
    // A link is there, too, also one to nothing: what is written to it goes elsewhere.
    if let Some(path) = taken.find(|path| path.symlink_metadata().is_ok()) {
        let path = path.display();
        return Err(CommandError::Other(format!(
            "{path} is there already: nothing was written"
        )));
    }
    for (path, bytes) in &files {
        write(&folder.join(path), bytes).map_err(|error| {
            CommandError::Other(format!("cannot write {}: {error}", path.display()))
        })?;
    }
    let _ = io::stdout().write_all(next(folder, files.len()).as_bytes());
    Ok(Exit::Conforming)
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
