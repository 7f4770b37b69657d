//! sqlx: `<version>_<name>.sql`, or `.up.sql` and `.down.sql` where the project has these.
//!
//! - `-- no-transaction` as the first line takes the transaction away (`sqlx-core/src/migrate/source.rs`). The file is still one message, so that
//!   it holds one statement (<https://github.com/launchbadge/sqlx/issues/3693>).
//! - Files of both sorts in one folder are refused by `sqlx migrate add`.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, sql};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use trueup_history::checksum::sha384;

/// The tool.
pub(crate) struct Sqlx;

impl Writer for Sqlx {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn described(&self) -> Described {
        Described {
            file: "`<version>_<name>.sql`, or `.up.sql` and `.down.sql`",
            outside: "`-- no-transaction` as the first line, one statement a file",
            baseline: "rows of `_sqlx_migrations`, with their checksums",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let pairs = given.files().any(|(_, file)| file.ends_with(".up.sql"));
        let mut files = Vec::new();
        for (at, (batch, (version, name))) in
            batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate()
        {
            let path = |ending: &str| join(given.folder(), &format!("{version}_{name}{ending}"));
            let first = if batch.outside { "-- no-transaction\n" } else { "" };
            let text = format!("{first}{}", sql(given, batch, at + 1 == batches.len()));
            files.push(File::new(path(if pairs { ".up.sql" } else { ".sql" }), text));
            if pairs {
                files.push(File::new(path(".down.sql"), format!("-- {NO_WAY_BACK}\n")));
            }
        }
        Ok(files)
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "_sqlx_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (\n    version bigint PRIMARY KEY,\n    description text NOT NULL,\n    installed_on timestamptz NOT NULL DEFAULT now(),\n    success boolean NOT NULL,\n    checksum bytea NOT NULL,\n    execution_time bigint NOT NULL\n);",
        );
        for migration in &wanted.migrations {
            let bytes = super::bytes(given, migration)?;
            let columns = [
                ("version", migration.id.clone()),
                ("description", text(&description(migration.file.as_deref().unwrap_or_default()))),
                ("success", "true".to_owned()),
                ("checksum", format!("'\\x{}'::bytea", sha384(&bytes))),
                ("execution_time", "0".to_owned()),
            ];
            rows.add(("version", &migration.id), &columns);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// `20240101_create_users.up.sql` as sqlx tells it: `create users`.
fn description(file: &str) -> String {
    let stem = crate::given::name(file);
    let stem = stem.strip_suffix(".up.sql").or_else(|| stem.strip_suffix(".sql")).unwrap_or(stem);
    stem.split_once('_').map_or(String::new(), |(_, name)| name.replace('_', " "))
}
