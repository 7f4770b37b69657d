//! Django.

use crate::project::{But, Home, Project, Ran, Said};
use crate::repairs::{Repairs, expect};
use crate::{Held, Tool};
use trueup_testkit::Server;

pub const TOOL: Tool = Tool { name: "django", package: "Django", states, repairs };

const NAME: &str = "Django";

const MANAGE: &str = r#"import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"#;

const SETTINGS: &str = r#"import os
from urllib.parse import urlsplit

url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": url.password or "",
        "NAME": url.path[1:],
    }
}
INSTALLED_APPS = ["django.contrib.contenttypes", "stock", "lending"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
SECRET_KEY = "of a test"
USE_TZ = True
"#;

fn set_up(project: &Project<'_>) {
    project.write("manage.py", MANAGE);
    project.write("settings.py", SETTINGS);
    for app in ["stock", "lending"] {
        project.write(&format!("{app}/__init__.py"), "");
        project.write(&format!("{app}/models.py"), "from django.db import models\n");
        project.write(&format!("{app}/migrations/__init__.py"), "");
    }
}

fn file(id: &str) -> String {
    format!("{}.py", id.replacen('.', "/migrations/", 1))
}

/// A migration `app.name` after others, which runs this SQL.
fn migration(project: &Project<'_>, id: &str, after: &[&str], up: &str, down: &str) {
    let after: Vec<String> = after.iter().map(|id| format!("('{}')", id.replacen('.', "', '", 1))).collect();
    let text = format!(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{}]\n    operations = [migrations.RunSQL(\"{up}\", \"{down}\")]\n",
        after.join(", ")
    );
    project.write(&file(id), &text);
}

fn manage(project: &Project<'_>, arguments: &[&str]) -> Ran {
    project.run("python3", &[&["manage.py"], arguments].concat())
}

/// What `showmigrations` lists of the project's own applications: `[X]`, `[-]` for what others stand for, `[ ]`.
fn status(project: &Project<'_>) -> Said {
    let ran = manage(project, &["showmigrations", "--list"]).fine();
    let mut app = "";
    let mut said = Said::new();
    for line in ran.out.lines().filter(|line| !line.is_empty()) {
        let Some(line) = line.strip_prefix(' ') else {
            app = line;
            continue;
        };
        let (state, name) = match line.get(..3) {
            Some("[X]" | "[-]") => ("applied", &line[4..]),
            Some("[ ]") => ("pending", &line[4..]),
            _ => continue,
        };
        if app == "stock" || app == "lending" {
            let name = name.split(' ').next().unwrap();
            said.insert(format!("{app}.{name}"), state.to_owned());
        }
    }
    said
}

fn hold(project: &mut Project<'_>, state: &str, but: &[But<'_>], faults: &[&str]) {
    let theirs = status(project);
    project.hold(state, &theirs, but, faults);
}

fn states(server: &Server) -> Held {
    let mut made = Project::new(NAME, Home::Python, server);
    let project = &mut made;
    set_up(project);
    migration(
        project,
        "stock.0001_shelf",
        &[],
        "CREATE TABLE shelf (id serial PRIMARY KEY)",
        "DROP TABLE shelf",
    );
    migration(
        project,
        "stock.0002_book",
        &["stock.0001_shelf"],
        "CREATE TABLE book (id serial PRIMARY KEY)",
        "DROP TABLE book",
    );
    migration(
        project,
        "lending.0001_loan",
        &["stock.0002_book"],
        "CREATE TABLE loan (id integer REFERENCES book)",
        "DROP TABLE loan",
    );
    hold(project, "nothing applied", &[], &[]);
    manage(project, &["migrate", "stock", "0001"]).fine();
    hold(project, "one of three applied", &[], &[]);
    manage(project, &["migrate", "--check"]).refused("");
    manage(project, &["migrate"]).fine();
    hold(project, "all applied", &[], &[]);
    manage(project, &["migrate", "--check"]).fine();
    manage(project, &["migrate", "lending", "zero"]).fine();
    hold(project, "rolled back", &[], &[]);
    manage(project, &["migrate", "lending", "--fake"]).fine();
    hold(project, "faked", &[], &[]);
    migration(
        project,
        "stock.0001_shelf",
        &[],
        "CREATE TABLE shelf (id bigserial PRIMARY KEY)",
        "DROP TABLE shelf",
    );
    hold(project, "edited after it ran", &[], &[]);
    migration(
        project,
        "stock.0003_pages",
        &["stock.0002_book"],
        "ALTER TABLE book ADD pages integer; SELECT 1 / 0",
        "",
    );
    manage(project, &["migrate"]).refused("division by zero");
    hold(project, "failed midway", &[], &[]);
    migration(
        project,
        "stock.0003_pages",
        &["stock.0002_book"],
        "ALTER TABLE book ADD pages integer",
        "ALTER TABLE book DROP pages",
    );
    manage(project, &["migrate"]).fine();
    hold(project, "applied after a failure", &[], &[]);
    rows(project);
    gone(project);
    branches(project);
    squashed(project);
    made.done()
}

/// Rows that don't fit the files.
fn rows(project: &mut Project<'_>) {
    let of_row = |sql: &str| project.database.run(sql).unwrap();
    of_row("DELETE FROM django_migrations WHERE name = '0002_book'");
    manage(project, &["migrate"]).refused("InconsistentMigrationHistory");
    let theirs = status(project);
    project.hold("applied before what it depends on", &theirs, &[], &["M106"]);
    let of_row = |sql: &str| project.database.run(sql).unwrap();
    of_row(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('stock', '0002_book', now()), ('press', '0001_issue', now())",
    );
    let but = But {
        id: "press.0001_issue",
        ours: "missing-file",
        theirs: None,
        why: "Django says nothing of an application that is not installed",
    };
    hold(project, "an application that is no more", &[but], &["M119"]);
    project.database.run("DELETE FROM django_migrations WHERE app = 'press'").unwrap();
}

fn gone(project: &mut Project<'_>) {
    project.without(&file("stock.0003_pages"), |project| {
        let but = But {
            id: "stock.0003_pages",
            ours: "missing-file",
            theirs: None,
            why: "Django says nothing of a row that has no file",
        };
        hold(project, "file missing", &[but], &["M107"]);
    });
    project.without(&file("stock.0002_book"), |project| {
        let refused = manage(project, &["showmigrations"]);
        let states = [
            ("stock.0001_shelf", "applied"),
            ("stock.0002_book", "missing-file"),
            ("stock.0003_pages", "applied"),
            ("lending.0001_loan", "applied"),
        ];
        project.hold_refusal(
            "file missing that others depend on",
            refused,
            "NodeNotFoundError",
            &states,
            &["M109"],
        );
    });
}

fn branches(project: &mut Project<'_>) {
    migration(
        project,
        "stock.0004_isbn",
        &["stock.0003_pages"],
        "ALTER TABLE book ADD isbn text",
        "ALTER TABLE book DROP isbn",
    );
    migration(
        project,
        "stock.0004_floor",
        &["stock.0003_pages"],
        "ALTER TABLE shelf ADD floor text",
        "ALTER TABLE shelf DROP floor",
    );
    manage(project, &["migrate"]).refused("Conflicting migrations detected; multiple leaf nodes");
    hold(project, "two leaves", &[], &["M101"]);
    manage(project, &["makemigrations", "--merge", "--noinput"]).fine();
    hold(project, "merge pending", &[], &[]);
    manage(project, &["migrate"]).fine();
    hold(project, "merge applied", &[], &[]);
}

fn squashed(project: &mut Project<'_>) {
    let before = status(project);
    let replaced = ["stock.0001_shelf", "stock.0002_book", "stock.0003_pages"];
    let but =
        replaced.map(|id| But { id, ours: "applied", theirs: None, why: "Django lists what stands for it" });
    manage(project, &["squashmigrations", "stock", "0003", "--noinput"]).fine();
    hold(project, "squashed, not yet recorded", &but, &[]);
    manage(project, &["migrate"]).fine();
    hold(project, "squashed", &but, &[]);
    let squashed: Vec<String> = status(project).into_keys().filter(|id| !before.contains_key(id)).collect();
    assert_eq!(squashed.len(), 1, "{squashed:?}");
    // A new database takes the squashed one alone.
    manage(project, &["migrate", "lending", "zero", "--fake"]).fine();
    manage(project, &["migrate", "stock", "zero"]).fine();
    let but =
        replaced.map(|id| But { id, ours: "covered", theirs: None, why: "Django lists what stands for it" });
    hold(project, "squashed, nothing applied", &but, &[]);
}

const STOCK: &str = r#"from django.db import models


class Shelf(models.Model):
    room = models.TextField()

    class Meta:
        db_table = "shelf"


class Book(models.Model):
    title = models.TextField()
    shelf = models.ForeignKey(Shelf, models.PROTECT, db_index=False)
    pages = models.IntegerField(null=True)

    class Meta:
        db_table = "book"
        indexes = [models.Index(fields=["title"], name="book_title")]
"#;

const LENDING: &str = r#"from django.db import models


class Reader(models.Model):
    email = models.TextField(unique=True)

    class Meta:
        db_table = "reader"
"#;

const REPAIRS: Repairs = Repairs {
    name: "django",
    project: |server| {
        let project = Project::new(NAME, Home::Python, server);
        set_up(&project);
        project.write("stock/models.py", STOCK);
        project.write("lending/models.py", LENDING);
        manage(&project, &["makemigrations"]).fine();
        project
    },
    up: |project, database| project.run_on(database, "python3", &["manage.py", "migrate"]),
    content: |project| {
        expect(&manage(project, &["makemigrations", "--check", "--dry-run"]), 0)?;
        expect(&manage(project, &["migrate", "--check"]), 0)
    },
    more: &["--app", "stock"],
    leaves: &[],
    forget: "DROP TABLE django_migrations",
};

fn repairs(server: &Server) -> Held {
    let mut held = REPAIRS.all(server, true);
    held.add(merge(server));
    held
}

/// Two leaves and a drift: the repair is the merge.
fn merge(server: &Server) -> Held {
    let mut project = (REPAIRS.project)(server);
    manage(&project, &["migrate"]).fine();
    project.trueup(&["snapshot", "-o", "desired.json"]).fine();
    migration(&project, "stock.0002_isbn", &["stock.0001_initial"], "SELECT 1", "SELECT 1");
    migration(&project, "stock.0002_floor", &["stock.0001_initial"], "SELECT 2", "SELECT 2");
    manage(&project, &["migrate"]).refused("Conflicting migrations detected; multiple leaf nodes");
    project.database.run("ALTER TABLE book DROP COLUMN pages").unwrap();
    let outcome = REPAIRS.one(&project, &["--after-pending"]);
    project.repaired("two leaves, with a drift", outcome);
    project.done()
}
