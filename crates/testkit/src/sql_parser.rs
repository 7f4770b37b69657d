//! PostgreSQL's own parser, of version 18: the npm package `libpg-query`, which is its C code compiled to WebAssembly, so that it runs
//! wherever Node.js does and builds nothing. It is fetched once into the cache and runs as one process beside the tests.
//!
//! It shares no code with the product, whose own reading of SQL it is there to control.

use crate::{Error, Result, storage};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The package, and the version that the tests are written against: its trees are those of that version of PostgreSQL.
const PACKAGE: &str = "libpg-query";
const VERSION: &str = "18.1.5";

/// What runs in Node.js.
const PROGRAM: &str = include_str!("sql_parser.mjs");

const WAY_OUT: &str = "install Node.js 18 or later with npm (Debian, Ubuntu: `apt-get install nodejs npm`), or look why npm can't reach its registry";

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
        let package = fetch().map_err(|error| {
            Error::message(format!("PostgreSQL's parser is needed by tests: {error}; {WAY_OUT}"))
        })?;
        let mut child = Command::new("node")
            .args(["--input-type=module", "--eval", PROGRAM, "--"])
            .arg(&package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error::message(format!("running `node`: {error}; {WAY_OUT}")))?;
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

/// The package's folder, unpacked once with what it depends on.
fn fetch() -> Result<PathBuf> {
    let root = storage::root()?;
    let home = root.join(format!("{PACKAGE}-{VERSION}"));
    let package = home.join("node_modules").join(PACKAGE);
    let lock_path = root.join(format!("{PACKAGE}.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if package.is_dir() {
        return Ok(package);
    }
    eprintln!("testkit: fetching PostgreSQL's parser ({PACKAGE} {VERSION}) into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix(&format!("{PACKAGE}.partial-"))
        .tempdir_in(root)
        .map_err(|error| Error::path("making a folder in", root, error))?;
    install(partial.path())?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| Error::path("removing", &home, error))?;
    }
    fs::rename(partial.path(), &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Ok(package)
}

fn install(dir: &Path) -> Result<()> {
    let wanted = format!("{PACKAGE}@{VERSION}");
    let args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."];
    let output = Command::new("npm")
        .args(args)
        .arg(&wanted)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::message(format!("running `npm`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::message(format!(
        "`npm install {wanted}` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
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
