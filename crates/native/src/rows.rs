//! The rows of a tool's history table, as the tool would write them.

use crate::given::Given;
use trueup_catalog::{quote_ident, quote_literal};

/// SQL that adds rows to a table of a history.
pub(crate) struct Rows {
    table: String,
    out: String,
}

impl Rows {
    /// For the table of the history, or the tool's usual one, which `create` makes: `{table}` stands for its name.
    pub fn new(given: &Given<'_>, usual: &str, create: &str) -> Self {
        let table = match &given.history.table {
            Some(table) => format!("{}.{}", quote_ident(&table.schema), quote_ident(&table.name)),
            None => usual.to_owned(),
        };
        let mut out = String::from(
            "-- What is there already, as applied migrations. Nothing else is changed; a row that is there stays.\nBEGIN;\n",
        );
        if given.history.table.is_none() {
            out += &create.replace("{table}", &table);
            out.push('\n');
        }
        Rows { table, out }
    }

    /// More SQL.
    pub fn push(&mut self, sql: &str) {
        self.out += &sql.replace("{table}", &self.table);
        self.out.push('\n');
    }

    /// A row, unless one with this key is there. Values are SQL.
    pub fn add(&mut self, key: (&str, &str), columns: &[(&str, String)]) {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
        self.out += &format!(
            "INSERT INTO {table} ({})\n    SELECT {}\n    WHERE NOT EXISTS (SELECT FROM {table} WHERE {} = {});\n",
            names.join(", "),
            values.join(", "),
            key.0,
            key.1,
            table = self.table,
        );
    }

    /// The whole.
    pub fn done(mut self) -> String {
        self.out += "COMMIT;\n";
        self.out
    }
}

/// Text as SQL.
pub(crate) fn text(value: &str) -> String {
    quote_literal(value).to_string()
}
