//! The project's configuration: finds and reads trueup.toml, and fills in what the command line and the environment leave open.
//!
//! The command line beats the environment, and that beats the file. Every value keeps where it came from, for `trueup config`.

mod filling;
mod gate;
mod target;

pub use filling::{Filling, Origin};
pub use gate::usual_baseline;
pub use target::Target;

use crate::args::{ProjectFile, Sides};
use crate::problem::{Problem, plain};
use clap::ArgMatches;
use std::path::{Path, PathBuf};
use trueup_report::safe;

/// The name that is looked for.
const NAME: &str = "trueup.toml";

/// A configuration file, read.
#[derive(Clone, Debug)]
pub struct Project {
    /// The file, as it is shown.
    pub name: String,
    /// Its folder, as this process reaches it.
    folder: PathBuf,
    /// What it says.
    pub read: trueup_policy::Project,
}

impl Project {
    /// The file that the options name, or the nearest one; `None` where there is none.
    ///
    /// # Errors
    /// It can't be read, or has mistakes: all of them.
    pub fn find(options: &ProjectFile) -> Result<Option<Self>, Vec<Problem>> {
        if options.no_config {
            return Ok(None);
        }
        let path = match &options.config {
            Some(path) => path.clone(),
            None => match nearest(&std::env::current_dir().unwrap_or_default()) {
                Some(path) => path,
                None => return Ok(None),
            },
        };
        let name = safe(&path.display().to_string()).into_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            vec![Problem::configuration(
                format!("{name}: {}", plain(&error.to_string())),
                "`trueup init` writes a configuration file",
            )]
        })?;
        let read = trueup_policy::read(&text).map_err(|mistakes| {
            let problem = |mistake: trueup_policy::Mistake| {
                let (line, column) = mistake.place;
                let message = format!("{name}:{line}:{column}: {}", safe(&mistake.message));
                Problem::configuration(message, safe(&mistake.way_out))
            };
            mistakes.into_iter().map(problem).collect::<Vec<_>>()
        })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Some(Project { name, folder, read }))
    }

    /// A path of the file, as this process reaches it.
    pub(crate) fn path(&self, written: &str) -> String {
        if self.folder.as_os_str().is_empty() || written == "-" {
            return written.to_owned();
        }
        self.folder.join(written).display().to_string()
    }

    /// A source of the file: its paths start at the file's folder.
    pub(crate) fn source(&self, written: &str) -> String {
        match written.strip_prefix("git:").and_then(|rest| rest.split_once(':')) {
            Some((revision, path)) => format!("git:{revision}:{}", self.path(path)),
            None if written.starts_with("git:") => written.to_owned(),
            None => self.path(written),
        }
    }

    /// The folder that `[history]` names.
    pub(crate) fn history_folder(&self) -> Option<String> {
        self.read.config.history.folder.as_deref().map(|folder| self.source(folder))
    }

    /// The tool that `[history]` names.
    ///
    /// # Errors
    /// There is none of this name.
    pub(crate) fn history_tool(&self) -> Result<Option<trueup_history::Tool>, Vec<Problem>> {
        let Some(written) = self.read.config.history.tool.as_deref() else { return Ok(None) };
        written.parse().map(Some).map_err(|unknown: trueup_history::UnknownTool| {
            let line = self.origin("history.tool").unwrap_or(Origin::Default);
            vec![Problem::configuration(
                format!("{line}: `{}` is no tool whose history is read", safe(written)),
                unknown.to_string(),
            )]
        })
    }

    pub(crate) fn origin(&self, key: &str) -> Option<Origin> {
        self.read.lines.get(key).map(|line| Origin::File(self.name.clone(), *line))
    }
}

/// The nearest file from this folder upwards, not beyond the repository that it is in. As a path relative to the folder.
fn nearest(from: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in from.ancestors() {
        if folder.join(NAME).is_file() {
            return Some(up.join(NAME));
        }
        if folder.join(".git").exists() {
            return None;
        }
        up.push("..");
    }
    None
}

/// Fills in the two sides of a verb that compares.
///
/// # Errors
/// The configuration has mistakes, or names what is not there.
pub fn fill(sides: &mut Sides, matches: &ArgMatches) -> Result<Option<Project>, Vec<Problem>> {
    let project = Project::find(&sides.project)?;
    let mut filling = Filling::new(matches, project.as_ref());
    if let Some(target) = filling.sides(sides)? {
        target.is_known().map_err(|problem| vec![problem])?;
    }
    Ok(project)
}

/// Fills in the live side of a verb that reads nothing else.
///
/// # Errors
/// As for [`fill`].
pub fn fill_live(
    live: &mut Vec<String>,
    options: &ProjectFile,
    matches: &ArgMatches,
) -> Result<(), Vec<Problem>> {
    let project = Project::find(options)?;
    let target = Filling::new(matches, project.as_ref()).live(live, options)?;
    target.map_or(Ok(()), |target| target.is_known()).map_err(|problem| vec![problem])
}

/// Fills in what a history needs: the live side, and what `[history]` says.
///
/// # Errors
/// As for [`fill`].
pub fn fill_history(history: &mut crate::history::History, matches: &ArgMatches) -> Result<(), Vec<Problem>> {
    let project = Project::find(&history.project)?;
    let target = Filling::new(matches, project.as_ref()).live(&mut history.live, &history.project)?;
    target.map_or(Ok(()), |target| target.is_known()).map_err(|problem| vec![problem])?;
    if let Some(project) = &project {
        // A folder of the command line is another project than the file's, whose tool and table are not meant then.
        if history.folder.is_none() {
            history.folder = project.history_folder();
            history.tool = history.tool.or(project.history_tool()?);
            history.table = history.table.take().or_else(|| project.read.config.history.table.clone());
        }
    }
    Ok(())
}

/// Consents of the command line and of the configuration.
pub fn allowed(allow: &mut Vec<String>, project: Option<&Project>) {
    if let Some(project) = project {
        allow.extend(project.read.config.repair.allow.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_within_the_repository_is_found() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("repository/app/src");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(root.path().join(NAME), "").unwrap();
        assert_eq!(nearest(&inner), Some(PathBuf::from("../../../trueup.toml")));
        std::fs::create_dir(root.path().join("repository/.git")).unwrap();
        assert_eq!(nearest(&inner), None);
        std::fs::write(root.path().join("repository/app").join(NAME), "").unwrap();
        assert_eq!(nearest(&inner), Some(PathBuf::from("../trueup.toml")));
    }
}
