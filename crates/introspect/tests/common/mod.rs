//! What the tests of this crate share.
#![allow(dead_code)]

use trueup_catalog::Catalog;
use trueup_introspect::{
    ConnectConfig, Connected, Environment, Error, ReadOptions, connect, read_pg_catalog,
};
use trueup_testkit::{TestDatabase, block_on};

/// An environment without any libpq variable.
pub fn no_environment() -> Environment {
    Environment::new(Vec::<(String, String)>::new(), Some("nobody".to_owned()))
}

/// Connects with a connection string alone.
pub async fn open(text: &str) -> Result<Connected, Error> {
    connect(&ConnectConfig::parse(text, &no_environment())?).await
}

/// The catalog behind a URL, by the default reader.
pub fn read_url(url: &str) -> Result<Catalog, Error> {
    block_on(async { read_pg_catalog(&open(url).await?, &ReadOptions::default()).await }).unwrap()
}

/// Runs the SQL in a database and reads it back.
pub fn load(database: &TestDatabase<'_>, sql: &str) -> Catalog {
    database.run(sql).unwrap();
    read_url(&database.url()).unwrap()
}
