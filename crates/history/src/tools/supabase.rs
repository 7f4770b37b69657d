//! Supabase: `supabase/migrations/<digits>_<name>.sql`; the table has a row a version with its statements.
//!
//! - Files: `^([0-9]+)_(.*)\.sql$` (`pkg/migration/file.go`). There is no checksum; the statements that ran are kept and can be compared.
//! - `supabase db push` refuses rows without a file (remote migration versions not found) and late files (to be inserted before the last
//!   migration on remote database) (`pkg/migration/apply.go`, `FindPendingMigrations`).

use crate::linear::{Gone, Late, Listed, Recorded, compare, edited};
use crate::model::{Fault, History, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_number, leading_digits, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use serde_json::Value;
use trueup_diff::Code;
use trueup_project::Tree;
use trueup_syntax::{TokenKind, tokenize};

/// The tool.
pub(crate) struct Supabase;

const TABLES: &[Known] = &[Known {
    schema: Some("supabase_migrations"),
    name: "schema_migrations",
    has: &["version", "statements"],
    lacks: &["dirty"],
    also: &["name", "created_by", "idempotency_key"],
    shape: false,
}];

const GONE: Gone = Gone {
    says: "`supabase db push` refuses: remote migration versions not found in local migrations directory",
    ways_out: &[
        "supabase db pull, or check out the branch that has it",
        "supabase migration repair --status reverted {id}, once what it made is gone from the schema",
    ],
};

const LATE: Late = Late::Stops(
    "`supabase db push` refuses: local migration files would be inserted before the last migration on the remote database",
    &["supabase db push --include-all", "rename it with a later timestamp"],
);

impl Reader for Supabase {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders(tree, "**/supabase/migrations/[0-9]*_*.sql")
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter_map(|file| {
                let (version, rest) = leading_digits(name(file))?;
                let title = rest.strip_prefix('_')?.strip_suffix(".sql")?;
                Some(Listed {
                    id: version.to_owned(),
                    title: words(title),
                    file: file.clone(),
                    order: by_number(version),
                })
            })
            .collect();
        let mut faults = Vec::new();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| {
                let id = crate::database::text(row, "version")?;
                let file = files.iter().find(|file| file.id == id);
                let state = file.map_or(State::Applied, |file| state(row, file, within.tree, &mut faults));
                let title = crate::database::text(row, "name").and_then(|title| words(&title));
                Some(Recorded { order: by_number(&id), id, title, state })
            })
            .collect();
        let (migrations, more) = compare(&files, &rows, &LATE, &GONE);
        faults.extend(more);
        History {
            tool: Some(Tool::Supabase),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: Vec::new(),
        }
    }
}

fn state(row: &crate::Row, file: &Listed, tree: &Tree, faults: &mut Vec<Fault>) -> State {
    // Without statements, as after `migration repair`, nothing can be compared.
    let Some(Value::Array(statements)) =
        row.get("statements").filter(|value| value.as_array().is_some_and(|list| !list.is_empty()))
    else {
        return State::Applied;
    };
    let ran: Vec<&str> = statements.iter().filter_map(Value::as_str).collect();
    let written = match tree.bytes(&file.file) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            faults.push(
                Fault::new(Code::M115, file.id.clone(), format!("{} can't be read: {error}", file.file))
                    .at(file.file.clone(), None),
            );
            return State::Unknown;
        }
    };
    if words_of(&written) == words_of(&ran.join("\n;\n")) {
        return State::Applied;
    }
    faults.push(
        edited(&file.id, &file.file, "its statements are not those that were recorded when it ran")
            .why("Supabase keeps the statements and never compares them: nothing else tells")
            .way(format!(
                "restore the file as it ran, and put the change into a new migration: `git log -- {}`",
                file.file
            )),
    );
    State::Edited
}

/// The words of SQL without comments, white space and semicolons: the tool splits a file and trims each statement. Text that is no SQL
/// is held together by its characters.
fn words_of(sql: &str) -> Vec<String> {
    match tokenize(sql) {
        Ok(tokens) => tokens
            .iter()
            .filter(|token| token.kind != TokenKind::Semicolon)
            .map(|token| token.text(sql).to_owned())
            .collect(),
        Err(_) => sql
            .split_whitespace()
            .map(|word| word.trim_end_matches(';').to_owned())
            .filter(|word| !word.is_empty())
            .collect(),
    }
}
