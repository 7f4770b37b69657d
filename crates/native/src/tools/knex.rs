//! Knex: a module with `up` and `down`.
//!
//! - `exports.config = { transaction: false }` takes the transaction away (<https://knexjs.org/guide/migrations.html#transactions-in-migrations>).
//! - `knex.raw` takes a connection of the pool for each statement, and reads `?` as a value (`lib/dialects/postgres/index.js`,
//!   `positionBindings`): the statements go to the connection itself, which within a transaction is the one of that.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::javascript::Look;
use crate::literal::javascript;
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Knex;

impl Writer for Knex {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.js` or as the newest ends",
            outside: "`config = { transaction: false }`",
            baseline: "rows of `knex_migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let look = Look::of(given);
        let statement = |sql: &str| format!("    await connection.query({});\n", javascript(sql));
        let (up, down, config) = if look.exports {
            ("export async function up(", "export async function down(", "export const config =")
        } else {
            ("exports.up = async function up(", "exports.down = async function down(", "exports.config =")
        };
        let end = if look.exports { "}" } else { "};" };
        let (head, knex) =
            if look.types { ("import type { Knex } from \"knex\";\n\n", "knex: Knex") } else { ("", "knex") };
        let promise = if look.types { ": Promise<void>" } else { "" };
        let files = batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate().map(
            |(at, (batch, (number, name)))| {
                let outside =
                    if batch.outside { format!("{config} {{ transaction: false }};\n\n") } else { String::new() };
                let text = format!(
                    "{}{head}{outside}{up}{knex}){promise} {{\n  // One connection for all, since the settings are its own.\n  const connection = await knex.client.acquireConnection();\n  try {{\n{}  }} finally {{\n    await knex.client.releaseConnection(connection);\n  }}\n{end}\n\n// {NO_WAY_BACK}\n{down}){promise} {{}}{}\n{}",
                    comment("//", given.head),
                    body(batch, "//", "    ", &statement),
                    if look.exports { "" } else { ";" },
                    left(given, "//", at + 1 == batches.len()),
                );
                File::new(join(given.folder(), &format!("{number}_{name}.{}", look.ending)), text)
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "knex_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (\n    id serial PRIMARY KEY,\n    name varchar(255),\n    batch integer,\n    migration_time timestamptz\n);",
        );
        for id in wanted.ids() {
            rows.push(&format!(
                "INSERT INTO {{table}} (name, batch, migration_time)\n    SELECT {name}, coalesce(max(batch), 0) + 1, now() FROM {{table}}\n    HAVING NOT coalesce(bool_or(name = {name}), false);",
                name = text(id)
            ));
        }
        Ok(Baseline::Sql(rows.done()))
    }
}
