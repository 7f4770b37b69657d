//! What psql does itself while it runs a file: variables, conditions, included files, `\connect`, `\gexec`, `\gset` (manual, psql).
//!
//! Owns: the backslash commands that decide which statements run, and as what text. Those that only print or format are passed over.
//! Never: what is in statements. Files are read only where they lie below the folders of the files that the user named, or below the
//! working folder.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use trueup_syntax::{Cursor, TokenKind, parse_query};

use crate::apply::guard::{Datum, Guard, Record, Variables, text};
use crate::apply::plpgsql::is_harmless;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// How deep files may include each other.
const MAX_DEPTH: u32 = 16;

/// A branch of `\if`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    /// Its statements run.
    Taken,
    /// They don't, and a later branch may.
    Open,
    /// They don't, since another branch did or nothing here runs.
    Closed,
}

/// What psql knows.
#[derive(Debug, Default)]
pub(crate) struct Psql {
    /// Variables; `None` where the value is only known when it runs.
    variables: BTreeMap<String, Option<String>>,
    branches: Vec<Branch>,
    /// The last statement's text.
    pub last: String,
    /// After `\q`.
    quit: bool,
    /// The database of the last `\connect` by name.
    database: Option<String>,
    depth: u32,
    /// The files that are read anyway.
    given: Vec<PathBuf>,
    /// Folders below which files may be included.
    roots: Vec<PathBuf>,
}

impl Psql {
    /// For files that the user named.
    pub fn new(files: &[crate::SourceFile], server_version: u32) -> Self {
        let given: Vec<PathBuf> =
            files.iter().filter_map(|file| Path::new(&*file.name).canonicalize().ok()).collect();
        let folders = given.iter().filter_map(|path| path.parent()).map(Path::to_path_buf);
        let roots = folders.chain(std::env::current_dir().ok().and_then(|p| p.canonicalize().ok())).collect();
        let version = ("SERVER_VERSION_NUM".to_owned(), Some(server_version.to_string()));
        Psql { variables: BTreeMap::from([version]), given, roots, ..Psql::default() }
    }

    /// At the start of a file that the user named.
    pub fn begin(&mut self) {
        self.branches.clear();
        self.quit = false;
        self.database = None;
    }

    /// Whether statements are passed over here.
    pub fn skips(&self) -> bool {
        self.quit || self.branches.iter().any(|branch| *branch != Branch::Taken)
    }

    /// The statement's text with the values of variables; `None` when it has none.
    ///
    /// # Errors
    /// S105 for a variable whose value is only known when it runs.
    fn substitute(&self, sql: &str) -> Outcome<Option<String>> {
        if !sql.contains(':') {
            return Ok(None);
        }
        let Ok(mut c) = Cursor::of(sql) else { return Ok(None) };
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut before = 0;
        while let Some(token) = c.next_token() {
            let colon = c.text_of(&token) == ":"
                && !(before == token.start && sql.get(..before).is_some_and(|s| s.ends_with(':')));
            before = token.end;
            let Some(next) = c.peek().filter(|next| colon && next.start == token.end) else { continue };
            let word = c.text_of(&next);
            let (name, quote) = match (next.kind, word.chars().next()) {
                (TokenKind::Word, _) => (word, None),
                (_, Some(quote @ ('\'' | '"'))) => (word.trim_matches(quote), Some(quote)),
                _ => continue,
            };
            let Some(value) = self.variables.get(name) else { continue };
            let value = value.as_ref().ok_or_else(|| {
                Failure::dynamic(format!("the value of psql's variable {name} is only known when it runs"))
            })?;
            let text = match quote {
                Some('\'') => trueup_catalog::quote_literal(value),
                Some(_) => format!("\"{}\"", value.replace('"', "\"\"")),
                None => value.clone(),
            };
            edits.push((token.start..next.end, text));
        }
        if edits.is_empty() {
            return Ok(None);
        }
        let mut out = String::new();
        let mut at = 0;
        for (range, text) in edits {
            out.push_str(sql.get(at..range.start).unwrap_or_default());
            out.push_str(&text);
            at = range.end;
        }
        out.push_str(sql.get(at..).unwrap_or_default());
        Ok(Some(out))
    }

