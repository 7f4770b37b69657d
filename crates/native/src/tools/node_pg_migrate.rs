//! node-pg-migrate: a module with `up` and `down`, or the same in SQL.
//!
//! - `pgm.noTransaction()` takes the transaction away; each `pgm.sql` is sent by itself over one connection (`src/migration.ts`, `_apply`).

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::javascript::Look;
use crate::literal::javascript;
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct NodePgMigrate;

impl Writer for NodePgMigrate {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<milliseconds>_<name>.js` or as the newest ends",
            outside: "`pgm.noTransaction()`",
            baseline: "`node-pg-migrate up --fake`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let look = Look::of(given);
        let statement = |sql: &str| format!("  pgm.sql({});\n", javascript(sql));
        let (argument, head) = if look.types {
            ("pgm: MigrationBuilder", "import type { MigrationBuilder } from \"node-pg-migrate\";\n\n")
        } else {
            ("pgm", "")
        };
        let (up, down, end) = if look.exports {
            (format!("export function up({argument})"), "export function down()".to_owned(), "")
        } else {
            (
                format!("exports.up = function up({argument})"),
                "exports.down = function down()".to_owned(),
                ";",
            )
        };
        let void = if look.types { ": void" } else { "" };
        let names = given.next(Style::UnixMilliseconds, batches.len());
        let files = batches.iter().zip(names).enumerate().map(|(at, (batch, (number, name)))| {
            let text = format!(
                "{}{head}{up}{void} {{\n{}{}}}{end}\n\n// {NO_WAY_BACK}\n{down}{void} {{}}{end}\n{}",
                comment("//", given.head),
                if batch.outside { "  pgm.noTransaction();\n\n" } else { "" },
                body(batch, "//", "  ", &statement),
                left(given, "//", at + 1 == batches.len()),
            );
            File::new(join(given.folder(), &format!("{number}_{name}.{}", look.ending)), text)
        });
        Ok(files.collect())
    }

    fn baseline(&self, _: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let many = if wanted.all { String::new() } else { format!(" {}", wanted.migrations.len()) };
        Ok(Baseline::Commands(vec![format!("npx node-pg-migrate up{many} --fake")]))
    }
}
