//! Why there is no private server.

use std::path::Path;

/// A sentence without a full stop that says what went wrong, and where there is one, the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// What this crate's functions give.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error in words.
    pub fn message(text: impl Into<String>) -> Self {
        Error(text.into())
    }

    /// What was being done when the system said no.
    pub(crate) fn io(doing: &str, error: &std::io::Error) -> Self {
        Error(format!("{doing}: {error}"))
    }

    /// The same with the path that it was done to.
    pub(crate) fn path(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Error(format!("{doing} {}: {error}", path.display()))
    }
}
