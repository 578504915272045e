//! Where input files come from: a folder on disk, or the one embedded in the binary. Nothing outside the folder is read.
//! What is in the files is left to the loaders.

use std::fs::{self, File, FileType};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use include_dir::Dir;

/// No input file is larger: these are texts that people write. In bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A folder of input files.
#[derive(Debug, Clone)]
pub enum Folder {
    /// On disk.
    Disk(PathBuf),
    /// Inside the binary, under the name that messages show.
    Embedded(&'static str, &'static Dir<'static>),
}

/// Why a file cannot be read; reads after "cannot read FILE: ".
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The path leads out of the folder.
    #[error("it is outside of the folder {0}")]
    Outside(String),
    /// The path is not in the folder.
    #[error("there is no such file")]
    Missing,
    /// It is a pipe, a device or a folder: reading it may wait for ever, or never end.
    #[error("it is no regular file")]
    Special,
    /// The file is larger than any of its kind: so many bytes.
    #[error("it is larger than {} MiB", .0 / 1024 / 1024)]
    TooLarge(u64),
    /// The file is no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// The system refused.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

impl Folder {
    /// A file's path as messages show it.
    pub fn shown(&self, relative: &str) -> String {
        match self {
            Self::Disk(root) if root.as_os_str().is_empty() => relative.to_owned(),
            Self::Disk(root) => root.join(relative).display().to_string(),
            Self::Embedded(name, _) => format!("{name}/{relative}"),
        }
    }

    /// What tells a file from all others, however its path is written.
    pub fn identity(&self, relative: &str) -> PathBuf {
        let path = PathBuf::from(self.shown(relative));
        match self {
            Self::Disk(_) => fs::canonicalize(&path).unwrap_or(path),
            Self::Embedded(..) => path,
        }
    }

    /// A file's bytes; `relative` must stay inside the folder, also behind links.
    pub fn bytes(&self, relative: &str) -> Result<Vec<u8>, Unreadable> {
        let leaves = Path::new(relative)
            .components()
            .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
        if leaves {
            return Err(Unreadable::Outside(self.shown("")));
        }
        match self {
            Self::Embedded(_, dir) => dir
                .get_file(relative.trim_start_matches("./"))
                .map(|file| file.contents().to_vec())
                .ok_or(Unreadable::Missing),
            Self::Disk(root) => read_inside(root, relative),
        }
    }

    /// A file's text.
    pub fn text(&self, relative: &str) -> Result<String, Unreadable> {
        text(self.bytes(relative)?)
    }

    /// The paths of all `.toml` files in it, folders within included, sorted.
    pub fn toml_files(&self) -> Result<Vec<String>, Unreadable> {
        let mut found = Vec::new();
        match self {
            Self::Embedded(_, dir) => embedded_files(dir, &mut found),
            Self::Disk(root) => disk_files(root, Path::new(""), &mut found)?,
        }
        found.sort();
        Ok(found)
    }

    /// Files that look like TOML but that `toml_files` skips, with the reason. It skips names that begin with a dot silently.
    pub fn passed_over(&self) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        if let Self::Disk(root) = self {
            // Reading the folder reports errors.
            let _ = each_file(root, Path::new(""), &mut |path, kind| {
                let why = passed_over(&root.join(path), path, kind);
                found.extend(why.map(|why| (shown(path), why)));
            });
        }
        found.sort();
        found
    }
}

fn or_here(root: &Path) -> &Path {
    if root.as_os_str().is_empty() {
        Path::new(".")
    } else {
        root
    }
}

fn read_inside(root: &Path, relative: &str) -> Result<Vec<u8>, Unreadable> {
    let missing = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::System(error),
    };
    let inside = fs::canonicalize(or_here(root)).map_err(missing)?;
    let path = fs::canonicalize(inside.join(relative)).map_err(missing)?;
    if !path.starts_with(&inside) {
        return Err(Unreadable::Outside(root.display().to_string()));
    }
    read(&path, LARGEST)
}

/// Opens a file, where it is a regular one.
pub fn open(path: &Path) -> Result<File, Unreadable> {
    if fs::metadata(path)?.is_file() {
        Ok(File::open(path)?)
    } else {
        Err(Unreadable::Special)
    }
}

/// All of a regular file of at most so many bytes.
pub fn read(path: &Path, largest: u64) -> Result<Vec<u8>, Unreadable> {
    // What a file says of its size is not what it has: those of the system say nothing.
    let mut bytes = Vec::new();
    open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(Unreadable::TooLarge(largest));
    }
    Ok(bytes)
}

/// The same as text.
pub fn read_text(path: &Path, largest: u64) -> Result<String, Unreadable> {
    text(read(path, largest)?)
}

fn text(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|_| Unreadable::NotText)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

fn embedded_files(dir: &Dir<'_>, found: &mut Vec<String>) {
    for file in dir.files() {
        if is_toml(file.path()) {
            found.push(file.path().display().to_string());
        }
    }
    for inner in dir.dirs() {
        embedded_files(inner, found);
    }
}

fn disk_files(root: &Path, below: &Path, found: &mut Vec<String>) -> Result<(), Unreadable> {
    each_file(root, below, &mut |path, kind| {
        if kind.is_file() && is_toml(path) {
            found.push(shown(path));
        }
    })
}

/// Visits the files in a folder and its subfolders, without hidden names.
fn each_file(
    root: &Path,
    below: &Path,
    take: &mut impl FnMut(&Path, FileType),
) -> Result<(), Unreadable> {
    for entry in fs::read_dir(or_here(root).join(below))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = below.join(&name);
        // A link is not followed: a loop of them would never end.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            each_file(root, &path, take)?;
        } else {
            take(&path, kind);
        }
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The reason why a file that looks like TOML is skipped.
fn passed_over(file: &Path, path: &Path, kind: FileType) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let looks_like = [".toml", ".toml.txt", ".tml"]
        .iter()
        .any(|end| name.ends_with(end));
    if kind.is_symlink() {
        // A link may lead to a folder of case files.
        return (looks_like || file.is_dir()).then_some("it is a symbolic link");
    }
    (kind.is_file() && looks_like && !is_toml(path)).then_some("its name does not end in `.toml`")
}
