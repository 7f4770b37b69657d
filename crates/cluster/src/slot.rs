//! Where clusters are kept from one run to the next. A *slot* is a folder that one run holds locked: several runs at the
//! same time take several slots.
//!
//! ```text
//! TMPDIR/trueup-scratch-UID/      ours; others may pass through it only when the server's user is another
//!   15-0/  lock  version  log     ours
//!          data/  run/            the server's user's alone: the cluster, and the folder of the socket
//! ```
//!
//! Root writes in no folder of the server's user, who could put links there. The lock is held through an open file, which
//! the watchdog inherits: a slot is free only when its server is gone.

use crate::{Error, Result, RunAs};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait for a cluster that is there and in use, before another is made: making one takes as long.
const PATIENCE: Duration = Duration::from_millis(700);

/// More runs at once than anyone has; a bound so that a fault can't fill the disk.
const SLOTS: u16 = 64;

/// A locked place for a cluster.
#[derive(Debug)]
pub(crate) struct Slot {
    pub dir: PathBuf,
    pub lock: File,
}

impl Slot {
    /// A free slot for this major version; one with a cluster of that `version` where there is any.
    pub fn take(major: u16, version: &str) -> Result<Self> {
        let base = base()?;
        let limit = Instant::now() + PATIENCE;
        loop {
            let mut busy = false;
            for number in 0..SLOTS {
                let dir = base.join(format!("{major}-{number}"));
                if !fs::read_to_string(dir.join("version")).is_ok_and(|text| text == version) {
                    continue;
                }
                match Self::lock(dir)? {
                    Some(slot) => return Ok(slot),
                    None => busy = true,
                }
            }
            if !busy || Instant::now() >= limit {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        for number in 0..SLOTS {
            if let Some(slot) = Self::lock(base.join(format!("{major}-{number}")))? {
                return Ok(slot);
            }
        }
        Err(Error::message(format!("{SLOTS} private servers are in use below {}", base.display())))
    }

    fn lock(dir: PathBuf) -> Result<Option<Self>> {
        make(&dir)?;
        let path = dir.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| Error::path("opening", &path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Slot { dir, lock })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(Error::path("locking", &path, &error)),
        }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The folder of the socket.
    pub fn run(&self) -> PathBuf {
        self.dir.join("run")
    }

    /// The file that names the version of the cluster; written last, so that a half-made cluster has none.
    pub fn stamp(&self) -> PathBuf {
        self.dir.join("version")
    }

    /// Removes what an older or half-made cluster left, and makes the folders of the server's user.
    pub fn clear(&self) -> Result<()> {
        let gone = |path: &Path, result: std::io::Result<()>| match result {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::path("removing", path, &error))
            }
            _ => Ok(()),
        };
        gone(&self.stamp(), fs::remove_file(self.stamp()))?;
        for dir in [self.data(), self.run()] {
            gone(&dir, fs::remove_dir_all(&dir))?;
            make(&dir)?;
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))
                .map_err(|error| Error::path("closing", &dir, &error))?;
            RunAs::current()?.own(&dir)?;
        }
        Ok(())
    }
}

/// The first usable folder for slots, and for what is worth keeping of what their servers said: nobody else can write there.
///
/// # Errors
/// When there is none; the message says how to name one.
pub fn base() -> Result<PathBuf> {
    let run_as = RunAs::current()?;
    let us = if run_as.switch.is_some() { 0 } else { run_as.uid };
    let bases = match std::env::var_os("TRUEUP_SCRATCH_DIR") {
        Some(named) => vec![PathBuf::from(named)],
        None => vec![std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")],
    };
    let mut refused = Vec::new();
    for base in bases {
        let dir = base.join(format!("trueup-scratch-{us}"));
        match make(&dir).and_then(|()| trusted(&dir, us)) {
            // A socket's path has to fit in 103 bytes on some systems (`UNIXSOCK_PATH_BUFLEN` in `pqcomm.h`).
            Ok(()) if dir.as_os_str().len() <= 75 && run_as.can_enter_through(&dir) => return Ok(dir),
            Ok(()) => refused.push(format!("{} (too long, or closed to `{}`)", dir.display(), run_as.name)),
            Err(error) => refused.push(error.to_string()),
        }
    }
    Err(Error::message(format!(
        "no folder for a private server: {}; set TRUEUP_SCRATCH_DIR to a folder that `{}` can enter",
        refused.join("; "),
        run_as.name
    )))
}

fn make(dir: &Path) -> Result<()> {
    // Others have to pass through only where the server runs as somebody else.
    let mode = if RunAs::current()?.switch.is_some() { 0o711 } else { 0o700 };
    match DirBuilder::new().mode(mode).create(dir) {
        // The umask may have taken a bit.
        Ok(()) => fs::set_permissions(dir, fs::Permissions::from_mode(mode))
            .map_err(|error| Error::path("opening", dir, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::path("making", dir, &error)),
    }
}

/// In a temporary folder anybody may have made a folder of that name first: it must be ours, and writable by us alone.
fn trusted(dir: &Path, us: u32) -> Result<()> {
    let meta = fs::symlink_metadata(dir).map_err(|error| Error::path("looking at", dir, &error))?;
    if meta.is_dir() && meta.uid() == us && meta.mode() & 0o022 == 0 {
        Ok(())
    } else {
        Err(Error::message(format!("{} belongs to somebody else", dir.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_can_write_is_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let us = fs::metadata(dir.path()).unwrap().uid();
        assert!(trusted(dir.path(), us).is_ok());
        assert!(trusted(dir.path(), us + 1).is_err());
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(trusted(dir.path(), us).is_err());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/", &link).unwrap();
        assert!(trusted(&link, 0).is_err());
    }

    #[test]
    fn a_slot_is_held_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("15-0");
        let held = Slot::lock(place.clone()).unwrap();
        assert!(held.is_some());
        assert!(Slot::lock(place.clone()).unwrap().is_none());
        drop(held);
        assert!(Slot::lock(place).unwrap().is_some());
    }
}
