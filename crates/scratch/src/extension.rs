//! What a fresh installation of extensions has: the measure of what someone changed about their members.
//!
//! A private server of the live version installs them once; the answer is kept in the folder of the private servers, for
//! as long as the server's programs, the extensions' versions and this program stay the same.

use crate::Error;
use crate::error::said;
use crate::server::Server;
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime};
use trueup_catalog::{Extension, quote_ident, quote_literal};
use trueup_introspect::{MembersOf, ReadOptions, read_with_members};

/// How long an answer that nobody asks for is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The members of a fresh installation of each extension, in the schema and version that it has; those that can't be
/// installed there are left out.
///
/// # Errors
/// When the server breaks.
pub async fn install(server: &Server, extensions: &[Extension]) -> Result<MembersOf, Error> {
    let database = server.database(false).await?;
    let connected = database.privileged.as_ref().unwrap_or(&database.plain);
    let made = async {
        let mut open: Vec<&Extension> = extensions.iter().collect();
        // One may need another: they are tried again as long as some succeed.
        loop {
            let before = open.len();
            let mut still = Vec::new();
            for extension in open {
                if let Err(error) = connected.client.batch_execute(&statements(extension)).await {
                    if error.is_closed() {
                        return Err(Error::refused("installing an extension", &error));
                    }
                    tracing::debug!(extension = %extension.name, error = %said(&error), "not installed");
                    still.push(extension);
                }
            }
            if still.is_empty() || still.len() == before {
                break;
            }
            open = still;
        }
        let (catalog, mut members) = read_with_members(connected, &ReadOptions::default()).await?;
        // CASCADE is never said, so that what is there was asked for; a version that updates itself would be another.
        members.retain(|name, _| {
            extensions.iter().any(|wanted| {
                wanted.name == *name
                    && catalog.iter().any(|(_, entry)| {
                        Extension::of(&entry.object).is_some_and(|made| {
                            (&made.name, &made.schema, &made.version)
                                == (&wanted.name, &wanted.schema, &wanted.version)
                        })
                    })
            })
        });
        Ok(members)
    }
    .await;
    server.drop(database).await;
    made
}

/// One message, so that a failure leaves no schema behind.
fn statements(extension: &Extension) -> String {
    let mut sql = String::new();
    if let Some(schema) = &extension.schema {
        sql += &format!("CREATE SCHEMA IF NOT EXISTS {};\n", quote_ident(schema.as_str()));
    }
    sql += &format!("CREATE EXTENSION {}", quote_ident(extension.name.as_str()));
    if let Some(schema) = &extension.schema {
        sql += &format!(" SCHEMA {}", quote_ident(schema.as_str()));
    }
    if let Some(version) = &extension.version {
        sql += &format!(" VERSION {}", quote_literal(version));
    }
    sql
}

/// The place of a kept answer.
#[cfg(unix)]
pub struct Kept(std::path::PathBuf);

#[cfg(unix)]
impl Kept {
    /// For these extensions, as the programs of exactly this major version install them. `None` where there are none, or no
    /// folder to keep anything.
    #[must_use]
    pub fn of(major: u32, extensions: &[Extension]) -> Option<Self> {
        let binaries = trueup_cluster::Binaries::exact(u16::try_from(major).ok()?)?;
        let base = trueup_cluster::base().ok()?;
        // Digests of members mean something to the program that made them alone.
        let program = std::env::current_exe().and_then(std::fs::metadata).ok()?;
        let changed = program.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let what = (&binaries.version, &binaries.bin, program.len(), changed.as_nanos(), extensions);
        let text = serde_json::to_string(&what).ok()?;
        let name: String = Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(Kept(base.join(format!("members-{name}.json"))))
    }

    /// What was kept, if anything.
    #[must_use]
    pub fn read(&self) -> Option<MembersOf> {
        let text = std::fs::read_to_string(&self.0).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Keeps it, and removes what is old. A failure costs the next run its time and nothing else.
    pub fn write(&self, members: &MembersOf) {
        let Some(base) = self.0.parent() else { return };
        let kept = || -> std::io::Result<()> {
            let file = base.join(format!("members-{}.partial", std::process::id()));
            std::fs::write(&file, serde_json::to_string(members)?)?;
            std::fs::rename(&file, &self.0)?;
            for entry in std::fs::read_dir(base)? {
                let entry = entry?;
                let old = entry.metadata()?.modified()?.elapsed().is_ok_and(|age| age > KEPT);
                if old && entry.file_name().as_encoded_bytes().starts_with(b"members-") {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        if let Err(error) = kept() {
            tracing::debug!(%error, "the members of extensions were not kept");
        }
    }
}
