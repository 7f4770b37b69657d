//! TypeORM: a class with `up` and `down`, whose name ends in the time in milliseconds.
//!
//! - `transaction = false` takes the transaction away, which a run refuses unless each migration has its own: `--transaction each`
//!   (`src/migration/MigrationExecutor.ts`, `ForbiddenTransactionModeOverrideError`).
//! - All statements go over the connection of the query runner; without values a statement is sent as it is.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::javascript::Look;
use crate::literal::javascript;
use crate::name::camel;
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct TypeOrm;

impl Writer for TypeOrm {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<milliseconds>-<Name>.ts` or as the newest ends",
            outside: "`transaction = false`; run with `--transaction each`",
            baseline: "rows of `migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let look = Look::of(given);
        let statement = |sql: &str| format!("    await queryRunner.query({});\n", javascript(sql));
        let ids: Vec<&str> =
            given.history.migrations.iter().filter_map(|m| m.id.get(m.id.len().checked_sub(13)?..)).collect();
        let names = given.next_after(&ids, Style::UnixMilliseconds, batches.len());
        let files = batches.iter().zip(names).enumerate().map(|(at, (batch, (number, name)))| {
            let class = format!("{}{number}", camel(&name));
            let (import, implements, argument, promise) = if look.types {
                (
                    "import { MigrationInterface, QueryRunner } from \"typeorm\";\n\n",
                    " implements MigrationInterface",
                    "queryRunner: QueryRunner",
                    ": Promise<void>",
                )
            } else {
                ("", "", "queryRunner", "")
            };
            let export = if look.exports { "export class" } else { "module.exports.CLASS = class" };
            let text = format!(
                "{}{import}{} {class}{implements} {{\n  name = \"{class}\";\n{}\n  {public}async up({argument}){promise} {{\n{}  }}\n\n  // {NO_WAY_BACK}\n  {public}async down(){promise} {{}}\n}}{}\n{}",
                comment("//", given.head),
                export.replace("CLASS", &class),
                if batch.outside { "  transaction = false;\n" } else { "" },
                body(batch, "//", "    ", &statement),
                if look.exports { "" } else { ";" },
                left(given, "//", at + 1 == batches.len()),
                public = if look.types { "public " } else { "" },
            );
            File::new(join(given.folder(), &format!("{number}-{}.{}", camel(&name), look.ending)), text)
        });
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "migrations",
            "CREATE TABLE IF NOT EXISTS {table} (\n    id serial PRIMARY KEY,\n    timestamp bigint NOT NULL,\n    name varchar NOT NULL\n);",
        );
        for id in wanted.ids() {
            let time = id.len().checked_sub(13).and_then(|at| id.get(at..)).unwrap_or("0");
            if time.bytes().all(|byte| byte.is_ascii_digit()) {
                rows.add(("name", &text(id)), &[("timestamp", time.to_owned()), ("name", text(id))]);
            }
        }
        Ok(Baseline::Sql(rows.done()))
    }
}
