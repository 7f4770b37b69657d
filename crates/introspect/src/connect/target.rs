//! Where a connection leads, and which version answers there.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use tokio_postgres::Client;

/// What may be shown about a connection. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Host name, address or socket folder.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// Role.
    pub user: String,
    /// The server's version as it says it itself, such as "15.18 (Debian 15.18-0+deb12u1)"; empty before connecting.
    pub server_version: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{} as {}", self.database, self.host, self.port, self.user)
    }
}

/// An open connection and its place.
pub struct Connected {
    /// The client half; dropping it ends the session.
    pub client: Client,
    /// Where it leads.
    pub target: Target,
    /// The server's version as a number, such as 150018.
    pub version: u32,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("target", &self.target).finish_non_exhaustive()
    }
}

/// The oldest version that is read: the oldest that the PostgreSQL project still supported when this began.
const OLDEST_VERSION: u32 = 13_00_00;

pub(super) fn check_version(connected: Connected) -> Result<Connected, Error> {
    if connected.version < OLDEST_VERSION {
        return Err(Error::Version {
            target: connected.target.to_string(),
            version: connected.target.server_version.clone(),
        });
    }
    Ok(connected)
}

/// "15.18 (Debian …)" is 150018, "16beta1" is 160000, "9.6.24" is 90624.
pub(super) fn version_number(text: &str) -> Option<u32> {
    let text = text.split_whitespace().next()?;
    let mut parts = text.split('.');
    let digits = |part: &str| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse::<u32>().ok()
    };
    let major = digits(parts.next()?)?;
    let minor = parts.next().and_then(digits).unwrap_or(0);
    if major >= 10 {
        major.checked_mul(10_000)?.checked_add(minor)
    } else {
        let patch = parts.next().and_then(digits).unwrap_or(0);
        Some(major * 10_000 + minor * 100 + patch)
    }
}
