//! Flyway: `V<version>__<name>.sql`, and `V….sql.conf` beside it for what Flyway must know of it.
//!
//! - `executeInTransaction=false` of a script configuration file takes the transaction away; statements are sent one by one
//!   (<https://documentation.red-gate.com/flyway/reference/script-configuration>).
//! - Flyway holds a lock in a transaction of another connection meanwhile, for which a concurrent build would wait for ever:
//!   `flyway.postgresql.transactional.lock=false` makes it a lock of the session (<https://github.com/flyway/flyway/issues/3508>).
//! - `${…}` would be filled in: `placeholderReplacement=false` where it stands in a statement.
//! - Versions part at `.` and `_`; the last part counts on, or is a time.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, join, name};
use crate::rows::{Rows, text};
use crate::text::sql;
use crate::version::{Style, digits, next};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use std::collections::BTreeSet;
use trueup_history::{Migration, checksum};

/// The tool.
pub(crate) struct Flyway;

impl Writer for Flyway {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`V<version>__<name>.sql`, after the highest version",
            outside: "`executeInTransaction=false` in `V….sql.conf`; run with `-postgresql.transactional.lock=false`",
            baseline: "`flyway baseline` where there is no table, else rows with their checksums",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let there: Vec<&str> = given.files().map(|(_, file)| name(file)).collect();
        let versions = versions(given, &there, batches.len());
        let taken: BTreeSet<String> = there
            .iter()
            .filter_map(|name| crate::name::slug(name.split_once("__")?.1.trim_end_matches(".sql")))
            .collect();
        let names = crate::name::names(given.name, batches.len(), &taken);
        let mut files = Vec::new();
        for (at, (batch, (version, name))) in batches.iter().zip(versions.into_iter().zip(names)).enumerate()
        {
            let path = join(given.folder(), &format!("V{version}__{name}.sql"));
            let text = sql(given, batch, at + 1 == batches.len());
            let mut settings = String::new();
            if batch.outside {
                settings += "executeInTransaction=false\n";
            }
            if text.contains("${") {
                settings += "placeholderReplacement=false\n";
            }
            files.push(File::new(path.clone(), text));
            if !settings.is_empty() {
                files.push(File::new(format!("{path}.conf"), settings));
            }
        }
        Ok(files)
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let versioned: Vec<&Migration> = wanted
            .migrations
            .iter()
            .copied()
            .filter(|migration| migration.file.as_deref().is_some_and(|file| name(file).starts_with('V')))
            .collect();
        let Some(last) = versioned.last() else { return Ok(Baseline::Nothing) };
        if given.history.table.is_none() {
            return Ok(Baseline::Commands(vec![format!(
                "flyway -baselineVersion={} baseline",
                word(&last.id)
            )]));
        }
        let mut rows = Rows::new(given, "flyway_schema_history", "");
        for migration in versioned {
            rows.push(&row(given, migration)?);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// A row as a run writes it. It has the next rank, and no time was needed.
fn row(given: &Given<'_>, migration: &Migration) -> Result<String, Refusal> {
    let file = migration.file.as_deref().unwrap_or_default();
    let Some(rest) = name(file).strip_suffix(".sql") else {
        return Err(Refusal::new(
            format!("{file} is no SQL, and its checksum is its own matter"),
            "`flyway migrate -skipExecutingMigrations=true -target=VERSION` marks it",
        ));
    };
    let (version, description) = rest.get(1..).and_then(|rest| rest.split_once("__")).unwrap_or((rest, ""));
    let top = if given.folder().is_empty() { String::new() } else { format!("{}/", given.folder()) };
    let script = file.strip_prefix(&top).unwrap_or(file);
    let version = version.replace('_', ".");
    Ok(format!(
        "INSERT INTO {{table}} (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)\n    SELECT coalesce(max(installed_rank), 0) + 1, {v}, {d}, 'SQL', {s}, {c}, current_user, 0, true FROM {{table}}\n    HAVING NOT coalesce(bool_or(version = {v} AND success), false);",
        v = text(&version),
        d = text(&description.replace('_', " ")),
        s = text(script),
        c = checksum::flyway(&super::bytes(given, migration)?),
    ))
}

/// Versions after the highest: its last part counts on with the parts before it dropped, as `V2.1` is followed by `V3`, or goes by the clock.
fn versions(given: &Given<'_>, there: &[&str], many: usize) -> Vec<String> {
    let parts = |version: &str| -> Vec<u128> {
        version.split(['.', '_']).map(|part| part.parse().unwrap_or(0)).collect()
    };
    let of_files = there
        .iter()
        .filter(|name| name.starts_with(['V', 'B']))
        .filter_map(|name| name.get(1..)?.split_once("__").map(|(version, _)| version));
    let of_rows = given
        .history
        .migrations
        .iter()
        .filter(|migration| migration.file.is_none())
        .map(|migration| migration.id.as_str())
        .filter(|id| id.starts_with(|c: char| c.is_ascii_digit()));
    let highest = of_files.chain(of_rows).max_by_key(|version| parts(version));
    let first = highest.map(digits);
    next(first.into_iter(), Style::Count(1), given.now, many)
}
