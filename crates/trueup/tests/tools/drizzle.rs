//! Drizzle, which has no command for the status: what it runs on a copy of the database says what is pending.

use crate::project::{But, Home, Project, Ran, Said, said};
use crate::repairs::{ALL, Repairs, expect};
use crate::{Held, Tool};
use std::collections::BTreeSet;
use trueup_testkit::{Server, TestDatabase};

pub const TOOL: Tool =
    Tool { name: "drizzle", package: "drizzle-kit", states, repairs: |server| REPAIRS.all(server, true) };

const NAME: &str = "Drizzle";

const CONFIGURATION: &str = r#"import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./schema.ts",
  out: "./drizzle",
  dbCredentials: { url: process.env.DATABASE_URL! },
});
"#;

/// The tables in TypeScript, as far as step `step` has them.
fn schema(project: &Project<'_>, step: u32) {
    let mut text = String::from("import { pgTable, serial, text, integer } from \"drizzle-orm/pg-core\";\n");
    text.push_str("export const shelf = pgTable(\"shelf\", { id: serial(\"id\").primaryKey(), room: text(\"room\").notNull() });\n");
    let pages = if step >= 3 { ", pages: integer(\"pages\")" } else { "" };
    if step >= 2 {
        text.push_str(&format!(
            "export const book = pgTable(\"book\", {{ id: serial(\"id\").primaryKey(){pages} }});\n"
        ));
    }
    project.write("schema.ts", &text);
}

fn generate(project: &Project<'_>, step: u32, name: &str) {
    schema(project, step);
    kit(project, &["generate", "--name", name]).fine();
}

fn kit(project: &Project<'_>, arguments: &[&str]) -> Ran {
    project.run("drizzle-kit", arguments)
}

const SHELF: &str = "0000_shelf";
const BOOK: &str = "0001_book";
const PAGES: &str = "0002_pages";

/// The times of the rows that Drizzle wrote: it knows a migration by its time in the journal.
fn times(database: &TestDatabase<'_>) -> BTreeSet<String> {
    let there = database.query_texts("SELECT to_regclass('drizzle.__drizzle_migrations')").unwrap();
    if there == [None] {
        return BTreeSet::new();
    }
    let rows = database.query_texts("SELECT created_at FROM drizzle.__drizzle_migrations").unwrap();
    rows.into_iter().flatten().collect()
}

/// The entries of the journal, with their times.
fn journal(project: &Project<'_>) -> serde_json::Value {
    serde_json::from_str(&project.read("drizzle/meta/_journal.json")).unwrap()
}

/// Writes the journal, with the times of its entries or some of its entries changed.
fn rewrite(project: &Project<'_>, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let mut journal = journal(project);
    change(journal["entries"].as_array_mut().unwrap());
    project.write("drizzle/meta/_journal.json", &journal.to_string());
}

/// What Drizzle does about each entry: it has a row, gets one when a copy of the database is migrated, or neither.
fn status(project: &Project<'_>) -> Said {
    let before = times(&project.database);
    let copy = project.database.copy().unwrap();
    project.run_on(&copy, "drizzle-kit", &["migrate"]).fine();
    let after = times(&copy);
    let entries = journal(project)["entries"].as_array().unwrap().clone();
    entries
        .iter()
        .map(|entry| {
            let when = entry["when"].to_string();
            let state = match (before.contains(&when), after.contains(&when)) {
                (true, _) => "applied",
                (false, true) => "pending",
                (false, false) => "never-run",
            };
            (entry["tag"].as_str().unwrap().to_owned(), state.to_owned())
        })
        .collect()
}

fn hold(project: &mut Project<'_>, state: &str, but: &[But<'_>], faults: &[&str]) {
    let theirs = status(project);
    project.hold(state, &theirs, but, faults);
}

