//! A run: the steps in their order, each until it is done, fails or can't be tried any more.

use crate::failure::{Cause, Failure, Said};
use crate::interrupt::Interrupt;
use crate::leftover::InvalidIndex;
use crate::outcome::{Ended, Fate, Outcome, StepOutcome};
use crate::patience::Patience;
use crate::session::{Refused, Session};
use crate::task::Task;
use crate::watch::{Blocker, Listener, News};
use std::time::{Duration, Instant};
use trueup_introspect::ConnectConfig;
use trueup_repair::{Statement, lock_ahead_statement};

/// How a run goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The longest wait for a lock that makes others wait; by default what each step says.
    pub lock_timeout: Option<Duration>,
    /// How often a step is tried.
    pub patience: Patience,
    /// How long to wait for another run to end, and for a server that went away.
    pub wait: Duration,
}

/// Runs the steps.
///
/// # Errors
/// When no step could be begun: no connection, a standby, another run at work.
pub async fn run(
    config: &ConnectConfig,
    tasks: &[Task],
    options: &Options,
    mut interrupt: Interrupt,
    listener: &dyn Listener,
) -> Result<Outcome, Refused> {
    let begun = Instant::now();
    let session = Session::open(config, options.wait, &mut interrupt, listener).await?;
    let mut run = Run { session, options, interrupt, listener, total: tasks.len() };
    let before = run.session.beside.invalid().await;
    let mut steps: Vec<StepOutcome> = Vec::with_capacity(tasks.len());
    let mut ended = Ended::Through;
    for (at, task) in tasks.iter().enumerate() {
        let step = run.turn(at, task, &steps, &mut ended).await;
        steps.push(step);
    }
    let clean = ended == Ended::Through && steps.iter().all(|step| step.fate == Fate::Done);
    let invalid = if clean { Vec::new() } else { run.new_invalid(before).await };
    run.session.close().await;
    Ok(Outcome { steps, ended, invalid, elapsed: begun.elapsed() })
}

struct Run<'a> {
    session: Session,
    options: &'a Options,
    interrupt: Interrupt,
    listener: &'a dyn Listener,
    total: usize,
}

impl Run<'_> {
    /// One step's turn: whether it is to run at all, and what comes of it.
    async fn turn(
        &mut self,
        at: usize,
        task: &Task,
        before: &[StepOutcome],
        ended: &mut Ended,
    ) -> StepOutcome {
        let begun = Instant::now();
        if *ended == Ended::Through && self.interrupt.wanted() {
            *ended = Ended::Interrupted;
        }
        let undone = |place: &&usize| before.get(**place).is_none_or(|step| step.fate != Fate::Done);
        let (fate, attempts) = if *ended != Ended::Through {
            (Fate::NotReached, 0)
        } else if let Some(place) = task.after.iter().find(undone) {
            (Fate::Skipped(*place), 0)
        } else {
            self.listener.news(News::Begins(at + 1, self.total, task));
            self.step(task, ended).await
        };
        let elapsed = begun.elapsed();
        if fate != Fate::NotReached {
            self.listener.news(News::Ended(at + 1, self.total, task, &fate, elapsed));
        }
        StepOutcome { task: task.clone(), fate, attempts, elapsed }
    }

    /// Tries until it is done or another try makes no sense. Each try looks at the guards anew.
    async fn step(&mut self, task: &Task, ended: &mut Ended) -> (Fate, u32) {
        let mut attempt = 0;
        let mut lost_before = false;
        loop {
            attempt += 1;
            let mut waited_for = Vec::new();
            let failure = match self.once(task, attempt, &mut waited_for).await {
                Ok(()) => return (Fate::Done, attempt),
                Err(failure) => failure,
            };
            match failure {
                Failure::Interrupted => {
                    *ended = Ended::Interrupted;
                    return (Fate::Cancelled, attempt);
                }
                Failure::Lost(message) => {
                    if let Err(message) = self.reconnect(message, &mut lost_before).await {
                        *ended =
                            if self.interrupt.wanted() { Ended::Interrupted } else { Ended::Lost(message) };
                        return (Fate::Cancelled, attempt);
                    }
                }
                Failure::Server(said) => match self.options.patience.rest(attempt) {
                    Some(rest) if said.passes() => {
                        let of = self.options.patience.attempts;
                        let waited_for = &waited_for[..];
                        self.listener.news(News::Rests { attempt, of, rest, said: &said, waited_for });
                        tokio::select! {
                            () = tokio::time::sleep(rest) => {}
                            () = self.interrupt.come() => {}
                        }
                    }
                    _ => return (Fate::Failed(cause(said, &waited_for)), attempt),
                },
            }
        }
    }

    /// A step's connection may be lost once.
    async fn reconnect(&mut self, message: String, lost_before: &mut bool) -> Result<(), String> {
        if std::mem::replace(lost_before, true) {
            return Err(message);
        }
        self.listener.news(News::Lost(&message));
        let Run { session, options, interrupt, listener, .. } = self;
        session
            .reopen(options.wait, interrupt, *listener)
            .await
            .map_err(|refused| format!("{message}; {refused}"))
    }

    async fn once(
        &mut self,
        task: &Task,
        attempt: u32,
        waited_for: &mut Vec<Blocker>,
    ) -> Result<(), Failure> {
        let own = self.options.lock_timeout;
        let local = if task.transactional { "LOCAL " } else { "" };
        let settings = format!(
            "{}SET {local}search_path = {}; SET {local}lock_timeout = {}; SET {local}statement_timeout = {};",
            if task.transactional { "BEGIN; " } else { "" },
            task.search_path,
            task.lock_timeout_ms(own),
            task.statement_timeout_ms(own),
        );
        let ahead = task.transactional.then(|| lock_ahead_statement(&task.statements, &task.tables, attempt));
        for text in std::iter::once(settings)
            .chain(ahead.flatten())
            .chain(task.statements.iter().map(Statement::text))
        {
            if let Err(failure) = self.execute(&text, waited_for).await {
                if task.transactional && !matches!(failure, Failure::Lost(_)) {
                    self.roll_back().await;
                }
                return Err(failure);
            }
        }
        if !task.transactional {
            return Ok(());
        }
        match self.session.work.batch_execute("COMMIT").await {
            Ok(()) => Ok(()),
            Err(error) => Err(Failure::of(&error)),
        }
    }

    async fn execute(&mut self, sql: &str, waited_for: &mut Vec<Blocker>) -> Result<(), Failure> {
        self.session.execute(sql, &mut self.interrupt, self.listener, waited_for).await
    }

    async fn roll_back(&self) {
        // When this fails the connection is gone, and the transaction with it; the next statement tells.
        if let Err(error) = self.session.work.batch_execute("ROLLBACK").await {
            tracing::debug!(%error, "the transaction went with the connection");
        }
    }

    /// The invalid indexes that were not there before.
    async fn new_invalid(&mut self, before: Option<Vec<InvalidIndex>>) -> Vec<InvalidIndex> {
        let before = before.unwrap_or_default();
        let now = self.session.beside.invalid().await.unwrap_or_default();
        now.into_iter().filter(|index| !before.contains(index)).collect()
    }
}

fn cause(said: Said, waited_for: &[Blocker]) -> Cause {
    let reason = said.reason();
    Cause { reason, said, waited_for: waited_for.iter().map(ToString::to_string).collect() }
}
