//! Prisma. Its engine is a program that npm doesn't bring; the same engine as WebAssembly is in the package, and is used where the
//! configuration names a driver (`engine: "js"`, which version 7 took out again).

use crate::project::{But, Home, Project, Ran, Said, said};
use crate::repairs::{Repairs, expect};
use crate::{Held, Tool};
use trueup_testkit::Server;

pub const TOOL: Tool =
    Tool { name: "prisma", package: "prisma", states, repairs: |server| REPAIRS.all(server, true) };

const NAME: &str = "Prisma";

const CONFIGURATION: &str = r#"import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "prisma/schema.prisma",
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => {
    const factory = new PrismaPg({ connectionString: process.env.DATABASE_URL });
    const connect = factory.connect.bind(factory);
    factory.connect = async () => {
      const adapter = await connect();
      // The driver splits a script at each semicolon, within dollar quotes too. The engine that people run sends it as one message.
      adapter.executeScript = async (script) => {
        try {
          await adapter.client.query(script);
        } catch (error) {
          adapter.onError(error);
        }
      };
      return adapter;
    };
    return factory;
  },
});
"#;

const SCHEMA: &str = r#"datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model Shelf {
  id   Int    @id @default(autoincrement())
  room String
}
"#;

fn set_up(project: &Project<'_>) {
    project.write("prisma.config.ts", CONFIGURATION);
    project.write("prisma/schema.prisma", SCHEMA);
    project.write("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n");
}

fn file(id: &str) -> String {
    format!("prisma/migrations/{id}/migration.sql")
}

fn prisma(project: &Project<'_>, arguments: &[&str]) -> Ran {
    project.run("prisma", arguments)
}

/// What `migrate status` lists; what it doesn't list of the files ran.
fn status(project: &Project<'_>) -> Said {
    let ran = prisma(project, &["migrate", "status"]);
    let files = std::fs::read_dir(project.path().join("prisma/migrations")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut said: Said =
        names.filter(|name| name.starts_with("2024")).map(|name| (name, "applied".to_owned())).collect();
    let mut listed = 0;
    let mut state = None;
    for line in ran.out.lines().map(str::trim) {
        if line.ends_with("not yet been applied:") {
            state = Some("pending");
        } else if line.ends_with("have failed:") {
            state = Some("failed");
        } else if line.contains("not found locally in") {
            state = Some("missing-file");
        } else if let (Some(state), true) = (state, line.starts_with("2024")) {
            listed += 1;
            said.insert(line.to_owned(), state.to_owned());
        } else {
            state = None;
        }
    }
    let clean = ran.out.contains("Database schema is up to date!");
    assert!(clean == (ran.code == 0) && clean == (listed == 0), "{}", ran.out);
    said
}

fn hold(project: &mut Project<'_>, state: &str, but: &[But<'_>], faults: &[&str]) {
    let theirs = status(project);
    project.hold(state, &theirs, but, faults);
}

const SHELF: &str = "20240101000000_shelf";
const BOOK: &str = "20240102000000_book";
const PAGES: &str = "20240103000000_pages";

