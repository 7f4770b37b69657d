//! What can go wrong while connecting to or reading a server, in words for people.
//!
//! Every variant says what is wrong, where, and the way out. None of them ever carries a password or a connection
//! string: the only parts of a connection that appear are host, port, database and user.

use std::time::Duration;

/// A failure of connecting to or reading a live database.
///
/// [`Error::code`] gives the code that `trueup explain` knows, [`Error::way_out`] what the reader can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The parameters of the connection make no sense, are unknown, or ask for what is not supported (X104).
    #[error("{message}")]
    Configuration {
        /// What is wrong and where (connection string, environment variable, file and line).
        message: String,
        /// What to do about it.
        way_out: String,
    },
    /// No server could be reached, or none of them let us in (X101).
    #[error("can't connect to {target}: {message}")]
    Connect {
        /// Host, port, database and user, as [`crate::Target`] prints them.
        target: String,
        /// What the network, TLS or the server said.
        message: String,
        /// What to do about it.
        way_out: String,
    },
    /// The server refused something to this role (X102).
    #[error("{target} refuses {what}: {message}")]
    Permission {
        /// Host, port, database and user.
        target: String,
        /// What was asked for.
        what: String,
        /// What the server said.
        message: String,
        /// What to do about it.
        way_out: String,
    },
    /// The server is older than what is supported (X103).
    #[error("{target} runs PostgreSQL {version}, which is too old")]
    Version {
        /// Host, port, database and user.
        target: String,
        /// The server's own version text.
        version: String,
    },
    /// Another session holds a lock that reading a definition waits for (X101).
    #[error("{target}: reading {what} waited longer than {} for another session's lock", seconds(*.waited))]
    Locked {
        /// Host, port, database and user.
        target: String,
        /// Which catalog query waited.
        what: String,
        /// The lock timeout.
        waited: Duration,
    },
    /// A catalog query was cancelled by its timeout (X101).
    #[error("{target}: reading {what} took longer than {}", seconds(*.waited))]
    Slow {
        /// Host, port, database and user.
        target: String,
        /// Which catalog query was too slow.
        what: String,
        /// The statement timeout.
        waited: Duration,
    },
    /// The server closed the connection, or answered a catalog query with an error (X101).
    #[error("{target}: reading {what} failed: {message}")]
    Query {
        /// Host, port, database and user.
        target: String,
        /// Which catalog query failed.
        what: String,
        /// What the server said.
        message: String,
    },
    /// The answer to a catalog query does not have the shape that this version of the program expects (X103).
    #[error("{target}: reading {what} gave an unexpected answer: {message}")]
    Shape {
        /// Host, port, database and user.
        target: String,
        /// Which catalog query.
        what: String,
        /// Column and reason.
        message: String,
    },
}

impl Error {
    /// The code that `trueup explain` knows: X101 connect, X102 permission, X103 version, X104 configuration.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect { .. } | Self::Locked { .. } | Self::Slow { .. } | Self::Query { .. } => "X101",
            Self::Permission { .. } => "X102",
            Self::Version { .. } | Self::Shape { .. } => "X103",
            Self::Configuration { .. } => "X104",
        }
    }

    /// What the reader can do about it.
    #[must_use]
    pub fn way_out(&self) -> &str {
        match self {
            Self::Configuration { way_out, .. }
            | Self::Connect { way_out, .. }
            | Self::Permission { way_out, .. } => way_out,
            Self::Version { .. } => "trueup reads PostgreSQL 13 to 18; upgrade the server",
            Self::Locked { .. } => {
                "find the session with `select * from pg_stat_activity where state <> 'idle'`, let it finish, and run again; or raise the lock timeout"
            }
            Self::Slow { .. } => "run again when the server is less busy, or raise the statement timeout",
            Self::Query { .. } => "run again; when it stays, `-vv` shows the query that failed",
            Self::Shape { .. } => {
                "the server may be newer than this program, or not PostgreSQL: try `--source information-schema`"
            }
        }
    }

    pub(crate) fn configuration(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::Configuration { message: message.into(), way_out: way_out.into() }
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
