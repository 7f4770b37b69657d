//! A catalog as a file: what `trueup snapshot` writes and both sides accept.

use crate::problem::{Problem, plain};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::SystemTime;
use trueup_catalog::Catalog;
use trueup_history::Database;
use trueup_report::{Place, Server, safe};
use trueup_scratch::Memory;

/// Version of the file's shape. A file of another version is refused, never guessed at.
const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    trueup_snapshot: u32,
    made: String,
    made_by: &'static str,
    target: Option<Target>,
    #[serde(skip_serializing_if = "Memory::is_empty")]
    settled: &'a Memory,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a Database>,
    catalog: &'a Catalog,
}

/// Only the head, to tell a file of another version or sort apart.
#[derive(Deserialize)]
struct Head {
    trueup_snapshot: u32,
}

#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    made: Option<String>,
    target: Option<Target>,
    #[serde(default)]
    settled: Memory,
    #[serde(default)]
    history: Option<Database>,
    catalog: Catalog,
}

/// What a snapshot holds.
pub struct Kept {
    /// The schema.
    pub catalog: Catalog,
    /// What a server settled when it was made.
    pub settled: Memory,
    /// Where it came from.
    pub place: Place,
    /// When it was made, where it says so.
    pub made: Option<SystemTime>,
    /// The histories of migration tools; a snapshot of an older program has none.
    pub history: Option<Database>,
}

#[derive(Serialize, Deserialize)]
struct Target {
    host: String,
    port: u16,
    database: String,
    user: String,
    server_version: String,
}

/// The text of a snapshot, with the answers that a server gave when it was made, and the histories of migration tools.
///
/// # Errors
/// X104 when the catalog can't be written as JSON.
pub fn write(
    catalog: &Catalog,
    settled: &Memory,
    history: Option<&Database>,
    place: &Place,
    made: String,
) -> Result<String, Problem> {
    let target = place.server.clone().map(|server| Target {
        host: server.host,
        port: server.port,
        database: server.database,
        user: server.user,
        server_version: server.version,
    });
    let written = Written {
        trueup_snapshot: FORMAT_VERSION,
        made,
        made_by: concat!("trueup ", env!("CARGO_PKG_VERSION")),
        target,
        settled,
        history,
        catalog,
    };
    let mut text = serde_json::to_string_pretty(&written).map_err(|error| {
        Problem::configuration(format!("the snapshot can't be written: {error}"), "report this")
    })?;
    text.push('\n');
    Ok(text)
}

/// What a snapshot holds.
///
/// # Errors
/// X104 when the file can't be read, is no snapshot, or is of another version.
pub fn read(path: &Path) -> Result<Kept, Problem> {
    let name = path.display().to_string();
    let shown = safe(&name);
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::configuration(
            format!("{shown}: {}", plain(&error.to_string())),
            "name a file that `trueup snapshot` wrote",
        )
    })?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::configuration(
            format!("{shown} is no snapshot: {error}"),
            "name a file that `trueup snapshot` wrote",
        )
    })?;
    if head.trueup_snapshot != FORMAT_VERSION {
        return Err(Problem::configuration(
            format!(
                "{shown} is a snapshot of version {}, and this program reads version {FORMAT_VERSION}",
                head.trueup_snapshot
            ),
            "make the snapshot again with this program",
        ));
    }
    let read: Read = serde_json::from_slice(&bytes).map_err(|error| {
        Problem::configuration(format!("{shown} is a damaged snapshot: {error}"), "make the snapshot again")
    })?;
    let server = read.target.map(|target| Server {
        host: target.host,
        port: target.port,
        database: target.database,
        user: target.user,
        version: target.server_version,
    });
    let made = read.made.as_deref().and_then(trueup_policy::time_of);
    let place = Place { name, server };
    Ok(Kept { catalog: read.catalog, settled: read.settled, place, made, history: read.history })
}
