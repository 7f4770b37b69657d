//! The forecast of a migration: each statement with what it does, and what it all comes to.

use trueup_catalog::{Catalog, Span};
use trueup_parser::{AfterFailure, Around, Options, SourceFile, Step, StepOutcome, foretell_around};
use trueup_repair::{Blocks, Held, Probe};

use crate::effect::Effect;
use crate::effects::Effects;

/// What a migration would do.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// Its statements in their order.
    pub statements: Vec<Statement>,
    /// The live catalog behind all that succeed.
    pub after: Catalog,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What applying it to the catalog came to.
    pub step: Step,
    /// What it does besides.
    pub effects: Vec<Effect>,
}

/// What is to be said of a statement first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It succeeds.
    Succeeds,
    /// It succeeds and does nothing.
    Skips,
    /// It succeeds if the rows allow it.
    MayFail,
    /// It succeeds, and data goes.
    Destroys,
    /// What it does can't be told.
    Unknown,
    /// It fails.
    Fails,
}

/// What a migration comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Every statement succeeds, if the rows allow it, and nothing is destroyed.
    Good,
    /// Something fails or destroys data.
    Bad,
    /// Of some statement it can't be told.
    Unknown,
}

impl Statement {
    /// What is to be said first.
    pub fn verdict(&self) -> Verdict {
        match &self.step.outcome {
            StepOutcome::Refused(_) => Verdict::Fails,
            StepOutcome::CantTell { .. } => Verdict::Unknown,
            StepOutcome::Skipped(_) => Verdict::Skips,
            StepOutcome::Applied(_) => {
                let any = |wanted: fn(&Effect) -> bool| self.effects.iter().any(wanted);
                if any(
                    |effect| matches!(effect, Effect::MayFail(unsure) if unsure.probe.as_ref().is_some_and(Probe::found)),
                ) {
                    Verdict::Fails
                } else if any(|effect| matches!(effect, Effect::Destroys(_))) {
                    Verdict::Destroys
                } else if any(|effect| matches!(effect, Effect::MayFail(_))) {
                    Verdict::MayFail
                } else {
                    Verdict::Succeeds
                }
            }
        }
    }

    /// Where it is.
    pub fn span(&self) -> &Span {
        match &self.step.outcome {
            StepOutcome::Refused(refused) => &refused.span,
            StepOutcome::CantTell { span, .. } => span,
            StepOutcome::Applied(_) | StepOutcome::Skipped(_) => &self.step.span,
        }
    }

    /// Whether a table can't be used, or not be written, for longer than a moment.
    pub fn blocks(&self) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::Rewrites { .. } => true,
            Effect::Blocks(blocking) => {
                blocking.lock.held != Held::Moment && blocking.lock.mode.blocks() != Blocks::Nobody
            }
            Effect::Destroys(_) | Effect::MayFail(_) => false,
        })
    }
}

impl Forecast {
    /// What it comes to.
    pub fn outlook(&self) -> Outlook {
        let mut outlook = Outlook::Good;
        for statement in &self.statements {
            match statement.verdict() {
                Verdict::Fails | Verdict::Destroys => return Outlook::Bad,
                Verdict::Unknown => outlook = Outlook::Unknown,
                Verdict::Succeeds | Verdict::Skips | Verdict::MayFail => {}
            }
        }
        outlook
    }

    /// How many statements have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.statements.iter().filter(|statement| statement.verdict() == verdict).count()
    }

    /// The questions to the rows.
    pub fn probes(&mut self) -> impl Iterator<Item = &mut Probe> {
        self.statements.iter_mut().flat_map(|statement| &mut statement.effects).filter_map(|effect| {
            match effect {
                Effect::MayFail(unsure) => unsure.probe.as_mut(),
                Effect::Destroys(_) | Effect::Rewrites { .. } | Effect::Blocks(_) => None,
            }
        })
    }
}

/// Foretells what the statements of `files` would do to `live`, as if each that fails were passed over.
pub fn forecast(live: &Catalog, files: &[SourceFile], options: &Options<'_>) -> Forecast {
    let files: Vec<_> = files.iter().map(|file| (file.clone(), Around::Nothing)).collect();
    forecast_around(live, &files, options)
}

/// The same, of files that a tool runs in transactions that it opens.
pub fn forecast_around(live: &Catalog, files: &[(SourceFile, Around)], options: &Options<'_>) -> Forecast {
    let foretold = foretell_around(live.clone(), files, options, AfterFailure::PassOver);
    let mut effects = Effects::new(live, &foretold.after, options.server_version / 10_000);
    let statements = foretold
        .steps
        .into_iter()
        .map(|step| {
            let effects = effects.of(&step);
            Statement { step, effects }
        })
        .collect();
    Forecast { statements, after: foretold.after }
}
