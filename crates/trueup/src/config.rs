//! `trueup config`: the configuration that counts, and where each value came from.

use crate::args::{self, Format};
use crate::output;
use crate::problem::Problem;
use crate::project::{Filling, Project};
use crate::run::{Exit, Talk, write_failed};
use clap::ArgMatches;

/// Prints it. A target whose variable is not set is shown as such and stops nothing.
///
/// # Errors
/// The configuration has mistakes.
pub fn config(config: &mut args::Config, matches: &ArgMatches, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let print = |text: &str| output::stdout(text).map_err(|problem| vec![problem]);
    if config.schema {
        let schema = trueup_policy::config::schema().map_err(|error| vec![write_failed(&error)])?;
        print(&schema)?;
        return Ok(Exit::Good);
    }
    let project = Project::find(&config.sides.project)?;
    let mut filling = Filling::new(matches, project.as_ref());
    filling.sides(&mut config.sides)?;
    filling.gate(&mut config.options)?;
    if let Some(project) = &project {
        filling.policy(project);
    }
    let name = project.as_ref().map(|project| project.name.as_str());
    match config.format {
        Format::Text => {
            let width = filling.rows.iter().map(|row| row.key.len()).max().unwrap_or_default();
            let values =
                filling.rows.iter().map(|row| row.value.chars().count()).max().unwrap_or_default().min(40);
            let mut text = String::new();
            for row in &filling.rows {
                text += &format!("{:width$}  {:values$}  {}\n", row.key, row.value, row.origin);
            }
            print(&text)?;
            if name.is_none() {
                talk.hint(Some("no trueup.toml was found; `trueup init` writes one".to_owned()));
            }
        }
        Format::Json => {
            let values: Vec<_> = filling
                .rows
                .iter()
                .map(|row| serde_json::json!({"key": row.key, "value": row.value, "origin": row.origin.to_string()}))
                .collect();
            let document = serde_json::json!({
                "format_version": trueup_report::FORMAT_VERSION,
                "trueup_version": env!("CARGO_PKG_VERSION"),
                "file": name,
                "values": values,
            });
            print(&format!("{document:#}\n"))?;
        }
    }
    Ok(Exit::Good)
}
