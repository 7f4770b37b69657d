//! Turns an entry's files into what is loaded and what is handed to trueup: the same text for both.

use crate::entry::{Entry, Source};
use std::path::{Path, PathBuf};
use trueup_testkit::psql::run_script_with;
use trueup_testkit::script::{Item, split};
use trueup_testkit::{Error, Result, TestDatabase, block_on};

/// The text of a source, as the notes of its entry say that it is loaded.
fn text(entry: &Entry, source: &Source) -> Result<String> {
    let bytes = std::fs::read(&source.path).map_err(|error| Error::path("reading", &source.path, error))?;
    // Some old dumps hold Latin-1 in comments and data.
    let mut text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().iter().copied().map(char::from).collect());
    for (from, to) in &entry.substitutions {
        text = text.replace(from, to);
    }
    if entry.drops_lines {
        text = blank_lines(&text, |line| {
            let lower = line.trim_start().to_ascii_lowercase();
            lower.starts_with("\\copy ")
                || line.starts_with("\\c ")
                || line.starts_with("\\connect ")
                || lower.starts_with("drop database")
                || lower.starts_with("create database")
        });
    }
    if entry.only_up {
        let mut down = false;
        text = blank_lines(&text, |line| {
            let line = line.trim().to_ascii_lowercase();
            if line.starts_with("-- +goose down") {
                down = true;
            } else if line.starts_with("-- +goose up") {
                down = false;
            }
            down
        });
    }
    Ok(text)
}

/// Empties the lines that `drop` names, so that the numbers of the others stay.
fn blank_lines(text: &str, mut drop: impl FnMut(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if drop(line) {
            if line.ends_with('\n') {
                out.push('\n');
            }
        } else {
            out.push_str(line);
        }
    }
    out
}

/// The SQL of one side of an entry, as files to hand to trueup; those that are changed on the way lie in `dir`.
pub(crate) fn desired_files(
    entry: &Entry,
    side: Side,
    search_path: Option<&str>,
    dir: &Path,
) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let write = |name: &str, text: &str| -> Result<PathBuf> {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| Error::path("writing", &path, error))?;
        Ok(path)
    };
    for (index, source) in entry.before.iter().enumerate() {
        if source.prelude {
            files.push(write(&format!("prelude-{index}.sql"), &without_do_blocks(&text(entry, source)?))?);
        } else {
            files.push(source.path.clone());
        }
    }
    let pre_sql: Vec<&str> =
        entry.pre_sql.iter().map(String::as_str).filter(|sql| !sets_database(sql)).collect();
    if !pre_sql.is_empty() {
        files.push(write("pre.sql", &format!("{};\n", pre_sql.join(";\n")))?);
    }
    // The database's search_path applies to the session of each file; on its first line it moves no other.
    let set = search_path.map(|path| format!("SET search_path = {path}; ")).unwrap_or_default();
    let changed = !entry.substitutions.is_empty() || entry.drops_lines || entry.only_up || !set.is_empty();
    for (index, source) in sources(entry, side).enumerate() {
        if changed {
            files.push(write(&format!("desired-{index:04}.sql"), &format!("{set}{}", text(entry, source)?))?);
        } else {
            files.push(source.path.clone());
        }
    }
    Ok(files)
}

/// The DO blocks of preludes make roles and set the database's search_path: they are about the cluster, so they are
/// loaded and not wished for. Everything else in a prelude is.
fn without_do_blocks(text: &str) -> String {
    split(text)
        .iter()
        .filter_map(|item| match item {
            Item::Statement { sql, .. } if !sql.trim_start().to_ascii_lowercase().starts_with("do ") => {
                Some(format!("{sql};\n"))
            }
            Item::Statement { .. } | Item::Copy { .. } | Item::Backslash { .. } => None,
        })
        .collect()
}

fn sets_database(sql: &str) -> bool {
    sql.trim_start().to_ascii_lowercase().starts_with("alter database")
}

