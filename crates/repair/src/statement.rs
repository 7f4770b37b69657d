//! One statement of a step, with what it looks at before it acts.
//!
//! Owns: how a guarded statement is written, alone and among others that are tried again when a lock can't be had.
//!
//! Names are looked up in the catalogs by value, never cast to `regclass`: a cast raises an error when the schema can't be
//! seen. `IF NOT EXISTS` is a net for two sessions that race, never the guard: it takes its lock first, looks at the name
//! only, and takes an invalid index for a good one.

use crate::ddl::dollar_quote;
use serde::{Deserialize, Serialize};
use trueup_catalog::quote_literal;

/// A statement and its guard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// The statement, without guard and semicolon; `None` when it only refuses.
    pub sql: Option<String>,
    /// The condition under which it runs, as SQL; without one it is idempotent by itself.
    pub when: Option<String>,
    /// What stops the repair.
    pub refusals: Vec<Refusal>,
    /// Whether PL/pgSQL can't hold it as it stands: it has semicolons of its own (`BEGIN ATOMIC`), or a query whose names
    /// PL/pgSQL would take for its variables (`CREATE MATERIALIZED VIEW`).
    pub dynamic: bool,
}

/// When a refusal is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Whatever the guard says.
    Always,
    /// When the guard lets the statement run.
    Before,
    /// Once the statement has run, or was skipped: what is there by now must be of the wanted shape, whoever made it.
    After,
}

/// Why a statement stops the repair.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refusal {
    /// When it is looked at.
    pub asked: Asked,
    /// The condition, as SQL.
    pub condition: String,
    /// What is wrong.
    pub message: String,
    /// The SQLSTATE.
    pub code: String,
    /// The way out.
    pub hint: String,
    /// Whether the condition reads rows of people's tables, whose columns may be called as variables of PL/pgSQL are.
    #[serde(default)]
    pub reads_rows: bool,
}

impl Refusal {
    fn raise(&self) -> String {
        format!(
            "RAISE EXCEPTION USING MESSAGE = {}, ERRCODE = {}, HINT = {};",
            quote_literal(&self.message),
            quote_literal(&self.code),
            quote_literal(&self.hint)
        )
    }
}

impl Statement {
    /// A statement that is idempotent by itself.
    pub fn new(sql: impl Into<String>) -> Self {
        Statement { sql: Some(sql.into()), when: None, refusals: Vec::new(), dynamic: false }
    }

    /// One that only refuses.
    pub fn refusing(refusal: Refusal) -> Self {
        Statement { sql: None, when: None, refusals: vec![refusal], dynamic: false }
    }

    /// Runs only if the condition holds.
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Stops the repair if the refusal's condition holds.
    pub fn refuse(mut self, refusal: Refusal) -> Self {
        self.refusals.push(refusal);
        self
    }

    /// PL/pgSQL must not read it.
    pub fn dynamic(mut self) -> Self {
        self.dynamic = true;
        self
    }

    /// The statement as one for the server, guard and semicolon included.
    pub fn text(&self) -> String {
        match &self.sql {
            Some(sql) if self.when.is_none() && self.refusals.is_empty() => format!("{sql};"),
            _ => block(&self.plpgsql(1), std::slice::from_ref(self)),
        }
    }

    /// Statements of PL/pgSQL, each line at the given depth.
    pub(crate) fn plpgsql(&self, depth: usize) -> String {
        let pad = "    ".repeat(depth);
        let mut out = String::new();
        let refusals = |asked: Asked| self.refusals.iter().filter(move |r| r.asked == asked);
        for refusal in refusals(Asked::Always) {
            out += &format!(
                "{pad}IF {} THEN\n{pad}    {}\n{pad}END IF;\n",
                deeper(&refusal.condition, depth),
                refusal.raise()
            );
        }
        let inner = if self.when.is_some() { depth + 1 } else { depth };
        let inner_pad = "    ".repeat(inner);
        let mut action = String::new();
        for refusal in refusals(Asked::Before) {
            action += &format!(
                "{inner_pad}IF {} THEN\n{inner_pad}    {}\n{inner_pad}END IF;\n",
                deeper(&refusal.condition, inner),
                refusal.raise()
            );
        }
        match &self.sql {
            Some(sql) if self.dynamic => {
                action += &format!("{inner_pad}EXECUTE {};\n", dollar_quote(sql, "ddl"));
            }
            Some(sql) => action += &format!("{inner_pad}{};\n", indent(sql, inner)),
            None => {}
        }
        match &self.when {
            None => out += &action,
            Some(condition) => {
                out += &format!("{pad}IF {} THEN\n{action}{pad}END IF;\n", deeper(condition, depth));
            }
        }
        for refusal in refusals(Asked::After) {
            out += &format!(
                "{pad}IF {} THEN\n{pad}    {}\n{pad}END IF;\n",
                deeper(&refusal.condition, depth),
                refusal.raise()
            );
        }
        out
    }
}

/// An anonymous block. Where rows are read a name is a column's before it is a variable's (manual, "Variable Substitution").
fn block(body: &str, statements: &[Statement]) -> String {
    format!("DO {};", dollar_quote(&format!("\n{}BEGIN\n{body}END\n", directive(statements)), "trueup"))
}

