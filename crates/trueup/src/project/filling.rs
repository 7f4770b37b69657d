//! Fills in what stands open, and keeps where each value came from.

use super::{Project, Target};
use crate::args::{self, Sides, Via, Which, WhichOwners};
use crate::migrations_args::{Replaying, Wished};
use crate::problem::Problem;
use crate::source::Source;
use clap::ArgMatches;
use clap::parser::ValueSource;
use trueup_policy::config::{self, Owners, Privileges};
use trueup_report::safe;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// This environment variable.
    Environment(String),
    /// This line of the file.
    File(String, u32),
    /// Nobody said otherwise.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Environment(name) => write!(f, "${name}"),
            Origin::File(name, line) => write!(f, "{name}:{line}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// One value with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key in the file: `compare.privileges`.
    pub key: String,
    /// The value, without secrets.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Fills in what stands open, one value after the other.
pub struct Filling<'a> {
    matches: &'a ArgMatches,
    project: Option<&'a Project>,
    /// What counts, and where it came from.
    pub rows: Vec<Row>,
}

impl<'a> Filling<'a> {
    /// `matches`: of the verb.
    pub fn new(matches: &'a ArgMatches, project: Option<&'a Project>) -> Self {
        Filling { matches, project, rows: Vec::new() }
    }

    /// Keeps a value with where it came from.
    pub(super) fn row(&mut self, key: &str, value: &str, origin: Origin) {
        self.rows.push(Row { key: key.to_owned(), value: safe(value).into_owned(), origin });
    }

