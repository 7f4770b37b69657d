//! What a run did, for a terminal.

use crate::counts::counted;
use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::safe::{brief, safe};
use std::time::Duration;
use trueup_apply::{Cause, Ended, Fate, InvalidIndex, Outcome, Reason, StepOutcome, Task};

/// What is going to be run, where only a plan's document tells.
pub fn tasks_text(tasks: &[Task], look: Look) -> String {
    let mut out = String::new();
    for task in tasks {
        out += &format!(
            "  {} {}\n      {}\n",
            look.paint(GREEN.bold(), "+"),
            look.paint(BOLD, brief(&task.title, 160)),
            look.paint(DIM, safe(&task.lock))
        );
    }
    out
}

/// What was not done and why, what stays behind, and the closing line.
pub fn apply_text(outcome: &Outcome, look: Look) -> String {
    let mut out = String::new();
    for step in &outcome.steps {
        out += &undone(outcome, step, look);
    }
    for index in &outcome.invalid {
        out += &leftover(index, look);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &closing(outcome, look)
}

fn undone(outcome: &Outcome, step: &StepOutcome, look: Look) -> String {
    let title = look.paint(BOLD, brief(&step.task.title, 160));
    let stopped = look.paint(YELLOW.bold(), "-");
    match &step.fate {
        Fate::Done => String::new(),
        Fate::Failed(cause) => {
            format!("  {} {title}\n{}", look.paint(RED.bold(), "x"), why(cause, step.attempts))
        }
        Fate::Skipped(place) => {
            let first = outcome.steps.get(*place).map_or("", |step| step.task.title.as_str());
            format!("  {stopped} {title}\n      skipped: it needs {}\n", brief(first, 120))
        }
        Fate::Cancelled => match &outcome.ended {
            Ended::Interrupted => format!("  {stopped} {title}\n      cancelled\n"),
            Ended::Lost(_) | Ended::Through => {
                format!("  {stopped} {title}\n      the connection was lost while it ran\n")
            }
        },
        Fate::NotReached => format!("  {stopped} {title}\n      not begun\n"),
    }
}

/// Why a step failed, in lines for people.
fn why(cause: &Cause, attempts: u32) -> String {
    let Cause { reason, said, waited_for } = cause;
    let word = match reason {
        Reason::Data => "rows stand in the way",
        Reason::Right => "the role may not",
        Reason::Busy => "others were in the way each time",
        Reason::Cancelled => "cancelled",
        Reason::Other => "failed",
    };
    let tries = if attempts > 1 { format!(", {}", counted(attempts as usize, "try")) } else { String::new() };
    let mut out = format!("      {word}{tries}: {} ({})\n", safe(&said.message), safe(&said.sqlstate));
    for text in said.detail.iter().chain(&said.hint) {
        out += &format!("      {}\n", brief(text, 400));
    }
    for text in waited_for {
        out += &format!("      waited for {}\n", safe(text));
    }
    out
}

fn leftover(index: &InvalidIndex, look: Look) -> String {
    format!(
        "  {} index {} on {} is invalid: its build was not finished\n      no query uses it, every write keeps it up; {} and apply again\n",
        look.paint(RED.bold(), "!"),
        safe(&index.index),
        safe(&index.table),
        safe(&index.way_out)
    )
}

fn closing(outcome: &Outcome, look: Look) -> String {
    let done = outcome.count(|fate| *fate == Fate::Done);
    let mut parts = vec![format!("{done} of {} done", counted(outcome.steps.len(), "step"))];
    let mut count = |number: usize, word: &str| {
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    };
    count(outcome.count(|fate| matches!(fate, Fate::Failed(_))), "failed");
    count(outcome.count(|fate| matches!(fate, Fate::Skipped(_))), "skipped");
    count(outcome.count(|fate| *fate == Fate::Cancelled), "broken off");
    count(outcome.count(|fate| *fate == Fate::NotReached), "not begun");
    let word = match &outcome.ended {
        Ended::Through if outcome.all_done() => look.paint(GREEN.bold(), "Applied:"),
        Ended::Through => look.paint(YELLOW.bold(), "Applied:"),
        Ended::Interrupted => look.paint(YELLOW.bold(), "Interrupted:"),
        Ended::Lost(_) => look.paint(RED.bold(), "Connection lost:"),
    };
    format!("{word} {} in {}\n", parts.join(", "), time(outcome.elapsed))
}

/// `0.35 s`, `12 s`, `3 min 5 s`.
fn time(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..10 => format!("{:.2} s", elapsed.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(time(Duration::from_millis(347)), "0.35 s");
        assert_eq!(time(Duration::from_millis(12_900)), "12 s");
        assert_eq!(time(Duration::from_secs(185)), "3 min 5 s");
    }
}
