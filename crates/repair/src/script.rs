//! A plan as a script for psql: what stands before the steps, around each, and after them.

use crate::step::{Plan, Step};
use trueup_catalog::{SearchPath, quote_ident};

/// How long a statement waits for a lock before it gives up, so that what queues behind it does
/// not wait long either. Longer than `deadlock_timeout` (1 s), after which PostgreSQL moves autovacuum aside.
const LOCK_TIMEOUT: &str = "2s";

impl Plan {
    /// The settings with which the steps run; stands once at the top of a file.
    pub fn preamble(&self) -> String {
        format!(
            "SET lock_timeout = '{LOCK_TIMEOUT}';\nSET statement_timeout = 0;\nSET search_path = {};",
            path(&self.search_path)
        )
    }

    /// One step as it stands in a file: its statements, the transaction around them if they are
    /// several, and the settings that only it needs. A concurrent build has no lock timeout: it
    /// waits for other transactions by design, without making anyone wait, and would leave an
    /// invalid index behind.
    pub fn script(&self, step: &Step) -> String {
        let mut lines = Vec::new();
        if step.transactional {
            if step.statements.len() > 1 || step.search_path.is_some() {
                lines.push("BEGIN;".to_owned());
                if let Some(own) = &step.search_path {
                    lines.push(format!("SET LOCAL search_path = {};", path(own)));
                }
                lines.extend(step.statements.iter().cloned());
                lines.push("COMMIT;".to_owned());
            } else {
                lines.extend(step.statements.iter().cloned());
            }
        } else {
            lines.push("SET lock_timeout = 0;".to_owned());
            if let Some(own) = &step.search_path {
                lines.push(format!("SET search_path = {};", path(own)));
            }
            lines.extend(step.statements.iter().cloned());
            if step.search_path.is_some() {
                lines.push(format!("SET search_path = {};", path(&self.search_path)));
            }
            lines.push(format!("SET lock_timeout = '{LOCK_TIMEOUT}';"));
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
fn path(path: &SearchPath) -> String {
    if path.is_empty() {
        return "''".to_owned();
    }
    path.iter().map(|schema| quote_ident(schema.as_str()).into_owned()).collect::<Vec<_>>().join(", ")
}
