//! Sequelize.

use crate::Tool;
use crate::linear::{Does, Linear};
use crate::project::{Project, Ran, Said};
use crate::repairs::Repairs;

pub const TOOL: Tool = Tool {
    name: "sequelize",
    package: "sequelize-cli",
    states: |server| LINEAR.states(server),
    repairs: |server| REPAIRS.all(server, false),
};

const REPAIRS: Repairs = Repairs {
    name: "sequelize",
    project: |server| LINEAR.library(server),
    up: LINEAR.up,
    content: |project| LINEAR.content(project),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE \"SequelizeMeta\"",
};

const LINEAR: Linear = Linear {
    tool: "Sequelize",
    set_up,
    file: |number, name| format!("migrations/{}", id(number, name)),
    id,
    text: |_, _, up, down| {
        format!(
            "module.exports = {{\n  up: (query) => query.sequelize.query(`{up}`),\n  down: (query) => query.sequelize.query(`{down}`),\n}};\n"
        )
    },
    status,
    up: |project, database| project.run_on(database, "sequelize-cli", &["db:migrate"]),
    down: |project| project.run("sequelize-cli", &["db:migrate:undo"]),
    late: Does::Silent,
    gone: Does::Lists,
};

fn id(number: u32, name: &str) -> String {
    format!("2024010{number}000000-{name}.js")
}

fn set_up(project: &Project<'_>) {
    project.write("config/config.js", "module.exports = { development: { url: process.env.DATABASE_URL, dialect: 'postgres', logging: false } };\n");
}

/// `db:migrate:status`: `up` or `down` before each name.
fn status(project: &Project<'_>) -> Result<Said, Ran> {
    let ran = project.run("sequelize-cli", &["db:migrate:status"]).fine();
    let line = |line: &str| {
        let (word, name) = line.split_once(' ')?;
        let state = match word {
            "up" => "applied",
            "down" => "pending",
            _ => return None,
        };
        Some((name.trim().to_owned(), state.to_owned()))
    };
    Ok(ran.out.lines().filter_map(line).collect())
}
