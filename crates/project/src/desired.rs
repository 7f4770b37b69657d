//! What could state the desired schema, the best first.
//!
//! Owns: the candidates and whether trueup reads each of them as its tool would. Never: reads SQL as SQL.
//!
//! trueup reads every `.sql` file of a folder, in the order of the bytes of their paths. A folder of migrations is only proposed
//! where that is what its tool does: no file undoes another, no other files lie there, and the tool's order is the same.

use crate::tools::{Kind, Order, STATEMENTS, Tool, Undo};
use crate::tree::{Tree, folders, is_below, matcher, name, up};
use std::cmp::Ordering;

/// Something that could state the desired schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The files and folders, as `desired` names them.
    pub paths: Vec<String>,
    /// What it is.
    pub why: String,
    /// Why trueup can't read it as it is meant; `None` where it can.
    pub unusable: Option<String>,
}

/// A folder of migrations of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrations {
    /// The folder; `.` for the project's own.
    pub folder: String,
    /// How many files the tool runs there.
    pub files: usize,
    /// Why the folder can't be read as the tool would; `None` where it can.
    pub unusable: Option<String>,
}

/// The folders of a tool's migrations that no other tool has taken.
pub fn migrations(tree: &Tree, tool: &Tool, taken: &[String]) -> Vec<Migrations> {
    let Kind::Sql { order, undo } = &tool.kind else { return Vec::new() };
    let mut files: Vec<&str> = Vec::new();
    let mut tops: Vec<&str> = Vec::new();
    for place in tool.migrations {
        let here: Vec<&str> =
            tree.matching(place.path).into_iter().filter(|file| !is_taken(file, taken)).collect();
        tops.extend(folders(&here, place.up).into_keys());
        files.extend(here);
    }
    files.sort_unstable();
    files.dedup();
    tops.sort_unstable();
    tops.dedup();
    let all = tops.clone();
    tops.retain(|top| !all.iter().any(|other| other != top && is_below(top, other)));
    tops.into_iter()
        .map(|folder| {
            (folder, files.iter().copied().filter(|file| is_below(file, folder)).collect::<Vec<_>>())
        })
        .filter(|(_, own)| has_its_mark(tree, tool, own))
        .map(|(folder, own)| Migrations {
            folder: named(folder),
            files: own.len(),
            unusable: unusable(tree, folder, &own, *order, undo),
        })
        .collect()
}

/// A tool that is known by a line in its SQL has that line in each of its folders; another folder of the same shape is not its.
fn has_its_mark(tree: &Tree, tool: &Tool, own: &[&str]) -> bool {
    let mut lines = tool.marks.iter().filter(|m| m.path.ends_with(".sql") && !m.says.is_empty()).peekable();
    lines.peek().is_none() || lines.any(|mark| own.iter().any(|file| tree.text(file).contains(mark.says)))
}

/// Whether a file lies in a folder that a tool has taken.
pub fn is_taken(file: &str, taken: &[String]) -> bool {
    taken.iter().any(|folder| holds(folder, file))
}

/// Whether a file lies in a folder as it is named; the project's own folder holds what lies in it directly.
fn holds(folder: &str, file: &str) -> bool {
    if folder == "." { !file.contains('/') } else { is_below(file, folder) }
}

fn named(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}

fn unusable(tree: &Tree, folder: &str, own: &[&str], order: Order, undo: &[Undo]) -> Option<String> {
    let sql: Vec<&str> = tree.below(folder).filter(|path| is_sql(path)).collect();
    for file in &sql {
        if let Some(how) = undo.iter().find(|how| undoes(tree, file, **how)) {
            return Some(match how {
                Undo::Ends(_) | Undo::Begins(_) => {
                    format!("{} undoes a migration, and a folder is read whole", inside(file, folder))
                }
                Undo::Line(line) => {
                    format!("{} undoes itself after `{line}`, and a file is read whole", inside(file, folder))
                }
            });
        }
    }
    if let Some(other) = sql.iter().find(|file| !own.contains(file)) {
        return Some(format!(
            "{} is none of its migrations, and a folder is read whole",
            inside(other, folder)
        ));
    }
    if let Order::Listed(list) = order {
        return Some(format!("{list} says in which order its files run, and a folder is read by name"));
    }
    let mut by_tool = own.to_vec();
    by_tool.sort_by(|a, b| compare(order, name_in_order(a), name_in_order(b)).then_with(|| a.cmp(b)));
    own.iter().zip(&by_tool).find(|(a, b)| a != b).map(|(by_name, by_tool)| {
        format!(
            "{} runs before {}, and a folder is read in the order of names",
            inside(by_tool, folder),
            inside(by_name, folder)
        )
    })
}

/// Migrations in folders of their own (`2024_x/up.sql`) are ordered by the folder.
fn name_in_order(path: &str) -> &str {
    let file = name(path);
    if matches!(file, "up.sql" | "migration.sql") { name(up(path, 1)) } else { file }
}