fn states(server: &Server) -> Held {
    let mut made = Project::new(NAME, Home::Node, server);
    let project = &mut made;
    project.write("drizzle.config.ts", CONFIGURATION);
    generate(project, 1, "shelf");
    generate(project, 2, "book");
    hold(project, "nothing applied", &[], &[]);
    kit(project, &["migrate"]).fine();
    hold(project, "all applied", &[], &[]);
    generate(project, 3, "pages");
    hold(project, "one pending", &[], &[]);
    let good = project.read("drizzle/0002_pages.sql");
    project.write("drizzle/0002_pages.sql", "SELECT 1 / 0;\n");
    kit(project, &["migrate"]).refused("");
    // The whole run is one transaction.
    project.hold(
        "failed midway",
        &said(&[(SHELF, "applied"), (BOOK, "applied"), (PAGES, "pending")]),
        &[],
        &[],
    );
    project.write("drizzle/0002_pages.sql", &good);
    kit(project, &["migrate"]).fine();
    hold(project, "applied after a failure", &[], &[]);
    edited_and_gone(project);
    late(project);
    made.done()
}

fn edited_and_gone(project: &mut Project<'_>) {
    let good = project.read("drizzle/0001_book.sql");
    project.write("drizzle/0001_book.sql", &format!("{good}\n-- of the library\n"));
    let but = But {
        id: BOOK,
        ours: "edited",
        theirs: Some("applied"),
        why: "Drizzle writes a hash and never compares it",
    };
    hold(project, "edited after it ran", &[but], &["M104"]);
    project.write("drizzle/0001_book.sql", &good);
    project.without("drizzle/0001_book.sql", |project| {
        let refused = kit(project, &["migrate"]);
        let states = [(SHELF, "applied"), (BOOK, "missing-file"), (PAGES, "applied")];
        project.hold_refusal(
            "file missing",
            refused,
            // It ends with 1 and says no more than this.
            "applying migrations",
            &states,
            &["M107"],
        );
    });
    // An older branch: neither the entry nor the file is there.
    let whole = project.read("drizzle/meta/_journal.json");
    project.without("drizzle/0002_pages.sql", |project| {
        rewrite(project, |entries| drop(entries.pop()));
        let (ours, ..) = project.history();
        let ahead: Vec<&String> =
            ours.iter().filter(|(_, state)| *state == "missing-file").map(|(id, _)| id).collect();
        assert_eq!(ahead.len(), 1, "{ours:?}");
        let but = But {
            id: ahead[0],
            ours: "missing-file",
            theirs: None,
            why: "Drizzle says nothing of a row that has no entry",
        };
        hold(project, "the database ahead", &[but], &["M107"]);
    });
    project.write("drizzle/meta/_journal.json", &whole);
}

/// An entry that was written before the newest one that ran, as a branch brings that is merged late.
fn late(project: &mut Project<'_>) {
    project.write("drizzle/0003_late.sql", "CREATE TABLE late (id integer);\n");
    rewrite(project, |entries| {
        let mut entry = entries[2].clone();
        entry["idx"] = 3.into();
        entry["tag"] = "0003_late".into();
        entry["when"] = (entry["when"].as_i64().unwrap() - 1).into();
        entries.push(entry);
    });
    hold(project, "out of order", &[], &["M114"]);
}

const LIBRARY: &str = r#"import { index, integer, pgTable, serial, text } from "drizzle-orm/pg-core";

export const shelf = pgTable("shelf", { id: serial("id").primaryKey(), room: text("room").notNull() });
export const book = pgTable(
  "book",
  {
    id: serial("id").primaryKey(),
    title: text("title").notNull(),
    shelfId: integer("shelf_id").notNull().references(() => shelf.id),
    pages: integer("pages"),
  },
  (table) => [index("book_title").on(table.title)],
);
export const reader = pgTable("reader", { id: serial("id").primaryKey(), email: text("email").notNull().unique() });
"#;

const REPAIRS: Repairs = Repairs {
    name: "drizzle",
    project: |server| {
        let project = Project::new(NAME, Home::Node, server);
        project.write("drizzle.config.ts", CONFIGURATION);
        project.write("schema.ts", LIBRARY);
        kit(&project, &["generate", "--name", "library"]).fine();
        project
    },
    up: |project, database| project.run_on(database, "drizzle-kit", &["migrate"]),
    content: |project| {
        expect(&kit(project, &["check"]), 0)?;
        let generate = kit(project, &["generate", "--name", "none"]);
        if generate.code != 0 || !generate.out.contains("No schema changes, nothing to migrate") {
            return Err(format!("generate finds a change:\n{}", generate.out));
        }
        Ok(())
    },
    more: &[],
    leaves: &["missing index, built concurrently", "missing foreign key", ALL],
    forget: "DROP TABLE drizzle.__drizzle_migrations",
};
