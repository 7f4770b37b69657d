//! A plan as batches: which statements may share a transaction, which must stand outside of any, and which a tool can't run.
//!
//! The rules are those of a repair file: a statement that makes others wait never shares a transaction with one that reads rows, and
//! nothing waits for a lock on one table while it holds up another.

use std::collections::BTreeSet;
use trueup_catalog::QualifiedName;
use trueup_repair::{ATTEMPTS, Piece, Plan, Step, Work};

/// How a tool runs the statements of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transactions {
    /// One after the other over one connection; a migration can say that it wants no transaction.
    Statements,
    /// All of a file, or of a part of it, in one message. PostgreSQL makes one transaction of several statements in a message, so that
    /// what can't be part of one stands alone.
    Message,
    /// Each file in a transaction, always.
    File,
    /// All pending migrations in one transaction.
    Run,
}

/// What goes into one migration, or into one part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Whether no transaction may be open around it.
    pub outside: bool,
    /// Notes and statements, in order.
    pub parts: Vec<Part>,
}

/// A note for people, or a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Lines of a comment.
    Note(Vec<String>),
    /// One statement, with its semicolon.
    Sql(String),
}

/// A step that a tool can't run as it must be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its place in the plan.
    pub step: usize,
    /// Why, as a clause.
    pub why: &'static str,
}

/// The whole of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub batches: Vec<Batch>,
    pub left_out: Vec<LeftOut>,
}

const OUTSIDE: &str = "it can't be part of a transaction, and this tool runs every migration in one";
const LONG: &str = "it can't share a transaction with what stands before it, or others would wait while rows are read, and this tool runs all pending migrations in one";
const NEEDS: &str = "it needs a step that is left out here";
const LABEL: &str = "it may use a label of an enum that the same transaction adds, which PostgreSQL refuses";

/// The batches of a plan. `notes` has the comment of each step.
pub(crate) fn prepare(plan: &Plan, notes: &[Vec<String>], how: Transactions) -> Prepared {
    let order = order(plan, how);
    let left_out = left_out(plan, &order, how);
    let kept = |at: &usize| left_out.iter().all(|left| left.step != *at);
    let steps: Vec<usize> = order.into_iter().filter(kept).collect();
    let mut making = Making { plan, notes, how, done: Vec::new(), open: Open::default(), alone: Vec::new() };
    let together = how == Transactions::Run || shares_one(plan, &steps);
    match how {
        _ if steps.is_empty() => {}
        Transactions::Statements | Transactions::Run => {
            for at in steps {
                making.take_all(at);
            }
            making.close();
            if let Some(batch) = making.done.last_mut() {
                batch.outside = !together;
            }
        }
        Transactions::Message | Transactions::File => {
            for at in steps {
                making.take(at);
            }
            making.flush();
        }
    }
    let batches = making.done.into_iter().map(|batch| settled(plan, how, batch)).collect();
    Prepared { batches, left_out }
}

/// What makes others wait in the transaction that is open.
#[derive(Default)]
struct Open {
    batch: Batch,
    held: BTreeSet<QualifiedName>,
    /// Nothing may follow in the same transaction.
    full: bool,
}

impl Open {
    fn takes(&self, step: &Step) -> bool {
        if self.full {
            return false;
        }
        let long = step.work != Work::Catalog;
        if self.held.is_empty() {
            // What locks and takes long has a transaction of its own.
            return !(long && !step.locks.is_empty() && !self.batch.parts.is_empty());
        }
        !long && step.locks.iter().all(|lock| self.held.contains(&lock.on))
    }

    fn add(&mut self, step: &Step) {
        if step.blocks() {
            self.held.extend(step.locks.iter().map(|lock| lock.on.clone()));
        }
        self.full |= adds_label(step) || step.work != Work::Catalog && !step.locks.is_empty();
    }
}

struct Making<'a> {
    plan: &'a Plan,
    notes: &'a [Vec<String>],
    how: Transactions,
    done: Vec<Batch>,
    open: Open,
    /// What stands alone and comes after what is open, by the step that it belongs to.
    alone: Vec<(usize, Batch)>,
}

impl Making<'_> {
    fn pieces(&self, at: usize) -> Vec<Piece> {
        // Within one transaction for all, who can't have a lock lets go of everything.
        let attempts = if self.how == Transactions::Run { 1 } else { ATTEMPTS };
        self.plan.steps.get(at).map(|step| self.plan.pieces(step, attempts)).unwrap_or_default()
    }

    fn note(&self, at: usize) -> Option<Part> {
        self.notes.get(at).filter(|lines| !lines.is_empty()).cloned().map(Part::Note)
    }

    fn take_all(&mut self, at: usize) {
        let note = self.note(at);
        let pieces = self.pieces(at).into_iter().map(|piece| Part::Sql(piece.sql));
        self.open.batch.parts.extend(note.into_iter().chain(pieces));
    }

    fn take(&mut self, at: usize) {
        let Some(step) = self.plan.steps.get(at) else { return };
        let waits = |other: &usize| self.alone.iter().any(|(alone, _)| alone == other);
        let early = looks(step) && !self.alone.is_empty() && !step.after.iter().any(waits);
        if step.transactional && !early && !self.alone.is_empty() {
            self.flush();
        }
        let note = self.note(at);
        let mut noted = false;
        for piece in self.pieces(at) {
            if piece.outside {
                let parts = note.clone().into_iter().chain([Part::Sql(piece.sql)]).collect();
                self.alone.push((at, Batch { outside: true, parts }));
                noted = true;
                continue;
            }
            // A look after a statement that stands alone, in the same step.
            if self.alone.last().is_some_and(|(alone, _)| *alone == at) {
                self.flush();
            }
            // A look at the catalog takes no time and no lock.
            let fits = if step.transactional { self.open.takes(step) } else { !self.open.full };
            if !fits {
                self.close();
            }
            if !noted && step.transactional {
                self.open.batch.parts.extend(note.clone());
                noted = true;
            }
            self.open.batch.parts.push(Part::Sql(piece.sql));
            if step.transactional {
                self.open.add(step);
            }
        }
    }

    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        if !open.batch.parts.is_empty() {
            self.done.push(open.batch);
        }
    }

    fn flush(&mut self) {
        self.close();
        self.done.extend(std::mem::take(&mut self.alone).into_iter().map(|(_, batch)| batch));
    }
}