fn inside<'a>(path: &'a str, folder: &str) -> &'a str {
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
}

fn is_sql(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("sql"))
}

fn undoes(tree: &Tree, file: &str, how: Undo) -> bool {
    match how {
        Undo::Ends(end) => name(file).ends_with(end),
        Undo::Begins(start) => {
            name(file).strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        }
        Undo::Line(line) => tree.text(file).lines().any(|text| begins(text, line)),
    }
}

/// Whether a line begins so, blanks and letter case aside.
fn begins(text: &str, start: &str) -> bool {
    let mut words = text.split_whitespace();
    start.split_whitespace().all(|wanted| words.next().is_some_and(|word| word.eq_ignore_ascii_case(wanted)))
}

fn compare(order: Order, a: &str, b: &str) -> Ordering {
    match order {
        Order::Name | Order::Listed(_) => Ordering::Equal,
        Order::Number => digits(a).cmp(&digits(b)),
        Order::Version => version(a).cmp(&version(b)),
    }
}

/// The number that a name begins with, without zeros before it: by its length, then its digits.
fn digits(name: &str) -> (usize, &str) {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    let number = name.get(..end).unwrap_or_default().trim_start_matches('0');
    (number.len(), number)
}

/// `V1.2__x` as `[1, 2]`; `R__x` after every version.
fn version(name: &str) -> (bool, Vec<(usize, &str)>) {
    let head = name.split_once("__").map_or(name, |(head, _)| head);
    let repeatable = head == "R";
    let parts = head.trim_start_matches(['V', 'B', 'U', 'R']).split(['.', '_', '-']).map(digits).collect();
    (repeatable, parts)
}

/// Every candidate, the best first: what states a whole schema, then migrations that can be read, then other files that create
/// tables, then what can't be used.
pub fn candidates(tree: &Tree, found: &[(&'static Tool, Vec<Migrations>)]) -> Vec<Candidate> {
    let taken: Vec<String> =
        found.iter().flat_map(|(_, folders)| folders.iter().map(|m| m.folder.clone())).collect();
    let mut out: Vec<(Rank, Candidate)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (at, statement) in STATEMENTS.iter().enumerate() {
        let known = statement.tool.is_none_or(|tool| found.iter().any(|(t, _)| t.name == tool));
        if !known {
            continue;
        }
        let files: Vec<&str> = tree
            .matching(statement.path)
            .into_iter()
            .filter(|file| !seen.iter().any(|s| s == file || holds(s, file)) && !is_taken(file, &taken))
            .collect();
        let groups: Vec<(String, Vec<&str>)> = if statement.up == 0 {
            files.iter().map(|file| ((*file).to_owned(), vec![*file])).collect()
        } else {
            folders(&files, statement.up).into_iter().map(|(f, files)| (named(f), files)).collect()
        };
        for (path, files) in groups {
            let creates = files.iter().any(|file| creates_tables(&tree.text(file)));
            if !creates {
                continue;
            }
            let other = files.iter().find_map(|file| other_server(&tree.text(file)));
            let unusable = other.map(|server| format!("it is written for {server}"));
            let rank = Rank::of(&path, if statement.tool.is_some() { 0 } else { 1 }, at, unusable.is_some());
            seen.push(path.clone());
            out.push((rank, Candidate { paths: vec![path], why: statement.why.to_owned(), unusable }));
        }
    }
    for (at, (tool, places)) in found.iter().enumerate() {
        for place in places {
            let why = format!("{}'s migrations ({}), read in their order", tool.name, count(place.files));
            let rank = Rank::of(&place.folder, 2, at, place.unusable.is_some());
            seen.push(place.folder.clone());
            out.push((
                rank,
                Candidate { paths: vec![place.folder.clone()], why, unusable: place.unusable.clone() },
            ));
        }
    }
    for (folder, files) in rest(tree, &seen) {
        // A folder is read whole; where it holds more than what creates tables, the files are named.
        let whole = tree.below(&folder).filter(|path| is_sql(path)).all(|path| defines(&tree.text(path)));
        let path = named(&folder);
        let rank = Rank::of(&path, 3, usize::MAX - files.len(), false);
        let (paths, why) = match files.as_slice() {
            [one] if tree.text(one).starts_with(LIQUIBASE) => (
                vec![one.clone()],
                "a changelog in SQL; its contexts, labels and dbms are not looked at".to_owned(),
            ),
            [one] => (vec![one.clone()], "it creates tables".to_owned()),
            many if whole || many.len() > NAMED_FILES => {
                (vec![path], "its files create tables, read in the order of their names".to_owned())
            }
            many => (many.to_vec(), "they create tables, read in this order".to_owned()),
        };
        out.push((rank, Candidate { paths, why, unusable: None }));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out.into_iter().map(|(_, candidate)| candidate).collect()
}

/// How a changelog in SQL begins; what undoes a changeset is a comment there.
const LIQUIBASE: &str = "--liquibase formatted sql";
/// So many files are named one by one.
const NAMED_FILES: usize = 8;
/// So many further `.sql` files are looked into.
const LOOKED_INTO: usize = 2_000;

/// `.sql` files beside all that is known, by folder, which create tables as PostgreSQL would.
fn rest(tree: &Tree, seen: &[String]) -> Vec<(String, Vec<String>)> {
    let Some(sql) = matcher("**/*.{sql,SQL}") else { return Vec::new() };
    let files: Vec<&str> = tree
        .files()
        .filter(|file| sql.is_match(file))
        .filter(|file| !seen.iter().any(|s| s == file || holds(s, file)))
        .take(LOOKED_INTO)
        .filter(|file| {
            let text = tree.text(file);
            creates_tables(&text) && other_server(&text).is_none()
        })
        .collect();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for file in files {
        let folder = up(file, 1).to_owned();
        match groups.iter_mut().find(|(f, _)| *f == folder) {
            Some((_, files)) => files.push(file.to_owned()),
            None => groups.push((folder, vec![file.to_owned()])),
        }
    }
    groups
}

/// `1 file`, `2 files`.
pub fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

fn creates_tables(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        if bare(word) != "create" {
            continue;
        }
        let mut next = words.clone();
        match next.next() {
            Some("table") => return true,
            Some("unlogged" | "foreign") if next.next() == Some("table") => return true,
            _ => {}
        }
    }
    false
}

/// Whether a file defines or changes anything, rather than filling or asking.
fn defines(text: &str) -> bool {
    text.to_ascii_lowercase()
        .split_ascii_whitespace()
        .any(|word| matches!(bare(word), "create" | "alter" | "comment" | "grant"))
}

/// A word without what stands before it, as in `;create`.
fn bare(word: &str) -> &str {
    word.trim_start_matches(|c: char| !c.is_ascii_alphabetic())
}

/// The server that SQL is written for, where it is not PostgreSQL.
fn other_server(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["ENGINE=INNODB", "ENGINE = INNODB", " AUTO_INCREMENT", "CREATE TABLE `"]) {
        Some("MySQL")
    } else if has(&[" AUTOINCREMENT", "PRAGMA FOREIGN_KEYS"]) {
        Some("SQLite")
    } else if has(&["\nGO\n", "\nGO\r\n", " NVARCHAR(", "IDENTITY(1,1)"]) {
        Some("SQL Server")
    } else if has(&[" VARCHAR2(", " NUMBER("]) {
        Some("Oracle")
    } else if has(&["ENGINE = MERGETREE", "ENGINE = REPLACINGMERGETREE", "ENGINE=MERGETREE"]) {
        Some("ClickHouse")
    } else {
        None
    }
}

/// What is tried first: what can be used, what is no test's or example's, what states a whole schema, what lies less deep.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    unusable: bool,
    beside: bool,
    sort: u8,
    depth: usize,
    at: usize,
    path: String,
}