    /// The arguments of a command: separated by spaces, quoted or not, variables in their place.
    fn arguments(&self, line: &str) -> Vec<Option<String>> {
        let mut list = Vec::new();
        let mut chars = line.chars().peekable();
        loop {
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
            if chars.peek().is_none() {
                return list;
            }
            let mut word = String::new();
            let mut known = true;
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                match c {
                    '\'' | '"' | '`' => {
                        known &= c != '`';
                        while let Some(inner) = chars.next() {
                            if inner == c && chars.next_if_eq(&c).is_none() {
                                break;
                            }
                            word.push(inner);
                        }
                    }
                    ':' => {
                        let mut name = String::new();
                        while let Some(c) =
                            chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '{' | '}' | '?'))
                        {
                            name.push(c);
                        }
                        let asked = name.strip_prefix("{?").and_then(|rest| rest.strip_suffix('}'));
                        match (asked, self.variables.get(&name)) {
                            (Some(asked), _) => {
                                word.push_str(if self.variables.contains_key(asked) {
                                    "TRUE"
                                } else {
                                    "FALSE"
                                });
                            }
                            (None, Some(Some(value))) => word.push_str(value),
                            (None, Some(None)) => known = false,
                            (None, None) => {
                                word.push(':');
                                word.push_str(&name);
                            }
                        }
                    }
                    c => word.push(c),
                }
            }
            list.push(known.then_some(word));
        }
    }
}

/// `ParseVariableBool` of psql: words and their beginnings; anything else is an error that counts as false.
fn is_true(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == "1"
        || word == "on"
        || (!word.is_empty() && ("true".starts_with(&word) || "yes".starts_with(&word)))
}

