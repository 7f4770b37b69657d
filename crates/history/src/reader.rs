//! The trait behind which each tool stands.

use crate::database::{Database, Table};
use crate::model::History;
use trueup_project::Tree;

/// What trueup must know of a tool.
pub(crate) trait Reader: Sync {
    /// The tables in which it keeps its history, its own names first. The first that is found counts.
    fn tables(&self) -> &'static [Known];

    /// Where its migrations lie in these files; one entry a folder of migrations with a history of its own.
    fn sites(&self, tree: &Tree) -> Vec<Site>;

    /// The history of one site. The table is absent where the database has none, its rows have been read.
    fn read(&self, site: &Site, within: &Within<'_>) -> History;
}

/// What a reader reads from.
pub(crate) struct Within<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// The tool's table.
    pub table: Option<&'a Table>,
    /// All history tables, for a tool with a second one, as a lock.
    pub database: &'a Database,
}

impl Within<'_> {
    /// Another table of the tool, in the schema of its first.
    pub fn beside(&self, name: &str) -> Option<&Table> {
        let schema = &self.table?.schema;
        self.database.tables.iter().find(|table| table.name == name && table.schema == *schema)
    }
}

/// A table by which a tool's history is known.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its schema, where the tool has one of its own; else whatever the connection's search path finds.
    pub schema: Option<&'static str>,
    /// Its name unless the project says otherwise.
    pub name: &'static str,
    /// Columns that it has.
    pub has: &'static [&'static str],
    /// Columns that tables of the same name have with other tools.
    pub lacks: &'static [&'static str],
    /// Columns that it may have besides.
    pub also: &'static [&'static str],
    /// Whether a table of another name is known by its columns too: it has these and no others.
    pub shape: bool,
}

impl Known {
    /// Whether a table may be it, whatever its name.
    pub fn fits(&self, table: &Table) -> bool {
        table.has(self.has) && !self.lacks.iter().any(|column| table.has(&[column]))
    }

    /// Whether it has no other columns: only then its name does not matter.
    pub fn is_all_of(&self, table: &Table) -> bool {
        let mine = |column: &String| self.has.iter().chain(self.also).any(|known| known == column);
        self.fits(table) && table.columns.iter().all(mine)
    }
}

/// A folder of migrations with a history of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    /// The folder; `""` is the one that was looked at.
    pub folder: String,
    /// The files of its migrations.
    pub files: Vec<String>,
    /// What the project says of the table.
    pub table: Configured,
    /// The file that says so.
    pub configuration: Option<String>,
}

/// What a project says of the table of its history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Configured {
    /// Nothing: it is the tool's own.
    #[default]
    Usual,
    /// Its name, and perhaps its schema.
    Named {
        /// The schema.
        schema: Option<String>,
        /// The table; the tool's own where only a schema is said.
        name: Option<String>,
    },
    /// Something that only running the project's code would tell.
    Computed,
}
