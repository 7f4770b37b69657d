//! Prisma up to 7: `<migrations>/<time>_<name>/migration.sql`.
//!
//! - A file goes to the server as one message, without a transaction of the tool's (`schema-engine/connectors/sql-schema-connector/src/flavour/
//!   postgres/native/mod.rs`, `apply_migration_script`), so that what can't be part of one has a folder of its own
//!   (<https://github.com/prisma/prisma/issues/14456>).
//! - There is no way back to write.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, folder, join, name};
use crate::text::sql;
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Prisma;

impl Writer for Prisma {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>/migration.sql`",
            outside: "one statement a migration",
            baseline: "`prisma migrate resolve --applied`, one for each",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let there: Vec<&str> = given.files().map(|(_, file)| name(folder(file))).collect();
        let names = given.next_after(&there, Style::Seconds, batches.len());
        let files = batches.iter().zip(names).enumerate().map(|(at, (batch, (version, name)))| {
            let folder = join(given.folder(), &format!("{version}_{name}"));
            File::new(join(&folder, "migration.sql"), sql(given, batch, at + 1 == batches.len()))
        });
        Ok(files.collect())
    }

    fn baseline(&self, _: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let command = |id| format!("npx prisma migrate resolve --applied {}", word(id));
        Ok(Baseline::Commands(wanted.ids().map(command).collect()))
    }
}
