//! `make demo`: a shop's database that has drifted as real ones do, checked, repaired and checked again, on a
//! throw-away server that is gone afterwards.
//!
//! It is a test as well: it fails when trueup's answers are not those that the drift calls for.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Error, Result, Server, ServerOptions, TestDatabase, psql};

fn main() -> ExitCode {
    let start = Instant::now();
    match run() {
        Ok(()) => {
            say(&format!(
                "Done in {:.1} s; the server and its data are gone.",
                start.elapsed().as_secs_f64()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let demo = Demo {
        root: trueup_testkit::program::workspace_dir(),
        trueup: trueup_testkit::program::trueup()?,
        scratch: tempfile::tempdir().map_err(|error| Error::io("making a temporary folder", error))?,
    };
    say("A throw-away PostgreSQL, and in it the shop's database as it ran for years.");
    let server = Server::start(&ServerOptions::new(DEFAULT_MAJOR))?;
    let database = server.database()?;
    let rows = demo.make_drifted_database(&database)?;

    say("What has drifted?");
    let first = demo.check(&database)?;
    // Judged when all has been shown: what a person sees first should not be a complaint.
    let first = expect_drift(&first);

    say("The SQL that trues it up, adding only:");
    let repair = demo.scratch.path().join("repair.sql");
    let wrote = demo.trueup(&["repair", "-o"], Some(&repair), &database)?;
    if !matches!(wrote.code(), Some(0 | 1)) {
        return Err(Error::message(format!("trueup repair ended with {wrote}")));
    }
    let text = std::fs::read_to_string(&repair).map_err(|error| Error::path("reading", &repair, error))?;
    println!("\n{text}");

    say("Apply it.");
    demo.apply(&repair, &database)?;
    if row_total(&database)? < rows {
        return Err(Error::message("rows were lost"));
    }

    say("What is left is what adding can't close.");
    let second = demo.check(&database)?;
    first.and_then(|()| expect_less(&second))
}

struct Demo {
    root: PathBuf,
    trueup: PathBuf,
    scratch: tempfile::TempDir,
}

impl Demo {
    fn fixture(&self, name: &str) -> PathBuf {
        self.root.join("fixtures/demo").join(name)
    }

    fn make_drifted_database(&self, database: &TestDatabase<'_>) -> Result<u64> {
        let schema = self.fixture("schema");
        let mut files: Vec<PathBuf> = std::fs::read_dir(&schema)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(|error| Error::path("reading", &schema, error))?;
        files.sort();
        for file in files {
            database.run_file(&file)?;
        }
        database.run_file(&self.fixture("rows.sql"))?;
        database.run_file(&self.fixture("drift.sql"))?;
        match database.run_file(&self.fixture("broken_index.sql")) {
            Ok(()) => return Err(Error::message("broken_index.sql was meant to fail")),
            Err(error) if error.to_string().contains("23505") => {}
            Err(error) => return Err(error),
        }
        let invalid =
            database.query_texts("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid")?;
        if invalid != [Some("users_email_key".to_owned())] {
            return Err(Error::message("the half-built index is not there"));
        }
        row_total(database)
    }

    /// Shows what a person would see, and returns the same as JSON.
    fn check(&self, database: &TestDatabase<'_>) -> Result<Value> {
        let shown = self.trueup(&["check"], None, database)?;
        if shown.code() != Some(1) {
            return Err(Error::message(format!("trueup check ended with {shown}; 1 was due")));
        }
        let output = self.captured(&["check", "--format", "json"], database)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::message(format!("trueup check --format json wrote no JSON: {error}")))
    }

    fn arguments(&self, words: &[&str], file: Option<&Path>, database: &TestDatabase<'_>) -> Command {
        let mut command = Command::new(&self.trueup);
        command
            .args(words)
            .args(file)
            .args(["--desired", "fixtures/demo/schema", "--live"])
            .arg(database.url());
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Runs trueup with its output going where ours goes.
    fn trueup(
        &self,
        words: &[&str],
        file: Option<&Path>,
        database: &TestDatabase<'_>,
    ) -> Result<std::process::ExitStatus> {
        let output = file.map(|_| " repair.sql").unwrap_or_default();
        println!(
            "\n$ trueup {}{output} --desired fixtures/demo/schema --live $DATABASE_URL",
            words.join(" ")
        );
        self.arguments(words, file, database)
            .status()
            .map_err(|error| Error::path("running", &self.trueup, error))
    }

    fn captured(&self, words: &[&str], database: &TestDatabase<'_>) -> Result<Output> {
        self.arguments(words, None, database)
            .output()
            .map_err(|error| Error::path("running", &self.trueup, error))
    }

    fn apply(&self, file: &Path, database: &TestDatabase<'_>) -> Result<()> {
        let Some(psql) = psql::psql_program() else {
            println!(
                "\n(no psql on this machine: the demo runs the file's statements one by one, as psql would)"
            );
            return database.run_file(file);
        };
        println!("\n$ psql -X -v ON_ERROR_STOP=1 -f repair.sql $DATABASE_URL");
        let status = Command::new(psql)
            .args(["-X", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(file)
            .arg(database.url())
            .stdin(Stdio::null())
            .status()
            .map_err(|error| Error::io("running psql", error))?;
        if status.success() { Ok(()) } else { Err(Error::message(format!("psql ended with {status}"))) }
    }
}

fn say(text: &str) {
    println!("\n=== {text}");
}

fn row_total(database: &TestDatabase<'_>) -> Result<u64> {
    let counts = trueup_testkit::block_on(async {
        let client = database.connect().await?;
        trueup_testkit::fingerprint::row_counts(&client).await
    })??;
    Ok(counts.iter().filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
}

/// The findings of an answer: `code object`.
fn findings(answer: &Value) -> Vec<(String, String)> {
    let list = answer["drift"].as_array().into_iter().flatten();
    list.map(|item| {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        (format!("{} {}", text("code"), text("object")), text("disposition"))
    })
    .collect()
}

/// What `fixtures/demo/drift.sql` changed, and whether adding can put it right.
const DRIFTED: [(&str, bool); 7] = [
    ("users.password", true),
    ("orders_coupon_id_fkey", true),
    ("orders_user_id_created_at_idx", true),
    ("order_status", true),
    ("loyalty_points", false),
    ("inventory.weight_kg", false),
    ("users_email_key", false),
];

/// Every drift is found, and nothing else.
fn expect(answer: &Value, drifted: &[&str], what: &str) -> Result<()> {
    let found = findings(answer);
    for object in drifted {
        if !found.iter().any(|(finding, _)| finding.ends_with(object)) {
            return Err(Error::message(format!("{what}: no finding about {object}; found: {found:#?}")));
        }
    }
    if let Some((finding, _)) =
        found.iter().find(|(finding, _)| !drifted.iter().any(|o| finding.ends_with(o)))
    {
        return Err(Error::message(format!("{what}: {finding} is no drift")));
    }
    let undecided =
        answer["undecided"].as_array().ok_or_else(|| Error::message("no list of what is undecided"))?;
    match undecided.first() {
        None => Ok(()),
        Some(item) => Err(Error::message(format!("{what}: undecided: {item:#}"))),
    }
}

fn expect_drift(answer: &Value) -> Result<()> {
    expect(answer, &DRIFTED.map(|(object, _)| object), "the drifted database")
}

/// What is left is what adding can't close, and nothing of it is called safe.
fn expect_less(answer: &Value) -> Result<()> {
    let left: Vec<&str> = DRIFTED.iter().filter(|(_, closes)| !closes).map(|(object, _)| *object).collect();
    expect(answer, &left, "the repaired database")?;
    match findings(answer).iter().find(|(_, disposition)| disposition == "safe") {
        Some((finding, _)) => Err(Error::message(format!("{finding} is safe to repair, and still there"))),
        None => Ok(()),
    }
}
