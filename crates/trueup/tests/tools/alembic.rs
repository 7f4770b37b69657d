//! Alembic.

use crate::project::{Home, Project, Ran, Said, said};
use crate::repairs::{Repairs, expect};
use crate::{Held, Tool};
use std::collections::BTreeSet;
use trueup_testkit::Server;

pub const TOOL: Tool = Tool { name: "alembic", package: "alembic", states, repairs };

const NAME: &str = "Alembic";

const CONFIGURATION: &str = "[alembic]
script_location = %(here)s/migrations
prepend_sys_path = %(here)s
";

const ENVIRONMENT: &str = r#"import logging
import os
import sys

from alembic import context
from models import metadata
from sqlalchemy import create_engine

logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"#;

const TEMPLATE: &str = r#""""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"#;

const MODELS: &str = r#"from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()
Table(
    "shelf",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room", Text, nullable=False),
)
Table(
    "book",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", Text, nullable=False, index=True),
    Column("shelf_id", Integer, ForeignKey("shelf.id"), nullable=False),
    Column("pages", Integer),
)
Table(
    "reader",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
)
"#;

/// A revision file: its id, the ones before it as Python, and what it does.
fn revision(project: &Project<'_>, id: &str, down: &str, up: &str, back: &str) {
    let text = format!(
        "from alembic import op\n\nrevision = '{id}'\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    {up}\n\n\ndef downgrade():\n    {back}\n"
    );
    project.write(&file(id), &text);
}

fn file(id: &str) -> String {
    format!("migrations/versions/{id}_made.py")
}

fn execute(sql: &str) -> String {
    format!("op.execute('{sql}')")
}

fn set_up(project: &Project<'_>) {
    project.write("alembic.ini", CONFIGURATION);
    project.write("migrations/env.py", ENVIRONMENT);
    project.write("migrations/script.py.mako", TEMPLATE);
    project.write("models.py", MODELS);
}

fn alembic(project: &Project<'_>, arguments: &[&str]) -> Ran {
    project.run("python3", &[&["-m", "alembic"], arguments].concat())
}

/// What Alembic says of each revision. `current` and `history` up to it tell what ran; what did not is what an upgrade of a copy of the
/// database runs. Every revision of `history` has to be one of the two.
fn status(project: &Project<'_>) -> Said {
    let revisions = |ran: &Ran| -> BTreeSet<String> {
        let id = |line: &str| {
            let (_, after) = line.split_once(" -> ")?;
            (!line.contains("Running "))
                .then(|| after.split([' ', ',']).next().unwrap_or_default().to_owned())
        };
        ran.out.lines().filter_map(id).collect()
    };
    let all = revisions(&alembic(project, &["history"]).fine());
    // Where nothing ran, `:current` means no end.
    let current = alembic(project, &["current"]).fine();
    let any = all.iter().any(|id| current.out.lines().any(|line| line.split(' ').next() == Some(id)));
    let applied = if any {
        revisions(&alembic(project, &["history", "-r", ":current"]).fine())
    } else {
        BTreeSet::new()
    };
    let copy = project.database.copy().unwrap();
    let upgrade = project.run_on(&copy, "python3", &["-m", "alembic", "upgrade", "heads"]).fine();
    let pending: BTreeSet<String> = upgrade
        .out
        .lines()
        .filter(|line| line.starts_with("Running upgrade "))
        .filter_map(|line| Some(line.split_once(" -> ")?.1.split(',').next()?.trim().to_owned()))
        .collect();
    let both: BTreeSet<String> = applied.union(&pending).cloned().collect();
    assert!(
        both == all && applied.is_disjoint(&pending),
        "{all:?}: {applied:?} ran, {pending:?} will\n{}",
        upgrade.out
    );
    let word = |id: String| {
        let state = if applied.contains(&id) { "applied" } else { "pending" };
        (id, state.to_owned())
    };
    all.into_iter().map(word).collect()
}

fn hold(project: &mut Project<'_>, state: &str, faults: &[&str]) {
    let theirs = status(project);
    project.hold(state, &theirs, &[], faults);
}

fn states(server: &Server) -> Held {
    let mut made = Project::new(NAME, Home::Python, server);
    let project = &mut made;
    set_up(project);
    let drop = |table: &str| execute(&format!("DROP TABLE {table}"));
    revision(
        project,
        "a1a1",
        "None",
        &execute("CREATE TABLE shelf (id serial PRIMARY KEY, room text NOT NULL)"),
        &drop("shelf"),
    );
    revision(
        project,
        "b2b2",
        "'a1a1'",
        &execute("CREATE TABLE book (id serial PRIMARY KEY, title text NOT NULL)"),
        &drop("book"),
    );
    hold(project, "nothing applied", &[]);
    alembic(project, &["upgrade", "a1a1"]).fine();
    hold(project, "one pending", &[]);
    alembic(project, &["check"]).refused("Target database is not up to date");
    alembic(project, &["upgrade", "head"]).fine();
    hold(project, "all applied", &[]);
    alembic(project, &["downgrade", "-1"]).fine();
    hold(project, "rolled back", &[]);
    alembic(project, &["upgrade", "head"]).fine();
    revision(
        project,
        "b2b2",
        "'a1a1'",
        &execute("CREATE TABLE book (id serial PRIMARY KEY, title varchar(80))"),
        &drop("book"),
    );
    hold(project, "edited after it ran", &[]);
    failing(project);
    gone(project);
    branches(project);
    made.done()
}

