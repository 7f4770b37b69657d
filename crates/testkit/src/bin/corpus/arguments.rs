//! The command line.

use std::path::PathBuf;
use trueup_testkit::{Error, Result};

pub(crate) const HELP: &str = "\
corpus: run trueup over real schemas and cases, and compare the outcome with the one kept

usage: corpus [OPTION]... [NAME]...

NAME is a part of an entry's name (`gitlab`, `cases/sqldef/`); without one, everything runs.

  --suite LIST   of schemas, cases, evolutions (default: schemas,cases)
  --offline      file against file, without a server
  --rules        by rules alone: no check with a private server, none with the other reader
  --no-repair    only schemas against themselves
  --with N       load into --major and into this version, and check a snapshot of each against the other, live
  --replay       only folders of migrations: the folder given to trueup as it lies, against its files run on a server
  --jobs N       that many at a time (default: the machine's cores)
  --major N      the PostgreSQL version to load into (default: 15, and for what it refuses the others, newest first)
  --update       keep the outcome as the one to compare with, and write the tables of docs/exactness.md
  --results FILE where it is kept (default: fixtures/corpus-results.tsv; with --with, fixtures/version-pairs.tsv;
                 with --replay, fixtures/replay-results.tsv)
  --details DIR  where each answer of trueup is written (default: target/corpus)
  --timeout S    seconds that one run of trueup may take (default: 60)
  -q             no line per entry, only the totals

What is done with an entry, each an own line of the results:
  self            the SQL loaded into a database and checked against it, by rules alone
  self-scratch    the same with `--scratch auto`
  self-via        what then is not in sync, with `--desired-via scratch`
  self-powerless  the same as `self`, as a role that may do nothing but connect (schemas)
  readers         what `information_schema` says against what `pg_catalog` says
  replay          the folder of migrations, read as its tool does, against the same files run one after the other
  old-…           the same for the old side of a case
  repair          old repaired towards new, twice, and checked

Exit code: 0 no entry fell back, 1 some did, 2 it could not run.
";

pub(crate) struct Arguments {
    pub(crate) names: Vec<String>,
    pub(crate) suites: Vec<String>,
    pub(crate) offline: bool,
    pub(crate) rules: bool,
    pub(crate) repair: bool,
    pub(crate) jobs: usize,
    /// The one version to load into; `None` lets an entry choose.
    pub(crate) major: Option<u16>,
    /// The second version of a pair.
    pub(crate) with: Option<u16>,
    /// Only folders of migrations, given as folders.
    pub(crate) replay: bool,
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
            rules: false,
            repair: true,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            major: None,
            with: None,
            replay: false,
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
                "--rules" => arguments.rules = true,
                "--no-repair" => arguments.repair = false,
                "--replay" => arguments.replay = true,
                "--update" => arguments.update = true,
                "-q" => arguments.quiet = true,
                "--suite" => arguments.suites = value()?.split(',').map(str::to_owned).collect(),
                "--jobs" => arguments.jobs = number(&value()?)?,
                "--major" => arguments.major = Some(number(&value()?)?),
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
            arguments.results = match arguments.with {
                Some(_) => root.join("fixtures/version-pairs.tsv"),
                None if arguments.replay => root.join("fixtures/replay-results.tsv"),
                None => trueup_testkit::exactness::results_file(),
            };
        }
        if arguments.with.is_some() && arguments.offline {
            return Err(Error::message("--with is for servers: no --offline"));
        }
        if arguments.replay {
            if arguments.with.is_some() || arguments.offline {
                return Err(Error::message("--replay is for one server: no --with, no --offline"));
            }
            arguments.suites = vec!["schemas".to_owned()];
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
