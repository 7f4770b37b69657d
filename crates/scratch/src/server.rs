//! The server on which throw-away databases are made: a private one, or one that was given.

use crate::Error;
use crate::error::said;
use std::sync::atomic::{AtomicU32, Ordering};
use trueup_introspect::{ConnectConfig, Connected, Environment, connect};

/// Which server to use.
#[derive(Clone)]
pub enum Place {
    /// A private one from the binaries of this machine.
    Private,
    /// One where a database may be created: a connection string. Never shown.
    Given(String),
}

/// The role that owns what is made on a private server. It is no superuser: the expressions of a live database, which
/// PostgreSQL may evaluate while it stores them, must not be able to run programs or read files here.
const PLAIN: &str = "trueup_plain";

/// A server with the right to create databases.
pub struct Server {
    /// For the superuser, or whoever was given.
    config: ConnectConfig,
    /// For the role that owns the databases.
    plain: ConnectConfig,
    admin: Connected,
    given: bool,
    /// Stops with this value; declared last, after the connection to it.
    #[cfg(unix)]
    cluster: Option<trueup_cluster::Cluster>,
}

/// One throw-away database.
pub struct Database {
    pub name: String,
    /// Its owner, who is no superuser on a private server.
    pub plain: Connected,
    /// Who may create extensions; none where that is the same.
    pub privileged: Option<Connected>,
}

impl Server {
    /// Starts or reaches the server. `major` is the version that a private one should have.
    ///
    /// # Errors
    /// When there are no binaries, or the server can't be reached.
    pub async fn start(place: &Place, major: u32) -> Result<Self, Error> {
        match place {
            Place::Private => Self::private(major).await,
            Place::Given(text) => {
                let config = ConnectConfig::parse(text, &Environment::process())?;
                let admin = connect(&config).await?;
                Ok(Server {
                    plain: config.clone(),
                    config,
                    admin,
                    given: true,
                    #[cfg(unix)]
                    cluster: None,
                })
            }
        }
    }

    #[cfg(not(unix))]
    async fn private(_: u32) -> Result<Self, Error> {
        Err(Error::NoServer(
            "they are started on Unix systems only; give the URL of a server where a database may be created"
                .to_owned(),
        ))
    }

    #[cfg(unix)]
    async fn private(major: u32) -> Result<Self, Error> {
        use trueup_cluster::{Binaries, Cluster, SUPERUSER};
        let begun = std::time::Instant::now();
        let start = move || {
            let binaries = Binaries::find(u16::try_from(major).unwrap_or(u16::MAX))?;
            Cluster::start(&binaries)
        };
        let cluster = tokio::task::spawn_blocking(start)
            .await
            .map_err(|error| Error::NoServer(error.to_string()))?
            .map_err(|error| Error::NoServer(error.to_string()))?;
        let host = cluster.socket_dir().display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
        let config = |user: &str| {
            let text = format!("host='{host}' port={} user={user} dbname=postgres", cluster.port());
            ConnectConfig::parse(&text, &Environment::default())
        };
        let plain = config(PLAIN)?;
        let config = config(SUPERUSER)?;
        let admin = connect(&config).await?;
        let server = Server { config, plain, admin, given: false, cluster: Some(cluster) };
        server.sweep().await?;
        tracing::debug!(
            version = server.admin.version,
            warm = server.cluster.as_ref().is_some_and(|c| c.warm),
            ms = begun.elapsed().as_millis(),
            "started a private server"
        );
        Ok(server)
    }

    /// Removes what a killed run left on a private server, and makes the plain role.
    #[cfg(unix)]
    async fn sweep(&self) -> Result<(), Error> {
        let explain = |error: tokio_postgres::Error| Error::refused("sweeping the private server", &error);
        let left = self
            .admin
            .client
            .query(
                "SELECT 'DROP DATABASE ' || quote_ident(datname) || ' WITH (FORCE)' FROM pg_database \
                 WHERE datname NOT IN ('postgres', 'template0', 'template1') \
                 UNION ALL SELECT 'DROP ROLE ' || quote_ident(rolname) FROM pg_roles \
                 WHERE rolname NOT LIKE 'pg\\_%' AND rolname NOT IN ('postgres', 'trueup_plain') \
                 UNION ALL SELECT 'CREATE ROLE trueup_plain LOGIN' \
                 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trueup_plain')",
                &[],
            )
            .await
            .map_err(explain)?;
        for row in &left {
            let sql: String = row.try_get(0).map_err(explain)?;
            self.admin.client.batch_execute(&sql).await.map_err(explain)?;
        }
        Ok(())
    }

    /// `server_version_num`.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.admin.version
    }

    /// Whether the server is private: roles may be made there.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.given
    }

    /// The superuser's connection, or that of the given role.
    pub(crate) fn admin(&self) -> &Connected {
        &self.admin
    }

    /// The process of a private server, for tests that look whether it is gone.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        #[cfg(unix)]
        return self.cluster.as_ref().and_then(trueup_cluster::Cluster::pid);
        #[cfg(not(unix))]
        None
    }

    /// A new empty database, owned by the plain role, or for `whole` by the superuser, who runs all of it.
    pub(crate) async fn database(&self, whole: bool) -> Result<Database, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("trueup_scratch_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let plain = !self.given && !whole;
        let owner = if plain { format!(" OWNER {PLAIN}") } else { String::new() };
        let sql = format!("CREATE DATABASE {name}{owner} TEMPLATE template0 ENCODING 'UTF8'");
        self.admin
            .client
            .batch_execute(&sql)
            .await
            .map_err(|error| Error::refused("creating a throw-away database", &error))?;
        let first = if plain { &self.plain } else { &self.config };
        let connections = async {
            let owner = connect(&first.clone().with_database(&name)).await?;
            let privileged = match plain {
                true => Some(connect(&self.config.clone().with_database(&name)).await?),
                false => None,
            };
            Ok::<_, trueup_introspect::Error>((owner, privileged))
        };
        match connections.await {
            Ok((plain, privileged)) => Ok(Database { name, plain, privileged }),
            Err(error) => {
                self.drop_named(&name).await;
                Err(error.into())
            }
        }
    }

    /// Drops a database that [`Server::database`] made.
    pub(crate) async fn drop(&self, database: Database) {
        let Database { name, plain, privileged } = database;
        drop((plain, privileged));
        self.drop_named(&name).await;
    }

    async fn drop_named(&self, name: &str) {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        if let Err(error) = self.admin.client.batch_execute(&sql).await {
            // On a private server the next run sweeps it away.
            tracing::warn!(database = name, error = %said(&error), "a throw-away database was not dropped");
        }
    }
}
