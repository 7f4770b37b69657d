//! The command line: every verb and option, in one place.

pub use crate::gate_args::*;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  trueup check --desired schema/ --live postgres://app@db.internal/shop
  trueup repair --desired schema.sql --live \"host=db.internal dbname=shop\" -o repair.sql
  trueup repair --desired schema.sql --live postgres://app@db.internal/shop --as alembic
  trueup apply --desired schema.sql --live postgres://app@db.internal/shop
  trueup check --desired schema.sql --live other.sql
  trueup gate --base git:origin/main --output sarif=trueup.sarif
  trueup history --live postgres://app@db.internal/shop
  trueup explain D201

Exit codes: 0 in sync (repair: the file closes everything), 1 drift (repair: something is left for
people), 2 could not run or could not decide.";

/// Finds where a PostgreSQL database has drifted from the schema that the code wants, and writes
/// the SQL that trues it up again without dropping, rewriting or locking anything.
#[derive(Debug, Parser)]
#[command(name = "trueup", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every verb has.
    #[command(flatten)]
    pub common: Common,
}

/// Options that every verb has.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// When to use colours: NO_COLOR and CLICOLOR_FORCE count under `auto`
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Say more on standard error: each query and file with its time (-vv: the queries themselves)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No hints and no progress on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented trueup.toml for a project, by looking at its folder
    Init(crate::init::Init),
    /// Report where the live schema differs from the desired one
    Check(Check),
    /// Write the SQL that closes what adding can close
    Repair(Repair),
    /// Run that SQL on the live database, step by step, and check again
    Apply(Apply),
    /// Foretell what migrations would do to the live database, statement by statement
    Preflight(crate::preflight_args::Preflight),
    /// Check with the project's policy, for pipelines: fails on drift that the baseline does not know
    Gate(Gate),
    /// Show the configuration that counts, and where each value came from
    Config(Config),
    /// Save the live schema to a file that `--desired` and `--live` accept
    Snapshot(Snapshot),
    /// Tell what state the migrations of a project are in, by its tool's files and table
    History(crate::history::History),
    /// Explain a code of a finding, or list them all
    Explain {
        /// A number or a name: D201, type-differs
        code: Option<String>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, to be read with `man -l -`
    Man,
}

