//! refinery: `V<version>__<name>.sql`, each in a transaction.
//!
//! - Files are embedded into the program, and each is run in a transaction with the row for it (`refinery_core/src/drivers/tokio_postgres.rs`,
//!   `execute`); released versions know no other way. What can't be part of one is left out.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join, name};
use crate::rows::{Rows, text};
use crate::text::sql;
use crate::version::{Style, digits, next};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use std::collections::BTreeSet;
use trueup_history::checksum;

/// The tool.
pub(crate) struct Refinery;

impl Writer for Refinery {
    fn transactions(&self) -> Transactions {
        Transactions::File
    }

    fn described(&self) -> Described {
        Described {
            file: "`V<version>__<name>.sql`",
            outside: "no way: left out",
            baseline: "rows of `refinery_schema_history`, with their checksums",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let there: Vec<&str> =
            given.files().map(|(_, file)| name(file).trim_start_matches(['V', 'U'])).collect();
        let versions = next(there.iter().copied(), Style::Count(1), given.now, batches.len());
        let taken: BTreeSet<String> = there
            .iter()
            .filter_map(|name| {
                crate::name::slug(name.trim_end_matches(".sql").get(digits(name).len() + 2..)?)
            })
            .collect();
        let names = crate::name::names(given.name, batches.len(), &taken);
        let files = batches.iter().zip(versions.iter().zip(names)).enumerate().map(
            |(at, (batch, (version, name)))| {
                File::new(
                    join(given.folder(), &format!("V{version}__{name}.sql")),
                    sql(given, batch, at + 1 == batches.len()),
                )
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "refinery_schema_history",
            "CREATE TABLE IF NOT EXISTS {table} (\n    version int4 PRIMARY KEY,\n    name varchar(255),\n    applied_on varchar(255),\n    checksum varchar(255)\n);",
        );
        for migration in &wanted.migrations {
            let bytes = super::bytes(given, migration)?;
            let stem = name(migration.file.as_deref().unwrap_or_default());
            let (version, rest) = stem
                .trim_start_matches(['V', 'U'])
                .split_once("__")
                .and_then(|(version, rest)| Some((version.parse::<i64>().ok()?, rest.split('.').next()?)))
                .ok_or_else(|| {
                    Refusal::new(format!("{stem} is not named as refinery wants it"), "V1__name.sql")
                })?;
            let sql = String::from_utf8_lossy(&bytes);
            // Versions of more than 32 bits are those of its feature `int8-versions`.
            let sum = checksum::refinery(rest, version, &sql, i32::try_from(version).is_err());
            let columns = [
                ("version", version.to_string()),
                ("name", text(rest)),
                ("applied_on", text(&given.now.to_string())),
                ("checksum", text(&sum.to_string())),
            ];
            rows.add(("version", &version.to_string()), &columns);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}
