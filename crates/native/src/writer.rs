//! The trait behind which each tool stands.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal};
use crate::work::{Batch, Transactions};

/// What trueup must know of a tool to write its files.
pub(crate) trait Writer: Sync {
    /// How it runs statements.
    fn transactions(&self) -> Transactions;

    /// For the table of the documentation.
    fn described(&self) -> Described;

    /// What the tool reads as an order where a comment in SQL begins with it; small letters.
    fn orders(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a migration without a statement is worth writing: it joins what has come apart.
    fn joins(&self, given: &Given<'_>) -> bool {
        let _ = given;
        false
    }

    /// The files of these batches.
    ///
    /// # Errors
    /// The project does not tell where they go or what they follow.
    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal>;

    /// How the tool is told that these migrations are applied.
    ///
    /// # Errors
    /// It can't be told.
    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal>;
}

/// What the documentation says of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// The place and the name of a file.
    pub file: &'static str,
    /// How a statement stands outside of a transaction.
    pub outside: &'static str,
    /// What marks as applied.
    pub baseline: &'static str,
}
