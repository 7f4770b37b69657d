//! `trueup init`: a commented `trueup.toml` for a project.
//!
//! Owns: its options, and when the file may be written. Never: what a folder is, or the file's text.

use crate::output;
use crate::problem::{Problem, plain};
use crate::run::Exit;
use clap::Args;
use std::path::PathBuf;
use trueup_project::Project;
use trueup_report::safe;

/// The name that the other verbs look for.
const NAME: &str = "trueup.toml";

/// Write a commented trueup.toml for a project, by looking at its folder: its schema files, its migration tools, the variable
/// that holds the URL, its CI. Nothing is connected to, and no value of a variable is read into it.
#[derive(Debug, Args)]
pub struct Init {
    /// The project's folder
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// Replace the trueup.toml that is there
    #[arg(long, conflicts_with = "stdout")]
    pub force: bool,
    /// Print the file instead of writing it
    #[arg(long)]
    pub stdout: bool,
}

impl Init {
    /// Looks, writes, tells.
    ///
    /// # Errors
    /// X104 when the folder can't be read, a `trueup.toml` is there already, or it can't be written.
    pub fn run(&self) -> Result<Exit, Vec<Problem>> {
        let path = if self.folder.as_os_str() == "." { PathBuf::from(NAME) } else { self.folder.join(NAME) };
        let shown = safe(&path.display().to_string()).into_owned();
        // A link that leads nowhere is there as well: writing would follow it.
        let there = path.symlink_metadata().is_ok();
        if there && !self.force && !self.stdout {
            return Err(vec![Problem::configuration(
                format!("{shown} is there already"),
                "keep it and compare: `trueup init --stdout`; or replace it: `trueup init --force`",
            )]);
        }
        let project = Project::read(&self.folder).map_err(|error| {
            vec![Problem::configuration(
                safe(&plain(&error.to_string())).into_owned(),
                "name the folder of a project: `trueup init FOLDER`",
            )]
        })?;
        let text = trueup_project::configuration(&project);
        if self.stdout {
            output::stdout(&text).map_err(|problem| vec![problem])?;
            return Ok(Exit::Good);
        }
        output::file(&path, &text).map_err(|problem| vec![problem])?;
        output::stdout(&trueup_project::told(&project, &shown)).map_err(|problem| vec![problem])?;
        Ok(Exit::Good)
    }
}
