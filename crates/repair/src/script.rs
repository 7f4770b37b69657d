//! A plan as a script for psql: what stands before the steps, around each, and after them.

use crate::ahead::{Ahead, lock_ahead};
use crate::statement::{Statement, retried};
use crate::step::{ATTEMPTS, LOCK_TIMEOUT, Plan, Step};
use trueup_catalog::{SearchPath, quote_ident};

impl Plan {
    /// The settings with which the steps run; stands once at the top of a file.
    pub fn preamble(&self) -> String {
        format!(
            "SET lock_timeout = '{}s';\nSET statement_timeout = 0;\nSET search_path = {};",
            LOCK_TIMEOUT.as_secs(),
            path(&self.search_path)
        )
    }

    /// One step as it stands in a file: its statements, the transaction around them if they are
    /// several, and the settings that only it needs. One that makes others wait gives up soon and tries again; one that does not waits.
    pub fn script(&self, step: &Step) -> String {
        let own = step.search_path.as_ref().map(path);
        if !step.transactional {
            let mut lines = vec!["SET lock_timeout = 0;".to_owned()];
            lines.extend(own.iter().map(|own| format!("SET search_path = {own};")));
            lines.extend(step.statements.iter().map(Statement::text));
            lines.extend(own.iter().map(|_| format!("SET search_path = {};", path(&self.search_path))));
            lines.push(format!("SET lock_timeout = '{}s';", LOCK_TIMEOUT.as_secs()));
            return lines.join("\n");
        }
        let setting = own.map(|own| format!("SET LOCAL search_path = {own};"));
        if step.blocks() {
            let mut settings: Vec<String> = setting.into_iter().collect();
            let ahead = lock_ahead(&step.statements, &Ahead::of(&step.locks), 0);
            settings.extend(ahead.iter().flat_map(|text| text.lines()).map(str::to_owned));
            return retried(&step.statements, &settings, ATTEMPTS);
        }
        let mut lines: Vec<String> = setting.into_iter().collect();
        lines.extend(step.statements.iter().map(Statement::text));
        if lines.len() > 1 {
            lines.insert(0, "BEGIN;".to_owned());
            lines.push("COMMIT;".to_owned());
        }
        if !step.locks.is_empty() {
            lines.insert(0, "SET lock_timeout = 0;".to_owned());
            lines.push(format!("SET lock_timeout = '{}s';", LOCK_TIMEOUT.as_secs()));
        }
        lines.join("\n")
    }

    /// One step as statements that any driver can send one by one, without a setting of the session: what a step needs is set inside
    /// its own block and given back with its transaction. Several statements of one transaction become one block. `attempts` is how
    /// often a step is tried that makes others wait; with 1 it gives up at once, and whoever runs it lets go of what it held.
    ///
    /// A statement outside of transactions stands as it is: [`Plan::session`] is what the session must have set for it.
    pub fn pieces(&self, step: &Step, attempts: u32) -> Vec<Piece> {
        if !step.transactional {
            let piece = |statement: &Statement| Piece {
                sql: statement.text(),
                // A look before it acts may be part of a transaction.
                outside: statement.sql.is_some() && statement.when.is_none() && statement.refusals.is_empty(),
            };
            return step.statements.iter().map(piece).collect();
        }
        let own = step.search_path.as_ref().map(path);
        if let ([statement], false, None) = (step.statements.as_slice(), step.blocks(), &own) {
            return vec![Piece { sql: statement.text(), outside: false }];
        }
        let mut settings: Vec<String> =
            own.map(|own| format!("SET LOCAL search_path = {own};")).into_iter().collect();
        if !step.blocks() {
            // What stands outside of blocks was never meant for PL/pgSQL, which reads what has semicolons of its own otherwise.
            let statements: Vec<Statement> = step.statements.iter().cloned().map(as_it_stands).collect();
            return vec![Piece { sql: retried(&statements, &settings, 1), outside: false }];
        }
        settings.push(format!("SET LOCAL lock_timeout = '{}s';", LOCK_TIMEOUT.as_secs()));
        let ahead = lock_ahead(&step.statements, &Ahead::of(&step.locks), 0);
        settings.extend(ahead.iter().flat_map(|text| text.lines()).map(str::to_owned));
        vec![Piece { sql: retried(&step.statements, &settings, attempts.max(1)), outside: false }]
    }

    /// The settings with which pieces run, as names and values: a step that stops nobody waits for its locks.
    pub fn session(&self) -> [(&'static str, String); 3] {
        [
            ("lock_timeout", "0".to_owned()),
            ("statement_timeout", "0".to_owned()),
            ("search_path", path(&self.search_path)),
        ]
    }

    /// How many transactions the steps take.
    pub fn transactions(&self) -> usize {
        self.steps.iter().map(|step| if step.transactional { 1 } else { step.statements.len() }).sum()
    }

    /// The whole plan, without comments: what `psql -f` needs.
    pub fn to_sql(&self) -> String {
        let mut text = self.preamble();
        for step in &self.steps {
            text.push_str("\n\n");
            text.push_str(&self.script(step));
        }
        text.push('\n');
        text
    }
}

/// One statement of a step, as [`Plan::pieces`] gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The statement, with its semicolon.
    pub sql: String,
    /// Whether no transaction block may be open when it runs.
    pub outside: bool,
}

/// A statement that needs no guard is run by its text.
fn as_it_stands(mut statement: Statement) -> Statement {
    statement.dynamic |= statement.when.is_none() && statement.refusals.is_empty();
    statement
}

/// The value of `SET search_path`.
pub fn path(path: &SearchPath) -> String {
    if path.is_empty() {
        return "''".to_owned();
    }
    path.iter().map(|schema| quote_ident(schema.as_str()).into_owned()).collect::<Vec<_>>().join(", ")
}
