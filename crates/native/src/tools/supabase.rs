//! Supabase: `supabase/migrations/<time>_<name>.sql`.
//!
//! - The statements of a file and the row for it go to the server as one batch, which is one transaction (`pkg/migration/file.go`,
//!   `ExecBatch`). From 2.109.0 on what can't be part of one is sent by itself; before, it has to be the first statement of its file
//!   (<https://github.com/supabase/cli/pull/5156>). Here it is the only one.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, join};
use crate::text::sql;
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Supabase;

impl Writer for Supabase {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.sql`",
            outside: "one statement a file",
            baseline: "`supabase migration repair --status applied`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let files = batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate().map(
            |(at, (batch, (version, name)))| {
                File::new(
                    join(given.folder(), &format!("{version}_{name}.sql")),
                    sql(given, batch, at + 1 == batches.len()),
                )
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, _: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let ids: Vec<String> = wanted.ids().map(word).collect();
        Ok(Baseline::Commands(vec![format!("supabase migration repair --status applied {}", ids.join(" "))]))
    }
}
