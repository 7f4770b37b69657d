//! Diesel: `<version>_<name>/up.sql` and `down.sql`, with a `metadata.toml` where it wants no transaction.
//!
//! - `run_in_transaction = false` in `metadata.toml` takes the transaction away (`diesel_migrations/src/file_based_migrations.rs`,
//!   `TomlMetadata`). The file is still one message (`batch_execute`), so that it holds one statement.
//! - A file without a statement is refused (`EmptyMigration`), the way back too.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, folder, join, name};
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, sql};
use crate::version::{Style, utc};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use jiff::ToSpan;

/// The tool.
pub(crate) struct Diesel;

impl Writer for Diesel {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn described(&self) -> Described {
        Described {
            file: "`<version>_<name>/up.sql` and `down.sql`",
            outside: "`run_in_transaction = false` in `metadata.toml`, one statement a file",
            baseline: "rows of `__diesel_schema_migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let there: Vec<&str> = given.files().map(|(_, file)| name(folder(file))).collect();
        let prefixes = prefixes(given, &there, batches.len());
        let names = given.next_after(&there, Style::Seconds, batches.len()).into_iter().map(|(_, name)| name);
        let mut files = Vec::new();
        for (at, (batch, (prefix, name))) in batches.iter().zip(prefixes.into_iter().zip(names)).enumerate() {
            let folder = join(given.folder(), &format!("{prefix}_{name}"));
            files.push(File::new(join(&folder, "up.sql"), sql(given, batch, at + 1 == batches.len())));
            files.push(File::new(join(&folder, "down.sql"), format!("-- {NO_WAY_BACK}\nSELECT 1;\n")));
            if batch.outside {
                files.push(File::new(join(&folder, "metadata.toml"), "run_in_transaction = false\n"));
            }
        }
        Ok(files)
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "__diesel_schema_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (\n    version varchar(50) PRIMARY KEY NOT NULL,\n    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP\n);",
        );
        for id in wanted.ids() {
            rows.add(("version", &text(id)), &[("version", text(id))]);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// `2026-11-21-043717`, with what the last one has behind it; digits alone where the last one has no hyphen. They are compared as text
/// without hyphens.
fn prefixes(given: &Given<'_>, there: &[&str], many: usize) -> Vec<String> {
    let prefix = |name: &str| name.split('_').next().unwrap_or_default().to_owned();
    let plain = |prefix: &str| prefix.replace('-', "");
    let last = there.iter().map(|name| prefix(name)).max_by_key(|prefix| plain(prefix));
    if last.as_ref().is_some_and(|last| !last.contains('-')) {
        return given
            .next_after(there, Style::Seconds, many)
            .into_iter()
            .map(|(version, _)| version)
            .collect();
    }
    let behind = last.as_ref().and_then(|last| last.get(17..)).map_or(String::new(), |behind| {
        behind.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
    });
    let shape = |time: jiff::civil::DateTime| format!("{}{behind}", time.strftime("%Y-%m-%d-%H%M%S"));
    let mut time = utc(given.now);
    if let Some(last) = last
        && plain(&shape(time)) <= plain(&last)
        && let Ok(later) =
            jiff::civil::DateTime::strptime("%Y-%m-%d-%H%M%S", last.get(..17).unwrap_or_default())
    {
        time = later.checked_add(1.second()).unwrap_or(later);
    }
    (0..many)
        .map(|at| shape(time.checked_add(i64::try_from(at).unwrap_or(0).seconds()).unwrap_or(time)))
        .collect()
}
