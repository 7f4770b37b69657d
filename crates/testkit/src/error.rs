//! The one error type of testkit. Its text is read by a developer whose test failed: it says what to do.

use std::path::Path;

/// Shorthand for results of testkit.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a server, a database or a file for a test could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation on a file, folder or process failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, with the path.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// PostgreSQL refused something.
    #[error("{what}: {}", describe(source))]
    Postgres {
        /// What was being done.
        what: String,
        /// The server's or the driver's answer.
        source: tokio_postgres::Error,
    },
    /// The programs of a server, or the user to run it as, are not to be had.
    #[error(transparent)]
    Cluster(#[from] trueup_cluster::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Message(String),
}

impl Error {
    /// An error in words.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// A failed operation of the system.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// A failed operation on `path`.
    pub fn path(verb: &str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { what: format!("{verb} {}", path.display()), source }
    }

    /// A failed request to PostgreSQL.
    pub fn postgres(what: impl Into<String>, source: tokio_postgres::Error) -> Self {
        Self::Postgres { what: what.into(), source }
    }

    /// The SQLSTATE, when PostgreSQL raised the error.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Postgres { source, .. } => source.code().map(tokio_postgres::error::SqlState::code),
            Self::Io { .. } | Self::Cluster(_) | Self::Message(_) => None,
        }
    }

    /// The primary message, when PostgreSQL raised the error.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        match self {
            Self::Postgres { source, .. } => {
                source.as_db_error().map(tokio_postgres::error::DbError::message)
            }
            Self::Io { .. } | Self::Cluster(_) | Self::Message(_) => None,
        }
    }
}

/// The driver's `Display` says only "db error"; the server's own words are what a reader needs.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => {
            let mut text = format!("{}: {} ({})", db.severity(), db.message(), db.code().code());
            for extra in [db.detail(), db.hint(), db.where_()].into_iter().flatten() {
                text.push_str("; ");
                text.push_str(extra);
            }
            text
        }
        None => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                text.push_str(": ");
                text.push_str(&inner.to_string());
                cause = inner.source();
            }
            text
        }
    }
}
