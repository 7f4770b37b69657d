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

/// The value of `SET search_path`.
pub fn path(path: &SearchPath) -> String {
    if path.is_empty() {
        return "''".to_owned();
    }
    path.iter().map(|schema| quote_ident(schema.as_str()).into_owned()).collect::<Vec<_>>().join(", ")
}
