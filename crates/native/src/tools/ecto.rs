//! Ecto: `<time>_<name>.exs` with a module of its own.
//!
//! - `@disable_ddl_transaction true` and `@disable_migration_lock true` take the transactions away, the second one the transaction of the lock,
//!   for which a concurrent build would wait (<https://hexdocs.pm/ecto_sql/Ecto.Migration.html#index/3>, "Adding/dropping indexes concurrently").
//! - `execute/1` takes a connection of the pool for each statement: `checkout` keeps one, which has the settings. A query would be given
//!   up after 15 s.
//! - Two migrations of one name are refused.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::literal::elixir;
use crate::name::camel;
use crate::rows::Rows;
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Ecto;

impl Writer for Ecto {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.exs`",
            outside: "`@disable_ddl_transaction true`, `@disable_migration_lock true`",
            baseline: "rows of `schema_migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let module = module(given);
        let statement =
            |sql: &str| format!("        repo().query!({}, [], timeout: :infinity)\n", elixir(sql));
        let files = batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate().map(
            |(at, (batch, (number, name)))| {
                let outside = if batch.outside {
                    "  @disable_ddl_transaction true\n  @disable_migration_lock true\n\n"
                } else {
                    ""
                };
                let text = format!(
                    "{}defmodule {module}.{} do\n  use Ecto.Migration\n\n{outside}  def up do\n    # One connection for all, since the settings are its own.\n    repo().checkout(\n      fn ->\n{}      end,\n      timeout: :infinity\n    )\n  end\n\n  # {NO_WAY_BACK}\n  def down do\n    :ok\n  end\nend\n{}",
                    comment("#", given.head),
                    camel(&name),
                    body(batch, "#", "        ", &statement),
                    left(given, "#", at + 1 == batches.len()),
                );
                File::new(join(given.folder(), &format!("{number}_{name}.exs")), text)
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "schema_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (version bigint PRIMARY KEY, inserted_at timestamp(0));",
        );
        for id in wanted.ids().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())) {
            let now = "(now() AT TIME ZONE 'utc')::timestamp(0)".to_owned();
            rows.add(("version", id), &[("version", id.to_owned()), ("inserted_at", now)]);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// `Shop.Repo.Migrations`, as the newest migration has it.
fn module(given: &Given<'_>) -> String {
    let newest = given.newest_text();
    let named = newest.lines().find_map(|line| line.trim_start().strip_prefix("defmodule "));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let of_newest = named
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|module| module.rsplit_once('.'))
        .map(|(module, _)| module)
        .filter(|module| module.chars().all(plain));
    of_newest.unwrap_or("Repo.Migrations").to_owned()
}
