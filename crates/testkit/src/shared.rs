//! The folder of data gathered from others, which lies beside the checkout and is no part of it.

use std::path::PathBuf;
use std::sync::Once;

/// `TRUEUP_SHARED`, or `../shared` beside the checkout. `None` where there is none, with a line on standard error, so
/// that nobody takes a run without it for a full one.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let dir = match std::env::var_os("TRUEUP_SHARED") {
        Some(dir) => PathBuf::from(dir),
        None => crate::program::workspace_dir().parent()?.join("shared"),
    };
    if dir.is_dir() {
        return Some(dir);
    }
    SAID.call_once(|| {
        eprintln!(
            "testkit: no shared data at {} (set TRUEUP_SHARED); what needs it did not run",
            dir.display()
        );
    });
    None
}
