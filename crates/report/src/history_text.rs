//! The histories of migration tools, for a terminal.

use crate::Place;
use crate::counts::{counted, thousands};
use crate::look::{BOLD, CYAN, DIM, GREEN, Look, RED, YELLOW};
use crate::safe::{brief, safe};
use anstyle::Style;
use trueup_diff::Level;
use trueup_history::{Fault, History, Migration, Outcome, State};

/// So many applied migrations are listed before one that is not, and at the end; the others are counted.
const SHOWN: usize = 3;

/// How much is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// What is not applied, and the last few that are.
    Short,
    /// Every migration.
    All,
}

/// Every history with its faults, and the closing line. `folder` is what was looked at, which paths begin with.
pub fn history_text(
    histories: &[History],
    folder: &str,
    live: &Place,
    listing: Listing,
    look: Look,
) -> String {
    let mut out = String::new();
    for history in histories {
        out += &heading(history, look);
        out += &list(&history.migrations, listing, look);
        out.push('\n');
        for fault in &history.faults {
            out += &block(fault, folder, look);
            out.push('\n');
        }
        for remark in &history.remarks {
            out += &format!("{} {}\n", look.paint(DIM, "Not told:"), safe(remark));
        }
    }
    out + &closing(histories, live, look)
}

/// What is wrong alone, and a closing line: what `check` prints before its own findings.
pub fn history_faults_text(histories: &[History], folder: &str, live: &Place, look: Look) -> String {
    let faults = histories.iter().flat_map(|history| &history.faults);
    let mut out: String = faults.map(|fault| block(fault, folder, look) + "\n").collect();
    out += &closing(histories, live, look);
    out.push('\n');
    out
}

fn heading(history: &History, look: Look) -> String {
    let table = match &history.table {
        Some(table) => format!("its history in {}", safe(&table.to_string())),
        None => "without a table of its history in the database".to_owned(),
    };
    let tool = look.paint(BOLD, history.tool.map_or("A tool", trueup_history::Tool::name));
    format!(
        "{tool}: {} in {}, {table}\n",
        counted(history.migrations.len(), "migration"),
        safe(&history.folder)
    )
}

fn style(state: State) -> Style {
    match state {
        State::Applied | State::Marked | State::Covered => GREEN,
        State::Pending | State::RolledBack => CYAN,
        State::Unknown => YELLOW,
        State::Failed | State::Edited | State::MissingFile | State::OutOfOrder | State::NeverRun => RED,
    }
}

fn list(migrations: &[Migration], listing: Listing, look: Look) -> String {
    let quiet = |migration: &Migration| matches!(migration.state, State::Applied | State::Covered);
    let near = |at: usize| {
        let ahead = migrations.iter().skip(at + 1).take(SHOWN);
        migrations.len() - at <= SHOWN || ahead.into_iter().any(|migration| !quiet(migration))
    };
    let width =
        migrations.iter().map(|migration| safe(&migration.id).chars().count()).max().unwrap_or(0).min(40);
    let (mut out, mut hidden) = (String::new(), 0_usize);
    let flush = |hidden: &mut usize, out: &mut String| {
        if *hidden > 0 {
            *out += &format!(
                "  {}\n",
                look.paint(DIM, format_args!("… {} applied (--all lists them)", thousands(*hidden)))
            );
            *hidden = 0;
        }
    };
    for (at, migration) in migrations.iter().enumerate() {
        if listing == Listing::Short && migrations.len() > 3 * SHOWN && quiet(migration) && !near(at) {
            hidden += 1;
            continue;
        }
        flush(&mut hidden, &mut out);
        let state = look.paint(style(migration.state), format_args!("{:17}", migration.state.word()));
        let head = if migration.head { " (head)" } else { "" };
        let title =
            migration.title.as_deref().map(|title| format!("  {}", brief(title, 60))).unwrap_or_default();
        let id = brief(&migration.id, 80);
        let line = format!("  {state} {id:width$}{title}{head}");
        out += line.trim_end();
        out.push('\n');
    }
    flush(&mut hidden, &mut out);
    out
}

fn block(fault: &Fault, folder: &str, look: Look) -> String {
    let colour = match fault.level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note => GREEN,
    };
    let mut out = format!(
        "{}{}\n",
        look.paint(colour.bold(), format_args!("{}[{}]", fault.level.word(), fault.code)),
        look.paint(BOLD, format_args!(": {}", safe(&fault.title)))
    );
    if let Some(place) = &fault.place {
        let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
        out += &format!("  {} {}{line}\n", look.paint(CYAN.bold(), "-->"), safe(&under(folder, &place.file)));
    }
    for reason in &fault.reasons {
        out += &format!("   = {}\n", safe(reason));
    }
    for way_out in &fault.ways_out {
        out += &format!("   = {} {}\n", look.paint(BOLD, "way out:"), safe(way_out));
    }
    out
}

/// A path below the folder that was looked at.
pub(crate) fn under(folder: &str, file: &str) -> String {
    match folder.trim_end_matches('/') {
        "" | "." => file.to_owned(),
        folder => format!("{folder}/{file}"),
    }
}

fn closing(histories: &[History], live: &Place, look: Look) -> String {
    let states = State::ALL.iter().filter_map(|state| {
        let count =
            histories.iter().flat_map(|history| &history.migrations).filter(|m| m.state == *state).count();
        (count > 0).then(|| format!("{} {}", thousands(count), state.word()))
    });
    let states: Vec<String> = states.collect();
    let states = if states.is_empty() { "no migrations".to_owned() } else { states.join(", ") };
    let level = |level: Level| {
        histories.iter().flat_map(|history| &history.faults).filter(|f| f.level == level).count()
    };
    let levels = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "note")];
    let levels: Vec<String> =
        levels.iter().filter(|(l, _)| level(*l) > 0).map(|(l, word)| counted(level(*l), word)).collect();
    let place = safe(&live.name);
    match Outcome::of(histories) {
        Outcome::InOrder => format!("{} {states} in {place}\n", look.paint(GREEN.bold(), "In order:")),
        Outcome::Faults => {
            format!("{} {}; {states} in {place}\n", look.paint(RED.bold(), "Faults:"), levels.join(", "))
        }
        Outcome::Undecided => format!(
            "{} {}; {states} in {place}, and \"in order\" can't be said\n",
            look.paint(YELLOW.bold(), "Undecided:"),
            levels.join(", ")
        ),
    }
}
