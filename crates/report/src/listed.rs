//! Each finding as a line-based format lists it: one flat view of drift, of what is undecided, and of remarks on the policy.
//!
//! Formats for programs and pipelines (annotations, SARIF, JUnit, …) read this and never each other; the text for people has
//! blocks of its own.

use crate::{Report, wording};
use trueup_catalog::{ObjectKey, Span};
use trueup_diff::{Change, Code, Drift, Level, Undecided, What};
use trueup_policy::{Since, Standing, Verdict};

/// One finding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'a> {
    /// What it is about.
    pub about: About<'a>,
    /// Its code.
    pub code: Code,
    /// The level that counts: the policy's, where there is one.
    pub level: Level,
    /// The object, where it is about one.
    pub key: Option<&'a ObjectKey>,
    /// Where the desired SQL makes it.
    pub span: Option<&'a Span>,
    /// What the policy says of it; `None` for remarks, and where there is no policy.
    pub standing: Option<&'a Standing>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum About<'a> {
    /// A drift, with its index in `Comparison::drift`.
    Drift(usize, &'a Drift),
    /// Something that could not be compared, with its index in `Comparison::undecided`.
    Undecided(usize, &'a Undecided),
    /// A remark on the policy.
    Remark(&'a trueup_policy::Remark),
}

impl<'a> Report<'a> {
    /// Every finding that is listed: drift first, then what is undecided, then remarks. What the policy takes out, and what is not
    /// compared by design (undecided notes), is only counted.
    pub(crate) fn listed(&self) -> Vec<Listed<'a>> {
        let gate = self.gate;
        let drift = self.comparison.drift.iter().enumerate().map(|(i, drift)| {
            let standing = gate.and_then(|gate| gate.drift.get(i));
            Listed {
                about: About::Drift(i, drift),
                code: drift.code,
                level: standing.map_or(drift.level, |standing| standing.level),
                key: Some(&drift.key),
                span: drift.span.as_ref(),
                standing,
            }
        });
        let undecided = self.comparison.undecided.iter().enumerate().map(|(i, undecided)| {
            let standing = gate.and_then(|gate| gate.undecided.get(i));
            Listed {
                about: About::Undecided(i, undecided),
                code: undecided.code,
                level: standing.map_or(undecided.level, |standing| standing.level),
                key: undecided.key.as_ref(),
                span: undecided.span.as_ref(),
                standing,
            }
        });
        let remarks = gate.into_iter().flat_map(|gate| &gate.remarks).map(|remark| Listed {
            about: About::Remark(remark),
            code: remark.code,
            level: remark.level,
            key: None,
            span: None,
            standing: None,
        });
        let undecided = undecided.filter(|listed| listed.level != Level::Note);
        drift
            .chain(undecided)
            .filter(|listed| listed.standing.is_none_or(Standing::is_listed))
            .chain(remarks)
            .collect()
    }
}

impl Listed<'_> {
    /// What is wrong, in a sentence without a full stop: `column public.users.email has another type`.
    pub(crate) fn title(&self) -> String {
        match self.about {
            About::Drift(_, drift) => wording::title(drift),
            About::Undecided(_, undecided) => wording::undecided_title(undecided),
            About::Remark(remark) => remark.text.clone(),
        }
    }

    /// The values on both sides, a line each: `type: text desired, integer live`. Long text is only named.
    pub(crate) fn values(&self) -> Vec<String> {
        let changes: &[Change] = match self.about {
            About::Drift(_, drift) => &drift.changes,
            About::Undecided(_, undecided) => undecided.change.as_slice(),
            About::Remark(_) => &[],
        };
        changes.iter().map(values).collect()
    }

    /// What can be done about it, as a clause: `safe: repair closes it`; empty where nothing is known.
    pub(crate) fn way_out(&self, report: &Report<'_>) -> String {
        match self.about {
            About::Drift(index, drift) => {
                let left = report.plan.left.iter().find(|left| left.drift == index);
                crate::finding::repair_line(left, drift)
            }
            About::Undecided(_, undecided) => report
                .advice(undecided.code, undecided.span.as_ref())
                .and_then(|advice| advice.help.clone())
                .unwrap_or_default(),
            About::Remark(remark) => remark.way_out.clone(),
        }
    }

    /// File and line, of the desired SQL or of the configuration.
    pub(crate) fn place(&self) -> Option<(&str, u32, u32)> {
        match (self.span, self.about) {
            (Some(span), _) => Some((&span.file, span.line, span.column)),
            (None, About::Remark(remark)) => {
                remark.place.as_ref().map(|(file, line)| (file.as_str(), *line, 1))
            }
            (None, About::Drift(..) | About::Undecided(..)) => None,
        }
    }

    /// Whether it makes the run red.
    pub(crate) fn fails(&self) -> bool {
        self.standing.map_or(self.level != Level::Note, Standing::fails)
    }

    /// Why it does not fail, or whether this change brought it, in a few words; empty where there is nothing to say.
    pub(crate) fn remark(&self) -> &'static str {
        let Some(standing) = self.standing else { return "" };
        match (&standing.verdict, standing.since) {
            (Verdict::Allowed, Some(Since::WasThere)) => "was there before this change; does not fail",
            (Verdict::Allowed, Some(Since::Introduced)) => {
                "new with this change, repair closes it; does not fail"
            }
            (Verdict::Allowed, None) => "does not fail",
            (_, Some(Since::Introduced)) => "new with this change",
            (_, Some(Since::WasThere)) => "was there before this change",
            (_, None) => "",
        }
    }

    /// On which side it is; `None` for what is no drift.
    pub(crate) fn what(&self) -> Option<What> {
        match self.about {
            About::Drift(_, drift) => Some(drift.what),
            About::Undecided(..) | About::Remark(_) => None,
        }
    }
}

fn values(change: &Change) -> String {
    let name = wording::attribute(&change.attribute);
    if change.text {
        return format!("{name} differs");
    }
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    format!("{name}: {} desired, {} live", shown(&change.desired), shown(&change.live))
}
