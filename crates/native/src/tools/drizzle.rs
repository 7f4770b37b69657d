//! Drizzle: `<number>_<name>.sql` with an entry in `meta/_journal.json` and a snapshot; from 1.0 on `<time>_<name>/` with both.
//!
//! - All pending migrations run in one transaction (`drizzle-orm/src/pg-core/dialect.ts`, `migrate`): what can't be part of one, and what reads
//!   rows, is left out.
//! - Statements end at `--> statement-breakpoint` (`drizzle-orm/src/migrator.ts`).
//! - The snapshot is the last one over again, with an id of its own that follows it, as `drizzle-kit generate --custom` writes it: a repair
//!   changes the database, and not what the code says.
//! - The time of an entry counts: one before the newest applied never runs.

use crate::baseline::{Baseline, Wanted};
use crate::given::{File, Given, Refusal, folder, join, name};
use crate::rows::{Rows, text};
use crate::text::{body, comment, left};
use crate::version::{Style, digits};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};
use serde_json::Value;
use trueup_history::checksum::sha256;

/// The tool.
pub(crate) struct Drizzle;

const BREAK: &str = "--> statement-breakpoint";

impl Writer for Drizzle {
    fn transactions(&self) -> Transactions {
        Transactions::Run
    }

    fn orders(&self) -> &'static [&'static str] {
        &["> statement-breakpoint"]
    }

    fn described(&self) -> Described {
        Described {
            file: "`<number>_<name>.sql`, its entry in `_journal.json` and its snapshot; from 1.0 `<time>_<name>/`",
            outside: "no way: left out",
            baseline: "rows of `__drizzle_migrations`, with their hashes",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let statement = |sql: &str| format!("{sql}\n{BREAK}\n");
        let all: String = batches.iter().map(|batch| body(batch, "--", "", &statement)).collect();
        // A break at the end would leave an empty statement.
        let all = all.trim_end().trim_end_matches(BREAK).trim_end();
        let text = format!("{}\n{all}\n{}", comment("--", given.head), left(given, "--", true));
        let journal = join(given.folder(), "meta/_journal.json");
        if given.tree.has(&journal) { journalled(given, &journal, text) } else { in_folder(given, text) }
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        let named =
            given.history.table.is_none() && !given.tree.has(&join(given.folder(), "meta/_journal.json"));
        let columns = if named {
            "id serial PRIMARY KEY,\n    hash text NOT NULL,\n    created_at bigint,\n    name text,\n    applied_at timestamptz DEFAULT now()"
        } else {
            "id serial PRIMARY KEY,\n    hash text NOT NULL,\n    created_at bigint"
        };
        let create = format!(
            "CREATE SCHEMA IF NOT EXISTS drizzle;\nCREATE TABLE IF NOT EXISTS {{table}} (\n    {columns}\n);"
        );
        let mut rows = Rows::new(given, "drizzle.__drizzle_migrations", &create);
        let journal = entries(given, &join(given.folder(), "meta/_journal.json"));
        for migration in &wanted.migrations {
            let bytes = super::bytes(given, migration)?;
            let when = journal
                .iter()
                .find(|(tag, _)| *tag == migration.id)
                .map(|(_, when)| *when)
                .or_else(|| milliseconds(&migration.id))
                .ok_or_else(|| {
                    Refusal::new(format!("migration {} has no time", migration.id), "`npx drizzle-kit check`")
                })?;
            let mut columns = vec![("hash", text(&sha256(&bytes))), ("created_at", when.to_string())];
            if named {
                columns.push(("name", text(&migration.id)));
            }
            rows.add(("created_at", &when.to_string()), &columns);
        }
        Ok(Baseline::Sql(rows.done()))
    }
}

/// The tags and times of a journal.
fn entries(given: &Given<'_>, journal: &str) -> Vec<(String, i64)> {
    let read = given.tree.bytes(journal).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let list = read.as_ref().and_then(|value| value.get("entries")).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.get("tag")?.as_str()?.to_owned(), entry.get("when")?.as_i64()?)))
        .collect()
}

fn milliseconds(id: &str) -> Option<i64> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", id.get(..14)?).ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp().as_millisecond())
}

fn unlike(file: &str) -> Refusal {
    Refusal::new(
        format!("{file} is not as drizzle-kit writes it"),
        "`npx drizzle-kit check` tells more of it",
    )
}

