//! Golden files: what a program printed when somebody last looked at it and found it good.

use std::path::Path;

/// Compares `actual` with the file `path`. With `UPDATE_GOLDEN=1` it writes the file instead, for review with
/// `git diff`.
///
/// # Panics
/// When they differ or there is no file, with the difference: it is an assertion.
#[allow(clippy::panic)]
#[track_caller]
pub fn assert_golden(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| !value.is_empty() && value != "0") {
        if let Err(error) = std::fs::write(path, actual) {
            panic!("writing {}: {error}", path.display());
        }
        return;
    }
    let expected = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            panic!("{}: {error}\nUPDATE_GOLDEN=1 writes it; it would be:\n{actual}", path.display())
        }
    };
    if expected != actual {
        let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
        panic!(
            "{} is not what came out; if the new one is right: UPDATE_GOLDEN=1\n{}",
            path.display(),
            diff.unified_diff().context_radius(3).header("golden", "actual")
        );
    }
}
