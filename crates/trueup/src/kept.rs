//! `trueup repair --check`: whether a file that repair wrote earlier is what it would write now.

use crate::args::{self, Format};
use crate::output;
use crate::problem::{Problem, plain};
use crate::run::{Exit, Talk, find};
use std::path::Path;
use trueup_report::{Kept, safe};

/// Reads the file, then both sides, and says what came of it.
///
/// # Errors
/// When the file can't be read or is none of repair's, and what stopped the reading of a side.
pub async fn check(path: &Path, repair: &args::Repair, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let name = safe(&path.display().to_string()).into_owned();
    let unusable = |what: String| {
        vec![Problem::configuration(
            format!("{name} can't be checked: {what}"),
            format!("`trueup repair -o {name}` writes it anew"),
        )]
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(plain(&error.to_string())))?;
    let kept = Kept::read(&text).map_err(|error| unusable(error.to_string()))?;
    let found = find(&repair.sides, repair.allow.clone(), talk).await?;
    let reasons = kept.stale(&found.report());
    match repair.format {
        Format::Text => {
            let said = if reasons.is_empty() {
                format!("{name} is what repair would write now\n")
            } else {
                let lines: String = reasons.iter().map(|reason| format!("  {}\n", safe(reason))).collect();
                format!("{name} is stale:\n{lines}")
            };
            output::stdout(&said).map_err(|problem| vec![problem])?;
        }
        Format::Json => {
            let document = serde_json::json!({
                "format_version": trueup_report::FORMAT_VERSION,
                "trueup_version": env!("CARGO_PKG_VERSION"),
                "outcome": if reasons.is_empty() { "current" } else { "stale" },
                "reasons": reasons,
            });
            output::stdout(&format!("{document:#}\n")).map_err(|problem| vec![problem])?;
        }
    }
    Ok(if reasons.is_empty() { Exit::Good } else { Exit::Drift })
}