fn directive(statements: &[Statement]) -> &'static str {
    let reads = statements.iter().flat_map(|s| &s.refusals).any(|r| r.reads_rows);
    if reads { "#variable_conflict use_column\n" } else { "" }
}

/// Statements that are tried again when a lock can't be had in time, or a deadlock was broken up. The block inside is a
/// subtransaction, so that nothing is held while it waits.
pub(crate) fn retried(statements: &[Statement], settings: &[String], attempts: u32) -> String {
    let mut inner = String::new();
    for setting in settings {
        inner += &format!("            {setting}\n");
    }
    for statement in statements {
        inner += &statement.plpgsql(3);
    }
    let directive = directive(statements);
    let body = format!(
        "
{directive}BEGIN
    FOR trueup_attempt IN 1..{attempts} LOOP
        BEGIN
{inner}            EXIT;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            IF trueup_attempt = {attempts} THEN
                RAISE;
            END IF;
            PERFORM pg_catalog.pg_sleep(trueup_attempt * (0.5 + pg_catalog.random()));
        END;
    END LOOP;
END
"
    );
    format!("DO {};", dollar_quote(&body, "trueup"))
}

/// Continues a condition of several lines at the block's depth; conditions are written for the first.
fn deeper(condition: &str, depth: usize) -> String {
    moved(condition, depth.saturating_sub(1))
}

/// Continues a statement of several lines at the block's depth.
fn indent(statement: &str, depth: usize) -> String {
    moved(statement, depth)
}

/// The text with its further lines so much deeper; as it stands where a line may break inside a literal or a quoted name, which
/// must not change.
fn moved(sql: &str, depth: usize) -> String {
    if breaks_inside_quotes(sql) {
        sql.to_owned()
    } else {
        sql.replace('\n', &format!("\n{}", "    ".repeat(depth)))
    }
}

/// Whether a line may break inside quotes. Dollar quotes, escapes and comments, in which quotes mean something else, count as such.
fn breaks_inside_quotes(sql: &str) -> bool {
    if !sql.contains('\n') {
        return false;
    }
    if sql.contains(['$', '\\']) || sql.contains("--") || sql.contains("/*") {
        return true;
    }
    let mut quote = None;
    for c in sql.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            // A doubled quote closes and opens again.
            (Some(open), _) if open == c => quote = None,
            (Some(_), '\n') => return true,
            (None | Some(_), _) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(asked: Asked, condition: &str) -> Refusal {
        Refusal {
            asked,
            condition: condition.to_owned(),
            message: "It's wrong".to_owned(),
            code: "55000".to_owned(),
            hint: "Mend it".to_owned(),
            reads_rows: false,
        }
    }

    #[test]
    fn a_guard_a_check_before_and_a_check_of_the_shape() {
        let statement = Statement::new("ALTER TABLE t ADD COLUMN a int")
            .when("NOT there")
            .refuse(refusal(Asked::Before, "nulls"))
            .refuse(refusal(Asked::After, "other_type"));
        let raise = "RAISE EXCEPTION USING MESSAGE = 'It''s wrong', ERRCODE = '55000', HINT = 'Mend it';";
        assert_eq!(
            statement.text(),
            format!(
                "DO $trueup$\nBEGIN\n    IF NOT there THEN\n        IF nulls THEN\n            {raise}\n        END IF;\n        ALTER TABLE t ADD COLUMN a int;\n    END IF;\n    IF other_type THEN\n        {raise}\n    END IF;\nEND\n$trueup$;"
            )
        );
    }

    #[test]
    fn a_line_that_breaks_inside_quotes_stays_as_it_is() {
        assert_eq!(deeper("a = 'x'\n    AND b", 2), "a = 'x'\n        AND b");
        assert_eq!(deeper("a = 'it''s\n    here'\n    AND b", 2), "a = 'it''s\n    here'\n    AND b");
        assert_eq!(indent("SELECT \"a\nb\"", 2), "SELECT \"a\nb\"");
        assert_eq!(indent("SELECT 'a',\n    1", 1), "SELECT 'a',\n        1");
        assert_eq!(indent("SELECT $$a\nb$$", 1), "SELECT $$a\nb$$");
    }

    #[test]
    fn what_needs_no_guard_stands_by_itself() {
        assert_eq!(Statement::new("COMMENT ON TABLE t IS 'x'").text(), "COMMENT ON TABLE t IS 'x';");
    }

    #[test]
    fn a_body_that_holds_the_tag_gets_another_one() {
        let statement = Statement::new("SELECT '$trueup$'").when("true");
        assert!(statement.text().starts_with("DO $trueup1$\n"));
        let statement = Statement::new("a $ddl$ b").when("true").dynamic();
        assert!(statement.text().contains("EXECUTE $ddl1$a $ddl$ b$ddl1$;"));
    }

    #[test]
    fn only_a_lock_that_can_not_be_had_is_tried_again() {
        let text = retried(&[Statement::new("ALTER TABLE t ADD COLUMN a int").when("NOT there")], &[], 5);
        assert!(text.contains("FOR trueup_attempt IN 1..5 LOOP"), "{text}");
        assert!(text.contains("WHEN lock_not_available OR deadlock_detected THEN"), "{text}");
        assert!(text.contains("                ALTER TABLE t ADD COLUMN a int;\n"), "{text}");
    }
}
