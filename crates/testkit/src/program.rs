//! Programs that tests run: those of the machine, and the ones that this workspace builds.

use crate::{Error, Result, storage};
use std::path::PathBuf;

/// A program on the search path.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// The `trueup` that was built beside this program (`target/debug/trueup` for a test in `target/debug/deps`), or the
/// one that `TRUEUP_BIN` names.
///
/// # Errors
/// When it isn't built.
pub fn trueup() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("TRUEUP_BIN") {
        return Ok(PathBuf::from(path));
    }
    let exe = std::env::current_exe().map_err(|error| Error::io("finding this program", error))?;
    exe.ancestors()
        .skip(1)
        .take(3)
        .map(|dir| dir.join("trueup"))
        .find(|path| path.is_file())
        .ok_or_else(|| Error::message("the program `trueup` is not built beside this one; `cargo build -p trueup` first, in the same profile, or set TRUEUP_BIN"))
}

/// The root of the checkout.
#[must_use]
pub fn workspace_dir() -> PathBuf {
    storage::workspace_dir()
}
