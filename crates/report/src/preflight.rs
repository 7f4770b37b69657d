//! What a preflight found, as its renderers read it.

use crate::{Place, Report, Sources};
use trueup_diff::{Code, Level};
use trueup_preflight::{Effect, Forecast, Outlook, Statement, StepOutcome, Verdict};
use trueup_repair::{Blocks, Held};

/// Everything that a preflight found.
#[derive(Clone, Copy, Debug)]
pub struct PreflightReport<'a> {
    /// The statements.
    pub forecast: &'a Forecast,
    /// The live database or snapshot.
    pub live_place: &'a Place,
    /// The text of the migrations.
    pub sources: &'a Sources,
    /// What the desired schema has against the live one as it will be, where there is one.
    pub after: Option<&'a Report<'a>>,
    /// What running it in a copy came to, where it was.
    pub confirmed: Option<&'a Confirmed>,
    /// Version of trueup.
    pub version: &'a str,
}

/// What running a migration in a copy of the live schema came to.
#[derive(Clone, Debug, Default)]
pub struct Confirmed {
    /// How many statements went as foretold.
    pub alike: usize,
    /// Statements that went otherwise, by their place: what happened.
    pub differing: Vec<(usize, String)>,
    /// Statements of which the copy says nothing, by their place: why.
    pub not_comparable: Vec<(usize, String)>,
    /// What of the live schema could not be made in the copy.
    pub unmade: Vec<String>,
}

/// The code that stands for a verdict.
pub(crate) fn code(statement: &Statement) -> Option<Code> {
    match statement.verdict() {
        Verdict::Fails => Some(Code::P101),
        Verdict::Destroys => Some(Code::P102),
        Verdict::Unknown => Some(Code::P107),
        Verdict::Skips => Some(Code::P106),
        Verdict::MayFail | Verdict::Succeeds => {
            let any = |wanted: fn(&Effect) -> bool| statement.effects.iter().any(wanted);
            if any(|effect| matches!(effect, Effect::Rewrites { .. })) {
                Some(Code::P103)
            } else if any(|effect| matches!(effect, Effect::MayFail(_))) {
                Some(Code::P105)
            } else if statement.blocks() {
                Some(Code::P104)
            } else {
                None
            }
        }
    }
}

/// The level of what stands for a statement.
pub(crate) fn level(code: Code) -> Level {
    code.default_level()
}

/// The word of a verdict, for programs.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeds => "succeeds",
        Verdict::Skips => "skips",
        Verdict::MayFail => "may_fail",
        Verdict::Destroys => "destroys",
        Verdict::Unknown => "unknown",
        Verdict::Fails => "fails",
    }
}

/// The word of an outlook, for programs.
pub(crate) fn outlook_word(outlook: Outlook) -> &'static str {
    match outlook {
        Outlook::Good => "good",
        Outlook::Bad => "bad",
        Outlook::Unknown => "unknown",
    }
}

/// How long a lock is held, for programs and people.
pub(crate) fn held(held: Held) -> &'static str {
    match held {
        Held::Moment => "moment",
        Held::Scan => "scan",
        Held::Build => "build",
    }
}

/// Whom a lock stops.
pub(crate) fn stops(blocks: Blocks) -> &'static str {
    match blocks {
        Blocks::Nobody => "nobody",
        Blocks::Writers => "writers",
        Blocks::Everybody => "everybody",
    }
}

/// SQLSTATE and message, where it fails for the schema.
pub(crate) fn refusal(statement: &Statement) -> Option<(&'static str, &str, Option<&str>)> {
    match &statement.step.outcome {
        StepOutcome::Refused(refused) => {
            Some((refused.sqlstate, refused.message.as_str(), refused.help.as_deref()))
        }
        StepOutcome::Applied(_) | StepOutcome::Skipped(_) | StepOutcome::CantTell { .. } => None,
    }
}
