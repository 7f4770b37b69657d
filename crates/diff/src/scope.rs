//! What is compared: silence is not a wish.
//!
//! The scope is the schemas that the desired catalog creates or puts objects into. What lies
//! outside is counted, and the tables in which migration tools keep their history are set aside.

use std::collections::{BTreeMap, BTreeSet};
use trueup_catalog::{Catalog, Entry, Name, ObjectKey, ObjectKind, QualifiedName, Sequence};

/// Tables in which migration tools keep what they have applied. A tool makes its table by
/// itself, so that the schema that the code wants seldom mentions it.
pub const HISTORY_TABLES: &[(&str, &str)] = &[
    ("SequelizeMeta", "Sequelize"),
    ("__EFMigrationsHistory", "Entity Framework"),
    ("__diesel_schema_migrations", "Diesel"),
    ("__drizzle_migrations", "Drizzle"),
    ("_prisma_migrations", "Prisma"),
    ("_sqlx_migrations", "sqlx"),
    ("alembic_version", "Alembic"),
    ("ar_internal_metadata", "Rails"),
    ("atlas_schema_revisions", "Atlas"),
    ("databasechangelog", "Liquibase"),
    ("databasechangeloglock", "Liquibase"),
    ("django_migrations", "Django"),
    ("flyway_schema_history", "Flyway"),
    ("goose_db_version", "goose"),
    ("knex_migrations", "Knex"),
    ("knex_migrations_lock", "Knex"),
    ("pgmigrations", "node-pg-migrate"),
    ("refinery_schema_history", "refinery"),
    ("schema_migrations", "Rails, golang-migrate, dbmate, Ecto or Supabase"),
];

/// The tool whose history a table of this name holds.
pub(crate) fn history_tool(table: &Name) -> Option<&'static str> {
    HISTORY_TABLES.iter().find(|(name, _)| *table == *name).map(|(_, tool)| *tool)
}

/// What is compared of the live catalog.
pub(crate) struct Scope {
    schemas: Option<BTreeSet<Name>>,
    outside: BTreeMap<Name, usize>,
}

impl Scope {
    /// The scope that `desired` sets; everything with `all_schemas`.
    pub(crate) fn new(desired: &Catalog, all_schemas: bool) -> Self {
        let schemas =
            // Default privileges put nothing into a schema.
            (!all_schemas).then(|| {
                let keys = desired.iter().map(|(key, _)| key);
                let inside = keys.filter(|key| key.kind != ObjectKind::DefaultPrivileges);
                inside.filter_map(|key| key.schema().cloned()).collect()
            });
        Scope { schemas, outside: BTreeMap::new() }
    }

    /// Whether a live object is compared; counts it when not.
    pub(crate) fn takes(&mut self, key: &ObjectKey) -> bool {
        let (Some(schemas), Some(schema)) = (&self.schemas, key.schema()) else { return true };
        let inside = schemas.contains(schema);
        if !inside {
            // An empty schema is told too.
            let count = self.outside.entry(schema.clone()).or_default();
            *count += usize::from(key.kind != ObjectKind::Schema);
        }
        inside
    }

    /// Whether a schema is compared.
    pub(crate) fn has_schema(&self, schema: &str) -> bool {
        self.schemas.as_ref().is_none_or(|schemas| schemas.contains(schema))
    }

    /// Schemas outside with the number of objects in them.
    pub(crate) fn outside(self) -> Vec<(Name, usize)> {
        self.outside.into_iter().collect()
    }
}

/// The table whose object this is, to tell what belongs to a history table: the table itself,
/// what stands on it, and the sequences that it owns.
pub(crate) fn table_of<'a>(key: &'a ObjectKey, entry: &'a Entry) -> Option<&'a QualifiedName> {
    match &key.address {
        trueup_catalog::Address::InSchema(name) if key.kind == ObjectKind::Table => Some(name),
        trueup_catalog::Address::OnRelation { relation, .. } => Some(relation),
        trueup_catalog::Address::InSchema(_)
        | trueup_catalog::Address::Global(_)
        | trueup_catalog::Address::Routine { .. }
        | trueup_catalog::Address::Operator { .. }
        | trueup_catalog::Address::OfMethod { .. }
        | trueup_catalog::Address::Cast { .. }
        | trueup_catalog::Address::Transform { .. }
        | trueup_catalog::Address::UserMapping { .. }
        | trueup_catalog::Address::DefaultPrivileges { .. } => {
            Sequence::of(&entry.object)?.owned_by.as_ref().map(|(table, _)| table)
        }
    }
}