impl Interpreter<'_> {
    /// Runs a statement of a file as psql sends it.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn sent(&mut self, range: Range<usize>) -> Outcome {
        let sql = self.place.text.get(range.clone()).unwrap_or_default().to_owned();
        let changed = self.psql.substitute(&sql)?;
        self.psql.last = changed.clone().unwrap_or(sql);
        match changed {
            None => self.execute(range),
            Some(text) => self.detached(&text, range, |interp, range| interp.execute(range)),
        }
    }

    /// A backslash command: its name, and the rest of its line.
    pub fn psql_command(&mut self, command: &str, line: &str, range: Range<usize>) {
        let rest = line.trim_start().trim_start_matches('\\').trim_start_matches(command).trim();
        if let "if" | "elif" | "else" | "endif" = command {
            return self.branch(command, rest, range);
        }
        if self.psql.skips() {
            return;
        }
        match command {
            "q" | "quit" => self.psql.quit = true,
            "set" => {
                let mut arguments = self.psql.arguments(rest).into_iter();
                if let Some(Some(name)) = arguments.next() {
                    let value: Option<Vec<String>> = arguments.collect();
                    self.psql.variables.insert(name, value.map(|parts| parts.concat()));
                }
            }
            "unset" => {
                self.psql.variables.remove(rest);
            }
            "getenv" | "prompt" => {
                if let Some(Some(name)) = self
                    .psql
                    .arguments(rest)
                    .into_iter()
                    .find(|a| a.as_deref().is_some_and(|a| !a.contains(' ')))
                {
                    self.psql.variables.insert(name, None);
                }
            }
            "gset" => self.gset(rest),
            "gexec" => self.gexec(range),
            "copy" => {
                if let Ok(mut cursor) = Cursor::of(rest)
                    && let Ok(written) = cursor.qualified_name()
                    && let Some((name, _)) = self.find_relation(&written)
                {
                    self.filled.insert(name);
                }
                self.skipped += 1;
            }
            "c" | "connect" => self.connect(rest, range),
            "i" | "include" | "ir" | "include_relative" => {
                let argument = self.psql.arguments(rest).into_iter().next().flatten();
                let done = argument.as_deref().map_or_else(
                    || Err("its name is only known when it runs".to_owned()),
                    |path| self.include(path),
                );
                if let Err(why) = done {
                    let message = format!("{} is not followed: {why}", line.trim_end());
                    self.gap("psql command", "", message, range);
                }
            }
            _ => {}
        }
    }

    fn branch(&mut self, command: &str, rest: &str, range: Range<usize>) {
        let outer = self.psql.branches.iter().rev().skip(usize::from(command != "if"));
        let runs = !self.psql.quit && outer.into_iter().all(|branch| *branch == Branch::Taken);
        let mut told = true;
        let mut holds = || match self.psql.arguments(rest).into_iter().next() {
            Some(Some(word)) => is_true(&word),
            Some(None) => {
                told = false;
                false
            }
            None => false,
        };
        let next = match (command, self.psql.branches.last().copied()) {
            ("if", _) if !runs => Branch::Closed,
            ("if", _) => {
                if holds() {
                    Branch::Taken
                } else {
                    Branch::Open
                }
            }
            ("elif", Some(Branch::Open)) => {
                if holds() {
                    Branch::Taken
                } else {
                    Branch::Open
                }
            }
            ("else", Some(Branch::Open)) => Branch::Taken,
            _ => Branch::Closed,
        };
        if command != "if" {
            self.psql.branches.pop();
        }
        if command != "endif" {
            self.psql.branches.push(if told { next } else { Branch::Closed });
        }
        if !told {
            let failure = Failure::dynamic("whether this holds is only known when it runs");
            self.report(&failure, range);
        }
    }

    /// The rows of the statement before, where they can be told.
    fn rows_before(&self) -> Option<Vec<Record>> {
        let query = parse_query(self.psql.last.trim().trim_end_matches(';')).ok()?;
        Guard { interp: self, variables: &Variables::new() }.rows_of(&query)
    }

    /// `\gset [prefix]`: the columns of the one row become variables.
    fn gset(&mut self, prefix: &str) {
        let columns = parse_query(self.psql.last.trim())
            .ok()
            .map(|query| crate::expression::output_names(&query, self.major()));
        let row = self.rows_before().and_then(|rows| rows.into_iter().next());
        match row {
            Some(row) => {
                for (name, value) in row {
                    let value = value.and_then(|value| match value {
                        Datum::Bool(yes) => Some(if yes { "t" } else { "f" }.to_owned()),
                        Datum::Null => None,
                        value => text(&value),
                    });
                    self.psql.variables.insert(format!("{prefix}{name}"), value);
                }
            }
            None => {
                for name in columns.into_iter().flatten() {
                    self.psql.variables.insert(format!("{prefix}{name}"), None);
                }
            }
        }
    }

    /// `\gexec`: every value of the result is a statement.
    fn gexec(&mut self, range: Range<usize>) {
        let rows = self.rows_before();
        let statements: Option<Vec<String>> = rows.and_then(|rows| {
            let values = rows.into_iter().flatten().filter(|(_, value)| *value != Some(Datum::Null));
            values.map(|(_, value)| value.as_ref().and_then(text)).collect()
        });
        match statements {
            Some(statements) => {
                for sql in statements {
                    let run = self.detached(&sql, range.clone(), |interp, range| interp.execute(range));
                    if let Err(failure) = run {
                        self.report(&failure, range.clone());
                    }
                }
            }
            None => {
                // Databases and roles are no part of a schema.
                let literal = self.psql.last.find('\'').and_then(|at| self.psql.last.get(at + 1..));
                if !literal.is_some_and(is_harmless) {
                    let failure = Failure::dynamic("\\gexec runs text that is only known when it runs")
                        .help("write the statements out");
                    self.report(&failure, range);
                }
            }
        }
    }

    /// `\connect [-reuse-previous=…] [database | - [user …]]`: another session. What comes after another database's name is for that one.
    fn connect(&mut self, rest: &str, range: Range<usize>) {
        let arguments = self.psql.arguments(rest);
        let mut words = arguments.into_iter().flatten().filter(|word| !word.starts_with("-reuse-previous"));
        let database = words.next().filter(|word| word != "-");
        let role = words.next().filter(|word| word != "-");
        self.new_session();
        self.role = role.map(trueup_catalog::Name::new);
        if database.is_none() {
            return;
        }
        if self.psql.database.is_some() && self.psql.database != database {
            let message = "what follows is for another database; it is read as if it were for the same one";
            self.gap("psql command", "", message, range);
        }
        self.psql.database = database;
    }

    /// Reads another file in this session; why not, if it can't.
    fn include(&mut self, path: &str) -> Result<(), String> {
        if self.psql.depth >= MAX_DEPTH {
            return Err("files include each other too deeply".to_owned());
        }
        // psql's `\i` goes by the working folder; people run it from the folder of the file as well.
        let beside = Path::new(&*self.place.file).parent().map(|folder| folder.join(path));
        let found = beside.into_iter().chain([PathBuf::from(path)]).find(|path| path.is_file());
        let found = found.ok_or_else(|| "there is no such file".to_owned())?;
        let real = found.canonicalize().map_err(|error| error.to_string())?;
        if self.psql.given.contains(&real) {
            return Err("it is read as a file of its own".to_owned());
        }
        if !self.psql.roots.iter().any(|root| real.starts_with(root)) {
            return Err("it lies outside of the folders of the files that were named".to_owned());
        }
        let (files, errors) = crate::source::read(std::slice::from_ref(&found));
        if let Some(error) = errors.first() {
            return Err(error.to_string());
        }
        self.psql.depth += 1;
        for file in &files {
            self.included(file, false);
        }
        self.psql.depth -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{read, read_on};

    fn tables(sql: &str) -> Vec<String> {
        let catalog = read(sql);
        let of = catalog.of_kind(trueup_catalog::ObjectKind::Table);
        of.map(|(key, _)| key.name().as_str().to_owned()).collect()
    }

    #[test]
    fn variables_stand_for_their_values() {
        assert_eq!(
            tables(
                "\\set name tab\n\\set def '''x'''\nCREATE TABLE :name (a text DEFAULT :def, b int DEFAULT '5'::int);\n\\set odd 'Odd one'\nCREATE TABLE :\"odd\" (a text DEFAULT :'odd');"
            ),
            ["Odd one", "tab"]
        );
    }

    #[test]
    fn conditions_choose() {
        assert_eq!(
            tables("\\if true\nCREATE TABLE a ();\n\\else\nCREATE TABLE b ();\n\\endif\nCREATE TABLE c ();"),
            ["a", "c"]
        );
        assert_eq!(
            tables(
                "\\set x 0\n\\if :x\nCREATE TABLE a ();\n\\if true\nCREATE TABLE a2 ();\n\\endif\n\\elif :{?x}\nCREATE TABLE b ();\n\\else\nCREATE TABLE d ();\n\\endif"
            ),
            ["b"]
        );
        assert_eq!(
            tables(
                "SELECT current_setting('server_version_num')::int >= 150000 AS new \\gset\n\\if :new\nCREATE TABLE a ();\n\\endif\n\\q\nCREATE TABLE b ();"
            ),
            ["a"]
        );
        let parsed =
            read_on(15, "SELECT random() > 0.5 AS luck \\gset\n\\if :luck\nCREATE TABLE a ();\n\\endif");
        assert_eq!(parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["S105"]);
    }

    #[test]
    fn results_that_are_known_are_run() {
        assert_eq!(
            tables("SELECT format('CREATE TABLE %I ()', x) FROM unnest(ARRAY['a', 'b']) AS x \\gexec\n"),
            ["a", "b"]
        );
        assert!(tables("SELECT 'CREATE DATABASE x' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'x')\\gexec\n").is_empty());
        let parsed = read_on(15, "SELECT 'DROP TABLE ' || relname FROM pg_stat_user_tables \\gexec\n");
        assert_eq!(parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["S105"]);
    }

    #[test]
    fn files_are_included_from_below_the_files_named() {
        let folder = std::env::temp_dir().join(format!("trueup-include-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("parts/deep")).unwrap();
        std::fs::write(
            folder.join("main.sql"),
            "\\i parts/one.sql\n\\ir missing.sql\n\\i /etc/hostname\nCREATE TABLE last ();",
        )
        .unwrap();
        std::fs::write(
            folder.join("parts/one.sql"),
            "SET search_path = s;\nCREATE SCHEMA s;\n\\ir deep/two.sql\n",
        )
        .unwrap();
        std::fs::write(folder.join("parts/deep/two.sql"), "CREATE TABLE two ();\nFROB;").unwrap();
        let (files, _) = crate::read(&[folder.join("main.sql")]);
        let parsed = crate::parse(&files, &crate::Options { server_version: 150_000, ambient: None });
        std::fs::remove_dir_all(&folder).unwrap();
        let names: Vec<String> =
            parsed.catalog.of_kind(trueup_catalog::ObjectKind::Table).map(|(k, _)| k.to_string()).collect();
        assert_eq!(names, ["s.last", "s.two"]);
        assert!(parsed.diagnostics[0].span.file.ends_with("two.sql"));
        assert_eq!(parsed.catalog.gaps.iter().filter(|g| g.what == "psql command").count(), 2);
    }
}