fn journalled(given: &Given<'_>, journal: &str, sql: String) -> Result<Vec<File>, Refusal> {
    let bytes = given.tree.bytes(journal).map_err(|_| unlike(journal))?;
    let old = String::from_utf8(bytes).map_err(|_| unlike(journal))?;
    let listed = entries(given, journal);
    let prefixed: Vec<&str> = listed.iter().map(|(tag, _)| tag.as_str()).collect();
    let (number, name) =
        given.next_after(&prefixed, Style::Count(4), 1).into_iter().next().ok_or_else(|| unlike(journal))?;
    // With `prefix: 'index'`, the usual one, numbers begin with 0000.
    let number = if listed.is_empty() { "0000".to_owned() } else { number };
    let tag = format!("{number}_{name}");
    let newest = listed.iter().map(|(_, when)| *when).max().unwrap_or(0);
    let when = given.now.as_millisecond().max(newest + 1);
    let version = serde_json::from_str::<Value>(&old)
        .ok()
        .and_then(|value| value.get("version")?.as_str().map(str::to_owned))
        .ok_or_else(|| unlike(journal))?;
    let entry = format!(
        "    {{\n      \"idx\": {},\n      \"version\": \"{version}\",\n      \"when\": {when},\n      \"tag\": \"{tag}\",\n      \"breakpoints\": true\n    }}",
        listed.len()
    );
    let end = old.rfind(']').ok_or_else(|| unlike(journal))?;
    let (before, after) = old.split_at(end);
    let before = before.trim_end();
    let comma = if before.ends_with('[') { "" } else { "," };
    let new = format!("{before}{comma}\n{entry}\n  {after}");
    // It must be what it was and one more.
    let count = serde_json::from_str::<Value>(&new)
        .ok()
        .and_then(|value| value.get("entries").and_then(Value::as_array).map(Vec::len));
    if count != Some(listed.len() + 1) {
        return Err(unlike(journal));
    }
    let mut files = vec![File::new(join(given.folder(), &format!("{tag}.sql")), sql)];
    let last = listed.last().map(|(tag, _)| format!("meta/{}_snapshot.json", digits(tag)));
    if let Some(last) = last.map(|last| join(given.folder(), &last)).filter(|last| given.tree.has(last)) {
        let path = join(given.folder(), &format!("meta/{number}_snapshot.json"));
        files.push(File::new(path, snapshot(given, &last)?));
    }
    files.push(File::list(journal, new));
    Ok(files)
}

fn in_folder(given: &Given<'_>, sql: String) -> Result<Vec<File>, Refusal> {
    let there: Vec<&str> = given.files().map(|(_, file)| name(folder(file))).collect();
    let Some((version, name)) = given.next_after(&there, Style::Seconds, 1).into_iter().next() else {
        return Ok(Vec::new());
    };
    let home = join(given.folder(), &format!("{version}_{name}"));
    let mut files = vec![File::new(join(&home, "migration.sql"), sql)];
    let last =
        given.newest().map(|file| join(folder(file), "snapshot.json")).filter(|file| given.tree.has(file));
    if let Some(last) = last {
        files.push(File::new(join(&home, "snapshot.json"), snapshot(given, &last)?));
    }
    Ok(files)
}

/// The same snapshot with an id of its own, after the one that it had.
fn snapshot(given: &Given<'_>, last: &str) -> Result<String, Refusal> {
    let bytes = given.tree.bytes(last).map_err(|_| unlike(last))?;
    let text = String::from_utf8(bytes).map_err(|_| unlike(last))?;
    let value: Value = serde_json::from_str(&text).map_err(|_| unlike(last))?;
    let id = value.get("id").and_then(Value::as_str).ok_or_else(|| unlike(last))?;
    let before: Vec<&str> = match (value.get("prevId"), value.get("prevIds")) {
        (Some(Value::String(before)), _) => vec![before],
        (_, Some(Value::Array(list))) => list.iter().filter_map(Value::as_str).collect(),
        _ => return Err(unlike(last)),
    };
    let digest = sha256(format!("{id} {}", given.now).as_bytes());
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    let new = format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32));
    let quoted = |id: &str| format!("\"{id}\"");
    // The ids are looked for as they stand: written anew, the file would come in another order.
    let out = text.replacen(&quoted(id), "\"\u{0}\"", 1);
    let out = match before.as_slice() {
        [one] => out.replacen(&quoted(one), &quoted(id), 1),
        _ => {
            let start = out.find("\"prevIds\"").and_then(|at| out.get(at..)?.find('[').map(|open| at + open));
            let end = start.and_then(|start| out.get(start..)?.find(']').map(|close| start + close));
            match start.zip(end) {
                Some((start, end)) => {
                    format!(
                        "{}[\n    {}\n  {}",
                        out.get(..start).unwrap_or_default(),
                        quoted(id),
                        out.get(end..).unwrap_or_default()
                    )
                }
                None => return Err(unlike(last)),
            }
        }
    };
    Ok(out.replacen("\"\u{0}\"", &quoted(&new), 1))
}
