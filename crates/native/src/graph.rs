//! Where the graph of a history ends.

use crate::given::Given;
use trueup_history::Migration;

/// The migrations that have a file and that nothing follows.
pub(crate) fn heads<'a>(given: &Given<'a>) -> Vec<&'a Migration> {
    given.history.migrations.iter().filter(|migration| migration.head && migration.file.is_some()).collect()
}
