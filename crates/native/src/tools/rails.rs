//! Rails: `<time>_<name>.rb` with a class of that name.
//!
//! - `disable_ddl_transaction!` takes the transaction away (`activerecord/lib/active_record/migration.rb`); `execute` sends one statement over the
//!   connection of the migration.
//! - Two migrations of one name are refused (`DuplicateMigrationNameError`).
//! - Where it is dumped to `db/schema.rb`, Rails writes that anew after a run.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::literal::ruby;
use crate::name::camel;
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Rails;

impl Writer for Rails {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.rb`",
            outside: "`disable_ddl_transaction!`",
            baseline: "rows of `schema_migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let version = version(given);
        let statement = |sql: &str| {
            let (begin, rest) = ruby(sql);
            format!("    execute {begin}{rest}\n")
        };
        let files = batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate().map(
            |(at, (batch, (number, name)))| {
                let outside = if batch.outside { "  disable_ddl_transaction!\n\n" } else { "" };
                let text = format!(
                    "{}class {} < ActiveRecord::Migration[{version}]\n{outside}  def up\n{}  end\n\n  # {NO_WAY_BACK}\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n{}",
                    comment("#", given.head),
                    camel(&name),
                    body(batch, "#", "    ", &statement),
                    left(given, "#", at + 1 == batches.len()),
                );
                File::new(join(given.folder(), &format!("{number}_{name}.rb")), text)
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "schema_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (version character varying NOT NULL PRIMARY KEY);",
        );
        for id in wanted.ids() {
            rows.add(("version", &text(id)), &[("version", text(id))]);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// The version of Rails that the newest migration is written for; else that of `Gemfile.lock`; else one that all read.
fn version(given: &Given<'_>) -> String {
    let plain = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        text.get(..end).filter(|version| !version.is_empty()).map(str::to_owned)
    };
    let newest = given.newest_text();
    let of_class = newest.split_once("ActiveRecord::Migration[").and_then(|(_, rest)| plain(rest));
    let of_lock = || {
        let lock = given.tree.text("Gemfile.lock");
        let version = lock.lines().find_map(|line| line.trim().strip_prefix("rails (").and_then(plain))?;
        let mut parts = version.split('.');
        Some(format!("{}.{}", parts.next()?, parts.next()?))
    };
    of_class.or_else(of_lock).unwrap_or_else(|| "6.1".to_owned())
}
