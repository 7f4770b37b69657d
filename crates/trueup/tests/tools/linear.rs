//! The tools whose migrations are a list of files: one walk through the states for all of them.

use crate::Held;
use crate::project::{But, Home, Project, Ran, Said};
use trueup_testkit::{Server, TestDatabase};

/// What a tool does about a file that is late, or gone.
pub enum Does {
    /// It goes on, and says nothing of it.
    Silent,
    /// It goes on, and lists a row without a file as any other.
    Lists,
    /// It refuses with these words.
    Refuses(&'static str),
}

/// A tool.
pub struct Linear {
    pub tool: &'static str,
    /// Writes what its projects need besides migrations.
    pub set_up: fn(&Project<'_>),
    /// The file of migration `number`, named so, from the project.
    pub file: fn(u32, &str) -> String,
    /// What the tool and trueup call it.
    pub id: fn(u32, &str) -> String,
    /// The text of a migration: what it does, and how it is taken back.
    pub text: fn(u32, &str, &str, &str) -> String,
    /// What the tool says of each migration.
    pub status: fn(&Project<'_>) -> Result<Said, Ran>,
    pub up: fn(&Project<'_>, &TestDatabase<'_>) -> Ran,
    pub down: fn(&Project<'_>) -> Ran,
    pub late: Does,
    pub gone: Does,
}

const SHELF: (u32, &str) = (1, "shelf");
const BOOK: (u32, &str) = (3, "book");
const PAGES: (u32, &str) = (4, "pages");
const READER: (u32, &str) = (2, "reader");

impl Linear {
    fn write(&self, project: &Project<'_>, (number, name): (u32, &str), up: &str, down: &str) {
        project.write(&(self.file)(number, name), &(self.text)(number, name, up, down));
    }

    fn of(&self, (number, name): (u32, &str)) -> String {
        (self.id)(number, name)
    }

    fn hold(&self, project: &mut Project<'_>, state: &str) {
        match (self.status)(project) {
            Ok(theirs) => project.hold(state, &theirs, &[], &[]),
            Err(ran) => panic!("{state}: {} gives no status:\n{}", self.tool, ran.out),
        }
    }

    /// A project of shelves, books and readers, with nothing applied.
    pub fn library<'s>(&self, server: &'s Server) -> Project<'s> {
        let project = Project::new(self.tool, Home::Node, server);
        (self.set_up)(&project);
        self.write(
            &project,
            SHELF,
            "CREATE TABLE shelf (id serial PRIMARY KEY, room text NOT NULL)",
            "DROP TABLE shelf",
        );
        self.write(
            &project,
            READER,
            "CREATE TABLE reader (id serial PRIMARY KEY, email text NOT NULL UNIQUE)",
            "DROP TABLE reader",
        );
        let book = "CREATE TABLE book (id serial PRIMARY KEY, title text NOT NULL, shelf_id integer NOT NULL REFERENCES shelf)";
        self.write(&project, BOOK, book, "DROP TABLE book");
        let pages = "ALTER TABLE book ADD COLUMN pages integer; CREATE INDEX book_title ON book (title)";
        self.write(&project, PAGES, pages, "DROP INDEX book_title; ALTER TABLE book DROP COLUMN pages");
        project
    }

    /// Whether the tool has run everything.
    pub fn content(&self, project: &Project<'_>) -> Result<(), String> {
        match (self.status)(project) {
            Ok(said) if said.values().all(|state| state == "applied") => Ok(()),
            Ok(said) => Err(format!("{} says {said:?}", self.tool)),
            Err(ran) => Err(ran.out),
        }
    }

    /// Through every state that the tool knows.
    pub fn states(&self, server: &Server) -> Held {
        let mut made = Project::new(self.tool, Home::Node, server);
        let project = &mut made;
        (self.set_up)(project);
        self.write(
            project,
            SHELF,
            "CREATE TABLE shelf (id integer PRIMARY KEY, room text)",
            "DROP TABLE shelf",
        );
        self.write(
            project,
            BOOK,
            "CREATE TABLE book (id integer PRIMARY KEY, title text)",
            "DROP TABLE book",
        );
        self.hold(project, "nothing applied");
        (self.up)(project, &project.database).fine();
        self.hold(project, "all applied");
        self.write(
            project,
            PAGES,
            "ALTER TABLE book ADD COLUMN pages integer",
            "ALTER TABLE book DROP COLUMN pages",
        );
        self.hold(project, "one pending");
        self.write(project, PAGES, "ALTER TABLE book ADD COLUMN pages integer DEFAULT 1 / 0", "SELECT 1");
        let failed = (self.up)(project, &project.database);
        assert!(failed.code != 0 && failed.out.contains("division by zero"), "{}", failed.out);
        self.hold(project, "failed midway");
        self.write(
            project,
            PAGES,
            "ALTER TABLE book ADD COLUMN pages integer",
            "ALTER TABLE book DROP COLUMN pages",
        );
        (self.up)(project, &project.database).fine();
        self.hold(project, "applied after a failure");
        (self.down)(project).fine();
        self.hold(project, "rolled back");
        (self.up)(project, &project.database).fine();
        self.write(
            project,
            BOOK,
            "CREATE TABLE book (id integer PRIMARY KEY, title varchar(80))",
            "DROP TABLE book",
        );
        self.hold(project, "edited after it ran");
        self.late(project);
        self.gone(project);
        made.done()
    }

    fn late(&self, project: &mut Project<'_>) {
        self.write(project, READER, "CREATE TABLE reader (id integer PRIMARY KEY)", "DROP TABLE reader");
        match self.late {
            Does::Silent | Does::Lists => {
                self.hold(project, "out of order");
                (self.up)(project, &project.database).fine();
                self.hold(project, "out of order, applied");
            }
            Does::Refuses(words) => {
                let refused = (self.status)(project).expect_err("the tool refuses a late file");
                let late = self.of(READER);
                assert!(refused.out.contains(&late), "{}", refused.out);
                let states = [self.of(SHELF), self.of(BOOK), self.of(PAGES)];
                let mut states: Vec<(&str, &str)> =
                    states.iter().map(|id| (id.as_str(), "applied")).collect();
                states.push((&late, "out-of-order"));
                project.hold_refusal("out of order", refused, words, &states, &["M106"]);
                project.remove(&(self.file)(READER.0, READER.1));
            }
        }
    }

    fn gone(&self, project: &mut Project<'_>) {
        project.remove(&(self.file)(SHELF.0, SHELF.1));
        let gone = self.of(SHELF);
        match self.gone {
            Does::Silent | Does::Lists => {
                let theirs = (self.status)(project).unwrap_or_else(|ran| panic!("{}", ran.out));
                let but = But {
                    id: &gone,
                    ours: "missing-file",
                    theirs: matches!(self.gone, Does::Lists).then_some("applied"),
                    why: "the tool goes on, and has no word for a row without a file",
                };
                project.hold("file missing", &theirs, &[but], &["M107"]);
            }
            Does::Refuses(words) => {
                let refused = (self.status)(project).expect_err("the tool refuses a missing file");
                let mut states = vec![(gone, "missing-file")];
                for one in [BOOK, PAGES, READER] {
                    if project.path().join((self.file)(one.0, one.1)).exists() {
                        states.push((self.of(one), "applied"));
                    }
                }
                let states: Vec<(&str, &str)> =
                    states.iter().map(|(id, state)| (id.as_str(), *state)).collect();
                project.hold_refusal("file missing", refused, words, &states, &["M107"]);
            }
        }
    }
}