impl Rank {
    fn of(path: &str, sort: u8, at: usize, unusable: bool) -> Self {
        let beside = path.split('/').any(|part| {
            matches!(
                part.to_ascii_lowercase().as_str(),
                "test"
                    | "tests"
                    | "testdata"
                    | "test-data"
                    | "__tests__"
                    | "spec"
                    | "specs"
                    | "fixtures"
                    | "example"
                    | "examples"
                    | "docs"
                    | "doc"
                    | "benchmark"
                    | "benches"
                    | "samples"
            )
        });
        Rank { unusable, beside, sort, depth: path.split('/').count(), at, path: path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        let sorted = |order: Order, names: &[&'static str]| {
            let mut names = names.to_vec();
            names.sort_by(|a, b| compare(order, a, b));
            names
        };
        assert_eq!(
            sorted(
                Order::Version,
                &["R__views.sql", "V10__c.sql", "V2__b.sql", "V1.5__a.sql", "V1_4__z.sql"]
            ),
            ["V1_4__z.sql", "V1.5__a.sql", "V2__b.sql", "V10__c.sql", "R__views.sql"]
        );
        assert_eq!(sorted(Order::Number, &["10_b.sql", "009_a.sql"]), ["009_a.sql", "10_b.sql"]);
    }

    #[test]
    fn what_creates_tables_and_for_which_server() {
        assert!(creates_tables("-- a\nCREATE TABLE IF NOT EXISTS x ()"));
        assert!(creates_tables(";create\n unlogged table x ()"));
        assert!(!creates_tables("SELECT * FROM create_table; CREATE INDEX i ON table_a (b)"));
        assert_eq!(other_server("create table `a` (id int auto_increment)"), Some("MySQL"));
        assert_eq!(other_server("create table a (id integer primary key autoincrement)"), Some("SQLite"));
        assert_eq!(other_server("create table a (number text, n numeric(3))"), None);
    }

    #[test]
    fn a_line_that_undoes_is_known_in_any_case() {
        assert!(begins("  -- +GOOSE  Down", "-- +goose Down"));
        assert!(!begins("-- +goose Download", "-- +goose Down"));
    }
}