fn states(server: &Server) -> Held {
    let mut made = Project::new(NAME, Home::Node, server);
    let project = &mut made;
    set_up(project);
    project.write(&file(SHELF), "CREATE TABLE \"Shelf\" (id serial PRIMARY KEY, room text NOT NULL);\n");
    project.write(&file(BOOK), "CREATE TABLE book (id integer PRIMARY KEY);\n");
    hold(project, "nothing applied", &[], &[]);
    prisma(project, &["migrate", "deploy"]).fine();
    hold(project, "all applied", &[], &[]);
    project.write(&file(PAGES), "ALTER TABLE book ADD COLUMN pages integer;\nALTER TABLE book ADD CHECK (1 / 0 = 1);\nSELECT 1 / 0;\n");
    hold(project, "one pending", &[], &[]);
    prisma(project, &["migrate", "deploy"]).refused("division by zero");
    hold(project, "failed midway", &[], &["M103"]);
    prisma(project, &["migrate", "deploy"]).refused("P3009");
    prisma(project, &["migrate", "resolve", "--rolled-back", PAGES]).fine();
    let but = But {
        id: PAGES,
        ours: "rolled-back",
        theirs: Some("applied"),
        why: "`migrate status` passes over a row that was rolled back; `migrate deploy` runs the file again, as below",
    };
    hold(project, "rolled back", &[but], &[]);
    project.write(&file(PAGES), "ALTER TABLE book ADD COLUMN IF NOT EXISTS pages integer;\n");
    let again = prisma(project, &["migrate", "deploy"]).fine();
    assert!(again.out.contains(PAGES), "{}", again.out);
    hold(project, "applied after a failure", &[], &[]);
    project.write(&file(BOOK), "CREATE TABLE book (id integer PRIMARY KEY); -- of the library\n");
    let but = But {
        id: BOOK,
        ours: "edited",
        theirs: Some("applied"),
        why: "`migrate status` compares no checksums, `migrate dev` does",
    };
    hold(project, "edited after it ran", &[but], &["M104"]);
    project.write(&file(BOOK), "CREATE TABLE book (id integer PRIMARY KEY);\r\n");
    hold(project, "other line endings", &[], &[]);
    project.write("prisma/migrations/20240101120000_late/migration.sql", "SELECT 1;\n");
    hold(project, "out of order", &[], &[]);
    prisma(project, &["migrate", "deploy"]).fine();
    hold(project, "out of order, applied", &[], &[]);
    std::fs::create_dir(project.path().join("prisma/migrations/20240104000000_empty")).unwrap();
    let refused = prisma(project, &["migrate", "deploy"]);
    let all = [SHELF, "20240101120000_late", BOOK, PAGES].map(|id| (id, "applied"));
    project.hold_refusal("folder without a file", refused, "P3015", &all, &["M118"]);
    std::fs::remove_dir(project.path().join("prisma/migrations/20240104000000_empty")).unwrap();
    std::fs::remove_dir_all(project.path().join("prisma/migrations").join(PAGES)).unwrap();
    let but = But {
        id: PAGES,
        ours: "missing-file",
        theirs: None,
        why: "`migrate status` tells of a missing file only where another one is pending, as below",
    };
    hold(project, "file missing", &[but], &["M107"]);
    project.write(&file("20240105000000_next"), "SELECT 1;\n");
    hold(project, "file missing, another pending", &[], &["M107"]);
    let mut held = made.done();
    held.add(without_history(server));
    held
}

/// A database that was made without the tool.
fn without_history(server: &Server) -> Held {
    let mut project = Project::new(NAME, Home::Node, server);
    set_up(&project);
    project.write(&file(SHELF), "CREATE TABLE \"Shelf\" (id serial PRIMARY KEY, room text NOT NULL);\n");
    project.database.run("CREATE TABLE \"Shelf\" (id serial PRIMARY KEY, room text NOT NULL);").unwrap();
    prisma(&project, &["migrate", "deploy"]).refused("P3005");
    project.hold("made without it", &said(&[(SHELF, "pending")]), &[], &["M113"]);
    prisma(&project, &["migrate", "resolve", "--applied", SHELF]).fine();
    let but = But {
        id: SHELF,
        ours: "marked",
        theirs: Some("applied"),
        why: "`migrate status` doesn't tell what ran from what was marked",
    };
    let theirs = status(&project);
    project.hold("marked as applied", &theirs, &[but], &["M108"]);
    project.done()
}

const LIBRARY: &str = r#"
model Book {
  id      Int    @id @default(autoincrement())
  title   String
  shelf   Shelf  @relation(fields: [shelfId], references: [id])
  shelfId Int    @map("shelf_id")
  pages   Int?

  @@index([title])
  @@map("book")
}

model Reader {
  id    Int    @id @default(autoincrement())
  email String @unique

  @@map("reader")
}
"#;

const REPAIRS: Repairs = Repairs {
    name: "prisma",
    project: |server| {
        let project = Project::new(NAME, Home::Node, server);
        set_up(&project);
        let shelf =
            SCHEMA.replace("  room String\n", "  room String\n  books Book[]\n\n  @@map(\"shelf\")\n");
        project.write("prisma/schema.prisma", &format!("{shelf}{LIBRARY}"));
        let diff = [
            "migrate",
            "diff",
            "--from-empty",
            "--to-schema-datamodel",
            "prisma/schema.prisma",
            "--script",
            "-o",
            "made.sql",
        ];
        prisma(&project, &diff).fine();
        project.write(&file(SHELF), &project.read("made.sql"));
        project.remove("made.sql");
        project
    },
    up: |project, database| project.run_on(database, "prisma", &["migrate", "deploy"]),
    content: |project| expect(&prisma(project, &["migrate", "status"]), 0),
    more: &[],
    leaves: &[],
    forget: "DROP TABLE _prisma_migrations",
};