fn failing(project: &mut Project<'_>) {
    let add = execute("ALTER TABLE book ADD COLUMN pages integer");
    revision(project, "c3c3", "'b2b2'", &format!("{add}\n    {}", execute("SELECT 1 / 0")), "pass");
    alembic(project, &["upgrade", "head"]).refused("division by zero");
    // Alembic has no status of a run that can't succeed: what a copy would run fails there too.
    project.hold(
        "failed midway",
        &said(&[("a1a1", "applied"), ("b2b2", "applied"), ("c3c3", "pending")]),
        &[],
        &[],
    );
    revision(project, "c3c3", "'b2b2'", &add, &execute("ALTER TABLE book DROP COLUMN pages"));
    alembic(project, &["upgrade", "head"]).fine();
    hold(project, "applied after a failure", &[]);
}

fn gone(project: &mut Project<'_>) {
    // What an unknown revision comes after is in its file alone: trueup leaves the others open as Alembic does.
    project.without(&file("c3c3"), |project| {
        let refused = alembic(project, &["current"]);
        let states = [("a1a1", "unknown"), ("b2b2", "unknown"), ("c3c3", "missing-file")];
        project.hold_refusal(
            "the current revision's file missing",
            refused,
            "Can't locate revision identified by 'c3c3'",
            &states,
            &["M102"],
        );
    });
    project.without(&file("b2b2"), |project| {
        let refused = alembic(project, &["history"]);
        let states = [("a1a1", "pending"), ("c3c3", "applied")];
        project.hold_refusal(
            "a file amid the chain missing",
            refused,
            "KeyError: 'b2b2'",
            &states,
            &["M109"],
        );
    });
}

fn branches(project: &mut Project<'_>) {
    revision(project, "d4d4", "'c3c3'", "pass", "pass");
    revision(project, "e5e5", "'c3c3'", "pass", "pass");
    let theirs = status(project);
    alembic(project, &["upgrade", "head"]).refused("Multiple head revisions are present");
    project.hold("two heads", &theirs, &[], &["M101"]);
    let heads = alembic(project, &["heads"]).fine().out;
    assert!(heads.contains("d4d4 (head)") && heads.contains("e5e5 (head)"), "{heads}");
    alembic(project, &["upgrade", "d4d4"]).fine();
    let theirs = status(project);
    project.hold("two heads, one applied", &theirs, &[], &["M101"]);
    alembic(project, &["upgrade", "heads"]).fine();
    hold(project, "two heads, both applied", &[]);
    alembic(project, &["merge", "-m", "merge heads", "--rev-id", "f6f6", "d4d4", "e5e5"]).fine();
    hold(project, "merge pending", &[]);
    alembic(project, &["upgrade", "head"]).fine();
    hold(project, "merge applied", &[]);
    // A row that somebody put back.
    project.database.run("INSERT INTO alembic_version VALUES ('d4d4')").unwrap();
    let refused = alembic(project, &["upgrade", "head"]);
    let states: Vec<(&str, &str)> =
        ["a1a1", "b2b2", "c3c3", "d4d4", "e5e5", "f6f6"].into_iter().map(|id| (id, "applied")).collect();
    project.hold_refusal("a row of an ancestor", refused, "overlaps", &states, &["M116"]);
}

const REPAIRS: Repairs = Repairs {
    name: "alembic",
    project: |server| {
        let project = Project::new(NAME, Home::Python, server);
        set_up(&project);
        alembic(&project, &["revision", "--autogenerate", "-m", "library", "--rev-id", "a1a1"]).fine();
        project
    },
    up: |project, database| project.run_on(database, "python3", &["-m", "alembic", "upgrade", "head"]),
    content: |project| {
        let current = alembic(project, &["current"]);
        if !current.out.contains("(head)") {
            return Err(current.out);
        }
        expect(&alembic(project, &["check"]), 0)
    },
    more: &[],
    leaves: &[],
    forget: "DROP TABLE alembic_version",
};

fn repairs(server: &Server) -> Held {
    let mut held = REPAIRS.all(server, true);
    held.add(merge(server));
    held
}

/// Two heads and a drift: the repair is the merge.
fn merge(server: &Server) -> Held {
    let mut project = (REPAIRS.project)(server);
    alembic(&project, &["upgrade", "head"]).fine();
    project.trueup(&["snapshot", "-o", "desired.json"]).fine();
    revision(&project, "b2b2", "'a1a1'", "pass", "pass");
    revision(&project, "c3c3", "'a1a1'", "pass", "pass");
    alembic(&project, &["upgrade", "head"]).refused("Multiple head revisions are present");
    project.database.run("ALTER TABLE book DROP COLUMN pages").unwrap();
    let outcome = REPAIRS.one(&project, &["--after-pending"]);
    project.repaired("two heads, with a drift", outcome);
    let heads =
        alembic(&project, &["heads"]).fine().out.lines().filter(|line| line.contains("(head)")).count();
    assert_eq!(heads, 1);
    project.done()
}
