//! PostgreSQL's own parser, of version 18: the npm package `libpg-query`, which is its C code compiled to WebAssembly, so that it runs
//! wherever Node.js does and builds nothing. It is fetched once into the cache and runs as one process beside the tests.
//!
//! It shares no code with the product, whose own reading of SQL it is there to control.

use crate::{Error, Result, npm};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The package, and the version that the tests are written against: its trees are those of that version of PostgreSQL.
const PACKAGE: &str = "libpg-query";
const VERSION: &str = "18.1.5";

/// What runs in Node.js.
const PROGRAM: &str = include_str!("sql_parser.mjs");

/// A statement of a script.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Its text.
    pub text: String,
    /// Its tree, in the JSON form of `libpg_query`: an object with one member, the kind of node.
    pub tree: Value,
    /// The tree of PL/pgSQL inside a `DO`.
    pub block: Option<Value>,
}

/// The running parser.
#[derive(Debug)]
pub struct SqlParser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl SqlParser {
    /// The statements of a script. It is one for this whole test program, started at the first call.
    ///
    /// # Errors
    /// When PostgreSQL's grammar refuses the script, or the parser can't be had: never pass a test over for that.
    pub fn parse(script: &str) -> Result<Vec<Parsed>> {
        static SHARED: OnceLock<std::result::Result<Mutex<SqlParser>, String>> = OnceLock::new();
        let shared = SHARED
            .get_or_init(|| Self::start().map(Mutex::new).map_err(|error| error.to_string()))
            .as_ref()
            .map_err(|text| Error::message(text.clone()))?;
        shared.lock().unwrap_or_else(PoisonError::into_inner).ask(script)
    }

    fn start() -> Result<Self> {
        let package = npm::package("PostgreSQL's parser", PACKAGE, VERSION)?;
        let mut child = Command::new("node")
            .args(["--input-type=module", "--eval", PROGRAM, "--"])
            .arg(&package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| npm::no_node(&error))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::message("`node` was started without pipes"));
        };
        Ok(Self { child, to, from: BufReader::new(from) })
    }

    fn ask(&mut self, script: &str) -> Result<Vec<Parsed>> {
        let explain = |error| Error::io("talking to PostgreSQL's parser", error);
        let request = serde_json::json!({ "sql": script }).to_string();
        self.to.write_all(request.as_bytes()).map_err(explain)?;
        self.to.write_all(b"\n").map_err(explain)?;
        self.to.flush().map_err(explain)?;
        let mut line = String::new();
        if self.from.read_line(&mut line).map_err(explain)? == 0 {
            let status = self.child.wait().map_err(explain)?;
            return Err(Error::message(format!(
                "PostgreSQL's parser ended by itself ({status}); what it said is above"
            )));
        }
        let answer: Value = serde_json::from_str(&line)
            .map_err(|error| Error::message(format!("PostgreSQL's parser answered no JSON: {error}")))?;
        if let Some(error) = answer["error"].as_str() {
            return Err(Error::message(format!("PostgreSQL's parser: {error}")));
        }
        let statements = answer["statements"]
            .as_array()
            .ok_or_else(|| Error::message("PostgreSQL's parser answered without statements"))?;
        Ok(statements
            .iter()
            .map(|s| Parsed {
                text: s["text"].as_str().unwrap_or_default().trim().to_owned(),
                tree: s["tree"].clone(),
                block: s.get("block").cloned(),
            })
            .collect())
    }
}

impl Drop for SqlParser {
    fn drop(&mut self) {
        // It also ends by itself, with its standard input.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_blocks_and_errors() {
        let parsed =
            SqlParser::parse("SELECT 'ä';\nDO $$ BEGIN IF true THEN CREATE TABLE a (); END IF; END $$")
                .unwrap();
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[0].text, "SELECT 'ä'");
        assert!(parsed[0].tree["SelectStmt"].is_object());
        let block = parsed[1].block.as_ref().unwrap().to_string();
        assert!(block.contains("CREATE TABLE a ()"), "{block}");
        let error = SqlParser::parse("CREATE TABEL a ()").unwrap_err().to_string();
        assert!(error.contains("syntax error"), "{error}");
        assert!(SqlParser::parse("DO $$ BEGIN IF true THEN END $$").is_err());
        // It goes on after an error.
        assert!(SqlParser::parse("").unwrap().is_empty());
    }
}
