//! Alembic: a revision in Python that follows the head, or joins all heads where there are several.
//!
//! - `with op.get_context().autocommit_block():` ends the transaction and runs each statement by itself
//!   (<https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.migration.MigrationContext.autocommit_block>).
//! - A string that `op.execute` gets becomes `text()`, in which `:name` is a value: see [`crate::literal::sqlalchemy`].
//! - The name of a file is `file_template` of `alembic.ini`, else `%%(rev)s_%%(slug)s` (`alembic/script/base.py`, `_rev_path`).
//! - Heads with labels of their own are meant to stay apart, and nothing says which of them a repair belongs to.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, folder, join};
use crate::graph::heads;
use crate::literal::{python, sqlalchemy};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::utc;
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use trueup_history::{Migration, checksum};

/// The tool.
pub(crate) struct Alembic;

impl Writer for Alembic {
    fn transactions(&self) -> Transactions {
        Transactions::Statements
    }

    fn described(&self) -> Described {
        Described {
            file: "`<revision>_<name>.py` or by `file_template`, after the head; a merge where there are several",
            outside: "`with op.get_context().autocommit_block():`",
            baseline: "`alembic stamp`",
        }
    }

    fn joins(&self, given: &Given<'_>) -> bool {
        heads(given).len() > 1 && labelled(given).is_none()
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let heads = heads(given);
        if heads.len() > 1
            && let Some(file) = labelled(given)
        {
            let names: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
            return Err(Refusal::new(
                format!(
                    "there are several heads with labels of their own, and nothing says which one a repair follows: {}",
                    names.join(", ")
                ),
                format!(
                    "`alembic revision --head REVISION` makes an empty one for the SQL of `trueup repair -o repair.sql`; {file} has a label"
                ),
            ));
        }
        let id = revision(given, &heads, batches);
        let down: Vec<String> = heads.iter().map(|head| python_text(&head.id)).collect();
        let down = match down.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        };
        let statement = |indent: &'static str| {
            move |sql: &str| format!("{indent}op.execute({})\n", python(&sqlalchemy(sql)))
        };
        let mut upgrade = String::new();
        for batch in batches {
            if batch.outside {
                upgrade += "    # Each statement is a transaction of its own.\n    with op.get_context().autocommit_block():\n";
                upgrade += &body(batch, "#", "        ", &statement("        "));
            } else {
                upgrade += &body(batch, "#", "    ", &statement("    "));
            }
        }
        if upgrade.is_empty() {
            upgrade = "    # Nothing is missing: this joins the heads.\n    pass\n".to_owned();
        }
        let revises: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
        let text = format!(
            "{}\"\"\"{}\n\nRevision ID: {id}\nRevises: {}\nCreate Date: {}\n\n\"\"\"\nfrom alembic import op\n\n\nrevision = \"{id}\"\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n{upgrade}\n\ndef downgrade():\n    # {NO_WAY_BACK}\n    pass\n{}",
            comment("#", given.head),
            given.name.replace('_', " "),
            revises.iter().map(|id| plain(id)).collect::<Vec<_>>().join(", "),
            utc(given.now).strftime("%Y-%m-%d %H:%M:%S"),
            left(given, "#", true),
        );
        Ok(vec![File::new(join(&place(given, &heads), &file_name(given, &id)), text)])
    }

    fn baseline(&self, _: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let heads: Vec<String> = wanted.heads().iter().map(|migration| word(&migration.id)).collect();
        Ok(Baseline::Commands(vec![format!("alembic stamp {}", heads.join(" "))]))
    }
}

/// The folder of revisions.
fn place(given: &Given<'_>, heads: &[&Migration]) -> String {
    let of_head = heads.iter().filter_map(|head| head.file.as_deref()).next().map(folder);
    match (given.into, of_head) {
        (Some(_), _) => given.folder().to_owned(),
        (None, Some(folder)) => folder.to_owned(),
        (None, None) => join(given.folder(), "versions"),
    }
}

/// A revision that has a label.
fn labelled<'a>(given: &Given<'a>) -> Option<&'a str> {
    let has_label = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("branch_labels"))
            .any(|line| line.split_once('=').is_some_and(|(_, value)| !value.trim().starts_with("None")))
    };
    given.files().map(|(_, file)| file).find(|file| has_label(&given.tree.text(file)))
}

/// Twelve hexadecimal digits, as Alembic's own, that no other revision has.
fn revision(given: &Given<'_>, heads: &[&Migration], batches: &[Batch]) -> String {
    for attempt in 0_u32.. {
        let seed = format!("{:?} {:?} {} {attempt}", heads, batches, given.now);
        let id: String = checksum::sha256(seed.as_bytes()).chars().take(12).collect();
        if !given.history.migrations.iter().any(|migration| migration.id == id) {
            return id;
        }
    }
    String::new()
}

fn python_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Without what would end a docstring.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect()
}

/// By `file_template`, where it is made of what is known here.
fn file_name(given: &Given<'_>, id: &str) -> String {
    let slug: String = given.name.chars().take(40).collect();
    let template = given
        .tree
        .matching("**/alembic.ini")
        .into_iter()
        .find_map(|file| {
            given.tree.text(file).lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == "file_template").then(|| value.trim().replace("%%", "%"))
            })
        })
        .unwrap_or_else(|| "%(rev)s_%(slug)s".to_owned());
    let time = utc(given.now);
    let values = [
        ("rev", id.to_owned()),
        ("slug", slug.trim_end_matches('_').to_owned()),
        ("year", time.year().to_string()),
        ("month", time.month().to_string()),
        ("day", time.day().to_string()),
        ("hour", time.hour().to_string()),
        ("minute", time.minute().to_string()),
        ("second", time.second().to_string()),
        ("epoch", given.now.as_second().to_string()),
    ];
    let mut out = template;
    for (key, value) in &values {
        out = out.replace(&format!("%({key})s"), value).replace(&format!("%({key})d"), value);
        out = out.replace(&format!("%({key}).2d"), &format!("{value:0>2}"));
        out = out.replace(&format!("%({key})02d"), &format!("{value:0>2}"));
    }
    if out.contains(['%', '/', '\\']) || out.starts_with('.') {
        return format!("{id}_{slug}.py");
    }
    format!("{out}.py")
}
