//! A database of one test's own.

use crate::server::{Server, quote_ident};
use crate::{Error, Result, block_on, psql};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// A fresh database on some server; dropped with the value, whoever is still connected.
#[derive(Debug)]
pub struct TestDatabase<'a> {
    server: &'a Server,
    name: String,
}

/// A name that no other test of this or another program on the same server uses.
pub(crate) fn unique_name(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl<'a> TestDatabase<'a> {
    /// A new database, a copy of `template` if one is named.
    pub(crate) fn create(server: &'a Server, template: Option<&str>) -> Result<Self> {
        let name = unique_name("test");
        let template = template.map(|name| format!(" TEMPLATE {}", quote_ident(name))).unwrap_or_default();
        let sql = format!("CREATE DATABASE {}{template}", quote_ident(&name));
        block_on(run(server, "postgres", &sql))??;
        Ok(Self { server, name })
    }

    /// A copy of this database, rows and all. Nobody may be connected to the original meanwhile.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn copy(&self) -> Result<TestDatabase<'a>> {
        TestDatabase::create(self.server, Some(&self.name))
    }

    /// Its server.
    #[must_use]
    pub fn server(&self) -> &'a Server {
        self.server
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL for the superuser, over TCP.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Its URL for another role, over TCP.
    #[must_use]
    pub fn url_as(&self, role: &str, password: Option<&str>) -> String {
        self.server.url_as(role, password, &self.name)
    }

    /// A connection as superuser on the caller's runtime.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn connect(&self) -> Result<tokio_postgres::Client> {
        self.server.connect(&self.name).await
    }

    /// Runs SQL as `psql -v ON_ERROR_STOP=1 -f` would: statement by statement, COPY blocks and backslash lines too.
    ///
    /// # Errors
    /// The first statement's that fails, with its line.
    pub fn run(&self, sql: &str) -> Result<()> {
        block_on(async {
            let client = self.connect().await?;
            psql::run_script(&client, sql).await
        })?
    }

    /// Runs a file of SQL like [`TestDatabase::run`].
    ///
    /// # Errors
    /// When the file can't be read, or a statement fails.
    pub fn run_file(&self, path: &Path) -> Result<()> {
        let sql = std::fs::read_to_string(path).map_err(|error| Error::path("reading", path, error))?;
        self.run(&sql).map_err(|error| Error::message(format!("{}: {error}", path.display())))
    }

    /// Everything that the catalogs say about this database, by [`crate::catalog_fingerprint`].
    ///
    /// # Errors
    /// When a query fails.
    pub fn fingerprint(&self) -> Result<crate::Fingerprint> {
        block_on(async {
            let client = self.connect().await?;
            crate::catalog_fingerprint(&client).await
        })?
    }

    /// The first column of a query's rows, as text; for short assertions.
    ///
    /// # Errors
    /// When the query fails.
    pub fn query_texts(&self, sql: &str) -> Result<Vec<Option<String>>> {
        block_on(async {
            let client = self.connect().await?;
            let messages = client
                .simple_query(sql)
                .await
                .map_err(|error| Error::postgres("asking the database", error))?;
            Ok(messages
                .iter()
                .filter_map(|message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                    _ => None,
                })
                .collect())
        })?
    }
}

/// Drops the subscriptions of the current database, which PostgreSQL would not drop along with it (manual, DROP DATABASE).
const DROP_SUBSCRIPTIONS: &str = "DO $$
    DECLARE s name;
    BEGIN
        FOR s IN SELECT subname FROM pg_subscription
                 WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        LOOP
            EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', s);
            EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', s);
            EXECUTE format('DROP SUBSCRIPTION %I', s);
        END LOOP;
    END $$";

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        let subscribes = "SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE datname = current_database()";
        if self.query_texts(subscribes).is_ok_and(|rows| !rows.is_empty())
            && let Err(error) = self.run(DROP_SUBSCRIPTIONS)
        {
            eprintln!("testkit: subscriptions of {} were not dropped: {error}", self.name);
        }
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote_ident(&self.name));
        if let Err(error) = block_on(run(self.server, "postgres", &sql)).and_then(|result| result) {
            eprintln!("testkit: database {} was not dropped: {error}", self.name);
        }
    }
}

async fn run(server: &Server, database: &str, sql: &str) -> Result<()> {
    let client = server.connect(database).await?;
    client.batch_execute(sql).await.map_err(|error| Error::postgres(format!("`{sql}`"), error))
}
