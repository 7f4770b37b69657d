//! What was found and what to do next, for people.
//!
//! Owns: the wording. Never: a value of a variable.

use crate::configuration::{DUMP, commands, reason};
use crate::desired::count;
use crate::tools::Kind;
use crate::{Ci, Found, Project};
use std::fmt::Write;

/// The lines for standard output. `wrote` is the file as it was named.
pub fn told(project: &Project, wrote: &str) -> String {
    let mut out = String::from("Found:\n");
    // Writing to a String can't fail.
    for found in &project.tools {
        let _ = writeln!(out, "  {:<14}{}", "tool", tool(found));
    }
    match project.usable() {
        Some(best) => {
            let _ = writeln!(out, "  {:<14}{}: {}", "desired", best.paths.join(", "), best.why);
        }
        None => {
            let _ = writeln!(out, "  {:<14}nothing that can be read as it is", "desired");
        }
    }
    let others = project.usable().map_or(0, |_| project.desired.len() - 1);
    if others > 0 {
        let _ = writeln!(out, "  {:<14}{others} more, as comments in the file", "");
    }
    if let Some(variable) = project.variables.first() {
        let from = variable.file.as_deref().map_or_else(
            || "no file names one; this is the usual name".to_owned(),
            |file| format!("named in {file}"),
        );
        let _ = writeln!(out, "  {:<14}{}: {from}", "the URL", variable.name);
    }
    for (ci, file) in &project.ci {
        let _ = writeln!(out, "  {:<14}{}: {file}", "CI", name(*ci));
    }
    for left_out in &project.left_out {
        let _ = writeln!(out, "  {:<14}{left_out}", "not looked at");
    }
    let _ = write!(out, "\nWrote {wrote}\n\nNext:\n");
    for (number, step) in steps(project).into_iter().enumerate() {
        let _ = writeln!(out, "  {}. {step}", number + 1);
    }
    out
}

fn tool(found: &Found) -> String {
    let folders: Vec<String> =
        found.migrations.iter().map(|m| format!("{} ({})", m.folder, count(m.files))).collect();
    match (&found.tool.kind, folders.is_empty()) {
        (Kind::Sql { .. }, false) => format!("{}: {}", found.tool.name, folders.join(", ")),
        (Kind::Sql { .. }, true) | (Kind::Code(_), _) => format!("{}: {}", found.tool.name, found.mark),
    }
}

fn name(ci: Ci) -> &'static str {
    match ci {
        Ci::GitHub => "GitHub Actions",
        Ci::GitLab => "GitLab CI",
        Ci::Other(name) => name,
        Ci::PreCommit => "pre-commit",
    }
}

fn steps(project: &Project) -> Vec<String> {
    let mut out = Vec::new();
    if project.usable().is_none() {
        let why = project.tools.first().map(|found| format!("{}. ", reason(found))).unwrap_or_default();
        let mut step = format!("{why}Make {DUMP} and name it as `desired`:");
        for command in commands(project) {
            let _ = write!(step, "\n       {command}");
        }
        out.push(step);
    }
    for presumed in project.tools.iter().filter_map(|found| found.tool.presumes.as_ref()) {
        out.push(format!(
            "The files leave out {}. If they refer to it, make {} as the comment in the file says.",
            presumed.what, presumed.file
        ));
    }
    if let Some(variable) = project.variables.first() {
        out.push(format!(
            "Set {} to the URL of the database, for a role that may do no more than connect, and run `trueup gate`.",
            variable.name
        ));
    }
    out.push(
        "If there is drift that stays for now: `trueup gate --write-baseline`, and only what is new counts."
            .to_owned(),
    );
    for (ci, _) in &project.ci {
        out.push(match ci {
            Ci::GitHub => "In GitHub Actions: copy contrib/github/workflow.yml of trueup to .github/workflows/trueup.yml, and give it the URL as a secret.".to_owned(),
            Ci::GitLab => "In GitLab CI: include contrib/gitlab/trueup.gitlab-ci.yml of trueup, and give it the URL as a masked variable.".to_owned(),
            Ci::Other(name) => format!("In {name}: run `trueup gate --output junit=trueup.xml`; exit code 1 is drift, 2 is that it could not run or decide."),
            Ci::PreCommit => "In pre-commit: add the hook `trueup` to .pre-commit-config.yaml; it compares with a snapshot, without a database.".to_owned(),
        });
    }
    if !project.ci.iter().any(|(ci, _)| matches!(ci, Ci::GitHub | Ci::GitLab | Ci::Other(_))) {
        out.push(
            "For CI and scheduled checks: contrib/ of trueup has files for GitHub, GitLab, pre-commit, Docker, systemd and Kubernetes.".to_owned(),
        );
    }
    out
}
