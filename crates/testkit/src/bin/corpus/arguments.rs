//! The command line.

use std::path::PathBuf;
use trueup_testkit::{Error, Result};

pub(crate) const HELP: &str = "\
corpus: run trueup over real schemas and cases, and compare the outcome with the one kept

usage: corpus [OPTION]... [NAME]...

NAME is a part of an entry's name (`gitlab`, `cases/sqldef/`); without one, everything runs.

  --suite LIST   of schemas, cases, evolutions (default: schemas,cases)
  --offline      file against file, without a server
  --scratch      where rules alone don't settle it, check once more with a server (self-scratch)
  --with N       load into this version too, and check a snapshot of each against the other, live
  --jobs N       that many at a time (default: the machine's cores)
  --major N      the PostgreSQL version to load into (default: 15)
  --update       keep the outcome as the one to compare with
  --results FILE where it is kept (default: fixtures/corpus-results.tsv; with --with, fixtures/version-pairs.tsv)
  --details DIR  where each answer of trueup is written (default: target/corpus)
  --timeout S    seconds that one run of trueup may take (default: 60)
  -q             no line per entry, only the totals

Exit code: 0 no entry fell back, 1 some did, 2 it could not run.
";

pub(crate) struct Arguments {
    pub(crate) names: Vec<String>,
    pub(crate) suites: Vec<String>,
    pub(crate) offline: bool,
    pub(crate) scratch: bool,
    pub(crate) jobs: usize,
    pub(crate) major: u16,
    /// The second version of a pair.
    pub(crate) with: Option<u16>,
    pub(crate) update: bool,
    pub(crate) quiet: bool,
    pub(crate) results: PathBuf,
    pub(crate) details: PathBuf,
    pub(crate) timeout: u64,
}

impl Arguments {
    /// `None` when help was asked for.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let root = trueup_testkit::program::workspace_dir();
        let mut arguments = Self {
            names: Vec::new(),
            suites: vec!["schemas".to_owned(), "cases".to_owned()],
            offline: false,
            scratch: false,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            major: trueup_testkit::versions::DEFAULT_MAJOR,
            with: None,
            update: false,
            quiet: false,
            results: PathBuf::new(),
            details: root.join("target/corpus"),
            timeout: 60,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| Error::message(format!("{word} needs a value")));
            match word.as_str() {
                "-h" | "--help" => return Ok(None),
                "--offline" => arguments.offline = true,
                "--scratch" => arguments.scratch = true,
                "--update" => arguments.update = true,
                "-q" => arguments.quiet = true,
                "--suite" => arguments.suites = value()?.split(',').map(str::to_owned).collect(),
                "--jobs" => arguments.jobs = number(&value()?)?,
                "--major" => arguments.major = number(&value()?)?,
                "--with" => arguments.with = Some(number(&value()?)?),
                "--timeout" => arguments.timeout = number(&value()?)?,
                "--results" => arguments.results = PathBuf::from(value()?),
                "--details" => arguments.details = PathBuf::from(value()?),
                _ if word.starts_with('-') => {
                    return Err(Error::message(format!("no option {word}; see --help")));
                }
                _ => arguments.names.push(word),
            }
        }
        if arguments.results.as_os_str().is_empty() {
            let file = if arguments.with.is_some() { "version-pairs.tsv" } else { "corpus-results.tsv" };
            arguments.results = root.join("fixtures").join(file);
        }
        if arguments.with.is_some() && (arguments.offline || arguments.scratch) {
            return Err(Error::message("--with is for servers and rules alone: no --offline, no --scratch"));
        }
        for suite in &arguments.suites {
            if !["schemas", "cases", "evolutions"].contains(&suite.as_str()) {
                return Err(Error::message(format!("no suite {suite}; see --help")));
            }
        }
        Ok(Some(arguments))
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::message(format!("`{text}` is no number that fits here")))
}
