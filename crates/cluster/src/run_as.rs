//! Who runs the servers. PostgreSQL refuses to run as root (`check_root` in its `src/backend/main/main.c`), so root
//! starts them as an unprivileged user: `postgres` where there is one, else `nobody`.

use crate::{Error, Result};
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The user that servers run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAs {
    /// Its name, for messages and folder names.
    pub name: String,
    /// User and group to switch to; `None` when we are that user already.
    pub switch: Option<(u32, u32)>,
    /// Its numeric user id.
    pub uid: u32,
}

impl RunAs {
    /// The user for this process, found out once.
    ///
    /// # Errors
    /// When we are root and neither `postgres` nor `nobody` exists, or `id` can't be run.
    pub fn current() -> Result<&'static Self> {
        static CURRENT: OnceLock<Result<RunAs>> = OnceLock::new();
        CURRENT.get_or_init(find).as_ref().map_err(Clone::clone)
    }

    /// A command that runs as this user, in `/`, which every user can enter.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((uid, gid)) = self.switch {
            // Root's supplementary groups are dropped by the standard library along with the uid.
            command.uid(uid).gid(gid);
            command.env_remove("HOME");
        }
        command.current_dir("/");
        // PGDATA, PGPORT and the like of the user's shell must not reach the servers.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Makes the user own `path`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn own(&self, path: &Path) -> Result<()> {
        match self.switch {
            Some((uid, gid)) => std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(|error| Error::path("giving away", path, &error)),
            None => Ok(()),
        }
    }

    /// Whether the user can enter the folder `path`: a clone under root's home is closed to everybody else.
    #[must_use]
    pub fn can_enter(&self, path: &Path) -> bool {
        self.command("sh")
            .args(["-c", "cd \"$1\" && ls . >/dev/null", "sh"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Whether the user can pass through the folder `path`, which need not be readable.
    #[must_use]
    pub fn can_enter_through(&self, path: &Path) -> bool {
        match self.switch {
            // Ours, and made by us.
            None => true,
            Some(_) => self
                .command("sh")
                .args(["-c", "cd \"$1\"", "sh"])
                .arg(path)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }

    /// Whether the user owns `path`.
    #[must_use]
    pub fn owns(&self, path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok_and(|meta| meta.uid() == self.uid)
    }
}

fn find() -> Result<RunAs> {
    let uid = id(&["-u"])?.ok_or_else(|| Error::message("`id -u` printed no number"))?;
    if uid != 0 {
        return Ok(RunAs { name: uid.to_string(), switch: None, uid });
    }
    for name in ["postgres", "nobody"] {
        if let (Some(uid), Some(gid)) = (id(&["-u", name])?, id(&["-g", name])?)
            && uid != 0
        {
            return Ok(RunAs { name: name.to_owned(), switch: Some((uid, gid)), uid });
        }
    }
    Err(Error::message(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as; add one with `useradd postgres`",
    ))
}

fn id(args: &[&str]) -> Result<Option<u32>> {
    let output = Command::new("id").args(args).output().map_err(|error| Error::io("running `id`", &error))?;
    Ok(std::str::from_utf8(&output.stdout).ok().and_then(|text| text.trim().parse().ok()))
}