/// Whether all of it may be one transaction.
fn shares_one(plan: &Plan, steps: &[usize]) -> bool {
    let mut open = Open::default();
    steps.iter().filter_map(|at| plan.steps.get(*at)).all(|step| {
        let fits = step.transactional && open.takes(step);
        open.add(step);
        // What follows the first step is told from an empty transaction by this.
        open.batch.parts.push(Part::Note(Vec::new()));
        fits
    })
}

fn adds_label(step: &Step) -> bool {
    step.statements.iter().filter_map(|statement| statement.sql.as_deref()).any(|sql| {
        sql.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("alter type"))
            && sql.contains(" ADD VALUE ")
    })
}

/// The order in which steps are written. Where all is one transaction, rows are looked at before anything makes others wait.
fn order(plan: &Plan, how: Transactions) -> Vec<usize> {
    let all = 0..plan.steps.len();
    match how {
        Transactions::Statements | Transactions::Message | Transactions::File => all.collect(),
        Transactions::Run => {
            let early = |at: &usize| {
                plan.steps
                    .get(*at)
                    .is_some_and(|step| looks(step) && step.locks.is_empty() && step.after.is_empty())
            };
            let (mut first, rest): (Vec<usize>, Vec<usize>) = all.partition(early);
            first.extend(rest);
            first
        }
    }
}

/// Whether it only looks, and refuses.
fn looks(step: &Step) -> bool {
    step.statements.iter().all(|statement| statement.sql.is_none())
}

fn left_out(plan: &Plan, order: &[usize], how: Transactions) -> Vec<LeftOut> {
    let mut out = Vec::<LeftOut>::new();
    // Whether something makes others wait by now, and whether something that takes long holds a lock.
    let (mut held, mut long_held) = (false, false);
    for at in order {
        let Some(what) = plan.steps.get(*at) else { continue };
        let long = what.work != Work::Catalog;
        let needs = |found: &dyn Fn(usize) -> bool| what.after.iter().any(|at| found(*at));
        let why = match how {
            Transactions::Statements | Transactions::Message => None,
            Transactions::File | Transactions::Run if !what.transactional => Some(OUTSIDE),
            Transactions::File | Transactions::Run if needs(&|at| out.iter().any(|left| left.step == at)) => {
                Some(NEEDS)
            }
            Transactions::File => None,
            Transactions::Run if long && held || what.blocks() && long_held => Some(LONG),
            Transactions::Run if needs(&|at| plan.steps.get(at).is_some_and(adds_label)) => Some(LABEL),
            Transactions::Run => None,
        };
        match why {
            Some(why) => out.push(LeftOut { step: *at, why }),
            None => {
                held |= what.blocks();
                long_held |= long && !what.locks.is_empty();
            }
        }
    }
    out
}

/// The batch with the settings that it needs, which are given back at its end: the connection may have others of its own, as the
/// search path by which a tool finds its table.
fn settled(plan: &Plan, how: Transactions, batch: Batch) -> Batch {
    let settings = plan.session();
    if batch.outside && how != Transactions::Statements {
        let words: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let note = format!("Stands alone, and is written for {}.", words.join(", "));
        let mut parts = batch.parts;
        match parts.first_mut() {
            Some(Part::Note(lines)) => lines.push(note),
            Some(Part::Sql(_)) | None => parts.insert(0, Part::Note(vec![note])),
        }
        return Batch { outside: true, parts };
    }
    let (local, word) = if batch.outside { (false, "SET") } else { (true, "SET LOCAL") };
    let list = |of: &dyn Fn(&str) -> (String, String)| {
        let calls: Vec<String> = settings
            .iter()
            .map(|(name, _)| {
                let (to, from) = of(name);
                format!("pg_catalog.set_config('{to}', pg_catalog.current_setting('{from}'), {local})")
            })
            .collect();
        format!("SELECT {};", calls.join(",\n    "))
    };
    let kept = list(&|name| (format!("trueup.{name}"), name.to_owned()));
    let back = list(&|name| (name.to_owned(), format!("trueup.{name}")));
    let mut parts = vec![
        Part::Note(vec!["What the connection has set is put back at the end.".to_owned()]),
        Part::Sql(kept),
    ];
    parts.extend(settings.iter().map(|(name, value)| Part::Sql(format!("{word} {name} = {value};"))));
    parts.extend(batch.parts);
    parts.push(Part::Note(vec!["Back to what the connection had.".to_owned()]));
    parts.push(Part::Sql(back));
    Batch { outside: batch.outside, parts }
}
