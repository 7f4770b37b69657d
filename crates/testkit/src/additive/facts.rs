//! What a database itself says about the names in a script: how volatile functions are, which types columns have.

use crate::{Error, Result, TestDatabase, block_on};
use std::collections::{BTreeMap, BTreeSet};

/// `schema.name`, unquoted: only ever compared.
pub(super) fn full(schema: &str, name: &str) -> String {
    format!("{schema}.{name}")
}

/// How often a function may give something else (`pg_proc.provolatile`), the most harmless first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

impl Volatility {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "i" | "immutable" => Self::Immutable,
            "s" | "stable" => Self::Stable,
            _ => Self::Volatile,
        }
    }
}

/// Facts of one database, read with plain catalog queries.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Functions by schema and name: the most volatile of those that share it.
    pub(super) functions: BTreeMap<String, Volatility>,
    /// What a function without a schema may be: the most volatile of that name anywhere.
    pub(super) anywhere: BTreeMap<String, Volatility>,
    /// Operators by name, the most volatile of their functions.
    pub(super) operators: BTreeMap<String, Volatility>,
    /// `relkind` of relations.
    pub(super) relations: BTreeMap<String, String>,
    /// Built-in type and its modifier of each column: `schema.table.column`.
    pub(super) columns: BTreeMap<String, (String, i32)>,
    /// Domains that demand something, themselves or by what they are made of.
    pub(super) demanding: BTreeSet<String>,
    /// Types that something is of.
    pub(super) used: BTreeSet<String>,
}

impl Facts {
    /// The facts of a database.
    ///
    /// # Errors
    /// When a query fails.
    pub fn read(database: &TestDatabase<'_>) -> Result<Self> {
        block_on(async { Self::of(&database.connect().await?).await })?
    }

    /// The facts of the database that the client is connected to.
    ///
    /// # Errors
    /// When a query fails.
    pub async fn of(client: &tokio_postgres::Client) -> Result<Self> {
        let explain = |error| Error::postgres("reading facts", error);
        let mut facts = Self::default();
        // Functions are told by name. `timezone` of a time with time zone, which is volatile before 14, would make every
        // `now() AT TIME ZONE …` so.
        let functions = client
            .query(
                "SELECT n.nspname::text, p.proname::text, p.provolatile::text FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                 WHERE NOT (p.proname = 'timezone' AND n.nspname = 'pg_catalog' AND 'timetz'::pg_catalog.regtype = ANY (p.proargtypes))",
                &[],
            )
            .await
            .map_err(explain)?;
        for row in &functions {
            let (schema, name, volatility): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
            facts.function(schema, name, Volatility::of(volatility));
        }
        let operators = client
            .query("SELECT o.oprname::text, p.provolatile::text FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode", &[])
            .await
            .map_err(explain)?;
        for row in &operators {
            let (name, volatility): (&str, &str) = (row.get(0), row.get(1));
            worst(&mut facts.operators, name.to_owned(), Volatility::of(volatility));
        }
        let relations = client
            .query("SELECT n.nspname::text, c.relname::text, c.relkind::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace", &[])
            .await
            .map_err(explain)?;
        for row in &relations {
            let (schema, name, kind): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
            facts.relations.insert(full(schema, name), kind.to_owned());
        }
        let columns = client
            .query(
                "SELECT n.nspname::text, c.relname::text, a.attname::text, t.typname::text, a.atttypmod
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                 WHERE a.attnum > 0 AND NOT a.attisdropped AND t.typnamespace = 'pg_catalog'::regnamespace AND n.nspname !~ '^pg_'",
                &[],
            )
            .await
            .map_err(explain)?;
        for row in &columns {
            let (schema, table, column): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
            facts.columns.insert(full(&full(schema, table), column), (row.get(3), row.get(4)));
        }
        let domains = client
            .query(
                "WITH RECURSIVE demanding AS (
                   SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
                     AND (t.typnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid))
                   UNION SELECT t.oid FROM pg_catalog.pg_type t JOIN demanding d ON t.typbasetype = d.oid AND t.typtype = 'd')
                 SELECT n.nspname::text, t.typname::text FROM demanding d JOIN pg_catalog.pg_type t ON t.oid = d.oid
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
                &[],
            )
            .await
            .map_err(explain)?;
        for row in &domains {
            facts.demanding.insert(full(row.get(0), row.get(1)));
        }
        let used = client
            .query(
                "SELECT DISTINCT n.nspname::text, t.typname::text FROM pg_catalog.pg_depend d
                 JOIN pg_catalog.pg_type t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass) AND d.deptype = 'n'",
                &[],
            )
            .await
            .map_err(explain)?;
        for row in &used {
            facts.used.insert(full(row.get(0), row.get(1)));
        }
        Ok(facts)
    }

    /// Adds a function.
    pub(super) fn function(&mut self, schema: &str, name: &str, volatility: Volatility) {
        worst(&mut self.functions, full(schema, name), volatility);
        worst(&mut self.anywhere, name.to_owned(), volatility);
    }
}

fn worst(known: &mut BTreeMap<String, Volatility>, name: String, volatility: Volatility) {
    let entry = known.entry(name).or_insert(volatility);
    *entry = (*entry).max(volatility);
}
