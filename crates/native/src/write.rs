//! The way in: from a plan and a history to files.

use crate::given::{File, Given, Refusal};
use crate::text::order_within;
use crate::tools::writer;
use crate::work::{LeftOut, Transactions, prepare};
use crate::writer::Described;
use std::collections::BTreeSet;
use trueup_diff::Code;
use trueup_history::{Fault, Tool};
use trueup_repair::Plan;

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The files, in the order in which the tool runs them.
    pub files: Vec<File>,
    /// Steps that the tool can't run as they must be run.
    pub left_out: Vec<LeftOut>,
}

/// How a tool runs statements.
pub fn transactions(tool: Tool) -> Transactions {
    writer(tool).transactions()
}

/// What the documentation says of a tool.
pub fn described(tool: Tool) -> Described {
    writer(tool).described()
}

/// The migration files of a plan. `notes` has the comment of each step. No file where there is nothing to write.
///
/// # Errors
/// The history does not tell what the next migration follows, or the project where it goes.
pub fn write(given: &Given<'_>, plan: &Plan, notes: &[Vec<String>]) -> Result<Written, Refusal> {
    if let Some(fault) = given.history.faults.iter().find(|fault| stops(fault.code)) {
        return Err(refused(fault));
    }
    let writer = writer(given.tool);
    let prepared = prepare(plan, notes, writer.transactions());
    if prepared.batches.is_empty() && !writer.joins(given) {
        return Ok(Written { files: Vec::new(), left_out: prepared.left_out });
    }
    if let Some(line) = prepared.batches.iter().find_map(|batch| order_within(batch, writer.orders())) {
        return Err(Refusal::new(
            format!("a statement has a line that {} would take for its own: {}", given.tool, line.trim()),
            "change that comment in the desired schema, or run `trueup repair -o repair.sql` with psql",
        ));
    }
    let files = writer.write(given, &prepared.batches)?;
    let mut paths = BTreeSet::new();
    for file in &files {
        if !paths.insert(file.path.as_str()) || file.how == crate::How::New && given.tree.has(&file.path) {
            return Err(Refusal::new(
                format!("{} is there already", file.path),
                "give the migration another name with --name",
            ));
        }
    }
    Ok(Written { files, left_out: prepared.left_out })
}

/// Whether a fault leaves open what comes next, or makes the tool stop at every command.
fn stops(code: Code) -> bool {
    matches!(code, Code::M102 | Code::M109 | Code::M110 | Code::M111 | Code::M115 | Code::M117 | Code::M118)
}

fn refused(fault: &Fault) -> Refusal {
    Refusal {
        code: fault.code,
        message: format!("no migration can be written before the history is in order: {}", fault.title),
        way_out: fault
            .ways_out
            .first()
            .cloned()
            .unwrap_or_else(|| "`trueup history` tells more of it".to_owned()),
    }
}
