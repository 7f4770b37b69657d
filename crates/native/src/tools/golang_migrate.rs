//! golang-migrate: `<version>_<name>.up.sql` and `.down.sql`, with versions that count or are times.
//!
//! - A file goes to the server as one message and without a transaction of the tool's (`database/postgres/postgres.go`, `Run`), so that what
//!   can't be part of one has a file of its own (<https://github.com/golang-migrate/migrate/issues/284>). `x-multi-statement` splits at each
//!   semicolon, those in a body too (`database/multistmt/parse.go`): a file here works without it, and not with it.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, join};
use crate::text::{NO_WAY_BACK, sql};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct GolangMigrate;

impl Writer for GolangMigrate {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn described(&self) -> Described {
        Described {
            file: "`<version>_<name>.up.sql` and `.down.sql`, counting or by time",
            outside: "one statement a file; the URL is without `x-multi-statement`",
            baseline: "`migrate force`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let mut files = Vec::new();
        for (at, (batch, (version, name))) in
            batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate()
        {
            let path = |way: &str| join(given.folder(), &format!("{version}_{name}.{way}.sql"));
            files.push(File::new(path("up"), sql(given, batch, at + 1 == batches.len())));
            files.push(File::new(path("down"), format!("-- {NO_WAY_BACK}\n")));
        }
        Ok(files)
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let folder = word(if given.folder().is_empty() { "." } else { given.folder() });
        Ok(Baseline::Commands(vec![format!(
            "migrate -path {folder} -database \"$DATABASE_URL\" force {}",
            word(wanted.last())
        )]))
    }
}
