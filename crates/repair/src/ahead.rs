//! Taking the locks of a step ahead of its statements, so that no client becomes the victim of a deadlock.
//!
//! A statement that locks two tables waits for the second while it holds the first. A client that wrote to the second and now wants
//! the first closes a circle, and PostgreSQL cancels whoever looks first: each waiter looks once, `deadlock_timeout` after it began to
//! wait (`CheckDeadLock` of `proc.c`). A client can't have begun before the first lock was asked for. So nobody but us is
//! cancelled if all waiting but that for the first lock, for which nothing is held yet, is over by then.
//!
//! Each try begins with another table: only while nothing is held may a wait be long enough to make an autovacuum give way.

use crate::lock::{Blocks, Lock, LockMode, Locked};
use crate::statement::Statement;
use trueup_catalog::quote_literal;

/// A table and how it is locked, as SQL writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The table: `public.users`.
    pub table: String,
    /// The mode.
    pub mode: LockMode,
}

impl Ahead {
    /// Those of a step's locks that are taken ahead: on tables, and in the way of others. `LOCK TABLE` knows no other things.
    pub fn of(locks: &[Lock]) -> Vec<Ahead> {
        locks
            .iter()
            .filter(|lock| lock.kind == Locked::Table)
            .map(|lock| Ahead { table: lock.on.to_string(), mode: lock.mode })
            .collect()
    }
}

/// The share of `deadlock_timeout` in which all locks are had, or the try is given up.
const SHARE: f64 = 0.8;

/// Lines of PL/pgSQL that take the locks, if they are several that make others wait and some statement has work to do. They
/// read `trueup_attempt`, which counts from 1. Tables that the role may not lock, or that are foreign, are left to the statements
/// themselves.
pub fn lock_ahead(statements: &[Statement], locks: &[Ahead], depth: usize) -> Option<String> {
    let locks: Vec<&Ahead> = locks.iter().filter(|lock| lock.mode.blocks() != Blocks::Nobody).collect();
    if locks.len() < 2 {
        return None;
    }
    let conditions: Option<Vec<String>> = statements
        .iter()
        .filter(|statement| statement.sql.is_some())
        .map(|statement| statement.when.as_ref().map(|when| format!("({when})")))
        .collect();
    let condition = match conditions {
        Some(all) if !all.is_empty() => all.join("\nOR "),
        Some(_) | None => "true".to_owned(),
    };
    let list = |text: &dyn Fn(&Ahead) -> String| {
        locks.iter().map(|lock| quote_literal(&text(lock))).collect::<Vec<_>>().join(",\n            ")
    };
    let tables = list(&|lock| lock.table.clone());
    let taking = list(&|lock| format!("LOCK TABLE ONLY {} IN {} MODE", lock.table, lock.mode.sql()));
    let count = locks.len();
    let text = format!(
        "\
DECLARE
    trueup_begun timestamptz := pg_catalog.clock_timestamp();
    trueup_at int;
    trueup_rest float;
BEGIN
    IF {condition} THEN
        FOR trueup_turn IN 1..{count} LOOP
            trueup_at := 1 + (trueup_attempt + trueup_turn - 2) % {count};
            IF (SELECT c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
                FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass((ARRAY[
            {tables}
            ])[trueup_at])) THEN
                EXECUTE (ARRAY[
            {taking}
                ])[trueup_at];
            END IF;
            SELECT {SHARE} * (SELECT setting::float FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout')
                - 1000 * EXTRACT(epoch FROM pg_catalog.clock_timestamp() - trueup_begun) INTO trueup_rest;
            SELECT least(greatest(trueup_rest, 1), setting::float) INTO trueup_rest
                FROM pg_catalog.pg_settings WHERE name = 'lock_timeout';
            PERFORM pg_catalog.set_config('lock_timeout', trueup_rest::int::text, true);
        END LOOP;
    END IF;
END;
"
    );
    let pad = "    ".repeat(depth);
    Some(text.lines().map(|line| format!("{pad}{line}\n")).collect())
}

/// The same as a statement of its own, for the try with this number.
pub fn lock_ahead_statement(statements: &[Statement], locks: &[Ahead], attempt: u32) -> Option<String> {
    let body = lock_ahead(statements, locks, 1)?;
    let body = format!("\nDECLARE\n    trueup_attempt int := {attempt};\nBEGIN\n{body}END\n");
    Some(format!("DO {};", crate::ddl::dollar_quote(&body, "trueup")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Held;
    use trueup_catalog::QualifiedName;

    fn locks(modes: &[(&str, LockMode)]) -> Vec<Ahead> {
        let locks: Vec<Lock> = modes
            .iter()
            .map(|(name, mode)| {
                Lock::new(Locked::Table, QualifiedName::new("public", *name), *mode, Held::Moment)
            })
            .collect();
        Ahead::of(&locks)
    }

    #[test]
    fn only_several_locks_that_stop_others_are_taken_ahead() {
        let statements = [Statement::new("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b").when("NOT there")];
        let strong = LockMode::ShareRowExclusive;
        assert_eq!(lock_ahead(&statements, &locks(&[("a", strong)]), 0), None);
        let weak = locks(&[("a", strong), ("b", LockMode::ShareUpdateExclusive)]);
        assert_eq!(lock_ahead(&statements, &weak, 0), None);
        let text = lock_ahead(&statements, &locks(&[("a", strong), ("b", strong)]), 0).unwrap();
        assert!(text.contains("IF (NOT there) THEN"), "{text}");
        assert!(text.contains("'LOCK TABLE ONLY public.a IN SHARE ROW EXCLUSIVE MODE'"), "{text}");
        assert!(text.contains("'LOCK TABLE ONLY public.b IN SHARE ROW EXCLUSIVE MODE'"), "{text}");
    }

    #[test]
    fn a_statement_without_a_guard_always_has_work_to_do() {
        let statements = [Statement::new("a").when("x"), Statement::new("b")];
        let both = locks(&[("a", LockMode::AccessExclusive), ("b", LockMode::AccessExclusive)]);
        let text = lock_ahead_statement(&statements, &both, 3).unwrap();
        assert!(text.contains("IF true THEN") && text.contains("trueup_attempt int := 3;"), "{text}");
    }
}
