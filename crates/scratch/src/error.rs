//! What stops a throw-away database.

/// Why no throw-away database can be had, or what went wrong in one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No private server can be started here.
    #[error("no private PostgreSQL server: {0}")]
    NoServer(String),
    /// The given server can't be reached or read.
    #[error(transparent)]
    Introspect(#[from] trueup_introspect::Error),
    /// A server refused a statement of ours.
    #[error("{doing}: {message}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What the server said.
        message: String,
    },
}

impl Error {
    /// What the server said, in one line.
    pub(crate) fn refused(doing: impl Into<String>, error: &tokio_postgres::Error) -> Self {
        Error::Refused { doing: doing.into(), message: said(error) }
    }

    /// The way out, where there is one.
    #[must_use]
    pub fn way_out(&self) -> Option<String> {
        match self {
            Error::NoServer(_) => Some("or leave it out with --scratch off".to_owned()),
            Error::Introspect(error) => Some(error.way_out().to_owned()),
            Error::Refused { .. } => {
                Some("give a server where this role may create a database, or --scratch off".to_owned())
            }
        }
    }
}

/// The server's message; what is left of an error that has none holds no connection string.
pub(crate) fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => db.message().to_owned(),
        None => error.to_string(),
    }
}
