//! What a desired schema that is a folder of migrations was made of, and what of it the live database has not run yet.

use crate::counts::counted;
use crate::look::{BOLD, DIM, Look};
use crate::safe::safe;
use serde::Serialize;

/// How far a folder of migrations was replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Upto {
    /// What the history of the live database has.
    Applied,
    /// All that the tool runs on an empty database.
    Head,
}

/// A folder of migrations that states the desired schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migrations {
    /// Whose they are, where that is known.
    pub tool: Option<String>,
    /// The folder, as it was named.
    pub folder: String,
    /// How far they were replayed.
    pub upto: Upto,
    /// Whether the live database keeps a history of them.
    pub recorded: bool,
    /// The files that were replayed, in their order.
    pub replayed: Vec<String>,
    /// Those that the live database has not run, in the tool's order; empty where no history tells.
    pub pending: Vec<PendingMigration>,
    /// The command that runs what is pending.
    pub apply: Option<String>,
    /// SQL files of the folder that were not read, since the tool does not run them.
    pub not_read: Vec<String>,
    /// What is worth a word besides.
    pub remarks: Vec<String>,
}

/// A migration that the live database has not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PendingMigration {
    /// What the tool calls it.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Why it has not run: `pending`, `failed`, `rolled-back`, `out-of-order`.
    pub state: String,
}

/// So many are named in a line; the others are counted.
const NAMED: usize = 5;

impl Migrations {
    /// These, and then those of another folder.
    #[must_use]
    pub fn and(mut self, next: Migrations) -> Self {
        let same = self.tool == next.tool;
        self.tool = self.tool.filter(|_| same);
        self.apply = self.apply.filter(|_| same);
        self.folder = format!("{} {}", self.folder, next.folder);
        // What is wanted of either folder goes beyond the database as soon as one of them does.
        if next.upto == Upto::Head {
            self.upto = Upto::Head;
        }
        self.recorded &= next.recorded;
        self.replayed.extend(next.replayed);
        self.pending.extend(next.pending);
        self.not_read.extend(next.not_read);
        self.remarks.extend(next.remarks);
        self
    }

    /// `2 migrations pending: a, b`; `None` where none is.
    pub fn pending_line(&self) -> Option<String> {
        if self.pending.is_empty() {
            return None;
        }
        let names: Vec<String> =
            self.pending.iter().take(NAMED).map(|one| safe(&one.id).into_owned()).collect();
        let more = match self.pending.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("{} pending: {}{more}", counted(self.pending.len(), "migration"), names.join(", ")))
    }
}

/// The lines of a report for people, with an empty one behind them; nothing where there is nothing to say.
pub(crate) fn lines(migrations: &Migrations, look: Look) -> String {
    let mut out = String::new();
    if let Some(line) = migrations.pending_line() {
        out += &format!("{}\n", look.paint(BOLD, line));
        let counted_as = match migrations.upto {
            Upto::Applied => "what they make counts as neither missing nor drift",
            Upto::Head => "what they make is wanted (--upto head): it counts as missing",
        };
        let run = migrations.apply.as_ref().map(|command| format!("; `{}` runs them", safe(command)));
        out +=
            &format!("{}\n", look.paint(DIM, format_args!("   = {counted_as}{}", run.unwrap_or_default())));
    }
    for remark in &migrations.remarks {
        out += &format!("{}\n", look.paint(DIM, format_args!("   = migrations: {}", safe(remark))));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(count: usize) -> Migrations {
        let one = |at| PendingMigration {
            id: format!("m{at}"),
            file: format!("m{at}.sql"),
            state: "pending".into(),
        };
        Migrations {
            tool: Some("goose".into()),
            folder: "m".into(),
            upto: Upto::Applied,
            recorded: true,
            replayed: vec!["m.sql".into()],
            pending: (0..count).map(one).collect(),
            apply: Some("goose up".into()),
            not_read: Vec::new(),
            remarks: Vec::new(),
        }
    }

    #[test]
    fn pending_ones_are_named_and_the_rest_is_counted() {
        assert_eq!(pending(0).pending_line(), None);
        assert_eq!(lines(&pending(0), Look::default()), "");
        assert_eq!(pending(1).pending_line().as_deref(), Some("1 migration pending: m0"));
        let many = pending(7).pending_line().unwrap();
        assert_eq!(many, "7 migrations pending: m0, m1, m2, m3, m4 and 2 more");
        assert!(lines(&pending(2), Look::default()).contains("`goose up` runs them"));
    }

    #[test]
    fn a_hostile_name_stays_on_its_line() {
        let mut migrations = pending(1);
        migrations.pending[0].id = "a\n::error::b\u{1b}[2J".into();
        let text = lines(&migrations, Look::default());
        assert!(!text.contains('\u{1b}') && text.lines().count() == 3, "{text}");
    }
}
