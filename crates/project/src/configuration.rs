//! The commented `trueup.toml` for a project.
//!
//! Owns: its text. Never: a value of a variable; every path is quoted as TOML wants it.

use crate::tools::Kind;
use crate::{Candidate, Found, Project};
use std::fmt::Write;

const HEAD: &str = "\
# How trueup looks at this project. `trueup init` wrote it from what it found; it is yours now.
# `trueup gate` and `trueup check` read it. Lines that begin with `#` are examples and reasons.

# What the code wants: .sql files, folders (read in the order of their names), a snapshot, or `git:REV:path`.
";

const COMPARE: &str = "
[compare]
# Schemas that the desired SQL never speaks of are counted, not compared. true takes them in.
all-schemas = false
# Whose privileges and owners are compared: \"stated\" are those that the desired SQL states.
privileges = \"stated\"                  # stated | strict | off
owners = \"stated\"                      # stated | off
# Objects to leave out, as kind:name with * for any text. The tables in which migration tools keep their history
# are left out by themselves.
exclude = []                           # [\"table:public.tmp_*\", \"schema:audit\"]
";

const REST: &str = "
# How much a finding weighs: error | warning | note | off, by number or name. `trueup explain` lists them.
# [levels]
# D281 = \"off\"

# Drift that is known and stays, for a reason and until a day.
# [[ignore]]
# code = \"D102\"
# object = \"index:public.orders_tmp\"
# reason = \"built by hand for the launch\"
# expires = 2027-01-31

# The gate turns red on any drift. A baseline (`trueup gate --write-baseline`) holds what is known, and only other
# drift counts; with a base, what a change brings is told apart from what was there.
# [gate]
# baseline = \"trueup-baseline.json\"
# base = \"git:origin/main\"
# fail-on = [\"introduced\"]             # introduced | introduced-unrepairable | existing
# outputs = [\"sarif=trueup.sarif\"]

# Where to tell of drift. Both are names of variables.
# [webhook]
# url-env = \"TRUEUP_WEBHOOK_URL\"
# secret-env = \"TRUEUP_WEBHOOK_SECRET\"
";

/// Where a dump goes that isn't kept yet.
pub const DUMP: &str = "db/schema.sql";

/// The whole file.
pub fn configuration(project: &Project) -> String {
    let mut out = HEAD.to_owned();
    match project.usable() {
        Some(best) => {
            line(&mut out, "", &format!("{}.", sentence(&best.why)));
            let _ = writeln!(out, "{}", desired(best));
            presumed(&mut out, project, best);
            others(&mut out, project.desired.iter().skip(1));
        }
        None => without(&mut out, project),
    }
    target(&mut out, project);
    out += COMPARE;
    out += REST;
    out
}

