//! What the gate has besides the two sides, and its policy.

use super::filling::word;
use super::{Filling, Origin, Project};
use crate::args;
use crate::problem::Problem;
use std::path::PathBuf;
use trueup_policy::config::Setting;
use trueup_report::safe;

/// Where the baseline is kept when nobody says otherwise.
const BASELINE: &str = "trueup-baseline.json";

/// The baseline's usual place: beside the configuration, else in this folder.
pub fn usual_baseline(project: Option<&Project>) -> PathBuf {
    PathBuf::from(project.map_or_else(|| BASELINE.to_owned(), |project| project.path(BASELINE)))
}

impl Filling<'_> {
    /// What the gate has besides.
    ///
    /// # Errors
    /// An output of the file is none.
    pub fn gate(&mut self, gate: &mut args::GateOptions) -> Result<(), Vec<Problem>> {
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string())
        };
        self.value(
            ("baseline", "gate.baseline"),
            &mut gate.baseline,
            |project| {
                let written = project.read.config.gate.baseline.as_deref()?;
                Some(Some(PathBuf::from(project.path(written))))
            },
            path,
        );
        // One that was written to its usual place counts without being named.
        let usual = usual_baseline(self.project());
        if gate.baseline.is_none() && usual.is_file() {
            self.rows.retain(|row| row.key != "gate.baseline");
            self.row("gate.baseline", &usual.display().to_string(), Origin::Default);
            gate.baseline = Some(usual);
        }
        self.value(
            ("base", "gate.base"),
            &mut gate.base,
            |project| Some(Some(project.source(project.read.config.gate.base.as_deref()?))),
            |base| base.clone().unwrap_or_else(|| "none".to_owned()),
        );
        self.value(
            ("fail_on", "gate.fail-on"),
            &mut gate.fail_on,
            |project| {
                let list = &project.read.config.gate.fail_on;
                (!list.is_empty()).then(|| list.iter().map(|sort| (*sort).into()).collect())
            },
            |list| match list.as_slice() {
                [] => "all".to_owned(),
                list => list.iter().map(word).collect::<Vec<_>>().join(" "),
            },
        );
        let outputs = self.outputs_of_the_file()?;
        self.value(
            ("outputs", "gate.outputs"),
            &mut gate.outputs,
            |_| outputs,
            |list| match list.as_slice() {
                [] => "none".to_owned(),
                list => {
                    let one = |to: &args::OutputTo| format!("{}={}", to.format.word(), to.path.display());
                    list.iter().map(one).collect::<Vec<_>>().join(" ")
                }
            },
        );
        self.value(
            ("webhook", "webhook.url-env"),
            &mut gate.webhook,
            |project| Some(std::env::var(project.read.config.webhook.url_env.as_deref()?).ok()),
            |url| if url.is_some() { "a given URL" } else { "none" }.to_owned(),
        );
        Ok(())
    }

    fn outputs_of_the_file(&self) -> Result<Option<Vec<args::OutputTo>>, Vec<Problem>> {
        let Some(project) = self.project() else { return Ok(None) };
        let mut outputs = Vec::new();
        for written in &project.read.config.gate.outputs {
            let to = args::output_of(written.get_ref()).map_err(|usage| {
                let line = project.origin("gate.outputs").unwrap_or(Origin::Default);
                vec![Problem::configuration(
                    format!("{line}: `{}` is no output: {usage}", safe(written.get_ref())),
                    "write a format and a path, as \"sarif=trueup.sarif\"",
                )]
            })?;
            outputs.push(args::OutputTo {
                path: PathBuf::from(project.path(&to.path.display().to_string())),
                ..to
            });
        }
        Ok((!outputs.is_empty()).then_some(outputs))
    }

    /// Levels, exceptions and the history, which only the file has.
    pub fn policy(&mut self, project: &Project) {
        for (code, setting) in &project.read.config.levels {
            let key = format!("levels.{}", code.get_ref());
            let value = match setting {
                Setting::Error => "error",
                Setting::Warning => "warning",
                Setting::Note => "note",
                Setting::Off => "off",
            };
            let origin = project.origin(&key).unwrap_or(Origin::Default);
            self.row(&key, value, origin);
        }
        for exception in &project.read.policy.ignore {
            let code = exception.code.map(|code| format!("{code} ")).unwrap_or_default();
            let object = exception.object.as_ref().map(|object| format!("{object} ")).unwrap_or_default();
            let until = exception.expires.map(|day| format!(", until {day}")).unwrap_or_default();
            let value = format!("{code}{object}({}{until})", exception.reason);
            self.row("ignore", &value, Origin::File(project.name.clone(), exception.line));
        }
        let history = &project.read.config.history;
        let folder = project.history_folder();
        for (key, value) in [
            ("history.folder", folder.as_deref()),
            ("history.tool", history.tool.as_deref()),
            ("history.table", history.table.as_deref()),
        ] {
            if let Some(value) = value {
                self.row(key, value, project.origin(key).unwrap_or(Origin::Default));
            }
        }
        for rename in &project.read.renames {
            let value = format!("{} {} to {}", rename.kind, rename.from, rename.to);
            self.row("rename", &value, project.origin("rename").unwrap_or(Origin::Default));
        }
        for selector in &project.read.config.repair.allow {
            self.row("repair.allow", selector, project.origin("repair.allow").unwrap_or(Origin::Default));
        }
    }
}
