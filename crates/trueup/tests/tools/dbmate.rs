//! dbmate.

use crate::Tool;
use crate::linear::{Does, Linear};
use crate::project::{Project, Ran, Said};
use crate::repairs::Repairs;
use trueup_testkit::TestDatabase;

pub const TOOL: Tool = Tool {
    name: "dbmate",
    package: "dbmate",
    states: |server| LINEAR.states(server),
    repairs: |server| REPAIRS.all(server, false),
};

const REPAIRS: Repairs = Repairs {
    name: "dbmate",
    project: |server| LINEAR.library(server),
    up: LINEAR.up,
    content: |project| LINEAR.content(project),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE schema_migrations",
};

const LINEAR: Linear = Linear {
    tool: "dbmate",
    set_up: |_| {},
    file: |number, name| format!("db/migrations/{}_{name}.sql", id(number, name)),
    id,
    text: |_, _, up, down| format!("-- migrate:up\n{up};\n\n-- migrate:down\n{down};\n"),
    status,
    up: |project, database| dbmate(project, database, "migrate"),
    down: |project| dbmate(project, &project.database, "rollback"),
    late: Does::Silent,
    gone: Does::Silent,
};

fn id(number: u32, _: &str) -> String {
    format!("2024010{number}000000")
}

fn dbmate(project: &Project<'_>, database: &TestDatabase<'_>, command: &str) -> Ran {
    let url = format!("{}?sslmode=disable", database.url());
    project.run_on(database, "dbmate", &["--no-dump-schema", "--url", &url, command])
}

/// `status`: `[X] file` or `[ ] file`.
fn status(project: &Project<'_>) -> Result<Said, Ran> {
    let ran = dbmate(project, &project.database, "status").fine();
    let line = |line: &str| {
        let state = match line.get(..3)? {
            "[X]" => "applied",
            "[ ]" => "pending",
            _ => return None,
        };
        Some((line.get(4..)?.split('_').next()?.to_owned(), state.to_owned()))
    };
    Ok(ran.out.lines().filter_map(line).collect())
}
