//! Small made-up projects of each tool, and what is said of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trueup_diff::Code;
use trueup_history::{Database, History, NotRead, Outcome, Rows, Table, Tool, Wish};
use trueup_project::Tree;

struct Project {
    _folder: tempfile::TempDir,
    tree: Tree,
}

fn project(files: &[(&str, &str)]) -> Project {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::read(folder.path()).unwrap();
    Project { _folder: folder, tree }
}

/// A database with one table; its columns are those of the first row, or the named ones.
fn database(name: &str, columns: &[&str], rows: &[Value]) -> Database {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    Database {
        tables: vec![Table {
            schema: schema.to_owned(),
            name: name.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows: Rows::Read(rows.iter().map(|row| row.as_object().unwrap().clone()).collect()),
        }],
        others: BTreeMap::from([("public".to_owned(), 1)]),
        search_path: vec!["public".to_owned()],
    }
}

fn read(project: &Project, database: &Database) -> Result<Vec<History>, Vec<NotRead>> {
    trueup_history::read(&project.tree, database, &Wish::default())
}

/// The one history as `id state` lines and `code object` lines.
fn said(project: &Project, database: &Database) -> (Tool, Vec<String>, Vec<String>) {
    let histories = read(project, database).unwrap();
    assert_eq!(histories.len(), 1, "{histories:?}");
    let history = &histories[0];
    let states = history.migrations.iter().map(|m| format!("{} {}", m.id, m.state.slug())).collect();
    let faults = history
        .faults
        .iter()
        .map(|f| format!("{} {}", f.code, f.object.as_deref().unwrap_or_default()))
        .collect();
    (history.tool.unwrap(), states, faults)
}

