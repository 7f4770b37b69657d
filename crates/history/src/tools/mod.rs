//! One module a tool. Each says from which source of the tool its rules are.

pub(crate) mod alembic;
pub(crate) mod atlas;
pub(crate) mod dbmate;
pub(crate) mod diesel;
pub(crate) mod django;
pub(crate) mod drizzle;
pub(crate) mod ecto;
pub(crate) mod flyway;
pub(crate) mod golang_migrate;
pub(crate) mod goose;
pub(crate) mod knex;
pub(crate) mod liquibase;
pub(crate) mod node_pg_migrate;
pub(crate) mod prisma;
pub(crate) mod rails;
pub(crate) mod refinery;
pub(crate) mod sequelize;
pub(crate) mod sql;
pub(crate) mod sqlx;
pub(crate) mod supabase;
pub(crate) mod typeorm;