/// The folder of migrations, as it lies; with what comes before it. Where the text of files is changed on the way, a copy.
pub(crate) fn desired_folder(
    entry: &Entry,
    folder: &Path,
    search_path: Option<&str>,
    dir: &Path,
) -> Result<Vec<PathBuf>> {
    // Everything but the migrations themselves.
    let before = Entry { desired: Vec::new(), ..entry.clone() };
    let mut files = desired_files(&before, Side::Desired, None, dir)?;
    if entry.substitutions.is_empty() && !entry.drops_lines && search_path.is_none() {
        files.push(folder.to_owned());
        return Ok(files);
    }
    let copy = dir.join("migrations");
    for found in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let found = found.map_err(|error| Error::message(error.to_string()))?;
        let to = copy.join(found.path().strip_prefix(folder).unwrap_or(found.path()));
        if found.file_type().is_dir() {
            std::fs::create_dir_all(&to).map_err(|error| Error::path("making", &to, error))?;
        } else if found.path().extension().is_some_and(|extension| extension == "sql") {
            let set = search_path.map(|path| format!("SET search_path = {path}; ")).unwrap_or_default();
            let source = Source { path: found.path().to_owned(), prelude: false };
            let text = format!("{set}{}", text(entry, &source)?);
            std::fs::write(&to, text).map_err(|error| Error::path("writing", &to, error))?;
        } else {
            std::fs::copy(found.path(), &to).map_err(|error| Error::path("writing", &to, error))?;
        }
    }
    files.push(copy);
    Ok(files)
}

/// Which side of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Desired,
    Old,
}

/// The pieces of one side, without what comes before both.
fn sources(entry: &Entry, side: Side) -> std::slice::Iter<'_, Source> {
    match side {
        Side::Desired => entry.desired.iter(),
        Side::Old => entry.old.as_slice().iter(),
    }
}

/// Loads one side of `entry`, a connection for each file, as `psql -f` would. `Err` with the first error that
/// matters.
pub(crate) fn load(entry: &Entry, side: Side, database: &TestDatabase<'_>) -> Result<()> {
    for source in &entry.before {
        // Roles belong to the cluster; another entry may have made them already.
        load_text(database, &text(entry, source)?, &source.path, |_, state, _| state == Some("42710"))?;
    }
    for sql in &entry.pre_sql {
        let mut sql = sql.clone();
        if sets_database(&sql)
            && let Some(name) = sql.split_whitespace().nth(2)
        {
            sql = sql.replacen(name, database.name(), 1);
        }
        database.run(&sql)?;
    }
    for source in sources(entry, side) {
        load_text(database, &text(entry, source)?, &source.path, |sql, state, message| {
            entry.tolerated.iter().any(|known| known == message)
                || state == Some("42710") && message.starts_with("role ")
                // Some tools run each migration in a transaction, where LOCK TABLE is allowed.
                || state == Some("25P01") && sql.to_ascii_lowercase().starts_with("lock ")
        })?;
    }
    Ok(())
}

fn load_text(
    database: &TestDatabase<'_>,
    text: &str,
    path: &Path,
    tolerate: impl Fn(&str, Option<&str>, &str) -> bool + Sync,
) -> Result<()> {
    let failure = block_on(async {
        let client = database.connect().await?;
        let mut failure = None;
        run_script_with(&client, text, |failed| {
            let error = &failed.error;
            if tolerate(&failed.sql, error.sqlstate(), error.server_message().unwrap_or_default()) {
                return true;
            }
            failure = Some(failed);
            false
        })
        .await;
        // Some files begin a transaction and leave its end to the program that reads them.
        client.batch_execute("COMMIT").await.map_err(|error| Error::postgres("COMMIT", error))?;
        Ok::<_, Error>(failure)
    })??;
    match failure {
        None => Ok(()),
        Some(failed) => Err(Error::message(format!("{}:{}: {}", path.display(), failed.line, failed.error))),
    }
}

/// The search_path that the prelude gave the database.
pub(crate) fn search_path(database: &TestDatabase<'_>) -> Result<Option<String>> {
    let found = database.query_texts(
        "SELECT substr(setting, length('search_path=') + 1)
         FROM pg_db_role_setting s, unnest(s.setconfig) setting
         WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND setting LIKE 'search\\_path=%'",
    )?;
    Ok(found.into_iter().flatten().next())
}

/// Both sides of an entry as one file each, for runs without a server.
pub(crate) fn one_file(entry: &Entry, side: Side, dir: &Path) -> Result<PathBuf> {
    let mut out = String::new();
    for source in &entry.before {
        let text = text(entry, source)?;
        out.push_str(&if source.prelude { without_do_blocks(&text) } else { text });
        out.push('\n');
    }
    for sql in entry.pre_sql.iter().filter(|sql| !sets_database(sql)) {
        out.push_str(sql);
        out.push_str(";\n");
    }
    let name = match side {
        Side::Desired => "one-desired.sql",
        Side::Old => "one-old.sql",
    };
    for source in sources(entry, side) {
        out.push_str(&text(entry, source)?);
        // A file may end without a semicolon.
        out.push_str("\n;\n");
    }
    let path = dir.join(name);
    std::fs::write(&path, out).map_err(|error| Error::path("writing", &path, error))?;
    Ok(path)
}
