//! Where binaries and clusters lie: `target/postgres`, unless the user that runs the servers can't get there.

use crate::{Error, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use trueup_cluster::RunAs;

/// The folder for what is kept between runs, open to the user that runs the servers.
pub(crate) fn root() -> Result<&'static Path> {
    static ROOT: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    ROOT.get_or_init(|| find_root().map_err(|error| error.to_string()))
        .as_deref()
        .map_err(|text| Error::message(text.clone()))
}

fn find_root() -> Result<PathBuf> {
    let run_as = RunAs::current()?;
    let mut tried = Vec::new();
    let mut candidates = vec![target_dir()?.join("postgres")];
    if let Some(dir) = std::env::var_os("TRUEUP_POSTGRES_CACHE") {
        candidates.insert(0, PathBuf::from(dir));
    }
    for dir in &candidates {
        if make_open_dir(dir).is_ok() && run_as.can_enter(dir) {
            return Ok(dir.clone());
        }
        tried.push(dir.display().to_string());
    }
    // A clone under root's home: nobody else may enter it, and opening it up is not ours to do.
    for base in temp_bases() {
        let dir = base.join(format!("trueup-postgres-{}", run_as.name));
        make_open_dir(&dir)?;
        // Another user may have made a folder of that name first; only ours and root's are to be trusted.
        let ours = run_as.owns(&dir) || RunAs { uid: 0, switch: None, name: String::new() }.owns(&dir);
        if ours && run_as.can_enter(&dir) {
            return Ok(dir);
        }
        tried.push(dir.display().to_string());
    }
    Err(Error::message(format!(
        "user `{}`, who has to run PostgreSQL, can enter none of: {}; set TRUEUP_POSTGRES_CACHE to a folder that it can enter",
        run_as.name,
        tried.join(", ")
    )))
}

fn make_open_dir(dir: &Path) -> Result<()> {
    if !dir.is_dir() {
        fs::create_dir_all(dir).map_err(|error| Error::path("making", dir, error))?;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
            .map_err(|error| Error::path("opening", dir, error))?;
    }
    Ok(())
}

/// The build's own target folder: the one that this program was built into, else the workspace's.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let exe = std::env::current_exe().map_err(|error| Error::io("finding this program", error))?;
    Ok(exe
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").is_file())
        .map_or_else(|| workspace_dir().join("target"), Path::to_path_buf))
}

/// The root of the checkout.
pub(crate) fn workspace_dir() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// A new folder under the system's temporary one, owned by the user that runs the servers. Short, because the path of
/// a unix socket has to fit in 107 bytes (`UNIXSOCK_PATH_BUFLEN` in PostgreSQL's `pqcomm.h`).
pub(crate) fn temp_dir() -> Result<PathBuf> {
    let run_as = RunAs::current()?;
    for base in temp_bases() {
        let made = tempfile::Builder::new().prefix("trueup-").tempdir_in(&base);
        if let Ok(dir) = made {
            run_as.own(dir.path())?;
            if run_as.can_enter(dir.path()) {
                // From here on the server's watchdog removes it.
                return Ok(dir.keep());
            }
        }
    }
    Err(Error::message(format!("no temporary folder that user `{}` can enter; set TMPDIR", run_as.name)))
}

fn temp_bases() -> Vec<PathBuf> {
    let mut bases = vec![std::env::temp_dir()];
    for fixed in ["/tmp", "/var/tmp"] {
        if !bases.iter().any(|base| base == Path::new(fixed)) {
            bases.push(PathBuf::from(fixed));
        }
    }
    bases
}
