//! node-pg-migrate, which has no command for the status: a dry run says what it would run.

use crate::Tool;
use crate::linear::{Does, Linear};
use crate::project::{Project, Ran, Said};
use crate::repairs::Repairs;

pub const TOOL: Tool = Tool {
    name: "node-pg-migrate",
    package: "node-pg-migrate",
    states: |server| LINEAR.states(server),
    repairs: |server| REPAIRS.all(server, false),
};

const REFUSES: Does = Does::Refuses("is preceding already run migration");

const REPAIRS: Repairs = Repairs {
    name: "node-pg-migrate",
    project: |server| LINEAR.library(server),
    up: LINEAR.up,
    content: |project| LINEAR.content(project),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE pgmigrations",
};

const LINEAR: Linear = Linear {
    tool: "node-pg-migrate",
    set_up: |_| {},
    file: |number, name| format!("migrations/{}.sql", id(number, name)),
    id,
    text: |_, _, up, down| format!("-- Up Migration\n{up};\n\n-- Down Migration\n{down};\n"),
    status,
    up: |project, database| project.run_on(database, "node-pg-migrate", &["up"]),
    down: |project| project.run("node-pg-migrate", &["down"]),
    late: REFUSES,
    gone: REFUSES,
};

fn id(number: u32, name: &str) -> String {
    format!("170{number}067200000_{name}")
}

/// What a dry run lists is pending; every other file ran, or the tool would have refused.
fn status(project: &Project<'_>) -> Result<Said, Ran> {
    let ran = project.run("node-pg-migrate", &["up", "--dry-run"]);
    if ran.code != 0 {
        return Err(ran);
    }
    let pending: Vec<&str> = ran.out.lines().filter_map(|line| line.strip_prefix("> - ")).collect();
    assert!(!pending.is_empty() || ran.out.contains("No migrations to run!"), "{}", ran.out);
    let files = std::fs::read_dir(project.path().join("migrations")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    Ok(names
        .map(|name| {
            let id = name.trim_end_matches(".sql").to_owned();
            let state = if pending.contains(&id.as_str()) { "pending" } else { "applied" };
            (id, state.to_owned())
        })
        .collect())
}