/// Report where the live schema differs from the desired one.
#[derive(Debug, Args)]
pub struct Check {
    /// The two sides.
    #[command(flatten)]
    pub sides: Sides,
    /// Whether rows are asked.
    #[command(flatten)]
    pub probing: Probing,
    /// How to print the findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// Write the SQL that closes what adding can close.
#[derive(Debug, Args)]
pub struct Repair {
    /// The two sides.
    #[command(flatten)]
    pub sides: Sides,
    /// Whether rows are asked.
    #[command(flatten)]
    pub probing: Probing,
    /// Where to write the SQL; `-` is standard output, and the default
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Consent to drift whose repair changes what clients may do or see: a kind (`trigger`), or one
    /// object (`trigger:public.orders.audit`, with `*` for any text); or say of what looks renamed that it is a new one
    /// (`new:column:public.users.email`; a bare `*` does not). May be given several times
    #[arg(long, value_name = "SELECTOR")]
    pub allow: Vec<String>,
    /// Write nothing: say whether this file, which repair wrote earlier, is what it would write now, and why not. Exit codes: 0 it is,
    /// 1 it is stale, 2 it is no such file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "probe"])]
    pub check: Option<PathBuf>,
    /// How to print the summary; `json` prints the steps as well
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// As a migration of the project's tool.
    #[command(flatten)]
    pub native: crate::native_args::Native,
}

/// Run the SQL that closes what adding can close on the live database, step by step, and check again. Shows the plan and asks
/// first. Each step gives way to others after --lock-timeout and is tried again; a step that fails holds up only those that
/// need it. Ctrl-C cancels what runs and leaves; the next run goes on from there. Two never run at once.
#[derive(Debug, Args)]
#[command(after_help = APPLY_EXITS)]
pub struct Apply {
    /// The two sides.
    #[command(flatten)]
    pub sides: Sides,
    /// Run this plan, which `trueup repair --format json` printed, instead of making one. With --desired, the result is
    /// checked against it
    #[arg(long, value_name = "FILE", conflicts_with = "allow")]
    pub plan: Option<PathBuf>,
    /// Consent, as for `repair`
    #[arg(long, value_name = "SELECTOR")]
    pub allow: Vec<String>,
    /// Run the plan without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Only show the plan
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// How often a step is tried again that can't have its lock in time, or collides with another session
    #[arg(long, value_name = "NUMBER", default_value_t = trueup_repair::ATTEMPTS - 1)]
    pub retries: u32,
    /// How long to wait for another apply in this database to end, and for a server that went away
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub wait: Duration,
    /// How to print what was done
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

const APPLY_EXITS: &str = "\
Exit codes: 0 everything is closed, 1 something is left (for people, for consent, or since a step failed), 2 could not
run or could not decide, 130 interrupted.";

/// Whether the live rows are asked what stands in the way.
#[derive(Clone, Debug, Default, Args)]
pub struct Probing {
    /// Ask the live rows, reading only, whether each repair that depends on them would succeed: how many stand in the way, the
    /// keys of the first five, and the query that lists them all
    #[arg(long)]
    pub probe: bool,
    /// The longest that one such query may run
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub probe_timeout: Duration,
}

/// Save the live schema to a file.
#[derive(Debug, Args)]
pub struct Snapshot {
    /// The database (or any other source): URL, "key=value …", .sql file or folder, snapshot.
    /// Without it, the target of trueup.toml, else libpq's environment (PGHOST, PGSERVICE, …)
    #[arg(long, value_name = "SOURCE", num_args = 1.., env = "TRUEUP_LIVE", hide_env_values = true)]
    pub live: Vec<String>,
    /// Where the project's configuration is.
    #[command(flatten)]
    pub project: ProjectFile,
    /// A schema to settle with: what a server says of its differences is kept in the snapshot, so
    /// that a check against it without any server is as exact
    #[arg(long, value_name = "SOURCE", num_args = 1..)]
    pub desired: Vec<String>,
    /// Where to write it; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,
    /// What settles differences that rules found.
    #[command(flatten)]
    pub settling: Settling,
    /// How to read.
    #[command(flatten)]
    pub reading: Reading,
}

/// The two sides of a comparison. Each can be any source.
#[derive(Debug, Args)]
pub struct Sides {
    /// What the code wants: .sql files, folders of them, `-` for standard input, `git:REVISION:PATH`, a snapshot, or a
    /// database as for --live. Without it, what trueup.toml says
    #[arg(long, value_name = "SOURCE", num_args = 1.., env = "TRUEUP_DESIRED", hide_env_values = true)]
    pub desired: Vec<String>,
    /// What the database has: URL, "key=value …", a .sql file or folder, or a snapshot. Without it, the target of
    /// trueup.toml, else libpq's environment (PGHOST, PGSERVICE, …)
    #[arg(long, value_name = "SOURCE", num_args = 1.., env = "TRUEUP_LIVE", hide_env_values = true)]
    pub live: Vec<String>,
    /// Where the project's configuration is.
    #[command(flatten)]
    pub project: ProjectFile,
    /// Which objects are compared, by trueup.toml.
    #[arg(skip)]
    pub chosen: Chosen,
    /// Take in live schemas that the desired schema never speaks of
    #[arg(long, env = "TRUEUP_ALL_SCHEMAS")]
    pub all_schemas: bool,
    /// How the SQL files of --desired are read: by trueup, or by running them in a throw-away
    /// database, for what only a server can interpret
    #[arg(long, value_name = "READER", default_value = "parser", env = "TRUEUP_DESIRED_VIA")]
    pub desired_via: Via,
    /// What settles differences that rules found.
    #[command(flatten)]
    pub settling: Settling,
    /// Which privileges, default privileges and security labels to compare: SQL that grants or revokes nothing on an
    /// object says nothing of it
    #[arg(long, value_name = "WHICH", default_value = "stated", env = "TRUEUP_PRIVILEGES")]
    pub privileges: Which,
    /// Which owners to compare
    #[arg(long, value_name = "WHICH", default_value = "stated", env = "TRUEUP_OWNERS")]
    pub owners: WhichOwners,
    /// Compare rows as well: those that `INSERT … VALUES` of the desired SQL states must be there, by their keys. A repair adds
    /// the missing ones, and changes and removes none
    #[arg(long, env = "TRUEUP_DATA")]
    pub data: bool,
    /// How to read.
    #[command(flatten)]
    pub reading: Reading,
}

/// Where the project's configuration is, and which of its databases is meant.
#[derive(Clone, Debug, Default, Args)]
pub struct ProjectFile {
    /// The project's configuration. Without it, trueup.toml of this folder or of the nearest one above, within the
    /// repository
    #[arg(long, value_name = "FILE", env = "TRUEUP_CONFIG")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with_all = ["config", "target"])]
    pub no_config: bool,
    /// The database that trueup.toml calls so
    #[arg(long, value_name = "NAME", env = "TRUEUP_TARGET")]
    pub target: Option<String>,
}

/// Which objects are compared.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// What is left out.
    pub selection: trueup_diff::Selection,
    /// What was renamed.
    pub renames: Vec<trueup_diff::Rename>,
    /// Both, as a repair file tells them.
    pub told: Vec<String>,
}

/// What settles the differences in expressions, queries and bodies that rules found, or could not
/// tell.
#[derive(Clone, Debug, Args)]
pub struct Settling {
    /// A PostgreSQL server for throw-away databases, in which both sides of a difference are
    /// created and compared: `auto` starts a private one from the binaries of this machine, `off`
    /// leaves such findings "not confirmed", a URL names one where a database may be created
    #[arg(
        long,
        value_name = "SERVER",
        default_value = "auto",
        env = "TRUEUP_SCRATCH",
        hide_env_values = true,
        value_parser = Scratch::parse
    )]
    pub scratch: Scratch,
}

