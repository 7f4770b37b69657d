//! The transaction that a tool opens around a migration.
//!
//! Owns: which tools open one, and what a file says to have none.
//! Never: what such a transaction forbids.

use crate::tool::Tool;

/// What a tool opens around a migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wraps {
    /// Nothing: each statement is a transaction.
    #[default]
    Nothing,
    /// A transaction around each migration.
    Each,
    /// Nothing, but the migration is sent as one message: PostgreSQL makes one transaction of several statements.
    Message,
    /// A transaction around all migrations that run together.
    All,
}

/// What a tool opens around a migration with this text, by its usual settings. `beside`: the text of the file of settings that lies
/// beside it, which Diesel and Flyway have.
///
/// - goose: `-- +goose NO TRANSACTION` (`internal/sqlparser/parser.go`); dbmate: `transaction:false` (`pkg/dbmate/migration.go`).
/// - sqlx: `-- no-transaction` as the first line (`sqlx-core/src/migrate/source.rs`); the file is one message then.
/// - Diesel: `run_in_transaction = false` in `metadata.toml` (`diesel_migrations/src/file_based_migrations.rs`).
/// - Flyway: `executeInTransaction=false` of the script's configuration, and by itself where a statement can't be part of a transaction
///   (manual, "Migration Transaction Handling").
/// - golang-migrate, Prisma, Supabase: one message (`database/postgres/postgres.go`; the schema engine's `apply_migration_script`;
///   `pkg/migration/file.go`).
/// - Drizzle and Alembic run all that is pending in one transaction (`drizzle-orm/src/pg-core/dialect.ts`; `env.py`'s
///   `context.begin_transaction`), and node-pg-migrate does so by `--single-transaction`, its default.
/// - Atlas: `-- atlas:txmode none` (<https://atlasgo.io/versioned/apply#transaction-configuration>).
/// - Liquibase: a transaction a change set, but for `runInTransaction:false`.
pub fn wraps(tool: Tool, text: &str, beside: Option<&str>) -> Wraps {
    let says =
        |words: &str| text.lines().any(|line| line.trim_start().starts_with("--") && line.contains(words));
    let set = |key: &str| {
        let lines = beside.into_iter().flat_map(str::lines);
        lines.filter_map(|line| line.split_once('=')).any(|(k, v)| k.trim() == key && v.trim() == "false")
    };
    match tool {
        Tool::Goose if says("+goose NO TRANSACTION") => Wraps::Nothing,
        Tool::Dbmate if says("transaction:false") => Wraps::Message,
        Tool::Sqlx if text.trim_start().starts_with("-- no-transaction") => Wraps::Message,
        Tool::Diesel if set("run_in_transaction") => Wraps::Message,
        Tool::Flyway if set("executeInTransaction") || stands_alone(text) => Wraps::Nothing,
        Tool::Atlas if says("atlas:txmode none") => Wraps::Nothing,
        Tool::Liquibase if text.contains("runInTransaction:false") => Wraps::Nothing,
        Tool::Alembic if text.contains("autocommit_block") => Wraps::Nothing,
        Tool::Goose
        | Tool::Dbmate
        | Tool::Sqlx
        | Tool::Diesel
        | Tool::Refinery
        | Tool::Flyway
        | Tool::Atlas
        | Tool::Liquibase => Wraps::Each,
        Tool::GolangMigrate | Tool::Prisma | Tool::Supabase => Wraps::Message,
        Tool::Drizzle | Tool::Alembic | Tool::NodePgMigrate => Wraps::All,
        // Programs: what they wrap is written in them.
        Tool::Rails | Tool::Ecto | Tool::Django | Tool::TypeOrm | Tool::Knex | Tool::Sequelize => {
            Wraps::Nothing
        }
    }
}

/// The file of settings that a tool reads beside a migration's file.
pub fn settings_beside(tool: Tool, file: &str) -> Option<String> {
    match tool {
        Tool::Diesel => Some(match file.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/metadata.toml"),
            None => "metadata.toml".to_owned(),
        }),
        Tool::Flyway => Some(format!("{file}.conf")),
        Tool::Supabase
        | Tool::Prisma
        | Tool::Drizzle
        | Tool::Atlas
        | Tool::Refinery
        | Tool::Sqlx
        | Tool::Liquibase
        | Tool::Dbmate
        | Tool::Goose
        | Tool::NodePgMigrate
        | Tool::GolangMigrate
        | Tool::Rails
        | Tool::Ecto
        | Tool::Django
        | Tool::Alembic
        | Tool::TypeOrm
        | Tool::Knex
        | Tool::Sequelize => None,
    }
}

/// Whether Flyway finds a statement that can't be part of a transaction (its `PostgreSQLParser`).
fn stands_alone(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let starts = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        match words.as_slice() {
            ["vacuum", ..] | ["create" | "drop" | "alter", "database" | "tablespace" | "system", ..] => true,
            ["create" | "drop" | "reindex", rest @ ..] => rest.contains(&"concurrently"),
            _ => false,
        }
    };
    lower.split(';').any(|statement| {
        let without = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
        starts(without.collect::<Vec<_>>().join(" ").trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_can_say_that_it_wants_none() {
        let concurrently = "CREATE INDEX CONCURRENTLY i ON t (a);";
        let cases: &[(Tool, &str, Option<&str>, Wraps)] = &[
            (Tool::Goose, "-- +goose Up\nSELECT 1;", None, Wraps::Each),
            (Tool::Goose, "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", None, Wraps::Nothing),
            (Tool::Dbmate, "-- migrate:up transaction:false\nSELECT 1;", None, Wraps::Message),
            (Tool::Dbmate, "-- migrate:up\nSELECT 'transaction:false';", None, Wraps::Each),
            (Tool::Sqlx, "-- no-transaction\nSELECT 1;", None, Wraps::Message),
            (Tool::Sqlx, "SELECT 1;\n-- no-transaction", None, Wraps::Each),
            (Tool::Diesel, "SELECT 1;", Some("run_in_transaction = false"), Wraps::Message),
            (Tool::Diesel, "SELECT 1;", Some("run_in_transaction = true"), Wraps::Each),
            (Tool::Flyway, concurrently, None, Wraps::Nothing),
            (Tool::Flyway, "-- as it was: vacuum\nSELECT 'drop index concurrently';", None, Wraps::Each),
            (Tool::Flyway, "SELECT 1;", Some("executeInTransaction=false"), Wraps::Nothing),
            (Tool::Atlas, "-- atlas:txmode none\n\nSELECT 1;", None, Wraps::Nothing),
            (Tool::Prisma, concurrently, None, Wraps::Message),
            (Tool::Drizzle, concurrently, None, Wraps::All),
        ];
        for (tool, text, beside, wanted) in cases {
            assert_eq!(wraps(*tool, text, *beside), *wanted, "{tool}: {text}");
        }
    }
}
