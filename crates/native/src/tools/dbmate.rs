//! dbmate: `<digits>_<name>.sql` with `-- migrate:up` and `-- migrate:down`.
//!
//! - `-- migrate:up transaction:false` takes the transaction away (`pkg/dbmate/migration.go`, `ParsedMigrationOptions`).
//! - A section goes to the server as one message (`pkg/dbmate/db.go`, `execMigration`), which PostgreSQL makes one transaction of where it
//!   has several statements (<https://github.com/amacneil/dbmate/issues/126>).

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Dbmate;

impl Writer for Dbmate {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn orders(&self) -> &'static [&'static str] {
        &["migrate:"]
    }

    fn described(&self) -> Described {
        Described {
            file: "`<version>_<name>.sql`",
            outside: "`-- migrate:up transaction:false`, one statement a file",
            baseline: "rows of `schema_migrations`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let names = given.next(Style::Seconds, batches.len());
        let files = batches.iter().zip(names).enumerate().map(|(at, (batch, (version, name)))| {
            let up = if batch.outside { "-- migrate:up transaction:false" } else { "-- migrate:up" };
            let text = format!(
                "{up}\n{}\n{}{}\n-- migrate:down\n-- {NO_WAY_BACK}\n",
                comment("--", given.head),
                body(batch, "--", "", &|sql| format!("{sql}\n")),
                left(given, "--", at + 1 == batches.len()),
            );
            File::new(join(given.folder(), &format!("{version}_{name}.sql")), text)
        });
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "public.schema_migrations",
            "CREATE TABLE IF NOT EXISTS {table} (version varchar(128) PRIMARY KEY);",
        );
        for id in wanted.ids() {
            rows.add(("version", &text(id)), &[("version", text(id))]);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}
