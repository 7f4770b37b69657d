//! A step as it is run: what a plan says of it, whether the plan was made in this process or read from a file.

use std::time::Duration;
use trueup_repair::rights::Right;
use trueup_repair::{Ahead, Phase, Plan, Statement, search_path_value};

/// One step to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// When it runs.
    pub phase: Phase,
    /// One line for people.
    pub title: String,
    /// The kind of what it makes or changes: `index`.
    pub kind: String,
    /// What it makes or changes: `public.users_email_key`.
    pub object: String,
    /// Its statements, with their guards.
    pub statements: Vec<Statement>,
    /// The value of `SET search_path` for them.
    pub search_path: String,
    /// Whether they are one transaction; else each is by itself.
    pub transactional: bool,
    /// `lock_timeout`; `None` never gives up.
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run, waiting for locks left out; `None` for as long as it takes.
    pub statement_timeout: Option<Duration>,
    /// The tables that it locks.
    pub tables: Vec<Ahead>,
    /// How many locks it takes on what others use, tables and other things.
    pub locks: usize,
    /// These in words.
    pub lock: String,
    /// The places of the steps that must have run before.
    pub after: Vec<usize>,
    /// What the role that runs it must be or have.
    pub rights: Vec<Right>,
}

impl Task {
    /// The steps of a plan, in their order.
    pub fn of(plan: &Plan) -> Vec<Task> {
        plan.steps
            .iter()
            .map(|step| {
                let timeouts = step.timeouts();
                Task {
                    phase: step.phase,
                    title: step.title.clone(),
                    kind: step.key.kind.word().to_owned(),
                    object: step.key.to_string(),
                    statements: step.statements.clone(),
                    search_path: search_path_value(step.search_path.as_ref().unwrap_or(&plan.search_path)),
                    transactional: step.transactional,
                    lock_timeout: timeouts.lock,
                    statement_timeout: timeouts.statement,
                    tables: Ahead::of(&step.locks),
                    locks: step.locks.len(),
                    lock: step.lock_words(),
                    after: step.after.clone(),
                    rights: step.rights.clone(),
                }
            })
            .collect()
    }

    /// What `lock_timeout` is set to, in milliseconds; 0 waits for ever. The user's own only counts where waiting makes others
    /// wait: elsewhere giving up would leave an invalid index behind and help nobody.
    pub(crate) fn lock_timeout_ms(&self, own: Option<Duration>) -> u128 {
        self.lock_timeout.map_or(0, |usual| own.unwrap_or(usual).as_millis().max(1))
    }

    /// What `statement_timeout` is set to, in milliseconds; 0 is none. The server counts the waits for locks in, so that they come
    /// on top; where they have no end, the statement can't have one either.
    pub(crate) fn statement_timeout_ms(&self, own: Option<Duration>) -> u128 {
        match (self.statement_timeout, self.lock_timeout_ms(own)) {
            (None, _) | (Some(_), 0) => 0,
            (Some(limit), wait) => {
                let locks = u128::try_from(self.locks.max(1)).unwrap_or(u128::MAX);
                // PostgreSQL's timeouts are 32-bit milliseconds.
                limit.as_millis().saturating_add(wait.saturating_mul(locks)).min(2_147_483_647)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(lock: Option<u64>, statement: Option<u64>, locks: usize) -> Task {
        Task {
            phase: Phase::Create,
            title: String::new(),
            kind: String::new(),
            object: String::new(),
            statements: Vec::new(),
            search_path: "''".to_owned(),
            transactional: true,
            lock_timeout: lock.map(Duration::from_secs),
            statement_timeout: statement.map(Duration::from_secs),
            tables: Vec::new(),
            locks,
            lock: String::new(),
            after: Vec::new(),
            rights: Vec::new(),
        }
    }

    #[test]
    fn waiting_for_locks_does_not_use_up_the_statements_time() {
        assert_eq!(task(Some(2), Some(30), 1).statement_timeout_ms(None), 32_000);
        assert_eq!(task(Some(2), Some(30), 20).statement_timeout_ms(None), 70_000);
        assert_eq!(task(Some(2), Some(30), 2).statement_timeout_ms(Some(Duration::from_secs(60))), 150_000);
        assert_eq!(task(None, Some(30), 1).statement_timeout_ms(None), 0);
        assert_eq!(task(Some(2), None, 1).statement_timeout_ms(None), 0);
        assert_eq!(task(Some(2), Some(30), usize::MAX).statement_timeout_ms(None), 2_147_483_647);
    }

    #[test]
    fn what_stops_nobody_waits_whatever_the_user_says() {
        assert_eq!(task(None, None, 1).lock_timeout_ms(Some(Duration::from_secs(1))), 0);
        assert_eq!(task(Some(2), None, 1).lock_timeout_ms(Some(Duration::from_millis(500))), 500);
        assert_eq!(task(Some(2), None, 1).lock_timeout_ms(None), 2_000);
    }
}
