//! A project of one tool with its database: runs the tool and trueup in it, and holds what both say against each other.

use crate::Held;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use trueup_testkit::{Server, TestDatabase, migration_tools, program};

/// Which package manager a tool comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    Python,
    Node,
}

/// Migrations with their states, in trueup's words.
pub type Said = BTreeMap<String, String>;

/// What a command came to: its exit code, and both of its streams.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub command: String,
}

impl Ran {
    /// The same, where it had to succeed.
    pub fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{}:\n{}", self.command, self.out);
        self
    }

    /// The same, where it had to fail with these words.
    pub fn refused(self, words: &str) -> Self {
        assert!(
            self.code != 0 && self.out.contains(words),
            "{} was to fail with {words:?}, it ended with {}:\n{}",
            self.command,
            self.code,
            self.out
        );
        self
    }
}

/// A migration of which the tool, by its nature, says another thing than trueup, or nothing.
pub struct But<'a> {
    pub id: &'a str,
    pub ours: &'a str,
    pub theirs: Option<&'a str>,
    /// Why that is as it should be.
    pub why: &'a str,
}

/// A project and its database.
pub struct Project<'s> {
    /// As `trueup history` names the tool.
    pub tool: &'static str,
    home: Home,
    installed: PathBuf,
    folder: tempfile::TempDir,
    pub database: TestDatabase<'s>,
    /// A program that succeeds.
    yes: PathBuf,
    held: Held,
}

impl<'s> Project<'s> {
    pub fn new(tool: &'static str, home: Home, server: &'s Server) -> Self {
        let installed = match home {
            Home::Python => migration_tools::python(),
            Home::Node => migration_tools::node(),
        }
        .unwrap();
        // Below the folder of the packages, where Node.js looks for modules.
        let work = installed.join("work");
        std::fs::create_dir_all(&work).unwrap();
        let folder = tempfile::Builder::new().prefix("project-").tempdir_in(&work).unwrap();
        let database = server.database().unwrap();
        let yes = program::on_path("true").expect("`true` is on every system");
        Project { tool, home, installed, folder, database, yes, held: Held::default() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    }

    /// Takes a file away for as long as `during` runs.
    pub fn without<T>(&mut self, file: &str, during: impl FnOnce(&mut Self) -> T) -> T {
        let text = self.read(file);
        self.remove(file);
        let out = during(self);
        self.write(file, &text);
        out
    }

    /// Runs a program of the tool in the project: `python3` with these arguments, or a program of a Node.js package.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        self.run_on(&self.database, program, arguments)
    }

    /// The same on another database.
    pub fn run_on(&self, database: &TestDatabase<'_>, program: &str, arguments: &[&str]) -> Ran {
        let mut command = match self.home {
            Home::Python => {
                assert_eq!(program, "python3");
                let mut python = Command::new(interpreter());
                // A file that was rewritten within a second would be taken from the cache.
                python.env("PYTHONPATH", &self.installed).env("PYTHONDONTWRITEBYTECODE", "1");
                python
            }
            Home::Node => Command::new(self.installed.join("node_modules/.bin").join(program)),
        };
        command
            .args(arguments)
            .current_dir(self.path())
            .env("DATABASE_URL", database.url())
            .env("NO_COLOR", "1")
            // Prisma: no look for a newer version.
            .env("CHECKPOINT_DISABLE", "1")
            .env("PRISMA_HIDE_UPDATE_MESSAGE", "1")
            // Its engine is a program that npm doesn't bring. These stand for one that is there: Prisma asks it whether the database
            // can be reached, and nothing else where the engine is WebAssembly.
            .env("PRISMA_QUERY_ENGINE_LIBRARY", &self.yes)
            .env("PRISMA_SCHEMA_ENGINE_BINARY", &self.yes);
        finish(command)
    }

    /// Runs trueup on the project's database.
    pub fn trueup(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("TRUEUP_LIVE", self.database.url())
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY");
        finish(command)
    }

