//! The forecast of each statement beside what became of it.

use std::collections::BTreeMap;
use trueup_preflight::Step;

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeds,
    /// SQLSTATE and message.
    Fails(String, String),
}

/// What was foretold.
pub enum Told {
    Is(Outcome),
    CantTell(String),
}

#[derive(Default)]
pub struct Score {
    pub statements: usize,
    pub right: usize,
    failing: usize,
    undecided: usize,
    rows: usize,
    /// Said to succeed, and failed for a reason of schema.
    missed: usize,
    wrong: usize,
    classes: BTreeMap<String, usize>,
    reasons: BTreeMap<String, usize>,
}

impl Score {
    pub fn note(&mut self, step: &Step, told: Told, real: Outcome) {
        self.statements += 1;
        if matches!(real, Outcome::Fails(..)) {
            self.failing += 1;
        }
        let told = match told {
            Told::CantTell(why) => {
                self.undecided += 1;
                let why: String = why.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
                *self.reasons.entry(format!("{}: {why}", step.words)).or_default() += 1;
                if std::env::var_os("TRUEUP_FORETELL_UNDECIDED").is_some() {
                    self.say(format!(
                        "{}:{}: undecided {why}: {}",
                        step.span.file,
                        step.span.line,
                        short(&step.text)
                    ));
                }
                return;
            }
            Told::Is(told) => told,
        };
        let class = match (&told, &real) {
            (Outcome::Succeeds, Outcome::Succeeds) => None,
            (Outcome::Fails(told, _), Outcome::Fails(real, _)) if told == real => None,
            // Rows, not the schema, decided: integrity (23), data (22).
            (Outcome::Succeeds, Outcome::Fails(state, _))
                if state.starts_with("23") || (state.starts_with("22") && touches_rows(&step.words)) =>
            {
                self.rows += 1;
                if std::env::var_os("TRUEUP_FORETELL_ROWS").is_some() {
                    let at = format!("{}:{}", step.span.file, step.span.line);
                    self.say(format!("{at}: rows {real:?}: {}", short(&step.text)));
                }
                return;
            }
            (Outcome::Succeeds, Outcome::Fails(state, _)) => {
                self.missed += 1;
                Some(format!("said to succeed, fails {state}"))
            }
            (Outcome::Fails(told, _), Outcome::Succeeds) => Some(format!("said to fail {told}, succeeds")),
            (Outcome::Fails(told, _), Outcome::Fails(real, _)) => Some(format!("said {told}, is {real}")),
        };
        let Some(class) = class else {
            self.right += 1;
            return;
        };
        let (told, real) = (words(&told), words(&real));
        self.say(format!(
            "{}:{}: {class}\n    told: {told}\n    real: {real}\n    {}",
            step.span.file,
            step.span.line,
            short(&step.text)
        ));
        *self.classes.entry(format!("{} {class}", step.words)).or_default() += 1;
    }

    /// Says what went otherwise as soon as it is known: a run takes minutes.
    fn say(&mut self, line: String) {
        self.wrong += 1;
        println!("{line}");
    }

    fn decided(&self) -> usize {
        self.statements - self.undecided - self.rows
    }

    fn share(&self) -> f64 {
        self.right as f64 / self.decided().max(1) as f64
    }

    pub fn print(&self) {
        println!("-- classes");
        for (class, count) in &self.classes {
            println!("{count:6} {class}");
        }
        println!("-- can't tell");
        for (reason, count) in &self.reasons {
            println!("{count:6} {reason}");
        }
        println!(
            "foretold {} statements, {} of which fail: {} right of {} decided ({:.2} %), {} undecided ({:.2} %), {} decided by rows; {} said to succeed that fail for the schema",
            self.statements,
            self.failing,
            self.right,
            self.decided(),
            self.share() * 100.0,
            self.undecided,
            self.undecided as f64 * 100.0 / self.statements.max(1) as f64,
            self.rows,
            self.missed,
        );
    }

    pub fn check(&self, statements: usize, share: f64) {
        assert!(self.statements >= statements, "only {} statements", self.statements);
        assert!(self.share() >= share, "right in {:.2} % only", self.share() * 100.0);
        assert_eq!(self.missed, 0, "statements were said to succeed and failed for the schema");
    }
}

/// Whether a statement reads or writes rows, so that these may break a type's rules.
fn touches_rows(words: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "WITH", "DO", "CALL"].contains(&words)
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeds => "succeeds".to_owned(),
        Outcome::Fails(state, message) => format!("{state} {message}"),
    }
}

fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(260).collect()
}
