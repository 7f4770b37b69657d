//! Liquibase: change sets in formatted SQL: a file that the root changelog includes, or at the end of a root that is SQL itself.
//!
//! - `runInTransaction:false` of a change set takes the transaction away, `splitStatements:false` sends it as it is
//!   (<https://docs.liquibase.com/concepts/changelogs/sql-format.html>).
//! - A change set that ran is not run again, so that each has the settings that it needs.
//! - `includeAll` of the folder takes a new file by itself; else the root gets an `include`, which Liquibase needs.

use crate::baseline::{Baseline, Wanted, word};
use crate::given::{File, Given, Refusal, folder, join, name};
use crate::text::{NO_WAY_BACK, body, comment, left};
use crate::version::{Style, next};
use crate::work::{Batch, Transactions};
use crate::writer::{Described, Writer};

/// The tool.
pub(crate) struct Liquibase;

impl Writer for Liquibase {
    fn transactions(&self) -> Transactions {
        Transactions::Message
    }

    fn orders(&self) -> &'static [&'static str] {
        &[
            "liquibase",
            "changeset",
            "rollback",
            "comment",
            "precondition",
            "property",
            "ignorelines",
            "validchecksum",
        ]
    }

    fn described(&self) -> Described {
        Described {
            file: "`<time>_<name>.sql`, with its `include` in a root of XML or YAML; a root of SQL goes on",
            outside: "`runInTransaction:false`, one statement a change set",
            baseline: "`liquibase changelog-sync`, for all",
        }
    }

    fn write(&self, given: &Given<'_>, batches: &[Batch]) -> Result<Vec<File>, Refusal> {
        let root = root(given)?;
        let version = next(std::iter::empty(), Style::Seconds, given.now, 1).concat();
        let file_name = format!("{version}_{}.sql", given.name);
        let mut sets = String::new();
        for (at, batch) in batches.iter().enumerate() {
            let outside = if batch.outside { " runInTransaction:false" } else { "" };
            sets += &format!(
                "\n--changeset trueup:{version}-{}-{} splitStatements:false{outside}\n{}--rollback empty\n",
                given.name,
                at + 1,
                body(batch, "--", "", &|sql| format!("{sql}\n")),
            );
        }
        let sets =
            format!("{}-- {NO_WAY_BACK}\n{sets}{}", comment("--", given.head), left(given, "--", true));
        let text = text_of(given, root)?;
        let ending = root.rsplit_once('.').map_or("", |(_, ending)| ending);
        if ending == "sql" {
            return Ok(vec![File::list(root, format!("{}\n\n{sets}", text.trim_end()))]);
        }
        let home = given.into.map_or_else(|| home(given, root), |_| given.folder().to_owned());
        let path = join(&home, &file_name);
        let file = File::new(path.clone(), format!("--liquibase formatted sql\n\n{sets}"));
        if includes_all(&text, root, &home) {
            return Ok(vec![file]);
        }
        let from_root = match folder(root) {
            "" => path.clone(),
            top => path.strip_prefix(&format!("{top}/")).unwrap_or(&path).to_owned(),
        };
        let relative = from_root != path || folder(root).is_empty();
        let included = match ending {
            "xml" => in_xml(&text, &from_root, relative),
            "yaml" | "yml" => in_yaml(&text, &from_root, relative),
            _ => None,
        };
        let included = included.ok_or_else(|| {
            Refusal::new(
                format!("{root} is no changelog that an include can be added to"),
                "name a folder that an includeAll takes with --into; XML, YAML and SQL are known",
            )
        })?;
        Ok(vec![file, File::list(root, included)])
    }

    fn baseline(&self, given: &Given<'_>, wanted: &Wanted<'_>) -> Result<Baseline, Refusal> {
        if !wanted.all {
            return Err(Refusal::new(
                "Liquibase marks all change sets or those up to a tag, and the changelog has none here",
                "without --through; or `liquibase changelog-sync-to-tag TAG`",
            ));
        }
        Ok(Baseline::Commands(vec![format!(
            "liquibase changelog-sync --changelog-file {}",
            word(root(given)?)
        )]))
    }
}

/// The file where a run begins: one that is called so, and that no other includes.
fn root<'a>(given: &Given<'a>) -> Result<&'a str, Refusal> {
    let folder_of = given.history.folder.trim_start_matches("./");
    let folder_of = if folder_of == "." { "" } else { folder_of };
    let mut named: Vec<&str> = given
        .tree
        .matching("**/*changelog*.{xml,yaml,yml,json,sql}")
        .into_iter()
        .filter(|file| folder(file) == folder_of)
        .collect();
    named.sort_by_key(|file| (!name(file).contains("master") && !name(file).contains("root"), file.len()));
    let formatted = || {
        let files: Vec<&str> =
            given.files().map(|(_, file)| file).filter(|file| file.ends_with(".sql")).collect();
        files.last().copied()
    };
    named.first().copied().or_else(formatted).ok_or_else(|| {
        Refusal::new(
            "there is no changelog in this folder",
            "name the folder of the root changelog with --into",
        )
    })
}

fn text_of(given: &Given<'_>, file: &str) -> Result<String, Refusal> {
    let bytes = given.tree.bytes(file).map_err(|error| {
        Refusal::new(format!("{file} can't be read: {error}"), "the new change sets have to be listed in it")
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Refusal::new(format!("{file} is no UTF-8"), "the new change sets have to be listed in it")
    })
}

/// Where the newest changelog lies, that the root includes.
fn home(given: &Given<'_>, root: &str) -> String {
    let newest = given.files().map(|(_, file)| file).filter(|file| *file != root).last();
    folder(newest.unwrap_or(root)).to_owned()
}

/// Whether the root takes every file of a folder.
fn includes_all(text: &str, root: &str, home: &str) -> bool {
    let short = home.strip_prefix(folder(root)).unwrap_or(home).trim_matches('/');
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("includeAll") {
        let path =
            after.split_once("path").map(|(_, path)| path.trim_start_matches(['=', ':', ' ', '"', '\'']));
        let path = path.and_then(|path| path.split(['"', '\'', '\n']).next()).unwrap_or_default();
        let path = path.trim().trim_start_matches("./").trim_end_matches('/');
        if !path.is_empty() && (path == home || path == short) {
            return true;
        }
        rest = after;
    }
    false
}

fn in_xml(text: &str, file: &str, relative: bool) -> Option<String> {
    let at = text.rfind("</databaseChangeLog>")?;
    let (before, after) = text.split_at(at);
    let relative = if relative { " relativeToChangelogFile=\"true\"" } else { "" };
    Some(format!("{}\n    <include file=\"{}\"{relative}/>\n{after}", before.trim_end(), attribute(file)))
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// At the end of the list, indented as its entries are.
fn in_yaml(text: &str, file: &str, relative: bool) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "databaseChangeLog:");
    lines.next()?;
    let entry = lines.find(|line| line.trim_start().starts_with("- "))?;
    let indent = entry.len() - entry.trim_start().len();
    let pad = " ".repeat(indent);
    // Nothing may come after the list.
    let top = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())).count();
    if top != 1 {
        return None;
    }
    let relative =
        if relative { format!("{pad}      relativeToChangelogFile: true\n") } else { String::new() };
    let quoted = serde_json::Value::String(file.to_owned());
    Some(format!("{}\n{pad}- include:\n{pad}      file: {quoted}\n{relative}", text.trim_end()))
}