    /// The file.
    pub(super) fn project(&self) -> Option<&'a Project> {
        self.project
    }

    /// Where the option itself was given.
    pub(super) fn given(&self, id: &str) -> Option<Origin> {
        // A verb that lacks the option has no value of it either.
        if self.matches.try_contains_id(id).is_err() {
            return None;
        }
        match self.matches.value_source(id) {
            Some(ValueSource::CommandLine) => Some(Origin::CommandLine),
            Some(ValueSource::EnvVariable) => {
                let name = if id == "webhook" { "WEBHOOK_URL".to_owned() } else { id.to_ascii_uppercase() };
                Some(Origin::Environment(format!("TRUEUP_{name}")))
            }
            Some(_) | None => None,
        }
    }

    /// One value: as given, else as the file says, else as it is.
    pub fn value<T>(
        &mut self,
        (id, key): (&str, &str),
        slot: &mut T,
        of_file: impl FnOnce(&Project) -> Option<T>,
        show: impl FnOnce(&T) -> String,
    ) {
        let origin = match self.given(id) {
            Some(origin) => origin,
            None => match self.project.and_then(|project| Some((of_file(project)?, project.origin(key)))) {
                Some((value, origin)) => {
                    *slot = value;
                    origin.unwrap_or(Origin::Default)
                }
                None => Origin::Default,
            },
        };
        self.row(key, &show(slot), origin);
    }

    /// The two sides.
    ///
    /// # Errors
    /// The target is not there, or its variable is not set.
    pub fn sides(&mut self, sides: &mut Sides) -> Result<Option<Target>, Vec<Problem>> {
        self.value(
            ("desired", "desired"),
            &mut sides.desired,
            |project| {
                let list = project.read.config.desired.list();
                (!list.is_empty()).then(|| list.iter().map(|source| project.source(source)).collect())
            },
            |desired| match Source::of("--desired", desired) {
                _ if desired.is_empty() => "none".to_owned(),
                Ok(source) => source.name(),
                Err(_) => "…".to_owned(),
            },
        );
        let target = self.live(&mut sides.live, &sides.project)?;
        self.replaying(&mut sides.replaying)?;
        self.value(
            ("desired_via", "desired-via"),
            &mut sides.desired_via,
            |project| {
                project.read.config.desired_via.map(|via| match via {
                    config::Via::Parser => Via::Parser,
                    config::Via::Scratch => Via::Scratch,
                })
            },
            word,
        );
        self.scratch(&mut sides.settling.scratch);
        let compare = |project: &'_ Project| project.read.config.compare.clone();
        self.value(
            ("all_schemas", "compare.all-schemas"),
            &mut sides.all_schemas,
            |project| compare(project).all_schemas,
            ToString::to_string,
        );
        self.value(
            ("privileges", "compare.privileges"),
            &mut sides.privileges,
            |project| {
                compare(project).privileges.map(|which| match which {
                    Privileges::Stated => Which::Stated,
                    Privileges::Strict => Which::Strict,
                    Privileges::Off => Which::Off,
                })
            },
            word,
        );
        self.value(
            ("owners", "compare.owners"),
            &mut sides.owners,
            |project| {
                compare(project).owners.map(|which| match which {
                    Owners::Stated => WhichOwners::Stated,
                    Owners::Off => WhichOwners::Off,
                })
            },
            word,
        );
        self.value(
            ("data", "compare.data"),
            &mut sides.data,
            |project| compare(project).data,
            ToString::to_string,
        );
        self.server_version(&mut sides.reading.server_version)?;
        if let Some(project) = self.project {
            sides.chosen = self.chosen(project);
        }
        Ok(target)
    }

    /// How a folder of migrations is read. The tool is that of `[history]`.
    fn replaying(&mut self, replaying: &mut Replaying) -> Result<(), Vec<Problem>> {
        if let Some(project) = self.project {
            if replaying.tool.is_none() {
                replaying.tool = project.history_tool()?.map(Wished::Tool);
            }
            replaying.table.clone_from(&project.read.config.history.table);
        }
        if let (Some(tool), Some(origin)) = (replaying.tool, self.given("tool")) {
            self.row("history.tool", &tool.to_string(), origin);
        }
        if let (Some(upto), Some(origin)) = (replaying.upto, self.given("upto")) {
            self.row("upto", &word(&upto), origin);
        }
        Ok(())
    }

    fn scratch(&mut self, slot: &mut args::Scratch) {
        self.value(
            ("scratch", "scratch"),
            slot,
            |project| {
                project.read.config.scratch.map(|scratch| match scratch {
                    config::Scratch::Auto => args::Scratch::Auto,
                    config::Scratch::Off => args::Scratch::Off,
                })
            },
            |scratch| match scratch {
                args::Scratch::Auto => "auto".to_owned(),
                args::Scratch::Off => "off".to_owned(),
                args::Scratch::Given(_) => "a given server".to_owned(),
            },
        );
    }

    fn server_version(&mut self, slot: &mut Option<u32>) -> Result<(), Vec<Problem>> {
        let written = self.project.and_then(|project| project.read.config.compare.server_version.clone());
        let version = written.as_deref().map(args::server_version).transpose().map_err(|usage| {
            let line = self.project.and_then(|p| p.origin("compare.server-version"));
            let place = line.map(|origin| format!("{origin}: ")).unwrap_or_default();
            vec![Problem::configuration(format!("{place}`server-version` is no version"), usage)]
        })?;
        self.value(
            ("server_version", "compare.server-version"),
            slot,
            |_| version.map(Some),
            |version| match version {
                Some(number) if number % 10_000 == 0 => (number / 10_000).to_string(),
                Some(number) => format!("{}.{}", number / 10_000, number % 10_000),
                None => "the live server's, else 18".to_owned(),
            },
        );
        Ok(())
    }

    fn chosen(&mut self, project: &Project) -> args::Chosen {
        let compare = &project.read.config.compare;
        let mut told = Vec::new();
        for (key, list) in [("compare.include", &compare.include), ("compare.exclude", &compare.exclude)] {
            let words: Vec<&str> = list.iter().map(|s| s.get_ref().as_str()).collect();
            if let (false, Some(origin)) = (words.is_empty(), project.origin(key)) {
                let value = words.join(" ");
                told.push(format!("{} {}", key.trim_start_matches("compare."), safe(&value)));
                self.row(key, &value, origin);
            }
        }
        for rename in &project.read.renames {
            told.push(format!("rename {} {} to {}", rename.kind, safe(&rename.from), safe(&rename.to)));
        }
        args::Chosen {
            selection: project.read.selection.clone(),
            renames: project.read.renames.clone(),
            told,
        }
    }
}

/// What `--help` calls a value.
pub(super) fn word<T: clap::ValueEnum>(value: &T) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
