//! Knex.

use crate::linear::{Does, Linear};
use crate::project::{Project, Ran, Said};
use crate::repairs::Repairs;
use crate::{Held, Tool};
use trueup_testkit::Server;

pub const TOOL: Tool =
    Tool { name: "knex", package: "knex", states, repairs: |server| REPAIRS.all(server, false) };

const REPAIRS: Repairs = Repairs {
    name: "knex",
    project: |server| LINEAR.library(server),
    up: LINEAR.up,
    content: |project| LINEAR.content(project),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE knex_migrations, knex_migrations_lock",
};

const LINEAR: Linear = Linear {
    tool: "Knex",
    set_up,
    file: |number, name| format!("migrations/{}", id(number, name)),
    id,
    text,
    status,
    up: |project, database| project.run_on(database, "knex", &["migrate:latest"]),
    down: |project| project.run("knex", &["migrate:down"]),
    late: Does::Silent,
    gone: Does::Refuses("The migration directory is corrupt, the following files are missing: "),
};

fn id(number: u32, name: &str) -> String {
    format!("2024010{number}000000_{name}.js")
}

fn set_up(project: &Project<'_>) {
    project.write("knexfile.js", "module.exports = { client: 'pg', connection: process.env.DATABASE_URL, migrations: { directory: './migrations' } };\n");
}

fn text(_: u32, _: &str, up: &str, down: &str) -> String {
    format!(
        "exports.up = (knex) => knex.schema.raw(`{up}`);\nexports.down = (knex) => knex.schema.raw(`{down}`);\n"
    )
}

/// `migrate:list`: names below a line that says whether they are completed.
fn status(project: &Project<'_>) -> Result<Said, Ran> {
    let ran = project.run("knex", &["migrate:list"]);
    if ran.code != 0 {
        return Err(ran);
    }
    let mut state = None;
    let mut said = Said::new();
    for line in ran.out.lines().map(str::trim) {
        if line.contains(" Completed Migration ") {
            state = Some("applied");
        } else if line.contains(" Pending Migration ") {
            state = Some("pending");
        } else if let (Some(state), Some(name)) = (state, line.split_whitespace().next()) {
            assert!(name.ends_with(".js"), "{}", ran.out);
            said.insert(name.to_owned(), state.to_owned());
        }
    }
    Ok(said)
}

fn states(server: &Server) -> Held {
    let mut held = LINEAR.states(server);
    held.add(locked(server));
    held
}

/// What a run leaves behind that was killed.
fn locked(server: &Server) -> Held {
    let mut project = Project::new(LINEAR.tool, crate::project::Home::Node, server);
    set_up(&project);
    project.write(
        "migrations/20240101000000_shelf.js",
        &text(1, "", "CREATE TABLE shelf (id integer)", "DROP TABLE shelf"),
    );
    project.run("knex", &["migrate:latest"]).fine();
    project.write(
        "migrations/20240102000000_book.js",
        &text(2, "", "CREATE TABLE book (id integer)", "DROP TABLE book"),
    );
    project.database.run("UPDATE knex_migrations_lock SET is_locked = 1").unwrap();
    let refused = project.run("knex", &["migrate:latest"]);
    let states = [("20240101000000_shelf.js", "applied"), ("20240102000000_book.js", "pending")];
    project.hold_refusal("locked", refused, "Migration table is already locked", &states, &["M112"]);
    project.run("knex", &["migrate:unlock"]).fine();
    let theirs = status(&project).unwrap_or_else(|ran| panic!("{}", ran.out));
    project.hold("unlocked", &theirs, &[], &[]);
    project.done()
}
