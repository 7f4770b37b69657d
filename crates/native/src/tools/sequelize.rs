//! Sequelize: a module with `up` and `down`.
//!
//! - A migration runs in no transaction unless it opens one (<https://sequelize.org/docs/v6/other-topics/migrations/>). `sequelize.query` takes a
//!   connection of the pool for each statement: the statements go to one connection, which has the settings.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, join};
use crate::javascript::Look;
use crate::literal::javascript;
use crate::rows::{Rows, text};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::Style;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Sequelize;

impl Writer for Sequelize {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>-<name>.js` or as the newest ends",
            outside: "as every migration of it",
            baseline: "rows of `SequelizeMeta`",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let look = Look::of(given);
        let statement = |sql: &str| format!("      await connection.query({});\n", javascript(sql));
        let argument = if look.types { "queryInterface: any" } else { "queryInterface" };
        let export = if look.exports { "export default" } else { "module.exports =" };
        let files = batches.iter().zip(given.next(Style::Seconds, batches.len())).enumerate().map(
            |(at, (batch, (number, name)))| {
                let (begin, end) = if batch.outside {
                    (String::new(), String::new())
                } else {
                    (
                        "      await connection.query(\"BEGIN\");\n".to_owned(),
                        "      await connection.query(\"COMMIT\");\n".to_owned(),
                    )
                };
                let text = format!(
                    "{}{strict}{export} {{\n  async up({argument}) {{\n    // One connection for all, since the settings are its own.\n    const manager = queryInterface.sequelize.connectionManager;\n    const connection = await manager.getConnection({{ type: \"write\" }});\n    try {{\n{begin}{}{end}    }} catch (error) {{\n      // Outside of a transaction this only warns.\n      await connection.query(\"ROLLBACK\");\n      throw error;\n    }} finally {{\n      await manager.releaseConnection(connection);\n    }}\n  }},\n\n  // {NO_WAY_BACK}\n  async down() {{}},\n}};\n{}",
                    comment("//", given.head),
                    body(batch, "//", "      ", &statement),
                    left(given, "//", at + 1 == batches.len()),
                    strict = if look.exports { "" } else { "\"use strict\";\n\n" },
                );
                File::new(
                    join(given.folder(), &format!("{number}-{}.{}", name.replace('_', "-"), look.ending)),
                    text,
                )
            },
        );
        Ok(files.collect())
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let mut rows = Rows::new(
            given,
            "\"SequelizeMeta\"",
            "CREATE TABLE IF NOT EXISTS {table} (name varchar(255) NOT NULL PRIMARY KEY);",
        );
        for id in wanted.ids() {
            rows.add(("name", &text(id)), &[("name", text(id))]);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}