/// The value of `--scratch`.
#[derive(Clone, PartialEq, Eq)]
pub enum Scratch {
    /// A private server, if there can be one.
    Auto,
    /// None.
    Off,
    /// The server of this connection string, which may hold a password.
    Given(String),
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Scratch::Auto => "Auto",
            Scratch::Off => "Off",
            Scratch::Given(_) => "Given(…)",
        })
    }
}

impl Scratch {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Scratch::Auto),
            "off" => Ok(Scratch::Off),
            url if trueup_introspect::ConnectConfig::looks_like_connection(url) => {
                Ok(Scratch::Given(url.to_owned()))
            }
            _ => Err("expected auto, off, or a connection string".to_owned()),
        }
    }
}

/// How the SQL files of the desired side are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// trueup reads and applies each statement.
    Parser,
    /// A throw-away database runs them (with all rights, on a private server) and is read back.
    Scratch,
}

/// Which privileges to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// Of objects for which the desired schema states them; a database or a snapshot states them all.
    Stated,
    /// All: what is not stated is wished as PostgreSQL has it by default.
    Strict,
    /// None.
    Off,
}

/// Which owners to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhichOwners {
    /// Of objects for which the desired schema states one.
    Stated,
    /// None.
    Off,
}

/// How sources are read.
#[derive(Clone, Debug, Args)]
pub struct Reading {
    /// Which catalog of a server to read
    #[arg(long, value_name = "CATALOG", default_value = "pg-catalog")]
    pub source: CatalogSource,
    /// The PostgreSQL version that SQL files are meant for, where no server tells: 13 to 18
    #[arg(long, value_name = "VERSION", value_parser = server_version, env = "TRUEUP_SERVER_VERSION")]
    pub server_version: Option<u32>,
    /// The longest that one catalog query may run
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub statement_timeout: Duration,
    /// The longest wait for a lock that another session holds
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub lock_timeout: Duration,
    /// The longest wait for a connection; libpq's connect_timeout, else 15s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub connect_timeout: Option<Duration>,
}

/// Which catalog of a server to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CatalogSource {
    /// PostgreSQL's own: everything.
    PgCatalog,
    /// The standard's: for servers that only speak PostgreSQL's protocol; hides what the role has
    /// no privilege on, and lacks indexes, partitions and policies.
    InformationSchema,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: the schemas in docs/ describe it (check, apply, preflight, history).
    Json,
}

/// `16`, `15.4`, `16.0` or `150004` as `server_version_num`.
pub fn server_version(text: &str) -> Result<u32, String> {
    let usage = || "expected a major version from 13 to 18, as 16 or 16.2".to_owned();
    let (major, minor) = match text.split_once('.') {
        Some((major, minor)) => (major, minor.parse::<u32>().map_err(|_| usage())?),
        None => (text, 0),
    };
    let number = major.parse::<u32>().map_err(|_| usage())?;
    let number = if number >= 100_000 { number } else { number * 10_000 + minor };
    if (130_000..190_000).contains(&number) && minor < 10_000 { Ok(number) } else { Err(usage()) }
}

/// `30s`, `500ms`, `2min`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let usage = || "expected a time as 30s, 500ms or 2min".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| usage())?;
    let milliseconds = match unit.trim() {
        "ms" => Some(number),
        "" | "s" => number.checked_mul(1000),
        "min" | "m" => number.checked_mul(60_000),
        _ => None,
    };
    // PostgreSQL's timeouts are 32-bit milliseconds; zero would mean "for ever" there.
    match milliseconds {
        Some(ms) if (1..=2_147_483_647).contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err(usage()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_scratch_server_is_never_shown() {
        assert_eq!(Scratch::parse("auto"), Ok(Scratch::Auto));
        assert_eq!(Scratch::parse("off"), Ok(Scratch::Off));
        let given = Scratch::parse("postgres://u:secret@h/d").unwrap();
        assert!(!format!("{given:?}").contains("secret"));
        assert!(!Scratch::parse("secret").unwrap_err().contains("secret"));
    }

    #[test]
    fn versions_and_times() {
        assert_eq!(server_version("16"), Ok(160_000));
        assert_eq!(server_version("15.4"), Ok(150_004));
        assert_eq!(server_version("150004"), Ok(150_004));
        assert!(server_version("12").is_err());
        assert!(server_version("19").is_err());
        assert!(server_version("x").is_err());
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("3min"), Ok(Duration::from_secs(180)));
        assert!(duration("0").is_err());
        assert!(duration("99999999999999999999s").is_err());
        assert!(duration("5h").is_err());
    }
}
