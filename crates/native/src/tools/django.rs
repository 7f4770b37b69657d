//! Django: a module of an application's `migrations` that depends on all its leaves.
//!
//! - `atomic = False` takes the transaction away; each `RunSQL` is sent by itself, and a string without values as it is
//!   (<https://docs.djangoproject.com/en/stable/ref/migration-operations/#runsql>, `django/db/backends/postgresql/operations.py`,
//!   `prepare_sql_script`).
//! - A repair may touch tables of other applications: it depends on their leaves too, so that these are there in a new database.
//! - Django knows models and not tables: a repair is for what no model says, or for what is there already and differs.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, folder, join, name};
use crate::graph::heads;
use crate::literal::python;
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::{Style, next};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// The tool.
pub(crate) struct Django;

impl Writer for Django {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<app>/migrations/<number>_<name>.py`, after the leaves; a merge where there are several",
            outside: "`atomic = False`",
            baseline: "`manage.py migrate --fake`",
        }
    }

    fn joins(&self, given: &Given<'_>) -> bool {
        leaves(given).values().any(|leaves| leaves.len() > 1)
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let leaves = leaves(given);
        let apart: Vec<&str> =
            leaves.iter().filter(|(_, leaves)| leaves.len() > 1).map(|(app, _)| *app).collect();
        let apps: Vec<&str> = match (given.app, apart.as_slice(), batches.is_empty()) {
            // Without a statement there is one for each application that has come apart.
            (None, apart, true) => apart.to_vec(),
            (Some(app), _, _) => vec![*leaves.get_key_value(app).map(|(app, _)| app).ok_or_else(|| {
                Refusal::new(
                    format!("no application {app} has migrations here"),
                    format!("--app with one of {}", list(&leaves)),
                )
            })?],
            (None, [app], false) => vec![app],
            (None, _, false) => match leaves.keys().copied().collect::<Vec<_>>().as_slice() {
                [app] => vec![app],
                _ => {
                    return Err(Refusal::new(
                        "nothing says which application the repair belongs to",
                        format!("--app with one of {}", list(&leaves)),
                    ));
                }
            },
        };
        // Other applications that have come apart are joined too: else `migrate` refuses.
        let joined = apart.iter().filter(|app| !apps.contains(app)).map(|app| (*app, &[][..]));
        let mut files = Vec::new();
        for (app, batches) in joined.chain(apps.iter().map(|app| (*app, batches))) {
            files.push(module(given, app, &leaves, batches));
        }
        Ok(files)
    }

    fn baseline(&self, _: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        // The last of each application; `migrate` takes what it depends on along.
        let mut last: Vec<(&str, &str)> = Vec::new();
        for id in wanted.ids() {
            let Some((app, name)) = id.split_once('.') else { continue };
            last.retain(|(other, _)| *other != app);
            last.push((app, name));
        }
        let command = |(app, name): (&str, &str)| {
            format!("python manage.py migrate --fake {} {}", word(app), word(name))
        };
        Ok(Baseline::Commands(last.into_iter().map(command).collect()))
    }
}

type Leaves<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The migrations of each application that no other one of it follows.
fn leaves<'a>(given: &Given<'a>) -> Leaves<'a> {
    let mut out: Leaves<'a> = BTreeMap::new();
    for migration in heads(given) {
        if let Some((app, name)) = migration.id.split_once('.') {
            out.entry(app).or_default().push(name);
        }
    }
    out
}

fn list(leaves: &Leaves<'_>) -> String {
    if leaves.is_empty() {
        return "an application that has a first migration".to_owned();
    }
    leaves.keys().copied().collect::<Vec<_>>().join(", ")
}

fn module(given: &Given<'_>, app: &str, leaves: &Leaves<'_>, batches: &[Batch]) -> File {
    let of_app: Vec<&str> = given
        .files()
        .filter(|(migration, _)| migration.id.split_once('.').is_some_and(|(other, _)| other == app))
        .map(|(_, file)| file)
        .collect();
    let names: Vec<&str> = of_app.iter().map(|file| name(file)).collect();
    let number = next(names.iter().copied(), Style::Count(4), given.now, 1).concat();
    let taken: BTreeSet<String> = names
        .iter()
        .filter_map(|name| name.trim_end_matches(".py").split_once('_').map(|(_, name)| name.to_owned()))
        .collect();
    let wanted = if batches.is_empty() { "merge" } else { given.name };
    let name = crate::name::names(wanted, 1, &taken).concat();
    // A migration that only joins needs nothing of the others.
    let needed = leaves.iter().filter(|(other, _)| **other == app || !batches.is_empty());
    let needed: String = needed
        .flat_map(|(app, names)| names.iter().map(move |name| (app, name)))
        .map(|(app, name)| format!("        ({}, {}),\n", quoted(app), quoted(name)))
        .collect();
    let statement = |sql: &str| {
        format!(
            "        migrations.RunSQL(\n            {},\n            migrations.RunSQL.noop,\n        ),\n",
            python(sql)
        )
    };
    let operations: String = batches.iter().map(|batch| body(batch, "#", "        ", &statement)).collect();
    let outside = batches.iter().any(|batch| batch.outside);
    let text = format!(
        "{}from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n{}\n    dependencies = [\n{needed}    ]\n\n    # {NO_WAY_BACK}\n    operations = [\n{operations}    ]\n{}",
        comment("#", given.head),
        if outside { "    # Each statement is a transaction of its own.\n    atomic = False\n" } else { "" },
        left(given, "#", true),
    );
    let home = match given.into {
        Some(_) => given.folder(),
        None => of_app.last().map_or("", |file| folder(file)),
    };
    File::new(join(home, &format!("{number}_{name}.py")), text)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
