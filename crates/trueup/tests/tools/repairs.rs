//! What `trueup repair --as` writes: the tool itself has to run it, and be content afterwards.

use crate::Held;
use crate::project::{Project, Ran};
use trueup_testkit::{Server, TestDatabase};

/// How a tool is driven through repairs.
pub struct Repairs {
    /// As `--as` names it.
    pub name: &'static str,
    /// A new project whose migrations make shelves, books and readers.
    pub project: for<'s> fn(&'s Server) -> Project<'s>,
    /// Runs all that is pending, on a database.
    pub up: fn(&Project<'_>, &TestDatabase<'_>) -> Ran,
    /// The tool's own checks: nothing is pending, and nothing differs as far as it compares. A sentence where it finds something.
    pub content: fn(&Project<'_>) -> Result<(), String>,
    /// What else `repair --as` has to be told.
    pub more: &'static [&'static str],
    /// The drifts of which the tool can't run a step, which `trueup apply` does then.
    pub leaves: &'static [&'static str],
    /// Takes the tool's table away, as in a database that was made without it.
    pub forget: &'static str,
}

/// What is taken away from a database behind the tool's back. Names of indexes and keys differ between tools, so they are looked up.
const DRIFTS: &[(&str, &str)] = &[
    ("missing column", "ALTER TABLE book DROP COLUMN pages"),
    (
        "missing index, built concurrently",
        "DO $$ BEGIN EXECUTE (SELECT string_agg('DROP INDEX ' || indexrelid::regclass, '; ') FROM pg_index WHERE indrelid = 'book'::regclass AND NOT indisunique); END $$",
    ),
    ("missing table", "DROP TABLE reader"),
    (
        "missing foreign key",
        "DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE book DROP CONSTRAINT %I', conname) FROM pg_constraint WHERE conrelid = 'book'::regclass AND contype = 'f'); END $$",
    ),
];

/// Everything at once, as drift is found.
pub const ALL: &str = "all of it at once";

impl Repairs {
    /// Through all drifts, each alone where `alone`, and then together.
    pub fn all(&self, server: &Server, alone: bool) -> Held {
        let mut made = (self.project)(server);
        let project = &mut made;
        (self.up)(project, &project.database).fine();
        project.trueup(&["snapshot", "-o", "desired.json"]).fine();
        project.database.run("INSERT INTO shelf (room) SELECT 'r' FROM generate_series(1, 10)").unwrap();
        for (name, sql) in DRIFTS.iter().filter(|_| alone) {
            if !self.repair(project, name, sql) {
                // The next one would start from what this one left.
                return made.done();
            }
        }
        let sql: Vec<&str> = DRIFTS.iter().map(|(_, sql)| *sql).collect();
        if self.repair(project, ALL, &sql.join("; ")) {
            self.on_nothing(project, server);
            let outcome = self.baseline(project);
            project.repaired("baseline", outcome);
        }
        made.done()
    }

    fn repair(&self, project: &mut Project<'_>, name: &str, drift: &str) -> bool {
        project.database.run(drift).unwrap();
        let outcome = if self.leaves.contains(&name) { self.partly(project) } else { self.one(project, &[]) };
        let well = outcome.is_ok();
        project.repaired(name, outcome);
        well
    }

    /// One drifted database: repaired by trueup's migration in the tool's own run, and clean by both.
    pub fn one(&self, project: &Project<'_>, more: &[&str]) -> Result<(), String> {
        expect(&project.trueup(&["check", "--desired", "desired.json"]), 1)?;
        let repair = ["repair", "--as", self.name, "--desired", "desired.json"];
        expect(&project.trueup(&[&repair, self.more, more].concat()), 0)?;
        expect(&(self.up)(project, &project.database), 0)?;
        self.clean(project)
    }

    /// The same where the tool can't run all of it.
    fn partly(&self, project: &Project<'_>) -> Result<(), String> {
        let repair = ["repair", "--as", self.name, "--desired", "desired.json"];
        let repair = project.trueup(&[&repair, self.more].concat());
        expect(&repair, 1)?;
        if !repair.out.contains("not in the migration: ") {
            return Err(repair.out);
        }
        expect(&(self.up)(project, &project.database), 0)?;
        expect(&project.trueup(&["apply", "--yes", "--desired", "desired.json"]), 0)?;
        self.clean(project)
    }

    /// A database that was made without the tool: what `--baseline` prints, done, makes the tool say that everything is applied.
    fn baseline(&self, project: &Project<'_>) -> Result<(), String> {
        project.database.run(self.forget).unwrap();
        // What the code wants has no table of a tool's.
        expect(&project.trueup(&["snapshot", "-o", "desired.json"]), 0)?;
        let arguments = ["repair", "--as", self.name, "--baseline", "--desired", "desired.json"];
        let ran = project.trueup(&[&arguments, self.more].concat());
        expect(&ran, 0)?;
        let lines: Vec<&str> = ran.out.lines().filter(|line| !line.starts_with("hint: ")).collect();
        if ran.out.starts_with("-- ") {
            project.database.run(&lines.join("\n")).map_err(|error| format!("{error}:\n{}", ran.out))?;
        } else {
            for line in lines {
                let words: Vec<&str> = line.split_whitespace().collect();
                let done = match words.as_slice() {
                    ["alembic", ..] => project.run("python3", &[&["-m"], words.as_slice()].concat()),
                    ["python", rest @ ..] => project.run("python3", rest),
                    ["npx", program, rest @ ..] => project.run(program, rest),
                    _ => return Err(format!("no command of {}: {line}", self.name)),
                };
                expect(&done, 0)?;
            }
        }
        (self.content)(project)?;
        let (states, ..) = project.history();
        let applied = |state: &String| state == "applied" || state == "marked";
        if states.values().all(applied) { Ok(()) } else { Err(format!("{states:?}")) }
    }

    /// Clean by the tool and by trueup.
    pub fn clean(&self, project: &Project<'_>) -> Result<(), String> {
        (self.content)(project)?;
        expect(&project.trueup(&["check", "--desired", "desired.json"]), 0)?;
        let history = project.trueup(&["history", ".", "--no-config"]);
        expect(&history, 0)?;
        let (states, ..) = project.history();
        if states.values().any(|state| state != "applied") {
            return Err(history.out);
        }
        Ok(())
    }

    /// All files on an empty database: a repair finds what it would add already there.
    fn on_nothing(&self, project: &mut Project<'_>, server: &Server) {
        let database = server.database().unwrap();
        let up = (self.up)(project, &database);
        let outcome = expect(&up, 0).and_then(|()| {
            expect(&project.trueup(&["check", "--desired", "desired.json", "--live", &database.url()]), 0)
        });
        project.repaired("all files on an empty database", outcome);
    }
}

/// What a command said, where it did not end as it had to.
pub fn expect(ran: &Ran, code: i32) -> Result<(), String> {
    if ran.code == code {
        Ok(())
    } else {
        Err(format!("{} ended with {} and not {code}:\n{}", ran.command, ran.code, ran.out))
    }
}
