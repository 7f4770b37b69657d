//! One module a tool.

use crate::writer::Writer;
use trueup_history::Tool;

mod alembic;
mod atlas;
mod dbmate;
mod diesel;
mod django;
mod drizzle;
mod ecto;
mod flyway;
mod golang_migrate;
mod goose;
mod knex;
mod liquibase;
mod node_pg_migrate;
mod prisma;
mod rails;
mod refinery;
mod sequelize;
mod sqlx;
mod supabase;
mod typeorm;

pub(crate) fn writer(tool: Tool) -> &'static dyn Writer {
    match tool {
        Tool::Supabase => &supabase::Supabase,
        Tool::Prisma => &prisma::Prisma,
        Tool::Drizzle => &drizzle::Drizzle,
        Tool::Atlas => &atlas::Atlas,
        Tool::Diesel => &diesel::Diesel,
        Tool::Refinery => &refinery::Refinery,
        Tool::Sqlx => &sqlx::Sqlx,
        Tool::Flyway => &flyway::Flyway,
        Tool::Liquibase => &liquibase::Liquibase,
        Tool::Dbmate => &dbmate::Dbmate,
        Tool::Goose => &goose::Goose,
        Tool::NodePgMigrate => &node_pg_migrate::NodePgMigrate,
        Tool::GolangMigrate => &golang_migrate::GolangMigrate,
        Tool::Rails => &rails::Rails,
        Tool::Ecto => &ecto::Ecto,
        Tool::Django => &django::Django,
        Tool::Alembic => &alembic::Alembic,
        Tool::TypeOrm => &typeorm::TypeOrm,
        Tool::Knex => &knex::Knex,
        Tool::Sequelize => &sequelize::Sequelize,
    }
}

/// The whole file of a migration.
fn bytes(given: &crate::Given<'_>, migration: &trueup_history::Migration) -> Result<Vec<u8>, crate::Refusal> {
    let file = migration.file.as_deref().unwrap_or_default();
    given.tree.bytes(file).map_err(|error| {
        crate::Refusal::new(
            format!("{file} can't be read: {error}"),
            "its checksum is part of what is recorded",
        )
    })
}