fn expect(project: &Project, database: &Database, tool: Tool, states: &[&str], faults: &[&str]) {
    let (found, found_states, found_faults) = said(project, database);
    assert_eq!((found, &found_states[..], &found_faults[..]), (tool, &owned(states)[..], &owned(faults)[..]));
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn revision(id: &str, down: &str, more: &str) -> String {
    format!("revision = '{id}'\ndown_revision = {down}\n{more}\n")
}

fn alembic(files: &[(&str, String)]) -> Project {
    let mut all = vec![("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/db\n".to_owned())];
    all.push(("db/env.py".to_owned(), "context.configure(connection=c)\n".to_owned()));
    all.extend(files.iter().map(|(name, text)| (format!("db/versions/{name}"), text.clone())));
    project(&all.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

fn versions(rows: &[&str]) -> Database {
    let rows: Vec<Value> = rows.iter().map(|row| json!({"version_num": row})).collect();
    database("alembic_version", &["version_num"], &rows)
}

#[test]
fn alembic_follows_depends_on_labels_and_tuples() {
    let chain = [
        ("a.py", revision("aaaa", "None", "branch_labels = ('base',)")),
        ("b.py", revision("bbbb", "'aaaa'", "")),
        ("c.py", revision("cccc", "None", "depends_on = 'base'\nbranch_labels = 'other'")),
        ("d.py", revision("dddd", "('bbbb', 'cccc')", "")),
    ];
    expect(
        &alembic(&chain),
        &versions(&["cccc", "bbbb"]),
        Tool::Alembic,
        &["aaaa applied", "bbbb applied", "cccc applied", "dddd pending"],
        &["M105 dddd"],
    );
    // A revision that another depends on has no row, and is applied.
    expect(
        &alembic(&chain[..3]),
        &versions(&["cccc"]),
        Tool::Alembic,
        &["aaaa applied", "bbbb pending", "cccc applied"],
        &["M105 bbbb"],
    );
}

#[test]
fn alembic_names_overlaps_cycles_and_what_it_can_t_read() {
    let two = [("a.py", revision("aaaa", "None", "")), ("b.py", revision("bbbb", "'aaaa'", ""))];
    expect(
        &alembic(&two),
        &versions(&["aaaa", "bbbb"]),
        Tool::Alembic,
        &["aaaa applied", "bbbb applied"],
        &["M116 aaaa"],
    );
    let circle = [("a.py", revision("aaaa", "'bbbb'", "")), ("b.py", revision("bbbb", "'aaaa'", ""))];
    let (_, _, faults) = said(&alembic(&circle), &versions(&[]));
    assert!(faults.contains(&"M110 aaaa".to_owned()), "{faults:?}");
    let odd = [
        ("a.py", revision("aaaa", "None", "")),
        ("b.py", "revision = make()\ndown_revision = 'aaaa'\n".to_owned()),
        ("c.py", "def x(:\n".to_owned()),
        ("d.py", "import os\n".to_owned()),
    ];
    let histories = read(&alembic(&odd), &versions(&["aaaa"])).unwrap();
    assert_eq!(Outcome::of(&histories), Outcome::Undecided);
    let faults: Vec<_> =
        histories[0].faults.iter().map(|f| (f.code, f.place.as_ref().unwrap().line)).collect();
    assert_eq!(faults, [(Code::M115, Some(1)), (Code::M115, Some(1)), (Code::M118, None)]);
}

#[test]
fn the_table_that_a_project_names_is_the_one() {
    let files = [
        ("alembic.ini", "[alembic]\nscript_location = db\n"),
        (
            "db/env.py",
            "TABLE = 'rev'\ndef run():\n    with c:\n        context.configure(version_table=TABLE, version_table_schema='ops')\n",
        ),
        ("db/versions/a.py", "revision = 'aaaa'\ndown_revision = None\n"),
    ];
    let table = |name: &str| database(name, &["version_num"], &[json!({"version_num": "aaaa"})]);
    expect(&project(&files), &table("ops.rev"), Tool::Alembic, &["aaaa applied"], &[]);
    // Another project's table is not this one's.
    let (_, states, _) = said(&project(&files), &table("alembic_version"));
    assert_eq!(states, ["aaaa pending"]);
    let computed = [files[0], ("db/env.py", "context.configure(version_table=settings.TABLE)\n"), files[2]];
    expect(&project(&computed), &table("ops.rev"), Tool::Alembic, &["aaaa applied"], &[]);
}

#[test]
fn a_table_that_may_not_be_read_is_said() {
    let one = alembic(&[("a.py", revision("aaaa", "None", ""))]);
    let mut closed = versions(&[]);
    closed.tables[0].rows = Rows::Refused;
    let problems = read(&one, &closed).unwrap_err();
    assert_eq!(problems[0].code, Code::X102);
    assert!(problems[0].way_out.contains("GRANT SELECT ON public.alembic_version"), "{problems:?}");
    let mut several = versions(&["aaaa"]);
    several.tables.push(Table { schema: "b".into(), ..several.tables[0].clone() });
    several.tables[0].schema = "a".into();
    assert!(read(&one, &several).unwrap_err()[0].way_out.starts_with("name it: --table a.alembic_version"));
    several.search_path = vec!["b".into()];
    assert_eq!(read(&one, &several).unwrap()[0].table.as_ref().unwrap().schema, "b");
    let nobody = read(&project(&[("a.txt", "")]), &Database::default()).unwrap_err();
    assert!(nobody[0].message.contains("no migration tool"), "{nobody:?}");
}

fn django(files: &[(&str, &str)]) -> Project {
    let mut all = vec![
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n"),
        (
            "s/settings.py",
            "INSTALLED_APPS = ['django.contrib.auth', 'wagtail.users', 'shop.apps.ShopConfig']\n",
        ),
        ("shop/models.py", ""),
    ];
    all.extend(files);
    project(&all)
}

fn applied(rows: &[(&str, &str)]) -> Database {
    let rows: Vec<Value> =
        rows.iter().map(|(app, name)| json!({"app": app, "name": name, "applied": "x"})).collect();
    database("django_migrations", &["id", "app", "name", "applied"], &rows)
}

fn migration(body: &str) -> String {
    format!(
        "from django.db import migrations\nclass Migration(migrations.Migration):\n    {body}\n    operations = []\n"
    )
}

#[test]
fn django_squashes_orders_and_judges_its_own_applications_alone() {
    let first = migration(
        "dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('auth', '0001')]",
    );
    let second = migration("dependencies = [('shop', '0001')]");
    let squash = migration("replaces = [('shop', '0001'), ('shop', '0002')]");
    let third = migration("dependencies = [('shop', '0002')]");
    let files = [
        ("shop/migrations/0001.py", first.as_str()),
        ("shop/migrations/0002.py", second.as_str()),
        ("shop/migrations/0001_squashed.py", squash.as_str()),
        ("shop/migrations/0003.py", third.as_str()),
        ("shop/migrations/__init__.py", ""),
    ];
    let auth = ("auth", "0001");
    // Half of what is replaced: the squash waits.
    let half = applied(&[auth, ("wagtailusers", "0001"), ("shop", "0001")]);
    expect(
        &django(&files),
        &half,
        Tool::Django,
        &["shop.0001 applied", "shop.0002 pending", "shop.0003 pending", "shop.0001_squashed covered"],
        &["M105 shop.0002"],
    );
    // The replaced files are gone, and their rows are in order.
    let after = [files[2], files[3], files[4]];
    let all = applied(&[auth, ("shop", "0001"), ("shop", "0002"), ("shop", "0003")]);
    expect(&django(&after), &all, Tool::Django, &["shop.0001_squashed applied", "shop.0003 applied"], &[]);
    // An applied migration with an unapplied dependency.
    let gap = applied(&[("shop", "0002"), ("shop", "0001"), ("shop", "0004")]);
    let fourth = migration("dependencies = [('shop', '0003')]");
    let (_, _, faults) =
        said(&django(&[files[0], files[1], files[3], ("shop/migrations/0004.py", &fourth)]), &gap);
    assert_eq!(faults, ["M106 shop.0003", "M105 shop.0003"]);
    let strangers = applied(&[("shop", "0001"), ("gone", "0001")]);
    let (_, _, faults) = said(&django(&files[..1]), &strangers);
    assert_eq!(faults, ["M119 gone"]);
}

#[test]
fn prisma_counts_the_last_try() {
    let files = [
        ("prisma/migrations/migration_lock.toml", ""),
        ("prisma/migrations/1_a/migration.sql", "a\n"),
        ("prisma/migrations/2_b/migration.sql", "b\n"),
        ("prisma/migrations/4_d/migration.sql", "d\n"),
        ("prisma/migrations/5_e/migration.sql", "e\n"),
    ];
    let columns = &[
        "id",
        "checksum",
        "finished_at",
        "migration_name",
        "logs",
        "rolled_back_at",
        "started_at",
        "applied_steps_count",
    ];
    let row = |name: &str, checksum: &str, finished: bool, back: bool, steps: u32| json!({"migration_name": name, "checksum": checksum, "finished_at": finished.then_some("t"), "rolled_back_at": back.then_some("t"), "applied_steps_count": steps});
    // `printf 'a\\r\\n' | sha256sum` of a file that has `\\n` alone; `printf 'b\\n' | sha256sum`.
    let a = "8e4621379786ef42a4fec155cd525c291dd7db3c1fde3478522f4f61c03fd1bd";
    let b = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f";
    let rows = [
        row("1_a", a, true, false, 1),
        row("2_b", b, false, true, 0),
        row("2_b", b, true, false, 0),
        row("3_c", b, true, false, 1),
        row("4_d", b, true, false, 1),
        row("5_e", b, false, false, 0),
    ];
    expect(
        &project(&files),
        &database("_prisma_migrations", columns, &rows),
        Tool::Prisma,
        &["1_a applied", "2_b marked", "3_c missing-file", "4_d edited", "5_e failed"],
        &["M103 5_e", "M104 4_d", "M107 3_c", "M108 2_b"],
    );
}

#[test]
fn drizzle_never_runs_what_is_older_than_the_newest() {
    let journal = r#"{"entries":[{"idx":0,"when":10,"tag":"0000_a"},{"idx":1,"when":5,"tag":"0001_b"},{"idx":2,"when":20,"tag":"0002_c"}]}"#;
    let files = [
        ("drizzle.config.ts", "export default { out: './drizzle' }"),
        ("drizzle/meta/_journal.json", journal),
        ("drizzle/0000_a.sql", "b\n"),
        ("drizzle/0001_b.sql", "x"),
        ("drizzle/0002_c.sql", "x"),
        ("drizzle/0003_d.sql", "x"),
    ];
    let columns = &["id", "hash", "created_at"];
    let hash = "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f";
    let rows = [json!({"id": 1, "hash": hash, "created_at": 10})];
    expect(
        &project(&files),
        &database("drizzle.__drizzle_migrations", columns, &rows),
        Tool::Drizzle,
        &["0000_a applied", "0001_b never-run", "0002_c pending", "0003_d never-run"],
        &["M114 0001_b", "M114 0003_d", "M105 0002_c"],
    );
    let broken = [files[0], ("drizzle/meta/_journal.json", "{"), files[2]];
    let histories =
        read(&project(&broken), &database("drizzle.__drizzle_migrations", columns, &rows)).unwrap();
    assert_eq!(Outcome::of(&histories), Outcome::Undecided);
}

#[test]
fn lists_of_files_by_tool() {
    let text = |version: &str| json!({"version": version});
    // Rails and Ecto run what is late; the rows say whose table it is.
    expect(
        &project(&[("db/migrate/1_a.rb", ""), ("db/migrate/02_b.rb", ""), ("bin/rails", "")]),
        &database("schema_migrations", &["version"], &[text("2"), text("9")]),
        Tool::Rails,
        &["1 pending", "2 applied", "9 missing-file"],
        &["M107 9", "M105 1"],
    );
    expect(
        &project(&[("priv/repo/migrations/1_a.exs", ""), ("priv/repo/migrations/3_c.exs", "")]),
        &database(
            "schema_migrations",
            &["version", "inserted_at"],
            &[json!({"version": 3, "inserted_at": "t"})],
        ),
        Tool::Ecto,
        &["1 pending", "3 applied"],
        &["M105 1"],
    );
    let dbmate = project(&[
        ("db/migrations/1_a.sql", "-- migrate:up\n"),
        ("db/migrations/1_b.sql", "-- migrate:up\n"),
    ]);
    expect(
        &dbmate,
        &database("schema_migrations", &["version"], &[text("1")]),
        Tool::Dbmate,
        &["1 applied", "1 applied"],
        &["M111 1"],
    );
    expect(
        &project(&[("migrations/2024-01-01-0_a/up.sql", ""), ("diesel.toml", "")]),
        &database(
            "__diesel_schema_migrations",
            &["version", "run_on"],
            &[json!({"version": "202401010", "run_on": "t"})],
        ),
        Tool::Diesel,
        &["202401010 applied"],
        &[],
    );
    let goose = [
        json!({"id": 1, "version_id": 0, "is_applied": true}),
        json!({"id": 2, "version_id": 1, "is_applied": true}),
        json!({"id": 3, "version_id": 1, "is_applied": false}),
    ];
    expect(
        &project(&[("m/1_a.sql", "-- +goose Up\n")]),
        &database("goose_db_version", &["id", "version_id", "is_applied", "tstamp"], &goose),
        Tool::Goose,
        &["1 pending"],
        &["M105 1"],
    );
    let knex = project(&[
        ("knexfile.js", "module.exports = { migrations: { directory: './m', tableName: 'k' } }"),
        ("m/1_a.ts", ""),
    ]);
    expect(
        &knex,
        &database("k", &["id", "name", "batch", "migration_time"], &[json!({"name": "1_a.js"})]),
        Tool::Knex,
        &["1_a.js missing-file", "1_a.ts pending"],
        &["M107 1_a.js", "M105 1_a.ts"],
    );
    let typeorm = project(&[
        (
            "src/migrations/a.ts",
            "export class A1704067200000 implements MigrationInterface { async up() {} async down() {} }",
        ),
        ("package.json", "{\"dependencies\":{\"typeorm\":\"1\"}}"),
    ]);
    expect(
        &typeorm,
        &database("migrations", &["id", "timestamp", "name"], &[]),
        Tool::TypeOrm,
        &["A1704067200000 pending"],
        &["M113 public.migrations", "M105 A1704067200000"],
    );
    let sequelize = project(&[("migrations/1-a.js", "module.exports = { up: (queryInterface) => 1 }")]);
    expect(
        &sequelize,
        &database("SequelizeMeta", &["name"], &[json!({"name": "1-a.js"})]),
        Tool::Sequelize,
        &["1-a.js applied"],
        &[],
    );
    let node =
        project(&[("migrations/2_b.js", "exports.up = pgm => {pgm.sql('')}"), ("migrations/1_a.js", "")]);
    expect(
        &node,
        &database("pgmigrations", &["id", "name", "run_on"], &[json!({"name": "2_b"})]),
        Tool::NodePgMigrate,
        &["1_a out-of-order", "2_b applied"],
        &["M106 1_a"],
    );
}

#[test]
fn files_that_fit_several_tools_are_told_by_the_table() {
    let files = project(&[("migrations/V1__a.sql", "select 1;\n"), ("migrations/V2__b.sql", "")]);
    let flyway = [
        json!({"installed_rank": 1, "version": "1.0", "description": "a", "type": "SQL", "script": "V1__a.sql", "checksum": null, "success": true}),
    ];
    let columns = &["installed_rank", "version", "description", "type", "script", "checksum", "success"];
    expect(
        &files,
        &database("history", columns, &flyway),
        Tool::Flyway,
        &["1 applied", "2 pending"],
        &["M105 2"],
    );
    let refinery = [json!({"version": 1, "name": "a", "applied_on": "t", "checksum": "1"})];
    expect(
        &files,
        &database("refinery_schema_history", &["version", "name", "applied_on", "checksum"], &refinery),
        Tool::Refinery,
        &["1 edited", "2 pending"],
        &["M104 1", "M105 2"],
    );
    let numbered = project(&[("migrations/1_a.sql", "b\n")]);
    let sqlx = [json!({"version": 1, "description": "a", "success": true, "checksum": "\\x00"})];
    expect(
        &numbered,
        &database(
            "_sqlx_migrations",
            &["version", "description", "installed_on", "success", "checksum"],
            &sqlx,
        ),
        Tool::Sqlx,
        &["1 edited"],
        &["M104 1"],
    );
}

#[test]
fn liquibase_follows_what_its_changelogs_include() {
    let files = [
        (
            "db/changelog-master.xml",
            "<databaseChangeLog><include file='a.yaml' relativeToChangelogFile='true'/><includeAll path='sql'/><changeSet id='9' author='z'/></databaseChangeLog>",
        ),
        ("db/a.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: x\n"),
        ("db/sql/b.sql", "--liquibase formatted sql\n--changeset y:2 runOnChange:true\nselect 1;\n"),
    ];
    let row = |id: &str, author: &str, file: &str| json!({"id": id, "author": author, "filename": file, "orderexecuted": 1, "exectype": "EXECUTED", "md5sum": "9:x"});
    let mut with_lock = database(
        "databasechangelog",
        &["id", "author", "filename", "orderexecuted", "exectype", "md5sum"],
        &[row("1", "x", "classpath:db/a.yaml"), row("2", "y", "sql/b.sql"), row("7", "w", "old.sql")],
    );
    with_lock.tables.push(Table {
        schema: "public".into(),
        name: "databasechangeloglock".into(),
        columns: owned(&["id", "locked"]),
        rows: Rows::Read(vec![
            json!({"id": 1, "locked": true, "lockedby": "host"}).as_object().unwrap().clone(),
        ]),
    });
    expect(
        &project(&files),
        &with_lock,
        Tool::Liquibase,
        &["x:1 applied", "y:2 applied", "z:9 pending", "w:7 missing-file"],
        &["M107 w:7", "M112 databasechangeloglock", "M105 z:9"],
    );
}

#[test]
fn every_table_of_a_tool_is_one_that_comparing_sets_aside() {
    let wanted = trueup_history::wanted(None, &Wish::default());
    // Without a project nothing is looked for by its columns alone, and a common name only with a tool's columns and no others.
    for one in &wanted {
        let name = one.name.as_deref().unwrap();
        let known = trueup_diff::HISTORY_TABLES.iter().any(|(known, _)| *known == name);
        assert!(known || one.schema.as_deref() == Some("prisma_contract") || !one.most.is_empty(), "{one:?}");
    }
    let with_files = trueup_history::wanted(Some(&project(&[]).tree), &Wish::default());
    assert!(with_files.iter().filter(|one| one.name.is_none()).all(|one| !one.most.is_empty()));
    for tool in Tool::ALL {
        assert_eq!(tool.name().parse::<Tool>().unwrap(), *tool);
    }
    assert_eq!("GolangMigrate".parse::<Tool>(), Ok(Tool::GolangMigrate));
    assert!("x".parse::<Tool>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    /// Whatever stands in the files, and in the rows, no reader panics.
    #[test]
    fn nothing_panics(text in "(revision = |'a'|down_revision|\\n|--changeset a:1|<changeSet id='|\\{|\\}|\"entries\":|\\[|class |é|__|;){0,20}", cell in "[a-z0-9_.é\\\\]{0,14}") {
        let names = ["alembic.ini", "db/versions/a.py", "manage.py", "shop/migrations/0001.py", "prisma/migrations/1/migration.sql", "drizzle/meta/_journal.json",
            "drizzle.config.ts", "m/V1__a.sql", "m/R__b.sql", "m/1_a.up.sql", "m/atlas.sum", "m/1_b.sql", "changelog.xml", "changelog.yaml", "knexfile.js", "migrations/1.js", "supabase/migrations/1_a.sql"];
        let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, text.as_str())).collect();
        let project = project(&files);
        let columns = ["version", "name", "hash", "checksum", "dirty", "version_num", "migration_name", "app", "created_at", "version_id", "type", "description"];
        let row: Value = columns.iter().map(|column| ((*column).to_owned(), Value::String(cell.clone()))).collect::<serde_json::Map<_, _>>().into();
        let mut all = Database::default();
        for (table, _) in trueup_diff::HISTORY_TABLES {
            all.tables.extend(database(table, COLUMNS, std::slice::from_ref(&row)).tables);
        }
        for tool in Tool::ALL {
            drop(trueup_history::read(&project.tree, &all, &Wish { tool: Some(*tool), ..Wish::default() }));
        }
    }
}

/// What tables have.
const COLUMNS: &[&str] = &[
    "id",
    "version",
    "name",
    "hash",
    "checksum",
    "created_at",
    "version_num",
    "app",
    "applied",
    "migration_name",
    "finished_at",
    "rolled_back_at",
    "applied_steps_count",
    "version_id",
    "is_applied",
    "type",
    "script",
    "success",
    "installed_rank",
    "description",
    "total",
    "author",
    "filename",
    "orderexecuted",
    "exectype",
    "applied_on",
];
