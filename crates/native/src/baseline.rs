//! Which migrations to mark as applied, and what says so.

use crate::given::{Given, Refusal};
use crate::tools::writer;
use std::collections::BTreeSet;
use trueup_history::{Migration, State};

/// How far the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upto<'a> {
    /// Everything that has a file is there.
    All,
    /// Everything up to this migration, and it.
    Version(&'a str),
}

/// What marks migrations as applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Nothing: all of them are.
    Nothing,
    /// Commands of the tool, in order.
    Commands(Vec<String>),
    /// SQL, for a tool without such a command.
    Sql(String),
}

/// The migrations to mark, in the tool's order.
pub(crate) struct Wanted<'a> {
    pub migrations: Vec<&'a Migration>,
    /// Whether nothing stays pending.
    pub all: bool,
}

impl<'a> Wanted<'a> {
    pub fn ids(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.migrations.iter().map(|migration| migration.id.as_str())
    }

    /// The last one.
    pub fn last(&self) -> &'a str {
        self.migrations.last().map_or("", |migration| migration.id.as_str())
    }

    /// Those that no other of them follows.
    pub fn heads(&self) -> Vec<&'a Migration> {
        let followed: BTreeSet<&str> =
            self.migrations.iter().flat_map(|migration| &migration.after).map(String::as_str).collect();
        self.migrations
            .iter()
            .copied()
            .filter(|migration| !followed.contains(migration.id.as_str()))
            .collect()
    }
}

/// What marks the pending migrations as applied.
///
/// # Errors
/// There is no such migration, or the tool can't be told.
pub fn baseline(given: &Given<'_>, upto: Upto<'_>) -> Result<Baseline, Refusal> {
    let all: Vec<&Migration> = given.history.migrations.iter().filter(|migration| waits(migration)).collect();
    let migrations = match upto {
        Upto::All => all.clone(),
        Upto::Version(version) => {
            let at = given.history.migrations.iter().position(|migration| is(migration, version));
            let Some(at) = at else {
                return Err(Refusal::new(
                    format!("{} has no migration {version}", given.tool),
                    "`trueup history` lists them",
                ));
            };
            let before = before(given, at);
            all.iter().copied().filter(|migration| before.contains(migration.id.as_str())).collect()
        }
    };
    if migrations.is_empty() {
        return Ok(Baseline::Nothing);
    }
    let all = migrations.len() == all.len();
    writer(given.tool).baseline(given, &Wanted { migrations, all })
}

/// Whether the tool would run it, or refuses it for being late.
fn waits(migration: &Migration) -> bool {
    migration.file.is_some() && (migration.state.is_pending() || migration.state == State::OutOfOrder)
}

fn is(migration: &Migration, version: &str) -> bool {
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    migration.id == version
        || !version.is_empty()
            && version.bytes().all(|byte| byte.is_ascii_digit())
            && plain(&migration.id) == plain(version)
}

/// The migration at a place and all before it: by the graph where there is one, else by the order.
fn before<'a>(given: &Given<'a>, at: usize) -> BTreeSet<&'a str> {
    let all = &given.history.migrations;
    if all.iter().all(|migration| migration.after.is_empty()) {
        return all.iter().take(at + 1).map(|migration| migration.id.as_str()).collect();
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = all.get(at).map(|migration| migration.id.as_str()).into_iter().collect();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let parents =
                all.iter().filter(|migration| migration.id == id).flat_map(|migration| &migration.after);
            open.extend(parents.map(String::as_str));
        }
    }
    seen
}

/// A word of a command line.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '+' | '@' | '=' | ',')
    };
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
