//! The live side by its name.

use super::{Filling, Origin};
use crate::args::ProjectFile;
use crate::problem::Problem;
use crate::source::Source;
use std::time::Duration;
use trueup_report::safe;

/// A target of the configuration.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The greatest age of its snapshot.
    pub max_age: Option<Duration>,
    /// The variable that should hold its URL and does not.
    pub unset: Option<String>,
}

impl Target {
    /// That it can be reached at all.
    ///
    /// # Errors
    /// X104 when its variable is not set: the empty string would mean libpq's environment, another database.
    pub fn is_known(&self) -> Result<(), Problem> {
        match &self.unset {
            None => Ok(()),
            Some(variable) => Err(Problem::configuration(
                format!("the target `{}` is at ${}, which is not set", safe(&self.name), safe(variable)),
                "set it to the connection string, or name another target with --target or --live",
            )),
        }
    }
}

impl Filling<'_> {
    /// The live side: `--live`, the target, or libpq's environment.
    ///
    /// # Errors
    /// The target is not there, or its variable is not set.
    pub fn live(
        &mut self,
        live: &mut Vec<String>,
        options: &ProjectFile,
    ) -> Result<Option<Target>, Vec<Problem>> {
        let (live_given, target_given) = (self.given("live"), self.given("target"));
        let one = |problem: Problem| vec![problem];
        if (&live_given, &target_given) == (&Some(Origin::CommandLine), &Some(Origin::CommandLine)) {
            return Err(one(Problem::configuration(
                "--live and --target both name the database",
                "give one of them",
            )));
        }
        let by_name = target_given == Some(Origin::CommandLine) || live_given.is_none();
        let configured = self.project().and_then(|project| project.read.config.target.as_ref());
        let name = match (&options.target, configured) {
            (Some(name), _) if by_name => name.as_str(),
            (None, Some(name)) if by_name => name.get_ref().as_str(),
            (Some(_) | None, _) => {
                let value = match Source::of("--live", live) {
                    _ if live.is_empty() => "libpq's environment".to_owned(),
                    Ok(Source::Server(_)) | Err(_) => "a given database".to_owned(),
                    Ok(source) => source.name(),
                };
                let origin = live_given.unwrap_or(Origin::Default);
                self.row("live", &value, origin);
                return Ok(None);
            }
        };
        let Some(project) = self.project() else {
            return Err(one(Problem::configuration(
                format!("there is no target `{}`: no trueup.toml was found", safe(name)),
                "write one (`trueup init`), name it with --config, or use --live",
            )));
        };
        let Some(written) = project.read.config.targets.get(name) else {
            let known: Vec<&str> = project.read.config.targets.keys().map(String::as_str).collect();
            return Err(one(Problem::configuration(
                format!("{} has no target `{}`", project.name, safe(name)),
                format!("it has {}", safe(&known.join(", "))),
            )));
        };
        let origin = target_given.or_else(|| project.origin("target")).unwrap_or(Origin::Default);
        let written = written.get_ref();
        let value = match (&written.url_env, &written.snapshot) {
            (Some(variable), _) => {
                let url = std::env::var(variable).ok().filter(|url| !url.is_empty());
                let state = if url.is_some() { "" } else { ", not set" };
                *live = url.into_iter().collect();
                format!("{name} (${variable}{state})")
            }
            (None, Some(snapshot)) => {
                *live = vec![project.path(snapshot)];
                format!("{name} ({snapshot})")
            }
            (None, None) => name.to_owned(),
        };
        self.row("target", &value, origin);
        let max_age = written.max_age.as_deref().and_then(|text| trueup_policy::age(text).ok());
        let unset = written.url_env.clone().filter(|_| live.is_empty());
        Ok(Some(Target { name: name.to_owned(), max_age, unset }))
    }
}
