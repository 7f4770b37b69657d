//! `trueup init` in folders of many sorts of project: what it writes, what it says, and that nothing secret gets into either.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use trueup_testkit::assert_golden;

/// What stands for every password in `fixtures/init`.
const SECRET: &str = "hunter2";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/init")
}

fn trueup(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs `trueup init` and gives the file and what was said.
fn init(folder: &Path) -> (String, String) {
    let output = trueup(folder, &["init"]);
    assert_eq!(output.status.code(), Some(0), "{}: {}", folder.display(), text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    (std::fs::read_to_string(folder.join("trueup.toml")).unwrap(), text(&output.stdout))
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

fn read(text: &str) -> trueup_policy::Project {
    trueup_policy::read(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{text}"))
}

/// The file with its examples made real: they must be what the configuration knows.
fn with_examples(text: &str) -> String {
    let example = |line: &&str| {
        line.strip_prefix("# ").is_some_and(|rest| {
            let key = rest.split_once(" = ").map_or("", |(key, _)| key);
            rest.starts_with('[')
                || !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
    };
    text.lines().map(|line| if example(&line) { &line[2..] } else { line }).collect::<Vec<_>>().join("\n")
}

/// Reads what `desired` names, as `check` does, and counts the tables. What was not understood is given as well.
fn tables(folder: &Path, sources: &[String]) -> (usize, Vec<String>) {
    let paths: Vec<PathBuf> = sources.iter().map(|path| folder.join(path)).collect();
    for path in &paths {
        assert!(path.exists(), "{} is not there", path.display());
    }
    let (files, errors) = trueup_parser::read(&paths);
    assert!(errors.is_empty(), "{errors:?}");
    let options = trueup_parser::Options { server_version: 150_018, ambient: None };
    let parsed = trueup_parser::parse(&files, &options);
    let tables = parsed
        .catalog
        .iter()
        .filter(|(_, entry)| matches!(&entry.object, trueup_catalog::Object::Table(_)))
        .count();
    (tables, parsed.diagnostics.iter().map(|d| format!("{d:?}")).collect())
}

#[test]
fn every_sort_of_project() {
    let mut sorts = 0;
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(fixtures()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    entries.sort();
    for sort in entries {
        let folder = tempfile::tempdir().unwrap();
        copy(&sort.join("project"), folder.path());
        let (config, said) = init(folder.path());
        assert_golden(&sort.join("trueup.toml"), &config);
        assert_golden(&sort.join("stdout.txt"), &said);
        assert!(!config.contains(SECRET) && !said.contains(SECRET), "{}", sort.display());
        let project = read(&config);
        let sources = project.config.desired.list();
        if !sources.is_empty() {
            let (tables, problems) = tables(folder.path(), sources);
            assert!(tables > 0, "{}: {sources:?}", sort.display());
            assert!(problems.is_empty(), "{}: {problems:?}", sort.display());
        }
        read(&with_examples(&config));
        sorts += 1;
    }
    assert!(sorts >= 12, "{sorts}");
}

#[test]
fn what_was_written_is_what_the_gate_reads() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures().join("plain/project"), folder.path());
    init(folder.path());
    let gate = trueup(folder.path(), &["gate", "--live", "schema.sql"]);
    assert_eq!(gate.status.code(), Some(0), "{}{}", text(&gate.stdout), text(&gate.stderr));
    std::fs::write(folder.path().join("live.sql"), "CREATE TABLE other ();").unwrap();
    let gate = trueup(folder.path(), &["gate", "--live", "live.sql"]);
    assert_eq!(gate.status.code(), Some(1), "{}{}", text(&gate.stdout), text(&gate.stderr));
}

#[test]
fn a_file_that_is_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trueup.toml");
    std::fs::write(&path, "mine").unwrap();
    let output = trueup(folder.path(), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("trueup.toml is there already"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("trueup init --force"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let shown = trueup(folder.path(), &["init", "--stdout"]);
    assert_eq!(shown.status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(trueup(folder.path(), &["init", "--force"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text(&shown.stdout));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("made");
    std::os::unix::fs::symlink(&target, folder.path().join("trueup.toml")).unwrap();
    assert_eq!(trueup(folder.path(), &["init"]).status.code(), Some(2));
    assert!(!target.exists());
}

#[test]
fn a_folder_by_its_name_and_one_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures().join("plain/project"), &folder.path().join("shop"));
    let output = trueup(folder.path(), &["init", "shop"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Wrote shop/trueup.toml"), "{}", text(&output.stdout));
    let output = trueup(folder.path(), &["init", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("nowhere can't be read: No such file"), "{}", text(&output.stderr));
}

/// One sort of project around the SQL of a real one.
struct Sort {
    name: &'static str,
    /// The schema of the corpus.
    schema: &'static str,
    /// Where its files go; a single one takes this name.
    to: &'static str,
    /// What makes it that sort of project.
    files: &'static [(&'static str, &'static str)],
    /// What `desired` should be.
    desired: &'static [&'static str],
    tool: &'static str,
}

const ENV: (&str, &str) =
    (".env", "DATABASE_URL=postgres://u:hunter2@h/d\nOTHER_DB_URL=postgresql://hunter2@h/d\n");

const SORTS: &[Sort] = &[
    Sort {
        name: "Rails with structure.sql",
        schema: "aact",
        to: "db/structure.sql",
        files: &[("db/migrate/1_a.rb", ""), ENV],
        desired: &["db/structure.sql"],
        tool: "Rails",
    },
    Sort {
        name: "sqlx",
        schema: "atuin-server",
        to: "migrations",
        files: &[("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"), ENV],
        desired: &["migrations"],
        tool: "sqlx",
    },
    Sort {
        name: "sqlx with .down.sql",
        schema: "docs-rs",
        to: "migrations",
        files: &[("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"), ENV],
        desired: &[],
        tool: "sqlx",
    },
    Sort {
        name: "goose",
        schema: "hatchet-goose",
        to: "cmd/migrations",
        files: &[("go.mod", "module a"), ENV],
        desired: &[],
        tool: "goose",
    },
    Sort {
        name: "Diesel",
        schema: "crates-io",
        to: "migrations",
        files: &[("diesel.toml", ""), ENV],
        desired: &[],
        tool: "Diesel",
    },
    Sort {
        name: "Prisma",
        schema: "langfuse",
        to: "packages/shared/prisma/migrations",
        files: &[
            ("packages/shared/prisma/schema.prisma", "datasource db { url = env(\"DATABASE_URL\") }"),
            ENV,
        ],
        desired: &["packages/shared/prisma/migrations"],
        tool: "Prisma",
    },
    Sort {
        name: "Drizzle",
        schema: "ai-chatbot",
        to: "lib/db/migrations",
        files: &[
            ("drizzle.config.ts", "process.env.POSTGRES_URL"),
            ("lib/db/migrations/meta/_journal.json", "{}"),
            ENV,
        ],
        desired: &["lib/db/migrations"],
        tool: "Drizzle",
    },
    Sort {
        name: "golang-migrate",
        schema: "kratos",
        to: "persistence/sql/migrations",
        files: &[("go.mod", "module a"), ENV],
        desired: &[],
        tool: "golang-migrate",
    },
    Sort {
        name: "Flyway",
        schema: "hmpps-activities",
        to: "src/main/resources/db/migration",
        files: &[("build.gradle.kts", "org.flywaydb:flyway-core"), ENV],
        desired: &[],
        tool: "Flyway",
    },
    Sort {
        name: "Supabase",
        schema: "chatbot-ui",
        to: "supabase/migrations",
        files: &[("supabase/config.toml", ""), ENV],
        desired: &["supabase/migrations"],
        tool: "Supabase",
    },
    Sort {
        name: "a plain schema.sql",
        schema: "northwind",
        to: "schema.sql",
        files: &[ENV],
        desired: &["schema.sql"],
        tool: "",
    },
    Sort {
        name: "a dump by another name",
        schema: "coder-2025",
        to: "coderd/database/dump.sql",
        files: &[ENV],
        desired: &["coderd/database/dump.sql"],
        tool: "",
    },
];

/// Lays a schema of the corpus into a folder; gives how many tables PostgreSQL made of it.
fn lay(corpus: &Path, sort: &Sort, folder: &Path) -> u64 {
    let from = corpus.join("schemas").join(sort.schema);
    let meta: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(from.join("META.json")).unwrap()).unwrap();
    let order: Vec<&str> =
        meta["load_order"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
    for (path, text) in sort.files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let to = folder.join(sort.to);
    if sort.to.ends_with(".sql") {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let [one] = order.as_slice() else { panic!("{} has several files", sort.schema) };
        std::fs::copy(from.join(one), to).unwrap();
    } else {
        copy(&from.join("migrations"), &to);
    }
    meta["objects"]["tables"].as_u64().unwrap()
}

#[test]
fn real_schemas_in_ten_sorts_of_project() {
    let Some(shared) = trueup_testkit::shared_dir() else { return };
    for sort in SORTS {
        let folder = tempfile::tempdir().unwrap();
        let expected = lay(&shared.join("corpus"), sort, folder.path());
        let (config, said) = init(folder.path());
        println!("== {}\n{said}", sort.name);
        assert!(!config.contains(SECRET) && !said.contains(SECRET), "{}", sort.name);
        let project = read(&config);
        assert_eq!(project.config.desired.list(), sort.desired, "{}: {said}\n{config}", sort.name);
        assert!(
            said.contains(&format!("tool          {}", sort.tool)) || sort.tool.is_empty(),
            "{}: {said}",
            sort.name
        );
        if !sort.desired.is_empty() {
            let mut sources = project.config.desired.list().to_vec();
            if sort.tool == "Supabase" {
                // What the platform brings, where the file that was written says to name it.
                assert!(
                    config.contains("desired = [\"supabase/platform.sql\", \"supabase/migrations\"]"),
                    "{config}"
                );
                let platform = folder.path().join("supabase/platform.sql");
                std::fs::copy(shared.join("corpus/preludes/supabase.sql"), platform).unwrap();
                sources.insert(0, "supabase/platform.sql".to_owned());
            }
            let (tables, _) = tables(folder.path(), &sources);
            assert!(
                tables as u64 >= expected,
                "{}: {tables} tables were read, PostgreSQL made {expected}",
                sort.name
            );
        } else {
            assert!(config.contains("pg_dump --schema-only"), "{}: {config}", sort.name);
        }
    }
}

/// Projects of every tool, made with the tools themselves.
#[test]
fn the_histories_of_every_tool() {
    let Some(shared) = trueup_testkit::shared_dir() else { return };
    // What shows in the files alone: numbered SQL says nothing of who runs it.
    const NAMES: &[(&str, &str)] = &[
        ("alembic", "Alembic"),
        ("atlas", "Atlas"),
        ("dbmate", "dbmate"),
        ("diesel", "Diesel"),
        ("django", "Django"),
        ("drizzle", "Drizzle"),
        ("ecto", "Ecto"),
        ("flyway", "Flyway"),
        ("golang-migrate", "golang-migrate"),
        ("goose", "goose"),
        ("knex", "Knex"),
        ("liquibase", "Liquibase"),
        ("node-pg-migrate", "node-pg-migrate"),
        ("prisma-", "Prisma"),
        ("rails", "Rails"),
        ("refinery", "Flyway"),
        ("sqlx-reversible", "golang-migrate"),
        ("sqlx", "an unknown tool"),
        ("supabase", "Supabase"),
        ("typeorm", "TypeORM"),
    ];
    let mut looked_at = 0;
    for entry in std::fs::read_dir(shared.join("histories")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !path.join("project").is_dir() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        copy(&path.join("project"), folder.path());
        let (config, said) = init(folder.path());
        let project = read(&config);
        if let Some((_, tool)) = NAMES.iter().find(|(start, _)| name.starts_with(start)) {
            assert!(said.contains(&format!("tool          {tool}: ")), "{name}: {said}");
            looked_at += 1;
        }
        let sources = project.config.desired.list();
        if !sources.is_empty() {
            let (tables, _) = tables(folder.path(), sources);
            assert!(tables > 0, "{name}: {sources:?}");
        }
    }
    assert!(looked_at > 80, "{looked_at}");
}
