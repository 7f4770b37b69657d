//! The options that say how a folder of migrations is read.

use clap::{Args, ValueEnum};
use std::str::FromStr;
use trueup_history::Tool;

/// How a folder of migrations that states the desired schema is read.
#[derive(Clone, Debug, Default, Args)]
pub struct Replaying {
    /// Whose migrations a folder has that is given as the desired schema. Without it, its files and the live database tell; `none`
    /// reads every .sql file of it by name
    #[arg(long, value_name = "TOOL", env = "TRUEUP_TOOL")]
    pub tool: Option<Wished>,
    /// How far a folder of migrations is replayed: `applied` is what the live database's history has, so that drift is what was
    /// changed by hand and the rest is pending; `head` is all of them. Without it, `applied` where there is a history, else `head`
    #[arg(long, value_name = "POINT", env = "TRUEUP_UPTO")]
    pub upto: Option<Point>,
    /// The table that keeps the history, by trueup.toml.
    #[arg(skip)]
    pub table: Option<String>,
}

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Point {
    /// What the history of the live database has.
    Applied,
    /// All that the tool would run on an empty database.
    Head,
}

/// The value of `--tool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wished {
    /// No tool: the folder is plain SQL.
    None,
    /// This one.
    Tool(Tool),
}

impl FromStr for Wished {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Wished::None);
        }
        text.parse()
            .map(Wished::Tool)
            .map_err(|unknown: trueup_history::UnknownTool| format!("{unknown}, or none"))
    }
}

impl std::fmt::Display for Wished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wished::None => f.write_str("none"),
            Wished::Tool(tool) => f.write_str(tool.name()),
        }
    }
}
