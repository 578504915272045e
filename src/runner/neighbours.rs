//! Other runs against the same target on this machine. Each run locks a file of its own; the system releases the lock when the run
//! ends, even if it is killed. Counts that grow while another run is in progress may be its effects.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use url::{Host, Url};

/// The folder of the files, in the one for temporary files.
const FOLDER: &str = "gonogo-runs";
/// At most this many files are checked: another program may have filled the folder.
const MOST: usize = 1000;
/// An unlocked file older than this belongs to a run that was killed. A younger one may be about to be locked.
const STALE: Duration = Duration::from_secs(60);
/// Another run still affects a count if it was last seen at most this long before it.
const SLACK: Duration = Duration::from_millis(200);

/// This run among others.
#[derive(Debug)]
pub struct Neighbours {
    folder: PathBuf,
    /// The prefix of the file names of this target.
    prefix: String,
    /// The locked file of this run, removed when the run ends.
    own: NamedTempFile,
    /// When another run was last seen.
    seen: Mutex<Option<Instant>>,
}

impl Neighbours {
    /// Announces this run to other runs against the same target, by a file in the folder for temporary files.
    pub fn among(temporary: &Path, base_url: &Url) -> io::Result<Self> {
        let folder = temporary.join(FOLDER);
        fs::create_dir_all(&folder)?;
        share(&folder);
        let prefix = name(base_url);
        let mut builder = tempfile::Builder::new();
        // Other users have to open it to see whether it is locked.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let own = builder.prefix(&prefix).tempfile_in(&folder)?;
        // Other runs hold the lock for a moment while they check it.
        own.as_file().lock()?;
        Ok(Self {
            folder,
            prefix,
            own,
            seen: Mutex::default(),
        })
    }

    /// Looks for other runs, and returns whether one is in progress.
    pub fn look(&self) -> bool {
        let found = self.others().unwrap_or(false);
        if found {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        found
    }

    /// Whether another run was in progress within the `past` time.
    pub(super) fn within(&self, past: Duration) -> bool {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.look() || seen.is_some_and(|seen| seen.elapsed() <= past + SLACK)
    }

    fn others(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.folder)?.take(MOST) {
            let entry = entry?;
            let is_of_target = entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(&self.prefix));
            if !is_of_target || entry.path() == self.own.path() || !entry.file_type()?.is_file() {
                continue;
            }
            if is_locked(&entry.path())? {
                return Ok(true);
            }
            let age = entry.metadata()?.modified()?.elapsed();
            if age.is_ok_and(|age| age > STALE) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(false)
    }
}

fn is_locked(file: &Path) -> io::Result<bool> {
    let file: File = match OpenOptions::new().read(true).open(file) {
        Ok(file) => file,
        // The run has ended since, or the file belongs to another user and cannot be read.
        Err(_) => return Ok(false),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The prefix of the file names: a hash of the target's address, so that the address itself is not exposed.
fn name(base_url: &Url) -> String {
    let host = match base_url.host() {
        Some(Host::Domain("localhost")) => "127.0.0.1".to_owned(),
        Some(Host::Ipv6(address)) if address.is_loopback() => "127.0.0.1".to_owned(),
        host => host.map_or(String::new(), |host| host.to_string()),
    };
    let port = base_url.port_or_known_default().unwrap_or_default();
    let path = base_url.path().trim_end_matches('/');
    let hash = Sha256::digest(format!("{host}:{port}{path}"));
    let hash = hash.iter().take(8).map(|byte| format!("{byte:02x}"));
    hash.collect::<String>() + "-"
}

/// Lets other users create files in the folder. If another user created it, it is shared already.
#[cfg(unix)]
fn share(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o1777));
}

#[cfg(not(unix))]
fn share(_: &Path) {}