/// A comment. Writing to a String can't fail.
fn line(out: &mut String, before: &str, text: &str) {
    let _ = writeln!(out, "# {before}{text}");
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `desired = ["a.sql"]`.
fn desired(candidate: &Candidate) -> String {
    format!("desired = {}", list(&candidate.paths))
}

fn list(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
    format!("[{}]", quoted.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// What the files rely on comes before them.
fn presumed(out: &mut String, project: &Project, best: &Candidate) {
    for presumed in project.tools.iter().filter_map(|found| found.tool.presumes.as_ref()) {
        line(
            out,
            "",
            &format!(
                "These files leave out {}. Where they refer to it, name a dump of it first:",
                presumed.what
            ),
        );
        line(out, "  ", presumed.command);
        let paths: Vec<String> =
            std::iter::once(presumed.file.to_owned()).chain(best.paths.iter().cloned()).collect();
        line(out, "  ", &format!("desired = {}", list(&paths)));
    }
}

/// So many other candidates are written down.
const OTHERS: usize = 6;

fn others<'a>(out: &mut String, others: impl Iterator<Item = &'a Candidate>) {
    let others: Vec<&Candidate> = others.collect();
    if others.is_empty() {
        return;
    }
    line(out, "", "Found as well:");
    for other in others.iter().take(OTHERS) {
        let why = match &other.unusable {
            Some(reason) => format!("can't be read: {reason}"),
            None => other.why.clone(),
        };
        line(out, "  ", &desired(other));
        line(out, "    ", &why);
    }
    if let Some(more) = others.len().checked_sub(OTHERS).filter(|more| *more > 0) {
        line(out, "  ", &format!("and {more} more"));
    }
}

/// Nothing states the schema: why, and what would.
fn without(out: &mut String, project: &Project) {
    let tools: Vec<&Found> = project.tools.iter().collect();
    if tools.is_empty() && project.desired.is_empty() {
        line(
            out,
            "",
            "No file was found that creates tables. Keep a dump of the schema that the code wants:",
        );
    }
    for found in &tools {
        line(out, "", &format!("{}.", reason(found)));
    }
    for other in project.desired.iter().filter(|c| !is_folder_of(c, &tools)) {
        if let Some(reason) = &other.unusable {
            line(out, "", &format!("{}: {reason}.", other.paths.join(", ")));
        }
    }
    if !tools.is_empty() || !project.desired.is_empty() {
        line(out, "", "Keep the schema that comes out of it beside it, and name that here:");
    }
    for command in commands(project) {
        line(out, "  ", &command);
    }
    // A comment: the file is not there yet.
    line(out, "", &format!("desired = {}", list(&[DUMP.to_owned()])));
}

fn is_folder_of(candidate: &Candidate, tools: &[&Found]) -> bool {
    tools.iter().any(|found| found.migrations.iter().any(|m| candidate.paths == [m.folder.clone()]))
}

/// Why a tool's files state nothing that can be read.
pub fn reason(found: &Found) -> String {
    let name = found.tool.name;
    match (&found.tool.kind, found.migrations.iter().find(|m| m.unusable.is_some())) {
        (Kind::Code(what), _) => {
            format!("{name}'s migrations are {what}: only {name} can run them ({})", found.mark)
        }
        (Kind::Sql { .. }, Some(folder)) => format!(
            "{name}'s migrations in {} can't be read as they are: {}",
            folder.folder,
            folder.unusable.as_deref().unwrap_or_default()
        ),
        (Kind::Sql { .. }, None) => {
            format!("{name} is used here ({}), and no SQL of it was found", found.mark)
        }
    }
}

/// The commands that make a dump to compare with.
pub fn commands(project: &Project) -> Vec<String> {
    let dump = format!("pg_dump --schema-only --no-owner --no-privileges \"$EMPTY_DATABASE_URL\" > {DUMP}");
    let Some(found) = project.tools.first() else {
        return vec![
            "of a database that has it (a dump of production would hide its drift):".to_owned(),
            dump.replace("EMPTY_", "WANTED_"),
        ];
    };
    let mut out = Vec::new();
    if let Some(prints) = found.tool.prints {
        out.push(format!("{} > {DUMP}", prints.replace("{mark}", &shell(&found.mark))));
        out.push("or, on an empty database (a dump of production would hide its drift):".to_owned());
    } else {
        out.push("on an empty database (a dump of production would hide its drift):".to_owned());
    }
    out.push(found.tool.apply.to_owned());
    out.push(dump);
    out
}

/// A path as a word of a shell.
fn shell(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

fn target(out: &mut String, project: &Project) {
    out.push_str("\n# The target that is meant where the command line names none.\ntarget = \"production\"\n\n[targets.production]\n");
    out.push_str("# The name of the variable that holds the URL. The URL itself never stands in a file.\n");
    let Some(variable) = project.variables.first() else { return };
    match &variable.file {
        Some(file) => line(out, "", &format!("{} is named in {file}.", variable.name)),
        None => {
            line(out, "", &format!("No file of this project names one; {} is the usual name.", variable.name))
        }
    }
    if let Some(scheme) = variable.scheme {
        line(
            out,
            "",
            &format!(
                "Its value begins with {scheme} there; trueup wants postgres://, so set a variable of its own."
            ),
        );
    }
    let _ = writeln!(out, "url-env = {}", quoted(&variable.name));
    let others: Vec<String> = project.variables.iter().skip(1).take(OTHERS).map(|v| v.name.clone()).collect();
    if !others.is_empty() {
        line(out, "", &format!("Named as well: {}.", others.join(", ")));
    }
    out.push_str(
        "
# For where the database can't be reached, as in a pull request from a fork: `trueup snapshot -o db/production.json`
# saves what is live, and the gate fails when that is older than it may be.
# [targets.offline]
# snapshot = \"db/production.json\"
# max-age = \"7d\"
",
    );
}
