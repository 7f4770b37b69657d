//! Why an attempt to connect failed, in words for people.

use super::config::HostEntry;
use tokio_postgres::error::SqlState;

/// Why one attempt failed, and what that means for the next.
pub(super) struct Failure {
    pub message: String,
    pub way_out: &'static str,
    /// The server answered and said no: libpq does not try other hosts then.
    pub refused: bool,
}

impl Failure {
    /// The network failed, or something that is no PostgreSQL answered.
    pub fn network(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            way_out: "check host and port, and that the server listens there",
            refused: false,
        }
    }
}

/// The whole chain of causes in one line; none of tokio-postgres' texts carries a password.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    use std::error::Error as _;
    if let Some(server) = error.as_db_error() {
        let mut text = server.message().to_owned();
        for more in [server.detail(), server.hint()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(more);
        }
        return text;
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// What a failed start-up means, and what to do about it.
pub(super) fn startup_failure(error: &tokio_postgres::Error, host: &HostEntry) -> Failure {
    let message = describe(error);
    let Some(code) = error.code() else {
        let (way_out, refused) = if message.contains("password missing") {
            ("the server wants a password: PGPASSWORD, ~/.pgpass, or password in the connection string", true)
        } else if message.contains("does not support TLS") {
            ("the server has no TLS: sslmode=prefer goes without", false)
        } else if message.contains("TLS handshake") || message.contains("certificate") {
            ("check sslmode, sslrootcert and that the host is the name in the server's certificate", false)
        } else if message.contains("authentication") || message.contains("channel binding") {
            (
                "use a way to authenticate that is supported: password (SCRAM, MD5, clear text), certificate, trust, peer",
                true,
            )
        } else {
            ("check that a PostgreSQL server listens there", false)
        };
        return Failure { message, way_out, refused };
    };
    let way_out = if *code == SqlState::INVALID_PASSWORD {
        if host.password.is_some() {
            "check user and password: connection string, PGPASSWORD, ~/.pgpass"
        } else {
            "give a password: PGPASSWORD, ~/.pgpass, or password in the connection string"
        }
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        "check the user, and that pg_hba.conf lets it in from here, with or without TLS"
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        "check the name of the database"
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        "grant it: GRANT CONNECT ON DATABASE … TO …"
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "wait until a connection is free, and run again"
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        "the server is starting or stopping: run again"
    } else {
        "see the server's log"
    };
    Failure { message, way_out, refused: *code != SqlState::CANNOT_CONNECT_NOW }
}