    /// What `trueup history` says: the states, the codes of what is wrong, whether any of it is more than a note, the exit code.
    pub fn history(&self) -> (Said, BTreeSet<String>, bool, i32) {
        let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
            .args(["history", ".", "--no-config", "--format", "json"])
            .current_dir(self.path())
            .env("TRUEUP_LIVE", self.database.url())
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
        let histories = document["histories"].as_array().unwrap_or_else(|| panic!("{out}{err}"));
        let tools: Vec<&str> = histories.iter().filter_map(|history| history["tool"].as_str()).collect();
        assert_eq!(tools, [self.tool], "{out}");
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let list = |key: &str| histories[0][key].as_array().unwrap().clone();
        let states: Vec<(String, String)> =
            list("migrations").iter().map(|one| (text(&one["id"]), text(&one["state"]))).collect();
        let said: Said = states.iter().cloned().collect();
        assert_eq!(said.len(), states.len(), "a migration is told twice: {states:?}");
        let codes = list("faults").iter().map(|fault| text(&fault["code"])).collect();
        let serious = list("faults").iter().any(|fault| fault["level"] != "note");
        (said, codes, serious, output.status.code().unwrap())
    }

    /// Holds what trueup says of a state against what the tool says of it, migration by migration. `faults` are the codes that trueup
    /// has to tell, but for M105, which belongs to whatever is pending.
    pub fn hold(&mut self, state: &str, theirs: &Said, but: &[But<'_>], faults: &[&str]) {
        let (ours, mut codes, serious, exit) = self.history();
        let mut wrong = String::new();
        let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for id in ids {
            let (own, other) = (ours.get(id).map(String::as_str), theirs.get(id).map(String::as_str));
            match but.iter().find(|but| but.id == id.as_str()) {
                Some(but) if own == Some(but.ours) && other == but.theirs && own != other => {
                    assert!(!but.why.is_empty());
                }
                Some(_) => {
                    let _ = writeln!(
                        wrong,
                        "  {id}: trueup {own:?}, {} {other:?}, which is not the exception that is written down",
                        self.tool
                    );
                }
                None if own == other => {}
                None => {
                    let _ = writeln!(wrong, "  {id}: trueup {own:?}, {} {other:?}", self.tool);
                }
            }
        }
        for but in but.iter().filter(|but| !ours.contains_key(but.id)) {
            let _ =
                writeln!(wrong, "  {}: an exception is written down, and trueup doesn't tell of it", but.id);
        }
        let waits = ours.values().any(|state| state == "pending" || state == "rolled-back");
        if codes.remove("M105") != waits {
            let _ = writeln!(wrong, "  M105 is told where nothing is pending, or the other way round");
        }
        let wanted: BTreeSet<String> = faults.iter().map(|&code| code.to_owned()).collect();
        // A code that is a note by itself, as M108, fails nothing.
        let exit_wanted = i32::from(serious);
        if codes != wanted || exit != exit_wanted {
            let _ = writeln!(
                wrong,
                "  faults {codes:?} with exit code {exit}, and not {wanted:?} with {exit_wanted}"
            );
        }
        self.note(state, &wrong);
    }

    /// The same where the tool refuses to say anything of single migrations: `states` is what trueup has to say.
    pub fn hold_refusal(
        &mut self,
        state: &str,
        refused: Ran,
        words: &str,
        states: &[(&str, &str)],
        faults: &[&str],
    ) {
        if refused.code == 0 || !refused.out.contains(words) {
            let wrong = format!(
                "  {} was to fail with {words:?}, it ended with {}:\n{}\n",
                refused.command, refused.code, refused.out
            );
            return self.note(state, &wrong);
        }
        self.hold(state, &said(states), &[], faults);
    }

    fn note(&mut self, state: &str, wrong: &str) {
        if wrong.is_empty() {
            self.held.states.push(state.to_owned());
        } else {
            self.held.wrong.push(format!("{}, {state}:\n{wrong}", self.tool));
        }
    }

    /// Notes what became of a repair.
    pub fn repaired(&mut self, what: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.held.repairs.push(what.to_owned()),
            Err(why) => self.held.wrong.push(format!("{}, {what}: {why}", self.tool)),
        }
    }

    /// What was held, and what was wrong.
    pub fn done(self) -> Held {
        self.held
    }
}

/// A list of states as [`Said`].
pub fn said(states: &[(&str, &str)]) -> Said {
    states.iter().map(|(id, state)| ((*id).to_owned(), (*state).to_owned())).collect()
}

fn finish(mut command: Command) -> Ran {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{shown}: {error}"));
    let mut out = String::from_utf8_lossy(&output.stdout).into_owned();
    out.push_str(&String::from_utf8_lossy(&output.stderr));
    Ran { code: output.status.code().unwrap_or(-1), out, command: shown }
}

/// Python itself: what `python3` names may be a script that looks for it, each time.
fn interpreter() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut python = Command::new("python3");
        python.args(["-c", "import sys; print(sys.executable)"]);
        finish(python).fine().out.trim().to_owned()
    })
}
