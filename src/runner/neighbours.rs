//! Other runs against the same target on this machine. Each run holds the lock of a file of its own; the system lets go of it when
//! the run ends, however it ends. What is counted while another one is under way may be its doing.

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
/// Files of more runs are not looked at: somebody else has put them there.
const MOST: usize = 1000;
/// A file of this age without a lock is of a run that was killed; a younger one may be about to be locked.
const STALE: Duration = Duration::from_secs(60);
/// How much earlier than a count another run may have been seen to concern it.
const SLACK: Duration = Duration::from_millis(200);

/// This run among others.
#[derive(Debug)]
pub struct Neighbours {
    folder: PathBuf,
    /// What the names of the files of this target begin with.
    prefix: String,
    /// The file whose lock says that this run is under way. It is removed with it.
    own: NamedTempFile,
    /// When another run was last seen.
    seen: Mutex<Option<Instant>>,
}

impl Neighbours {
    /// Makes this run against a target known to others, by a file in the folder for temporary files.
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
        // Whoever looks at it holds it for a moment.
        own.as_file().lock()?;
        Ok(Self {
            folder,
            prefix,
            own,
            seen: Mutex::default(),
        })
    }

    /// Looks for other runs; yields whether one is under way.
    pub fn look(&self) -> bool {
        let found = self.others().unwrap_or(false);
        if found {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        found
    }

    /// Whether another run was under way at some time that is no longer past than this.
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
        // It has ended meanwhile, or nobody lets us know.
        Err(_) => return Ok(false),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The beginning of the files' names: a hash of where the target is, and nothing of the address itself.
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

/// Lets other users put their files there, as in the folder for temporary files. It may be theirs, and then is shared already.
#[cfg(unix)]
fn share(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o1777));
}

#[cfg(not(unix))]
fn share(_: &Path) {}
