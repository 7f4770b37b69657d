//! TypeORM.

use crate::Tool;
use crate::linear::{Does, Linear};
use crate::project::{Project, Ran, Said};
use crate::repairs::Repairs;

pub const TOOL: Tool = Tool {
    name: "typeorm",
    package: "typeorm",
    states: |server| LINEAR.states(server),
    repairs: |server| REPAIRS.all(server, false),
};

const REPAIRS: Repairs = Repairs {
    name: "typeorm",
    project: |server| LINEAR.library(server),
    // A migration without a transaction needs it, as the hint of a repair says.
    up: |project, database| {
        project.run_on(
            database,
            "typeorm",
            &["migration:run", "-d", "data-source.js", "--transaction", "each"],
        )
    },
    content: |project| LINEAR.content(project),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE migrations",
};

const LINEAR: Linear = Linear {
    tool: "TypeORM",
    set_up,
    file: |number, name| format!("migrations/170{number}067200000-{name}.js"),
    id,
    text,
    status,
    up: |project, database| project.run_on(database, "typeorm", &["migration:run", "-d", "data-source.js"]),
    down: |project| project.run("typeorm", &["migration:revert", "-d", "data-source.js"]),
    late: Does::Silent,
    gone: Does::Silent,
};

fn id(number: u32, name: &str) -> String {
    format!("{name}170{number}067200000")
}

fn set_up(project: &Project<'_>) {
    project.write(
        "data-source.js",
        "const { DataSource } = require('typeorm');\nmodule.exports = new DataSource({ type: 'postgres', url: process.env.DATABASE_URL, migrations: ['migrations/*.js'] });\n",
    );
}

fn text(number: u32, name: &str, up: &str, down: &str) -> String {
    let class = id(number, name);
    format!(
        "module.exports.{class} = class {class} {{\n  async up(runner) {{ await runner.query(`{up}`); }}\n  async down(runner) {{ await runner.query(`{down}`); }}\n}};\n"
    )
}

/// `migration:show`: `[X] 1 Name` or `[ ] Name`.
fn status(project: &Project<'_>) -> Result<Said, Ran> {
    let ran = project.run("typeorm", &["migration:show", "-d", "data-source.js"]).fine();
    let line = |line: &str| {
        let state = match line.get(..3)? {
            "[X]" => "applied",
            "[ ]" => "pending",
            _ => return None,
        };
        Some((line.split_whitespace().last()?.to_owned(), state.to_owned()))
    };
    Ok(ran.out.lines().filter_map(line).collect())
}
