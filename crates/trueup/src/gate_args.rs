//! The options of `gate` and `config`.

use crate::args::{Format, Probing, Sides};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Check with the project's policy, for pipelines.
#[derive(Debug, Args)]
#[command(after_help = GATE_EXITS)]
pub struct Gate {
    /// The two sides.
    #[command(flatten)]
    pub sides: Sides,
    /// Whether rows are asked.
    #[command(flatten)]
    pub probing: Probing,
    /// What counts.
    #[command(flatten)]
    pub options: GateOptions,
    /// Write all drift that there is to the baseline's file, and end with exit code 0
    #[arg(long)]
    pub write_baseline: bool,
    /// How to print the findings. Without it: `github` in GitHub Actions, else `text`
    #[arg(long, value_name = "FORMAT", env = "TRUEUP_FORMAT", value_parser = report_format)]
    pub format: Option<trueup_report::Format>,
    /// When to tell it
    #[arg(long, value_name = "WHEN", default_value = "red")]
    pub webhook_when: WebhookWhen,
}

/// What the configuration can say as well.
#[derive(Debug, Args)]
pub struct GateOptions {
    /// The file that holds the drift that is known: only other drift fails. Without it, trueup-baseline.json beside trueup.toml,
    /// if it is there
    #[arg(long, value_name = "FILE", env = "TRUEUP_BASELINE")]
    pub baseline: Option<PathBuf>,
    /// The desired schema as it was before the change, to tell apart what the change brings, what it repairs and what was
    /// there: `git:origin/main` (the same paths at that revision), `git:origin/main:schema.sql`, or files
    #[arg(long, value_name = "SOURCE", env = "TRUEUP_BASE")]
    pub base: Option<String>,
    /// Which drift fails where --base is given; all of it without this option. May be given several times
    #[arg(long, value_name = "WHICH", env = "TRUEUP_FAIL_ON", value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,
    /// The greatest age of a snapshot that stands for the database: `12h`, `7d`. An older one ends with exit code 2
    #[arg(long, value_name = "TIME", env = "TRUEUP_MAX_AGE", value_parser = trueup_policy::age)]
    pub max_age: Option<Duration>,
    /// Write a report besides, as `sarif=trueup.sarif`. May be given several times
    #[arg(long = "output", value_name = "FORMAT=PATH", value_parser = output_of)]
    pub outputs: Vec<OutputTo>,
    /// Tell this URL how the gate ended, as JSON that Slack reads too; signed where TRUEUP_WEBHOOK_SECRET is set
    #[arg(long, value_name = "URL", env = "TRUEUP_WEBHOOK_URL", hide_env_values = true)]
    pub webhook: Option<String>,
}

const GATE_EXITS: &str = "\
Exit codes: 0 green: nothing that counts, 1 red: drift that counts, 2 could not run or could not decide; never green then.";

/// A report that is written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputTo {
    /// Its format.
    pub format: trueup_report::Format,
    /// Where.
    pub path: PathBuf,
}

/// When a webhook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WebhookWhen {
    /// When the gate is not green.
    Red,
    /// Always.
    Always,
}

/// Which drift fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What the change brings.
    Introduced,
    /// What the change brings and `trueup repair` can't close by itself.
    IntroducedUnrepairable,
    /// What was there before.
    Existing,
}

impl From<trueup_policy::config::FailOn> for FailOn {
    fn from(written: trueup_policy::config::FailOn) -> Self {
        match written {
            trueup_policy::config::FailOn::Introduced => FailOn::Introduced,
            trueup_policy::config::FailOn::IntroducedUnrepairable => FailOn::IntroducedUnrepairable,
            trueup_policy::config::FailOn::Existing => FailOn::Existing,
        }
    }
}

/// Show the configuration that counts.
#[derive(Debug, Args)]
pub struct Config {
    /// The two sides.
    #[command(flatten)]
    pub sides: Sides,
    /// What the gate has besides.
    #[command(flatten)]
    pub options: GateOptions,
    /// Print the JSON schema of trueup.toml instead
    #[arg(long)]
    pub schema: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

/// A format by its word.
fn report_format(text: &str) -> Result<trueup_report::Format, String> {
    text.parse().map_err(|error: trueup_report::UnknownFormat| error.to_string())
}

/// `sarif=trueup.sarif`.
pub fn output_of(text: &str) -> Result<OutputTo, String> {
    match text.split_once('=') {
        Some((format, path)) if !path.is_empty() => {
            Ok(OutputTo { format: report_format(format)?, path: PathBuf::from(path) })
        }
        Some(_) | None => Err("expected a format and a path, as sarif=trueup.sarif".to_owned()),
    }
}
